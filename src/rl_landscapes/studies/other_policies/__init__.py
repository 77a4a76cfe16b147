"""Which findings on exact ascent survive another parametrisation, and another regulariser.

What claims C3, C5 and C6 say of the paper's policy and of Shannon's entropy is asked again of tables without
a shared bias, of small networks, of Tsallis entropy and of closeness to a prior.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.other_policies.pieces import Piece, pieces
from rl_landscapes.studies.other_policies.settings import PAPER, POLICIES, REGULARISERS, SMOKE, Settings
from rl_landscapes.studies.other_policies.tables import gather

__all__ = ["POLICIES", "REGULARISERS", "STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "other_policies",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "exact ascent with networks, with Tsallis entropy and with priors: which findings survive",
)
