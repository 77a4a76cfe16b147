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
_BAD = slice(_KINDS.mjWARN_BADQPOS.value, _KINDS.mjWARN_BADCTRL.value + 1)  # of positions to controls


class PhysicsBodies:
    """`n` simulations of one model; each keeps its solver's warm start, as Gymnasium's environments do.

    A body whose state leaves the finite range is put back to the model's default by MuJoCo; its step, and
    every later one until it is placed anew, carries `diverged`.
    """

    def __init__(self, model: Any, rules: Rules, frame_skip: int, n: int, n_threads: int) -> None:
        self._batch = Batch(model, n, n_threads)
        self.rules, self.frame_skip, self.n_positions = rules, frame_skip, model.nq
        self._all = np.arange(n)
        time = mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_TIME)
        self._moving = self._batch.state[:, time : time + model.nq + model.nv]  # positions, then velocities
        before = mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_CTRL.value - 1)
        self._control = self._batch.state[:, before : before + model.nu]  # what `bind` gives, in no time
        self._xpos = self._batch.bind("xpos") if rules.looks_at_places else None
        self._bad = self._batch.warning[:, _BAD, 1]  # how often each body left the finite range
        self._fresh = self._batch.state[0].copy()  # a whole row: time, warm start, controls and all
        self._last: Snapshot | None = None  # of all bodies after a step, until one is placed or stepped

    def place(self, ids: IntArray, starts: Array) -> Array:
        """Put bodies `ids` (m,) at `starts` (m, nq + nv), with fresh solvers; return observations (m, o)."""
        states = as_finite("starts", starts, (len(ids), self._moving.shape[1]))
        self._last = None
        self._batch.state[ids] = self._fresh  # what `reset` does, at a tenth of its time
        self._moving[ids] = states
        self._batch.warning[ids] = 0
        self._batch.forward(ids)
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
        rows = self._rows(ids)
        everyone = isinstance(rows, slice)
        before = self._last if everyone and self._last is not None else self._copy(rows)
        self._last = None
        self._control[rows] = actions
        with quiet():
            self._batch.step(None if everyone else ids, nstep=self.frame_skip)
        now = self._copy(rows)
        self._last = now if everyone else None
        return before, now

    def judge(self, ids: IntArray, before: Snapshot, now: Snapshot, actions: Action) -> Step:
        """Apply the rules to what `actions` (m, k) have made of the bodies `ids` (m,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # an action without bounds has a cost without
            parts, terminated = self.rules.judge(before, now, actions)
            rewards = reduce(add, parts.values())
        wide = rewards.astype(np.float64, copy=False)
        return Step(self.rules.observe(now), wide, parts, terminated, self.diverged(ids))

    def snapshot(self, ids: IntArray) -> Snapshot:
        """Return a copy of the state of the bodies `ids` (m,)."""
        return self._copy(self._rows(ids))

    def _copy(self, rows: IntArray | slice) -> Snapshot:
        moving = np.array(self._moving[rows], order="F")  # the rules work on columns
        places = None if self._xpos is None else np.array(self._xpos[rows])
        return Snapshot(moving, self.n_positions, places)

    def diverged(self, ids: IntArray) -> BoolArray:
        """Tell which of the bodies `ids` (m,) left the finite range since they were placed."""
        if not np.count_nonzero(self._bad):
            return np.zeros(len(ids), dtype=bool)
        return np.asarray(self._bad[ids].any(axis=1))

    def _rows(self, ids: IntArray) -> IntArray | slice:
        """All bodies need no gathering."""
        everyone = len(ids) == len(self._all) and not np.count_nonzero(ids != self._all)
        return slice(None) if everyone else ids
