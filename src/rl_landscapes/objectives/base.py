"""What an objective is: a number for each parameter vector, for many of them at once.

Everything that looks at a landscape or climbs it works on this interface alone.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from rl_landscapes.arrays import Array, as_finite, as_generator, as_parameters, as_shaped, at_least
from rl_landscapes.parallel import map_independent

POINTS_AT_ONCE = 64  # unless the objective says otherwise
HessianProduct = Callable[[Array], Array]


@runtime_checkable
class Objective(Protocol):
    """A function of n parameters, seen through N episodes; N = 1 when it is exact.

    It may also have `points_at_once`, how many points `evaluate` hands it in one call; 64 if it does not say.
    Calls are what `n_jobs` processes share, so an objective that takes long for one point says
    `points_at_once = 1`.

    Examples
    --------
    >>> from rl_landscapes import objectives
    >>> isinstance(objectives.monkey_saddle(), objectives.Objective), isinstance(abs, objectives.Objective)
    (True, False)
    """

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""

    @property
    def n_episodes(self) -> int:
        """Number of episodes N; 1 when it is exact."""

    def evaluate(self, thetas: Array, rng: np.random.Generator) -> Array:
        """Return (D, N): N episodes at each of the points `thetas` (D, n).

        Column j meets the same randomness at every point, and what it meets does not depend on how many
        points are asked for. The function `evaluate` draws other episodes from the same `rng`.
        """


@runtime_checkable
class Differentiable(Objective, Protocol):
    """An objective that knows its gradient."""

    def gradient(self, thetas: Array) -> Array:
        """Return the gradient at each of the points `thetas` (D, n), shape (D, n)."""


@runtime_checkable
class TwiceDifferentiable(Differentiable, Protocol):
    """An objective that knows its Hessian."""

    def hessian_at(self, theta: Array) -> HessianProduct:
        """Return the map from vectors (k, n) to Hessian-vector products (k, n) at `theta` (n,)."""


@runtime_checkable
class Batched(Protocol):
    """An objective that knows how many points it is best given at once."""

    @property
    def points_at_once(self) -> int:
        """At least 1."""


@runtime_checkable
class Explained(Protocol):
    """An objective that can say what its n parameters are."""

    @property
    def made_of(self) -> str:
        """The sum that gives n, such as `3*11 weights + 3 biases`."""


@runtime_checkable
class ValueAndGradient(Protocol):
    """An objective for which value and gradient together cost less than one after the other."""

    def value_and_gradient(self, thetas: Array) -> tuple[Array, Array]:
        """Return values (D,) and gradients (D, n)."""


def evaluate(
    objective: Objective, thetas: Array, rng: np.random.Generator | None = None, *, n_jobs: int = 1
) -> Array:
    """Return `objective` at points `thetas` (D, n), shape (D, N): checked, in chunks, in `n_jobs` processes.

    All chunks meet the same randomness, so the columns of all points stay paired. A chunk holds
    `objective.points_at_once` points, 64 if that is not said, whatever `n_jobs` is, and so no bit of the
    result depends on it. More processes than chunks have nothing to do. One number is drawn from `rng` and
    seeds the same generator for every chunk: so these are other episodes than those of the objective's own
    method `evaluate`, given the same `rng`.

    Raises
    ------
    ValueError
        If `thetas` is not a finite (D, n) array, or `rng` is missing for an objective with noise.
    TypeError
        If `objective` is none, or `rng` no generator.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.evaluate(objectives.monkey_saddle(), np.array([[1.0, 0.0], [1.0, 1.0]]))
    array([[ 1.],
           [-2.]])
    """
    points = as_points(objective, thetas)
    wanted = objective.points_at_once if isinstance(objective, Batched) else POINTS_AT_ONCE
    size = at_least("points_at_once", wanted, 1)
    chunks = np.split(points, range(size, len(points), size))
    return np.concatenate(map_independent(_Chunk(objective, _seed(objective, rng)), chunks, n_jobs=n_jobs))


class _Chunk:
    """One call of `evaluate` on its part of the points; a class so that other processes can receive it."""

    def __init__(self, objective: Objective, seed: int) -> None:
        self.objective, self.seed = objective, seed

    def __call__(self, points: Array) -> Array:
        values = self.objective.evaluate(points, np.random.default_rng(self.seed))
        return as_shaped("the values of the objective", values, (len(points), self.objective.n_episodes))


def gradient(objective: Objective, thetas: Array) -> Array:
    """Return the gradient of `objective` at points `thetas` (D, n), shape (D, n).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.gradient(objectives.monkey_saddle(), np.array([[1.0, 1.0], [2.0, 1.0]]))
    array([[  0.,  -6.],
           [  9., -12.]])
    """
    return _differentiable(objective).gradient(as_points(objective, thetas))


def value_and_gradient(objective: Objective, thetas: Array) -> tuple[Array, Array]:
    """Return the exact values (D,) and gradients (D, n) at points `thetas` (D, n)."""
    points = as_points(objective, thetas)
    if isinstance(objective, ValueAndGradient):
        return objective.value_and_gradient(points)
    gradients = _differentiable(objective).gradient(points)
    return evaluate(objective, points).mean(axis=1), gradients


def hessian_at(objective: Objective, theta: Array) -> HessianProduct:
    """Return the map v (k, n) -> H v (k, n) of `objective` at `theta` (n,).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> product = objectives.hessian_at(objectives.monkey_saddle(), np.array([1.0, 2.0]))
    >>> product(np.array([[1.0, 1.0]]))
    array([[ -6., -18.]])
    """
    if not isinstance(objective, TwiceDifferentiable):
        _objective(objective)
        raise TypeError(f"objective must have a method hessian_at, {type(objective).__name__} has none")
    return objective.hessian_at(as_point(objective, theta))


def hessian(objective: Objective, theta: Array) -> Array:
    """Return the Hessian of `objective` at `theta` (n,), shape (n, n), made exactly symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.hessian(objectives.monkey_saddle(), np.array([1.0, 2.0]))
    array([[  6., -12.],
           [-12.,  -6.]])
    """
    columns = hessian_at(objective, theta)(np.eye(objective.n_parameters))
    return (columns + columns.T) / 2


def as_points(objective: Objective, thetas: Array) -> Array:
    """Return `thetas` if they are at least one point (D, n) with finite entries.

    Raises
    ------
    ValueError
        Otherwise; for a wrong length it says what n is made of, where the objective knows.
    """
    points = _fitting(objective, "thetas", thetas, (None, _objective(objective).n_parameters))
    if len(points) == 0:
        raise ValueError("thetas must hold at least one point, got shape " + str(points.shape))
    return points


def as_point(objective: Objective, theta: Array, name: str = "theta") -> Array:
    """Return `theta` if it is a point, or a direction, (n,) with finite entries.

    Raises
    ------
    ValueError
        Otherwise; for a wrong length it says what n is made of, where the objective knows.
    """
    return _fitting(objective, name, theta, (_objective(objective).n_parameters,))


def _fitting(objective: Objective, name: str, values: Array, shape: tuple[int | None, ...]) -> Array:
    if isinstance(objective, Explained):
        return as_parameters(name, values, shape, objective.made_of)
    return as_finite(name, values, shape)


def _objective(given: Objective) -> Objective:
    if not isinstance(given, Objective):
        raise TypeError(
            f"objective must have n_parameters, n_episodes and evaluate(thetas, rng), got {given!r}; "
            "objectives.from_function(function, n) makes one of a function of a point (n,)"
        )
    return given


def _seed(objective: Objective, rng: np.random.Generator | None) -> int:
    if rng is not None:
        return int(as_generator(rng).integers(2**63))
    if objective.n_episodes > 1:
        raise ValueError("rng must be a numpy Generator for an objective with noise, got None")
    return 0


def _differentiable(objective: Objective) -> Differentiable:
    if not isinstance(objective, Differentiable):
        _objective(objective)
        raise TypeError(f"objective must have a method gradient, {type(objective).__name__} has none")
    return objective
