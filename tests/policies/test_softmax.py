"""Softmax policies: probabilities, and the three linear maps of their chain rule."""

import numpy as np
import pytest
from autograd import jacobian
from autograd import numpy as anp

from rl_landscapes.policies import linear, mixed, tabular

S, A, D = 5, 3, 4
FEATURES = np.random.default_rng(1).normal(size=(S, A, 7))
POLICIES = {
    "tabular": tabular(S, A),
    "shared bias": tabular(S, A, shared_bias=True),
    "linear": linear(FEATURES),
    "mixed": mixed(tabular(S, A), 0.2),
    "mixed bias": mixed(tabular(S, A, shared_bias=True), 0.2),
    "mixed with nothing": mixed(tabular(S, A), 0.0),
    "mixed twice": mixed(mixed(linear(FEATURES), 0.1), 0.3),
}


@pytest.fixture(params=POLICIES)
def policy(request):
    return POLICIES[request.param]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def by_hand(z):
    """Softmax of logits (..., A), the textbook way."""
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


class TestIdentities:
    def test_probabilities_are_positive_and_sum_to_one(self, policy, rng):
        point = policy.at(rng.normal(size=(D, policy.n_parameters)))
        assert point.probs.shape == point.log_probs.shape == (D, S, A)
        assert (point.probs > 0).all()
        np.testing.assert_allclose(point.probs.sum(axis=-1), 1, rtol=1e-14)
        np.testing.assert_allclose(np.exp(point.log_probs), point.probs, rtol=1e-13)

    def test_pull_is_the_transpose_of_push(self, policy, rng):
        point = policy.at(rng.normal(size=(D, policy.n_parameters)))
        tangents = rng.normal(size=(D, policy.n_parameters))
        cotangents = rng.normal(size=(D, S, A))
        ahead = (point.push(tangents) * cotangents).sum(axis=(1, 2))
        back = (tangents * point.pull(cotangents)).sum(axis=1)
        np.testing.assert_allclose(ahead, back, rtol=1e-12)

    def test_push_and_pull_are_linear(self, policy, rng):
        point = policy.at(rng.normal(size=(1, policy.n_parameters)))
        u, v = rng.normal(size=(2, 1, policy.n_parameters))
        np.testing.assert_allclose(point.push(u - 3 * v), point.push(u) - 3 * point.push(v), atol=1e-13)
        f, g = rng.normal(size=(2, 1, S, A))
        np.testing.assert_allclose(point.pull(f - 3 * g), point.pull(f) - 3 * point.pull(g), atol=1e-13)

    def test_the_expected_score_is_zero(self, policy, rng):
        point = policy.at(rng.normal(size=(1, policy.n_parameters)))
        scores = point.push(np.eye(policy.n_parameters))
        np.testing.assert_allclose((point.probs * scores).sum(axis=-1), 0, atol=1e-15)

    def test_pull_tangent_is_symmetric_in_its_two_directions(self, policy, rng):
        point = policy.at(rng.normal(size=(1, policy.n_parameters)))
        u, v = rng.normal(size=(2, 1, policy.n_parameters))
        g = rng.normal(size=(1, S, A))
        one_way = (u * point.pull_tangent(v, g)).sum()
        np.testing.assert_allclose(one_way, (v * point.pull_tangent(u, g)).sum(), rtol=1e-12)

    def test_one_point_serves_many_tangents(self, policy, rng):
        theta = rng.normal(size=(1, policy.n_parameters))
        tangents, cotangents = rng.normal(size=(D, policy.n_parameters)), rng.normal(size=(D, S, A))
        one, many = policy.at(theta), policy.at(np.repeat(theta, D, axis=0))
        for name, arguments in [
            ("push", (tangents,)),
            ("pull", (cotangents,)),
            ("pull_tangent", (tangents, cotangents)),
        ]:
            shared, repeated = getattr(one, name)(*arguments), getattr(many, name)(*arguments)
            np.testing.assert_allclose(shared, repeated, rtol=1e-13, atol=1e-15)

    def test_a_batch_is_its_rows(self, policy, rng):
        thetas = rng.normal(size=(D, policy.n_parameters))
        rows = np.concatenate([policy.at(theta[None]).log_probs for theta in thetas])
        np.testing.assert_allclose(policy.at(thetas).log_probs, rows, rtol=1e-13)

    def test_inputs_are_not_changed(self, policy, rng):
        thetas, cotangents = rng.normal(size=(D, policy.n_parameters)), rng.normal(size=(D, S, A))
        kept = thetas.copy(), cotangents.copy()
        point = policy.at(thetas)
        point.push(thetas)
        point.pull(cotangents)
        point.pull_tangent(thetas, cotangents)
        np.testing.assert_array_equal(thetas, kept[0])
        np.testing.assert_array_equal(cotangents, kept[1])

    def test_the_bias_is_shared_by_all_states(self, rng):
        table, bias = rng.normal(size=(S, A)), rng.normal(size=A)
        with_bias = tabular(S, A, shared_bias=True).at(np.concatenate([table.ravel(), bias])[None])
        without = tabular(S, A).at((table + bias).reshape(1, -1))
        np.testing.assert_allclose(with_bias.log_probs, without.log_probs, rtol=1e-14)

    def test_the_bias_is_a_view_of_what_all_states_share(self, rng):
        policy, thetas = tabular(4, 3, shared_bias=True), rng.normal(size=(2, 15))
        moved = thetas.copy()
        policy.bias(moved)[:] += [1.0, 0.0, -2.0]
        change = policy.logit_map.logits(moved) - policy.logit_map.logits(thetas)
        np.testing.assert_allclose(change, np.broadcast_to([1.0, 0.0, -2.0], (2, 4, 3)), atol=1e-14)
        np.testing.assert_array_equal(policy.bias(thetas[0]), thetas[0, 12:])

    def test_without_a_bias_there_is_none_to_show(self):
        with pytest.raises(ValueError, match="the policy has no shared bias"):
            tabular(4, 3).bias(np.zeros(12))
        with pytest.raises(ValueError, match=r"thetas must have shape \(\.\.\., 15\), got \(12,\)"):
            tabular(4, 3, shared_bias=True).bias(np.zeros(12))

    def test_one_hot_features_are_the_table(self, rng):
        one_hot = linear(np.eye(S * A).reshape(S, A, S * A))
        thetas, cotangents = rng.normal(size=(D, S * A)), rng.normal(size=(D, S, A))
        ours, table = one_hot.at(thetas), tabular(S, A).at(thetas)
        np.testing.assert_allclose(ours.log_probs, table.log_probs, rtol=1e-14)
        np.testing.assert_allclose(ours.pull(cotangents), table.pull(cotangents), rtol=1e-13)
        np.testing.assert_allclose(
            ours.pull_tangent(thetas, cotangents), table.pull_tangent(thetas, cotangents), rtol=1e-12
        )

    def test_mixing_with_nothing_changes_nothing(self, rng):
        thetas = 5 * rng.normal(size=(D, S * A))
        np.testing.assert_allclose(
            mixed(tabular(S, A), 0).at(thetas).log_probs, tabular(S, A).at(thetas).log_probs, rtol=1e-14
        )

    def test_mixing_fully_leaves_the_uniform_policy_whatever_the_parameters(self, rng):
        point = mixed(tabular(S, A), 1).at(1e4 * rng.normal(size=(D, S * A)))
        np.testing.assert_allclose(point.probs, 1 / A, rtol=1e-14)
        assert not point.push(rng.normal(size=(D, S * A))).any()
        assert not point.pull(rng.normal(size=(D, S, A))).any()


