import numpy as np
import pytest

from rl_landscapes.objectives.toys import quadratic_of_spectrum
from rl_landscapes.plots import draw_curvatures, draw_density, draw_spectrum
from rl_landscapes.probes.spectrum import full_spectrum, spectral_density


def test_eigenvalues_are_ranked_and_named_by_sign(ax):
    draw_spectrum([0.5, -2.0, 0.0, 3.0, -1.0], ax=ax)
    shown = {artist.get_label(): artist.get_offsets().tolist() for artist in ax.collections}
    assert shown == {
        "curving down": [[1, -2], [2, -1]],
        "flat": [[3, 0]],
        "curving up": [[4, 0.5], [5, 3]],
    }


def test_signs_without_eigenvalues_are_not_named(ax):
    draw_spectrum([-2.0, -1.0], ax=ax)
    assert [artist.get_label() for artist in ax.collections] == ["curving down"]


def test_float_error_is_flat(ax):
    draw_spectrum([-1.0, 1e-17, -1e-16], ax=ax)
    assert [len(artist.get_offsets()) for artist in ax.collections] == [1, 2]


def test_eigenvalues_that_did_not_converge_are_hollow(ax):
    draw_spectrum([3.0, 1.0, 2.0], ax=ax, converged=[True, False, True])
    (points,) = ax.collections
    assert points.get_facecolor()[:, 3].tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match=r"converged must have shape \(3,\)"):
        draw_spectrum([3.0, 1.0, 2.0], ax=ax, converged=[True])


def test_axis_is_logarithmic_beyond_the_linear_part(ax):
    draw_spectrum([-10.0, 0.0, 10.0], ax=ax, linear_below=0.01)
    to_axis = ax.transScale.transform
    decade = to_axis((0, 10.0))[1] - to_axis((0, 1.0))[1]
    assert to_axis((0, 1.0))[1] - to_axis((0, 0.1))[1] == pytest.approx(decade)


NEAR = np.concatenate([-np.logspace(-14, -3, 60), np.zeros(20), np.logspace(-14, -6, 20)])


def where(ax, axis):
    """Return how far along the axis the eigenvalues are drawn, 0 to 1."""
    ax.figure.draw_without_rendering()
    points = np.concatenate([artist.get_offsets() for artist in ax.collections if len(artist.get_offsets())])
    return ax.transAxes.inverted().transform(ax.transData.transform(points))[:, axis]


def test_near_convergence_eigenvalues_are_told_apart_and_the_label_says_how(ax):
    inner = slice(10, 50)  # of 60 below zero, over seven decades
    assert np.ptp(where(draw_spectrum(NEAR, linear_below=np.inf), 1)[inner]) < 0.1
    assert np.ptp(where(draw_spectrum(NEAR, ax=ax), 1)[inner]) > 0.3
    assert ax.get_ylabel() == "eigenvalue\n(linear below $10^{-9}$)"


@pytest.mark.parametrize(
    "values", [[1.0, 2.0, 3.0], [0.0, 0.0], [-1e-30, 1e-30], [], [np.nan, 1.0], [-5.0, 1e-17]]
)
def test_else_the_axis_is_linear(ax, values):
    draw_spectrum(values, ax=ax)
    assert ax.get_yscale() == "linear"
    assert ax.get_ylabel() == "eigenvalue"


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_how_far_apart_decides_not_how_large(ax, size):
    draw_spectrum(size * NEAR, ax=ax)
    assert ax.get_yscale() == "symlog"


@pytest.mark.parametrize("below", [0.0, -1.0, np.nan])
def test_the_linear_part_has_a_length(ax, below):
    with pytest.raises(ValueError, match="linear_below must be a finite number above 0"):
        draw_spectrum([1.0], ax=ax, linear_below=below)


def test_nan_is_left_blank(ax):
    draw_spectrum([1.0, np.nan, -1.0], ax=ax)
    assert sum(len(artist.get_offsets()) for artist in ax.collections) == 2


