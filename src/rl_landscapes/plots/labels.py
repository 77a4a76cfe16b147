"""Labels beside the ends of lines, instead of a legend to look them up in."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from scipy.optimize import isotonic_regression

from rl_landscapes.arrays import Array
from rl_landscapes.plots.style import SMALL, readable


def direct_labels(ax: Axes) -> Axes:
    """Write the label of each line beside its right end, in its colour, moved where two would overlap.

    Call it once, when everything is drawn; it lays the figure out first.

    Examples
    --------
    >>> from rl_landscapes import plots
    >>> ax = plots.draw_learning_curves([0, 1], [[0.0, 0.2], [1.0, 1.2]], label="plain")
    >>> ax = plots.direct_labels(ax)
    >>> ax.texts[-1].get_text()
    'plain'
    """
    lines = [line for line in ax.get_lines() if not str(line.get_label()).startswith("_") and _is_drawn(line)]
    if not lines:
        return ax
    figure = ax.figure.canvas.figure
    figure.draw_without_rendering()
    ends = np.array([_end(line) for line in lines])
    heights = ax.transAxes.inverted().transform(ax.transData.transform(ends))[:, 1]
    unit = 1.25 * SMALL / 72 * figure.dpi / ax.bbox.height
    rows = np.array([1 + str(line.get_label()).count("\n") for line in lines])
    for line, end, height in zip(lines, ends, spread(heights, unit * rows), strict=True):
        _write(ax, line, end, height)
    return ax


def spread(centres: Array, sizes: Array) -> Array:
    """Move centres (M,) as little as possible, in least squares, until spans of `sizes` (M,) are apart."""
    order = np.argsort(centres, kind="stable")
    ordered = sizes[order]
    gaps = np.concatenate([[0.0], (ordered[1:] + ordered[:-1]) / 2]).cumsum()
    moved: Array = np.empty_like(centres)
    moved[order] = isotonic_regression(centres[order] - gaps).x + gaps
    return moved


def _is_drawn(line: Line2D) -> bool:
    return _finite(line).size > 0


def _end(line: Line2D) -> Array:
    return _finite(line)[-1:].ravel()


def _finite(line: Line2D) -> Array:
    """Points (K, 2) of a line that are not NaN, as numbers also on an axis of names."""
    points: Array = np.asarray(line.get_xydata(), dtype=np.float64)
    return points[np.isfinite(points).all(axis=1)]


def _write(ax: Axes, line: Line2D, end: Array, height: float) -> None:
    colour = readable(to_hex(line.get_color()))
    ax.annotate(
        str(line.get_label()),
        xy=(float(end[0]), float(end[1])),
        xytext=(1.04, height),
        textcoords="axes fraction",
        ha="left",
        va="center",
        fontsize=SMALL,
        color=colour,
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 2},
    )
