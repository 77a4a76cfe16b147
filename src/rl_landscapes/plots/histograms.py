"""Histograms whose heights are shares, with exact values outlined and the reach of the noise shaded."""

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from rl_landscapes.arrays import Array, as_shaped, at_least
from rl_landscapes.plots.style import GRID, LOOKS, MUTED, Look, look_for


def histogram_edges(values: Array, bins: int, limits: tuple[float, float] | None = None) -> Array:
    """Edges (bins + 1,) of equal bins over `limits`, by default over the finite `values`."""
    finite = values[np.isfinite(values)]
    return np.histogram_bin_edges(finite, at_least("bins", bins, 1), limits)


def shares(values: Array, edges: Array) -> Array:
    """Share of all `values`, NaN included, that falls into each bin."""
    return np.histogram(values[np.isfinite(values)], edges)[0] / max(values.size, 1)


def draw_histogram(
    ax: Axes,
    name: str,
    values: Array,
    exact: npt.ArrayLike | None,
    bins: int,
    limits: tuple[float, float] | None,
    label: str | None,
    look: Look | None,
) -> None:
    """Draw the share of directions by `values` (D,), and outline `exact` ones on the same bins."""
    look = look_for(ax, look)
    samples = as_shaped(name, values, (None,))
    truth = as_shaped(f"exact_{name}", exact if exact is not None else [], (None,))
    edges = histogram_edges(np.concatenate([samples, truth]), bins, limits)
    ax.axvline(0, color=MUTED, linewidth=1, zorder=1)
    ax.stairs(shares(samples, edges), edges, fill=True, color=look.colour, alpha=0.35, label=label, zorder=2)
    ax.stairs(shares(samples, edges), edges, color=look.colour, linestyle=look.line, linewidth=1.4, zorder=3)
    if truth.size:
        line = LOOKS["exact"]
        ax.stairs(
            shares(truth, edges), edges, color=line.colour, linestyle=line.line, label="exact", zorder=4
        )
    ax.set(xlabel=name, ylabel="share of directions")
    powers = ScalarFormatter(useMathText=True)
    powers.set_powerlimits((-3, 4))
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(powers)


def shade_zero(ax: Axes, stderr: Array) -> None:
    """Shade what lies within a median standard error of zero."""
    width = float(np.median(stderr))
    ax.axvspan(-width, width, facecolor=GRID, edgecolor="none", zorder=0)
