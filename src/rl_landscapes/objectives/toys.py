"""Functions whose landscape is known: what every probe is tried on first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, as_finite, at_least, positive
from rl_landscapes.objectives.base import HessianProduct, Objective


@dataclass(frozen=True, eq=False)
class Function:
    """An exact objective given by its value, gradient and Hessian, each for one point or many."""

    n_parameters: int
    value: Callable[[Array], Array]  # (D, n) -> (D,)
    slope: Callable[[Array], Array]  # (D, n) -> (D, n)
    hessian: Callable[[Array], Array]  # (n,) -> (n, n)
    n_episodes: int = 1

    def evaluate(self, thetas: Array, rng: np.random.Generator | None = None) -> Array:
        """Return the values at `thetas` (D, n), shape (D, 1)."""
        return self.value(thetas)[:, None]

    def gradient(self, thetas: Array) -> Array:
        """Return the gradients at `thetas` (D, n), shape (D, n)."""
        return self.slope(thetas)

    def hessian_at(self, theta: Array) -> HessianProduct:
        """Return v (k, n) -> H v (k, n) at `theta` (n,)."""
        matrix = self.hessian(theta)
        return lambda vectors: vectors @ matrix


def quadratic(hessian: Array, *, slope: Array | None = None) -> Function:
    """Return slope'theta + theta'H theta / 2 for a symmetric H, `hessian` (n, n).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> bowl = objectives.quadratic(np.diag([-2.0, -4.0]), slope=np.array([1.0, 0.0]))
    >>> objectives.evaluate(bowl, np.array([[1.0, 1.0]]))
    array([[-2.]])
    """
    matrix = as_finite("hessian", hessian, (None, None))
    if matrix.shape[0] != matrix.shape[1] or not np.allclose(matrix, matrix.T):
        raise ValueError(f"hessian must be a symmetric matrix, got shape {matrix.shape}")
    n = len(matrix)
    tilt = np.zeros(n) if slope is None else as_finite("slope", slope, (n,))
    return Function(
        n,
        value=lambda t: t @ tilt + 0.5 * np.einsum("di,ij,dj->d", t, matrix, t),
        slope=lambda t: tilt + t @ matrix,
        hessian=lambda t: matrix,
    )


def quadratic_of_spectrum(eigenvalues: Array, rng: np.random.Generator) -> Function:
    """Return theta'H theta / 2 with the given `eigenvalues` (n,) and random orthonormal eigenvectors.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> saddle = objectives.quadratic_of_spectrum(np.array([-3.0, 1.0, 2.0]), np.random.default_rng(0))
    >>> np.linalg.eigvalsh(objectives.hessian(saddle, np.zeros(3))).round(6)
    array([-3.,  1.,  2.])
    """
    values = as_finite("eigenvalues", eigenvalues, (None,))
    basis, _ = np.linalg.qr(rng.normal(size=(len(values), len(values))))
    matrix = (basis * values) @ basis.T
    return quadratic((matrix + matrix.T) / 2)


def ramp(slope: Array) -> Function:
    """Return the linear function slope'theta, for `slope` (n,).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.evaluate(objectives.ramp(np.array([1.0, 2.0])), np.array([[3.0, 4.0]]))
    array([[11.]])
    """
    tilt = as_finite("slope", slope, (None,))
    return quadratic(np.zeros((len(tilt), len(tilt))), slope=tilt)


def plateau(n: int) -> Function:
    """Return the function of `n` parameters that is 0 everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.evaluate(objectives.plateau(3), np.eye(3))
    array([[0.],
           [0.],
           [0.]])
    """
    return ramp(np.zeros(at_least("n", n, 1)))


def goodfellow_saddle() -> Function:
    """Return -(1 - xy)^2: optima along xy = 1 and a saddle at the origin. Goodfellow et al. (2015).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> np.linalg.eigvalsh(objectives.hessian(objectives.goodfellow_saddle(), np.zeros(2))).round(6)
    array([-2.,  2.])
    """

    def slope(t: Array) -> Array:
        return 2 * (1 - t[:, :1] * t[:, 1:]) * t[:, ::-1]

    def hessian(t: Array) -> Array:
        x, y = t
        return np.array([[-2 * y**2, 2 - 4 * x * y], [2 - 4 * x * y, -2 * x**2]])

    return Function(2, lambda t: -((1 - t[:, 0] * t[:, 1]) ** 2), slope, hessian)


def monkey_saddle() -> Function:
    """Return x^3 - 3 x y^2: at the origin gradient and Hessian vanish, yet it is neither optimum nor flat.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> abs(objectives.hessian(objectives.monkey_saddle(), np.zeros(2)))
    array([[0., 0.],
           [0., 0.]])
    """

    def slope(t: Array) -> Array:
        x, y = t.T
        return np.stack([3 * x**2 - 3 * y**2, -6 * x * y], axis=1)

    def hessian(t: Array) -> Array:
        x, y = t
        return np.array([[6 * x, -6 * y], [-6 * y, -6 * x]])

    return Function(2, lambda t: t[:, 0] ** 3 - 3 * t[:, 0] * t[:, 1] ** 2, slope, hessian)


def ridge(curvature: float = 100.0) -> Function:
    """Return x - curvature (y - x^2)^2 / 2: a curved ridge that rises slowly and falls off steeply."""
    c = positive("curvature", curvature)

    def slope(t: Array) -> Array:
        x, y = t.T
        off = y - x**2
        return np.stack([1 + 2 * c * x * off, -c * off], axis=1)

    def hessian(t: Array) -> Array:
        x, y = t
        return np.array([[2 * c * (y - 3 * x**2), 2 * c * x], [2 * c * x, -c]])

    return Function(2, lambda t: t[:, 0] - c * (t[:, 1] - t[:, 0] ** 2) ** 2 / 2, slope, hessian)


def from_function(function: Callable[[Any], Any], n: int) -> Function:
    """Return the objective of a `function` of one point (n,) written in `autograd.numpy`, with derivatives.

    Raises
    ------
    TypeError
        When evaluated, if autograd cannot differentiate the function.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> bowl = objectives.from_function(lambda theta: -(theta @ theta), 2)
    >>> objectives.gradient(bowl, np.array([[1.0, 2.0]]))
    array([[-2., -4.]])
    >>> objectives.hessian(bowl, np.ones(2)).diagonal()
    array([-2., -2.])
    """
    from autograd import grad, hessian

    derivative = grad(function)
    return Function(
        at_least("n", n, 1),
        value=lambda t: np.array([float(function(point)) for point in t]),
        slope=lambda t: np.stack([derivative(point) for point in t]),
        hessian=hessian(function),
    )


@dataclass(frozen=True, eq=False)
class Noisy:
    """An objective seen through episodes, each with a smooth random function of deviation `noise` added.

    Episode j sees O(theta) + sqrt(2) noise cos(w_j'theta + phase_j), with w_j of entries about 1 /
    `wavelength`: near points meet nearly the same noise, so that differences between them are quieter than
    either, as with common random numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> noisy = objectives.Noisy(objectives.plateau(3), noise=2.0, n_episodes=10_000)
    >>> values = objectives.evaluate(noisy, np.zeros((1, 3)), np.random.default_rng(0))
    >>> values.shape, round(float(values.std()), 1)
    ((1, 10000), 2.0)
    """

    objective: Objective
    noise: float
    n_episodes: int
    wavelength: float = 1.0

    def __post_init__(self) -> None:
        """Refuse noise that is no noise: an objective with one episode counts as exact."""
        positive("noise", self.noise)
        at_least("n_episodes", self.n_episodes, 2)
        positive("wavelength", self.wavelength)

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.objective.n_parameters

    def evaluate(self, thetas: Array, rng: np.random.Generator) -> Array:
        """Return N episodes at each of `thetas` (D, n), shape (D, N)."""
        frequencies = rng.normal(size=(self.n_parameters, self.n_episodes)) / self.wavelength
        phases = rng.uniform(0, 2 * np.pi, size=self.n_episodes)
        waves = np.sqrt(2) * self.noise * np.cos(thetas @ frequencies + phases)
        return self.objective.evaluate(thetas, rng).mean(axis=1, keepdims=True) + waves
