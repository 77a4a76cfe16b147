"""Curves: along a line of parameters, along training, and shares against a setting, all with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import offset_copy

from rl_landscapes.arrays import Array, as_shaped
from rl_landscapes.plots.style import CARD, INK, MUTED, SMALL, Look, axes_or_new, look_for
from rl_landscapes.probes import Interpolation, Profile
from rl_landscapes.statistics import mean_interval


class Bounds(Protocol):
    """An estimate between two limits; `statistics.Interval` is one."""

    @property
    def estimate(self) -> float:
        """What the data say."""

    @property
    def low(self) -> float:
        """Lower limit."""

    @property
    def high(self) -> float:
        """Upper limit."""


@dataclass(frozen=True)
class Band:
    """An estimate and the limits drawn around it."""

    estimate: float
    low: float
    high: float


def median_and_quantiles(low: float = 0.1, high: float = 0.9) -> Callable[[Array], Band]:
    """Summary for `draw_learning_curves`: the median of runs (B,), between two quantiles of them."""
    return lambda runs: Band(*(float(q) for q in np.quantile(runs, [0.5, low, high])))


def draw_interpolation(
    interpolation: Interpolation,
    *,
    ax: Axes | None = None,
    label: str | None = None,
    look: Look | None = None,
    band: float = 2.0,
    names: Sequence[str] | None = None,
    barrier: float | None = None,
) -> Axes:
    """Draw the mean along a line, `band` standard errors around it, and a marker at each of its P points.

    `names` (P,) are written under the points in place of the positions. `barrier`, a height computed
    elsewhere, is an arrow that rises by it from the lowest value between the first and the last point.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> line = probes.interpolate(objectives.two_hills(), np.array([[0.0], [3.0]]))
    >>> ax = plots.draw_interpolation(line, names=["poor", "better"])
    """
    positions = as_shaped("positions", interpolation.positions, (None,))
    mean = as_shaped("mean", interpolation.mean, positions.shape)
    points = np.arange(len(interpolation.thetas), dtype=float)
    ax = axes_or_new(ax)
    look = look_for(ax, look)
    width = band * as_shaped("stderr", interpolation.stderr, positions.shape)
    _curve(ax, positions, mean, mean - width, mean + width, label, look)
    at_points = np.interp(points, positions, mean)
    ax.scatter(points, at_points, s=55, c=look.colour, marker=look.marker, edgecolors=CARD, zorder=4)
    _name_points(ax, points, names)
    if barrier is not None:
        between = (positions >= 0) & (positions <= points[-1])
        _rise(ax, positions[between], mean[between], barrier)
    return ax


def draw_learning_curves(
    updates: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    label: str | None = None,
    look: Look | None = None,
    summary: Callable[[Array], Bounds] = mean_interval,
    runs: int = 0,
) -> Axes:
    """Draw the `summary` of B runs, values (K, B) at updates (K,), and the first `runs` of them faintly.

    The default is the mean with its 95% interval. Where one run is NaN the mean is NaN, and left blank.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import plots
    >>> runs = np.random.default_rng(0).normal(size=(50, 8)).cumsum(axis=0)
    >>> ax = plots.draw_learning_curves(range(50), runs, label="eight runs", runs=8)
    """
    x = as_shaped("updates", updates, (None,))
    y = as_shaped("values", values, (x.size, None))
    ax = axes_or_new(ax)
    look = look_for(ax, look)
    ax.plot(x, y[:, :runs], color=look.colour, linewidth=0.6, linestyle="-", alpha=0.35, zorder=1)
    bounds = [summary(row) for row in y]
    estimate, low, high = (np.array([getattr(b, f) for b in bounds]) for f in ("estimate", "low", "high"))
    _curve(ax, x, estimate, low, high, label, look)
    ax.set(xlabel="update", ylabel="return")
    return ax


def draw_profile(
    profile: Profile,
    *,
    ax: Axes | None = None,
    label: str | None = None,
    look: Look | None = None,
    band: float = 2.0,
) -> Axes:
    """Draw the curvature at the checkpoints of a training run, with `band` standard errors, and zero.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> bowl, thetas = objectives.two_hills(n=2), np.array([[0.0, 1.0], [0.0, 0.5], [0.0, 0.0]])
    >>> rng = np.random.default_rng(0)
    >>> run = probes.probe_run(bowl, thetas, updates=[0, 10, 20], alpha=0.1, n_directions=8, rng=rng)
    >>> ax = plots.draw_profile(run.paper)
    """
    x = as_shaped("updates", profile.updates, (None,))
    curvature = as_shaped("curvature", profile.curvature, x.shape)
    width = band * as_shaped("curvature_stderr", profile.curvature_stderr, x.shape)
    ax = axes_or_new(ax)
    look = look_for(ax, look)
    ax.axhline(0, color=MUTED, linewidth=1, zorder=1)
    _curve(ax, x, curvature, curvature - width, curvature + width, label, look)
    ax.scatter(x, curvature, s=25, c=look.colour, marker=look.marker, zorder=4)
    ax.set(xlabel="update", ylabel="curvature")
    return ax


def draw_share(
    x: npt.ArrayLike | Sequence[str],
    intervals: Sequence[Bounds],
    *,
    ax: Axes | None = None,
    label: str | None = None,
    look: Look | None = None,
    dodge: float = 0.0,
) -> Axes:
    """Draw one share with its interval per setting x (K,) on an axis in percent that starts at zero.

    Settings that are numbers are joined by a line, settings that are names are not. `dodge` moves the series
    that many points to the right, so that intervals at one setting do not hide each other.

    Examples
    --------
    >>> from rl_landscapes import plots, statistics
    >>> ax = plots.draw_share([0.1, 0.2, 0.4], [statistics.binomial_interval(k, 40) for k in (4, 9, 20)])
    """
    settings = np.asarray(x)
    if settings.shape != (len(intervals),):
        raise ValueError(f"x and intervals must have one length, got {settings.shape} and {len(intervals)}")
    estimate, low, high = (np.array([getattr(i, f) for i in intervals]) for f in ("estimate", "low", "high"))
    ax = axes_or_new(ax)
    look = look_for(ax, look)
    joined = look.line if settings.dtype.kind in "iuf" else "none"
    line = ax.plot(
        settings, estimate, look.marker, color=look.colour, linestyle=joined, label=label, zorder=3
    )
    errors = np.maximum([estimate - low, high - estimate], 0)
    bars = ax.errorbar(settings, estimate, errors, fmt="none", ecolor=look.colour, capsize=4, zorder=2)
    for artist in [*line, *bars.get_children()]:
        artist.set_transform(offset_copy(ax.transData, ax.figure.canvas.figure, x=dodge, units="points"))
    top = max(ax.get_ylim()[1], 1.1 * float(np.nanmax(high, initial=0.0)))
    ax.set_ylim(-0.03 * top, top)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.1 else 1))
    return ax


def _curve(ax: Axes, x: Array, middle: Array, low: Array, high: Array, label: str | None, look: Look) -> None:
    ax.plot(x, middle, color=look.colour, linestyle=look.line, linewidth=2, label=label, zorder=3)
    if np.any(high > low):
        ax.fill_between(x, low, high, facecolor=look.colour, alpha=0.2, linewidth=0, zorder=2)


def _name_points(ax: Axes, points: Array, names: Sequence[str] | None) -> None:
    ax.set(xlabel="position on the line", ylabel="objective")
    if names is None:
        return
    if len(names) != len(points):
        raise ValueError(f"names must be one per point, {len(points)}, got {len(names)}: {list(names)}")
    ax.set_xticks(points, list(names))
    ax.set_xlabel("")


def _rise(ax: Axes, positions: Array, mean: Array, barrier: float) -> None:
    low = int(np.nanargmin(mean))
    x, y = positions[low], mean[low]
    arrow = {"arrowstyle": "<->", "color": INK, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", xy=(x, y + barrier), xytext=(x, y), arrowprops=arrow, zorder=5)
    ax.annotate(
        f"barrier {barrier:.3g}",
        xy=(x, y + barrier),
        xytext=(0, 5),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=INK,
        path_effects=[patheffects.withStroke(linewidth=3, foreground=CARD)],
        zorder=6,
    )
