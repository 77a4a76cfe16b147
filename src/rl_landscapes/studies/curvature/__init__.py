"""Curvature along training: how much it swings from checkpoint to checkpoint, beyond the draw of directions.

Ahmed et al. (2019), section 3.2.3, figure 6.
"""

from rl_landscapes.studies.curvature.pieces import Piece, pieces
from rl_landscapes.studies.curvature.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.curvature.tables import gather
from rl_landscapes.studies.engine import Study

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Piece] = Study(
    "curvature",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "how curvature changes along training under several evaluation sigmas, beyond the draw of directions",
    packages=("mujoco", "gymnasium"),
)
