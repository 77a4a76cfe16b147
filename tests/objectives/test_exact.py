"""The exact soft return: value, gradient and Hessian, against itself written again, and against sampling."""

import platform
import re
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from autograd import grad
from autograd import hessian as autograd_hessian

from rl_landscapes.objectives import (
    ExactReturn,
    evaluate,
    gradient,
    hessian,
    hessian_at,
    optimal,
    sample_episodes,
)
from rl_landscapes.objectives.base import value_and_gradient
from rl_landscapes.policies import gauge, mixed, paper_policy, tabular
from rl_landscapes.worlds import MDP, paper_gridworld, random_mdp
from rl_landscapes.worlds.mdp import EPSILON
from tests.objectives.oracles import WORLDS, policies, soft_return, summed_return

CONVENTIONS = [(0.0, True), (0.3, True), (0.3, False)]


CASES = [
    pytest.param(name, kind, tau, count_absorbing, id=f"{name}-{kind}-{tau}-{count_absorbing}")
    for name, mdp in WORLDS.items()
    for kind in policies(mdp.n_states, mdp.n_actions)
    for tau, count_absorbing in CONVENTIONS
]


def build(world, kind, tau, count_absorbing):
    mdp = WORLDS[world]
    policy, logits, mix = policies(mdp.n_states, mdp.n_actions)[kind]
    exact = ExactReturn(mdp, policy, tau=tau, count_absorbing=count_absorbing)
    return exact, soft_return(mdp, logits, mix, tau=tau, count_absorbing=count_absorbing)


def draw(objective, n_points, seed=0, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=(n_points, objective.n_parameters))


def paper(tau=0.0, **settings):
    return ExactReturn(paper_gridworld(), paper_policy(), tau=tau, **settings)


@pytest.mark.parametrize(("world", "kind", "tau", "count_absorbing"), CASES)
class TestOracles:
    def test_value(self, world, kind, tau, count_absorbing):
        exact, oracle = build(world, kind, tau, count_absorbing)
        thetas = draw(exact, 3)
        expected = [oracle(theta) for theta in thetas]
        np.testing.assert_allclose(exact.evaluate(thetas)[:, 0], expected, rtol=1e-10, atol=1e-12)

    def test_gradient_against_autograd(self, world, kind, tau, count_absorbing):
        exact, oracle = build(world, kind, tau, count_absorbing)
        thetas = draw(exact, 2)
        expected = np.stack([grad(oracle)(theta) for theta in thetas])
        scale = np.abs(expected).max()
        np.testing.assert_allclose(exact.gradient(thetas), expected, atol=1e-9 * scale)

    def test_gradient_against_complex_steps(self, world, kind, tau, count_absorbing):
        exact, oracle = build(world, kind, tau, count_absorbing)
        theta, directions = draw(exact, 1)[0], draw(exact, 4, seed=1)
        expected = [oracle(theta + 1e-30j * v).imag / 1e-30 for v in directions]
        found = exact.gradient(theta[None])[0] @ directions.T
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10 * np.abs(expected).max())

    def test_hessian_vector_products_against_differences_of_the_gradient(
        self, world, kind, tau, count_absorbing
    ):
        exact, _ = build(world, kind, tau, count_absorbing)
        theta, vectors = draw(exact, 1)[0], draw(exact, 3, seed=1)
        h = 3e-5
        ahead, behind = exact.gradient(theta + h * vectors), exact.gradient(theta - h * vectors)
        expected = (ahead - behind) / (2 * h)
        np.testing.assert_allclose(exact.hvp(theta, vectors), expected, atol=2e-7 * np.abs(expected).max())


