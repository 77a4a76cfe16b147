"""Interpolation: the objective along the straight line, or the broken line, through given points."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, at_least, non_negative
from rl_landscapes.objectives.base import Objective, as_points, evaluate
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary
from rl_landscapes.statistics import standard_error


@dataclass(frozen=True, eq=False)
class Interpolation:
    """Objective at `positions` of the broken line through the points `thetas`.

    Position k is point k; between k and k + 1 the line is straight; beyond the ends it goes on straight.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> line = probes.interpolate(objectives.monkey_saddle(), np.array([[-1.0, 0.0], [1.0, 0.0]]), n_points=5)
    >>> line.positions, line.mean
    (array([0.  , 0.25, 0.5 , 0.75, 1.  ]), array([-1.   , -0.125,  0.   ,  0.125,  1.   ]))
    >>> line.height
    0.0
    """

    thetas: Array  # (P, n)
    positions: Array  # (K,)
    values: Array  # (K, N)
    provenance: Provenance

    __repr__ = summary

    @property
    def mean(self) -> Array:
        """Mean over episodes, shape (K,)."""
        return self.values.mean(axis=1)

    @property
    def stderr(self) -> Array:
        """Standard error of `mean`, shape (K,); zero for exact objectives."""
        return standard_error(self.values)

    @property
    def height(self) -> float:
        """Lower end minus lowest mean from the first to the last point: the height of the barrier."""
        between = self.mean[(self.positions >= 0) & (self.positions <= len(self.thetas) - 1)]
        return float(min(between[0], between[-1]) - between.min())


def interpolate(
    objective: Objective,
    thetas: Array,
    *,
    n_points: int = 101,
    extrapolate: float = 0.0,
    rng: np.random.Generator | None = None,
    n_jobs: int = 1,
) -> Interpolation:
    """Evaluate `objective` along the line through `thetas` (P, n): O((1 - t) theta_0 + t theta_1) for P = 2.

    `n_points` positions are spaced evenly from -extrapolate to P - 1 + extrapolate; the points themselves are
    added where the spacing misses them.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> line = probes.interpolate(objectives.two_hills(), np.array([[0.0], [3.0]]), n_points=4)
    >>> line.mean.round(2)
    array([0.64, 0.28, 0.71, 1.  ])
    """
    points = as_points(objective, thetas)
    if len(points) < 2:
        raise ValueError(f"thetas must hold at least two points, got {len(points)}")
    if (points[1:] == points[:-1]).all(axis=1).any():
        raise ValueError(
            "thetas must differ from one point to the next: the line between two equal points is a point"
        )
    beyond = non_negative("extrapolate", extrapolate)
    even = np.linspace(-beyond, len(points) - 1 + beyond, at_least("n_points", n_points, 2))
    snapped = np.where(np.abs(even - even.round()) < 1e-9, even.round(), even)
    positions = np.union1d(snapped, np.arange(len(points), dtype=np.float64))
    origin = provenance(rng, objective)
    values = evaluate(objective, along(points, positions), rng, n_jobs=n_jobs)
    return Interpolation(points.copy(), positions, values, origin)


def along(points: Array, positions: Array) -> Array:
    """Return the parameters at `positions` (K,) of the broken line through `points` (P, n), shape (K, n).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import probes
    >>> probes.along(np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0]]), np.array([0.5, 1.5]))
    array([[1., 0.],
           [2., 1.]])
    """
    segment = np.clip(np.floor(positions), 0, len(points) - 2).astype(int)
    share = (positions - segment)[:, None]
    return (1 - share) * points[segment] + share * points[segment + 1]
