"""Softmax policies through a network: the chain rule against automatic differentiation and differences."""

from itertools import pairwise

import numpy as np
import pytest
from autograd import grad, jacobian
from autograd import numpy as anp

from rl_landscapes.objectives import ExactReturn, evaluate, gradient, hessian
from rl_landscapes.policies import coordinates, linear, network
from rl_landscapes.worlds import from_map, paper_gridworld

S, A, F, D = 5, 3, 2, 4
FEATURES = np.random.default_rng(1).normal(size=(S, F))


@pytest.fixture(params=[(), (4,), (4, 3)], ids=str)
def policy(request):
    return network(FEATURES, A, request.param)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def log_probs_by_hand(theta, hidden):
    """Read the parameters off one by one, as the docstring says that they lie."""
    sizes, inputs, first = (F, *hidden, A), FEATURES, 0
    for layer, (into, out) in enumerate(pairwise(sizes)):
        weights = anp.reshape(theta[first : first + out * into], (out, into))
        biases = theta[first + out * into : first + out * (into + 1)]
        first += out * (into + 1)
        inputs = anp.dot(inputs, weights.T) + biases
        inputs = anp.tanh(inputs) if layer < len(hidden) else inputs
    return inputs - anp.log(anp.sum(anp.exp(inputs), axis=1, keepdims=True))


class TestTheChainRule:
    @pytest.mark.parametrize("hidden", [(), (4,), (4, 3)], ids=str)
    def test_push_pull_and_what_moves_pull_agree_with_automatic_differentiation(self, hidden, rng):
        policy = network(FEATURES, A, hidden)
        theta, v = rng.normal(size=(2, policy.n_parameters))
        g = rng.normal(size=(S, A))
        point = policy.at(theta[None])

        def by_hand(t):
            return log_probs_by_hand(t, hidden)

        def pulled(t):
            return grad(lambda u: anp.sum(by_hand(u) * g))(t)

        np.testing.assert_allclose(point.log_probs[0], by_hand(theta), rtol=1e-12)
        np.testing.assert_allclose(point.push(v[None])[0], jacobian(by_hand)(theta) @ v, rtol=1e-10)
        np.testing.assert_allclose(point.pull(g[None])[0], pulled(theta), rtol=1e-10)
        moved = point.pull_tangent(v[None], g[None])[0]
        np.testing.assert_allclose(moved, jacobian(pulled)(theta) @ v, rtol=1e-9, atol=1e-12)

    def test_one_policy_moves_in_many_directions_and_many_each_in_their_own(self, policy, rng):
        thetas = rng.normal(size=(D, policy.n_parameters))
        tangents, g = rng.normal(size=thetas.shape), rng.normal(size=(D, S, A))
        for i in range(D):
            alone = policy.at(thetas[i : i + 1])
            row, cotangent = tangents[i : i + 1], g[i : i + 1]
            together = policy.at(thetas)
            np.testing.assert_allclose(together.push(tangents)[i], alone.push(row)[0], rtol=1e-10)
            np.testing.assert_allclose(together.pull(g)[i], alone.pull(cotangent)[0], rtol=1e-10)
            np.testing.assert_allclose(alone.push(tangents)[i], alone.push(row)[0], rtol=1e-10)
            one = alone.pull_tangent(tangents, cotangent)[i]
            np.testing.assert_allclose(one, alone.pull_tangent(row, cotangent)[0], rtol=1e-9, atol=1e-12)

    def test_a_network_without_hidden_layers_is_a_linear_policy(self, rng):
        policy = network(FEATURES, A, hidden=())
        theta = rng.normal(size=(1, policy.n_parameters))
        phi = np.zeros((S, A, policy.n_parameters))
        for a in range(A):
            phi[:, a, a * F : (a + 1) * F] = FEATURES
            phi[:, a, A * F + a] = 1
        np.testing.assert_allclose(policy.at(theta).probs, linear(phi).at(theta).probs, rtol=1e-12)

    def test_the_nearly_certain_keeps_its_digits(self, rng):
        policy = network(FEATURES, A)
        theta = rng.normal(size=(1, policy.n_parameters))
        theta[0, -A:] = [60.0, 0.0, 0.0]
        point = policy.at(theta)
        others = point.probs[0, :, 1:].sum(axis=-1)
        assert (others > 0).all()
        assert (others < 1e-20).all()
        np.testing.assert_allclose(point.log_probs[0, :, 0], -others, rtol=1e-12)
        g = np.zeros((1, S, A))
        g[..., 0] = 1
        assert np.linalg.norm(point.pull(g)) > 0  # naive, 1 - pi is 0


class TestTheExactReturn:
    def test_its_gradient_and_hessian_agree_with_differences(self, rng):
        world = from_map(["S.", "#G"], rewards={"G": 1.0}, discount=0.9)
        exact = ExactReturn(world, network(coordinates(world), 4, (3,)), tau=0.2)
        theta, step = rng.normal(size=exact.n_parameters), 1e-6
        around = step * np.eye(exact.n_parameters)
        slopes = (evaluate(exact, theta + around) - evaluate(exact, theta - around))[:, 0] / (2 * step)
        np.testing.assert_allclose(gradient(exact, theta[None])[0], slopes, atol=1e-8)
        bends = (gradient(exact, theta + around) - gradient(exact, theta - around)) / (2 * step)
        np.testing.assert_allclose(hessian(exact, theta), bends, atol=1e-7)


class TestStarts:
    def test_each_layer_has_its_own_width(self):
        policy = network(np.eye(26), 4, hidden=(16,))
        starts = policy.starts(2000, np.random.default_rng(0))
        for (weights, biases), into in zip(policy.network.layers(starts), (26, 16), strict=True):
            for part in (weights, biases):
                assert np.abs(part).max() < 1 / np.sqrt(into)
                np.testing.assert_allclose(part.std(), 1 / np.sqrt(3 * into), rtol=0.02)


class TestBadInput:
    @pytest.mark.parametrize("hidden", [(0,), (2.5,), (4, -1)])
    def test_a_layer_without_units_is_refused(self, hidden):
        with pytest.raises((ValueError, TypeError), match="hidden"):
            network(FEATURES, A, hidden)

    def test_features_are_a_finite_table(self):
        with pytest.raises(ValueError, match="features"):
            network(np.full((3, 2), np.nan), A)

    def test_parameters_without_finite_logits_are_refused(self):
        policy = network(FEATURES, A)
        with pytest.raises(ValueError, match="thetas must give logits with finite gaps"):
            policy.at(np.full((1, policy.n_parameters), 1e308))


def test_coordinates_tell_all_states_apart():
    found = coordinates(paper_gridworld())
    assert len(np.unique(found, axis=0)) == 26
    assert np.abs(found).max() == 1
