"""Slots: bodies that live through one episode after another, so that early ends leave none of them idle."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.objectives.chance import Columns
from rl_landscapes.policies.gaussian import GaussianPoint
from rl_landscapes.worlds.control import ControlWorld, Step

SLOTS = 512  # bodies that run at the same time


@dataclass(frozen=True, eq=False)
class Moment:
    """One step of m bodies, each somewhere in an episode: task p N + j is policy p in episode j."""

    tasks: IntArray  # (m,)
    t: IntArray  # (m,) steps made before, in the episode
    observations: Array  # (m, o) before the step
    actions: Array  # (m, k) as drawn
    step: Step

    def index(self, n_episodes: int) -> tuple[IntArray, IntArray]:
        """Return the policies p and the episodes j, each (m,)."""
        return self.tasks // n_episodes, self.tasks % n_episodes


def play(
    world: ControlWorld, point: GaussianPoint, chance: Columns, *, clip: bool, n_threads: int
) -> Iterator[Moment]:
    """Let P policies live through the same N episodes each; yield all steps, many bodies at a time.

    action = mean(s) + sigma noise_t, clipped to the box of actions before the world sees it (`clip`). An
    episode ends where the world says so, where the simulation diverged, or where its noise does.
    """
    width, horizon = chance.noise.shape[:2]
    noise = chance.noise.reshape(width * horizon, -1)
    n_tasks = len(point.sigmas) * width
    waiting = min(SLOTS, n_tasks)  # the next task that has no slot yet
    slots, tasks, t = np.arange(waiting), np.arange(waiting), np.zeros(waiting, dtype=np.int64)
    bodies = world.bodies(waiting, n_threads=n_threads)
    seen = bodies.place(slots, chance.starts[tasks % width])
    others = True  # whether the slots hold other tasks than at the step before
    while len(slots):
        if others:
            policies, episodes = np.divmod(tasks, width)
            means, sigmas = point.for_rows(policies), point.sigmas[policies]
            rows, left = episodes * horizon + t, horizon - int(t.max())
        drawn = noise.take(rows, axis=0)
        with np.errstate(over="ignore", invalid="ignore"):  # the world flags what this leads to
            drawn *= sigmas
            drawn += means(seen)
        step = bodies.step(slots, drawn.clip(world.low, world.high) if clip else drawn)
        yield Moment(tasks, t, seen, drawn, step)
        seen, t, left = step.observations, t + 1, left - 1
        rows += 1
        others = not left or bool(np.count_nonzero(step.terminated) or np.count_nonzero(step.diverged))
        if others:
            ended = step.terminated | step.diverged | (t == horizon)
            refilled, left_empty = np.split(np.flatnonzero(ended), [n_tasks - waiting])
            tasks, seen = tasks.copy(), seen.copy()
            tasks[refilled], t[refilled] = waiting + np.arange(len(refilled)), 0
            if len(refilled):
                seen[refilled] = bodies.place(slots[refilled], chance.starts[tasks[refilled] % width])
            waiting += len(refilled)
            slots, tasks, t, seen = (np.delete(each, left_empty, axis=0) for each in (slots, tasks, t, seen))
