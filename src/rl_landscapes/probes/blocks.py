"""Points by the block: what a probe of many parameters holds in memory at once."""

from collections.abc import Callable, Iterator
from copy import deepcopy

import numpy as np

from rl_landscapes.arrays import Array, IntArray, at_least
from rl_landscapes.objectives.base import POINTS_AT_ONCE, Batched, Objective, evaluate
from rl_landscapes.parallel.bags import as_jobs, threads_here

BLOCK = 2**23  # numbers, 64 MiB


def row_blocks(n_rows: int, n: int, at_once: int = 1) -> Iterator[slice]:
    """Yield the rows of an array (n_rows, n), a multiple of `at_once` at a time that `BLOCK` numbers hold."""
    size = at_once * max(1, BLOCK // (at_once * n))
    for first in range(0, n_rows, size):
        yield slice(first, min(first + size, n_rows))


def evaluate_blocks(
    objective: Objective,
    n_points: int,
    points: Callable[[IntArray], Array],
    rng: np.random.Generator | None,
    *,
    n_jobs: int = 1,
) -> Array:
    """Return what `evaluate` gives, bit for bit, at the points that `points` makes of their row numbers.

    `points` is asked for whole chunks of `evaluate`, at least one for each process.
    """
    wanted = objective.points_at_once if isinstance(objective, Batched) else POINTS_AT_ONCE
    jobs = threads_here() if as_jobs(n_jobs) < 0 else n_jobs
    at_once = jobs * at_least("points_at_once", wanted, 1)
    values = []
    for rows in row_blocks(n_points, objective.n_parameters, at_once):
        same = rng if rows.stop == n_points else deepcopy(rng)  # every block meets the same episodes
        values.append(evaluate(objective, points(np.arange(rows.start, rows.stop)), same, n_jobs=n_jobs))
    return np.concatenate(values)
