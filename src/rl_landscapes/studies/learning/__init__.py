"""Learning curves of three bodies under several sigmas, and what tells noise from geometry.

Ahmed et al. (2019), sections 3.2.2 and 3.2.3.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.learning.pieces import Piece, pieces
from rl_landscapes.studies.learning.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.learning.tables import gather

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "learning",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "how sigma changes learning on three bodies, by five ways to estimate the gradient",
    packages=("mujoco", "gymnasium"),
)
