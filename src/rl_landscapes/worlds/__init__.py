"""What the agent lives in: finite MDPs, gridworlds from text maps, linear-quadratic worlds, MuJoCo bodies.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from rl_landscapes.worlds.gridworld import DOWN, LEFT, RIGHT, UP, Gridworld, from_map
from rl_landscapes.worlds.lqr import LQR, double_integrator, scalar_lqr
from rl_landscapes.worlds.mdp import MDP, random_mdp
from rl_landscapes.worlds.motion import Motion
from rl_landscapes.worlds.named import (
    four_rooms,
    paper_gridworld,
)

if TYPE_CHECKING:
    from rl_landscapes.worlds.gymnasium_bridge import GridworldEnv, from_gymnasium
    from rl_landscapes.worlds.physics import Body, BodyVectorEnv, body, known_bodies

__all__ = [
    "DOWN",
    "LEFT",
    "LQR",
    "MDP",
    "RIGHT",
    "UP",
    "Body",
    "BodyVectorEnv",
    "Gridworld",
    "GridworldEnv",
    "Motion",
    "body",
    "double_integrator",
    "four_rooms",
    "from_gymnasium",
    "from_map",
    "known_bodies",
    "paper_gridworld",
    "random_mdp",
    "scalar_lqr",
]

_ON_USE = {
    "GridworldEnv": "gymnasium_bridge",
    "from_gymnasium": "gymnasium_bridge",
    "Body": "physics",
    "BodyVectorEnv": "physics",
    "body": "physics",
    "known_bodies": "physics",
}


def __getattr__(name: str) -> Any:
    """Import what needs Gymnasium or MuJoCo on first use: they are needed only by those who use it."""
    if name in _ON_USE:
        return getattr(_imported(_ON_USE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _imported(module: str) -> ModuleType:
    try:
        return import_module(f"rl_landscapes.worlds.{module}")
    except AttributeError as error:  # which would be read as: this name does not exist
        raise ImportError(f"rl_landscapes.worlds.{module} cannot be imported: {error}") from error
