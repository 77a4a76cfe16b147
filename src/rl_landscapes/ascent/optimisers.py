"""Optimisers: a gradient and what is remembered of the earlier ones -> the direction of an update.

Directions point uphill; the update is theta + step * direction. An optimiser is a frozen dataclass that holds
nothing but its settings: its memory is a tuple of arrays that comes in and goes out.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rl_landscapes.arrays import Array, positive, within

Memory = tuple[Array, ...]
ALMOST_ONE = 1 - 1e-12


class Optimiser(Protocol):
    """Turns gradients into directions."""

    def start(self, n: int) -> Memory:
        """Return the memory before the first gradient of `n` entries."""

    def direction(self, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return the direction for this gradient (n,), and the memory after it."""


@dataclass(frozen=True)
class SGD:
    """The gradient itself: the paper's choice.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent
    >>> ascent.SGD().direction(np.array([3.0, -4.0]), memory=())
    (array([ 3., -4.]), ())
    """

    def start(self, n: int) -> Memory:
        """Remember nothing."""
        return ()

    def direction(self, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return g."""
        return gradient, memory


@dataclass(frozen=True)
class Momentum:
    """v <- factor v + g, and the direction is v: in a steady gradient, g / (1 - factor). Polyak (1964).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent
    >>> momentum = ascent.Momentum(0.5)
    >>> memory = momentum.start(1)
    >>> for _ in range(3):
    ...     direction, memory = momentum.direction(np.ones(1), memory)
    >>> direction
    array([1.75])
    """

    factor: float = 0.9

    def __post_init__(self) -> None:
        """Refuse a memory that would never fade."""
        within("factor", self.factor, 0.0, ALMOST_ONE)

    def start(self, n: int) -> Memory:
        """Begin at rest."""
        return (np.zeros(n),)

    def direction(self, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return v."""
        velocity = self.factor * memory[0] + gradient
        return velocity, (velocity,)


@dataclass(frozen=True)
class RMSProp:
    """v <- decay v + (1 - decay) g^2, direction g / (sqrt(v) + epsilon). Tieleman and Hinton (2012).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent
    >>> rmsprop = ascent.RMSProp()
    >>> direction, memory = rmsprop.direction(np.array([300.0, -3.0]), rmsprop.start(2))
    >>> direction.round(3)  # 1 / sqrt(1 - decay), whatever the gradient's length
    array([ 3.162, -3.162])
    """

    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse a memory that would never fade, and a division by zero."""
        within("decay", self.decay, 0.0, ALMOST_ONE)
        positive("epsilon", self.epsilon)

    def start(self, n: int) -> Memory:
        """Begin with mean squares of 0."""
        return (np.zeros(n),)

    def direction(self, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return the gradient over the root of its mean square."""
        squares = self.decay * memory[0] + (1 - self.decay) * gradient**2
        return gradient / (np.sqrt(squares) + self.epsilon), (squares,)


@dataclass(frozen=True)
class Adam:
    r"""Means of g and g^2 that fade, both corrected for their start at 0. Kingma and Ba (2015), algorithm 1.

    m <- beta_1 m + (1 - beta_1) g, v <- beta_2 v + (1 - beta_2) g^2, and after i gradients the direction is
    m / (1 - beta_1^i) over sqrt(v / (1 - beta_2^i)) + epsilon.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent
    >>> adam = ascent.Adam()
    >>> direction, memory = adam.direction(np.array([300.0, -0.04]), adam.start(2))
    >>> direction.round(3)  # the first step is of length one in every parameter
    array([ 1., -1.])
    """

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        """Refuse a memory that would never fade, and a division by zero."""
        within("beta_1", self.beta_1, 0.0, ALMOST_ONE)
        within("beta_2", self.beta_2, 0.0, ALMOST_ONE)
        positive("epsilon", self.epsilon)

    def start(self, n: int) -> Memory:
        """Begin with both means at 0, after no gradient."""
        return np.zeros(n), np.zeros(n), np.zeros(1)

    def direction(self, gradient: Array, memory: Memory) -> tuple[Array, Memory]:
        """Return the corrected mean over the root of the corrected mean square."""
        mean = self.beta_1 * memory[0] + (1 - self.beta_1) * gradient
        square = self.beta_2 * memory[1] + (1 - self.beta_2) * gradient**2
        i = memory[2] + 1
        root = np.sqrt(square / (1 - self.beta_2**i)) + self.epsilon
        return mean / (1 - self.beta_1**i) / root, (mean, square, i)
