"""Two-dimensional cuts: contours over a plane of parameters, with trajectories and named points."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import numpy.typing as npt
from matplotlib import patheffects
from matplotlib.axes import Axes

from rl_landscapes.arrays import Array, as_shaped, at_least
from rl_landscapes.plots.style import (
    CARD,
    INK,
    LOOKS,
    SEQUENTIAL,
    SMALL,
    LineStyle,
    add_colorbar,
    axes_or_new,
)
from rl_landscapes.probes import Plane


def draw_plane(
    plane: Plane,
    *,
    ax: Axes | None = None,
    label: str = "objective",
    names: tuple[str, str] = ("first direction", "second direction"),
    levels: int | Sequence[float] = 12,
    cmap: str = SEQUENTIAL,
    trajectory: npt.ArrayLike | Mapping[str, npt.ArrayLike] | None = None,
    points: Mapping[str, npt.ArrayLike] | None = None,
    colorbar: bool = True,
) -> Axes:
    """Draw contours of mean (K1, K2), the first direction to the right, the second upwards; NaN stays blank.

    `levels` is a number of contours, or the contours themselves, so that several planes can share them.
    A `trajectory` (M, 2), or several by name, and named `points` (2,) are in the plane's coordinates,
    `plane.coordinates(thetas)`; how far they lie off the plane cannot be seen.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> seen = probes.plane(objectives.goodfellow_saddle(), np.zeros(2), *np.eye(2), radius=2.0)
    >>> ax = plots.draw_plane(seen, points={"saddle": (0, 0)})
    """
    x = as_shaped("first_positions", plane.first_positions, (None,))
    y = as_shaped("second_positions", plane.second_positions, (None,))
    heights = np.ma.masked_invalid(as_shaped("mean", plane.mean, (x.size, y.size)).T)
    ax = axes_or_new(ax, height=4.8)
    filled = ax.contourf(x, y, heights, levels=levels, cmap=cmap)
    ax.contour(x, y, heights, levels=filled.levels, colors=CARD, linewidths=0.5, alpha=0.6)
    ax.set(xlabel=names[0], ylabel=names[1])
    few = int(np.clip(ax.xaxis.get_tick_space() - 1, 2, 5))  # the colour scale takes of the width
    ax.locator_params(axis="x", nbins=few, steps=[1, 2, 5, 10])
    if colorbar:
        add_colorbar(filled, ax, label)
    if isinstance(trajectory, Mapping):
        for (name, path), look in zip(trajectory.items(), cycle(LOOKS.values()), strict=False):
            draw_trajectory(path, ax=ax, colour=look.colour, line=look.line, ends=("", name))
    elif trajectory is not None:
        draw_trajectory(trajectory, ax=ax)
    for name, point in (points or {}).items():
        _mark(ax, name, as_shaped(f"points[{name!r}]", point, (2,)))
    return ax


def draw_trajectory(
    trajectory: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    colour: str = INK,
    line: LineStyle = "-",
    ends: tuple[str, str] = ("start", "end"),
) -> Axes:
    """Draw a path (M, 2) from an open circle to a star, named by `ends`; an empty name is not written.

    Examples
    --------
    >>> from rl_landscapes import plots
    >>> ax = plots.draw_trajectory([[0.0, 0.0], [1.0, 0.5], [1.2, 1.5]])
    """
    path = as_shaped("trajectory", trajectory, (None, 2))
    at_least("the length of trajectory", len(path), 1)
    ax = axes_or_new(ax, height=4.8)
    casing = [patheffects.withStroke(linewidth=4, foreground=CARD)]
    ax.plot(*path.T, color=colour, linestyle=line, linewidth=1.8, path_effects=casing, zorder=4)
    for (x, y), marker, face, size in [(path[0], "o", CARD, 60), (path[-1], "*", colour, 170)]:
        ax.scatter(x, y, s=size, marker=marker, facecolor=face, edgecolor=colour, linewidths=1.5, zorder=5)
    for name, point in zip(ends, path[[0, -1]], strict=True):
        if name:
            _name(ax, name, point)
    return ax


def _mark(ax: Axes, name: str, point: Array) -> None:
    ax.scatter(point[0], point[1], s=60, marker="X", facecolor=INK, edgecolor=CARD, zorder=5)
    _name(ax, name, point)


def _name(ax: Axes, name: str, point: Array) -> None:
    """Write a name beside a point, towards the middle of the Axes."""
    x, y = ax.transAxes.inverted().transform(ax.transData.transform(point))
    ax.annotate(
        name,
        xy=(float(point[0]), float(point[1])),
        xytext=(9 if x < 0.5 else -9, 9 if y < 0.5 else -9),
        textcoords="offset points",
        ha="left" if x < 0.5 else "right",
        va="bottom" if y < 0.5 else "top",
        fontsize=SMALL,
        color=INK,
        path_effects=[patheffects.withStroke(linewidth=3, foreground=CARD)],
        zorder=6,
    )
