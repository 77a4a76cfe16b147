"""Regularised returns: Shannon's as the oracle, differences, and what Tsallis and a prior must do."""

from dataclasses import dataclass

import numpy as np
import pytest

from rl_landscapes.objectives import (
    ExactReturn,
    RegularisedReturn,
    Tsallis,
    close_to,
    evaluate,
    gradient,
)
from rl_landscapes.policies import mixed, network, tabular, uniform_starts
from rl_landscapes.worlds import MDP, paper_gridworld

WORLD = paper_gridworld()
S, A = WORLD.mdp.n_states, WORLD.mdp.n_actions
POLICIES = {
    "tabular": tabular(S, A),
    "mixed": mixed(tabular(S, A, shared_bias=True), 0.2),
    "network": network(np.eye(S), A, hidden=(3,)),
}


@dataclass(frozen=True)
class Shannon:
    """The entropy that `ExactReturn` has."""

    def value(self, log_probs):
        return -(np.exp(log_probs) * log_probs).sum(axis=-1)

    def slope(self, log_probs):
        return -np.exp(log_probs) * log_probs


def some_thetas(policy, n=3):
    return 4 * uniform_starts(policy, n, np.random.default_rng(0), scale=1.0)


@pytest.fixture(params=POLICIES)
def policy(request):
    return POLICIES[request.param]


@pytest.fixture
def regularisers(policy):
    prior = close_to(policy, some_thetas(policy)[0])
    return [Tsallis(0.5), Tsallis(2.0), Tsallis(3.0), prior]


@pytest.mark.parametrize("count_absorbing", [True, False])
class TestOracles:
    def test_with_shannons_entropy_it_is_the_exact_return(self, policy, count_absorbing):
        thetas = some_thetas(policy)
        ours = RegularisedReturn(WORLD, Shannon(), policy, tau=0.3, count_absorbing=count_absorbing)
        exact = ExactReturn(WORLD, policy, tau=0.3, count_absorbing=count_absorbing)
        np.testing.assert_allclose(evaluate(ours, thetas), evaluate(exact, thetas), rtol=1e-12)
        np.testing.assert_allclose(gradient(ours, thetas), gradient(exact, thetas), rtol=1e-9, atol=1e-12)

    def test_the_gradient_agrees_with_differences(self, policy, regularisers, count_absorbing):
        thetas, step = some_thetas(policy, 2), 1e-5
        direction = np.random.default_rng(1).normal(size=policy.n_parameters)
        for regulariser in regularisers:
            ours = RegularisedReturn(WORLD, regulariser, policy, tau=0.3, count_absorbing=count_absorbing)
            there = evaluate(ours, thetas + step * direction) - evaluate(ours, thetas - step * direction)
            slopes = gradient(ours, thetas) @ direction
            np.testing.assert_allclose(slopes, there[:, 0] / (2 * step), rtol=1e-6, atol=1e-7)

    def test_a_prior_is_a_reward_and_shannons_entropy(self, policy, count_absorbing):
        """-KL = H + E log prior: the exact return of a world that pays tau log prior beside."""
        thetas, tau, mdp = some_thetas(policy), 0.3, WORLD.mdp
        prior = close_to(policy, thetas[0])
        paid = tau * prior.log_prior * (count_absorbing | ~mdp.absorbing)[:, None]
        other = MDP(mdp.to_dense().transitions, mdp.rewards + paid, discount=mdp.discount, start=mdp.start)
        value = evaluate(
            RegularisedReturn(WORLD, prior, policy, tau=tau, count_absorbing=count_absorbing), thetas
        )
        shannon = ExactReturn(other, policy, tau=tau)
        log_probs = policy.at(thetas).log_probs
        over = 0.0
        if not count_absorbing:  # that world knows no end: take the entropy after it away
            h = -(np.exp(log_probs) * log_probs).sum(axis=-1) * mdp.absorbing
            over = tau * (ExactReturn(WORLD, policy).occupancy(thetas) * h).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(value, evaluate(shannon, thetas) - over, rtol=1e-11)


