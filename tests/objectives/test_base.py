"""`evaluate` and its siblings: what they check, and that no bit depends on how the work was cut up."""

import os
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from rl_landscapes.objectives import (
    EntropyBonus,
    ExactReturn,
    Noisy,
    Objective,
    evaluate,
    goodfellow_saddle,
    gradient,
    hessian,
    plateau,
    quadratic,
)
from rl_landscapes.objectives.base import (
    POINTS_AT_ONCE,
    Differentiable,
    TwiceDifferentiable,
    value_and_gradient,
)
from rl_landscapes.policies import paper_policy
from rl_landscapes.probes import perturb
from rl_landscapes.worlds import paper_gridworld


@dataclass
class Sampled:
    """Value plus noise that is the same at every point; writes down how many points came at once."""

    n_parameters: int = 3
    n_episodes: int = 4
    seen: list[int] = field(default_factory=list)

    def evaluate(self, thetas, rng):
        self.seen.append(len(thetas))
        return thetas.sum(axis=1, keepdims=True) + rng.normal(size=self.n_episodes)


class OneByOne(Sampled):
    @property
    def points_at_once(self):
        return 1


class Slow(Sampled):
    """Returns what it drew, and the process that drew it."""

    def __init__(self, points_at_once=1):
        super().__init__(n_episodes=2)
        self.points_at_once = points_at_once

    def evaluate(self, thetas, rng):
        time.sleep(0.02)
        return np.array([[rng.normal(), os.getpid()]] * len(thetas))


class OfTheWrongShape(Sampled):
    def evaluate(self, thetas, rng):
        return np.zeros(len(thetas))


PAPER = ExactReturn(paper_gridworld(), paper_policy(), tau=0.1)
KINDS = {
    "exact": PAPER,
    "bonus": EntropyBonus(PAPER.with_tau(0), tau=0.1),
    "toy": goodfellow_saddle(),
    "noisy": Noisy(goodfellow_saddle(), noise=1.0, n_episodes=5),
    "sampled": Sampled(),
}


def draw(objective, n_points):
    return np.random.default_rng(0).normal(size=(n_points, objective.n_parameters))


