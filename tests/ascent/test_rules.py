"""Rules: the natural gradient is the advantage, and a sampled gradient needs its generator."""

import numpy as np
import pytest

from rl_landscapes.ascent import ascend, exact_gradient, natural_gradient, reinforce, scaled_gradient
from rl_landscapes.objectives import ExactReturn, no_baseline, quadratic
from rl_landscapes.policies import fisher, gauge, kl_moved, linear, paper_policy, tabular, uniform_starts
from rl_landscapes.worlds import MDP as FiniteMDP
from rl_landscapes.worlds import paper_gridworld, random_mdp

MDP = random_mdp(6, 3, discount=0.9, rng=np.random.default_rng(0))
THETAS = np.random.default_rng(1).normal(size=(4, 18))
PAPER = ExactReturn(paper_gridworld(), paper_policy())
STARTS = uniform_starts(PAPER.policy, 3, np.random.default_rng(0))


def centred(table):
    return table - table.mean(axis=-1, keepdims=True)


class TestIdentities:
    @pytest.mark.parametrize("tau", [0.0, 0.3])
    def test_the_natural_gradient_of_a_table_is_the_advantage_up_to_the_gauge(self, tau):
        exact = ExactReturn(MDP, tau=tau)
        values, moves = natural_gradient(exact, THETAS)
        np.testing.assert_allclose(values, exact.evaluate(THETAS)[:, 0], rtol=1e-12)
        np.testing.assert_allclose(moves.reshape(4, 6, 3), centred(exact.advantages(THETAS)), rtol=1e-12)

    @pytest.mark.parametrize("tau", [0.0, 0.3])
    @pytest.mark.parametrize("shared_bias", [False, True])
    def test_it_solves_fishers_equation(self, tau, shared_bias):
        exact = ExactReturn(MDP, tabular(6, 3, shared_bias=shared_bias), tau=tau)
        theta = np.random.default_rng(2).normal(size=(1, exact.n_parameters))
        _, moves = natural_gradient(exact, theta)
        information = fisher(exact.policy, theta[0], exact.occupancy(theta)[0])
        np.testing.assert_allclose(information @ moves[0], exact.gradient(theta)[0], atol=1e-12)
        np.testing.assert_allclose(moves @ gauge(exact.policy).T, 0, atol=1e-13)

    def test_it_does_not_depend_on_how_the_policy_is_parametrised(self):
        """The same policies with logits B theta: the move of the logits is the same up to the gauge."""
        rng = np.random.default_rng(3)
        change = rng.normal(size=(18, 18)) + 4 * np.eye(18)
        features = linear(change.reshape(6, 3, 18))
        thetas = np.linalg.solve(change, THETAS.T).T
        _, ours = natural_gradient(ExactReturn(MDP, features), thetas)
        _, plain = natural_gradient(ExactReturn(MDP), THETAS)
        moved = centred((ours @ change.T).reshape(4, 6, 3))
        np.testing.assert_allclose(moved, plain.reshape(4, 6, 3), atol=1e-11)

    def test_the_exact_gradient_is_value_and_gradient(self):
        values, directions = exact_gradient(PAPER, STARTS)
        np.testing.assert_array_equal(values, PAPER.value_and_gradient(STARTS)[0])
        np.testing.assert_array_equal(directions, PAPER.gradient(STARTS))

    def test_sampled_ascent_is_decided_by_its_seed(self):
        ends = [
            ascend(
                PAPER,
                STARTS,
                n_updates=20,
                step=0.1,
                rule=reinforce(n_episodes=4, horizon=50),
                rng=np.random.default_rng(seed),
            ).end
            for seed in (1, 1, 2)
        ]
        np.testing.assert_array_equal(ends[0], ends[1])
        assert not np.allclose(ends[0], ends[2])

    def test_the_values_of_a_sampled_ascent_are_exact(self):
        values, _ = reinforce(n_episodes=2, horizon=5)(PAPER, STARTS, np.random.default_rng(0))
        np.testing.assert_array_equal(values, PAPER.evaluate(STARTS)[:, 0])


