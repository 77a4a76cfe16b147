"""What the bodies of an evaluation were told, and where that led: for a replay of the same steps."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.worlds.control import ControlWorld, Step


@dataclass(eq=False)
class Told:
    """One episode: the start (nq + nv,), the controls as the physics got them, the state at the end."""

    start: Array
    controls: list[Array] = field(default_factory=list)
    end: Array | None = None


class Recorder:
    """A `Body` as a world whose bodies write down all episodes that they live through."""

    def __init__(self, body: Any) -> None:
        self.body, self.episodes = body, list[Told]()
        for name in vars(ControlWorld).keys() - vars(Recorder).keys():  # protocols see no `__getattr__`
            if not name.startswith("_"):
                setattr(self, name, getattr(body, name))

    def __getattr__(self, name: str) -> Any:
        """Be the body in all else."""
        return getattr(self.body, name)

    def bodies(self, n: int, *, n_threads: int = 1) -> "_Recording":
        """Return `n` bodies that write down."""
        return _Recording(self.body.bodies(n, n_threads=n_threads), self.episodes)


class _Recording:
    def __init__(self, bodies: Any, episodes: list[Told]) -> None:
        self.bodies, self.episodes = bodies, episodes
        self.now: dict[int, Told] = {}

    def place(self, ids: IntArray, starts: Array) -> Array:
        for i, start in zip(ids.tolist(), starts, strict=True):
            self.now[i] = Told(start)
            self.episodes.append(self.now[i])
        return np.asarray(self.bodies.place(ids, starts))

    def step(self, ids: IntArray, actions: Array) -> Step:
        step: Step = self.bodies.step(ids, actions)
        for i, action, end in zip(ids.tolist(), actions, self._states(ids), strict=True):
            self.now[i].controls.append(action)
            self.now[i].end = end
        return step

    def _states(self, ids: IntArray) -> Iterator[Array]:
        seen = self.bodies.snapshot(ids)
        return iter(np.concatenate([seen.qpos, seen.qvel], axis=1))