class TestBits:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("n_points", [1, 2 * POINTS_AT_ONCE + 7])
    def test_no_bit_depends_on_the_number_of_jobs(self, kind, n_points):
        pytest.importorskip("joblib")
        objective = KINDS[kind]
        thetas = draw(objective, n_points)
        one, two = (evaluate(objective, thetas, np.random.default_rng(1), n_jobs=n) for n in (1, 2))
        assert one.shape == (n_points, objective.n_episodes)
        np.testing.assert_array_equal(one, two)

    @pytest.mark.parametrize("kind", KINDS)
    def test_two_identical_calls_agree_and_change_no_input(self, kind):
        objective = KINDS[kind]
        thetas = draw(objective, 70)
        kept = thetas.copy()
        one, two = (evaluate(objective, thetas, np.random.default_rng(1)) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(thetas, kept)

    def test_all_chunks_meet_the_same_randomness(self):
        thetas = np.zeros((3 * POINTS_AT_ONCE + 5, 3))
        values = evaluate(Sampled(), thetas, np.random.default_rng(0))
        assert (values == values[0]).all()
        assert np.ptp(values[0]) > 0

    def test_chunks_are_of_the_size_the_objective_wants(self):
        ordinary, single = Sampled(), OneByOne()
        for objective in (ordinary, single):
            evaluate(objective, np.zeros((POINTS_AT_ONCE + 1, 3)), np.random.default_rng(0))
        assert ordinary.seen == [POINTS_AT_ONCE, 1]
        assert single.seen == [1] * (POINTS_AT_ONCE + 1)

    def test_points_that_say_one_at_once_are_shared_among_processes(self):
        """Fewer than 64 of them too, and to the same bits."""
        pytest.importorskip("joblib")
        thetas = np.zeros((20, 3))
        one, two = (evaluate(Slow(), thetas, np.random.default_rng(0), n_jobs=n)[:, 1] for n in (1, 2))
        assert len(set(one)) == 1
        assert len(set(two)) == 2
        drawn = [evaluate(Slow(), thetas, np.random.default_rng(0), n_jobs=n)[:, 0] for n in (1, 2)]
        np.testing.assert_array_equal(*drawn)

    def test_episodes_are_those_of_the_method_under_a_seed_drawn_from_the_generator(self):
        objective, thetas = Noisy(quadratic(np.eye(3)), noise=1.0, n_episodes=4), np.zeros((2, 3))
        seed = int(np.random.default_rng(0).integers(2**63))
        by_function = evaluate(objective, thetas, np.random.default_rng(0))
        np.testing.assert_array_equal(by_function, objective.evaluate(thetas, np.random.default_rng(seed)))
        assert (by_function != objective.evaluate(thetas, np.random.default_rng(0))).all()

    def test_the_generator_moves_on_from_call_to_call(self):
        rng = np.random.default_rng(0)
        assert not np.allclose(
            evaluate(Sampled(), np.zeros((1, 3)), rng), evaluate(Sampled(), np.zeros((1, 3)), rng)
        )


class TestProtocols:
    def test_who_can_do_what(self):
        assert isinstance(PAPER, TwiceDifferentiable)
        assert isinstance(KINDS["bonus"], TwiceDifferentiable)
        assert isinstance(goodfellow_saddle(), TwiceDifferentiable)
        assert isinstance(Sampled(), Objective)
        assert not isinstance(Sampled(), Differentiable)
        assert not isinstance(lambda update: PAPER, Objective)

    @pytest.mark.parametrize("kind", ["exact", "bonus", "toy"])
    def test_value_and_gradient_are_the_value_and_the_gradient(self, kind):
        objective = KINDS[kind]
        thetas = draw(objective, 40)
        values, gradients = value_and_gradient(objective, thetas)
        np.testing.assert_allclose(values, evaluate(objective, thetas)[:, 0], rtol=1e-13)
        np.testing.assert_allclose(gradients, gradient(objective, thetas), atol=1e-13)

    def test_the_hessian_is_exactly_symmetric(self):
        found = hessian(PAPER, draw(PAPER, 1)[0])
        assert (found == found.T).all()


class TestBadInput:
    def test_rng_is_missing_for_noise_only(self):
        with pytest.raises(
            ValueError, match="rng must be a numpy Generator for an objective with noise, got None"
        ):
            evaluate(Sampled(), np.zeros((1, 3)))
        assert evaluate(plateau(3), np.zeros((1, 3))).tolist() == [[0.0]]

    @pytest.mark.parametrize("function", [evaluate, gradient, value_and_gradient])
    def test_thetas(self, function):
        with pytest.raises(ValueError, match=r"thetas must be finite, but thetas\[0, 1\] is inf"):
            function(plateau(2), np.array([[0.0, np.inf]]))
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 2\), got \(2,\)"):
            function(plateau(2), np.zeros(2))
        with pytest.raises(ValueError, match=r"thetas must hold at least one point, got shape \(0, 2\)"):
            function(plateau(2), np.zeros((0, 2)))

    def test_an_objective_without_derivatives(self):
        with pytest.raises(TypeError, match="objective must have a method gradient, Sampled has none"):
            gradient(Sampled(), np.zeros((1, 3)))
        with pytest.raises(TypeError, match="objective must have a method gradient, Sampled has none"):
            value_and_gradient(Sampled(), np.zeros((1, 3)))
        with pytest.raises(TypeError, match="objective must have a method hessian_at, Sampled has none"):
            hessian(Sampled(), np.zeros(3))

    def test_an_objective_that_returns_another_shape(self):
        with pytest.raises(
            ValueError, match=r"the values of the objective must have shape \(2, 4\), got \(2,\)"
        ):
            evaluate(OfTheWrongShape(), np.zeros((2, 3)), np.random.default_rng(0))

    @pytest.mark.parametrize("function", [evaluate, gradient, value_and_gradient, hessian])
    def test_what_is_no_objective(self, function):
        message = (
            r"objective must have n_parameters, .*, got <function .*from_function\(function, n\) makes one"
        )
        with pytest.raises(TypeError, match=message):
            function(lambda theta: 0.0, np.zeros((1, 2)))
        with pytest.raises(TypeError, match=message):
            perturb(lambda theta: 0.0, np.zeros(2), alpha=0.1, n_directions=3, rng=np.random.default_rng(0))

    def test_points_at_once(self):
        with pytest.raises(ValueError, match="points_at_once must be an integer of at least 1, got 0"):
            evaluate(Slow(points_at_once=0), np.zeros((1, 3)), np.random.default_rng(0))

    @pytest.mark.parametrize("n_jobs", [0, 1.5, True])
    def test_n_jobs(self, n_jobs):
        with pytest.raises(ValueError, match=f"n_jobs must be 1 .*, got {n_jobs}"):
            evaluate(plateau(2), np.zeros((1, 2)), n_jobs=n_jobs)

    def test_theta_of_the_hessian(self):
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[1\] is nan"):
            hessian(quadratic(np.eye(2)), np.array([0.0, np.nan]))


def test_values_that_are_not_finite_reach_the_caller():
    class Broken(Sampled):
        def evaluate(self, thetas, rng):
            return np.where(thetas[:, :1] > 0, np.nan, -np.inf) * np.ones(4)

    values = evaluate(Broken(), np.array([[1.0, 0, 0], [-1.0, 0, 0]]), np.random.default_rng(0))
    assert np.isnan(values[0]).all()
    assert (values[1] == -np.inf).all()
