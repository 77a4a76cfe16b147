"""What the agent lives in: finite MDPs, gridworlds from text maps, and a bridge to Gymnasium."""

from typing import TYPE_CHECKING, Any

from rl_landscapes.worlds.gridworld import DOWN, LEFT, RIGHT, UP, Gridworld, from_map
from rl_landscapes.worlds.mdp import MDP, random_mdp
from rl_landscapes.worlds.named import (
    four_goal_gridworld,
    four_rooms,
    multi_minima_gridworld,
    paper_gridworld,
)

if TYPE_CHECKING:
    from rl_landscapes.worlds.gymnasium_bridge import GridworldEnv, from_gymnasium

__all__ = [
    "DOWN",
    "LEFT",
    "MDP",
    "RIGHT",
    "UP",
    "Gridworld",
    "GridworldEnv",
    "four_goal_gridworld",
    "four_rooms",
    "from_gymnasium",
    "from_map",
    "multi_minima_gridworld",
    "paper_gridworld",
    "random_mdp",
]


def __getattr__(name: str) -> Any:
    """Import the bridge on first use, so that Gymnasium is needed only by those who use it."""
    if name in ("GridworldEnv", "from_gymnasium"):
        from rl_landscapes.worlds import gymnasium_bridge

        return getattr(gymnasium_bridge, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
