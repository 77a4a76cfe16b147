"""Episodes of continuous control, step by step, and what chance decides in them."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray
from rl_landscapes.worlds.control import ControlWorld


@dataclass(frozen=True, eq=False)
class Trajectories:
    """N episodes of each of P policies, step by step; after an episode's end all entries are zero.

    T is the length of the longest. Of an episode that diverged, the last step is the one that was lost.
    """

    observations: Array  # (P, N, T, o) before each step
    actions: Array  # (P, N, T, k) as drawn, before they were clipped
    rewards: Array  # (P, N, T)
    lengths: IntArray  # (P, N) steps that were made
    terminated: BoolArray  # (P, N) ended by the world; else cut at the horizon, or diverged
    diverged: BoolArray  # (P, N) ended because the simulation left the finite range
    discount: float

    @property
    def alive(self) -> BoolArray:
        """Which steps were made, shape (P, N, T)."""
        made: BoolArray = np.arange(self.rewards.shape[-1]) < self.lengths[..., None]
        return made

    @property
    def discounts(self) -> Array:
        """gamma^t, shape (T,)."""
        return self.discount ** np.arange(self.rewards.shape[-1], dtype=np.float64)

    @property
    def returns(self) -> Array:
        """Discounted return of each episode, shape (P, N); NaN if it diverged."""
        return np.where(self.diverged, np.nan, (self.discounts * self.rewards).sum(axis=-1))

    @property
    def rewards_to_go(self) -> Array:
        """sum_{u >= t} gamma^u r_u, shape (P, N, T): what is still to come, discounted to the start."""
        return np.cumsum((self.discounts * self.rewards)[..., ::-1], axis=-1)[..., ::-1]


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
