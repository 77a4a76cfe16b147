"""A batch of bodies: MuJoCo's own batch steps them in native threads, the rules apply to all at once."""

from functools import reduce
from operator import add
from typing import Any

import mujoco
import numpy as np
from mujoco.batch import Batch

from rl_landscapes.arrays import Array, BoolArray, IntArray, as_finite
from rl_landscapes.worlds.control import Step
from rl_landscapes.worlds.physics.quiet import quiet
from rl_landscapes.worlds.physics.rules import Action, Rules, Snapshot

_KINDS = mujoco.mjtWarning
_BAD = [
    kind.value
    for kind in (_KINDS.mjWARN_BADQPOS, _KINDS.mjWARN_BADQVEL, _KINDS.mjWARN_BADQACC, _KINDS.mjWARN_BADCTRL)
]


class PhysicsBodies:
    """`n` simulations of one model; each keeps its solver's warm start, as Gymnasium's environments do.

    A body whose state leaves the finite range is put back to the model's default by MuJoCo; its step, and
    every later one until it is placed anew, carries `diverged`.
    """

    def __init__(self, model: Any, rules: Rules, frame_skip: int, n: int, n_threads: int) -> None:
        self._batch = Batch(model, n, n_threads)
        self.rules, self.frame_skip = rules, frame_skip
        self._qpos, self._qvel = self._batch.bind("qpos"), self._batch.bind("qvel")
        self._control = self._batch.bind("ctrl")
        self._xpos = self._batch.bind("xpos") if rules.looks_at_places else None
        self._warnings = np.zeros(n, dtype=np.int64)

    def place(self, ids: IntArray, starts: Array) -> Array:
        """Put the bodies `ids` (m,) at `starts` (m, nq + nv), with fresh solvers; return observations (m, o).

        Raises
        ------
        ValueError
            If `starts` has another shape, or is not finite, or `ids` do not increase.
        """
        n_positions = self._qpos.shape[1]
        states = as_finite("starts", starts, (len(ids), n_positions + self._qvel.shape[1]))
        self._batch.reset(ids, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        self._qpos[ids], self._qvel[ids] = states[:, :n_positions], states[:, n_positions:]
        self._batch.forward(ids)
        self._warnings[ids] = self._count(ids)
        return self.rules.observe(self.snapshot(ids))

    def step(self, ids: IntArray, actions: Action) -> Step:
        """Let the bodies `ids` (m,) act for one step of the environment, by `actions` (m, k).

        Raises
        ------
        ValueError
            If `actions` has another shape, or `ids` do not increase.
        """
        return self.judge(ids, *self.advance(ids, actions), actions)

    def advance(self, ids: IntArray, actions: Action) -> tuple[Snapshot, Snapshot]:
        """Step the physics only; return what was before, and what is now."""
        wanted = (len(ids), self._control.shape[1])
        if actions.shape != wanted:  # NumPy would spread a single one over all bodies
            raise ValueError(f"actions must have shape {wanted}, got {actions.shape}")
        before = self.snapshot(ids)
        self._control[ids] = actions
        with quiet():
            self._batch.step(ids, nstep=self.frame_skip)
        return before, self.snapshot(ids)

    def judge(self, ids: IntArray, before: Snapshot, now: Snapshot, actions: Action) -> Step:
        """Apply the rules to what `actions` (m, k) have made of the bodies `ids` (m,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # an action without bounds has a cost without
            parts, terminated = self.rules.judge(before, now, actions)
            rewards = reduce(add, parts.values()).astype(np.float64, copy=False)
        return Step(self.rules.observe(now), rewards, parts, terminated, self.diverged(ids))

    def snapshot(self, ids: IntArray) -> Snapshot:
        """Return a copy of the state of the bodies `ids` (m,)."""
        return Snapshot(self._qpos[ids], self._qvel[ids], None if self._xpos is None else self._xpos[ids])

    def diverged(self, ids: IntArray) -> BoolArray:
        """Tell which of the bodies `ids` (m,) left the finite range since they were placed."""
        return np.asarray(self._count(ids) > self._warnings[ids])

    def _count(self, ids: IntArray) -> IntArray:
        counts: IntArray = self._batch.warning[ids][:, _BAD, 1]
        return counts.sum(axis=1)
