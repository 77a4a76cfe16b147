"""Random perturbations: both sides of a point against each other, and rotated into slope and curvature."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from rl_landscapes.arrays import as_shaped
from rl_landscapes.plots.histograms import draw_histogram, shade_zero
from rl_landscapes.plots.style import (
    CARD,
    MUTED,
    SMALL,
    Look,
    axes_or_new,
    look_for,
    mosaic,
    small_multiples,
)
from rl_landscapes.probes import Perturbations

_QUADRANTS = {
    (0.75, 0.985): "both up",
    (0.25, 0.015): "both down",
    (0.25, 0.985): r"only $\Delta^-$ up",
    (0.75, 0.015): r"only $\Delta^+$ up",
}
_LAYOUT = [["scatter", "scatter"], ["scatter", "scatter"], ["slope", "curvature"]]


def draw_scatter(
    perturbations: Perturbations,
    *,
    ax: Axes | None = None,
    label: str | None = None,
    look: Look | None = None,
    quadrants: bool = True,
) -> Axes:
    """Draw one point (delta_plus, delta_minus) per direction, in quadrants named by what they mean.

    On the dashed diagonal both sides agree (pure curvature), on the dotted one they cancel (pure slope). The
    limits are square about the origin and grow to hold every scatter drawn on the same Axes.
    Ahmed et al. (2019), section 2.1.2.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> saddle, rng = objectives.quadratic(np.diag([1.0, -1.0])), np.random.default_rng(0)
    >>> seen = probes.perturb(saddle, np.full(2, 0.1), alpha=0.1, n_directions=200, rng=rng)
    >>> ax = plots.draw_scatter(seen)
    """
    plus = as_shaped("delta_plus", perturbations.delta_plus, (None,))
    minus = as_shaped("delta_minus", perturbations.delta_minus, (plus.size,))
    fresh = ax is None or not ax.collections
    ax = axes_or_new(ax, height=5.2)
    look = look_for(ax, look)
    ax.scatter(
        plus, minus, s=16, c=look.colour, marker=look.marker, alpha=0.55, linewidths=0, label=label, zorder=3
    )
    _square(ax)
    if fresh:
        _cross(ax, quadrants)
    return ax


def draw_rotated(
    perturbations: Perturbations,
    *,
    axes: npt.NDArray[np.object_] | tuple[Axes, Axes] | None = None,
    bins: int = 40,
    label: str | None = None,
    look: Look | None = None,
    exact_slope: npt.ArrayLike | None = None,
    exact_curvature: npt.ArrayLike | None = None,
    limits: tuple[tuple[float, float], tuple[float, float]] | None = None,
    zero_band: float | None = None,
) -> npt.NDArray[np.object_]:
    """Draw the histograms of slope and of curvature over directions on the two `axes`; heights are shares.

    `exact_slope` and `exact_curvature`, 1-d of any length, are outlined on the same bins. `limits` fix the
    range of the bins, slope first, so that two probes can share it; NaN and what lies outside is in no bin.
    `zero_band` shades values within that many median standard errors of zero: what noise alone can make.
    Ahmed et al. (2019), section 2.1.2.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> saddle, rng = objectives.quadratic(np.diag([1.0, -1.0])), np.random.default_rng(0)
    >>> seen = probes.perturb(saddle, np.full(2, 0.1), alpha=0.1, n_directions=200, rng=rng)
    >>> slope, curvature = plots.draw_rotated(seen)
    """
    pair = _several("axes", axes if axes is not None else small_multiples(2, height=3.4), 2)
    names, truths = ("slope", "curvature"), (exact_slope, exact_curvature)
    for i, (ax, name, exact) in enumerate(zip(pair, names, truths, strict=True)):
        values, noise = getattr(perturbations, name), getattr(perturbations, f"{name}_stderr")
        draw_histogram(ax, name, values, exact, bins, limits and limits[i], label, look)
        if zero_band is not None:
            shade_zero(ax, zero_band * noise)
    return pair


def scatter_with_histograms(
    perturbations: Perturbations,
    *,
    axes: npt.NDArray[np.object_] | tuple[Axes, Axes, Axes] | None = None,
    bins: int = 40,
    label: str | None = None,
    look: Look | None = None,
    exact_slope: npt.ArrayLike | None = None,
    exact_curvature: npt.ArrayLike | None = None,
    limits: tuple[tuple[float, float], tuple[float, float]] | None = None,
    zero_band: float | None = None,
) -> npt.NDArray[np.object_]:
    """Draw the scatter and, beside it, its two rotations; returns the Axes of scatter, slope and curvature.

    Options are those of `draw_scatter` and `draw_rotated`.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> saddle, rng = objectives.quadratic(np.diag([1.0, -1.0])), np.random.default_rng(0)
    >>> seen = probes.perturb(saddle, np.full(2, 0.1), alpha=0.1, n_directions=200, rng=rng)
    >>> axes = plots.scatter_with_histograms(seen)
    """
    trio = _several("axes", axes if axes is not None else mosaic(_LAYOUT, height=7.0), 3)
    draw_scatter(perturbations, ax=trio[0], label=label, look=look)
    draw_rotated(
        perturbations,
        axes=trio[1:],
        bins=bins,
        label=label,
        look=look,
        exact_slope=exact_slope,
        exact_curvature=exact_curvature,
        limits=limits,
        zero_band=zero_band,
    )
    return trio


def _square(ax: Axes) -> None:
    """Square limits about the origin that hold every scatter on `ax`."""
    offsets = np.concatenate([np.asarray(points.get_offsets()).ravel() for points in ax.collections])
    bound = 1.08 * float(np.abs(offsets[np.isfinite(offsets)]).max(initial=0.0)) or 1.0
    tick = _round_below(bound)
    ticks, names = [-tick, 0, tick], [f"\N{MINUS SIGN}{tick:g}", "0", f"{tick:g}"]
    ax.set(xlim=(-bound, bound), ylim=(-bound, bound), aspect="equal")
    ax.set_xticks(ticks, names)
    ax.set_yticks(ticks, names)


def _round_below(bound: float) -> float:
    """Largest 1, 2 or 5 times a power of ten that is not above `bound`."""
    power = 10.0 ** np.floor(np.log10(bound))
    return float(max(digit * power for digit in (1, 2, 5) if digit * power <= bound))


def _cross(ax: Axes, quadrants: bool) -> None:
    ax.axhline(0, color=MUTED, linewidth=1, zorder=1)
    ax.axvline(0, color=MUTED, linewidth=1, zorder=1)
    ax.axline((0, 0), slope=1, color=MUTED, linewidth=1, linestyle="--", zorder=1)
    ax.axline((0, 0), slope=-1, color=MUTED, linewidth=1, linestyle=":", zorder=1)
    ax.set(xlabel=r"$\Delta^+$: one step along $d$", ylabel=r"$\Delta^-$: one step against $d$")
    for (x, y), text in _QUADRANTS.items() if quadrants else ():
        ax.text(
            x,
            y,
            text,
            transform=ax.transAxes,
            ha="center",
            va="top" if y > 0.5 else "bottom",
            fontsize=SMALL,
            color=MUTED,
            bbox={"facecolor": CARD, "edgecolor": "none", "pad": 1},
            zorder=2,
        )


def _several(name: str, axes: Any, count: int) -> npt.NDArray[np.object_]:
    flat = np.empty(len(axes), dtype=object)
    flat[:] = list(axes)
    if flat.size != count:
        raise ValueError(f"{name} must be {count} Axes, got {flat.size}")
    return flat
