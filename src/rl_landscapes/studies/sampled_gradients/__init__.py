"""Does the noise of the gradient decide who fails? Sampled against exact gradients from the same starts.

Claim C1. Ahmed et al. (2019), section 3.1.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.sampled_gradients.pieces import ESTIMATORS, Piece, Settings, cut_error, pieces
from rl_landscapes.studies.sampled_gradients.tables import gather

__all__ = ["ESTIMATORS", "STUDY", "Settings", "cut_error"]

STUDY: Study[Settings, Piece] = Study(
    "sampled_gradients",
    {
        "smoke": Settings(n_starts=8, block=4, n_updates=10, horizon=50, n_noise=2, n_repeats=4),
        "laptop": Settings(),
        "paper": Settings(n_starts=4000, horizon=1000),
    },
    pieces,
    gather,
    "ascent with sampled gradients, start by start beside the exact one",
)
