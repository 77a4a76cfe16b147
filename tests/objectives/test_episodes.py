"""Sampled episodes follow the world's probabilities, and the gradient estimated from them is unbiased."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from rl_landscapes.objectives import (
    ExactReturn,
    leave_one_out,
    no_baseline,
    sample_episodes,
    sampled_gradient,
)
from rl_landscapes.policies import deterministic_theta, mixed, paper_policy, tabular
from rl_landscapes.worlds import MDP, paper_gridworld, random_mdp
from tests.objectives.oracles import WORLDS

STOCHASTIC = WORLDS["several starts and slip"]
CERTAIN = WORLDS["paper"]
ENDLESS = random_mdp(4, 2, discount=0.5, rng=np.random.default_rng(0))
BASELINES = {"without baseline": no_baseline, "leave one out": leave_one_out}


def sample(mdp, n_policies=1, n_episodes=50, horizon=40, seed=0):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.ones(mdp.n_actions), size=(n_policies, mdp.n_states))
    return probs, sample_episodes(mdp, probs, n_episodes=n_episodes, horizon=horizon, rng=rng)


def estimates(exact, theta, n_episodes, n_estimates, baseline, seed=0, horizon=60):
    """Independent estimates at one theta, as so many rows of one batch, (n_estimates, n)."""
    return sampled_gradient(
        exact,
        np.repeat(theta[None], n_estimates, axis=0),
        n_episodes=n_episodes,
        horizon=horizon,
        rng=np.random.default_rng(seed),
        baseline=baseline,
    )


def variance(samples):
    return samples.var(axis=0, ddof=1).sum()


class TestIdentities:
    @pytest.mark.parametrize("mdp", [CERTAIN, STOCHASTIC, ENDLESS])
    def test_every_step_is_possible(self, mdp):
        _, episodes = sample(mdp, n_policies=3)
        states, actions, following = episodes.states[:-1], episodes.actions[:-1], episodes.states[1:]
        assert (mdp.to_dense().transitions[states, actions, following] > 0).all()
        assert (mdp.start[episodes.states[0]] > 0).all()

    def test_rewards_are_those_of_the_world_while_alive(self):
        _, episodes = sample(STOCHASTIC, n_policies=2)
        expected = STOCHASTIC.rewards[episodes.states, episodes.actions] * episodes.alive
        np.testing.assert_array_equal(episodes.rewards, expected)

    def test_alive_means_not_absorbed(self):
        _, episodes = sample(STOCHASTIC, n_policies=2)
        np.testing.assert_array_equal(episodes.alive, ~STOCHASTIC.absorbing[episodes.states])
        assert (episodes.alive[1:] <= episodes.alive[:-1]).all()
        assert not episodes.alive.all()

    def test_returns_and_rewards_to_go_add_up(self):
        _, episodes = sample(STOCHASTIC, n_policies=2)
        worth = STOCHASTIC.discount ** np.arange(len(episodes.rewards))[:, None, None]
        np.testing.assert_allclose(episodes.returns, (worth * episodes.rewards).sum(axis=0), rtol=1e-13)
        for t in (0, 3, len(worth) - 1):
            np.testing.assert_allclose(
                episodes.rewards_to_go[t], (worth * episodes.rewards)[t:].sum(axis=0), atol=1e-13
            )

    def test_sampling_stops_when_all_have_ended_and_at_the_horizon(self):
        world = paper_gridworld()
        right = tabular(26, 4).at(deterministic_theta(tabular(26, 4), np.full(26, 1), 800.0)[None]).probs
        _, rng = None, np.random.default_rng(0)
        assert len(sample_episodes(world.mdp, right, n_episodes=3, horizon=99, rng=rng).states) == 5
        assert len(sample_episodes(world.mdp, right, n_episodes=3, horizon=2, rng=rng).states) == 2

    def test_a_world_that_starts_at_its_end_has_no_steps(self):
        ended = MDP(np.ones((1, 2, 1)), np.zeros((1, 2)), 0.9, np.ones(1), np.array([True]))
        probs = np.full((3, 1, 2), 0.5)
        episodes = sample_episodes(ended, probs, n_episodes=4, horizon=9, rng=np.random.default_rng(0))
        assert episodes.states.shape == (0, 3, 4)
        assert episodes.returns.tolist() == np.zeros((3, 4)).tolist()
        estimate = sampled_gradient(
            ExactReturn(ended), np.zeros((3, 2)), n_episodes=4, horizon=9, rng=np.random.default_rng(0)
        )
        assert estimate.tolist() == np.zeros((3, 2)).tolist()

    def test_probabilities_of_exactly_zero_are_never_drawn(self):
        probs = np.zeros((2, 4, 2))
        probs[0, :, 1] = probs[1, :, 0] = 1
        episodes = sample_episodes(ENDLESS, probs, n_episodes=200, horizon=20, rng=np.random.default_rng(0))
        assert (episodes.actions[:, 0] == 1).all()
        assert (episodes.actions[:, 1] == 0).all()

    def test_the_seed_decides_everything_and_nothing_is_changed(self):
        probs, one = sample(STOCHASTIC, seed=3)
        kept = probs.copy()
        _, other = sample(STOCHASTIC, seed=3)
        _, third = sample(STOCHASTIC, seed=4)
        for name in ("states", "actions", "rewards", "alive"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert not np.array_equal(one.states[0], third.states[0])
        np.testing.assert_array_equal(probs, kept)

    def test_leave_one_out_is_the_mean_of_the_others(self):
        _, episodes = sample(STOCHASTIC, n_episodes=5)
        baseline = leave_one_out(episodes)
        for j in range(5):
            others = np.delete(episodes.rewards_to_go, j, axis=-1).mean(axis=-1)
            np.testing.assert_allclose(baseline[..., j], others, atol=1e-13)

    def test_the_estimate_by_hand_from_the_same_episodes(self):
        exact = ExactReturn(STOCHASTIC, tabular(STOCHASTIC.n_states, STOCHASTIC.n_actions))
        theta = np.random.default_rng(1).normal(size=exact.n_parameters)
        settings = {"n_episodes": 6, "horizon": 15}
        probs = exact.policy.at(theta[None]).probs
        episodes = sample_episodes(STOCHASTIC, probs, **settings, rng=np.random.default_rng(2))
        expected = np.zeros((STOCHASTIC.n_states, STOCHASTIC.n_actions))
        for j in range(6):
            for t in range(len(episodes.states)):
                s, a = episodes.states[t, 0, j], episodes.actions[t, 0, j]
                if not STOCHASTIC.absorbing[s]:
                    score = np.eye(STOCHASTIC.n_actions)[a] - probs[0, s]
                    expected[s] += score * episodes.rewards_to_go[t, 0, j] / 6
        found = sampled_gradient(exact, theta[None], **settings, rng=np.random.default_rng(2))
        np.testing.assert_allclose(found[0], expected.ravel(), atol=1e-12)


@pytest.mark.no_cover
class TestStatistics:
    @pytest.mark.parametrize("mdp", [STOCHASTIC, ENDLESS])
    def test_frequencies_follow_policy_and_world(self, mdp):
        """Chi-squared tests of actions given states and of next states given both, at 1 in 1,000 each."""
        probs, episodes = sample(mdp, n_episodes=2000, horizon=25)
        states, actions = episodes.states[:-1].ravel(), episodes.actions[:-1].ravel()
        alive = episodes.alive[:-1].ravel()
        following = episodes.states[1:].ravel()
        size = (mdp.n_states, mdp.n_actions, mdp.n_states)
        counts = np.zeros(size)
        np.add.at(counts, (states[alive], actions[alive], following[alive]), 1)
        assert excess(counts.sum(axis=2), probs[0]) < 1
        assert excess(counts, np.asarray(mdp.to_dense().transitions)) < 1

    def test_starts_follow_the_start_distribution(self):
        _, episodes = sample(ENDLESS, n_episodes=20_000, horizon=1)
        counts = np.bincount(episodes.states.ravel(), minlength=4)
        assert excess(counts[None], ENDLESS.start[None]) < 1

    @pytest.mark.parametrize("baseline", BASELINES)
    @pytest.mark.parametrize("mdp", [CERTAIN, STOCHASTIC, ENDLESS])
    def test_the_estimate_is_unbiased(self, mdp, baseline):
        """Mean of 4,000 estimates against the exact gradient: largest of n z-values, Bonferroni at 1e-3."""
        policy = mixed(tabular(mdp.n_states, mdp.n_actions, shared_bias=True), 0.1)
        exact = ExactReturn(mdp, policy)
        theta = np.random.default_rng(4).normal(size=exact.n_parameters)
        samples = estimates(exact, theta, 4, 4000, BASELINES[baseline], seed=5, horizon=250)
        error = samples.mean(axis=0) - exact.gradient(theta[None])[0]
        deviation = samples.std(axis=0, ddof=1) / np.sqrt(len(samples))
        seen = deviation > 0
        assert (np.abs(error[~seen]) < 1e-8).all()
        assert np.abs(error[seen] / deviation[seen]).max() < norm.isf(1e-3 / 2 / seen.sum())

    @pytest.mark.parametrize("baseline", BASELINES)
    def test_variance_falls_like_one_over_the_number_of_episodes(self, baseline):
        exact = ExactReturn(STOCHASTIC)
        theta = np.zeros(exact.n_parameters)
        few, many = (variance(estimates(exact, theta, n, 2000, BASELINES[baseline])) for n in (8, 64))
        assert few / many == pytest.approx(8, rel=0.2)

    @pytest.mark.parametrize("shift", [0.0, 20.0])
    def test_the_baseline_lowers_the_variance(self, shift):
        mdp = MDP(ENDLESS.transitions, ENDLESS.rewards + shift, ENDLESS.discount, ENDLESS.start)
        exact = ExactReturn(mdp)
        theta = np.zeros(exact.n_parameters)
        plain, lowered = (variance(estimates(exact, theta, 16, 1000, b)) for b in BASELINES.values())
        assert lowered < (0.95 if shift == 0 else 0.02) * plain

    def test_the_policies_of_a_batch_are_independent(self):
        probs = np.repeat(sample(ENDLESS)[0], 2, axis=0)
        rng = np.random.default_rng(0)
        returns = sample_episodes(ENDLESS, probs, n_episodes=4000, horizon=20, rng=rng).returns
        assert abs(np.corrcoef(returns)[0, 1]) < 4 / np.sqrt(4000)


def excess(counts, probs):
    """Chi-squared statistic over its 1 in 1,000 quantile; `counts` (..., K) against rows of `probs`."""
    expected = counts.sum(axis=-1, keepdims=True) * probs
    usable = expected > 5
    assert usable.any()
    assert counts[probs == 0].sum() == 0
    statistic = ((counts - expected)[usable] ** 2 / expected[usable]).sum()
    return statistic / chi2.isf(1e-3, usable.sum())


class TestBadInput:
    def test_probs(self):
        rng, settings = np.random.default_rng(0), {"n_episodes": 2, "horizon": 2}
        with pytest.raises(ValueError, match=r"probs must have shape \(any, 4, 2\), got \(4, 2\)"):
            sample_episodes(ENDLESS, np.full((4, 2), 0.5), **settings, rng=rng)
        with pytest.raises(ValueError, match="probs must be non-negative and sum to one"):
            sample_episodes(ENDLESS, np.full((1, 4, 2), 0.4), **settings, rng=rng)
        with pytest.raises(ValueError, match="probs must be non-negative"):
            sample_episodes(ENDLESS, np.tile([1.5, -0.5], (1, 4, 1)), **settings, rng=rng)

    @pytest.mark.parametrize("name", ["n_episodes", "horizon"])
    def test_counts(self, name):
        settings = {"n_episodes": 2, "horizon": 2} | {name: 0}
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, got 0"):
            sample_episodes(ENDLESS, np.full((1, 4, 2), 0.5), **settings, rng=np.random.default_rng(0))

    def test_numpy_integers_are_counts(self):
        settings = {"n_episodes": np.int64(2), "horizon": np.int32(3)}
        probs = np.full((1, 4, 2), 0.5)
        assert sample_episodes(ENDLESS, probs, **settings, rng=np.random.default_rng(0)).states.shape == (
            3,
            1,
            2,
        )

    def test_one_episode_leaves_none_out(self):
        exact = ExactReturn(paper_gridworld(), paper_policy())
        with pytest.raises(ValueError, match="leave_one_out needs n_episodes of at least 2, got 1"):
            estimates(exact, np.zeros(108), 1, 1, leave_one_out)
