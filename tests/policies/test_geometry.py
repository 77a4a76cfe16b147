"""KL, Fisher information and gauge: what belongs to the policy and not to its parameters."""

import numpy as np
import pytest

from rl_landscapes.policies import (
    fisher,
    gauge,
    kl_moved,
    linear,
    mixed,
    paper_policy,
    tabular,
    without_gauge,
)

S, A = 5, 3
FEATURES = np.random.default_rng(1).normal(size=(S, A, 7))
# policy, number of independent directions that change no probability
POLICIES = {
    "tabular": (tabular(S, A), S),
    "shared bias": (tabular(S, A, shared_bias=True), S + A),
    "linear": (linear(FEATURES), 0),
    "more features than logits": (linear(np.random.default_rng(2).normal(size=(2, 2, 9))), 7),
    "mixed": (mixed(tabular(S, A), 0.2), S),
    "one action": (tabular(S, 1), S),
    "paper": (paper_policy(), 30),
}


@pytest.fixture(params=POLICIES)
def case(request):
    return POLICIES[request.param]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


class TestIdentities:
    def test_the_gauge_has_its_dimension_and_an_orthonormal_basis(self, case):
        policy, dimension = case
        basis = gauge(policy)
        assert basis.shape == (dimension, policy.n_parameters)
        np.testing.assert_allclose(basis @ basis.T, np.eye(dimension), atol=1e-13)

    def test_moving_along_the_gauge_changes_no_probability(self, case, rng):
        policy, dimension = case
        theta = rng.normal(size=policy.n_parameters)
        moved = theta + 10 * rng.normal(size=(4, dimension)) @ gauge(policy)
        here = np.broadcast_to(policy.at(theta[None]).probs, policy.at(moved).probs.shape)
        np.testing.assert_allclose(policy.at(moved).probs, here, rtol=1e-11)

    def test_moving_off_the_gauge_changes_one(self, case, rng):
        policy, dimension = case
        if dimension == policy.n_parameters:
            return
        direction = without_gauge(policy, rng.normal(size=(1, policy.n_parameters)))
        moved = policy.at(direction).probs - policy.at(0 * direction).probs
        assert np.abs(moved).max() > 1e-3

    def test_without_gauge_gives_unit_directions_orthogonal_to_it(self, case, rng):
        policy, dimension = case
        if dimension == policy.n_parameters:
            return
        left = without_gauge(policy, rng.normal(size=(6, policy.n_parameters)))
        np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1, rtol=1e-13)
        np.testing.assert_allclose(left @ gauge(policy).T, 0, atol=1e-13)

    @pytest.mark.parametrize("size", [1e-300, 1e-61, 1e200])
    def test_without_gauge_whatever_the_length(self, case, rng, size):
        policy, dimension = case
        if dimension == policy.n_parameters:
            return
        directions = rng.normal(size=(3, policy.n_parameters))
        np.testing.assert_allclose(
            without_gauge(policy, size * directions), without_gauge(policy, directions), atol=1e-14
        )

    def test_without_gauge_is_the_direction_less_its_gauge_part(self, rng):
        policy = tabular(S, A, shared_bias=True)
        direction, basis = rng.normal(size=policy.n_parameters), gauge(policy)
        left = direction - sum((direction @ b) * b for b in basis)
        np.testing.assert_allclose(
            without_gauge(policy, direction[None])[0], left / np.linalg.norm(left), atol=1e-13
        )

    def test_a_table_of_any_size_needs_no_decomposition(self, rng):
        policy = tabular(3000, 2)
        directions = rng.normal(size=(2, 6000))
        left = without_gauge(policy, directions).reshape(2, 3000, 2)
        np.testing.assert_allclose(left.sum(axis=-1), 0, atol=1e-15)

    def test_a_step_to_the_same_place_moves_nothing(self, case, rng):
        policy, _ = case
        theta = rng.normal(size=policy.n_parameters)
        moved = kl_moved(policy, theta, theta[None], np.ones(policy.n_states))
        np.testing.assert_allclose(moved, 0, atol=1e-14)

    def test_fisher_annihilates_the_gauge(self, case, rng):
        policy, _ = case
        information = fisher(policy, rng.normal(size=policy.n_parameters), rng.uniform(size=policy.n_states))
        np.testing.assert_allclose(information @ gauge(policy).T, 0, atol=1e-13)


