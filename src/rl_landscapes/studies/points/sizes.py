"""How much the objective bends around a point, against how much it tilts: with the noise taken out."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.probes import Perturbations

GROUPS = 8  # of episodes, left out one after the other


def relative_bend(probe: Perturbations) -> Array:
    r"""Return mean bend^2 / mean slope^2 over directions, and its standard error, shape (2,).

    At distance alpha the curvature alone changes the objective by the bend b_d, the slope alone by s_d. The
    square of a noisy mean is too large by its variance; the mean product of two different episodes is not,
    whatever the noise. The error is the jackknife's, over directions and over groups of
    episodes, their squares added. NaN where the slope cannot be told from noise at all.
    """
    bend, slope = probe.bend_episodes, probe.slope_episodes
    n_directions, n_episodes = bend.shape
    groups = np.arange(n_episodes) * GROUPS // n_episodes
    everything = np.ones(n_directions, dtype=bool), np.ones(n_episodes, dtype=bool)
    whole = _ratio(bend, slope, *everything)
    by_direction = [
        _ratio(bend, slope, np.arange(n_directions) != d, everything[1]) for d in range(n_directions)
    ]
    by_group = [_ratio(bend, slope, everything[0], groups != g) for g in range(GROUPS)]
    return np.array([whole, np.hypot(_jackknife(by_direction), _jackknife(by_group))])


def _ratio(bend: Array, slope: Array, directions: Array, episodes: Array) -> float:
    """Return the ratio of mean squares without the noise of episodes: from all pairs of different ones."""
    sizes = [_mean_square(each[directions][:, episodes]) for each in (bend, slope)]
    return sizes[0] / sizes[1] if sizes[1] > 0 else np.nan


def _mean_square(columns: Array) -> float:
    n = columns.shape[1]
    return float(((columns.sum(axis=1) ** 2 - (columns**2).sum(axis=1)) / (n * (n - 1))).mean())


def _jackknife(left_out: list[float]) -> float:
    values = np.array(left_out)
    n = len(values)
    return float(np.sqrt((n - 1) / n * np.square(values - values.mean()).sum()))
