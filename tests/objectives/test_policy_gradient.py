"""The estimated gradient: against the exact one of a linear-quadratic world, bias and noise measured."""

from dataclasses import replace

import numpy as np
import pytest
from autograd import grad
from autograd import numpy as anp

from rl_landscapes.objectives import (
    SampledReturn,
    baselines,
    policy_gradient,
    reward_to_go,
    reward_to_go_from_here,
    whole_return,
)
from rl_landscapes.objectives.baselines import Linear
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian, mlp_gaussian
from rl_landscapes.worlds.lqr import double_integrator
from tests.point_mass import PointMass

GAMMA, HORIZON, SIGMA, N = 0.8, 5, 0.4, 8000
WORLD = double_integrator(discount=GAMMA, disturbance=0.05, time_limit=HORIZON)
LEARNED = linear_gaussian(2, 1, sigma=None)
THETA = np.array([-0.4, -0.7, 0.5, np.log(SIGMA)])  # gain, bias, log sigma


def expected_return(theta, world=WORLD):
    """The exact return over the time limit, from mean and covariance of the state; for autograd."""
    gain, bias, variance = theta[None, :2], theta[2], anp.exp(2 * theta[3])
    closed = world.dynamics + anp.dot(world.control, gain)
    mean, spread, total = np.zeros(2), np.eye(2), 0.0
    for t in range(world.time_limit):
        action = anp.dot(gain, mean) + bias
        square = anp.dot(anp.dot(gain, spread), gain.T) + anp.outer(action, action) + variance
        place = spread + anp.outer(mean, mean)
        total -= world.discount**t * (anp.sum(world.state_cost * place) + anp.sum(world.action_cost * square))
        mean = anp.dot(world.dynamics, mean) + anp.dot(world.control, action)
        pushed = variance * anp.dot(world.control, world.control.T) + world.disturbance
        spread = anp.dot(anp.dot(closed, spread), closed.T) + pushed
    return total


EXACT = grad(expected_return)(THETA)


@pytest.fixture(scope="module")
def episodes():
    objective = SampledReturn(WORLD, LEARNED, n_episodes=N, discount=GAMMA)
    return objective.trajectories(THETA[None], np.random.default_rng(5))


@pytest.fixture(scope="module")
def falling():
    """Episodes of different lengths."""
    objective = SampledReturn(PointMass(edge=0.6), LEARNED, n_episodes=60, discount=0.9)
    return objective.trajectories(THETA[None], np.random.default_rng(5))


def some(trajectories, chosen):
    """The episodes `chosen` of trajectories."""
    names = ("observations", "actions", "rewards", "lengths", "terminated", "diverged")
    return replace(trajectories, **{name: getattr(trajectories, name)[:, chosen] for name in names})


def small_batches(trajectories, size, **settings):
    """The gradients of batches of `size` episodes, one after the other."""
    cuts = [slice(j, j + size) for j in range(0, N, size)]
    return np.stack(
        [policy_gradient(LEARNED, THETA, some(trajectories, c), **settings).gradient for c in cuts]
    )


def z_scores(gradients):
    spread = gradients.std(axis=0, ddof=1) / np.sqrt(len(gradients))
    return np.abs(gradients.mean(axis=0) - EXACT) / spread


