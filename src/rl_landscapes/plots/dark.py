"""Figures for a dark page: drawn once more, with other colours wherever a colour does not stand for a value.

Nothing is computed again: the same artists are drawn by a renderer that changes colours on their way to the
canvas. What a colour map painted keeps its colours, and so does what lies on it, such as the numbers in the
cells of a heat map; but a map that fades to white fades to the dark page, and what lies on it is turned, too.
The renderer also notes the size of every text and its contrast with what it lies on.

`%load_ext rl_landscapes.plots.dark` lets a notebook store the dark picture beside the light one, in the
metadata of each output; the book's pages show the one that suits the page.
"""
# mypy: allow-untyped-calls
# Matplotlib's renderers have no types.

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.plots.dark_colours import dark_colour, dark_map, readable_on, tinted, tinted_all
from rl_landscapes.plots.style import contrast

PAINTED = "painted by a colour map"
TURNED = "painted by a colour map for dark pages"


@dataclass(frozen=True)
class Written:
    """One text of a figure: its size in points, and the least contrast with most of what it lies on."""

    text: str
    size: float
    contrast: float


@dataclass(frozen=True)
class Picture:
    """A figure as PNG, with the width in inches and the texts that are written on it."""

    png: bytes
    inches: float
    texts: tuple[Written, ...]

    @property
    def smallest(self) -> float:
        """Points of the smallest text; infinite without any."""
        return min((each.size for each in self.texts), default=np.inf)

    @property
    def faintest(self) -> float:
        """Contrast of the faintest text; infinite without any."""
        return min((each.contrast for each in self.texts), default=np.inf)


def draw_picture(figure: Figure, *, dark: bool) -> Picture:
    """Draw a figure as a notebook shows it, cropped to what is on it, for a light page or for a dark one.

    Examples
    --------
    >>> from rl_landscapes import plots, worlds
    >>> from rl_landscapes.plots.dark import draw_picture
    >>> ax = plots.draw_world(worlds.paper_gridworld())
    >>> draw_picture(ax.figure, dark=True).png[1:4]
    b'PNG'
    """
    file, shown_on = BytesIO(), figure.canvas
    canvas = _Canvas(figure, dark)
    try:
        with _named_paint(figure, dark):
            canvas.print_figure(
                file, format="png", dpi=figure.dpi, bbox_inches="tight", facecolor=figure.get_facecolor()
            )
    finally:
        figure.set_canvas(shown_on)
    renderer = canvas.renderer  # the last one: only it has the size to which the figure was cropped
    return Picture(file.getvalue(), renderer.width / renderer.dpi, tuple(renderer.texts))


def load_ipython_extension(shell: Any) -> None:
    """Let the notebook store both pictures of a figure, with what is known of its texts."""
    plt.switch_backend(plt.get_backend())  # loads it: a notebook's own brings the formatter replaced here
    shell.display_formatter.formatters["image/png"].for_type(Figure, _both)


def _both(figure: Figure) -> tuple[str, dict[str, Any]] | None:
    if not figure.axes and not figure.lines:
        return None
    light = draw_picture(figure, dark=False)
    with _laid_out(figure):
        dark = draw_picture(figure, dark=True)
    faint = min(light.texts + dark.texts, key=lambda each: each.contrast, default=None)
    known = {
        "dark": b64encode(dark.png).decode(),
        "inches": round(light.inches, 3),
        "columns": _columns(figure),
        "smallest_text": light.smallest,
        "contrast": [round(light.faintest, 2), round(dark.faintest, 2)],
        "faintest_text": faint.text if faint else "",
    }
    return b64encode(light.png).decode(), known


@contextmanager
def _laid_out(figure: Figure) -> Iterator[None]:
    """Keep all Axes where they are: laid out a second time, they would move by a pixel or two."""
    engine = figure.get_layout_engine()
    if engine is not None:
        figure.set_layout_engine("none")
    yield
    if engine is not None:
        figure.set_layout_engine(engine)


def _columns(figure: Figure) -> int:
    """Return how many panels stand side by side."""
    grids = [ax.get_subplotspec() for ax in figure.axes if isinstance(ax, Axes)]
    return max((spec.get_topmost_subplotspec().get_gridspec().ncols for spec in grids if spec), default=1)


