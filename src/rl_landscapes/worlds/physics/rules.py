"""What a body shows and earns: Gymnasium's formulas, for many bodies at once, with Gymnasium's parameters.

Each kind of body reads its parameters from the Gymnasium environment itself, so that the two cannot drift
apart. The order of every sum is Gymnasium's too: results agree bit for bit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.worlds.physics.choice import Choice
from rl_landscapes.worlds.physics.health import Health, gymnasium_health

Parts = dict[str, npt.NDArray[Any]]  # of the types that Gymnasium gives them
Action = npt.NDArray[Any]  # float64, float32 or integers: sums of squares are taken in the same type


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Positions, velocities and places of m bodies at one moment."""

    moving: Array  # (m, nq + nv) positions, then velocities
    n_positions: int
    xpos: Array | None  # (m, nbody, 3), for the kinds that look at it

    @property
    def qpos(self) -> Array:
        """Positions (m, nq)."""
        return self.moving[:, : self.n_positions]

    @property
    def qvel(self) -> Array:
        """Velocities (m, nv)."""
        return self.moving[:, self.n_positions :]


class Rules(Protocol):
    """The formulas of one kind of body."""

    @property
    def looks_at_places(self) -> bool:
        """Whether they need the places of the parts."""

    def observe(self, now: Snapshot) -> Array:
        """Return observations (m, o)."""

    def judge(self, before: Snapshot, now: Snapshot, actions: Action) -> tuple[Parts, BoolArray]:
        """Return the parts of the reward (m,), in the order in which they are added, and what terminated."""

    def describe(self, before: Snapshot | None, now: Snapshot) -> Parts:
        """Return what else Gymnasium's `info` holds, (m,) each; without `before`, that of a reset."""


@dataclass(frozen=True, eq=False)
class Runner:
    """Hopper, Walker2d, HalfCheetah and Swimmer: paid for speed along x, and some of them for being healthy.

    reward = w_forward (x' - x) / dt + w_healthy [healthy] - w_control |a|^2.
    """

    dt: float
    forward_weight: float
    control_weight: float
    hidden_positions: int  # how many leading positions are kept from the observation
    planar: bool  # Swimmer: x and y are both free, and both hidden
    speed_limit: float | None  # observed velocities are clipped to +/- this
    initial_z: float | None  # if the height over it is told
    health: Health | None
    looks_at_places: bool = False

    @classmethod
    def of(cls, env: Any, choice: Choice, *, planar: bool = False) -> "Runner":
        """Read the parameters from a Gymnasium environment; only health may be added by choice."""
        own = hasattr(env, "_healthy_reward")
        hidden = (1 + planar) * env._exclude_current_positions_from_observation
        return cls(
            dt=env.dt,
            forward_weight=env._forward_reward_weight,
            control_weight=env._ctrl_cost_weight,
            hidden_positions=hidden,
            planar=planar,
            speed_limit=10 if own else None,
            initial_z=float(env.init_qpos[1]) if own else None,
            health=gymnasium_health(env) if own else choice.health,
        )

    def observe(self, now: Snapshot) -> Array:
        """Return positions without the hidden ones, then velocities."""
        seen = now.moving[:, self.hidden_positions :].copy()
        if self.speed_limit is not None:
            speeds = seen[:, now.n_positions - self.hidden_positions :]
            speeds.clip(-self.speed_limit, self.speed_limit, out=speeds)
        return seen

    def judge(self, before: Snapshot, now: Snapshot, actions: Action) -> tuple[Parts, BoolArray]:
        """Pay for the way made, for health, and charge for control."""
        parts: Parts = {"reward_forward": self.forward_weight * self._velocity(before, now, 0)}
        ends = None
        if self.health is not None:
            healthy = self.health.holds(now.moving)
            parts["reward_survive"] = healthy * self.health.reward
            ends = ~healthy if self.health.terminates else None
        parts["reward_ctrl"] = -(self.control_weight * np.add.reduce(np.square(actions), axis=1))
        return parts, np.zeros(len(actions), dtype=bool) if ends is None else ends

    def describe(self, before: Snapshot | None, now: Snapshot) -> Parts:
        """Return positions and speeds over the ground."""
        info = {"x_position": now.qpos[:, 0]}
        if self.planar:
            info |= {
                "y_position": now.qpos[:, 1],
                "distance_from_origin": np.sqrt(np.vecdot(now.qpos[:, :2], now.qpos[:, :2])),
            }
        if self.initial_z is not None:
            info["z_distance_from_origin"] = now.qpos[:, 1] - self.initial_z
        if before is not None:
            info["x_velocity"] = self._velocity(before, now, 0)
            if self.planar:
                info["y_velocity"] = self._velocity(before, now, 1)
        return info

    def _velocity(self, before: Snapshot, now: Snapshot, axis: int) -> Array:
        return (now.moving[:, axis] - before.moving[:, axis]) / self.dt


