"""Heat maps of a result over two settings, with the numbers in the cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize

from rl_landscapes.arrays import Array, BoolArray, as_shaped
from rl_landscapes.plots.lines import Bounds
from rl_landscapes.plots.style import COUNTS, INK, SMALL, add_colorbar, axes_or_new, ink_on


def draw_heatmap(
    rows: Sequence[Any] | npt.NDArray[Any],
    columns: Sequence[Any] | npt.NDArray[Any],
    values: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    annotations: npt.ArrayLike | None = None,
    names: tuple[str, str] = ("", ""),
    label: str = "",
    limits: tuple[float, float] | None = None,
    percent: bool = False,
    outlined: npt.ArrayLike | None = None,
    cmap: str = COUNTS,
    colorbar: bool = True,
) -> Axes:
    """Draw values (R, C) over `rows` (R,), upwards, and `columns` (C,), as equal cells; NaN stays blank.

    `annotations` (R, C) are texts for the cells, such as `interval_text`. `names` are those of the vertical
    and the horizontal setting. A line is drawn around the cells that are `outlined` (R, C), such as those in
    which the step is beyond the largest stable one. `percent` writes the colour scale in percent.

    Examples
    --------
    >>> from rl_landscapes import plots
    >>> ax = plots.draw_heatmap([0.1, 1.0], ["plain", "mixed"], [[0.0, 0.5], [1.0, 0.2]], percent=True)
    """
    shape = (len(rows), len(columns))
    grid = as_shaped("values", values, shape)
    ax = axes_or_new(ax, height=float(np.clip(1.4 + 0.62 * shape[0], 2.6, 8.0)))
    mesh = ax.imshow(
        np.ma.masked_invalid(grid),
        origin="lower",
        aspect="auto",
        cmap=cmap,
        norm=Normalize(*(limits or (None, None))),
    )
    ax.set_yticks(range(shape[0]), [_text(row) for row in rows])
    ax.set_xticks(range(shape[1]), [_text(column) for column in columns])
    ax.set(ylabel=names[0], xlabel=names[1])
    if annotations is not None:
        _write(ax, grid, _same("annotations", np.asarray(annotations), shape), mesh)
    if outlined is not None:
        _outline(ax, _same("outlined", np.asarray(outlined, dtype=bool), shape))
    if colorbar:
        add_colorbar(mesh, ax, label, percent=percent)
    return ax


def interval_text(intervals: npt.ArrayLike | Sequence[Sequence[Bounds]]) -> npt.NDArray[np.object_]:
    """Text for cells from shares with intervals (R, C): the share, and below it the interval, in percent.

    Examples
    --------
    >>> from rl_landscapes import plots, statistics
    >>> texts = plots.interval_text([[statistics.binomial_interval(30, 100)]])
    >>> texts[0, 0].split()[0]  # the interval is on the next line
    '30%'
    """
    grid = np.asarray(intervals, dtype=object)
    return np.frompyfunc(_share, 1, 1)(grid)


def _share(interval: Bounds) -> str:
    if np.isnan(interval.estimate):
        return ""
    low, middle, high = (round(100 * bound) for bound in (interval.low, interval.estimate, interval.high))
    return f"{middle}%\n{low}\N{EN DASH}{high}"


def _text(setting: object) -> str:
    return f"{setting:g}" if isinstance(setting, float | np.floating) else str(setting)


def _same(name: str, array: npt.NDArray[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def _write(ax: Axes, grid: Array, texts: npt.NDArray[Any], mesh: Any) -> None:
    for (row, column), value in np.ndenumerate(grid):
        if np.isfinite(value):
            colour = ink_on(mesh.cmap(mesh.norm(value)))
            text = str(texts[row, column])
            ax.text(
                column, row, text, ha="center", va="center", fontsize=SMALL, color=colour, linespacing=1.1
            )


def _outline(ax: Axes, inside: BoolArray) -> None:
    """Draw every edge between a cell that is `inside` and one that is not, or the rim."""
    padded = np.pad(inside, 1)
    upright = [((c - 0.5, r - 0.5), (c - 0.5, r + 0.5)) for r, c in _changes(padded[1:-1])]
    level = [((c - 0.5, r - 0.5), (c + 0.5, r - 0.5)) for c, r in _changes(padded[:, 1:-1].T)]
    style: dict[str, Any] = {"capstyle": "round", "clip_on": False, "zorder": 3}
    for colour, width in [("white", 5.0), (INK, 2.2)]:
        lines = LineCollection(upright + level, colors=colour, linewidths=width, **style)
        ax.add_collection(lines, autolim=False)


def _changes(cells: BoolArray) -> npt.NDArray[np.int64]:
    """Row, and column after the change, wherever two neighbours in a row differ."""
    return np.argwhere(cells[:, 1:] != cells[:, :-1])
