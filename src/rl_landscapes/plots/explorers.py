"""Explorers: arrays that a figure has shown, as a small interactive drawing in the page.

Each function writes its arrays as JSON into a section of HTML; `widgets/explorer.js` draws them. Nothing is
computed here, so an explorer can show no other numbers than the figure above it. Settings K are what its
slider runs over (numbers), or its menu (names). `plots.explore` takes records instead.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, as_shaped
from rl_landscapes.plots.sections import Choices, Section, colours_of, common, rounded, section
from rl_landscapes.plots.style import SEQUENTIAL


def surface_explorer(
    *,
    title: str,
    slider_label: str,
    settings: Choices,
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    values: npt.ArrayLike,
    description: str,
    start: npt.ArrayLike | None = None,
    paths: Sequence[npt.ArrayLike] | None = None,
    climbs: npt.ArrayLike | None = None,
    ends: npt.ArrayLike | None = None,
    end_label: str = "where the value is",
    readings: Mapping[str, npt.ArrayLike] | None = None,
    arrows: npt.ArrayLike | None = None,
    bars: npt.ArrayLike | None = None,
    stepped: bool = False,
    first_label: str = "θ₁",
    second_label: str = "θ₂",
    value_label: str = "return",
    shared_scale: bool = False,
    initial: int = 0,
    colormap: str = SEQUENTIAL,
) -> Section:
    """Show planes of `values` (K, n1, n2) over `first` (n1,) and `second` (n2,), with a point to move.

    `start` (2,) is marked by a dot; `paths`, one (m, 2) per setting, are drawn from it. `climbs`
    (K, n1, n2, m, 2) are paths from every point: that of the point under the pointer is drawn, and `ends`
    (K, n1, n2), numbers known at their ends, are read out under `end_label`. `readings`, each (n1, n2), are
    read out beside the value; `arrows` (n1, n2, 2) and `bars` (n1, n2, 2) are the ways of an arrow and a bar
    at the point. A map that is `stepped` has one colour for each point and no contours, as one with jumps
    must; else colours run from point to point. With `shared_scale` they mean the same for all settings.

    Raises
    ------
    ValueError
        If shapes disagree, the text alternative is too short, or the page would grow by more than 400 kB.
    """
    across, up = as_shaped("first", first, (None,)), as_shaped("second", second, (None,))
    plane = (across.size, up.size)
    return section(
        "surface",
        common(title, slider_label, settings, description, initial),
        first=rounded(across),
        second=rounded(up),
        values=rounded(as_shaped("values", values, (len(settings), *plane))),
        start=None if start is None else rounded(as_shaped("start", start, (2,))),
        paths=_paths(paths, len(settings)),
        climbs=_or_none("climbs", climbs, (len(settings), *plane, None, 2)),
        ends=_or_none("ends", ends, (len(settings), *plane)),
        end_label=end_label,
        readings={name: _or_none(name, each, plane) for name, each in (readings or {}).items()},
        arrows=_or_none("arrows", arrows, (*plane, 2)),
        bars=_or_none("bars", bars, (*plane, 2)),
        stepped=stepped,
        first_label=first_label,
        second_label=second_label,
        value_label=value_label,
        shared_scale=shared_scale,
        colours=colours_of(colormap),
    )


def line_explorer(
    *,
    title: str,
    slider_label: str,
    settings: Choices,
    positions: npt.ArrayLike,
    values: npt.ArrayLike,
    description: str,
    barriers: npt.ArrayLike | None = None,
    position_label: str = "position",
    value_label: str = "return",
    ends: tuple[str, str] = ("start", "end"),
    initial: int = 0,
) -> Section:
    """Show curves `values` (K, P) over `positions` (P,), whose ends of interest lie at positions 0 and 1.

    The readout gives `barriers` (K,), or without them the lower end minus the lowest point between the ends.

    Raises
    ------
    ValueError
        If shapes disagree, the text alternative is too short, or the page would grow by more than 400 kB.
    """
    places = as_shaped("positions", positions, (None,))
    curves = as_shaped("values", values, (len(settings), places.size))
    if barriers is None:
        between = curves[:, (places >= 0) & (places <= 1)]
        barriers = np.minimum(between[:, 0], between[:, -1]) - between.min(axis=1)
    return section(
        "line",
        common(title, slider_label, settings, description, initial),
        positions=rounded(places),
        values=rounded(curves),
        barriers=rounded(as_shaped("barriers", barriers, (len(settings),))),
        position_label=position_label,
        value_label=value_label,
        ends=list(ends),
    )


def scatter_explorer(
    *,
    title: str,
    slider_label: str,
    settings: Choices,
    plus: npt.ArrayLike,
    minus: npt.ArrayLike,
    alphas: float | npt.ArrayLike,
    description: str,
    names: Sequence[str] | None = None,
    shared_scale: bool = False,
    initial: int = 0,
) -> Section:
    """Show pairs of changes `plus`, `minus` (K, D) by steps of length `alphas` (K,), and the pairs rotated.

    The histograms are of slope, (plus - minus) / 2 alpha, and curvature, (plus + minus) / alpha^2. A point
    under the pointer reads out its own, and which of the directions it is, the same for all settings;
    `names`, one each, say more about them. Ahmed et al. (2019), 2.1.2.

    Raises
    ------
    ValueError
        If shapes disagree, the text alternative is too short, or the page would grow by more than 400 kB.
    """
    shape = (len(settings), None)
    ahead, back = as_shaped("plus", plus, shape), as_shaped("minus", minus, shape)
    steps = np.asarray(alphas, dtype=np.float64)
    if steps.shape not in ((), (len(settings),)):
        raise ValueError(f"alphas must be one number or one per setting: {len(settings)}, got {steps.shape}")
    if names is not None and len(names) != ahead.shape[1]:
        raise ValueError(f"names must be one per direction: {ahead.shape[1]}, got {len(names)}")
    back = as_shaped("minus", back, ahead.shape)
    lengths = np.broadcast_to(steps, (len(settings),))[:, None]
    slopes, curvatures = (ahead - back) / (2 * lengths), (ahead + back) / lengths**2
    return section(
        "scatter",
        common(title, slider_label, settings, description, initial),
        plus=rounded(ahead),
        minus=rounded(back),
        alphas=rounded(lengths[:, 0]),
        slopes=rounded(slopes),
        curvatures=rounded(curvatures),
        names=list(names or []),
        lower=rounded(((ahead < 0) & (back < 0)).mean(axis=1)),
        higher=rounded(((ahead > 0) & (back > 0)).mean(axis=1)),
        down=rounded((curvatures < 0).mean(axis=1)),
        mean_curvatures=rounded(curvatures.mean(axis=1)),
        steepest=rounded(np.abs(slopes).max(axis=1)),
        shared_scale=shared_scale,
    )


def gridworld_explorer(
    *,
    title: str,
    slider_label: str,
    settings: Choices,
    probs: npt.ArrayLike,
    heat: npt.ArrayLike,
    cells: npt.ArrayLike,
    shape: tuple[int, int],
    description: str,
    heat_label: str = "value",
    marks: Mapping[str, npt.ArrayLike] | None = None,
    boards: Sequence[str] = (),
    shared_scale: bool = True,
    initial: int = 0,
    colormap: str = SEQUENTIAL,
) -> Section:
    """Show policies `probs` (K, S, 4) as arrows on a grid whose cells are coloured by `heat` (K, S).

    State i lies at row and column `cells[i]` (S, 2) of a grid of `shape` (rows, columns); places without a
    state are walls. One absorbing state more, the last, lies nowhere and is left out. Actions are left,
    right, up, down. `marks` writes a text into a cell, or several: {"S": (0, 0), "G": [(0, 4), (4, 4)]}.
    Several policies lie side by side on `boards` of these names: `probs` and `heat` then hold the cells of
    one board after those of the other.

    Raises
    ------
    ValueError
        If shapes disagree, the text alternative is too short, or the page would grow by more than 400 kB.
    """
    places = as_shaped("cells", cells, (None, 2))
    n_cells = len(places) * max(1, len(boards))
    policies = _on_cells("probs", probs, (len(settings), None, 4), n_cells)
    colours = _on_cells("heat", heat, (len(settings), None), n_cells)
    return section(
        "gridworld",
        common(title, slider_label, settings, description, initial),
        probs=rounded(policies),
        heat=rounded(colours),
        cells=rounded(places),
        shape=list(shape),
        marks={
            f"{row},{column}": mark
            for mark, cell in (marks or {}).items()
            for row, column in np.atleast_2d(np.asarray(cell))
        },
        boards=list(boards),
        heat_label=heat_label,
        shared_scale=shared_scale,
        colours=colours_of(colormap),
    )


def _on_cells(name: str, values: npt.ArrayLike, shape: tuple[int | None, ...], n_cells: int) -> Array:
    array = as_shaped(name, values, shape)
    if array.shape[1] not in (n_cells, n_cells + 1):
        raise ValueError(f"{name} must be of {n_cells} states, or one more, got {array.shape[1]}")
    return array[:, :n_cells]


def _or_none(name: str, values: npt.ArrayLike | None, shape: tuple[int | None, ...]) -> Any:
    return None if values is None else rounded(as_shaped(name, values, shape))


def _paths(paths: Sequence[npt.ArrayLike] | None, n_settings: int) -> list[Any] | None:
    if paths is None:
        return None
    if len(paths) != n_settings:
        raise ValueError(f"paths must be one per setting: {n_settings}, got {len(paths)}")
    return [rounded(as_shaped("path", path, (None, 2))) for path in paths]
