"""What the caller of `body` chooses: what Gymnasium is told, and what goes beyond Gymnasium."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import mujoco
import numpy as np

from rl_landscapes.arrays import at_least
from rl_landscapes.worlds.physics.health import OF_HEALTH, Health, added_health

OWN_RANGES = ("Hopper-v5", "Walker2d-v5")  # Gymnasium takes `terminate_when_unhealthy` for them
OWN_RULE = "InvertedPendulum-v5"  # it ends when the pole falls, without parameters
INTEGRATORS = {
    "Euler": mujoco.mjtIntegrator.mjINT_EULER,
    "RK4": mujoco.mjtIntegrator.mjINT_RK4,
    "implicit": mujoco.mjtIntegrator.mjINT_IMPLICIT,
    "implicitfast": mujoco.mjtIntegrator.mjINT_IMPLICITFAST,
}


@dataclass(frozen=True, eq=False)
class Choice:
    """The arguments of `body`, of which two names for one thing have become one."""

    integrator: str | None
    termination: bool | None
    horizon: int | None
    given: Mapping[str, Any]  # all other keyword arguments
    settings: Mapping[str, Any]  # the keyword arguments of `gymnasium.make`
    health: Health | None  # of a body to which Gymnasium gives none

    @property
    def arguments(self) -> dict[str, Any]:
        """The keyword arguments of a call of `body` that makes the same body, those left out left out."""
        ours = {
            "integrator": self.integrator,
            "termination": self.termination,
            "horizon": self.horizon,
        }
        return {key: value for key, value in ours.items() if value is not None} | {
            key: self.given[key] for key in sorted(self.given)
        }


def choose(
    name: str,
    integrator: str | None,
    termination: bool | None,
    horizon: int | None,
    settings: Mapping[str, Any],
) -> Choice:
    """Return the choice for the body `name`.

    Raises
    ------
    ValueError
        If an argument is out of its range, two contradict each other, or one is missing.
    """
    if integrator not in (None, *INTEGRATORS):
        known = ", ".join(map(repr, INTEGRATORS))
        raise ValueError(f"integrator must be {known}, or None for the model's own, got {integrator!r}")
    given = deepcopy(dict(settings))
    horizon = _one_of("horizon", horizon, "max_episode_steps", given.pop("max_episode_steps", None))
    if horizon is not None:
        horizon = int(at_least("horizon (max_episode_steps)", horizon, 1))
    other = "terminate_when_unhealthy"
    termination = _one_of("termination", termination, other, given.pop(other, None))
    if termination is not None and not isinstance(termination, bool | np.bool_):
        raise ValueError(f"termination must be True, False or None, got {termination!r}")
    termination = None if termination is None else bool(termination)
    told, health = dict(given), None
    if name in OWN_RANGES:
        told |= {} if termination is None else {"terminate_when_unhealthy": termination}
    elif name != OWN_RULE:
        health = added_health(name, termination, {key: told.pop(key) for key in OF_HEALTH if key in told})
    told |= {} if horizon is None else {"max_episode_steps": horizon}
    return Choice(integrator, termination, horizon, given, told, health)


def _one_of(name: str, value: Any, other: str, there: Any) -> Any:
    if value is not None and there is not None and value != there:
        raise ValueError(f"{name} and {other} are two names for one thing, got {value!r} and {there!r}")
    return there if value is None else value
