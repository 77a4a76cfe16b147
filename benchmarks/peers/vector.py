"""A policy in the loop of a vector environment: EnvPool's, Gymnasium's, or ours."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.policies.gaussian import Gaussian
from rl_landscapes.worlds.physics.quiet import quiet


class Loop:
    """Body i follows `policy` at `thetas[i]` for `n_steps` calls of `step`; ended episodes begin anew."""

    def __init__(self, envs: Any, policy: Gaussian, thetas: Array, n_steps: int) -> None:
        self.envs, self.n_steps = envs, n_steps
        point = policy.at(thetas)
        self.means, self.sigmas = point.for_rows(np.arange(len(thetas))), point.sigmas
        box = getattr(envs, "single_action_space", envs.action_space)
        self.low, self.high = box.low.astype(float), box.high.astype(float)
        self.rng, self.rewards = np.random.default_rng(0), np.zeros(len(thetas))

    def run(self) -> int:
        """Reset all and run; return how many steps the bodies made. A call that only resets one is none."""
        seen, _ = self.envs.reset()
        self.rewards[:], made = 0.0, 0
        over = np.zeros(len(self.sigmas), dtype=bool)
        for _ in range(self.n_steps):
            drawn = self.means(seen) + self.sigmas * self.rng.standard_normal(self.sigmas.shape)
            seen, rewards, terminated, truncated, _ = self.envs.step(np.clip(drawn, self.low, self.high))
            self.rewards += rewards
            made += len(over) - int(over.sum())
            over = terminated | truncated
        return made


def envpool(name: str, settings: dict[str, Any], n: int, n_threads: int) -> Any:
    """Return EnvPool's environments; they need not compute contact forces that no observation shows."""
    import envpool

    return envpool.make_gymnasium(
        name, num_envs=n, num_threads=n_threads, seed=0, post_constraint=False, **settings
    )


def sync(name: str, settings: dict[str, Any], n: int, n_threads: int) -> Any:
    """Return Gymnasium's environments, one after the other in this process."""
    from gymnasium.vector import SyncVectorEnv

    return SyncVectorEnv([partial(_made, name, settings)] * n)


def asynchronous(name: str, settings: dict[str, Any], n: int, n_threads: int) -> Any:
    """Return Gymnasium's environments, each in a process of its own; none is a fork of one with threads."""
    from gymnasium.vector import AsyncVectorEnv

    with quiet():
        return AsyncVectorEnv([partial(_made, name, settings)] * n, context="forkserver")


def _made(name: str, settings: dict[str, Any]) -> Any:
    import gymnasium

    with quiet():
        return gymnasium.make(name, **settings)


MAKERS: Mapping[str, Callable[[str, dict[str, Any], int, int], Any]] = {
    "EnvPool": envpool,
    "SyncVectorEnv": sync,
    "AsyncVectorEnv": asynchronous,
}
