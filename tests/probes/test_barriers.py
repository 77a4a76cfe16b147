"""Barriers: known heights, passes that must be crossed, and detours that need not be."""

import numpy as np
import pytest

from rl_landscapes.objectives import ExactReturn, Noisy, evaluate, from_function, plateau, quadratic, ramp
from rl_landscapes.objectives.toys import Function
from rl_landscapes.policies import deterministic_theta, paper_policy
from rl_landscapes.probes import bent_barrier, line_barrier
from rl_landscapes.worlds import paper_gridworld

LEFT, RIGHT = np.array([-1.0, 0.0]), np.array([1.0, 0.0])


def double_well(t):
    """Maxima 0 at x = +-1 and the valley -1 between them, in one dimension."""
    return -((t[0] ** 2 - 1) ** 2)


def raised_by(by, value, slope):
    return Function(
        2, lambda t: value(*t.T) + by, lambda t: np.stack(slope(*t.T), axis=1), lambda t: np.eye(2)
    )


def hole(by=0.0):
    """Level ground with a hole of depth 1 at the origin."""
    depth = lambda x, y: np.exp(-10 * (x**2 + y**2))  # noqa: E731
    return raised_by(by, lambda x, y: -depth(x, y), lambda x, y: (20 * x * depth(x, y), 20 * y * depth(x, y)))


def curved_pass(by=0.0):
    """A ridge along y = 1 - x^2 from (-1, 0) to (1, 0), whose lowest point, the pass at (0, 1), is -0.3."""
    return raised_by(
        by,
        lambda x, y: -0.3 * (x**2 - 1) ** 2 - 2 * (y - 1 + x**2) ** 2,
        lambda x, y: (-1.2 * x * (x**2 - 1) - 8 * x * (y - 1 + x**2), -4 * (y - 1 + x**2)),
    )


def bent(objective, **settings):
    return bent_barrier(objective, LEFT, RIGHT, rng=np.random.default_rng(0), **settings)


class TestOracles:
    def test_height_and_falls_in_one_dimension(self):
        line = line_barrier(from_function(double_well, 1), np.array([-1.0]), np.array([1.0]))
        assert line.height == pytest.approx(1, rel=1e-12)
        assert line.falls == pytest.approx(1, rel=1e-12)

    def test_the_height_is_measured_from_the_lower_end(self):
        line = line_barrier(from_function(double_well, 1), np.array([-1.2]), np.array([1.0]))
        assert line.height == pytest.approx(1 - 0.44**2, abs=1e-3)
        assert line.falls == pytest.approx(1, abs=1e-3)

    def test_around_a_hole_there_is_no_barrier(self):
        objective = hole()
        assert line_barrier(objective, LEFT, RIGHT).height == pytest.approx(1 - np.exp(-10), rel=1e-6)
        assert bent(hole()).height < 1e-3

    def test_a_pass_must_be_crossed_and_is_found(self):
        """Every path crosses x = 0, where the objective is at most -0.3: the true barrier."""
        assert line_barrier(curved_pass(), LEFT, RIGHT).height == pytest.approx(2.3, rel=1e-9)
        found = bent(curved_pass(), n_bends=7).height
        assert 0.3 - 1e-9 <= found < 0.32

    def test_between_two_corners_of_the_papers_world(self):
        exact = ExactReturn(paper_gridworld(), paper_policy())
        up, down = (deterministic_theta(exact.policy, np.full(26, a), 6.0) for a in (1, 3))
        line = line_barrier(exact, down, up)
        assert line.height > 1
        found = bent_barrier(exact, down, up, rng=np.random.default_rng(0))
        assert found.height < 0.1 * line.height
        np.testing.assert_allclose(evaluate(exact, found.path)[:, 0], found.values, rtol=1e-12)


