"""Interpolation: the line through the points, which lie on it exactly."""

import numpy as np
import pytest

from rl_landscapes.objectives import ExactReturn, Noisy, evaluate, goodfellow_saddle, quadratic
from rl_landscapes.policies import paper_policy
from rl_landscapes.probes import along, interpolate
from rl_landscapes.worlds import paper_gridworld

POINTS = np.array([[0.1, 0.2], [1.7, -0.3], [0.4, 0.9]])
TOY = goodfellow_saddle()


class TestIdentities:
    @pytest.mark.parametrize("n_points", [2, 3, 10, 101])
    @pytest.mark.parametrize("extrapolate", [0.0, 0.5, 1 / 3])
    @pytest.mark.parametrize("n_given", [2, 3])
    def test_the_given_points_are_on_the_line_bit_for_bit(self, n_points, extrapolate, n_given):
        points = POINTS[:n_given]
        line = interpolate(TOY, points, n_points=n_points, extrapolate=extrapolate)
        direct = evaluate(TOY, points)
        for k in range(n_given):
            np.testing.assert_array_equal(line.values[line.positions == k], direct[k : k + 1])

    def test_positions_are_even_and_reach_as_far_as_asked(self):
        line = interpolate(TOY, POINTS[:2], n_points=21, extrapolate=0.5)
        np.testing.assert_allclose(line.positions, np.linspace(-0.5, 1.5, 21), atol=1e-15)

    def test_missed_points_are_added_once(self):
        line = interpolate(TOY, POINTS, n_points=4)
        np.testing.assert_allclose(line.positions, [0, 2 / 3, 1, 4 / 3, 2])

    def test_values_are_those_of_the_formula(self):
        line = interpolate(TOY, POINTS[:2], n_points=11, extrapolate=1.0)
        t = line.positions[:, None]
        np.testing.assert_allclose(
            line.values, evaluate(TOY, (1 - t) * POINTS[0] + t * POINTS[1]), rtol=1e-13
        )
        np.testing.assert_array_equal(line.mean, line.values[:, 0])
        assert not line.stderr.any()

    def test_the_way_back_is_the_way_there(self):
        there = interpolate(TOY, POINTS, n_points=9, extrapolate=0.25)
        back = interpolate(TOY, POINTS[::-1], n_points=9, extrapolate=0.25)
        np.testing.assert_allclose(back.values[::-1], there.values, rtol=1e-12)

    def test_the_broken_line_turns_at_its_points_and_goes_on_straight(self):
        path = along(POINTS, np.array([-1.0, 0.5, 1.0, 1.25, 3.0]))
        expected = [
            2 * POINTS[0] - POINTS[1],
            (POINTS[0] + POINTS[1]) / 2,
            POINTS[1],
            0.75 * POINTS[1] + 0.25 * POINTS[2],
            2 * POINTS[2] - POINTS[1],
        ]
        np.testing.assert_allclose(path, expected, atol=1e-15)

    def test_ends_of_the_return_are_the_return_of_the_ends(self):
        exact = ExactReturn(paper_gridworld(), paper_policy())
        thetas = np.random.default_rng(0).normal(size=(2, 108))
        line = interpolate(exact, thetas, n_points=5)
        np.testing.assert_allclose(line.mean[[0, -1]], exact.evaluate(thetas)[:, 0], rtol=1e-13)

    @pytest.mark.parametrize("beyond", [0.0, 3.0])
    def test_the_height_is_that_of_the_barrier_between_the_ends(self, beyond):
        two_ups = quadratic(np.array([[2.0]]))  # x^2, lowest at 0
        assert interpolate(two_ups, np.array([[-1.0], [2.0]]), extrapolate=beyond).height == pytest.approx(
            1.0, abs=1e-2
        )
        assert interpolate(two_ups, np.array([[1.0], [2.0]]), extrapolate=beyond).height == 0.0

    def test_noise_is_common_to_all_points(self):
        noisy = Noisy(quadratic(np.eye(2)), noise=1.0, n_episodes=200, wavelength=100.0)
        line = interpolate(noisy, POINTS[:2], n_points=5, rng=np.random.default_rng(0))
        assert line.values.shape == (5, 200)
        differences = line.values[1:] - line.values[:-1]
        assert differences.std(axis=1).max() < 0.05
        np.testing.assert_allclose(line.stderr, line.values.std(axis=1, ddof=1) / np.sqrt(200), rtol=1e-12)

    def test_inputs_are_neither_changed_nor_shared(self):
        points = POINTS.copy()
        line = interpolate(TOY, points)
        np.testing.assert_array_equal(points, POINTS)
        assert not np.shares_memory(line.thetas, points)


class TestBadInput:
    def test_one_point(self):
        with pytest.raises(ValueError, match="thetas must hold at least two points, got 1"):
            interpolate(TOY, POINTS[:1])

    def test_equal_neighbours(self):
        with pytest.raises(ValueError, match="thetas must differ from one point to the next"):
            interpolate(TOY, POINTS[[0, 1, 1]])
        assert len(interpolate(TOY, POINTS[[0, 1, 0]], n_points=3).values) == 3

    @pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
    def test_extrapolate(self, bad):
        with pytest.raises(ValueError, match=f"extrapolate must be a finite number of at least 0, got {bad}"):
            interpolate(TOY, POINTS, extrapolate=bad)

    def test_n_points(self):
        with pytest.raises(ValueError, match="n_points must be an integer of at least 2, got 1"):
            interpolate(TOY, POINTS, n_points=1)

    def test_thetas(self):
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 2\), got \(2, 3\)"):
            interpolate(TOY, np.zeros((2, 3)))
        with pytest.raises(ValueError, match=r"thetas must be finite, but thetas\[1, 0\] is nan"):
            interpolate(TOY, np.array([[0.0, 0.0], [np.nan, 0.0]]))

    def test_noise_without_rng(self):
        with pytest.raises(ValueError, match="rng must be a numpy Generator"):
            interpolate(Noisy(TOY, noise=1.0, n_episodes=3), POINTS)
