from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from rl_landscapes.objectives.toys import goodfellow_saddle
from rl_landscapes.plots import LOOKS, draw_interpolation, draw_learning_curves, draw_profile, draw_share
from rl_landscapes.plots.lines import median_and_quantiles
from rl_landscapes.probes import Profile
from rl_landscapes.probes.interpolation import interpolate
from rl_landscapes.statistics import binomial_interval, mean_interval


def band(ax):
    """Lower and upper border of the only filled band, by its x."""
    (filled,) = [artist for artist in ax.collections if isinstance(artist, PolyCollection)]
    x, y = filled.get_paths()[0].vertices.T
    return {at: (y[x == at].min(), y[x == at].max()) for at in x}


def points(ax):
    return ax.collections[-1].get_offsets()


def test_line_is_the_mean_and_the_band_its_standard_errors(line, ax):
    draw_interpolation(line, ax=ax, band=3.0)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), np.stack([line.positions, line.mean], axis=1))
    borders = band(ax)
    for x, mean in zip(line.positions, line.mean, strict=True):
        assert borders[x] == pytest.approx((mean - 0.3, mean + 0.3))


def test_an_exact_objective_has_no_band(line, ax):
    line.stderr[:] = 0
    draw_interpolation(line, ax=ax)
    assert len(ax.collections) == 1


def test_points_are_marked_at_their_positions(line, ax):
    draw_interpolation(line, ax=ax)
    np.testing.assert_allclose(points(ax), [[0, 1], [1, 0], [2, 1]], atol=1e-12)


def test_points_are_named_on_the_axis(line, ax):
    draw_interpolation(line, ax=ax, names=("poor", "saddle", "good"))
    assert [(tick.get_position()[0], tick.get_text()) for tick in ax.get_xticklabels()] == [
        (0, "poor"),
        (1, "saddle"),
        (2, "good"),
    ]
    with pytest.raises(ValueError, match=r"names must be one per point, 3, got 2"):
        draw_interpolation(line, ax=ax, names=("poor", "good"))


def test_nan_is_a_gap_and_not_zero(line, ax):
    line.mean[10:13] = np.nan
    draw_interpolation(line, ax=ax)
    assert np.isnan(ax.lines[0].get_ydata()[10:13]).all()
    _, (low, high), *_ = ax.get_xlim(), ax.get_ylim()
    assert low > -0.6
    assert high < 3


def test_infinite_cost_is_a_gap_and_leaves_the_scale_alone(line, ax):
    line.mean[10:13] = -np.inf
    line.stderr[:] = 0
    draw_interpolation(line, ax=ax)
    ax.figure.canvas.draw()
    assert -0.6 < ax.get_ylim()[0] < ax.get_ylim()[1] < 3


def test_barrier_rises_from_the_lowest_value_between_the_points(line, ax):
    line.mean[0] = -5  # beyond the first point: extrapolation is no part of the path
    draw_interpolation(line, ax=ax, barrier=0.75)
    arrow, text = ax.texts
    assert (*arrow.xyann, *arrow.xy) == pytest.approx((1, 0, 1, 0.75), abs=1e-12)
    assert text.get_text() == "barrier 0.75"


def test_disagreeing_arrays_are_refused(line, ax):
    line.mean = line.mean[:-1]
    with pytest.raises(ValueError, match=r"mean must have shape \(31,\), got \(30,\)"):
        draw_interpolation(line, ax=ax)


def test_a_record_of_probes_is_drawn_as_it_is(ax):
    record = interpolate(goodfellow_saddle(), np.array([[0.0, 0.0], [1.0, 1.0]]), extrapolate=0.5)
    draw_interpolation(record, ax=ax)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), record.mean)
    np.testing.assert_allclose(points(ax), [[0, -1], [1, 0]])


def test_learning_curve_is_the_mean_with_its_interval(ax, rng):
    values = rng.normal(size=(12, 30))
    draw_learning_curves(np.arange(12) * 10, values, ax=ax)
    np.testing.assert_array_equal(ax.lines[-1].get_xdata(), np.arange(12) * 10)
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), values.mean(axis=1))
    borders = band(ax)
    for update, row in zip(np.arange(12) * 10, values, strict=True):
        interval = mean_interval(row)
        assert borders[update] == pytest.approx((interval.low, interval.high))


def test_learning_curve_takes_another_summary(ax, rng):
    values = rng.normal(size=(12, 31)) ** 2
    draw_learning_curves(np.arange(12), values, ax=ax, summary=median_and_quantiles(0.2, 0.7))
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), np.median(values, axis=1))
    borders = band(ax)
    for update, row in enumerate(values):
        assert borders[update] == pytest.approx(tuple(np.quantile(row, [0.2, 0.7])))


