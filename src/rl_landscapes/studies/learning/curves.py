"""Learning curves at the step that is best on other starts, so that no run is judged by its own choice."""

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.studies.results import Arrays


def finals(evaluations: Array, n_late: int) -> Array:
    """Return the mean of the last evaluations (..., E) of each run."""
    return np.asarray(evaluations[..., -n_late:].mean(axis=-1, dtype=np.float64))


def chosen_steps(final: Array) -> IntArray:
    """Return for each sigma the steps (S, 2) that even and that odd starts are judged by, from (S, M, B).

    Even starts choose for odd ones and odd for even, by the highest mean, so every start is judged.
    """
    even = np.arange(final.shape[-1]) % 2 == 0
    return np.stack([final[..., ~even].mean(-1).argmax(-1), final[..., even].mean(-1).argmax(-1)], axis=-1)


def judged_curves(a: Arrays, grid: str, n_late: int) -> Array:
    """Return the evaluations (S, B, E) of each start with the step chosen on the other half of the starts.

    Paths without noise have no step to choose.
    """
    curves = a[f"{grid}_evaluations"].astype(np.float64)
    if curves.ndim == 3:
        return curves
    chosen, rows = chosen_steps(finals(curves, n_late)), np.arange(len(curves))
    even = (np.arange(curves.shape[2]) % 2 == 0)[:, None]
    return np.where(even, curves[rows, chosen[:, 0]], curves[rows, chosen[:, 1]])
