"""The optimum: policy iteration against value iteration, and both against what any policy earns."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from rl_landscapes.objectives import ExactReturn, optimal
from rl_landscapes.objectives.optimum import value_iteration
from rl_landscapes.worlds import MDP, paper_gridworld, random_mdp
from tests.objectives.oracles import WORLDS

TAUS = [0.0, 0.05, 1.0]
QUICK = [name for name in WORLDS if name != "far-sighted"]
NEAR = {"rtol": 1e-8, "atol": 1e-8}


class TestOracles:
    @pytest.mark.no_cover
    @pytest.mark.parametrize("world", QUICK)
    @pytest.mark.parametrize("tau", TAUS)
    @pytest.mark.parametrize("count_absorbing", [True, False])
    def test_policy_iteration_is_value_iteration(self, world, tau, count_absorbing):
        one, other = (
            solve(WORLDS[world], tau=tau, count_absorbing=count_absorbing)
            for solve in (optimal, value_iteration)
        )
        assert one.converged
        assert other.converged
        np.testing.assert_allclose(one.values, other.values, **NEAR)
        np.testing.assert_allclose(one.q, other.q, **NEAR)
        if tau > 0:
            np.testing.assert_allclose(one.probs, other.probs, atol=1e-6)

    @pytest.mark.parametrize(
        ("size", "value"), [(5, 4.80298005), (10, 4.56758624), (30, 3.73586047), (50, 3.05558620)]
    )
    def test_the_optimal_return_of_the_papers_world(self, size, value):
        assert optimal(paper_gridworld(size)).return_ == pytest.approx(value, abs=5e-9)

    @pytest.mark.parametrize(
        ("tau", "counted", "masked"),
        [(0.01, 4.80, 4.80), (0.05, 4.76, 0.0), (0.1, 4.68, 0.0), (1.0, 3.93, 0.0)],
    )
    def test_what_the_soft_optimal_policy_truly_earns(self, tau, counted, masked):
        world, earned = paper_gridworld(), {}
        for count_absorbing in (True, False):
            probs = optimal(world, tau=tau, count_absorbing=count_absorbing).probs
            theta = np.log(np.maximum(probs, 1e-300)).reshape(1, -1)
            earned[count_absorbing] = ExactReturn(world).evaluate(theta)[0, 0]
        assert earned[True] == pytest.approx(counted, abs=5e-3)
        assert earned[False] == pytest.approx(masked, abs=5e-3)

    def test_two_states_by_hand(self):
        """Stay for 1 a step, or leave for 3 a step: both values are geometric sums."""
        transitions = np.zeros((2, 2, 2))
        transitions[0, 0, 0] = transitions[0, 1, 1] = transitions[1, :, 1] = 1
        mdp = MDP(transitions, np.array([[1.0, 0.0], [3.0, 3.0]]), 0.5, np.array([1.0, 0.0]))
        best = optimal(mdp)
        assert best.values.tolist() == [3.0, 6.0]
        assert best.q.tolist() == [[2.5, 3.0], [6.0, 6.0]]
        assert best.probs.tolist() == [[0.0, 1.0], [1.0, 0.0]]
        assert best.return_ == 3.0

    def test_one_state_soft_value_by_hand(self):
        """V = tau log sum exp((r + gamma V) / tau) gives (1 - gamma) V = tau log sum exp(r / tau)."""
        rewards = np.array([[1.0, 2.0, -1.0]])
        mdp = MDP(np.ones((1, 3, 1)), rewards, 0.9, np.ones(1))
        expected = 0.5 * np.log(np.exp(rewards / 0.5).sum()) / 0.1
        for solve in (optimal, value_iteration):
            assert solve(mdp, tau=0.5).return_ == pytest.approx(expected, rel=1e-9)


class TestIdentities:
    @pytest.mark.parametrize("world", WORLDS)
    @pytest.mark.parametrize("tau", TAUS)
    def test_bellman(self, world, tau):
        best, mdp = optimal(WORLDS[world], tau=tau), WORLDS[world]
        np.testing.assert_allclose(best.q, mdp.rewards + mdp.discount * mdp.expect(best.values), rtol=1e-12)
        backed_up = best.q.max(axis=1) if tau == 0 else tau * logsumexp(best.q / tau, axis=1)
        np.testing.assert_allclose(backed_up, best.values, atol=1e-7 * (1 + np.abs(best.values).max()))
        np.testing.assert_allclose(best.probs.sum(axis=1), 1, rtol=1e-12)

    @pytest.mark.parametrize("world", WORLDS)
    @pytest.mark.parametrize("tau", [0.2, 1.0])
    @pytest.mark.parametrize("count_absorbing", [True, False])
    def test_the_soft_optimum_is_stationary_and_earns_what_it_says(self, world, tau, count_absorbing):
        mdp = WORLDS[world]
        best = optimal(mdp, tau=tau, count_absorbing=count_absorbing)
        exact = ExactReturn(mdp, tau=tau, count_absorbing=count_absorbing)
        theta = np.log(np.maximum(best.probs, 1e-300)).reshape(1, -1)
        scale = 1 + abs(best.return_)
        assert exact.evaluate(theta)[0, 0] == pytest.approx(best.return_, rel=1e-9)
        assert np.abs(exact.gradient(theta)).max() < 1e-8 * scale / (1 - mdp.discount)

    @pytest.mark.parametrize("world", WORLDS)
    @pytest.mark.parametrize("tau", TAUS)
    def test_no_policy_beats_it_from_any_state(self, world, tau):
        mdp = WORLDS[world]
        best = optimal(mdp, tau=tau)
        thetas = 3 * np.random.default_rng(0).normal(size=(50, mdp.n_states * mdp.n_actions))
        values = ExactReturn(mdp, tau=tau).state_values(thetas)
        assert (values <= best.values + 1e-9 * (1 + np.abs(best.values))).all()

    def test_more_entropy_weight_never_lowers_the_soft_optimum(self):
        found = [optimal(paper_gridworld(), tau=tau).return_ for tau in (0.0, 0.01, 0.1, 1.0)]
        assert np.all(np.diff(found) > 0)

    def test_a_small_tau_approaches_the_hard_optimum(self):
        mdp = WORLDS["dense random"]
        assert optimal(mdp, tau=1e-6).return_ == pytest.approx(optimal(mdp).return_, abs=1e-4)

    def test_a_tau_at_which_differences_underflow(self):
        best = optimal(WORLDS["dense random"], tau=1e-12)
        assert np.isfinite(best.probs).all()
        assert best.converged

    def test_shifting_every_reward_keeps_the_policy(self):
        mdp = WORLDS["dense random"]
        shifted = MDP(mdp.transitions, mdp.rewards - 1000, mdp.discount, mdp.start)
        for tau in (0.0, 0.5):
            np.testing.assert_allclose(
                optimal(shifted, tau=tau).probs, optimal(mdp, tau=tau).probs, atol=1e-8
            )

    @pytest.mark.parametrize("size", [1e-20, 1e20])
    def test_scaling_every_reward_keeps_the_policy(self, size):
        mdp = random_mdp(6, 3, discount=0.9, rng=np.random.default_rng(0))
        scaled = optimal(replace(mdp, rewards=size * mdp.rewards))
        np.testing.assert_array_equal(scaled.probs, optimal(mdp).probs)
        assert scaled.converged

    def test_too_few_iterations_are_told(self):
        early = value_iteration(paper_gridworld(), max_iterations=3)
        assert not early.converged
        assert early.residual > 1e-3
        assert not optimal(paper_gridworld(20), max_iterations=1).converged


def test_no_iterations():
    with pytest.raises(ValueError, match="max_iterations must be an integer of at least 1, got 0"):
        optimal(paper_gridworld(), max_iterations=0)
    with pytest.raises(ValueError, match="max_iterations must be an integer of at least 1, got 0"):
        value_iteration(paper_gridworld(), max_iterations=0)


@pytest.mark.parametrize("tolerance", [0.0, -1.0, np.nan])
def test_no_tolerance(tolerance):
    with pytest.raises(ValueError, match=f"tolerance must be a finite number above 0, got {tolerance}"):
        value_iteration(paper_gridworld(), tolerance=tolerance)


@pytest.mark.parametrize("solve", [optimal, value_iteration, ExactReturn])
def test_what_is_no_world(solve):
    with pytest.raises(TypeError, match="world must be an MDP or a Gridworld, got 'here'"):
        solve("here")
    with pytest.raises(ValueError, match="tau must be a finite number of at least 0, got hot"):
        solve(paper_gridworld(), tau="hot")
