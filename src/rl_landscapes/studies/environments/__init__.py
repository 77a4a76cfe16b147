"""Why HalfCheetah differs: termination and horizon changed on purpose, and what they do to the gradient.

Ahmed et al. (2019), section 3.2 and appendix S.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.environments.pieces import Piece, pieces
from rl_landscapes.studies.environments.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.environments.tables import gather

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "environments",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "three bodies with and without termination, at horizons of 100 to 1,000 steps",
    packages=("mujoco", "gymnasium"),
)
