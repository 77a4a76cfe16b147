"""Motions: where the parts of a body were, moment by moment, and what they look like."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, IntArray

AXES_SEEN = {"side": [0, 2], "top": [0, 1]}


@dataclass(frozen=True, eq=False)
class Motion:
    """One episode of a body with G parts: F = T + 1 moments, the start and after each of T steps.

    A part is all that lies within `radii` of a straight piece of length 2 `half_lengths`: a capsule, or with
    length 0 a ball. The plane of the ground is no part.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> policy = policies.linear_gaussian(4, 1, sigma=0.1)
    >>> balancing = objectives.SampledReturn(worlds.body("InvertedPendulum-v5"), policy, n_episodes=1)
    >>> (motion,) = objectives.record_motions(balancing, np.zeros((1, 5)), np.random.default_rng(0))
    >>> motion.parts, motion.terminated
    (('rail', 'cart', 'cpole'), True)
    """

    body: str
    view: Literal["side", "top"]  # the body moves in the plane of x and z, or of x and y
    ground: bool  # whether z = 0 is a floor on which it could stand
    parts: tuple[str, ...]  # names (G,)
    limbs: IntArray  # (G,): -1 stands still, 0 the trunk, 1, 2, ... what hangs from it, where that is several
    radii: Array  # (G,) metres
    half_lengths: Array  # (G,) metres
    times: Array  # (F,) seconds
    centres: Array  # (F, G, 3) metres
    axes: Array  # (F, G, 3) unit vectors along the parts
    states: Array  # (F, nq) the simulator's positions
    observations: Array  # (F, o)
    rewards: Array  # (T,)
    terminated: bool  # ended by the world
    diverged: bool  # ended because the simulation left the finite range

    @property
    def moving(self) -> BoolArray:
        """Which parts belong to the body, and not to the world, shape (G,)."""
        return np.asarray(self.limbs >= 0)

    @property
    def ends(self) -> Array:
        """Both ends of each part's straight piece as seen in `view`, shape (F, G, 2, 2) in metres."""
        reach = self.half_lengths[:, None] * self.axes
        both = np.stack([self.centres - reach, self.centres + reach], axis=2)
        return both[..., AXES_SEEN[self.view]]

    def total(self, discount: float = 1.0) -> float:
        """Return sum_t gamma^t r_t; NaN if the motion diverged."""
        weights = discount ** np.arange(len(self.rewards), dtype=np.float64)
        return float("nan") if self.diverged else float((weights * self.rewards).sum())

    @property
    def trunk(self) -> int:
        """Index of the part that the eye follows: the first of the trunk."""
        return int(np.flatnonzero(self.limbs == 0)[0])

    def every(self, seconds: float) -> list[int]:
        """Return the moments nearest to 0, `seconds`, 2 `seconds`, ... up to the end.

        Raises
        ------
        ValueError
            If `seconds` is shorter than the time from one moment to the next.
        """
        step = float(self.times[1] - self.times[0])
        if not seconds >= 0.999 * step:
            raise ValueError(f"seconds must be at least {step:g}, one step of {self.body}, got {seconds}")
        count = int(np.floor(self.times[-1] / seconds + 1e-9)) + 1
        return [round(k * seconds / step) for k in range(count)]

    def frame(self, number: int) -> int:
        """Return the index `number` stands for, counted from the end if negative."""
        n_frames = len(self.times)
        if not -n_frames <= number < n_frames:
            raise ValueError(
                f"frame must be one of 0 to {n_frames - 1}, or negative from the end, got {number}"
            )
        return number % n_frames


@dataclass(frozen=True, eq=False)
class Window:
    """What has to be seen of some motions, in metres; from the trunk, along the axes that `follow` it."""

    low: Array  # (2,)
    high: Array  # (2,)
    follow: BoolArray  # (2,) one for each axis of the view

    def middle(self, motion: Motion, frame: int) -> Array:
        """Return the point (2,) that lies in the middle of the window at a moment of `motion`."""
        trunk = motion.ends[frame, motion.trunk].mean(axis=0)
        return np.asarray((self.low + self.high) / 2 + np.where(self.follow, trunk, 0.0))


def window(motions: Sequence[Motion]) -> Window:
    """Return the window through which all `motions`, of one body, can be seen.

    It stands still where the world has parts of its own; else it goes along x, seen from above along y too.
    """
    first = motions[0]
    free = bool(first.moving.all())
    follow = np.array([free, free and first.view == "top"])
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for motion in motions:
        trunk = motion.ends[:, motion.trunk].mean(axis=1)
        about, reach = motion.ends - np.where(follow, trunk, 0.0)[:, None, None], motion.radii[:, None, None]
        low = np.minimum(low, (about - reach).min(axis=(0, 1, 2)))
        high = np.maximum(high, (about + reach).max(axis=(0, 1, 2)))
    if first.ground and first.view == "side":
        low[1] = min(low[1], -0.08 * (high[1] - low[1]))
    return Window(low, high, follow)
