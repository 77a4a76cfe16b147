"""What chance decides in episodes of continuous control: where they start, and the noise of their actions."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.worlds.control import ControlWorld


@dataclass(frozen=True, eq=False)
class Columns:
    """What chance decides in N episodes, whichever policy lives through them."""

    starts: Array  # (N, ...)
    noise: Array  # (N, T, k) standard normal

    def __len__(self) -> int:
        """Return the number N of episodes."""
        return len(self.starts)


def columns(world: ControlWorld, episodes: range, horizon: int, seed: int) -> Columns:
    """Draw the start, and the noise of `horizon` steps, of the episodes numbered `episodes`.

    Episode j has a generator of its own, made from `seed` and j: more episodes never change the first ones,
    and more steps never change the first ones either.
    """
    seeds = [np.random.SeedSequence(seed, spawn_key=(j,)) for j in episodes]
    drawn = [_column(world, horizon, np.random.default_rng(s)) for s in seeds]
    starts, noise = zip(*drawn, strict=True)
    return Columns(np.stack(starts), np.stack(noise))


def _column(world: ControlWorld, horizon: int, rng: np.random.Generator) -> tuple[Array, Array]:
    return world.starts(1, rng)[0], rng.standard_normal((horizon, world.n_actions))
