"""One kind of MuJoCo body, with the parameters that Gymnasium's environment of that name has."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import gymnasium
import numpy as np

from rl_landscapes.arrays import Array, as_generator, at_least
from rl_landscapes.worlds.physics.batch import PhysicsBodies
from rl_landscapes.worlds.physics.quiet import quiet
from rl_landscapes.worlds.physics.rules import RULES, Rules

REFUSALS = (TypeError, ValueError, ArithmeticError, OSError, gymnasium.error.Error)


class Body:
    """Gymnasium's environment `name` as a `ControlWorld`: same physics, rewards and ends, bit for bit.

    Actions go to the physics as they are, like Gymnasium's `step`; whoever wants them clipped to the box
    clips them. `settings` are the keyword arguments of `gymnasium.make`.

    Raises
    ------
    ValueError
        If there is no such body, or Gymnasium refuses the settings.
    """

    def __init__(self, name: str, settings: Mapping[str, object]) -> None:
        _known(name)
        self.name = name
        try:
            self.settings = dict(settings)
            self._made = _tried(name, self.settings)
        except REFUSALS as error:
            raise ValueError(f"settings {settings!r} do not fit {name}: {error}") from error
        self.env: Any = self._made.unwrapped  # every parameter comes from here
        self.rules: Rules = RULES[name](self.env)
        self.n_observations = int(self.env.observation_space.shape[0])
        self.n_actions = int(self.env.model.nu)
        self.low: Array = self.env.action_space.low.astype(np.float64)
        self.high: Array = self.env.action_space.high.astype(np.float64)
        self.time_limit = int(self._made.spec.max_episode_steps)
        self._drawing = Lock()  # of starts: there is one environment

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"body({self.name!r}{f', {self.settings}' if self.settings else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the name and the settings; the other process builds the body anew."""
        return Body, (self.name, self.settings)

    @property
    def spec(self) -> Any:
        """Gymnasium's specification of the environment."""
        return self._made.spec

    @property
    def frame_skip(self) -> int:
        """Physics steps in one step of the environment."""
        return int(self.env.frame_skip)

    @property
    def control_step(self) -> float:
        """Seconds of simulated time in one step of the environment."""
        return float(self.env.dt)

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        """Draw `n` starts (n, nq + nv) as Gymnasium's `reset` does: positions, then velocities."""
        count, generator = at_least("n", n, 1), as_generator(rng)
        with self._drawing, quiet():
            self.env.np_random = generator
            return np.stack([self._start() for _ in range(count)])

    def bodies(self, n: int, *, n_threads: int = 1) -> PhysicsBodies:
        """Return `n` bodies, stepped by `n_threads` native threads.

        Raises
        ------
        ValueError
            If a count is not a positive integer.
        """
        count, threads = at_least("n", n, 1), at_least("n_threads", n_threads, 1)
        return PhysicsBodies(self.env.model, self.rules, self.frame_skip, count, threads)

    def _start(self) -> Array:
        self.env.reset()
        return np.concatenate([self.env.data.qpos, self.env.data.qvel])


def body(name: str, settings: Mapping[str, object] | None = None) -> Body:
    """Return the body that Gymnasium calls `name`, such as "Hopper-v5".

    `settings` are keyword arguments of `gymnasium.make`: `{"healthy_reward": 0.0}`, `{"max_episode_steps":
    200}`.

    Raises
    ------
    ValueError
        If there is no such body, or Gymnasium refuses the settings.
    """
    return Body(name, {} if settings is None else settings)


def known_bodies() -> tuple[str, ...]:
    """Return the names that `body` takes."""
    return tuple(RULES)


def _known(name: str) -> None:
    if name in RULES:
        return
    kind, _, version = str(name).partition("-")
    known = f"name must be one of {', '.join(RULES)}, got {name!r}"
    if version and f"{kind}-v5" in RULES:
        raise ValueError(f"{known}: versions differ in rewards and observations, and only v5 is done here")
    raise ValueError(known)


def _tried(name: str, settings: dict[str, object]) -> Any:
    """Let Gymnasium make the environment, and make a step in it: some settings are refused only then."""
    if settings.get("render_mode") is not None:
        raise ValueError("a body has no render_mode, its motion is drawn from what it did")
    with quiet():
        made: Any = gymnasium.make(name, **settings)  # type: ignore[arg-type]
        at_least("max_episode_steps", made.spec.max_episode_steps, 1)
        at_least("frame_skip", made.unwrapped.frame_skip, 1)
        made.reset(seed=0)
        made.step(np.zeros(made.action_space.shape))
    return made