class TestOracles:
    def test_tabular_probabilities_by_hand(self, rng):
        table = rng.normal(size=(S, A))
        np.testing.assert_allclose(
            tabular(S, A).at(table.reshape(1, -1)).probs[0], by_hand(table), rtol=1e-14
        )

    def test_linear_probabilities_by_hand(self, rng):
        theta = rng.normal(size=7)
        expected = by_hand(np.einsum("sak,k->sa", FEATURES, theta))
        np.testing.assert_allclose(linear(FEATURES).at(theta[None]).probs[0], expected, rtol=1e-14)

    @pytest.mark.parametrize("mix", [0.0, 0.2, 1.0])
    def test_mixed_probabilities_by_hand(self, mix, rng):
        table = rng.normal(size=(S, A))
        expected = (1 - mix) * by_hand(table) + mix / A
        point = mixed(tabular(S, A), mix).at(table.reshape(1, -1))
        np.testing.assert_allclose(point.probs[0], expected, rtol=1e-14)
        np.testing.assert_allclose(point.log_probs[0], np.log(expected), rtol=1e-13)

    def test_push_against_central_differences(self, policy, rng):
        theta, v = rng.normal(size=(2, 1, policy.n_parameters))
        h = 1e-6
        slope = (policy.at(theta + h * v).log_probs - policy.at(theta - h * v).log_probs) / (2 * h)
        np.testing.assert_allclose(policy.at(theta).push(v), slope, atol=1e-8)

    def test_pull_tangent_against_central_differences_of_pull(self, policy, rng):
        theta, v = rng.normal(size=(2, 1, policy.n_parameters))
        g = rng.normal(size=(1, S, A))
        h = 1e-6
        slope = (policy.at(theta + h * v).pull(g) - policy.at(theta - h * v).pull(g)) / (2 * h)
        np.testing.assert_allclose(policy.at(theta).pull_tangent(v, g), slope, atol=1e-8)

    def test_the_jacobian_against_autograd(self, rng):
        def log_probs(theta):
            z = theta[: S * A].reshape(S, A) + theta[S * A :]
            inner = anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True)
            return anp.log(0.8 * inner + 0.2 / A)

        theta = rng.normal(size=S * A + A)
        pushed = mixed(tabular(S, A, shared_bias=True), 0.2).at(theta[None]).push(np.eye(theta.size))
        np.testing.assert_allclose(np.moveaxis(pushed, 0, -1), jacobian(log_probs)(theta), atol=1e-14)


