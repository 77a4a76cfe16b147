"""Episodes of continuous control, step by step: the record, and how it is written."""

from dataclasses import dataclass, replace

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray
from rl_landscapes.objectives.slots import Moment
from rl_landscapes.records.outline import summary


@dataclass(frozen=True, eq=False)
class Trajectories:
    """N episodes of each of P policies, step by step; after an episode's end all entries are zero.

    T is the length of the longest. Of an episode that diverged, the last step is the one that was lost.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(time_limit=20), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> rng = np.random.default_rng(0)
    >>> lived = objectives.run_episodes(world, policy, np.zeros((1, 3)), n_episodes=4, rng=rng)
    >>> lived.rewards.shape, lived.lengths
    ((1, 4, 20), array([[20, 20, 20, 20]]))
    """

    observations: Array  # (P, N, T, o) before each step
    actions: Array  # (P, N, T, k) as drawn, before they were clipped
    rewards: Array  # (P, N, T)
    lengths: IntArray  # (P, N) steps that were made
    terminated: BoolArray  # (P, N) ended by the world; else cut at the horizon, or diverged
    diverged: BoolArray  # (P, N) ended because the simulation left the finite range
    discount: float

    __repr__ = summary

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


def blank(
    shape: tuple[int, int, int], *, n_observations: int, n_actions: int, discount: float
) -> Trajectories:
    """Return a record of `shape` (P, N, T) for `write` to fill; its arrays are written in place."""
    return Trajectories(
        observations=np.zeros((*shape, n_observations)),
        actions=np.zeros((*shape, n_actions)),
        rewards=np.zeros(shape),
        lengths=np.zeros(shape[:2], dtype=np.int64),
        terminated=np.zeros(shape[:2], dtype=bool),
        diverged=np.zeros(shape[:2], dtype=bool),
        discount=discount,
    )


def write(kept: Trajectories, moment: Moment, first: int, n_episodes: int) -> None:
    """Write the steps of a moment down, one of `n_episodes` episodes; its episode j is number `first` + j."""
    p, j = moment.index(n_episodes)
    n_kept, horizon = kept.rewards.shape[1:]
    rows, step = p * n_kept + (first + j), moment.step
    at = rows * horizon + moment.t
    for array, values in (
        (kept.observations, moment.observations),
        (kept.actions, moment.actions),
        (kept.rewards, step.rewards),
    ):
        array.reshape(-1, *values.shape[1:])[at] = values
    over = np.flatnonzero(step.terminated | step.diverged | (moment.t == horizon - 1))
    if len(over):
        _close(kept, moment, rows, over)


def _close(kept: Trajectories, moment: Moment, rows: IntArray, over: IntArray) -> None:
    """Write down how the episodes of bodies `over` ended; no reward is known where one diverged."""
    ended, lost = rows[over], moment.step.diverged[over]
    kept.lengths.reshape(-1)[ended] = moment.t[over] + 1
    kept.terminated.reshape(-1)[ended] = moment.step.terminated[over] & ~lost
    kept.diverged.reshape(-1)[ended] = lost
    kept.rewards.reshape(len(kept.lengths.reshape(-1)), -1)[ended[lost], moment.t[over][lost]] = 0.0


def trimmed(kept: Trajectories) -> Trajectories:
    """Return the record without the steps that no episode made."""
    longest = slice(int(kept.lengths.max()))
    return replace(
        kept,
        observations=kept.observations[:, :, longest],
        actions=kept.actions[:, :, longest],
        rewards=kept.rewards[:, :, longest],
    )
