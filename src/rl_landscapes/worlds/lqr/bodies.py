"""Bodies of a linear-quadratic world, all of them stepped at once."""

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.worlds.control import Step
from rl_landscapes.worlds.lqr.matrices import product, quadratic_form


class LinearBodies:
    """Bodies of a linear-quadratic world: a state each, and the disturbances that are still to come."""

    def __init__(
        self,
        n: int,
        *,
        dynamics: Array,
        control: Array,
        state_cost: Array,
        action_cost: Array,
        n_disturbances: int,
    ) -> None:
        self.dynamics, self.control = dynamics, control
        self.state_cost, self.action_cost = state_cost, action_cost
        self.states = np.zeros((n, len(dynamics)))
        self.steps = np.zeros(n, dtype=np.int64)
        self.pushes = np.zeros((n, n_disturbances, len(dynamics)))

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
        states = self.states[ids]
        with np.errstate(over="ignore", invalid="ignore"):
            parts = {
                "state": -quadratic_form(self.state_cost, states),
                "action": -quadratic_form(self.action_cost, actions),
            }
            rewards = parts["state"] + parts["action"]
            moved = product(self.dynamics, states) + product(self.control, actions) + self._pushes(ids)
        self.states[ids] = moved
        self.steps[ids] += 1
        diverged = ~(np.isfinite(moved).all(axis=1) & np.isfinite(rewards))
        return Step(moved, rewards, parts, np.zeros(len(ids), dtype=np.bool_), diverged)

    def _pushes(self, ids: IntArray) -> Array | float:
        n_drawn = self.pushes.shape[1]
        if not n_drawn:
            return 0.0
        if (self.steps[ids] >= n_drawn).any():
            raise ValueError(
                f"a body was stepped more than time_limit = {n_drawn} times since its start: "
                "no disturbance was drawn for that step"
            )
        return self.pushes[ids, self.steps[ids]]