class TestOracles:
    def test_fisher_of_a_table_is_diag_pi_minus_pi_pi_per_state(self, rng):
        policy, occupancy = tabular(S, A), rng.uniform(size=S)
        theta = rng.normal(size=S * A)
        pi = np.exp(theta.reshape(S, A))
        pi /= pi.sum(axis=1, keepdims=True)
        expected = np.zeros((S, A, S, A))
        for s in range(S):
            expected[s, :, s, :] = occupancy[s] * (np.diag(pi[s]) - np.outer(pi[s], pi[s]))
        np.testing.assert_allclose(
            fisher(policy, theta, occupancy), expected.reshape(S * A, S * A), atol=1e-15
        )

    def test_fisher_is_the_curvature_of_the_kl(self, case, rng):
        policy, _ = case
        theta, v = rng.normal(size=(2, policy.n_parameters))
        weights = rng.uniform(size=policy.n_states)
        h = 1e-3
        moved = kl_moved(policy, theta, np.stack([theta + h * v, theta - h * v]), weights)
        assert moved.sum() / h**2 == pytest.approx(v @ fisher(policy, theta, weights) @ v, rel=1e-4)

    def test_kl_by_hand(self, rng):
        here, there = rng.dirichlet(np.ones(A), size=(2, S))
        weights = rng.uniform(size=S)
        expected = sum(
            weights[s] * here[s, a] * np.log(here[s, a] / there[s, a]) for s in range(S) for a in range(A)
        )
        moved = kl_moved(tabular(S, A), np.log(here).ravel(), np.log(there).reshape(1, -1), weights)
        assert moved[0] == pytest.approx(expected, rel=1e-12)

    def test_kl_at_a_gap_where_probabilities_underflow(self):
        moved = kl_moved(tabular(1, 2), np.zeros(2), np.array([[1e4, 0.0]]), np.ones(1))
        assert moved[0] == pytest.approx(1e4 / 2 - np.log(2), rel=1e-12)


class TestBadInput:
    def test_a_direction_wholly_in_the_gauge(self):
        with pytest.raises(ValueError, match="directions must not lie wholly in the gauge"):
            without_gauge(tabular(S, A), np.ones((1, S * A)))

    def test_directions_of_another_length(self):
        with pytest.raises(ValueError, match=r"directions must have shape \(any, 15\), got \(1, 14\)"):
            without_gauge(tabular(S, A), np.ones((1, 14)))

    def test_gauge_of_a_policy_too_large_for_it(self):
        with pytest.raises(ValueError, match="at most 4000 parameters; got 6002"):
            gauge(tabular(3000, 2, shared_bias=True))

    def test_weights_of_another_length(self):
        with pytest.raises(ValueError, match=r"weights must have shape \(5,\), got \(4,\)"):
            kl_moved(tabular(S, A), np.zeros(S * A), np.zeros((1, S * A)), np.ones(4))
        with pytest.raises(ValueError, match=r"occupancy must have shape \(5,\), got \(4,\)"):
            fisher(tabular(S, A), np.zeros(S * A), np.ones(4))

    def test_parameters_that_are_not_finite_or_not_of_the_policy(self):
        policy, good = tabular(S, A), np.zeros(S * A)
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[0\] is nan"):
            kl_moved(policy, good * np.nan, good[None], np.ones(S))
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 15\), got \(1, 14\)"):
            kl_moved(policy, good, good[None, 1:], np.ones(S))
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[0\] is nan"):
            fisher(policy, good * np.nan, np.ones(S))
