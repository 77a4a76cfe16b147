"""Ascent without the noise of the score: by central differences, on a path of given length."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, as_generator, at_least, non_negative
from rl_landscapes.ascent.schedules import Schedule, constant
from rl_landscapes.objectives.base import Objective, as_points
from rl_landscapes.objectives.differences import central_differences
from rl_landscapes.parallel import progress
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary
from rl_landscapes.statistics import standard_error


@dataclass(frozen=True, eq=False)
class PathAscent:
    """The history of B ascents over U updates whose steps have given lengths, whatever the gradient's.

    `thetas` holds the points before each update and, last, the end. A start at which something was not finite
    stays where it was, and its later rows are NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives
    >>> slope, starts = objectives.ramp(np.array([0.0, 2.0])), np.zeros((1, 2))
    >>> rng = np.random.default_rng(0)
    >>> way = ascent.ascend_by_differences(slope, starts, n_updates=3, length=0.5, alpha=0.1, rng=rng)
    >>> way.thetas.shape, way.values.round(6)
    ((4, 1, 2), array([[0.],
           [1.],
           [2.]]))
    """

    thetas: Array  # (U + 1, B, n)
    values: Array  # (U, B) before each update, in the episodes of that update
    gradient_norms: Array  # (U, B)
    noise: Array  # (U, B) length of the standard error of the gradient over episodes; 0 where exact
    lengths: Array  # (U,) of the steps
    diverged: BoolArray  # (B,)
    provenance: Provenance

    __repr__ = summary


def ascend_by_differences(
    objective: Objective,
    thetas: Array,
    *,
    n_updates: int,
    length: float | Schedule,
    alpha: float,
    rng: np.random.Generator,
    n_jobs: int = 1,
) -> PathAscent:
    """Move every row of `thetas` (B, n) uphill by steps of given length: theta + length(u) g / |g|.

    g is the gradient by central differences at distance `alpha`, in episodes that are common to all points
    and starts and new in every update. Ascents under different objectives, such as different sigma, so cover
    the same way in parameter space, and what tells them apart is neither the noise nor the scale of the
    score: only the landscape. Where g is zero nothing moves.

    Raises
    ------
    ValueError
        If `thetas` is not a finite (B, n) array, a count is not a positive integer, or a length or `alpha` is
        out of its range.
    TypeError
        If `rng` is no generator.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.ascent import ascend_by_differences
    >>> from rl_landscapes.objectives import from_function
    >>> bowl = from_function(lambda theta: -(theta @ theta), 2)
    >>> rng = np.random.default_rng(0)
    >>> way = ascend_by_differences(bowl, np.array([[3.0, 4.0]]), n_updates=4, length=1.0, alpha=0.1, rng=rng)
    >>> way.thetas[-1].round(6)
    array([[0.6, 0.8]])
    """
    start, generator = as_points(objective, thetas), as_generator(rng)
    length_at = length if callable(length) else constant(length)
    updates = range(at_least("n_updates", n_updates, 1))
    lengths = np.array([non_negative(f"length at update {u}", length_at(u)) for u in updates])
    origin, at = provenance(generator, objective), start.copy()
    points, rows = [start], []
    for update in progress(updates, description="ascend"):
        seed = int(generator.integers(2**63))
        seen = [
            central_differences(objective, row, alpha=alpha, rng=np.random.default_rng(seed), n_jobs=n_jobs)
            for row in at
        ]
        gradients = np.stack([each.mean(axis=0) for _, each in seen])
        norms = np.linalg.norm(gradients, axis=1)
        rows.append((np.array([values.mean() for values, _ in seen]), norms, _noise(seen)))
        steps = lengths[update] * gradients / np.where(norms > 0, norms, 1)[:, None]
        at = np.where(np.isfinite(norms)[:, None], at + steps, at)
        points.append(at)
    seen_values, seen_norms, seen_noise = (np.stack(column) for column in zip(*rows, strict=True))
    return PathAscent(
        thetas=np.stack(points),
        values=seen_values,
        gradient_norms=seen_norms,
        noise=seen_noise,
        lengths=lengths,
        diverged=~(np.isfinite(seen_values) & np.isfinite(seen_norms)).all(axis=0),
        provenance=origin,
    )


def _noise(seen: list[tuple[Array, Array]]) -> Array:
    return np.array([np.linalg.norm(standard_error(each, axis=0)) for _, each in seen])
