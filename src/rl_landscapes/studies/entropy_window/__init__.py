"""For which weight, decay and step does annealed entropy prevent failure? Beside it the largest stable step.

Claim C5. Ahmed et al. (2019), section 3.1.3.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.entropy_window.pieces import PAPER, SMOKE, Cell, Piece, Settings, lowest, pieces
from rl_landscapes.studies.entropy_window.tables import gather

__all__ = ["STUDY", "Cell", "Settings", "lowest"]

STUDY: Study[Settings, Piece] = Study(
    "entropy_window",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "the window of entropy weight, decay and step in which annealing works",
)