class TestLogSpace:
    @pytest.mark.parametrize("gap", [50.0, 800.0, 1e4, 1e15])
    def test_any_logit_gap_without_nan(self, gap):
        theta = np.zeros((1, A))
        theta[0, 0] = gap
        point = tabular(1, A).at(theta)
        assert point.log_probs[0, 0].tolist() == pytest.approx([0, -gap, -gap])
        assert point.probs[0, 0, 0] == 1
        assert (point.probs * point.log_probs).sum() == pytest.approx(-2 * gap * np.exp(-gap))
        for array in (
            point.push(theta),
            point.pull(point.log_probs),
            point.pull_tangent(theta, point.log_probs),
        ):
            assert np.isfinite(array).all()

    def test_entropy_far_below_the_smallest_probability_float_can_hold_beside_one(self):
        point = tabular(1, 2).at(np.array([[60.0, 0.0]]))
        entropy = -(point.probs * point.log_probs).sum()
        assert entropy == pytest.approx(61 * np.exp(-60), rel=1e-12, abs=0)

    def test_the_uniform_policy_has_entropy_log_a(self):
        point = tabular(S, A).at(np.full((1, S * A), 7.0))
        np.testing.assert_allclose(-(point.probs * point.log_probs).sum(axis=-1), np.log(A), rtol=1e-15)

    @pytest.mark.parametrize("mix", [0.0, 1e-300, 0.3, 1.0])
    def test_mixtures_at_a_large_gap(self, mix):
        point = mixed(tabular(1, A), mix).at(np.array([[1e4, 0.0, 0.0]]))
        np.testing.assert_allclose(point.probs[0, 0], [1 - mix * (A - 1) / A, mix / A, mix / A], rtol=1e-12)
        assert np.isfinite(point.pull_tangent(np.ones((1, A)), np.ones((1, 1, A)))).all()


class TestMasks:
    """An action that is masked by a logit far below the others is not there at all."""

    @pytest.mark.parametrize("mask", [-800.0, -1e4, -1e300])
    def test_a_masked_action_leaves_the_policy_of_the_others(self, mask, rng):
        logits, tangents, cotangents = rng.normal(size=(3, 1, S, A))
        logits[..., 1] = mask
        masked, left = tabular(S, A).at(logits.reshape(1, -1)), [0, 2]
        other = tabular(S, A - 1).at(logits[..., left].reshape(1, -1))
        assert not masked.probs[..., 1].any()
        np.testing.assert_allclose(masked.probs[..., left], other.probs, rtol=1e-15)
        entropies = [(point.probs * point.log_probs).sum(axis=-1) for point in (masked, other)]
        np.testing.assert_allclose(*entropies, rtol=1e-14)
        pulled = masked.pull(masked.probs * cotangents).reshape(S, A)
        assert not pulled[:, 1].any()
        alone = other.pull((masked.probs * cotangents)[..., left]).reshape(S, A - 1)
        np.testing.assert_allclose(pulled[:, left], alone, rtol=1e-12, atol=1e-16)
        pushed = masked.push(tangents.reshape(1, -1))
        np.testing.assert_allclose(
            pushed[..., left], other.push(tangents[..., left].reshape(1, -1)), rtol=1e-12
        )

    def test_masks_of_infinity_are_refused(self):
        theta = np.zeros((1, S * A))
        theta[0, 1] = -np.inf
        with pytest.raises(ValueError, match="to mask an action, -1e4 is enough: its probability is 0"):
            tabular(S, A).at(theta)


class TestBadInput:
    @pytest.mark.parametrize("mix", [-0.1, 1.5, np.nan])
    def test_mix_outside_its_range(self, mix):
        with pytest.raises(ValueError, match=f"mix must lie between 0 and 1, got {mix}"):
            mixed(tabular(S, A), mix)

    def test_sizes_that_are_no_counts(self):
        with pytest.raises(ValueError, match="n_states must be an integer of at least 1, got 0"):
            tabular(0, A)
        with pytest.raises(ValueError, match=r"n_actions must be an integer of at least 1, got 2\.5"):
            tabular(S, 2.5)

    def test_features(self):
        with pytest.raises(ValueError, match=r"features must have shape \(any, any, any\), got \(5, 7\)"):
            linear(FEATURES[:, 0])
        with pytest.raises(ValueError, match=r"features must be finite, but features\[0, 1, 2\] is nan"):
            linear(np.where(np.arange(S * A * 7).reshape(S, A, 7) == 9, np.nan, FEATURES))

    @pytest.mark.parametrize(
        "policy", [tabular(S, A), tabular(S, A, shared_bias=True), mixed(tabular(S, A), 0.5)]
    )
    def test_gaps_that_no_number_holds(self, policy):
        theta = np.resize([1.7e308, -1.7e308], (1, policy.n_parameters))
        with pytest.raises(ValueError, match=r"logits with finite gaps, but reach 1\.7e\+308"):
            policy.at(theta)
