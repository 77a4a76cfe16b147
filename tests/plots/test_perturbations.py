from types import SimpleNamespace

import numpy as np
import pytest

from rl_landscapes.objectives.toys import quadratic
from rl_landscapes.plots import LOOKS, draw_rotated, draw_scatter, scatter_with_histograms
from rl_landscapes.plots.style import small_multiples
from rl_landscapes.probes.perturbations import perturb


def heights(ax, *, filled=True):
    """Heights and edges of the first filled (or only outlined) histogram."""
    stairs = next(patch for patch in ax.patches if hasattr(patch, "get_data") and patch.get_fill() == filled)
    return stairs.get_data()[:2]


def test_points_are_the_differences(probe, ax):
    draw_scatter(probe, ax=ax)
    (points,) = ax.collections
    np.testing.assert_array_equal(
        points.get_offsets(), np.stack([probe.delta_plus, probe.delta_minus], axis=1)
    )


def test_limits_are_square_about_the_origin_and_hold_all_points(probe, ax):
    draw_scatter(probe, ax=ax)
    low, high = ax.get_xlim()
    assert (low, high) == ax.get_ylim()
    assert low == -high
    assert high > max(abs(probe.delta_plus).max(), abs(probe.delta_minus).max())


def test_limits_grow_with_the_next_scatter_and_never_shrink(probe, ax):
    draw_scatter(probe, ax=ax)
    before = ax.get_xlim()[1]
    small = SimpleNamespace(delta_plus=probe.delta_plus / 10, delta_minus=probe.delta_minus / 10)
    draw_scatter(small, ax=ax)
    assert ax.get_xlim()[1] == before
    large = SimpleNamespace(delta_plus=probe.delta_plus * 10, delta_minus=probe.delta_minus * 10)
    draw_scatter(large, ax=ax)
    assert ax.get_xlim()[1] == pytest.approx(10 * before)
    assert len({tuple(points.get_facecolor()[0]) for points in ax.collections}) == 3
    assert len(ax.texts) == 4


@pytest.mark.parametrize("scale", [1e-12, 3e-4, 1.0, 7e5])
def test_ticks_are_round_and_inside(probe, ax, scale):
    draw_scatter(
        SimpleNamespace(delta_plus=probe.delta_plus * scale, delta_minus=probe.delta_minus * scale), ax=ax
    )
    low, middle, high = ax.get_xticks()
    assert -low == high <= ax.get_xlim()[1] <= 2.5 * high
    assert middle == 0
    assert f"{high:e}"[0] in "125"


def test_a_flat_objective_still_has_axes(ax):
    draw_scatter(SimpleNamespace(delta_plus=np.zeros(3), delta_minus=np.zeros(3)), ax=ax)
    assert ax.get_xlim() == (-1, 1)


@pytest.mark.parametrize(
    ("curvatures", "label"),
    [([-1.0, -2.0], "both down"), ([1.0, 2.0], "both up")],
    ids=["optimum", "minimum"],
)
def test_quadrants_are_named_by_what_a_quadratic_does_there(ax, rng, curvatures, label):
    bowl = perturb(quadratic(np.diag(curvatures)), np.zeros(2), alpha=0.5, n_directions=20, rng=rng)
    draw_scatter(bowl, ax=ax)
    (points,) = ax.collections
    shown = ax.transAxes.inverted().transform(ax.transData.transform(points.get_offsets()))
    (text,) = [text for text in ax.texts if text.get_text() == label]
    assert (np.sign(shown - 0.5) == np.sign(np.array(text.get_position()) - 0.5)).all()


@pytest.mark.parametrize(("side", "slope"), [("+", 1.0), ("-", -1.0)])
def test_one_sided_quadrants_are_named_by_the_side_that_is_up(ax, side, slope):
    draw_scatter(SimpleNamespace(delta_plus=np.array([slope]), delta_minus=np.array([-slope])), ax=ax)
    (text,) = [text for text in ax.texts if f"^{side}$ up" in text.get_text()]
    assert np.sign(text.get_position()[0] - 0.5) == slope
    assert np.sign(text.get_position()[1] - 0.5) == -slope


def test_directions_without_a_finite_value_are_blank(ax):
    plus, minus = np.array([1.0, np.inf, np.nan]), np.array([-1.0, 0.0, 0.0])
    draw_scatter(SimpleNamespace(delta_plus=plus, delta_minus=minus), ax=ax)
    ax.figure.draw_without_rendering()
    assert ax.get_xlim() == (-1.08, 1.08)


