"""Every point where ascent got stuck: how the objective looks there, through entropy too, and how to leave.

Claims C2, C4, C6, C7. Ahmed et al. (2019), sections 2.1.2 and 3.1.2, figure 4.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.stuck_points.pieces import Piece, pieces
from rl_landscapes.studies.stuck_points.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.stuck_points.tables import gather

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "stuck_points",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "every point where ascent got stuck: perturbations, spectra, lines, bent paths, escapes",
)
