"""An action masked by a logit far below the others' is as good as none, in returns and all they lead to."""

import numpy as np
import pytest

from rl_landscapes.ascent import ascend, natural_gradient, reinforce
from rl_landscapes.objectives import (
    EntropyBonus,
    ExactReturn,
    evaluate,
    gradient,
    hessian,
    sample_episodes,
    visited_bonus_gradient,
)
from rl_landscapes.policies import fisher, kl_moved, linear, mixed, tabular
from rl_landscapes.probes import classify, extreme_eigenpairs, perturb
from rl_landscapes.worlds import MDP, random_mdp

S, A = 5, 4
LEFT = [0, 1, 3]  # the actions that stay
WORLD = random_mdp(S, A, discount=0.9, rng=np.random.default_rng(0))
WITHOUT = MDP(WORLD.transitions[:, LEFT], WORLD.rewards[:, LEFT], WORLD.discount, WORLD.start)


@pytest.fixture(params=[-800.0, -1e4, -1e8, -1e300])
def theta(request):
    table = np.random.default_rng(1).normal(size=(S, A))
    table[:, 2] = request.param
    return table.ravel()


def of_others(rows):
    """What belongs to the actions that stay, of rows (..., S A)."""
    return rows.reshape(*rows.shape[:-1], S, A)[..., LEFT].reshape(*rows.shape[:-1], -1)


def of_masked(rows):
    return rows.reshape(*rows.shape[:-1], S, A)[..., 2]


@pytest.mark.parametrize("tau", [0.0, 0.3])
class TestExactReturn:
    def test_value_and_gradient_are_those_of_the_world_without_it(self, theta, tau):
        full, small = ExactReturn(WORLD, tau=tau), ExactReturn(WITHOUT, tau=tau)
        points, fewer = theta[None], of_others(theta[None])
        np.testing.assert_allclose(evaluate(full, points), evaluate(small, fewer), rtol=1e-13)
        slopes = gradient(full, points)
        np.testing.assert_allclose(of_others(slopes), gradient(small, fewer), rtol=1e-11, atol=1e-15)
        assert not of_masked(slopes).any()

    def test_so_is_the_hessian(self, theta, tau):
        curved = hessian(ExactReturn(WORLD, tau=tau), theta)
        smaller = hessian(ExactReturn(WITHOUT, tau=tau), of_others(theta))
        np.testing.assert_allclose(of_others(of_others(curved).T), smaller, rtol=1e-10, atol=1e-14)
        assert not of_masked(curved).any()

    def test_probes_see_the_others(self, theta, tau):
        full = ExactReturn(WORLD, tau=tau)
        seen = perturb(full, theta, alpha=0.1, n_directions=20, rng=np.random.default_rng(0))
        assert np.isfinite(seen.slope).all()
        assert classify(seen).bend_down < 0
        spectrum = extreme_eigenpairs(full, theta, k=2)
        assert spectrum.converged.all()


class TestOthers:
    def test_entropy_paid_beside_the_return(self, theta):
        full, small = (EntropyBonus(ExactReturn(world), tau=0.5) for world in (WORLD, WITHOUT))
        points, fewer = theta[None], of_others(theta[None])
        np.testing.assert_allclose(evaluate(full, points), evaluate(small, fewer), rtol=1e-13)
        np.testing.assert_allclose(
            of_others(gradient(full, points)), gradient(small, fewer), rtol=1e-11, atol=1e-15
        )
        np.testing.assert_allclose(
            of_others(visited_bonus_gradient(ExactReturn(WORLD), points, tau=0.5)),
            visited_bonus_gradient(ExactReturn(WITHOUT), fewer, tau=0.5),
            rtol=1e-11,
            atol=1e-15,
        )

    def test_it_is_never_sampled_and_the_estimate_is_finite(self, theta):
        exact, rng = ExactReturn(WORLD), np.random.default_rng(0)
        episodes = sample_episodes(
            WORLD, exact.policy.at(theta[None]).probs, n_episodes=500, horizon=20, rng=rng
        )
        assert not (episodes.actions[episodes.alive] == 2).any()
        _, estimate = reinforce(n_episodes=50, horizon=20)(exact, theta[None], rng)
        assert np.isfinite(estimate).all()
        assert not of_masked(estimate).any()

    def test_distances_do_not_see_it(self, theta):
        policy, weights = tabular(S, A), np.ones(S)
        moved = theta + np.tile([0.0, 0.5, 7.0, 0.0], S)
        fewer = kl_moved(tabular(S, 3), of_others(theta), of_others(moved[None]), weights)
        np.testing.assert_allclose(kl_moved(policy, theta, moved[None], weights), fewer, rtol=1e-12)
        assert not of_masked(fisher(policy, theta, weights)).any()

    def test_features_mask_by_one_of_their_own(self):
        """A feature of -1e4 where an action is masked; along its weight, 1, nothing changes."""
        own = np.random.default_rng(3).normal(size=(S, A, 6))
        features = np.concatenate([own, np.zeros((S, A, 1))], axis=2)
        features[:, 2, 6] = -1e4
        weights = np.random.default_rng(4).normal(size=(1, 6))
        masked = ExactReturn(WORLD, linear(features), tau=0.1)
        points = np.append(weights, [[1.0]], axis=1)
        fewer = ExactReturn(WITHOUT, linear(own[:, LEFT]), tau=0.1)
        np.testing.assert_allclose(evaluate(masked, points), evaluate(fewer, weights), rtol=1e-13)
        expected = np.append(gradient(fewer, weights), [[0.0]], axis=1)
        np.testing.assert_allclose(gradient(masked, points), expected, rtol=1e-10, atol=1e-14)

    def test_mixing_unmasks(self, theta):
        probs = mixed(tabular(S, A), 0.2).at(theta[None]).probs
        np.testing.assert_allclose(probs[..., 2], 0.2 / A, rtol=1e-14)


class TestAscent:
    """The documented mask, -1e4; from 1e8 on is what ascents take for divergence."""

    @pytest.mark.parametrize("tau", [0.0, 0.3])
    def test_the_gradient_leaves_it_masked(self, tau):
        full, small = ExactReturn(WORLD, tau=tau), ExactReturn(WITHOUT, tau=tau)
        theta = np.tile([0.0, 0.0, -1e4, 0.0], S)[None]
        climb = ascend(full, theta, n_updates=50, step=0.5)
        fewer = ascend(small, of_others(theta), n_updates=50, step=0.5)
        np.testing.assert_allclose(climb.values, fewer.values, rtol=1e-12)
        assert (of_masked(climb.end) == -1e4).all()

    def test_the_natural_gradient_does_not(self):
        theta = np.tile([0.0, 0.0, -1e4, 0.0], S)[None]
        climb = ascend(ExactReturn(WORLD, tau=0.3), theta, n_updates=1, step=0.1, rule=natural_gradient)
        assert (of_masked(climb.end) > -1e4).all()


class TestInfinity:
    @pytest.mark.parametrize("call", [evaluate, gradient])
    def test_is_no_parameter(self, call):
        theta = np.zeros((1, S * A))
        theta[0, 2] = -np.inf
        with pytest.raises(ValueError, match=r"thetas must be finite, but thetas\[0, 2\] is -inf"):
            call(ExactReturn(WORLD), theta)
