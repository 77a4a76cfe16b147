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
