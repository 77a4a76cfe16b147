"""Hopper, Walker2d and HalfCheetah: the noise of returns, common random numbers, and what a probe can see.

An untrained and a trained linear policy of each body. Ahmed et al. (2019), section 3.2 and appendix S.2.
"""

from rl_landscapes.studies.bodies.pieces import Piece, pieces
from rl_landscapes.studies.bodies.policies import objective, point, start, train_body
from rl_landscapes.studies.bodies.settings import BODIES, PAPER, POLICIES, SMOKE, Settings, short_name
from rl_landscapes.studies.bodies.tables import gather
from rl_landscapes.studies.engine import Study

__all__ = [
    "BODIES",
    "POLICIES",
    "STUDY",
    "Settings",
    "objective",
    "point",
    "short_name",
    "start",
    "train_body",
]

STUDY: Study[Settings, Piece] = Study(
    "bodies",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    gather,
    "three MuJoCo bodies: noise, common random numbers, what a probe resolves",
    packages=("mujoco", "gymnasium"),
)