@pytest.mark.no_cover
class TestOracle:
    """Batches of 4 episodes, so that a bias of order 1/N shows."""

    @pytest.mark.parametrize("weighting", [reward_to_go, whole_return])
    @pytest.mark.parametrize("baseline", [baselines.none, baselines.per_step, Linear(2), Linear(4)])
    def test_unbiased_where_that_is_claimed(self, episodes, weighting, baseline):
        gradients = small_batches(episodes, 4, weighting=weighting, baseline=baseline)
        assert z_scores(gradients).max() < 4

    @pytest.mark.parametrize("baseline", [Linear(1), baselines.standardised])
    def test_biased_where_that_is_admitted(self, episodes, baseline):
        assert z_scores(small_batches(episodes, 4, baseline=baseline)).max() > 6

    def test_discounting_from_each_step_is_biased(self, episodes):
        """Against an estimate without bias from the same episodes."""
        biased, unbiased = (
            small_batches(episodes, 4, weighting=w, baseline=Linear(4))
            for w in (reward_to_go_from_here, reward_to_go)
        )
        assert z_scores(biased - unbiased + EXACT).max() > 6

    def test_tau_adds_the_gradient_of_the_discounted_entropy(self, episodes):
        gradients = small_batches(episodes, 4, tau=0.7, baseline=baselines.per_step)
        gradients[:, 3] -= 0.7 * sum(GAMMA**t for t in range(HORIZON))
        assert z_scores(gradients).max() < 4

    def test_the_exact_gradient_is_that_of_the_closed_form(self):
        """It knows no end and no bias: so 150 steps, and a bias of 0."""
        long = double_integrator(discount=GAMMA, disturbance=0.05, time_limit=150)
        theta = THETA * [1, 1, 0, 1]
        ours = grad(lambda t: expected_return(t, long))(theta)
        closed = LQRReturn(WORLD, sigma=None).gradient(theta[None, [0, 1, 3]])[0]
        np.testing.assert_allclose(ours[[0, 1, 3]], closed, rtol=1e-8)

    def test_noise_is_the_spread_of_the_estimate(self, episodes):
        """The spread over batches of 50 against what each batch says of itself."""
        cuts = [slice(j, j + 50) for j in range(0, N, 50)]
        found = [policy_gradient(LEARNED, THETA, some(episodes, c)) for c in cuts]
        true = np.linalg.norm(np.std([f.gradient for f in found], axis=0, ddof=1))
        said = np.sqrt(np.mean([f.noise**2 for f in found]))
        assert said == pytest.approx(true, rel=0.15)

    def test_every_rung_of_the_ladder_has_less_noise(self, episodes):
        ladder = [
            (whole_return, baselines.none),
            (reward_to_go, baselines.none),
            (reward_to_go, baselines.per_step),
            (reward_to_go, Linear()),
        ]
        noise = [policy_gradient(LEARNED, THETA, episodes, weighting=w, baseline=b).noise for w, b in ladder]
        assert noise[0] > 1.2 * noise[1] > 1.2**2 * noise[2] > 1.2**3 * noise[3]


