"""Bodies in motion: their parts as they are, in true width, at one moment or at several along time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from rl_landscapes.arrays import Array
from rl_landscapes.plots.style import CARD, GRID, INK, LOOKS, MUTED, SMALL, WALL, axes_or_new
from rl_landscapes.worlds.motion import Motion, Window

LIMBS = ("plain", "entropy", "sampled", "optimal", "poor")  # looks of the trunk, and of what hangs from it
TARGET = LOOKS["optimal"].colour
FAINTEST = 0.22  # how much colour the first of several poses has
INCHES_PER_TICK = 0.7
TALLEST = 1.6  # height of a picture by its width
ROUND = np.linspace(-np.pi / 2, np.pi / 2, 13)


def draw_pose(motion: Motion, frame: int, *, ax: Axes | None = None, strength: float = 1.0) -> Axes:
    """Draw the body as it is at the moment `frame`, metres on both axes, from the side or from above.

    Parts that hang from the trunk have colours of their own. `strength` below 1 fades the colours. The axes
    have the same scale, and limits that hold the whole body.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, policies, worlds
    >>> policy = policies.linear_gaussian(4, 1, sigma=0.1)
    >>> balancing = objectives.SampledReturn(worlds.body("InvertedPendulum-v5"), policy, n_episodes=1)
    >>> (motion,) = objectives.record_motions(balancing, np.zeros((1, 5)), np.random.default_rng(0))
    >>> ax = plots.draw_pose(motion, frame=0)
    """
    return draw_motion(motion, [frame], ax=ax, faintest=strength)


def draw_motion(
    motion: Motion,
    frames: Sequence[int],
    *,
    ax: Axes | None = None,
    apart: float | None = None,
    faintest: float = FAINTEST,
) -> Axes:
    """Draw the body at several moments on one picture, early ones faint, the last one in full colour.

    With `apart` the poses stand side by side, that many metres from each other, above their times: how far
    the body came is then not seen, nor what stands still but the ground. Negative frames count from the end.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, policies, worlds
    >>> policy = policies.linear_gaussian(4, 1, sigma=0.1)
    >>> balancing = objectives.SampledReturn(worlds.body("InvertedPendulum-v5"), policy, n_episodes=1)
    >>> (motion,) = objectives.record_motions(balancing, np.zeros((1, 5)), np.random.default_rng(0))
    >>> ax = plots.draw_motion(motion, motion.every(0.1))
    """
    moments = [motion.frame(frame) for frame in frames]
    if not moments:
        raise ValueError("frames must hold at least one moment, got none")
    ends = motion.ends[moments]
    if apart is not None:
        ends[:, motion.moving] += _side_by_side(motion, ends, apart)[:, None, None]
    shown = motion.moving if apart is not None else np.ones(len(motion.parts), dtype=bool)
    ax = _room(motion, ends[:, shown], motion.radii[shown], ax)
    _draw_world(motion, ends[0], ax, ground_only=apart is not None)
    for number, pose in enumerate(ends):
        share = (number + 1) / len(ends) if len(ends) > 1 else 0.0
        _draw_parts(motion, pose, ax, faintest + (1 - faintest) * share, 2 + number)
    if apart is None:
        ax.set(xlabel="x in metres", ylabel="z in metres" if motion.view == "side" else "y in metres")
    else:
        _show_times(motion, moments, ends, apart, ax)
    return ax


def draw_moment(motion: Motion, frame: int, seen: Window, ax: Axes) -> Axes:
    """Fill bare Axes with what a camera shows through the window `seen`, with the time and a metre grid."""
    moment = motion.frame(frame)
    box = ax.get_window_extent()
    centre, half = seen.middle(motion, moment), (seen.high - seen.low) / 2 * 1.04
    half = np.maximum(half, half[::-1] * np.array([box.width, box.height]) / [box.height, box.width])
    ax.set(xlim=centre[0] + half[0] * np.array([-1, 1]), ylim=centre[1] + half[1] * np.array([-1, 1]))
    ax.set_aspect("equal")
    ax.set_facecolor(CARD)
    ax.grid(color=GRID, linewidth=1)
    ax.set_axisbelow(True)
    ax.tick_params(length=0, labelsize=0)
    ax.spines[:].set_visible(False)
    _draw_world(motion, motion.ends[moment], ax)
    _draw_parts(motion, motion.ends[moment], ax, 1.0, 3)
    text = f"{motion.times[moment]:.2f} s"
    ax.text(0.97, 0.95, text, transform=ax.transAxes, ha="right", va="top", size=SMALL, color=INK)
    return ax


def outline(ends: Array, radius: float) -> Array:
    """Return the rim (26, 2) of all that lies within `radius` of the piece between two `ends` (2, 2)."""
    along = ends[1] - ends[0]
    turn = np.arctan2(along[1], along[0])
    caps = [(1, turn), (0, turn + np.pi)]
    return np.concatenate(
        [
            ends[end] + radius * np.stack([np.cos(ROUND + angle), np.sin(ROUND + angle)], axis=1)
            for end, angle in caps
        ]
    )


def limb_colours(motion: Motion) -> list[str]:
    """Return the colour of each part: by limb, a target in green, what stands still in grey."""
    return [
        TARGET if name == "target" else WALL if limb < 0 else LOOKS[LIMBS[limb % len(LIMBS)]].colour
        for name, limb in zip(motion.parts, motion.limbs, strict=True)
    ]


def drawing_order(motion: Motion) -> list[int]:
    """Return the moving parts from back to front: the last limb first, the trunk before the first limb."""
    rank = np.where(motion.limbs == 0, 1.5, motion.limbs.astype(float))
    order = np.argsort(-rank, kind="stable")
    return [int(part) for part in order if motion.moving[part]]


def _draw_parts(motion: Motion, ends: Array, ax: Axes, strength: float, layer: float) -> None:
    colours = limb_colours(motion)
    for part in drawing_order(motion):
        face = _faded(colours[part], strength)
        rim = float(np.clip(motion.radii[part] * _points_per_metre(ax) / 5, 0, 1))
        _add(ax, ends[part], motion.radii[part], layer, facecolor=face, edgecolor=CARD, linewidth=rim)
        if motion.parts[part] == "target":
            _add(ax, ends[part], 3 * motion.radii[part], layer, fill=False, edgecolor=face, linewidth=1.5)


def _draw_world(motion: Motion, ends: Array, ax: Axes, *, ground_only: bool = False) -> None:
    if motion.ground and motion.view == "side":
        ax.axhspan(-10, 0, color=WALL, linewidth=0, zorder=0)
        ax.axhline(0, color=MUTED, linewidth=1.2, zorder=1)
    for part in np.flatnonzero(~motion.moving & (not ground_only)):
        _add(ax, ends[part], motion.radii[part], 1, facecolor=WALL, edgecolor=MUTED, linewidth=0.7)


def _add(ax: Axes, ends: Array, radius: float, layer: float, **looks: Any) -> None:
    ax.add_patch(Polygon(outline(ends, radius), closed=True, zorder=layer, **looks))


def _room(motion: Motion, ends: Array, radii: Array, ax: Axes | None) -> Axes:
    """Make the Axes if there are none, and let them hold all poses, at the same scale both ways."""
    spread = radii[:, None, None] + 0.03 * np.ptp(ends, axis=(0, 1, 2)).max()
    low, high = (ends - spread).min(axis=(0, 1, 2)), (ends + spread).max(axis=(0, 1, 2))
    if motion.ground and motion.view == "side":
        low[1], high[1] = min(low[1], -0.06 * (high[1] - low[1])), max(high[1], 0.3)
    narrow = max(0.0, (high[1] - low[1]) / TALLEST - (high[0] - low[0]))
    low[0], high[0] = low[0] - narrow / 2, high[0] + narrow / 2
    shape = (high[1] - low[1]) / (high[0] - low[0])
    ax = axes_or_new(ax, height=float(np.clip(6.0 * shape + 0.8, 1.6, 5.0)))
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.set_aspect("equal", adjustable="box")
    box = ax.get_window_extent()
    across = min(box.width, box.height / shape) / ax.figure.dpi
    ax.xaxis.set_major_locator(MaxNLocator(max(1, min(7, int(across / INCHES_PER_TICK)))))
    return ax


def _side_by_side(motion: Motion, ends: Array, apart: float) -> Array:
    """Shifts (K, 2) along x that put the middle of the trunk of pose k at k `apart`."""
    shifts = np.zeros((len(ends), 2))
    shifts[:, 0] = apart * np.arange(len(ends)) - ends[:, motion.trunk, :, 0].mean(axis=1)
    return shifts


def _show_times(motion: Motion, moments: Sequence[int], ends: Array, apart: float, ax: Axes) -> None:
    ax.set_xticks(apart * np.arange(len(moments)), [f"{motion.times[moment]:.2f}" for moment in moments])
    ax.set(xlabel="time in seconds", ylabel="z in metres" if motion.view == "side" else "y in metres")


def _points_per_metre(ax: Axes) -> float:
    return float(72 * ax.figure.bbox.width / ax.figure.dpi / np.ptp(ax.get_xlim()))


def _faded(colour: str, strength: float) -> str:
    mixed: Array = strength * np.array(to_rgb(colour)) + (1 - strength) * np.array(to_rgb(CARD))
    return to_hex(tuple(mixed.tolist()))