def test_single_runs_are_drawn_behind(ax, rng):
    values = rng.normal(size=(5, 8))
    draw_learning_curves(np.arange(5), values, ax=ax, runs=3, label="all")
    *runs, mean = ax.lines
    np.testing.assert_array_equal(np.array([run.get_ydata() for run in runs]), values[:, :3].T)
    assert all(run.get_alpha() < 0.5 and str(run.get_label()).startswith("_") for run in runs)
    assert mean.get_label() == "all"


def test_a_diverged_run_leaves_a_blank_and_not_zero(ax):
    values = np.ones((4, 3))
    values[2:, 1] = np.nan
    draw_learning_curves(np.arange(4), values, ax=ax)
    np.testing.assert_array_equal(ax.lines[-1].get_ydata(), [1, 1, np.nan, np.nan])


def test_values_need_one_row_per_update(ax):
    with pytest.raises(ValueError, match=r"values must have shape \(3, any\), got \(4, 5\)"):
        draw_learning_curves([0, 1, 2], np.zeros((4, 5)), ax=ax)


def test_shares_stand_between_their_limits(ax):
    intervals = [binomial_interval(k, 40) for k in (0, 8, 40)]
    draw_share([0.01, 0.1, 1.0], intervals, ax=ax)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[0.01, 0], [0.1, 0.2], [1, 1]])
    (bars,) = ax.collections
    for segment, interval in zip(bars.get_segments(), intervals, strict=True):
        np.testing.assert_allclose(segment[:, 1], [interval.low, interval.high])
    low, high = ax.get_ylim()
    assert low < 0 < max(i.high for i in intervals) < high


def test_shares_of_names_are_not_joined(ax):
    intervals = [binomial_interval(k, 40) for k in (1, 2)]
    draw_share(["with bias", "without"], intervals, ax=ax)
    assert ax.lines[0].get_linestyle() == "None"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["with bias", "without"]


def test_dodged_shares_move_in_points_on_any_scale(ax):
    intervals = [binomial_interval(k, 40) for k in (1, 2)]
    draw_share([0.01, 1.0], intervals, ax=ax)
    draw_share([0.01, 1.0], intervals, ax=ax, dodge=9.0)
    ax.set_xscale("log")
    plain, dodged = (line.get_transform().transform(line.get_xydata()) for line in (ax.lines[0], ax.lines[3]))
    np.testing.assert_allclose(dodged - plain, [[9 / 72 * ax.figure.dpi, 0]] * 2, atol=1e-9)


def test_shares_and_settings_must_agree(ax):
    with pytest.raises(ValueError, match=r"x and intervals must have one length, got \(3,\) and 1"):
        draw_share([1, 2, 3], [binomial_interval(1, 2)], ax=ax)


def test_series_differ_in_colour_line_and_marker(line, ax):
    for _ in range(3):
        draw_interpolation(line, ax=ax)
    looks = list(LOOKS.values())[:3]
    assert [drawn.get_color() for drawn in ax.lines] == [look.colour for look in looks]
    assert len({str(drawn._dash_pattern) for drawn in ax.lines}) == 3


def test_summary_may_be_any_function_of_the_runs(ax):
    middle = lambda runs: SimpleNamespace(estimate=runs.max(), low=runs.min(), high=runs.max())  # noqa: E731
    draw_learning_curves([0, 1], [[1.0, 2.0], [5.0, 3.0]], ax=ax, summary=middle)
    np.testing.assert_array_equal(ax.lines[-1].get_ydata(), [2, 5])


class TestProfile:
    PROFILE = Profile(
        updates=np.array([0, 10, 40]),
        slope=np.ones(3),
        slope_stderr=np.ones(3),
        curvature=np.array([1.0, -2.0, 0.5]),
        curvature_stderr=np.array([0.1, 0.2, 0.4]),
    )

    def test_the_curvature_and_two_standard_errors_around_it(self):
        ax = draw_profile(self.PROFILE)
        np.testing.assert_array_equal(points(ax), [[0, 1], [10, -2], [40, 0.5]])
        edges = band(ax)
        for update, middle, error in zip((0, 10, 40), (1, -2, 0.5), (0.1, 0.2, 0.4), strict=True):
            np.testing.assert_allclose(edges[update], (middle - 2 * error, middle + 2 * error))

    def test_two_bands_have_looks_of_their_own(self):
        ax = draw_profile(self.PROFILE, label="paper")
        draw_profile(self.PROFILE, ax=ax, label="gradient", band=0)
        first, second = (line for line in ax.lines if line.get_label() in ("paper", "gradient"))
        assert first.get_color() != second.get_color()
        assert len([a for a in ax.collections if isinstance(a, PolyCollection)]) == 1

    def test_arrays_of_another_length(self):
        short = Profile(np.arange(2), *(np.ones(3) for _ in range(4)))
        with pytest.raises(ValueError, match=r"curvature must have shape \(2,\), got \(3,\)"):
            draw_profile(short)
