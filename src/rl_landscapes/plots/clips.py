"""Clips: short films of a motion, drawn or rendered, as one animated file that any browser plays."""

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import at_least, positive
from rl_landscapes.plots.bodies import draw_moment
from rl_landscapes.records.writing import replacing
from rl_landscapes.worlds.motion import Motion, window

LARGEST = 400_000  # bytes
SIZE = (360, 240)  # pixels
DPI = 90
COLOURS = 48  # of a GIF or an animated PNG, the same for all pictures
FORMATS: dict[str, dict[str, Any]] = {
    ".webp": {"format": "WEBP", "quality": 40, "method": 4, "minimize_size": True},
    ".gif": {"format": "GIF"},
    ".png": {"format": "PNG"},
}


@dataclass(frozen=True, eq=False)
class Clip:
    """F pictures of one body, and how they were made: "drawing", or the name of the OpenGL that rendered."""

    pictures: npt.NDArray[np.uint8]  # (F, height, width, 3)
    seconds: float  # for which one picture is shown
    made_by: str


def drawn_clip(
    motion: Motion, *, seconds: float = 0.05, speed: float = 1.0, size: tuple[int, int] = SIZE
) -> Clip:
    """Draw a picture of `size` (width, height) for every `seconds` on the screen, at `speed` times life.

    Raises
    ------
    ValueError
        If a number is out of its range; a picture cannot be shorter than one step of the body.
    """
    frames = motion.every(positive("seconds", seconds) * positive("speed", speed))
    return Clip(_drawn(motion, frames, *_checked(size)), seconds, "drawing")


def rendered_clip(
    world: Any,
    motion: Motion,
    *,
    backend: Literal["egl", "osmesa"],
    seconds: float = 0.05,
    speed: float = 1.0,
    size: tuple[int, int] = SIZE,
) -> Clip:
    """Render the same pictures of the body `world` by MuJoCo; `backend` as `rendering_backend` returns it.

    Raises
    ------
    ValueError
        If a number is out of its range, or the motion is of another body.
    RuntimeError
        If the renderer fails.
    """
    from rl_landscapes.worlds.physics.render import render

    frames = motion.every(positive("seconds", seconds) * positive("speed", speed))
    width, height = _checked(size)
    pictures = render(world, motion, frames, backend=backend, width=width, height=height)
    return Clip(pictures, seconds, backend)


def best_clip(
    world: Any, motion: Motion, *, seconds: float = 0.05, speed: float = 1.0, size: tuple[int, int] = SIZE
) -> Clip:
    """Render where the machine can, without a screen; else draw, and warn that it is a drawing.

    Raises
    ------
    ValueError
        If a number is out of its range, or the motion is of another body.
    """
    from rl_landscapes.worlds.physics.render import rendering_backend

    backend = rendering_backend()
    if backend is None:
        text = "no OpenGL without a screen here (EGL, OSMesa): the clip is drawn, not rendered"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
        return drawn_clip(motion, seconds=seconds, speed=speed, size=size)
    return rendered_clip(world, motion, backend=backend, seconds=seconds, speed=speed, size=size)


def save_clip(clip: Clip, path: str | Path, *, largest: int = LARGEST) -> Path:
    """Write an animated file that plays over and over, whole or not at all: `.webp`, `.gif` or `.png`.

    Raises
    ------
    ValueError
        If the name ends otherwise, or the file would have more than `largest` bytes.
    """
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise ValueError(f"path must end in {', '.join(FORMATS)}, got {target.name}")
    first, *rest = _images(clip) if target.suffix.lower() == ".webp" else _few_colours(_images(clip))
    written = BytesIO()
    milliseconds = round(1000 * clip.seconds)
    options = FORMATS[target.suffix.lower()]
    first.save(written, save_all=True, append_images=rest, duration=milliseconds, loop=0, **options)
    if (size := len(written.getvalue())) > largest:
        advice = "make fewer or smaller pictures, or allow more by `largest`"
        raise ValueError(f"clip would take {size // 1000} kB, more than {largest // 1000}: {advice}")
    with replacing(target) as file:
        file.write(written.getvalue())
    return target


def save_poster(clip: Clip, path: str | Path, *, frame: int = 0) -> Path:
    """Write one picture as a PNG, for whoever wants no motion.

    Raises
    ------
    ValueError
        If there is no such picture.
    """
    if not -len(clip.pictures) <= frame < len(clip.pictures):
        raise ValueError(f"frame must be below the number of pictures, {len(clip.pictures)}, got {frame}")
    with replacing(Path(path)) as file:
        _images(clip)[frame].save(file, format="PNG", optimize=True)
    return Path(path)


def _drawn(motion: Motion, frames: list[int], width: int, height: int) -> npt.NDArray[np.uint8]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    canvas: Any = FigureCanvasAgg(figure)
    ax = figure.add_axes((0, 0, 1, 1))
    seen = window([motion])
    pictures = []
    for frame in frames:
        ax.clear()
        draw_moment(motion, frame, seen, ax)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    return np.stack(pictures)


def _images(clip: Clip) -> list[Any]:
    from PIL import Image

    return [Image.fromarray(picture) for picture in clip.pictures]


def _few_colours(images: list[Any]) -> list[Any]:
    palette = images[len(images) // 2].quantize(COLOURS)
    return [image.quantize(palette=palette, dither=0) for image in images]


def _checked(size: tuple[int, int]) -> tuple[int, int]:
    return at_least("size", size[0], 16), at_least("size", size[1], 16)