def test_stems_are_the_shares_of_all_probes(density, ax):
    draw_density(density, ax=ax)
    (stems,) = [artist for artist in ax.collections if len(artist.get_segments()) == 15]
    tops = np.array([segment[1] for segment in stems.get_segments()])
    np.testing.assert_allclose(tops, np.stack([density.nodes.ravel(), density.weights.ravel() / 3], axis=1))
    assert tops[:, 1].sum() == pytest.approx(1)


def test_smooth_density_is_the_records_own(density, ax):
    draw_density(density, ax=ax, width=0.5)
    x, y = ax.lines[-1].get_data()
    np.testing.assert_allclose(y, np.exp(-((x / 0.5) ** 2)))
    assert x[0] <= density.nodes.min() - 4 * 0.5
    assert x[-1] >= density.nodes.max() + 4 * 0.5


def test_nodes_near_convergence_are_told_apart(density, ax):
    density.nodes = NEAR[:75].reshape(3, 25)
    density.weights = np.full((3, 25), 0.04)
    draw_density(density, ax=ax)
    nodes = ax.lines[-1].get_xdata()
    seen = ax.transScale.transform(np.stack([nodes, np.zeros(75)], axis=1))[:, 0]
    assert np.ptp(seen[:50]) > 0.4 * np.ptp(seen)
    low, high = ax.get_xlim()
    assert low < nodes.min()
    assert high > nodes.max()
    assert "linear below" in ax.get_xlabel()


def test_smoothed_densities_stay_linear_unless_asked(density, ax):
    density.nodes = NEAR[:75].reshape(3, 25)
    density.weights = np.full((3, 25), 0.04)
    draw_density(density, ax=ax, width=1e-5)
    assert ax.get_xscale() == "linear"
    draw_density(density, ax=ax, width=1e-5, linear_below=1e-6)
    assert ax.get_xscale() == "symlog"


def test_no_peak_falls_between_two_points(ax):
    rng = np.random.default_rng(0)
    objective = quadratic_of_spectrum(np.array([-1.0, 0.37, 1e4]), rng)
    narrow = spectral_density(objective, np.zeros(3), n_probes=4, n_steps=3, rng=rng)
    x, y = draw_density(narrow, ax=ax, width=1e-3).lines[-1].get_data()
    assert np.trapezoid(y, x) == pytest.approx(1, rel=0.01)


def test_weights_must_fit_the_nodes(density, ax):
    density.weights = density.weights[:2]
    with pytest.raises(ValueError, match=r"weights must have shape \(3, 5\), got \(2, 5\)"):
        draw_density(density, ax=ax)


def test_sampled_curvatures_lie_below_the_true_spectrum(ax, rng):
    curvatures, eigenvalues = rng.normal(size=200), np.array([-4.0, 0.0, 5.0])
    draw_curvatures(curvatures, eigenvalues, ax=ax, bins=12)
    (histogram,) = ax.patches
    heights, edges, _ = histogram.get_data()
    np.testing.assert_allclose(heights, np.histogram(curvatures, 12)[0] / 200)
    np.testing.assert_allclose(edges, np.histogram(curvatures, 12)[1])
    (ticks,) = ax.collections
    assert [segment[0][0] for segment in ticks.get_segments()] == [-4, 0, 5]
    strip = min(segment[:, 1].min() for segment in ticks.get_segments())
    assert ax.transAxes.inverted().transform(ax.transData.transform((0, max(heights))))[1] < strip
    assert ax.get_xlim()[0] < -4
    assert ax.get_xlim()[1] > 5
    assert [text.get_text() for text in ax.texts] == ["3 eigenvalues", "200 random directions"]


def test_records_of_probes_are_drawn_as_they_are(ax, rng):
    objective = quadratic_of_spectrum(np.array([-3.0, -1.0, 2.0]), rng)
    spectrum = full_spectrum(objective, np.zeros(3))
    draw_spectrum(spectrum.values, ax=ax, converged=spectrum.converged)
    shown = np.concatenate([artist.get_offsets() for artist in ax.collections])
    np.testing.assert_allclose(shown, [[1, -3], [2, -1], [3, 2]])
    estimate = spectral_density(objective, np.zeros(3), n_probes=4, n_steps=3, rng=rng)
    x, y = draw_density(estimate, width=0.1).lines[-1].get_data()
    assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-3)
