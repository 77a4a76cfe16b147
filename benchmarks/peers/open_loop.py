"""The same steps by `mujoco.rollout`, which is told all controls in advance: the limit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from threading import local
from typing import Any

import mujoco
import numpy as np
from mujoco.rollout import Rollout

from benchmarks.recording import Told
from rl_landscapes.arrays import Array

STATE = mujoco.mjtState.mjSTATE_FULLPHYSICS
TOGETHER = 16  # episodes in one call: enough to hide the call, few enough to share them out evenly


@dataclass(frozen=True, eq=False)
class Piece:
    """Episodes of the same length: initial states, controls of each physics step, and room for the states."""

    initial: Array  # (m, s)
    controls: Array  # (m, T * frame_skip, k)
    states: Array  # (m, T * frame_skip, s)


class Replay:
    """All episodes anew, each as long as it was, by `n_threads` threads.

    Episodes of the same length are one call, and MuJoCo's own pool shares them out; others are many calls.
    """

    def __init__(self, env: Any, episodes: Sequence[Told], n_threads: int) -> None:
        self.model, self.frame_skip, self.n_threads = env.model, env.frame_skip, n_threads
        self.episodes = sorted(episodes, key=_length, reverse=True)
        self.n_steps = sum(map(_length, episodes))
        by_length = [list(group) for _, group in groupby(self.episodes, key=_length)]
        together = TOGETHER if len(by_length) > 1 else len(episodes)
        self.pieces = [
            self._piece(some[first : first + together])
            for some in by_length
            for first in range(0, len(some), together)
        ]
        self._pool, self._tools = ThreadPoolExecutor(n_threads), local()

    def run(self) -> int:
        """Replay; return the number of steps of the environment."""
        if len(self.pieces) == 1:
            self._play(self.pieces[0], self.n_threads)
        else:
            list(self._pool.map(self._play, self.pieces))
        return self.n_steps

    def ends(self) -> Array:
        """Return positions and velocities (E, nq + nv) at the end, in the order of `episodes`."""
        return np.concatenate([piece.states[:, -1, 1:] for piece in self.pieces])

    def _piece(self, episodes: Sequence[Told]) -> Piece:
        size = mujoco.mj_stateSize(self.model, STATE.value)
        initial = np.zeros((len(episodes), size))  # time, positions, velocities
        initial[:, 1:] = [told.start for told in episodes]
        controls = np.repeat([told.controls for told in episodes], self.frame_skip, axis=1)
        return Piece(initial, controls, np.empty((*controls.shape[:2], size)))

    def _play(self, piece: Piece, n_threads: int = 0) -> None:
        if not hasattr(self._tools, "rollout"):
            self._tools.rollout = Rollout(nthread=n_threads)
            self._tools.data = [mujoco.MjData(self.model) for _ in range(max(1, n_threads))]
        self._tools.rollout.rollout(
            self.model, self._tools.data, piece.initial, piece.controls, state=piece.states
        )


def _length(told: Told) -> int:
    return len(told.controls)
