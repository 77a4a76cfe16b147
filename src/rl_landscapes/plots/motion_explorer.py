"""An explorer of motions: a landscape, and the body of whichever of its policies the reader points at.

Motions are thinned out in time and rounded to small integers; `plots/widgets/motion.js` plays them.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, IntArray, as_shaped, positive
from rl_landscapes.plots.bodies import drawing_order
from rl_landscapes.plots.sections import Section, colours_of, common, rounded, section
from rl_landscapes.plots.style import SEQUENTIAL
from rl_landscapes.worlds.motion import Motion, window

LARGEST = 800_000  # bytes
SECONDS = 0.04
FINEST = 1e-4  # metres, and radians: nobody sees less
STEPS = 126  # largest change, in roundings, from one frame to the next: it fits a signed byte


def motion_explorer(
    *,
    title: str,
    description: str,
    first: npt.ArrayLike,
    values: npt.ArrayLike,
    motions: Sequence[Motion],
    second: npt.ArrayLike | None = None,
    stderr: npt.ArrayLike | None = None,
    start: npt.ArrayLike | None = None,
    first_label: str = "u",
    second_label: str = "v",
    value_label: str = "return",
    discount: float = 1.0,
    ending: str = "ends",
    seconds: float | None = None,
    speed: float = 1.0,
    largest: int = LARGEST,
    colormap: str = SEQUENTIAL,
) -> Section:
    """Show `values` (n1,) over `first`, or (n1, n2) over `first` and `second`, and the motion at each point.

    `motions` (n1,) or (n1 n2,), row by row, are episodes of one body; they are shown every `seconds`
    (None: 0.04, or the body's own step if that is longer) and played at `speed` times their own. The
    readout gives the value of the point, with its `stderr` if there is one, and the return of the episode
    that is seen; of one that terminated it says that it `ending`, such as "falls". `start` (1,) or (2,)
    is the point where the reader begins, the middle unless said otherwise.

    Raises
    ------
    ValueError
        If shapes disagree, the motions are not of one body, the text alternative is too short, or the page
        would grow by more than `largest` bytes.
    """
    across = as_shaped("first", first, (None,))
    up = None if second is None else as_shaped("second", second, (None,))
    shape = (across.size,) if up is None else (across.size, up.size)
    reel = _reel(motions, int(np.prod(shape)), seconds)
    middle = across[across.size // 2], *(() if up is None else (up[up.size // 2],))
    return section(
        "motion",
        common(title, "time in seconds", reel.times, description, 0),
        largest=largest,
        first=rounded(across),
        second=None if up is None else rounded(up),
        values=rounded(as_shaped("values", values, shape)),
        stderr=None if stderr is None else rounded(as_shaped("stderr", stderr, shape)),
        start=rounded(as_shaped("start", middle if start is None else start, (len(shape),))),
        first_label=first_label,
        second_label=second_label,
        value_label=value_label,
        ending=ending,
        speed=positive("speed", speed),
        colours=colours_of(colormap),
        **_film(motions, reel, discount),
    )


def played(motions: Sequence[Motion]) -> dict[str, Any]:
    """Return what widgets need to play motions of one body: poses, times, returns, and how they end."""
    reel = _reel(motions, len(motions), None)
    return {"times": rounded(reel.times), **_film(motions, reel, 1.0)}


def _film(motions: Sequence[Motion], reel: "Reel", discount: float) -> dict[str, Any]:
    return {
        "totals": rounded(np.array([motion.total(discount) for motion in motions])),
        "durations": rounded(np.array([motion.times[-1] for motion in motions])),
        "terminated": [int(motion.terminated) for motion in motions],
        "diverged": [int(motion.diverged) for motion in motions],
        "body": _body(motions[0]),
        "stage": _stage(motions),
        "film": {
            "step": rounded(reel.step),
            "counts": reel.counts.tolist(),
            "begins": reel.begins.tolist(),
            "changes": b64encode(reel.changes.tobytes()).decode(),
        },
    }


@dataclass(frozen=True, eq=False)
class Reel:
    """The moving parts of M motions at common times, as integers: multiples of `step` (3 G,).

    Columns are x, y and angle of one part after the other. `begins` (M, 3 G) are those of the first frames,
    `changes` (sum of counts - M, 3 G) what is added from one frame to the next.
    """

    times: Array
    step: Array
    counts: IntArray  # (M,) frames
    begins: IntArray
    changes: npt.NDArray[np.int8]


def _reel(motions: Sequence[Motion], n_motions: int, wanted: float | None) -> Reel:
    if len(motions) != n_motions:
        raise ValueError(f"motions must be one per value, {n_motions}, got {len(motions)}")
    kinds = {(motion.body, motion.parts) for motion in motions}
    if len(kinds) > 1:
        raise ValueError(f"motions must be of one body, got {sorted({name for name, _ in kinds})}")
    seconds = max(SECONDS, float(motions[0].times[1])) if wanted is None else wanted
    tracks = [_track(motion, seconds) for motion in motions]
    moved = [np.abs(np.diff(track, axis=0)).max(axis=0, initial=0.0) for track in tracks]
    step = np.maximum(np.max(moved, axis=0) / STEPS, FINEST)
    step = np.array([float(f"{size:.3e}") for size in step])  # so that the page holds the very same number
    whole = [np.rint(track / step).astype(np.int64) for track in tracks]
    longest = max(motions, key=lambda motion: float(motion.times[-1]))
    return Reel(
        times=longest.times[shown(longest, seconds)],
        step=step,
        counts=np.array([len(track) for track in tracks]),
        begins=np.stack([track[0] for track in whole]),
        changes=np.concatenate([np.diff(track, axis=0) for track in whole]).astype(np.int8),
    )


def shown(motion: Motion, seconds: float) -> list[int]:
    """Return the frames that the explorer shows: one every `seconds`, and the last."""
    frames = motion.every(seconds)
    last = len(motion.times) - 1
    return frames if frames[-1] == last else [*frames, last]


def _track(motion: Motion, seconds: float) -> Array:
    """Columns x, y, angle of the moving parts in drawing order, (F', 3 G)."""
    ends = motion.ends[shown(motion, seconds)][:, drawing_order(motion)]
    along = ends[:, :, 1] - ends[:, :, 0]
    angles = np.unwrap(np.arctan2(along[..., 1], along[..., 0]), axis=0)
    return np.concatenate([ends.mean(axis=2), angles[..., None]], axis=2).reshape(len(ends), -1)


def _body(motion: Motion) -> dict[str, Any]:
    """Half lengths as seen, radii and limbs of the moving parts in drawing order; and what stands still."""
    order, still = drawing_order(motion), np.flatnonzero(~motion.moving)
    halves = np.linalg.norm(motion.ends[0, :, 1] - motion.ends[0, :, 0], axis=1) / 2
    return {
        "name": motion.body,
        "half": rounded(halves[order]),
        "radius": rounded(motion.radii[order]),
        "limb": [-1 if motion.parts[part] == "target" else int(motion.limbs[part]) for part in order],
        "trunk": order.index(motion.trunk),
        "still": rounded(motion.ends[0, still].reshape(len(still), 4)),
        "still_radius": rounded(motion.radii[still]),
    }


def _stage(motions: Sequence[Motion]) -> dict[str, Any]:
    seen, first = window(motions), motions[0]
    return {
        "low": rounded(seen.low),
        "high": rounded(seen.high),
        "follow": [int(axis) for axis in seen.follow],
        "ground": int(first.ground and first.view == "side"),
    }
