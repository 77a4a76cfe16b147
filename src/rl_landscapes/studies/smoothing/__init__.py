"""What entropy does to curvature where it is known exactly, and to ascent where nothing is left to explore.

Claim C14. Ahmed et al. (2019), section 5.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.smoothing.pieces import Piece, pieces
from rl_landscapes.studies.smoothing.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.smoothing.tables import gather

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "smoothing",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "exact curvatures with and without entropy, and annealed ascent that begins everywhere",
)
