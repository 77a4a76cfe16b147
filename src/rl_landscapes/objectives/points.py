"""An objective at one point: what `evaluate` and `gradient` give for many, without the brackets."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives.base import Objective, as_point, evaluate, gradient


def value_at(objective: Objective, theta: Array, rng: np.random.Generator | None = None) -> float:
    """Return `objective` at one point `theta` (n,): the mean of its episodes, the value if it is exact.

    Raises
    ------
    ValueError
        If `theta` is not a finite (n,) array, or `rng` is missing for an objective with noise.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.value_at(objectives.monkey_saddle(), np.array([1.0, 1.0]))
    -2.0
    """
    return float(evaluate(objective, as_point(objective, theta)[None], rng).mean())


def gradient_at(objective: Objective, theta: Array) -> Array:
    """Return the gradient of `objective` at one point `theta` (n,), shape (n,).

    Raises
    ------
    ValueError
        If `theta` is not a finite (n,) array.
    TypeError
        If the objective has no gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.gradient_at(objectives.monkey_saddle(), np.array([1.0, 1.0]))
    array([ 0., -6.])
    """
    return gradient(objective, as_point(objective, theta)[None])[0]