@dataclass(frozen=True)
class Pendulum:
    """InvertedPendulum: paid one for every step in which the pole stands."""

    terminates: bool
    looks_at_places: bool = False
    largest_angle: float = 0.2  # a number in Gymnasium's step, not a parameter of its environment

    @classmethod
    def of(cls, env: Any, choice: Choice) -> "Pendulum":
        """Return the rules; the environment has no parameters of them."""
        return cls(choice.termination is not False)

    def observe(self, now: Snapshot) -> Array:
        """Return positions and velocities."""
        return np.concatenate([now.qpos, now.qvel], axis=1)

    def judge(self, before: Snapshot, now: Snapshot, actions: Action) -> tuple[Parts, BoolArray]:
        """Pay one while the pole stands."""
        finite = np.isfinite(now.qpos).all(axis=1) & np.isfinite(now.qvel).all(axis=1)
        falls = ~finite | (np.abs(now.qpos[:, 1]) > self.largest_angle)
        return {"reward_survive": (~falls).astype(np.int64)}, falls & self.terminates

    def describe(self, before: Snapshot | None, now: Snapshot) -> Parts:
        """Return nothing: there is nothing else."""
        return {}


@dataclass(frozen=True)
class Reacher:
    """Reacher: charged for the distance from its fingertip to the target, and for control."""

    distance_weight: float
    control_weight: float
    fingertip: int
    target: int
    looks_at_places: bool = True

    @classmethod
    def of(cls, env: Any, choice: Choice) -> "Reacher":
        """Read the parameters from a Gymnasium environment; there is nothing to choose."""
        places = [env.model.body(name).id for name in ("fingertip", "target")]
        return cls(env._reward_dist_weight, env._reward_control_weight, *places)

    def observe(self, now: Snapshot) -> Array:
        """Return cosines and sines of the two joints, the target, their speeds, and the way to the target."""
        angles = now.qpos[:, :2]
        seen = [np.cos(angles), np.sin(angles), now.qpos[:, 2:], now.qvel[:, :2], self._way(now)[:, :2]]
        return np.concatenate(seen, axis=1)

    def judge(self, before: Snapshot, now: Snapshot, actions: Action) -> tuple[Parts, BoolArray]:
        """Charge for distance and control; nothing ends the episode but time."""
        way = self._way(now)
        parts = {
            "reward_dist": -np.sqrt(np.vecdot(way, way)) * self.distance_weight,
            "reward_ctrl": -np.sum(np.square(actions), axis=1) * self.control_weight,
        }
        return parts, np.zeros(len(way), dtype=bool)

    def describe(self, before: Snapshot | None, now: Snapshot) -> Parts:
        """Return nothing: there is nothing else."""
        return {}

    def _way(self, now: Snapshot) -> Array:
        assert now.xpos is not None
        return now.xpos[:, self.fingertip] - now.xpos[:, self.target]


RULES: Mapping[str, Callable[[Any, Choice], Rules]] = {
    "Hopper-v5": Runner.of,
    "Walker2d-v5": Runner.of,
    "HalfCheetah-v5": Runner.of,
    "Swimmer-v5": partial(Runner.of, planar=True),
    "InvertedPendulum-v5": Pendulum.of,
    "Reacher-v5": Reacher.of,
}
