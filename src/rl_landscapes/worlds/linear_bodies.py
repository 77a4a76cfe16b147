"""Bodies of a linear-quadratic world, all of them stepped at once."""

from typing import TYPE_CHECKING

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.worlds.control import Step
from rl_landscapes.worlds.matrices import product, quadratic_form

if TYPE_CHECKING:
    from rl_landscapes.worlds.lqr import LQR


class LinearBodies:
    """Bodies of a linear-quadratic world: a state each, and the disturbances that are still to come."""

    def __init__(self, world: "LQR", n: int) -> None:
        self.world, self.pushed = world, bool(world.disturbance.any())
        self.states = np.zeros((n, world.n_observations))
        self.steps = np.zeros(n, dtype=np.int64)
        self.pushes = np.zeros((n, world.time_limit if self.pushed else 0, world.n_observations))

    def place(self, ids: IntArray, starts: Array) -> Array:
        """Put the bodies `ids` (b,) at `starts`, rows of `LQR.starts`; return their states (b, m)."""
        self.states[ids], self.pushes[ids], self.steps[ids] = starts[:, 0], starts[:, 1:], 0
        return self.states[ids]

    def step(self, ids: IntArray, actions: Array) -> Step:
        """Let the bodies `ids` (b,) act by `actions` (b, k); the reward is that of the state they leave.

        Raises
        ------
        ValueError
            If a body is stepped beyond the time limit, where it has no disturbance left.
        """
        world, states = self.world, self.states[ids]
        with np.errstate(over="ignore", invalid="ignore"):
            parts = {
                "state": -quadratic_form(world.state_cost, states),
                "action": -quadratic_form(world.action_cost, actions),
            }
            rewards = parts["state"] + parts["action"]
            moved = product(world.dynamics, states) + product(world.control, actions) + self._pushes(ids)
        self.states[ids] = moved
        self.steps[ids] += 1
        diverged = ~(np.isfinite(moved).all(axis=1) & np.isfinite(rewards))
        return Step(moved, rewards, parts, np.zeros(len(ids), dtype=np.bool_), diverged)

    def _pushes(self, ids: IntArray) -> Array | float:
        if not self.pushed:
            return 0.0
        if (self.steps[ids] >= self.world.time_limit).any():
            raise ValueError(
                f"a body was stepped more than time_limit = {self.world.time_limit} times since its start: "
                "no disturbance was drawn for that step"
            )
        return self.pushes[ids, self.steps[ids]]
