"""The bonus in the loss: another objective than the soft return, with derivatives of its own."""

import numpy as np
import pytest

from rl_landscapes.objectives import EntropyBonus, ExactReturn, hessian, hessian_at, visited_bonus_gradient
from rl_landscapes.policies import linear, mixed, paper_policy, tabular
from rl_landscapes.worlds import paper_gridworld
from tests.objectives.oracles import FEATURES, WORLDS

POLICIES = {
    "tabular": tabular(6, 3),
    "shared bias": tabular(6, 3, shared_bias=True),
    "linear": linear(FEATURES),
    "mixed": mixed(tabular(6, 3), 0.2),
}
WEIGHTS = np.random.default_rng(3).uniform(size=6)


@pytest.fixture(params=POLICIES)
def exact(request):
    return ExactReturn(WORLDS["dense random"], POLICIES[request.param])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def jacobian(field, theta, h=1e-5):
    steps = h * np.eye(theta.size)
    return (field(theta + steps) - field(theta - steps)) / (2 * h)


def asymmetry(matrix):
    return np.abs(matrix - matrix.T).max() / np.abs(matrix).max()


class TestOracles:
    def test_value_by_hand(self, exact, rng):
        theta = rng.normal(size=(1, exact.n_parameters))
        probs = exact.policy.at(theta).probs[0]
        bonus = sum(-WEIGHTS[s] * p * np.log(p) for s in range(6) for p in probs[s])
        found = EntropyBonus(exact, tau=0.7, weights=WEIGHTS).evaluate(theta)
        assert found[0, 0] == pytest.approx(exact.evaluate(theta)[0, 0] + 0.7 * bonus, rel=1e-13)

    def test_gradient_against_central_differences(self, exact, rng):
        bonus = EntropyBonus(exact, tau=0.7, weights=WEIGHTS)
        theta = rng.normal(size=exact.n_parameters)
        slopes = jacobian(lambda t: bonus.evaluate(t)[:, 0], theta)
        np.testing.assert_allclose(bonus.gradient(theta[None])[0], slopes, atol=1e-7)

    def test_hessian_against_central_differences(self, exact, rng):
        bonus = EntropyBonus(exact, tau=0.7, weights=WEIGHTS)
        theta = rng.normal(size=exact.n_parameters)
        np.testing.assert_allclose(hessian(bonus, theta), jacobian(bonus.gradient, theta), atol=1e-6)

    def test_the_visited_bonus_is_the_gradient_with_the_visits_held_fixed(self, exact, rng):
        theta = rng.normal(size=(1, exact.n_parameters))
        frozen = EntropyBonus(exact, tau=0.7, weights=exact.occupancy(theta)[0])
        np.testing.assert_allclose(
            visited_bonus_gradient(exact, theta, tau=0.7), frozen.gradient(theta), rtol=1e-11, atol=1e-12
        )


class TestIdentities:
    def test_only_the_visited_bonus_has_an_asymmetric_jacobian(self, exact, rng):
        theta = rng.normal(size=exact.n_parameters)
        fields = {
            "soft": exact.with_tau(0.7).gradient,
            "bonus": EntropyBonus(exact, tau=0.7, weights=WEIGHTS).gradient,
            "visited": lambda t: visited_bonus_gradient(exact, t, tau=0.7),
        }
        found = {name: asymmetry(jacobian(field, theta)) for name, field in fields.items()}
        assert found["soft"] < 1e-7
        assert found["bonus"] < 1e-7
        assert found["visited"] > 1e-2

    def test_hessian_is_symmetric_before_it_is_made_so(self, exact, rng):
        bonus = EntropyBonus(exact, tau=0.7)
        columns = hessian_at(bonus, rng.normal(size=exact.n_parameters))(np.eye(exact.n_parameters))
        assert asymmetry(columns) < 1e-12

    def test_without_weight_it_is_the_return(self, exact, rng):
        thetas, bonus = rng.normal(size=(4, exact.n_parameters)), EntropyBonus(exact, tau=0.0)
        np.testing.assert_allclose(bonus.evaluate(thetas), exact.evaluate(thetas), rtol=1e-14)
        np.testing.assert_allclose(bonus.gradient(thetas), exact.gradient(thetas), atol=1e-14)

    def test_by_default_the_living_states_count_alike(self):
        bonus = EntropyBonus(ExactReturn(paper_gridworld(), paper_policy()), tau=1.0)
        np.testing.assert_allclose(bonus.weights, np.append(np.full(25, 1 / 25), 0))
        assert bonus.evaluate(np.zeros((1, 108)))[0, 0] == pytest.approx(
            bonus.exact.evaluate(np.zeros((1, 108)))[0, 0] + np.log(4), rel=1e-13
        )

    def test_it_differs_from_the_soft_return(self, exact, rng):
        theta = rng.normal(size=(1, exact.n_parameters))
        bonus, soft = EntropyBonus(exact, tau=0.7), exact.with_tau(0.7)
        assert np.abs(bonus.gradient(theta) - soft.gradient(theta)).max() > 1e-2


class TestBadInput:
    def test_a_return_with_entropy_in_it(self):
        soft = ExactReturn(WORLDS["dense random"], tau=0.3)
        with pytest.raises(ValueError, match=r"exact must be the true return, tau = 0, got tau = 0\.3"):
            EntropyBonus(soft, tau=1.0)

    def test_weights(self):
        exact = ExactReturn(WORLDS["dense random"])
        with pytest.raises(ValueError, match=r"weights must have shape \(6,\), got \(5,\)"):
            EntropyBonus(exact, tau=1.0, weights=np.ones(5))
        with pytest.raises(ValueError, match=r"weights must not be negative, the least is -1\.0"):
            EntropyBonus(exact, tau=1.0, weights=-np.ones(6))
        with pytest.raises(ValueError, match="tau must be finite"):
            EntropyBonus(exact, tau=np.nan)

    def test_visited_bonus(self):
        theta = np.zeros((1, ExactReturn(WORLDS["dense random"]).n_parameters))
        with pytest.raises(ValueError, match=r"exact must be the true return, tau = 0, got tau = 0\.3"):
            visited_bonus_gradient(ExactReturn(WORLDS["dense random"], tau=0.3), theta, tau=1.0)
        with pytest.raises(ValueError, match="tau must be finite, but it is nan"):
            visited_bonus_gradient(ExactReturn(WORLDS["dense random"]), theta, tau=np.nan)