@contextmanager
def _named_paint(figure: Figure, dark: bool) -> Iterator[None]:
    """Name, for the time of drawing, the artists whose colours come from a colour map, and turn pale maps."""
    found: list[Any] = figure.findobj(_is_paint)
    before = [(each.get_gid(), each.get_url(), each.get_cmap()) for each in found]
    turned = [dark_map(cmap) if dark else None for *_, cmap in before]
    for each, cmap in zip(found, turned, strict=True):
        if cmap is not None:
            each.set_cmap(cmap)
        each.set_gid(PAINTED if cmap is None else TURNED)
        each.set_url(each.get_gid())  # images open no group
    yield
    for each, (name, address, cmap), other in zip(found, before, turned, strict=True):
        if other is not None:
            each.set_cmap(cmap)
        each.set_gid(name)
        each.set_url(address)


def _is_paint(artist: Artist) -> bool:
    return isinstance(artist, ScalarMappable) and artist.get_array() is not None


class _Canvas(FigureCanvasAgg):
    """A canvas whose renderer is the one below."""

    def __init__(self, figure: Figure, dark: bool) -> None:
        super().__init__(figure)
        self.dark = dark
        self.renderer = _Renderer((*figure.bbox.size, figure.dpi), dark)

    def get_renderer(self) -> "_Renderer":
        """Return the renderer for the figure's present size."""
        width, height = self.figure.bbox.size
        size = (width, height, self.figure.dpi)
        if self.renderer.size != size:
            self.renderer = _Renderer(size, self.dark)
        return self.renderer


