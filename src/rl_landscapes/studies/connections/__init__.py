"""Straight lines from policies trained with little noise to policies trained with much, at several sigmas.

Ahmed et al. (2019), section 3.2.4 and figures 7b and S17.
"""

from rl_landscapes.studies.connections.pieces import Pair, pieces
from rl_landscapes.studies.connections.settings import PAPER, SMOKE, Settings
from rl_landscapes.studies.connections.tables import gather
from rl_landscapes.studies.engine import Study

__all__ = ["STUDY", "Settings"]

STUDY: Study[Settings, Pair] = Study(
    "connections",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "lines between policies trained at small and large sigma, seen at several sigmas",
    packages=("mujoco", "gymnasium"),
)
