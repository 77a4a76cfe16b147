"""One kind of MuJoCo body, with the parameters that Gymnasium's environment of that name has."""

from functools import partial
from threading import Lock
from typing import Any

import gymnasium
import numpy as np

from rl_landscapes.arrays import Array, as_generator, at_least
from rl_landscapes.worlds.physics.batch import PhysicsBodies
from rl_landscapes.worlds.physics.choice import INTEGRATORS, Choice, choose
from rl_landscapes.worlds.physics.quiet import quiet
from rl_landscapes.worlds.physics.rules import RULES, Rules

REFUSALS = (TypeError, ValueError, ArithmeticError, OSError, gymnasium.error.Error)


class Body:
    """Gymnasium's environment `name` as a `ControlWorld`: same physics, rewards and ends, bit for bit.

    Actions go to the physics as they are, like Gymnasium's `step`; whoever wants them clipped to the box
    clips them. The arguments are those of `body`.

    Raises
    ------
    ValueError
        If there is no such body, or the arguments do not fit it.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> hopper = worlds.Body("Hopper-v5", horizon=100)
    >>> hopper.n_observations, hopper.n_actions, hopper.time_limit
    (11, 3, 100)
    """

    def __init__(
        self,
        name: str,
        *,
        integrator: str | None = None,
        termination: bool | None = None,
        horizon: int | None = None,
        **settings: object,
    ) -> None:
        _known(name)
        self.name = name
        self._choice = choose(name, integrator, termination, horizon, settings)
        try:
            self._made = _tried(name, self._choice)
        except REFUSALS as error:
            raise ValueError(f"settings {self.settings!r} do not fit {name}: {error}") from error
        self.env: Any = self._made.unwrapped  # every parameter comes from here
        self.rules: Rules = RULES[name](self.env, self._choice)
        self.n_observations = int(self.env.observation_space.shape[0])
        self.n_actions = int(self.env.model.nu)
        self.low: Array = self.env.action_space.low.astype(np.float64)
        self.high: Array = self.env.action_space.high.astype(np.float64)
        self.time_limit = int(self._made.spec.max_episode_steps)
        self._drawing = Lock()  # of starts: there is one environment

    def __repr__(self) -> str:
        """Write the call that makes it."""
        return f"body({', '.join([repr(self.name), *(f'{k}={v!r}' for k, v in self.arguments.items())])})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the name and the arguments; the other process builds the body anew."""
        return partial(Body, **self.arguments), (self.name,)

    @property
    def arguments(self) -> dict[str, Any]:
        """Keyword arguments with which `body` makes the same body."""
        return self._choice.arguments

    @property
    def settings(self) -> dict[str, Any]:
        """Keyword arguments with which `gymnasium.make` makes what Gymnasium has of it."""
        return dict(self._choice.settings)

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


def body(
    name: str,
    *,
    integrator: str | None = None,
    termination: bool | None = None,
    horizon: int | None = None,
    **settings: object,
) -> Body:
    """Return the body that Gymnasium calls `name`, such as "Hopper-v5".

    Parameters
    ----------
    name : str
        One of `known_bodies()`.
    integrator : str, optional
        MuJoCo's "Euler", "RK4", "implicit" or "implicitfast"; the model's own if left out.
    termination : bool, optional
        Whether an episode ends when the body is unhealthy; Gymnasium's own rule if left out. False is
        Gymnasium's `terminate_when_unhealthy=False`. True asks HalfCheetah and Swimmer, which never end in
        Gymnasium, for ranges that say what is healthy.
    horizon : int, optional
        Steps after which an episode is cut, Gymnasium's `max_episode_steps`.
    **settings
        Any other keyword argument of `gymnasium.make`: `healthy_reward=0.0`, `frame_skip=2`. HalfCheetah
        takes `healthy_z_range=(low, high)` of its height over where it stands (qpos[1]), HalfCheetah and
        Swimmer `healthy_angle_range` of the angle of the trunk (qpos[2], in radians), and with them a
        `healthy_reward` (0) for each step inside.

    Raises
    ------
    ValueError
        If there is no such body, Gymnasium refuses the settings, two arguments contradict each other, or it
        is left open what is healthy.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> walker = worlds.body("Walker2d-v5", termination=False, horizon=200, healthy_reward=0.0)
    >>> walker.name, walker.time_limit
    ('Walker2d-v5', 200)
    """
    return Body(name, integrator=integrator, termination=termination, horizon=horizon, **settings)


def known_bodies() -> tuple[str, ...]:
    """Return the names that `body` takes.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> "Hopper-v5" in worlds.known_bodies()
    True
    """
    return tuple(RULES)


def _known(name: str) -> None:
    if name in RULES:
        return
    kind, _, version = str(name).partition("-")
    known = f"name must be one of {', '.join(RULES)}, got {name!r}"
    if version and f"{kind}-v5" in RULES:
        raise ValueError(f"{known}: versions differ in rewards and observations, and only v5 is done here")
    raise ValueError(known)


def _tried(name: str, choice: Choice) -> Any:
    """Let Gymnasium make the environment, and make a step in it: some settings are refused only then."""
    settings = choice.settings
    if settings.get("render_mode") is not None:
        raise ValueError("a body has no render_mode, its motion is drawn from what it did")
    with quiet():
        made: Any = gymnasium.make(name, **settings)
        at_least("frame_skip", made.unwrapped.frame_skip, 1)
        if choice.integrator is not None:
            made.unwrapped.model.opt.integrator = INTEGRATORS[choice.integrator]
        made.reset(seed=0)
        made.step(np.zeros(made.action_space.shape))
    return made