class TestTsallis:
    @pytest.mark.parametrize("q", [0.5, 2.0, 3.0])
    def test_it_is_largest_at_the_uniform_policy_and_zero_where_all_is_certain(self, q):
        drawn = np.log(np.random.default_rng(0).dirichlet(np.ones(A), size=(1, 500)))
        uniform = np.full((1, 1, A), -np.log(A))
        assert (Tsallis(q).value(drawn) < Tsallis(q).value(uniform)).all()
        certain = np.array([[[0.0, -800.0, -800.0, -800.0]]])
        assert Tsallis(q).value(certain).item() == pytest.approx(0, abs=1e-12)

    def test_near_one_it_is_shannons(self):
        drawn = np.log(np.random.default_rng(0).dirichlet(np.ones(A), size=(1, 50)))
        np.testing.assert_allclose(Tsallis(1 + 1e-6).value(drawn), Shannon().value(drawn), rtol=1e-4)

    def test_its_optimum_can_be_deterministic_where_shannons_is_not(self):
        """One state, two actions, rewards 1 and 0: at q = 2 and tau < 1/2 the second gets probability 0."""
        world = MDP(np.ones((1, 2, 1)), np.array([[1.0, 0.0]]), discount=0.0, start=np.ones(1))
        gaps = np.linspace(0, 40, 401)
        thetas = np.stack([gaps, np.zeros_like(gaps)], axis=1)
        tsallis = evaluate(RegularisedReturn(world, Tsallis(2.0), tau=0.4), thetas)[:, 0]
        shannon = evaluate(ExactReturn(world, tau=0.4), thetas)[:, 0]
        assert (np.diff(tsallis) >= -1e-15).all()
        assert gaps[shannon.argmax()] == pytest.approx(1 / 0.4, abs=0.1)


class TestAPrior:
    def test_at_the_prior_nothing_is_lost_and_nothing_pulls(self, policy):
        theta = some_thetas(policy)[:1]
        ours = RegularisedReturn(WORLD, close_to(policy, theta[0]), policy, tau=0.3)
        true = ExactReturn(WORLD, policy)
        np.testing.assert_allclose(evaluate(ours, theta), evaluate(true, theta), rtol=1e-12)
        np.testing.assert_allclose(gradient(ours, theta), gradient(true, theta), rtol=1e-9, atol=1e-12)

    def test_close_to_uniform_counted_everywhere_is_entropy_less_a_constant(self):
        policy, tau = tabular(S, A), 0.3
        thetas = some_thetas(policy)
        ours = RegularisedReturn(WORLD, close_to(policy, np.zeros(S * A)), policy, tau=tau)
        constant = tau * np.log(A) / (1 - WORLD.mdp.discount)
        entropy = evaluate(ExactReturn(WORLD, policy, tau=tau), thetas)
        np.testing.assert_allclose(evaluate(ours, thetas), entropy - constant, rtol=1e-11)


class TestUse:
    def test_many_points_are_taken_in_chunks_and_another_weight_shares_the_work(self):
        ours = RegularisedReturn(WORLD, Tsallis(), tau=0.1)
        thetas = some_thetas(ours.policy, 2 * ours.points_at_once + 3)
        whole = evaluate(ours, thetas)
        np.testing.assert_allclose(whole[-1:], evaluate(ours, thetas[-1:]), rtol=1e-12)
        assert ours.with_tau(0.2).true is ours.true
        np.testing.assert_allclose(
            evaluate(ours.with_tau(0.0), thetas[:2]), evaluate(ExactReturn(WORLD), thetas[:2]), rtol=1e-12
        )
        assert "Tsallis(q=2.0)" in repr(ours)
        assert "tau=0.1" in repr(ours)

    @pytest.mark.parametrize("q", [1.0, 0.0, -1.0, np.nan])
    def test_an_index_of_no_entropy_is_refused(self, q):
        with pytest.raises(ValueError, match="q must be"):
            Tsallis(q)

    def test_a_negative_weight_is_refused(self):
        with pytest.raises(ValueError, match="tau"):
            RegularisedReturn(WORLD, Tsallis(), tau=-0.1)
