"""The natural gradient: F^+ g in exact fractions, and nothing lost where a state is hardly ever visited."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from rl_landscapes.policies import fisher, gauge, linear, mixed, paper_policy, tabular
from rl_landscapes.policies.natural import natural_direction

S, A, N = 5, 3, 4
FEATURES = np.random.default_rng(0).integers(-2, 3, size=(S, A, N)).astype(float)
ROTATION = np.linalg.qr(np.random.default_rng(1).normal(size=(N, N)))[0]


exactly = np.vectorize(Fraction, otypes=[object])


def in_fractions(features, theta, advantage, visits, mix=0.0):
    """Solve F w = g, for features with independent columns, without rounding from the logits on.

    Returns w (n,), and the advantages with that of the likeliest action set so that their mean is 0.
    """
    logits = (exactly(features) @ exactly(theta)).tolist()
    with localcontext() as context:
        context.prec = 200
        powers = [[(Decimal(z.numerator) / z.denominator).exp() for z in row] for row in logits]
        inner = exactly([[p / sum(row) for p in row] for row in powers])
    mix, phi = Fraction(mix), exactly(features)
    probs = (1 - mix) * inner + mix / A
    advantage, states = exactly(advantage), np.arange(S)
    best = probs.argmax(axis=1)
    advantage[states, best] = 0
    advantage[states, best] = -(probs * advantage).sum(axis=1) / probs[states, best]
    scores = phi - (inner[..., None] * phi).sum(axis=1, keepdims=True)
    scores = ((1 - mix) * (inner / probs)[..., None] * scores).reshape(S * A, N)
    weighted = scores * (exactly(visits)[:, None] * probs).reshape(-1, 1)
    solution = eliminated(weighted.T @ scores, weighted.T @ advantage.ravel())
    return solution.astype(float), advantage.astype(float)


def eliminated(matrix, right):
    """Gauss-Jordan on numbers that do not round."""
    rows = np.column_stack([matrix, right])
    for k in range(len(rows)):
        pivot = k + np.flatnonzero(rows[k:, k])[0]
        rows[[k, pivot]] = rows[[pivot, k]]
        rows[k] = rows[k] / rows[k, k]
        others = np.arange(len(rows)) != k
        rows[others] -= np.outer(rows[others, k], rows[k])
    return rows[:, -1]


def drawn(seed, spread, scale):
    rng = np.random.default_rng(seed)
    visits = 10.0 ** rng.uniform(-spread, 0, size=S)
    return scale * rng.normal(size=N), rng.normal(size=(S, A)), visits


class TestOracles:
    @pytest.mark.no_cover
    @pytest.mark.parametrize("scale", [0.3, 10.0])
    @pytest.mark.parametrize("spread", [0, 12, 100])
    @pytest.mark.parametrize("seed", range(4))
    def test_features_that_cannot_fit_all_advantages(self, seed, spread, scale):
        theta, advantage, visits = drawn(seed, spread, scale)
        expected, advantage = in_fractions(FEATURES, theta, advantage, visits)
        found = natural_direction(linear(FEATURES), theta[None], advantage[None], visits[None])[0]
        np.testing.assert_allclose(found, expected, atol=1e-11 * np.abs(expected).max())

    @pytest.mark.parametrize("seed", range(4))
    def test_mixed(self, seed):
        theta, advantage, visits = drawn(seed, 50, 3.0)
        expected, advantage = in_fractions(FEATURES, theta, advantage, visits, mix=0.25)
        policy = mixed(linear(FEATURES), 0.25)
        found = natural_direction(policy, theta[None], advantage[None], visits[None])[0]
        np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())

    def test_the_pseudo_inverse_where_all_states_are_visited(self):
        rng = np.random.default_rng(2)
        policy = linear(np.concatenate([FEATURES, FEATURES[..., :1], np.ones((S, A, 1))], axis=2))
        theta, visits = rng.normal(size=policy.n_parameters), rng.uniform(0.5, 1, size=S)
        point, advantage = policy.at(theta[None]), rng.normal(size=(S, A))
        advantage -= (point.probs[0] * advantage).sum(axis=1, keepdims=True)
        gradient = point.pull(visits[:, None] * point.probs * advantage)[0]
        expected = np.linalg.pinv(fisher(policy, theta, visits), rcond=1e-12, hermitian=True) @ gradient
        found = natural_direction(policy, theta[None], advantage[None], visits[None])[0]
        np.testing.assert_allclose(found, expected, atol=1e-12)


class TestIdentities:
    @pytest.mark.parametrize("shared_bias", [False, True])
    @pytest.mark.parametrize("spread", [0, 30, 200])
    def test_a_table_is_its_features(self, shared_bias, spread):
        """Two ways that share no line: the closed form, and least squares on the one-hot features."""
        rng = np.random.default_rng(3)
        table = tabular(S, A, shared_bias=shared_bias)
        columns = np.eye(S * A).reshape(S, A, S * A)
        if shared_bias:
            columns = np.concatenate([columns, np.broadcast_to(np.eye(A), (S, A, A))], axis=2)
        thetas = 8 * rng.normal(size=(2, table.n_parameters))
        probs, advantages = table.at(thetas).probs, rng.normal(size=(2, S, A))
        advantages -= (probs * advantages).sum(axis=-1, keepdims=True)
        visits = 10.0 ** rng.uniform(-spread, 0, size=(2, S))
        closed = natural_direction(table, thetas, advantages, visits)
        fitted = natural_direction(linear(columns), thetas, advantages, visits)
        np.testing.assert_allclose(fitted, closed, atol=1e-13)
        np.testing.assert_allclose(closed @ gauge(table).T, 0, atol=1e-14)
        logits = table.logit_map.logits(closed)
        moved = logits - (probs * logits).sum(axis=-1, keepdims=True)
        np.testing.assert_allclose(moved, advantages, atol=1e-13)

    def test_a_rotation_of_the_parameters_rotates_the_move(self):
        theta, advantage, visits = drawn(5, 8, 1.0)
        _, advantage = in_fractions(FEATURES, theta, advantage, visits)
        plain = natural_direction(linear(FEATURES), theta[None], advantage[None], visits[None])
        turned = natural_direction(
            linear(FEATURES @ ROTATION), (theta @ ROTATION)[None], advantage[None], visits[None]
        )
        np.testing.assert_allclose(turned, plain @ ROTATION, atol=1e-10 * np.abs(plain).max())

    def test_states_never_visited_do_not_count(self):
        theta, advantage, visits = drawn(6, 0, 1.0)
        probs = linear(FEATURES).at(theta[None]).probs[0]
        advantage -= (probs * advantage).sum(axis=1, keepdims=True)
        visits[3:] = 0, -1e-18
        whole = natural_direction(linear(FEATURES), theta[None], advantage[None], visits[None])
        part = natural_direction(linear(FEATURES[:3]), theta[None], advantage[None, :3], visits[None, :3])
        np.testing.assert_allclose(whole, part, rtol=1e-12)

    def test_nothing_to_gain(self):
        for policy in (paper_policy(), linear(FEATURES), mixed(linear(FEATURES), 0.5)):
            shape = (1, policy.n_states, policy.n_actions)
            moves = natural_direction(
                policy, np.zeros((1, policy.n_parameters)), np.zeros(shape), np.ones(shape[:2])
            )
            assert not moves.any()
