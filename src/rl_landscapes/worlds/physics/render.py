"""Pictures of a motion by MuJoCo's own renderer, in a process of its own.

OpenGL is chosen before MuJoCo is imported, and a driver that fails can take its process down: so the process
that calls touches neither.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, cast

import mujoco
import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, at_least
from rl_landscapes.worlds.motion import AXES_SEEN, Motion, window
from rl_landscapes.worlds.physics.bodies import Body

Backend = Literal["egl", "osmesa"]
Pictures = npt.NDArray[np.uint8]  # (F, height, width, 3)

BACKENDS: tuple[Backend, ...] = ("egl", "osmesa")
OFF = ("disable", "disabled", "off", "false", "0")
PAINTER = Path(__file__).with_name("painter.py")
PATIENCE = 60  # seconds for a process to start, and for each hundred pictures
ANGLES = {"side": (90.0, -12.0), "top": (90.0, -89.9)}  # azimuth and elevation in degrees
TRIAL = "<mujoco><worldbody><light pos='0 0 2'/><geom size='.1'/></worldbody></mujoco>"


def rendering_backend() -> Backend | None:
    """Return which OpenGL draws without a screen on this machine, or None.

    Each is tried once, by drawing a ball. The environment variable MUJOCO_GL, if it names one of them, leaves
    the other out, and "off" both.
    """
    asked = os.environ.get("MUJOCO_GL", "").strip().lower()
    candidates = () if asked in OFF else tuple(b for b in BACKENDS if b == asked) or BACKENDS
    return next((backend for backend in candidates if _draws(backend)), None)


def render(
    world: Body,
    motion: Motion,
    frames: Sequence[int],
    *,
    backend: Backend,
    width: int = 480,
    height: int = 320,
) -> Pictures:
    """Return pictures (F, height, width, 3) of a motion of `world` at the moments `frames`.

    The camera looks from the side, slightly from above, or from above where the body lies flat, and follows
    the trunk.

    Raises
    ------
    ValueError
        If the motion is of another body, or there is no such moment.
    RuntimeError
        If the process that draws fails; the message ends with the last it said.
    """
    if motion.body != world.name:
        raise ValueError(f"motion must be one of {world.name}, got one of {motion.body}")
    moments = [motion.frame(frame) for frame in frames]
    size = at_least("height", height, 16), at_least("width", width, 16)
    cameras = _cameras(motion, moments, size)
    return _painted(backend, world.env.model, motion.states[moments], cameras, size)


def _cameras(motion: Motion, moments: Sequence[int], size: tuple[int, int]) -> Array:
    """Where the camera looks, its distance, azimuth and elevation: rows (F, 6)."""
    seen = window([motion])
    extent = seen.high - seen.low
    distance = 1.35 * max(extent[1], extent[0] * size[0] / size[1])
    looks_at = np.zeros((len(moments), 3))
    looks_at[:, AXES_SEEN[motion.view]] = [seen.middle(motion, moment) for moment in moments]
    angles = ANGLES[motion.view]
    return np.column_stack([looks_at, np.tile([distance, *angles], (len(moments), 1))])


def _painted(backend: Backend, model: Any, states: Array, cameras: Array, size: tuple[int, int]) -> Pictures:
    with TemporaryDirectory() as folder:
        mujoco.mj_saveModel(model, f"{folder}/model.mjb")
        np.savez(f"{folder}/request.npz", states=states, cameras=cameras, size=size)
        command = [sys.executable, "-P", str(PAINTER), folder]
        environment = {**os.environ, "MUJOCO_GL": backend, "PYOPENGL_PLATFORM": backend}
        patience = PATIENCE * (1 + len(states) / 100)
        try:
            done = subprocess.run(
                command, env=environment, cwd=folder, capture_output=True, text=True, timeout=patience
            )
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{backend} drew nothing within {patience:.0f} s") from None
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise RuntimeError(f"{backend} failed with exit status {done.returncode}: {said}")
        return cast(Pictures, np.load(f"{folder}/pictures.npy"))


@cache
def _draws(backend: Backend) -> bool:
    model = mujoco.MjModel.from_xml_string(TRIAL)
    try:
        picture = _painted(backend, model, np.zeros((1, 0)), np.array([[0, 0, 0, 1.0, 90, -45]]), (32, 32))
    except RuntimeError:
        return False
    return bool(picture.std() > 0)