class TestOraclesOfFewerCases:
    @pytest.mark.parametrize("kind", ["tabular", "shared bias", "mixed", "linear"])
    @pytest.mark.parametrize(("tau", "count_absorbing"), CONVENTIONS)
    def test_hessian_against_autograd(self, kind, tau, count_absorbing):
        exact, oracle = build("dense random", kind, tau, count_absorbing)
        theta = draw(exact, 1)[0]
        expected = autograd_hessian(oracle)(theta)
        np.testing.assert_allclose(hessian(exact, theta), expected, atol=1e-10 * np.abs(expected).max())

    def test_hessian_of_the_paper_against_autograd(self):
        exact, oracle = build("paper", "shared bias", 0.1, True)
        theta = draw(exact, 1, scale=0.3)[0]
        expected = autograd_hessian(oracle)(theta)
        np.testing.assert_allclose(hessian(exact, theta), expected, atol=1e-11)

    @pytest.mark.parametrize("world", ["paper", "several starts and slip", "dense random", "sparse random"])
    def test_value_against_the_sum_over_time(self, world):
        mdp = WORLDS[world]
        exact = ExactReturn(mdp, tau=0.3)
        theta = draw(exact, 1)
        expected = summed_return(mdp, exact.policy.at(theta).probs[0], 0.3, n_steps=4000)
        assert exact.evaluate(theta)[0, 0] == pytest.approx(expected, rel=1e-11)

    def test_the_numbers_of_the_authors_notebook(self):
        world = paper_gridworld()
        right = np.full(26, 1)
        down = np.full(26, 3)
        exact = ExactReturn(world)
        thetas = np.stack([800 * np.eye(4)[actions].ravel() for actions in (right, down)])
        np.testing.assert_allclose(exact.evaluate(thetas)[:, 0], [5 * 0.99**4, 4.322682045], rtol=1e-12)

    def test_entropy_of_the_absorbing_state_is_a_fixed_sum_under_the_uniform_policy(self):
        uniform = np.zeros((1, 108))
        ended = 0.5 * (paper(1.0).state_values(uniform) - paper(0.0).state_values(uniform))[0, -1]
        assert ended == pytest.approx(0.5 * np.log(4) / (1 - 0.99), rel=1e-12)
        assert paper(1.0, count_absorbing=False).state_values(uniform)[0, -1] == 0

    def test_most_negative_curvature_at_the_uniform_policy_as_measured_before(self):
        found = [
            np.linalg.eigvalsh(hessian(paper(tau), np.zeros(108)))[0] for tau in (0.0, 0.01, 0.1, 0.5, 1.0)
        ]
        np.testing.assert_allclose(2 / np.abs(found), [0.613, 0.569, 0.315, 0.093, 0.049], atol=6e-4)

    def test_a_batch_takes_another_solver_and_gives_the_same(self):
        exact = paper(0.1)
        thetas = draw(exact, 40)
        alone = [exact.value_and_gradient(theta[None]) for theta in thetas]
        values, gradients = exact.value_and_gradient(thetas)
        np.testing.assert_allclose(values, np.concatenate([v for v, _ in alone]), rtol=1e-12)
        np.testing.assert_allclose(gradients, np.concatenate([g for _, g in alone]), atol=1e-12)

    def test_dense_and_sparse_storage_agree(self):
        mdp = random_mdp(15, 3, discount=0.9, rng=np.random.default_rng(0), branching=4)
        theta = np.random.default_rng(1).normal(size=(1, 45))
        dense, stored = (ExactReturn(m, tau=0.2) for m in (mdp, mdp.to_sparse()))
        np.testing.assert_allclose(dense.gradient(theta), stored.gradient(theta), rtol=1e-11, atol=1e-13)


