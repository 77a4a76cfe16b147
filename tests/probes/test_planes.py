"""Planes: every value lies where the axes say."""

import numpy as np
import pytest

from rl_landscapes.objectives import Noisy, evaluate, goodfellow_saddle, quadratic
from rl_landscapes.probes import plane

THETA = np.array([0.3, -0.2, 0.5, 1.0])
FIRST = np.array([1.0, 0.0, 2.0, 0.0])
SECOND = np.array([0.5, 1.0, 0.0, -1.0])
BOWL = quadratic(np.diag([1.0, -2.0, 3.0, 0.5]), slope=np.array([0.0, 1.0, 0.0, 2.0]))


class TestIdentities:
    @pytest.mark.parametrize("n_points", [2, 3, 10, 11, 41])
    @pytest.mark.parametrize("radius", [0.1, 3.0, (0.5, 2.0)])
    def test_the_axes_are_the_true_displacements(self, n_points, radius):
        found = plane(BOWL, THETA, FIRST, SECOND, radius=radius, n_points=n_points)
        radii = radius if isinstance(radius, tuple) else (radius, radius)
        for positions, reach in zip((found.first_positions, found.second_positions), radii, strict=True):
            assert len(positions) == n_points
            assert positions[0] == -reach
            assert positions[-1] == reach
            np.testing.assert_allclose(np.diff(positions), 2 * reach / (n_points - 1), rtol=1e-12)
        for i, a in enumerate(found.first_positions):
            for j, b in enumerate(found.second_positions):
                if (i + j) % 7 == 0:
                    direct = evaluate(BOWL, (THETA + a * FIRST + b * SECOND)[None])
                    np.testing.assert_allclose(found.values[i, j], direct[0], rtol=1e-12)

    @pytest.mark.parametrize("n_points", [3, 11, 101])
    def test_theta_is_the_middle_of_an_odd_grid_bit_for_bit(self, n_points):
        found = plane(BOWL, THETA, FIRST, SECOND, n_points=n_points)
        middle = n_points // 2
        assert found.first_positions[middle] == found.second_positions[middle] == 0
        np.testing.assert_array_equal(found.values[middle, middle], evaluate(BOWL, THETA[None])[0])

    def test_directions_are_used_as_they_are(self):
        near = plane(BOWL, THETA, FIRST, SECOND, n_points=5)
        far = plane(BOWL, THETA, 2 * FIRST, 2 * SECOND, n_points=5, radius=0.5)
        np.testing.assert_allclose(far.mean, near.mean, rtol=1e-12)

    @pytest.mark.parametrize("size", [4e-61, 1e-300, 1e200])
    def test_a_direction_of_any_length_spans_a_plane(self, size):
        """Gradients on plateaus are as short as that."""
        found = plane(BOWL, np.zeros(4), size * FIRST, SECOND, radius=(1 / size, 1.0), n_points=5)
        plain = plane(BOWL, np.zeros(4), FIRST, SECOND, n_points=5)
        np.testing.assert_allclose(found.values, plain.values, rtol=1e-12)
        inside = np.array([[0.3, -0.7]])
        points = inside[:, :1] * FIRST + inside[:, 1:] * SECOND
        np.testing.assert_allclose(found.coordinates(points), inside / [size, 1.0], rtol=1e-12)

    def test_points_of_the_plane_have_their_coordinates(self):
        found = plane(BOWL, THETA, FIRST, SECOND, n_points=3)
        wanted = np.array([[0.0, 0.0], [0.7, -1.5], [-4.0, 0.2]])
        points = THETA + wanted @ np.stack([FIRST, SECOND])
        np.testing.assert_allclose(found.coordinates(points), wanted, atol=1e-14)

    def test_points_off_the_plane_have_those_of_the_nearest(self):
        found = plane(BOWL, THETA, FIRST, SECOND, n_points=3)
        normal = np.linalg.svd(np.stack([FIRST, SECOND]))[2][2:]
        point = THETA + 0.3 * FIRST - 0.1 * SECOND + np.array([2.0, -5.0]) @ normal
        np.testing.assert_allclose(found.coordinates(point[None]), [[0.3, -0.1]], atol=1e-14)

    def test_noise_is_common_to_the_grid(self):
        noisy = Noisy(BOWL, noise=1.0, n_episodes=7, wavelength=1e4)
        found = plane(noisy, THETA, FIRST, SECOND, n_points=4, rng=np.random.default_rng(0))
        assert found.values.shape == (4, 4, 7)
        noise = found.values - plane(BOWL, THETA, FIRST, SECOND, n_points=4).values
        assert noise.std(axis=(0, 1)).max() < 1e-2
        assert noise.mean(axis=(0, 1)).std() > 0.1

    def test_inputs_are_neither_changed_nor_shared(self):
        given = [THETA.copy(), FIRST.copy(), SECOND.copy()]
        found = plane(BOWL, *given, n_points=3)
        for mine, kept, original in zip(
            given, (found.theta, found.first, found.second), (THETA, FIRST, SECOND), strict=True
        ):
            np.testing.assert_array_equal(mine, original)
            assert not np.shares_memory(mine, kept)


class TestBadInput:
    @pytest.mark.parametrize("second", [np.zeros(4), FIRST, -3 * FIRST])
    def test_no_plane(self, second):
        with pytest.raises(ValueError, match="first and second must span a plane"):
            plane(BOWL, THETA, FIRST, second)

    @pytest.mark.parametrize("radius", [0.0, -1.0, np.nan, (1.0, 0.0)])
    def test_radius(self, radius):
        with pytest.raises(ValueError, match="radius must be a finite number above 0, got"):
            plane(BOWL, THETA, FIRST, SECOND, radius=radius)

    def test_n_points(self):
        with pytest.raises(ValueError, match="n_points must be an integer of at least 2, got 1"):
            plane(BOWL, THETA, FIRST, SECOND, n_points=1)

    @pytest.mark.parametrize("name", ["theta", "first", "second"])
    def test_vectors(self, name):
        vectors = {"theta": THETA, "first": FIRST, "second": SECOND}
        with pytest.raises(ValueError, match=rf"{name} must have shape \(4,\), got \(3,\)"):
            plane(BOWL, **(vectors | {name: np.ones(3)}))
        with pytest.raises(ValueError, match=rf"{name} must be finite, but {name}\[0\] is nan"):
            plane(BOWL, **(vectors | {name: np.full(4, np.nan)}))

    def test_noise_without_rng(self):
        noisy = Noisy(goodfellow_saddle(), noise=1.0, n_episodes=3)
        with pytest.raises(ValueError, match="rng must be a numpy Generator"):
            plane(noisy, np.zeros(2), *np.eye(2))

    def test_radii_that_are_not_two(self):
        with pytest.raises(ValueError, match=r"radius must be one number, or one for each direction, got"):
            plane(BOWL, THETA, FIRST, SECOND, radius=(1.0, 2.0, 3.0))

    def test_points_of_another_space_have_no_coordinates(self):
        found = plane(BOWL, THETA, FIRST, SECOND, n_points=2)
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 4\), got \(2, 3\)"):
            found.coordinates(np.ones((2, 3)))
