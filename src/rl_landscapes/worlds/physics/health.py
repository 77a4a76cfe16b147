"""When a body is healthy: ranges of its height and angle, what they pay, and whether they end an episode."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, as_finite, as_shaped

ADDED = {
    "HalfCheetah-v5": ("healthy_z_range", "healthy_angle_range"),
    "Swimmer-v5": ("healthy_angle_range",),  # it lies on the ground: there is no height
}
RANGES = ("healthy_z_range", "healthy_angle_range")  # of qpos[1] and qpos[2]
OF_HEALTH = (*RANGES, "healthy_reward")


@dataclass(frozen=True, eq=False)
class Health:
    """A body is healthy while low < (z, angle, ...) < high, in every column."""

    box: Array  # (2, c) low and high, of z, of the angle, and for Hopper of all that follows
    reward: float
    terminates: bool

    def holds(self, moving: Array) -> BoolArray:
        """Tell which of the bodies with positions and velocities `moving` (m, nq + nv) are healthy."""
        low, high = self.box
        watched = moving[:, 1 : 1 + len(low)]
        inside = low < watched
        inside &= watched < high
        healthy: BoolArray = np.logical_and.reduce(inside, axis=1)
        return healthy


def gymnasium_health(env: Any) -> Health:
    """Return the health of a Gymnasium environment: its ranges of z, of the angle, and (Hopper) of all."""
    whole = hasattr(env, "_healthy_state_range")
    box = np.tile([[-np.inf], [np.inf]], env.model.nq + env.model.nv - 1 if whole else 2)
    for columns, what in ((slice(1), "z"), (slice(1, 2), "angle"), (slice(1, None), "state")):
        low, high = getattr(env, f"_healthy_{what}_range", (-np.inf, np.inf))
        box[0, columns] = np.maximum(box[0, columns], low)
        box[1, columns] = np.minimum(box[1, columns], high)
    return Health(box, env._healthy_reward, env._terminate_when_unhealthy)


def added_health(name: str, termination: bool | None, given: Mapping[str, Any]) -> Health | None:
    """Return the health that `given` adds to the body `name`, to which Gymnasium gives none; or None.

    Raises
    ------
    ValueError
        If it leaves open what is healthy, or what follows from it; or a range is no range.
    """
    ranges = [key for key in RANGES if key in given]
    asked = "termination=True" if termination else next(iter(given), None)
    if asked is None:
        return None
    if name not in ADDED:
        raise ValueError(f"{asked} does not fit {name}: it has no height or angle that could be healthy")
    wanted = " or ".join(f"{key}=(low, high)" for key in ADDED[name])
    if not set(ranges) <= set(ADDED[name]):
        raise ValueError(f"{name} lies on the ground and has no height: give {wanted}, got healthy_z_range")
    if not ranges:
        raise ValueError(f"{asked} needs to know when {name} is healthy: give {wanted}")
    if termination is None and "healthy_reward" not in given:
        raise ValueError(
            f"{asked} alone decides nothing in {name}: give termination, or a healthy_reward as well"
        )
    box = np.array([_as_range(key, given.get(key, (-np.inf, np.inf))) for key in RANGES]).T
    reward = float(as_finite("healthy_reward", given.get("healthy_reward", 0.0), ()))
    return Health(box, reward, bool(termination))


def _as_range(name: str, value: Any) -> Array:
    ends = as_shaped(name, value, (2,))
    if not ends[0] < ends[1]:  # nor NaN
        raise ValueError(f"{name} must be (low, high) with low below high, got {value!r}")
    return ends
