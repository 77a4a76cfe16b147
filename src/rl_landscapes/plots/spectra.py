"""Curvature in every direction: eigenvalues, densities of them, and what random directions see of them."""

from math import inf

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from rl_landscapes.arrays import Array, BoolArray, as_shaped
from rl_landscapes.plots.decades import scale
from rl_landscapes.plots.histograms import histogram_edges, shares
from rl_landscapes.plots.style import INK, LOOKS, MUTED, SMALL, Look, axes_or_new, look_for, readable
from rl_landscapes.probes import SpectralDensity


def draw_spectrum(
    values: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    converged: npt.ArrayLike | None = None,
    linear_below: float | None = None,
) -> Axes:
    """Draw eigenvalues (k,) in ascending order: down triangles below zero, up triangles above it.

    Those that are not `converged` (k,) are drawn hollow. The axis is linear below the magnitude
    `linear_below` and logarithmic beyond, on both sides of zero. Where on a linear axis most eigenvalues
    would lie on zero, as they do near convergence, None chooses a magnitude, and the label says which; inf
    keeps the axis linear.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> spectrum = probes.full_spectrum(objectives.goodfellow_saddle(), np.zeros(2))
    >>> ax = plots.draw_spectrum(spectrum.values, converged=spectrum.converged)
    """
    eigenvalues = as_shaped("values", values, (None,))
    trusted = as_shaped(
        "converged", np.ones(eigenvalues.size) if converged is None else converged, eigenvalues.shape
    )
    order = np.argsort(eigenvalues, kind="stable")
    ranked, solid = eigenvalues[order], trusted[order].astype(bool)
    ax = axes_or_new(ax)
    ax.axhline(0, color=MUTED, linewidth=1, zorder=1)
    for chosen, name, marker, colour in _signs(ranked):
        if not chosen.any():
            continue
        faces = np.where(solid[chosen], colour, "none")
        rank = np.flatnonzero(chosen) + 1
        ax.scatter(
            rank, ranked[chosen], s=30, marker=marker, c=faces, edgecolors=colour, label=name, zorder=3
        )
    ax.set(xlabel="rank", ylabel="eigenvalue")
    scale(ax, "y", ranked, linear_below)
    return ax


def draw_density(
    density: SpectralDensity,
    *,
    ax: Axes | None = None,
    width: float | None = None,
    label: str | None = None,
    look: Look | None = None,
    linear_below: float | None = None,
) -> Axes:
    """Draw the weights (n_probes, n_steps) at the nodes as stems, or the density smoothed to `width`.

    The stems are scaled to sum to one over all probes. `linear_below` is that of `draw_spectrum`; None leaves
    the axis of a smoothed density linear. A `width` beyond the spread of the nodes shows little but itself.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> saddle, rng = objectives.quadratic(np.diag([-2.0, 0.0, 1.0])), np.random.default_rng(0)
    >>> density = probes.spectral_density(saddle, np.zeros(3), n_probes=4, n_steps=3, rng=rng)
    >>> ax = plots.draw_density(density, width=0.2)
    """
    nodes = np.asarray(density.nodes, dtype=np.float64)
    weights = as_shaped("weights", density.weights, nodes.shape)
    ax = axes_or_new(ax)
    look = look_for(ax, look)
    ax.axvline(0, color=MUTED, linewidth=1, zorder=1)
    if width is None:
        x, heights = nodes.ravel(), (weights / weights.sum()).ravel()
        ax.vlines(x, 0, heights, color=look.colour, linewidth=1.2)
        ax.plot(x, heights, look.marker, color=look.colour, markersize=4, label=label)
    else:
        near = nodes.ravel()[:, None] + width * np.linspace(-6, 6, 49)  # no peak falls between two points
        x = np.unique(np.append(np.linspace(near.min(), near.max(), 801), near))
        ax.plot(x, density.smoothed(x, width), color=look.colour, linestyle=look.line, label=label)
    ax.set(xlabel="eigenvalue", ylabel="share of eigenvalues" if width is None else "density")
    scale(ax, "x", nodes, inf if linear_below is None and width is not None else linear_below)
    ax.set_ylim(bottom=0)
    return ax


def draw_curvatures(
    curvatures: npt.ArrayLike,
    eigenvalues: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    bins: int = 40,
    look: Look | None = None,
) -> Axes:
    """Draw the histogram of curvatures (D,) sampled in random directions below the true eigenvalues (n,).

    Heights are shares of the directions; each eigenvalue is one tick in the strip at the top.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> saddle, rng = objectives.quadratic(np.diag([1.0, -1.0])), np.random.default_rng(0)
    >>> seen = probes.perturb(saddle, np.full(2, 0.1), alpha=0.1, n_directions=200, rng=rng)
    >>> ax = plots.draw_curvatures(seen.curvature, probes.full_spectrum(saddle, np.zeros(2)).values)
    """
    sampled = as_shaped("curvatures", curvatures, (None,))
    true = as_shaped("eigenvalues", eigenvalues, (None,))
    ax = axes_or_new(ax)
    look = look_for(ax, look if look is not None else LOOKS["sampled"])
    edges = histogram_edges(sampled, bins)
    heights = shares(sampled, edges)
    ax.axvline(0, color=MUTED, linewidth=1, zorder=1)
    ax.stairs(heights, edges, fill=True, color=look.colour, alpha=0.6, zorder=2)
    ax.set(xlabel="curvature", ylabel="share of directions", ylim=(0, 1.4 * heights.max()))
    strip = blended_transform_factory(ax.transData, ax.transAxes)
    ax.vlines(true, 0.80, 0.89, color=INK, linewidth=1.2, transform=strip, zorder=3)
    _caption(ax, 0.99, f"{true.size} eigenvalues", INK)
    _caption(ax, 0.76, f"{sampled.size} random directions", readable(look.colour))
    return ax


def _caption(ax: Axes, height: float, text: str, colour: str) -> None:
    ax.text(0.02, height, text, transform=ax.transAxes, ha="left", va="top", fontsize=SMALL, color=colour)


def _signs(values: Array) -> list[tuple[BoolArray, str, str, str]]:
    """Mask, name, marker and colour of the eigenvalues below zero, zero to float error, and above."""
    error = 1e-12 * np.nanmax(np.abs(values), initial=0.0)
    return [
        (values < -error, "curving down", "v", LOOKS["entropy"].colour),
        (np.abs(values) <= error, "flat", "o", MUTED),
        (values > error, "curving up", "^", LOOKS["plain"].colour),
    ]
