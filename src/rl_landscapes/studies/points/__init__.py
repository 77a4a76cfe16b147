"""Ends of training on Hopper, in random directions, at several sigmas and distances: optimum, saddle or line.

Ahmed et al. (2019), section 3.2.4 and figure 7a.
"""

from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.points.pieces import Seen, pieces
from rl_landscapes.studies.points.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.points.tables import gather

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Seen] = Study(
    "points",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "ends of training on Hopper, seen at several sigmas and distances",
    packages=("mujoco", "gymnasium"),
)
