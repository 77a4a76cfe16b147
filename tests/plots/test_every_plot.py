"""What holds for every plot: its Axes, its figure, its type and its margins."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba

from rl_landscapes import plots
from rl_landscapes.plots import (
    draw_curvatures,
    draw_density,
    draw_heatmap,
    draw_interpolation,
    draw_learning_curves,
    draw_motion,
    draw_occupancy,
    draw_plane,
    draw_policy,
    draw_pose,
    draw_profile,
    draw_rotated,
    draw_scatter,
    draw_share,
    draw_spectrum,
    draw_trajectory,
    draw_values,
    draw_world,
    interval_text,
    scatter_with_histograms,
)
from rl_landscapes.plots.style import CARD
from rl_landscapes.probes import Profile
from rl_landscapes.statistics import binomial_interval

PROFILE = Profile(np.arange(5), np.ones(5), np.ones(5), np.linspace(-2, 2, 5), np.full(5, 0.5))
INTERVALS = [binomial_interval(k, 40) for k in range(0, 40, 8)]


@pytest.fixture
def calls(world, probe, line, plane, density, walker, rng):
    return {
        "draw_world": lambda **ax: draw_world(world, **ax),
        "draw_policy": lambda **ax: draw_policy(world, np.full((6, 4), 0.25), **ax),
        "draw_values": lambda **ax: draw_values(world, np.linspace(-1, 1, 6), **ax),
        "draw_occupancy": lambda **ax: draw_occupancy(world, np.arange(6.0), **ax),
        "draw_scatter": lambda **ax: draw_scatter(probe, **ax),
        "draw_interpolation": lambda **ax: draw_interpolation(line, barrier=0.5, names=("a", "b", "c"), **ax),
        "draw_learning_curves": lambda **ax: draw_learning_curves(range(9), rng.normal(size=(9, 5)), **ax),
        "draw_profile": lambda **ax: draw_profile(PROFILE, **ax),
        "draw_pose": lambda **ax: draw_pose(walker, 0, **ax),
        "draw_motion": lambda **ax: draw_motion(walker, walker.every(0.3), **ax),
        "draw_share": lambda **ax: draw_share(range(5), INTERVALS, **ax),
        "draw_plane": lambda **ax: draw_plane(plane, trajectory=np.eye(2), **ax),
        "draw_trajectory": lambda **ax: draw_trajectory(np.eye(2), **ax),
        "draw_spectrum": lambda **ax: draw_spectrum(rng.normal(size=9), **ax),
        "draw_density": lambda **ax: draw_density(density, **ax),
        "draw_curvatures": lambda **ax: draw_curvatures(probe.curvature, np.array([-3.0, 4.0]), **ax),
        "draw_heatmap": lambda **ax: draw_heatmap(
            [0.1, 0.2], range(5), np.eye(5)[:2], annotations=interval_text([INTERVALS, INTERVALS]), **ax
        ),
    }


SINGLE = sorted(
    name
    for name in plots.__all__
    if name.startswith("draw_") and name not in ("draw_rotated", "draw_explorer")
)


def inside(figure):
    """Is everything that will be drawn within the figure, to a pixel?"""
    box, whole = figure.get_tightbbox(), figure.bbox_inches
    pixel = 1 / figure.dpi
    return (box.min >= whole.min - pixel).all() and (box.max <= whole.max + pixel).all()


def crowded(axis):
    boxes = [
        tick.get_window_extent() for tick in axis.get_ticklabels() if tick.get_text() and tick.get_visible()
    ]
    return any(first.overlaps(second) for first, second in pairwise(boxes))


def check(figure):
    figure.draw_without_rendering()
    assert figure.get_facecolor() == to_rgba(CARD)
    assert inside(figure)
    for ax in figure.axes:
        assert ax.get_facecolor() == to_rgba(CARD)
        sizes = [
            text.get_fontsize() for text in [*ax.texts, ax.xaxis.label, ax.yaxis.label, *ax.get_xticklabels()]
        ]
        assert min(sizes) >= 10
        assert not crowded(ax.xaxis)
        assert not crowded(ax.yaxis)


def test_every_plot_is_listed(calls):
    assert sorted(calls) == SINGLE


@pytest.mark.parametrize("name", SINGLE)
def test_the_axes_passed_is_the_one_returned_and_no_figure_is_made(calls, name, ax):
    assert calls[name](ax=ax) is ax
    assert len(plt.get_fignums()) == 1
    ax.figure.draw_without_rendering()


@pytest.mark.parametrize("name", SINGLE)
def test_a_new_figure_is_a_card_with_type_that_can_be_read(calls, name):
    ax = calls[name]()
    assert plt.get_fignums() == [ax.figure.number]
    check(ax.figure)


@pytest.mark.parametrize("draw", [draw_rotated, scatter_with_histograms])
def test_panels_are_cards_too(draw, probe):
    axes = draw(probe)
    assert plt.get_fignums() == [axes[0].figure.number]
    check(axes[0].figure)


SCALED = ["draw_values", "draw_occupancy", "draw_plane", "draw_heatmap"]


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("name", SCALED)
def test_a_colour_scale_keeps_off_the_next_panel(calls, name, columns):
    """In a figure that nobody lays out, too."""
    figure, axes = plt.subplots(1, columns, figsize=(3.6 * columns, 3.6))
    for ax in axes:
        calls[name](ax=ax)
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    assert len(boxes) == 2 * columns
    for i, scale in enumerate(boxes[columns:]):
        assert all(scale.x1 <= panel.x0 + 1 for panel in boxes[i + 1 : columns])


def test_numbers_are_left_out_of_cells_too_small_for_them(calls):
    ax = plt.figure(figsize=(1.2, 1.2)).add_subplot()
    assert not calls["draw_values"](ax=ax).texts[3:]


@pytest.mark.parametrize("size", [1.7e-4, 1e5])
def test_numbers_of_any_size_have_room(size, probe, plane, density):
    for name in ("delta_plus", "delta_minus", "slope", "curvature"):
        setattr(probe, name, size * getattr(probe, name))
    plane.first_positions = size * plane.first_positions
    density.nodes = size * density.nodes
    for draw, record in ((draw_scatter, probe), (draw_plane, plane), (draw_density, density)):
        check(draw(record).figure)
    check(draw_curvatures(probe.curvature, size * np.array([-3.0, 4.0])).figure)
    check(draw_rotated(probe)[0].figure)


@pytest.mark.parametrize("name", SCALED)
def test_colour_scales_can_be_left_out(calls, name):
    assert len(calls[name]().figure.axes) == 2
    assert len(calls[name](colorbar=False).figure.axes) == 1
