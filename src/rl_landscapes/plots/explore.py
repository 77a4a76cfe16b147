"""Explorers of records: probes and policies under several settings, with a slider that runs over them.

A slider runs over settings that are numbers, a menu over names. Each explorer shows itself on a page of the
book; elsewhere `save_page` writes a page for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array
from rl_landscapes.plots.explorers import (
    gridworld_explorer,
    line_explorer,
    scatter_explorer,
    surface_explorer,
)
from rl_landscapes.plots.motion_explorer import motion_explorer
from rl_landscapes.plots.sections import Section
from rl_landscapes.probes import Interpolation, Perturbations, Plane
from rl_landscapes.statistics import standard_error
from rl_landscapes.worlds import Gridworld, Motion


def explore_planes(
    planes: Mapping[float, Plane] | Mapping[str, Plane],
    *,
    title: str,
    description: str,
    slider_label: str = "setting",
    names: tuple[str, str] = ("first direction", "second direction"),
    label: str = "objective",
    trajectories: Sequence[npt.ArrayLike] | None = None,
    shared_scale: bool = False,
) -> Section:
    """Show the mean over planes by setting, all at the same positions, with a point to move.

    `trajectories`, one (M, 2) per plane, are in its coordinates. With `shared_scale` the colours mean the
    same for all. `description` is what is read out to those who do not see the drawing.

    Raises
    ------
    ValueError
        If there is no plane, positions differ, the description is too short, or the page would grow by more
        than 400 kB.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> hills = {sigma: objectives.two_hills(n=2, sigma=sigma) for sigma in (0.0, 0.5, 1.0)}
    >>> planes = {s: probes.plane(hill, np.zeros(2), *np.eye(2), radius=4.0) for s, hill in hills.items()}
    >>> told = "Two hills, which become one as the policy gets wider."
    >>> plots.explore_planes(planes, title="Two hills", description=told, slider_label="sigma")
    Explorer: Two hills
    """
    settings, seen = _apart("planes", planes)
    first = _common("first_positions", seen)
    second = _common("second_positions", seen)
    return surface_explorer(
        title=title,
        description=description,
        slider_label=slider_label,
        settings=settings,
        first=first,
        second=second,
        values=np.stack([each.mean for each in seen]),
        paths=trajectories,
        first_label=names[0],
        second_label=names[1],
        value_label=label,
        shared_scale=shared_scale,
    )


def explore_lines(
    lines: Mapping[float, Interpolation] | Mapping[str, Interpolation],
    *,
    title: str,
    description: str,
    slider_label: str = "setting",
    label: str = "objective",
    ends: tuple[str, str] = ("start", "end"),
) -> Section:
    """Show the mean along lines between two points, by setting, all at the same positions.

    Raises
    ------
    ValueError
        If there is no line, one is not between two points, positions differ, the description is too short,
        or the page would grow by more than 400 kB.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> hills, ends = objectives.two_hills(), np.array([[0.0], [3.0]])
    >>> lines = {s: probes.interpolate(hills.with_sigma(s), ends, extrapolate=0.5) for s in (0.0, 0.5)}
    >>> told = "The way from one hill to the other, for two widths of the policy."
    >>> plots.explore_lines(lines, title="From hill to hill", description=told)
    Explorer: From hill to hill
    """
    settings, seen = _apart("lines", lines)
    if any(len(line.thetas) != 2 for line in seen):
        raise ValueError("lines must each run between two points")
    return line_explorer(
        title=title,
        description=description,
        slider_label=slider_label,
        settings=settings,
        positions=_common("positions", seen),
        values=np.stack([line.mean for line in seen]),
        value_label=label,
        ends=ends,
    )


def explore_perturbations(
    probes: Mapping[float, Perturbations] | Mapping[str, Perturbations],
    *,
    title: str,
    description: str,
    slider_label: str = "setting",
    shared_scale: bool = False,
) -> Section:
    """Show the scatter and both histograms of probes by setting, each with one alpha and as many directions.

    Raises
    ------
    ValueError
        If there is no probe, alphas differ within one, numbers of directions differ, the description is too
        short, or the page would grow by more than 400 kB.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, probes
    >>> monkey, rng = objectives.monkey_saddle(), np.random.default_rng(0)
    >>> seen = {a: probes.perturb(monkey, np.ones(2), alpha=a, n_directions=50, rng=rng) for a in (0.1, 1.0)}
    >>> told = "Changes along 50 directions: a slope at small steps, bends at large ones."
    >>> plots.explore_perturbations(seen, title="A monkey saddle", description=told, slider_label="alpha")
    Explorer: A monkey saddle
    """
    settings, seen = _apart("probes", probes)
    if any(np.ptp(probe.alpha) > 0 for probe in seen):
        raise ValueError("probes must each have one alpha for all directions")
    if len({len(probe.alpha) for probe in seen}) > 1:
        raise ValueError("probes must have as many directions, got " + str([len(p.alpha) for p in seen]))
    return scatter_explorer(
        title=title,
        description=description,
        slider_label=slider_label,
        settings=settings,
        plus=np.stack([probe.delta_plus for probe in seen]),
        minus=np.stack([probe.delta_minus for probe in seen]),
        alphas=np.array([probe.alpha[0] for probe in seen]),
        shared_scale=shared_scale,
    )


def explore_policies(
    world: Gridworld,
    policies: Mapping[float, tuple[Array, Array]] | Mapping[str, tuple[Array, Array]],
    *,
    title: str,
    description: str,
    slider_label: str = "setting",
    label: str = "value",
    shared_scale: bool = True,
) -> Section:
    """Show by setting a policy, its probabilities (S, A) as arrows, over colours such as its values (S,).

    Raises
    ------
    ValueError
        If there is no policy, a shape does not fit the world, the description is too short, or the page would
        grow by more than 400 kB.

    Examples
    --------
    >>> from rl_landscapes import objectives, plots, worlds
    >>> world = worlds.paper_gridworld()
    >>> best = {tau: objectives.optimal(world, tau=tau) for tau in (0.0, 0.1)}
    >>> shown = {tau: (each.probs, each.values) for tau, each in best.items()}
    >>> told = "The best policy without and with a reward for entropy."
    >>> plots.explore_policies(world, shown, title="Best policies", description=told, slider_label="tau")
    Explorer: Best policies
    """
    settings, shown = _apart("policies", policies)
    return gridworld_explorer(
        title=title,
        description=description,
        slider_label=slider_label,
        settings=settings,
        probs=np.stack([probs for probs, _ in shown]),
        heat=np.stack([values for _, values in shown]),
        cells=world.cells,
        shape=world.shape,
        marks=_marks(world),
        heat_label=label,
        shared_scale=shared_scale,
    )


def explore_motions(
    seen: Plane | Interpolation,
    motions: Sequence[Motion],
    *,
    title: str,
    description: str,
    names: tuple[str, str] = ("u", "v"),
    label: str = "return",
    discount: float = 1.0,
    ending: str = "ends",
) -> Section:
    """Show a plane or a line, and the motion of whichever of its policies one points at.

    `motions` are those of all its points, row by row, as `objectives.record_motions` gives them.

    Raises
    ------
    ValueError
        If there is not one motion for each point, they are not of one body, the description is too short, or
        the page would grow by more than 800 kB.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, plots, policies, probes, worlds
    >>> policy = policies.linear_gaussian(4, 1, sigma=0.1)
    >>> balancing = objectives.SampledReturn(worlds.body("InvertedPendulum-v5"), policy, n_episodes=2)
    >>> line = probes.interpolate(balancing, np.eye(2, 5), n_points=3, rng=np.random.default_rng(0))
    >>> thetas = probes.along(line.thetas, line.positions)
    >>> motions = objectives.record_motions(balancing, thetas, np.random.default_rng(0))
    >>> told = "Three policies on a line, and how each of them lets the pendulum fall."
    >>> plots.explore_motions(line, motions, title="Falling", description=told, ending="falls")
    Explorer: Falling
    """
    return motion_explorer(
        title=title,
        description=description,
        first=seen.first_positions if isinstance(seen, Plane) else seen.positions,
        second=seen.second_positions if isinstance(seen, Plane) else None,
        values=seen.mean,
        stderr=standard_error(seen.values),
        motions=motions,
        first_label=names[0],
        second_label=names[1],
        value_label=label,
        discount=discount,
        ending=ending,
    )


def _apart(name: str, records: Mapping[Any, Any]) -> tuple[list[Any], list[Any]]:
    if not records:
        raise ValueError(f"{name} must hold at least one, by its setting")
    return list(records), list(records.values())


def _common(name: str, records: Sequence[Any]) -> Array:
    """Return the positions that all records share."""
    first: Array = getattr(records[0], name)
    if not all(np.array_equal(first, getattr(other, name)) for other in records):
        raise ValueError(f"{name} must be the same for all settings, but they differ")
    return first


def _marks(world: Gridworld) -> dict[str, npt.ArrayLike]:
    """Return the places (k, 2) of start and goals by their characters."""
    board = np.array([list(line) for line in world.layout])
    return {str(mark): np.argwhere(board == mark) for mark in np.unique(board) if mark not in ".#"}