def test_quadrant_names_can_be_left_out(probe, ax):
    draw_scatter(probe, ax=ax, quadrants=False)
    assert not ax.texts


def test_disagreeing_lengths_are_refused(ax):
    with pytest.raises(ValueError, match=r"delta_minus must have shape \(3,\), got \(2,\)"):
        draw_scatter(SimpleNamespace(delta_plus=np.zeros(3), delta_minus=np.zeros(2)), ax=ax)


def test_histograms_are_of_slope_and_of_curvature(probe):
    for ax, values in zip(draw_rotated(probe, bins=8), (probe.slope, probe.curvature), strict=True):
        shares, edges = heights(ax)
        counts, expected = np.histogram(values, 8)
        np.testing.assert_allclose(edges, expected)
        np.testing.assert_allclose(shares, counts / 50)
    assert [ax.get_xlabel() for ax in ax.figure.axes] == ["slope", "curvature"]


def test_exact_values_are_outlined_on_the_same_bins(probe):
    exact = np.linspace(-5, 5, 20)
    _, ax = draw_rotated(probe, bins=10, exact_curvature=exact)
    _, edges = heights(ax)
    (outline,) = [patch for patch in ax.patches if patch.get_label() == "exact"]
    shares, exact_edges, _ = outline.get_data()
    np.testing.assert_array_equal(edges, exact_edges)
    np.testing.assert_allclose(shares, 0.1)
    assert outline.get_edgecolor()[:3] == (pytest.approx(27 / 255),) * 3


def test_limits_fix_the_bins_and_drop_what_is_outside(probe):
    slope, curvature = draw_rotated(probe, bins=4, limits=((0, 1), (-9, 9)))
    shares, edges = heights(slope)
    np.testing.assert_allclose(edges, [0, 0.25, 0.5, 0.75, 1])
    assert sum(shares) == pytest.approx(np.mean((probe.slope >= 0) & (probe.slope <= 1)))
    assert sum(heights(curvature)[0]) == pytest.approx(1)


def test_nan_is_in_no_bin_but_counts_as_a_direction(probe):
    probe.slope[:10] = np.nan
    slope, _ = draw_rotated(probe)
    assert sum(heights(slope)[0]) == pytest.approx(0.8)


def test_zero_band_is_as_wide_as_the_noise(probe):
    for ax, stderr in zip(draw_rotated(probe, zero_band=2), (0.1, 0.2), strict=True):
        (band,) = [patch for patch in ax.patches if not hasattr(patch, "get_data")]
        assert band.get_x() == pytest.approx(-2 * stderr)
        assert band.get_width() == pytest.approx(4 * stderr)


@pytest.mark.parametrize("bins", [0, -1, 2.5])
def test_bins_must_be_a_count(probe, bins):
    with pytest.raises(ValueError, match="bins"):
        draw_rotated(probe, bins=bins)


def test_the_trio_is_scatter_slope_curvature(probe):
    scatter, slope, curvature = scatter_with_histograms(probe, bins=5, label="probe", look=LOOKS["poor"])
    assert len(scatter.collections[0].get_offsets()) == 50
    np.testing.assert_allclose(heights(slope)[0], np.histogram(probe.slope, 5)[0] / 50)
    np.testing.assert_allclose(heights(curvature)[0], np.histogram(probe.curvature, 5)[0] / 50)
    assert scatter.collections[0].get_label() == slope.get_legend_handles_labels()[1][0] == "probe"


def test_axes_are_counted_and_returned(probe):
    mine = small_multiples(3)
    assert list(scatter_with_histograms(probe, axes=np.array(mine))) == mine
    assert list(draw_rotated(probe, axes=(mine[0], mine[2]))) == [mine[0], mine[2]]
    with pytest.raises(ValueError, match="axes must be 2 Axes, got 3"):
        draw_rotated(probe, axes=np.array(mine))
    with pytest.raises(ValueError, match="axes must be 3 Axes, got 2"):
        scatter_with_histograms(probe, axes=np.array(mine[:2]))


def test_a_record_of_probes_is_drawn_as_it_is(rng):
    record = perturb(quadratic(np.diag([-1.0, 3.0])), np.ones(2), alpha=0.1, n_directions=30, rng=rng)
    scatter, _, curvature = scatter_with_histograms(record)
    np.testing.assert_array_equal(scatter.collections[0].get_offsets()[:, 0], record.delta_plus)
    assert heights(curvature)[1][[0, -1]] == pytest.approx([record.curvature.min(), record.curvature.max()])
