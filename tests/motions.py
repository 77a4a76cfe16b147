"""Motions of made-up bodies, for what draws them."""

import numpy as np

from rl_landscapes.worlds.motion import Motion


def motion_of(parts, limbs, centres, angles, *, view="side", terminated=True):
    """F moments, 0.1 s apart, of parts with centres (F, G, 2) and angles (F, G) in the plane of the view."""
    n_frames = len(centres)
    up = 2 if view == "side" else 1
    places, axes = np.zeros((2, n_frames, len(parts), 3))
    places[..., [0, up]] = centres
    axes[..., 0], axes[..., up] = np.cos(angles), np.sin(angles)
    return Motion(
        body="Toy-v0",
        view=view,
        ground=view == "side",
        parts=tuple(parts),
        limbs=np.array(limbs),
        radii=np.linspace(0.05, 0.1, len(parts)),
        half_lengths=np.array([0.0 if name == "target" else 0.3 for name in parts]),
        times=0.1 * np.arange(n_frames),
        centres=places,
        axes=axes,
        states=np.zeros((n_frames, 2)),
        observations=np.zeros((n_frames, 2)),
        rewards=np.arange(1.0, n_frames),
        terminated=terminated,
        diverged=False,
    )


def walking(n_frames=10, speed=1.0, *, terminated=True):
    """A trunk and two legs that swing against each other, on the way along x."""
    t = 0.1 * np.arange(n_frames)
    swing = 0.4 * np.sin(5 * t)
    centres = np.stack(
        [np.stack([speed * t, height + 0.05 * swing], axis=1) for height in (1.3, 0.6, 0.6)], axis=1
    )
    angles = np.stack([np.full(n_frames, np.pi / 2), np.pi / 2 + swing, np.pi / 2 - swing], axis=1)
    return motion_of(["torso", "right", "left"], [0, 1, 2], centres, angles, terminated=terminated)
