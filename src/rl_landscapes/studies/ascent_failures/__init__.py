"""How often exact ascent fails in the paper's world, and what decides it: updates, bias, scale, discount.

Claims C3 and C15. Ahmed et al. (2019), section 3.1.2.
"""

from rl_landscapes.studies.ascent_failures.pieces import Piece, path_gap, pieces
from rl_landscapes.studies.ascent_failures.settings import PAPER, ROLES, SMOKE, Settings
from rl_landscapes.studies.ascent_failures.tables import gather
from rl_landscapes.studies.engine import Study

__all__ = ["ROLES", "STUDY", "Settings", "path_gap"]

STUDY: Study[Settings, Piece] = Study(
    "ascent_failures",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "how often exact ascent fails, and what the bias, the scale and the discount have to do with it",
)