@pytest.mark.no_cover
class TestStatistics:
    @pytest.mark.parametrize("settings", [{}, {"baseline": no_baseline}])
    def test_many_episodes_point_where_the_gradient_points(self, settings):
        exact = ExactReturn(MDP)
        rule = reinforce(n_episodes=20_000, horizon=100, **settings)
        _, sampled = rule(exact, THETAS[:1], np.random.default_rng(0))
        wanted = exact.gradient(THETAS[:1])
        cosine = (sampled * wanted).sum() / np.linalg.norm(sampled) / np.linalg.norm(wanted)
        assert cosine > 0.97

    @pytest.mark.parametrize("later", [0, 1])
    def test_a_cut_horizon_misses_what_is_paid_after_it(self, later):
        """An action pays 1 at once, or by the state it leads to: gamma^(T - k) of the gradient is missing."""
        moves = np.broadcast_to(np.eye(2), (2, 2, 2))
        paid = np.array([[0.0, 1.0], [0.0, 1.0]])
        exact = ExactReturn(FiniteMDP(moves, paid.T if later else paid, 0.9, np.array([0.5, 0.5])))
        rule = reinforce(n_episodes=60_000, horizon=5)
        _, sampled = rule(exact, np.zeros((1, 4)), np.random.default_rng(0))
        wanted = exact.gradient(np.zeros((1, 4)))
        kept = (sampled * wanted).sum() / (wanted**2).sum()
        assert kept == pytest.approx(1 - 0.9 ** (5 - later), abs=0.01)

    def test_both_rules_climb(self):
        settings = {"n_updates": 30, "step": 0.1}
        natural = ascend(ExactReturn(MDP, tau=0.1), THETAS, rule=natural_gradient, **settings)
        assert (natural.values[-1] > natural.values[0]).all()
        assert not natural.falls.any()
        rng = np.random.default_rng(0)
        sampled = ascend(
            ExactReturn(MDP), THETAS, rule=reinforce(n_episodes=100, horizon=60), rng=rng, **settings
        )
        assert (sampled.values[-1] > sampled.values[0]).all()

    def test_the_natural_gradient_leaves_a_plateau_that_holds_the_plain_one(self):
        """Where the policy is almost certain the plain gradient vanishes and the advantage does not."""
        exact = ExactReturn(MDP)
        theta = 6.0 * np.eye(3)[[0, 1, 2, 0, 1, 2]].reshape(1, -1)
        moved = {}
        for name, rule in (("plain", exact_gradient), ("natural", natural_gradient)):
            end = ascend(exact, theta, n_updates=1, step=0.1, rule=rule).end
            moved[name] = kl_moved(exact.policy, theta[0], end, np.ones(6))[0]
        assert moved["natural"] > 10 * moved["plain"]

    @pytest.mark.slow
    def test_the_natural_gradient_frees_what_the_plain_one_left_stuck(self):
        """Chapter 5: of its 24 live climbs six end at 4.32, where the way to 4.80 is hardly ever visited."""
        starts = uniform_starts(PAPER.policy, 24, np.random.default_rng(2019))
        ends = ascend(PAPER, starts, n_updates=2000, step=0.1, record_every=2000).end
        stuck = ends[PAPER.evaluate(ends)[:, 0] < 4.56]
        np.testing.assert_allclose(PAPER.evaluate(stuck)[:, 0], [4.32] * 6, atol=0.002)
        assert (PAPER.occupancy(stuck).min(axis=1) < 1e-9).all()
        freed = ascend(PAPER, stuck, n_updates=120, step=1.0, record_every=120, rule=natural_gradient)
        np.testing.assert_allclose(freed.values[-1], [4.803] * 6, atol=0.0005)


class TestBadInput:
    @pytest.mark.parametrize("rule", [natural_gradient, reinforce(n_episodes=2, horizon=2)])
    def test_another_objective(self, rule):
        with pytest.raises(TypeError, match="this rule needs an ExactReturn, got Function"):
            ascend(quadratic(np.eye(2)), np.zeros((1, 2)), n_updates=1, step=0.1, rule=rule)

    @pytest.mark.parametrize("rule", [reinforce, lambda thetas: thetas])
    def test_a_rule_that_still_needs_its_settings(self, rule):
        with pytest.raises(TypeError, match=r"rule must be a function of \(objective, thetas, rng\)"):
            ascend(PAPER, STARTS, n_updates=1, step=0.1, rule=rule)

    def test_samples_of_a_soft_return(self):
        with pytest.raises(ValueError, match=r"tau = 0; the objective has tau = 0\.1"):
            ascend(
                PAPER.with_tau(0.1), STARTS, n_updates=1, step=0.1, rule=reinforce(n_episodes=2, horizon=2)
            )

    def test_samples_without_a_generator(self):
        with pytest.raises(
            ValueError, match="rng must be a numpy Generator for a gradient from samples, got None"
        ):
            ascend(PAPER, STARTS, n_updates=1, step=0.1, rule=reinforce(n_episodes=2, horizon=2))


class TestScaledGradient:
    def test_what_is_scaled_by_zero_is_left_as_it_is(self):
        scale = np.ones(108)
        PAPER.policy.bias(scale)[:] = [0.0, 0.0, 0.5, 2.0]
        values, directions = scaled_gradient(scale)(PAPER, STARTS, None)
        exact = PAPER.gradient(STARTS)
        np.testing.assert_array_equal(values, PAPER.evaluate(STARTS)[:, 0])
        np.testing.assert_array_equal(directions[:, :-4], exact[:, :-4])
        np.testing.assert_array_equal(directions[:, -4:], exact[:, -4:] * [0.0, 0.0, 0.5, 2.0])

    def test_one_number_for_each_parameter(self):
        with pytest.raises(ValueError, match="scale must hold one number per parameter, 108, got 4"):
            scaled_gradient(np.ones(4))(PAPER, STARTS, None)
