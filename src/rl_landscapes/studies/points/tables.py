"""What is kept of the study: slopes and bends at every point, distance and sigma, and what could be seen."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import discoveries
from rl_landscapes.studies.points.pieces import Seen
from rl_landscapes.studies.points.settings import Settings
from rl_landscapes.studies.results import Arrays, Values

SURE = 2.0  # standard errors: the paper's noise level
FALSE = 0.05  # share of false discoveries


def gather(settings: Settings, done: Mapping[Seen, Arrays]) -> Values:
    """Stack points (P), distances (A), sigmas (S) and directions (D); count what is below zero for sure.

    Raises
    ------
    ValueError
        If a training has ended in different places for different pieces, as it does on different processors.
    """
    cells = [
        [[done[Seen(point, sigma, alpha)] for sigma in settings.sigmas] for alpha in settings.alphas]
        for point in settings.points
    ]
    names = cells[0][0][0]
    found = {n: np.array([[[cell[n] for cell in row] for row in rows] for rows in cells]) for n in names}
    thetas = _one_end(settings, found.pop("theta"))
    bend, error = found["bend"], found["bend_stderr"]
    return found | {
        "thetas": thetas,
        "alphas": np.array(settings.alphas),
        "sigmas": np.array(settings.sigmas),
        "down": (bend < -SURE * error).sum(axis=-1),
        "up": (bend > SURE * error).sum(axis=-1),
        "down_discovered": _discovered(bend, error),
        "power": _power(bend[..., :1, :], error),
    }


def _one_end(settings: Settings, thetas: Array) -> Array:
    """Return where each training ended (P, n), from every distance and sigma (P, A, S, n)."""
    for point, ends in zip(settings.points, thetas, strict=True):
        if not (ends == ends[0, 0]).all():
            raise ValueError(
                f"the training of {point.name!r} ends in different places: its pieces come from different"
                " processors; compute all of them on one, with --fresh"
            )
    return np.asarray(thetas[:, 0, 0])


def _discovered(bend: Array, error: Array) -> Array:
    """Count the directions that bend down with at most 5% false ones among them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.nan_to_num(ndtr(bend / error), nan=1.0)
    flat = p.reshape(-1, p.shape[-1])
    return np.array([discoveries(row, FALSE).sum() for row in flat]).reshape(p.shape[:-1])


def _power(bend: Array, error: Array) -> Array:
    """Return the mean chance to see a direction bend down at each sigma, were its bend that at sigma = 0.

    A share of directions that falls as sigma grows says something of the objective only where this stays.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.nan_to_num(ndtr(-bend / error - SURE), nan=0.0)
    return np.asarray(chance.mean(axis=-1))
