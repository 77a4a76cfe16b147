"""What a world of continuous control is: bodies that are placed, and then stepped by actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Step:
    """What m bodies gave back for one action each.

    A body has *diverged* when its simulation left the finite range: nothing it shows from then on means
    anything.
    """

    observations: Array  # (m, o)
    rewards: Array  # (m,)
    parts: Mapping[str, Array]  # name -> (m,); their sum is the reward
    terminated: BoolArray  # (m,)
    diverged: BoolArray  # (m,)


class Bodies(Protocol):
    """A number of bodies that are simulated at the same time, each in an episode of its own.

    `ids` are numbers of bodies, in increasing order.
    """

    def place(self, ids: IntArray, starts: Array) -> Array:
        """Put the bodies `ids` (m,) at `starts` (m, ...); return their observations (m, o)."""

    def step(self, ids: IntArray, actions: Array) -> Step:
        """Let the bodies `ids` (m,) act for one step, by `actions` (m, k)."""


@runtime_checkable
class ControlWorld(Protocol):
    """A world with o real observations and k real actions, its episodes cut after `time_limit` steps."""

    @property
    def name(self) -> str:
        """What the world is called."""

    @property
    def n_observations(self) -> int:
        """Number of observations o."""

    @property
    def n_actions(self) -> int:
        """Number of actions k."""

    @property
    def low(self) -> Array:
        """Lower ends (k,) of the box of actions; -inf where there is none."""

    @property
    def high(self) -> Array:
        """Upper ends (k,) of the box of actions; inf where there is none."""

    @property
    def time_limit(self) -> int:
        """Number of steps after which an episode is cut."""

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        """Draw `n` starts (n, ...); a row holds all that chance decides in an episode but the actions."""

    def bodies(self, n: int, *, n_threads: int = 1) -> Bodies:
        """Return `n` bodies, stepped by `n_threads` threads. No bit depends on either number."""
