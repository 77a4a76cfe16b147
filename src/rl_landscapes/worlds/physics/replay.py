"""Replaying an episode: the same start and the same actions, and this time a look at the body itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import mujoco
import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, IntArray, as_finite
from rl_landscapes.worlds.control import Step
from rl_landscapes.worlds.motion import Motion
from rl_landscapes.worlds.physics.batch import PhysicsBodies
from rl_landscapes.worlds.physics.bodies import Body

GEOM, JOINT = mujoco.mjtGeom, mujoco.mjtJoint
DRAWN = (GEOM.mjGEOM_CAPSULE, GEOM.mjGEOM_SPHERE, GEOM.mjGEOM_CYLINDER)


def replay(world: Body, start: npt.ArrayLike, actions: npt.ArrayLike, *, clip: bool = True) -> Motion:
    """Let a body go from `start` (nq + nv,) by `actions` (T, k), and record how it moves.

    With `clip` actions are cut to the box before the physics sees them. Observations and rewards have the
    same bits as in the episode that had this start and these actions. It stops where that one ended.

    Raises
    ------
    ValueError
        If a shape does not fit the body, or there is no action.
    """
    given = as_finite("actions", actions, (None, world.n_actions))
    return replay_all(world, np.atleast_2d(start), [given], clip=clip)[0]


def replay_all(
    world: Body, starts: npt.ArrayLike, actions: Sequence[Array], *, clip: bool = True, n_threads: int = 1
) -> list[Motion]:
    """Replay M episodes side by side: from `starts` (M, nq + nv) by M arrays of actions, each (T_m, k).

    Raises
    ------
    ValueError
        If a shape does not fit the body, or an episode has no action.
    """
    lengths = np.array([len(given) for given in actions])
    if not (lengths > 0).all():
        raise ValueError("actions must hold at least one action, got none")
    bodies, ids = world.bodies(len(lengths), n_threads=n_threads), np.arange(len(lengths))
    takes = [_Take([seen], [state], []) for seen, state in zip(*_placed(bodies, ids, starts), strict=True)]
    for t in range(lengths.max()):
        if not len(ids):
            break
        given = np.stack([actions[m][t] for m in ids.tolist()])
        step = bodies.step(ids, np.clip(given, world.low, world.high) if clip else given)
        for row, (m, state) in enumerate(zip(ids.tolist(), bodies.snapshot(ids).qpos, strict=True)):
            takes[m].add(step, row, state)
        ids = ids[(lengths[ids] > t + 1) & ~step.terminated & ~step.diverged]
    return [_motion(world, take) for take in takes]


@dataclass
class _Take:
    """What has been seen of one episode so far."""

    observations: list[Array]
    states: list[Array]
    rewards: list[float]
    terminated: bool = False
    diverged: bool = False

    def add(self, step: Step, row: int, state: Array) -> None:
        self.observations.append(step.observations[row])
        self.states.append(state)
        self.rewards.append(step.rewards[row])
        self.diverged = bool(step.diverged[row])
        self.terminated = bool(step.terminated[row]) and not self.diverged


def _placed(bodies: PhysicsBodies, ids: IntArray, starts: npt.ArrayLike) -> tuple[Array, Array]:
    seen = bodies.place(ids, np.asarray(starts, dtype=np.float64))
    return seen, bodies.snapshot(ids).qpos


def _motion(world: Body, take: _Take) -> Motion:
    model = world.env.model
    drawn = np.flatnonzero(np.isin(model.geom_type, [kind.value for kind in DRAWN]))
    states = np.array(take.states)
    centres, axes = _places(model, states, drawn)
    balls = model.geom_type[drawn] == GEOM.mjGEOM_SPHERE.value
    return Motion(
        body=world.name,
        view=_view(model),
        ground=bool((model.geom_type == GEOM.mjGEOM_PLANE.value).any()),
        parts=tuple(_name(model, part) for part in drawn.tolist()),
        limbs=_limbs(model, drawn),
        radii=model.geom_size[drawn, 0].copy(),
        half_lengths=np.where(balls, 0.0, model.geom_size[drawn, 1]),
        times=np.arange(len(states), dtype=np.float64) * world.control_step,
        centres=centres,
        axes=axes,
        states=states,
        observations=np.array(take.observations),
        rewards=np.array(take.rewards),
        terminated=take.terminated,
        diverged=take.diverged,
    )


def _places(model: Any, states: Array, drawn: npt.NDArray[Any]) -> tuple[Array, Array]:
    """Centres and axes (F, G, 3) at positions (F, nq); what a step leaves behind lags by one substep."""
    data = mujoco.MjData(model)
    centres, axes = np.empty((2, len(states), len(drawn), 3))
    for moment, state in enumerate(states):
        data.qpos[:] = state
        mujoco.mj_kinematics(model, data)
        centres[moment], axes[moment] = data.geom_xpos[drawn], data.geom_xmat[drawn][:, 2::3]
    return centres, axes


def _view(model: Any) -> Literal["side", "top"]:
    """From above where all hinges stand upright, else from the side."""
    hinges = model.jnt_axis[model.jnt_type == JOINT.mjJNT_HINGE.value]
    return "top" if (np.abs(hinges[:, 2]) > 0.5).all() else "side"


def _name(model: Any, part: int) -> str:
    return str(model.geom(part).name or model.body(model.geom_bodyid[part]).name)


def _limbs(model: Any, drawn: npt.NDArray[Any]) -> IntArray:
    return np.array([_limb(model.body_parentid, int(model.geom_bodyid[part])) for part in drawn])


def _limb(parents: npt.NDArray[Any], piece: int) -> int:
    """Follow a rigid piece up to the trunk, the one that stands or moves upon the world."""
    parent = int(parents[piece])
    if parent == 0:
        return -1 if piece == 0 else 0
    if parents[parent] != 0:
        return _limb(parents, parent)
    hanging = np.flatnonzero(parents == parent)
    return 0 if len(hanging) == 1 else 1 + int(np.searchsorted(hanging, piece))