class TestIdentities:
    @pytest.mark.parametrize("world", WORLDS)
    def test_occupancy_counts_1_over_1_minus_gamma_visits(self, world):
        exact = ExactReturn(WORLDS[world])
        visits = exact.occupancy(draw(exact, 3))
        assert (visits >= 0).all()
        np.testing.assert_allclose(visits.sum(axis=1), 1 / (1 - exact.mdp.discount), rtol=1e-10)

    @pytest.mark.parametrize("world", WORLDS)
    def test_occupancy_flows(self, world):
        """d = rho + gamma P_pi' d."""
        exact = ExactReturn(WORLDS[world])
        theta = draw(exact, 1)
        visits, probs = exact.occupancy(theta)[0], exact.policy.at(theta).probs[0]
        arriving = np.einsum("s,sa,sat->t", visits, probs, exact.mdp.to_dense().transitions)
        np.testing.assert_allclose(visits, exact.mdp.start + exact.mdp.discount * arriving, rtol=1e-9)

    @pytest.mark.parametrize("world", WORLDS)
    @pytest.mark.parametrize(("tau", "count_absorbing"), CONVENTIONS)
    def test_q_averaged_over_the_policy_is_v(self, world, tau, count_absorbing):
        exact = ExactReturn(WORLDS[world], tau=tau, count_absorbing=count_absorbing)
        theta = draw(exact, 1)
        point, values = exact.policy.at(theta), exact.state_values(theta)
        counted = tau * (np.ones(exact.mdp.n_states) if count_absorbing else ~exact.mdp.absorbing)
        q = exact.mdp.rewards + exact.mdp.discount * exact.mdp.expect(values)
        averaged = (point.probs * (q - counted[:, None] * point.log_probs)).sum(axis=-1)
        np.testing.assert_allclose(averaged, values, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(
            exact.advantages(theta), q - counted[:, None] * point.log_probs - values[..., None], atol=1e-9
        )
        np.testing.assert_allclose((point.probs * exact.advantages(theta)).sum(axis=-1), 0, atol=1e-9)

    def test_the_return_is_the_start_average_of_the_values(self):
        exact = ExactReturn(WORLDS["several starts and slip"], tau=0.1)
        thetas = draw(exact, 3)
        assert (exact.mdp.start > 0).sum() == 2
        np.testing.assert_allclose(
            exact.evaluate(thetas)[:, 0], exact.state_values(thetas) @ exact.mdp.start, rtol=1e-13
        )

    def test_the_return_is_the_reward_on_the_occupancy(self):
        exact = ExactReturn(WORLDS["dense random"])
        theta = draw(exact, 1)
        flow = exact.occupancy(theta)[0][:, None] * exact.policy.at(theta).probs[0]
        assert exact.evaluate(theta)[0, 0] == pytest.approx((flow * exact.mdp.rewards).sum(), rel=1e-12)

    @pytest.mark.parametrize("tau", [0.0, 0.3])
    def test_performance_difference(self, tau):
        """O(pi') - O(pi) = sum d' pi' (A + tau log pi - tau log pi'). Kakade, Langford (2002), lemma 6.1."""
        exact = ExactReturn(WORLDS["dense random"], tau=tau)
        here, there = draw(exact, 2)[:, None]
        flow = exact.occupancy(there)[0][:, None] * exact.policy.at(there).probs[0]
        surprise = exact.policy.at(here).log_probs[0] - exact.policy.at(there).log_probs[0]
        gained = (flow * (exact.advantages(here)[0] + tau * surprise)).sum()
        assert (exact.evaluate(there) - exact.evaluate(here))[0, 0] == pytest.approx(gained, rel=1e-10)

    @pytest.mark.parametrize("world", ["paper", "dense random", "several starts and slip"])
    @pytest.mark.parametrize("kind", ["tabular", "shared bias", "mixed"])
    def test_nothing_changes_along_the_gauge(self, world, kind):
        exact, _ = build(world, kind, 0.3, True)
        theta, basis = draw(exact, 1), gauge(exact.policy)
        moved = theta + np.random.default_rng(3).normal(size=(5, len(basis))) @ basis
        np.testing.assert_allclose(exact.evaluate(moved)[:, 0], exact.evaluate(theta)[0, 0], rtol=1e-11)
        np.testing.assert_allclose(exact.gradient(theta) @ basis.T, 0, atol=1e-11)
        np.testing.assert_allclose(exact.hvp(theta[0], basis), 0, atol=1e-10)

    def test_a_constant_more_per_step_changes_no_derivative(self):
        """In a world without an end a constant reward is worth the same under every policy."""
        mdp = WORLDS["dense random"]
        shifted = MDP(mdp.transitions, mdp.rewards - 1000, mdp.discount, mdp.start)
        one, other = ExactReturn(mdp, tau=0.1), ExactReturn(shifted, tau=0.1)
        theta = draw(one, 1)
        moved = one.evaluate(theta) - 1000 / (1 - mdp.discount)
        np.testing.assert_allclose(other.evaluate(theta), moved, rtol=1e-13)
        np.testing.assert_allclose(other.gradient(theta), one.gradient(theta), atol=1e-9)
        np.testing.assert_allclose(hessian(other, theta[0]), hessian(one, theta[0]), atol=1e-9)

    def test_entropy_enters_linearly_at_a_fixed_policy(self):
        theta = draw(paper(), 1)
        values = [paper(tau).evaluate(theta)[0, 0] for tau in (0.0, 0.5, 1.0)]
        assert values[1] == pytest.approx((values[0] + values[2]) / 2, rel=1e-13)

    @pytest.mark.parametrize("world", ["paper", "dense random", "sparse random"])
    def test_the_hessian_is_symmetric_before_it_is_made_so(self, world):
        exact = ExactReturn(WORLDS[world], tau=0.3)
        columns = hessian_at(exact, draw(exact, 1)[0])(np.eye(exact.n_parameters))
        np.testing.assert_allclose(columns, columns.T, atol=1e-11 * np.abs(columns).max())

    def test_many_vectors_are_their_rows_whatever_the_chunks(self):
        exact = ExactReturn(WORLDS["dense random"], tau=0.3)
        theta, vectors = draw(exact, 1)[0], draw(exact, 1200, seed=1)
        together = exact.hvp(theta, vectors)
        np.testing.assert_allclose(together, vectors @ hessian(exact, theta), atol=1e-11)

    @pytest.mark.parametrize("n_points", [1, 30, 6000])
    def test_twice_the_batch_twice_the_same(self, n_points):
        exact = paper(0.1)
        thetas = draw(exact, n_points)
        once, twice = exact.evaluate(thetas), exact.evaluate(np.concatenate([thetas, thetas]))
        np.testing.assert_allclose(twice, np.concatenate([once, once]), rtol=1e-13)

    @pytest.mark.parametrize("world", ["paper", "sparse random"])
    def test_two_identical_calls_agree_in_every_bit_and_change_no_input(self, world):
        thetas = draw(ExactReturn(WORLDS[world]), 40)
        kept = thetas.copy()
        results = []
        for _ in range(2):
            exact = ExactReturn(WORLDS[world], tau=0.1)
            results.append((*exact.value_and_gradient(thetas), exact.hvp(thetas[0], thetas)))
        for one, other in zip(*results, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(thetas, kept)

    def test_with_tau_is_a_new_objective_and_leaves_the_old_one(self):
        theta, exact = draw(paper(), 1), paper(0.1)
        other = exact.with_tau(0.7)
        np.testing.assert_array_equal(other.evaluate(theta), paper(0.7).evaluate(theta))
        np.testing.assert_array_equal(exact.evaluate(theta), paper(0.1).evaluate(theta))
        masked = paper(0.1, count_absorbing=False).with_tau(0.7)
        np.testing.assert_array_equal(
            masked.evaluate(theta), paper(0.7, count_absorbing=False).evaluate(theta)
        )

    def test_with_policy_keeps_tau_and_convention(self):
        theta = draw(paper(), 1)
        other = paper(0.1, count_absorbing=False).with_policy(mixed(paper_policy(), 0.2))
        fresh = ExactReturn(paper_gridworld(), mixed(paper_policy(), 0.2), tau=0.1, count_absorbing=False)
        np.testing.assert_array_equal(other.evaluate(theta), fresh.evaluate(theta))

    def test_soft_q_is_the_value_after_each_action(self):
        exact = ExactReturn(WORLDS["dense random"], tau=0.1)
        theta = draw(exact, 2)
        point, q = exact.policy.at(theta), exact.soft_q(theta)
        averaged = (point.probs * (q - 0.1 * point.log_probs)).sum(axis=-1)
        np.testing.assert_allclose(averaged, exact.state_values(theta), rtol=1e-11)

    @pytest.mark.parametrize("gap", [800.0, 1e4])
    @pytest.mark.parametrize("tau", [0.0, 0.1])
    def test_a_large_logit_gap_gives_numbers(self, gap, tau):
        exact = paper(tau)
        theta = gap * np.random.default_rng(0).normal(size=108)
        values, gradients = exact.value_and_gradient(theta[None])
        for array in (values, gradients, exact.hvp(theta, np.eye(108)[:5]), exact.advantages(theta[None])):
            assert np.isfinite(array).all()

    def test_deterministic_policies_sit_on_plateaus_good_or_bad(self):
        """Gradient and Hessian vanish like exp(-gap): the plateau of the paper."""
        exact = ExactReturn(paper_gridworld())
        for action in (1, 3):
            steep = [
                np.abs(exact.gradient(gap * np.tile(np.eye(4)[action], 26)[None])).max() for gap in (10, 20)
            ]
            assert steep[1] / steep[0] == pytest.approx(np.exp(-10), rel=0.01)


def test_a_batch_works_in_the_memory_of_the_last_one():
    """Page faults of ten batches after the first: glibc would give all arrays back and ask for them again."""
    code = """
import resource
import numpy as np
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.worlds import paper_gridworld
exact = ExactReturn(paper_gridworld())
thetas = np.random.default_rng(0).normal(size=(2000, exact.n_parameters))
faults = []
for _ in range(12):
    exact.value_and_gradient(thetas)
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(faults[-1] - faults[1], 10 * thetas.nbytes // resource.getpagesize())
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    faults, pages_of_one_array = map(int, out.split())
    if platform.libc_ver()[0] == "glibc":
        assert faults < pages_of_one_array


class TestStatistics:
    @pytest.mark.parametrize("world", ["paper", "several starts and slip"])
    def test_value_against_sampled_episodes(self, world):
        """99.9% interval of the mean of 20,000 sampled returns; the cut at 400 steps is below it."""
        exact = ExactReturn(WORLDS[world])
        theta = draw(exact, 1)
        episodes = sample_episodes(
            exact.mdp,
            exact.policy.at(theta).probs,
            n_episodes=20_000,
            horizon=400,
            rng=np.random.default_rng(7),
        )
        returns = episodes.returns[0]
        margin = 3.29 * returns.std() / np.sqrt(returns.size)
        assert returns.mean() == pytest.approx(exact.evaluate(theta)[0, 0], abs=margin + 5 * 0.99**400)

    def test_occupancy_against_sampled_visits(self):
        exact = ExactReturn(WORLDS["several starts and slip"])
        theta = draw(exact, 1)
        episodes = sample_episodes(
            exact.mdp,
            exact.policy.at(theta).probs,
            n_episodes=20_000,
            horizon=200,
            rng=np.random.default_rng(8),
        )
        visits = np.zeros((20_000, exact.mdp.n_states))
        for states, alive, worth in zip(
            episodes.states, episodes.alive, episodes.discounts.ravel(), strict=True
        ):
            np.add.at(visits, (np.arange(20_000), states[0]), worth * alive[0])
        living = ~exact.mdp.absorbing
        errors = (visits.mean(axis=0) - exact.occupancy(theta)[0])[living]
        deviations = visits.std(axis=0)[living] / np.sqrt(20_000)
        assert (np.abs(errors) < 4 * deviations).all()


class TestBadInput:
    def test_another_world(self):
        with pytest.raises(ValueError, match=r"policy must have the world's .* \(26, 4\), got \(25, 4\)"):
            ExactReturn(paper_gridworld(), tabular(25, 4))

    @pytest.mark.parametrize("tau", [-0.1, np.nan, np.inf])
    def test_tau(self, tau):
        with pytest.raises(ValueError, match=f"tau must be a finite number of at least 0, got {tau}"):
            paper(tau)
        with pytest.raises(ValueError, match="tau must be a finite number"):
            paper().with_tau(tau)
        with pytest.raises(ValueError, match="tau must be a finite number"):
            optimal(paper_gridworld(), tau=tau)

    @pytest.mark.parametrize(
        "function",
        [
            lambda o, t: evaluate(o, t),
            lambda o, t: gradient(o, t),
            lambda o, t: value_and_gradient(o, t),
            lambda o, t: o.evaluate(t),
            lambda o, t: o.gradient(t),
            lambda o, t: o.state_values(t),
            lambda o, t: o.occupancy(t),
            lambda o, t: o.advantages(t),
        ],
    )
    def test_thetas(self, function):
        bad = np.zeros((3, 108))
        bad[1, 7] = np.nan
        with pytest.raises(ValueError, match=r"thetas must be finite, but thetas\[1, 7\] is nan"):
            function(paper(), bad)
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 108\), got \(108,\)"):
            function(paper(), np.zeros(108))
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 108\), got \(2, 104\)"):
            function(paper(), np.zeros((2, 104)))
        with pytest.raises(ValueError, match=r"thetas must hold at least one point, got shape \(0, 108\)"):
            function(paper(), np.zeros((0, 108)))

    def test_theta_and_vectors_of_the_hessian(self):
        with pytest.raises(ValueError, match=r"theta must have shape \(108,\), got \(1, 108\)"):
            hessian(paper(), np.zeros((1, 108)))
        with pytest.raises(ValueError, match=r"vectors must have shape \(any, 108\), got \(108,\)"):
            paper().hvp(np.zeros(108), np.zeros(108))

    def test_its_name_says_what_it_is(self):
        assert repr(paper(0.1)) == "ExactReturn(26 states, 4 actions, tau=0.1, count_absorbing=True)"


class TestNearDiscountOne:
    """All rewards 1: the return is 1 / (1 - gamma) whatever the policy."""

    def errors(self, discount):
        found = []
        for seed in range(8):
            rng = np.random.default_rng(seed)
            mdp = random_mdp(6, 3, discount=discount, rng=rng)
            exact = ExactReturn(replace(mdp, rewards=np.ones((6, 3))))
            truth = float(1 / (1 - Fraction(discount)))
            found += [exact.evaluate(draw(exact, n, seed)) / truth - 1 for n in (1, 50)]
        return np.abs(np.concatenate(found)).max()

    @pytest.mark.parametrize("less", [1e-3, 1e-6, 1e-8, 3e-10])
    def test_what_is_not_warned_of_has_six_digits(self, less):
        assert self.errors(1 - less) < min(1e-6, 2 * EPSILON / less)

    @pytest.mark.parametrize("less", [2e-10, 1e-12])
    def test_a_warning_tells_the_size_of_the_error(self, less):
        told = re.escape(f"relative error of up to {EPSILON / less:.1g}: fewer than six digits")
        with pytest.warns(UserWarning, match=told):
            assert 0.1 < self.errors(1 - less) / (EPSILON / less) < 2
