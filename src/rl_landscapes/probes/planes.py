"""Planes: the objective on a two-dimensional slice through the parameters."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, IntArray, as_finite, at_least, positive, unit_rows
from rl_landscapes.objectives.base import Objective, as_point
from rl_landscapes.probes.blocks import evaluate_blocks
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary


@dataclass(frozen=True, eq=False)
class Plane:
    """Objective at theta + a first + b second, for a in `first_positions` and b in `second_positions`.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, (first, second) = objectives.quadratic(-np.eye(3)), np.eye(2, 3)
    >>> seen = probes.plane(bowl, np.zeros(3), first, second, n_points=3)
    >>> seen.mean, seen.coordinates(np.array([[0.5, 0.2, 7.0]])).round(6)
    (array([[-1. , -0.5, -1. ],
           [-0.5,  0. , -0.5],
           [-1. , -0.5, -1. ]]), array([[0.5, 0.2]]))
    """

    theta: Array  # (n,)
    first: Array  # (n,)
    second: Array  # (n,)
    first_positions: Array  # (K1,)
    second_positions: Array  # (K2,)
    values: Array  # (K1, K2, N)
    provenance: Provenance

    __repr__ = summary

    @property
    def mean(self) -> Array:
        """Mean over episodes, shape (K1, K2)."""
        return self.values.mean(axis=2)

    def coordinates(self, thetas: Array) -> Array:
        """Return the (a, b) of the points of the plane nearest to `thetas` (M, n), shape (M, 2)."""
        points = as_finite("thetas", thetas, (None, self.theta.size))
        axes, lengths = unit_rows("directions", np.stack([self.first, self.second]))
        nearest = np.linalg.lstsq(axes.T, (points - self.theta).T, rcond=None)[0]
        return np.asarray(nearest.T / lengths, dtype=np.float64)


def plane(
    objective: Objective,
    theta: Array,
    first: Array,
    second: Array,
    *,
    radius: float | tuple[float, float] = 1.0,
    n_points: int = 41,
    rng: np.random.Generator | None = None,
    n_jobs: int = 1,
) -> Plane:
    """Evaluate `objective` on the plane through `theta` (n,) spanned by the directions `first` and `second`.

    Directions may be random, a gradient, eigenvectors, differences of solutions; they are used as they are,
    neither normalised nor made orthogonal. Positions run evenly from -radius to radius, `n_points` of them on
    each axis; the centre is on the grid when their number is odd.

    Raises
    ------
    ValueError
        If a direction is zero, both are parallel, or the radius is not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> monkey, (x, y) = objectives.monkey_saddle(), np.eye(2)
    >>> seen = probes.plane(monkey, np.zeros(2), x, y, radius=(1.0, 2.0), n_points=3)
    >>> seen.second_positions, seen.mean.tolist()
    (array([-2.,  0.,  2.]), [[11.0, -1.0, 11.0], [0.0, 0.0, 0.0], [-11.0, 1.0, -11.0]])
    """
    centre, one, two = (as_point(objective, v, name) for name, v in _named(theta, first, second))
    axes = np.stack([one, two])
    if not axes.any(axis=1).all() or np.linalg.matrix_rank(unit_rows("directions", axes)[0]) < 2:
        raise ValueError("first and second must span a plane: one is zero or they are parallel")
    count = at_least("n_points", n_points, 2)
    a, b = (_symmetric(r, count) for r in _radii(radius))
    origin = provenance(rng, objective)

    def points(rows: IntArray) -> Array:
        i, j = np.divmod(rows, count)
        return centre + a[i, None] * one + b[j, None] * two

    values = evaluate_blocks(objective, count**2, points, rng, n_jobs=n_jobs)
    return Plane(centre.copy(), one.copy(), two.copy(), a, b, values.reshape(count, count, -1), origin)


def _named(theta: Array, first: Array, second: Array) -> list[tuple[str, Array]]:
    return [("theta", theta), ("first", first), ("second", second)]


def _radii(radius: float | tuple[float, float]) -> list[float]:
    if not isinstance(radius, tuple | list):
        return [positive("radius", radius)] * 2
    if len(radius) != 2:
        raise ValueError(f"radius must be one number, or one for each direction, got {radius}")
    return [positive("radius", r) for r in radius]


def _symmetric(radius: float, n_points: int) -> Array:
    half = np.arange(n_points) - (n_points - 1) / 2
    return radius * half / half[-1]