class _Renderer(RendererAgg):
    """Draws as its parent does, in colours for a dark page if asked to, and remembers texts and paint."""

    def __init__(self, size: tuple[float, float, float], dark: bool) -> None:
        super().__init__(*size)
        self.size, self.dark = size, dark
        self._plain = {
            name: vars(self).pop(name) for name in ("draw_image", "draw_markers", "draw_path_collection")
        }
        self._forget()

    def _forget(self) -> None:
        self.texts: list[Written] = []
        self._groups: list[str | None] = []
        self._before: npt.NDArray[np.uint8] | None = None
        self.painted: BoolArray = np.zeros(self._pixels().shape[:2], dtype=bool)

    def _pixels(self) -> npt.NDArray[np.uint8]:
        return np.asarray(self.buffer_rgba())

    def clear(self) -> None:
        """Begin anew."""
        super().clear()
        self._forget()

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Note whether a colour map paints from here on."""
        if gid == PAINTED and PAINTED not in self._groups:
            self._before = self._pixels().copy()
        self._groups.append(gid)

    def close_group(self, s: str) -> None:
        """Note what the colour map has painted."""
        if self._groups.pop() == PAINTED and PAINTED not in self._groups:
            self.painted |= (self._pixels() != self._before).any(axis=2)

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Draw an image, which is paint."""
        before = self._pixels().copy()
        self._plain["draw_image"](gc, x, y, im, *([] if transform is None else [transform]))
        if gc.get_url() != TURNED:
            self.painted |= (self._pixels() != before).any(axis=2)

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:
        """Draw a line or a filled shape."""
        points = transform.transform(path.vertices)
        if rgbFace is not None:  # its inside, not what it borders on
            middle = points.mean(axis=0)
            points = middle + 0.8 * (points - middle)
        if self._stays(points):
            super().draw_path(gc, path, transform, rgbFace)
        else:
            super().draw_path(self._tinted(gc), path, transform, tinted(rgbFace))

    def draw_markers(
        self, gc: Any, marker: Any, marker_trans: Any, path: Any, trans: Any, rgbFace: Any = None
    ) -> None:
        """Draw one marker at each vertex of a path."""
        if not self._stays(trans.transform(path.vertices)):
            gc, rgbFace = self._tinted(gc), tinted(rgbFace)
        self._plain["draw_markers"](gc, marker, marker_trans, path, trans, rgbFace)

    def draw_path_collection(  # type: ignore[override]  # what follows the colours is passed on as it is
        self,
        gc: Any,
        master: Any,
        paths: Any,
        transforms: Any,
        offsets: Any,
        offset_trans: Any,
        faces: Any,
        edges: Any,
        *rest: Any,
        **more: Any,
    ) -> None:
        """Draw many shapes of one kind."""
        if not self._stays(_places(master, paths, offsets, offset_trans)):
            gc, faces, edges = self._tinted(gc), tinted_all(faces), tinted_all(edges)
            more |= {name: tinted_all(colours) for name, colours in more.items() if name == "hatchcolors"}
        self._plain["draw_path_collection"](
            gc, master, paths, transforms, offsets, offset_trans, faces, edges, *rest, **more
        )

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """Draw one line of text, and note how large and how clear it is."""
        ground = self._box(x, y, s, prop, angle, ismath)
        on_paint = bool(self.painted[ground].size) and self.painted[ground].mean() > 0.5
        grounds = self._grounds(ground)
        if self.dark and not on_paint:
            gc = self._tinted(gc, grounds)
        self.texts.append(Written(s, prop.get_size_in_points(), _contrast(gc, grounds)))
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)

    def _box(self, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any) -> tuple[slice, slice]:
        """Return the rows and columns of pixels that a line of text covers."""
        width, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        turn = np.exp(1j * np.radians(angle))
        corners = turn * np.array([a + 1j * b for a in (0, width) for b in (-descent, height - descent)])
        columns, rows = x + corners.real, y - corners.imag
        return _range(rows), _range(columns)

    def _grounds(self, box: tuple[slice, slice]) -> Array:
        """Return the quartiles, by lightness, of the pixels in a box, (2, 3); beside the figure (0, 3)."""
        under = self._pixels()[box][..., :3].reshape(-1, 3) / 255
        order = under[np.argsort(under @ [0.2126, 0.7152, 0.0722])]
        return order[[len(order) // 4, (3 * len(order)) // 4]] if len(order) else order

    def _stays(self, points: Array) -> bool:
        """Whether what is drawn at these points (K, 2) keeps its colours."""
        if not self.dark or not {PAINTED, TURNED}.isdisjoint(self._groups):
            return True
        rows, columns = self.painted.shape
        finite = points[np.isfinite(points).all(axis=1)]
        across, down = finite[:, 0].astype(int), rows - 1 - finite[:, 1].astype(int)
        inside = (across >= 0) & (across < columns) & (down >= 0) & (down < rows)
        return bool(inside.any()) and float(self.painted[down[inside], across[inside]].mean()) > 0.5

    def _tinted(self, gc: Any, grounds: Array | None = None) -> Any:
        """Return a copy of the pen with colours for a dark page, which can be read on `grounds`."""
        copy = self.new_gc()
        copy.copy_properties(gc)
        rgb, alpha = np.array(dark_colour(tuple(gc.get_rgb()[:3]))), gc.get_rgb()[3:]
        rgb = rgb if grounds is None else readable_on(rgb, grounds)
        copy.set_foreground((*rgb.tolist(), *alpha), isRGBA=bool(alpha))
        if gc.get_hatch_color() is not None:
            copy.set_hatch_color(tinted(gc.get_hatch_color()))
        return copy


def _contrast(gc: Any, grounds: Array) -> float:
    """Return the least contrast of a text with `grounds` (K, 3); infinite without any."""
    *rgb, alpha = to_rgba(gc.get_rgb(), gc.get_alpha() if gc.get_forced_alpha() else None)
    seen = [alpha * np.array(rgb) + (1 - alpha) * ground for ground in grounds]
    return min((contrast(tuple(s), tuple(g)) for s, g in zip(seen, grounds, strict=True)), default=np.inf)


def _range(places: Array) -> slice:
    return slice(max(int(places.min()), 0), max(int(np.ceil(places.max())), 0))


def _places(master: Any, paths: Any, offsets: Any, offset_trans: Any) -> Array:
    """Return where a collection is drawn: at its offsets, or where the vertices of its paths are."""
    shifts = offset_trans.transform(np.atleast_2d(offsets)) if len(offsets) else np.zeros((1, 2))
    corners = [master.transform(path.vertices) for path in paths]
    centres = np.concatenate(corners) if len(corners) else np.zeros((1, 2))
    return shifts + centres.mean(axis=0) if len(shifts) > 1 else shifts + centres
