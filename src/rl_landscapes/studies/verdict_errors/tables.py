"""What is kept of the study: counts."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.verdict_errors.pieces import (
    NOISES,
    TRUTHS,
    Intervals,
    Piece,
    Settings,
    Verdicts,
)


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Put counts by truth, noise, episodes and kind, (6, 4, E, 6), and missed intervals, (4, E), together."""
    episodes = settings.n_episodes
    counts = [
        [[done[Verdicts(truth, noise, n)]["counts"] for n in episodes] for noise in NOISES]
        for truth in TRUTHS
    ]
    return {
        "n_episodes": np.array(episodes),
        "counts": np.array(counts),
        "missed": np.array([[done[Intervals(noise, n)]["missed"] for n in episodes] for noise in NOISES]),
        "n_intervals": np.array(settings.n_intervals),
        "error_rate": np.array(settings.error_rate),
    }
