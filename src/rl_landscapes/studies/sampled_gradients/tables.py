"""What is kept of the study: the blocks of each estimator put together."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.sampled_gradients.pieces import ESTIMATORS, Exact, Piece, Sampled, Settings


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Put the blocks of each estimator together, in the order of the starts."""
    blocks = range(0, settings.n_starts, settings.block)

    def joined(key: str) -> Array:
        rows = [[done[Sampled(e, first)][key] for first in blocks] for e in ESTIMATORS]
        return np.stack([np.concatenate(row, axis=-1) for row in rows])

    curves = joined("curves")
    return {
        "n_episodes": np.array([e.n_episodes for e in ESTIMATORS]),
        "with_baseline": np.array([e.with_baseline for e in ESTIMATORS]),
        "exact_returns": done[Exact()]["returns"],
        "returns": joined("returns"),
        "noise": joined("noise"),
        "cut_error": done[Exact()]["cut"],
        "horizon": np.array(settings.horizon),
        "updates": done[Sampled(ESTIMATORS[0], 0)]["updates"],
        "curve_quantiles": np.quantile(curves, (0.05, 0.25, 0.5, 0.75, 0.95), axis=2),
        "curve_means": curves.mean(axis=2),
    }