class TestIdentities:
    def test_every_episode_by_hand(self, falling):
        """A plain loop over steps, with the score of the linear policy written out."""
        found = policy_gradient(LEARNED, THETA, falling, tau=0.3)
        entropy = 0.5 * np.log(2 * np.pi * np.e) + np.log(SIGMA)
        for j in range(10):
            total, length = np.zeros(4), falling.lengths[0, j]
            for t in range(length):
                s, a = falling.observations[0, j, t], falling.actions[0, j, t, 0]
                z = (a - THETA[:2] @ s - THETA[2]) / SIGMA
                paid = [0.9**u * (falling.rewards[0, j, u] + 0.3 * entropy) for u in range(t, length)]
                total += np.array([z * s[0] / SIGMA, z * s[1] / SIGMA, z / SIGMA, z**2 - 1]) * sum(paid)
                total[3] += 0.3 * 0.9**t
            np.testing.assert_allclose(found.per_episode[j], total, rtol=1e-9, atol=1e-11)

    def test_a_fixed_sigma_makes_tau_a_reward_for_every_step(self, falling):
        fixed = LEARNED.with_sigma(SIGMA)
        paid = falling.rewards + 0.3 * fixed.entropy(THETA) * falling.alive
        one = policy_gradient(fixed, THETA, falling, tau=0.3)
        other = policy_gradient(fixed, THETA, replace(falling, rewards=paid))
        np.testing.assert_allclose(one.per_episode, other.per_episode, rtol=1e-12)
        np.testing.assert_array_equal(one.returns, falling.returns[0])

    def test_the_three_weightings(self):
        rewards = np.array([[1.0, 2.0, 4.0]])
        np.testing.assert_allclose(reward_to_go(rewards, 0.5), [[3.0, 2.0, 1.0]])
        np.testing.assert_allclose(whole_return(rewards, 0.5), [[3.0, 3.0, 3.0]])
        np.testing.assert_allclose(reward_to_go_from_here(rewards, 0.5), [[3.0, 4.0, 4.0]])

    def test_without_discount_two_of_them_are_one(self, falling):
        rewards = falling.rewards[0]
        np.testing.assert_allclose(reward_to_go(rewards, 1.0), reward_to_go_from_here(rewards, 1.0))

    def test_the_weighting_leaves_its_input_alone(self):
        rewards = np.ones((2, 3))
        reward_to_go_from_here(rewards, 0.5)
        assert (rewards == 1).all()

    @pytest.mark.parametrize("weighting", [reward_to_go, whole_return, reward_to_go_from_here])
    @pytest.mark.parametrize(
        "baseline", [baselines.none, baselines.standardised, baselines.per_step, Linear()]
    )
    def test_longer_padding_changes_nothing(self, falling, weighting, baseline):
        """Only the authors' padding is meant to see it."""
        pads = {name: ((0, 0), (0, 0), (0, 7)) for name in ("rewards", "observations", "actions")}
        longer = replace(
            falling,
            **{
                n: np.pad(getattr(falling, n), [*p, (0, 0)][: getattr(falling, n).ndim])
                for n, p in pads.items()
            },
        )
        settings = {"weighting": weighting, "baseline": baseline, "tau": 0.2}
        one = policy_gradient(LEARNED, THETA, falling, **settings)
        other = policy_gradient(LEARNED, THETA, longer, **settings)
        np.testing.assert_allclose(one.per_episode, other.per_episode, rtol=1e-9, atol=1e-10)

    def test_an_mlp_is_served_too(self):
        policy = mlp_gaussian(2, 1, (3,), sigma=0.4)
        theta = np.random.default_rng(0).normal(size=policy.n_parameters)
        objective = SampledReturn(PointMass(), policy, n_episodes=5)
        found = policy_gradient(policy, theta, objective.trajectories(theta[None], np.random.default_rng(0)))
        assert found.per_episode.shape == (5, policy.n_parameters)
        assert found.gradient.any()


class TestDivergence:
    def test_episodes_that_diverged_are_left_out_and_counted(self, falling):
        lost = np.zeros((1, 60), dtype=bool)
        lost[0, [3, 20]] = True
        found = policy_gradient(LEARNED, THETA, replace(falling, diverged=lost))
        kept = np.flatnonzero(~lost[0])
        assert found.n_diverged == 2
        np.testing.assert_array_equal(
            found.gradient, policy_gradient(LEARNED, THETA, some(falling, kept)).gradient
        )

    def test_if_all_diverged_there_is_no_gradient(self, falling):
        found = policy_gradient(LEARNED, THETA, replace(falling, diverged=np.ones((1, 60), dtype=bool)))
        assert np.isnan(found.gradient).tolist() == [True] * 4
        assert np.isnan(found.noise)
        assert found.n_diverged == 60

    def test_one_episode_says_nothing_of_its_noise(self, falling):
        assert np.isnan(policy_gradient(LEARNED, THETA, some(falling, [0])).noise)


class TestBadInput:
    def test_several_policies(self, falling):
        two = replace(falling, lengths=np.concatenate([falling.lengths] * 2))
        with pytest.raises(ValueError, match="trajectories must be of one policy, got 2"):
            policy_gradient(LEARNED, THETA, two)

    def test_a_deterministic_policy(self, falling):
        with pytest.raises(ValueError, match="policy_gradient needs sigma above 0, got 0"):
            policy_gradient(LEARNED.with_sigma(0), THETA, falling, tau=1.0)

    def test_tau(self, falling):
        with pytest.raises(ValueError, match="tau must be finite, but it is nan"):
            policy_gradient(LEARNED, THETA, falling, tau=np.nan)

    def test_theta(self, falling):
        with pytest.raises(ValueError, match=r"theta must have shape \(4,\), got \(3,\); 4 = 1\*2 weights"):
            policy_gradient(LEARNED, THETA[:3], falling)