class TestIdentities:
    @pytest.mark.parametrize("toy", [hole, curved_pass])
    def test_the_toys_know_their_slopes(self, toy):
        thetas, h = np.random.default_rng(0).normal(size=(5, 2)), 1e-6
        for i, step in enumerate(h * np.eye(2)):
            slope = (toy().evaluate(thetas + step) - toy().evaluate(thetas - step))[:, 0] / (2 * h)
            np.testing.assert_allclose(toy().gradient(thetas)[:, i], slope, atol=1e-7)

    @pytest.mark.parametrize("objective", [ramp(np.array([1.0, 0.0])), plateau(2)])
    def test_a_way_uphill_has_no_barrier(self, objective):
        line = line_barrier(objective, LEFT, RIGHT)
        assert line.height == 0
        assert line.falls == 0
        assert bent(objective).height == 0

    def test_a_way_downhill_falls_but_has_no_barrier(self):
        line = line_barrier(ramp(np.array([-1.0, 0.0])), LEFT, RIGHT)
        assert line.height == 0
        assert line.falls == pytest.approx(2)

    @pytest.mark.parametrize("function", [hole, curved_pass])
    @pytest.mark.parametrize("max_iterations", [1, 300])
    def test_the_bent_path_is_never_worse_than_the_line(self, function, max_iterations):
        line = line_barrier(function(), LEFT, RIGHT)
        assert bent(function(), max_iterations=max_iterations).height <= line.height

    def test_both_paths_join_the_ends_given(self):
        for found in (line_barrier(hole(), LEFT, RIGHT), bent(hole())):
            np.testing.assert_array_equal(found.path[[0, -1]], [LEFT, RIGHT])
            np.testing.assert_allclose(found.values, hole().evaluate(found.path)[:, 0], atol=1e-12)

    @pytest.mark.parametrize("by", [-1000.0, 1000.0])
    def test_the_level_of_the_objective_does_not_matter(self, by):
        shifted = bent(curved_pass(by), n_bends=7)
        assert shifted.height == pytest.approx(bent(curved_pass(), n_bends=7).height, abs=1e-3)

    def test_the_seed_decides_and_the_ends_are_not_changed(self):
        left, right = LEFT.copy(), RIGHT.copy()
        one, other = (bent_barrier(hole(), left, right, rng=np.random.default_rng(3)) for _ in range(2))
        np.testing.assert_array_equal(one.path, other.path)
        np.testing.assert_array_equal([left, right], [LEFT, RIGHT])


class TestBadInput:
    @pytest.mark.parametrize("barrier", [line_barrier, bent_barrier])
    @pytest.mark.parametrize("name", ["start", "end"])
    def test_ends(self, barrier, name):
        settings = {"rng": np.random.default_rng(0)} if barrier is bent_barrier else {}
        ends = {"start": LEFT, "end": RIGHT}
        with pytest.raises(ValueError, match=rf"{name} must have shape \(2,\), got \(3,\)"):
            barrier(plateau(2), **(ends | {name: np.zeros(3)}), **settings)
        with pytest.raises(ValueError, match=rf"{name} must be finite, but {name}\[0\] is nan"):
            barrier(plateau(2), **(ends | {name: np.full(2, np.nan)}), **settings)

    @pytest.mark.parametrize("name", ["n_bends", "max_iterations"])
    def test_counts(self, name):
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, got 0"):
            bent(hole(), **{name: 0})

    def test_noise(self):
        noisy = Noisy(quadratic(np.eye(2)), noise=1.0, n_episodes=3)
        with pytest.raises(
            ValueError, match="objective must be exact for a barrier, got one with 3 episodes"
        ):
            line_barrier(noisy, LEFT, RIGHT)
        with pytest.raises(
            ValueError, match="objective must be exact for a barrier, got one with 3 episodes"
        ):
            bent(noisy)

    def test_ends_that_are_one_point(self):
        with pytest.raises(ValueError, match="thetas must differ"):
            line_barrier(plateau(2), LEFT, LEFT)

    @pytest.mark.parametrize("bad", [-1.0, 0.0, np.nan])
    def test_sharpness(self, bad):
        with pytest.raises(ValueError, match=f"sharpness must be a finite number above 0, got {bad}"):
            bent(plateau(2), sharpness=(10.0, bad))
        with pytest.raises(TypeError, match=r"sharpness must be several numbers, tried in turn, got 3\.0"):
            bent(plateau(2), sharpness=3.0)
