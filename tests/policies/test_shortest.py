"""Parameters from probabilities: the same policy, and no shorter vector describes it."""

import numpy as np
import pytest

from rl_landscapes.policies import gauge, linear, paper_policy, shortest_theta, tabular

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("policy", [tabular(5, 3), paper_policy(5, 3)])
def test_the_policy_comes_back_without_any_gauge(policy):
    thetas = RNG.normal(size=(4, policy.n_parameters))
    log_probs = policy.at(thetas).log_probs
    found = shortest_theta(policy, log_probs)
    np.testing.assert_allclose(policy.at(found).log_probs, log_probs, atol=1e-12)
    basis = gauge(policy)
    np.testing.assert_allclose(found, thetas - thetas @ basis.T @ basis, atol=1e-12)


def test_logits_will_do_and_one_table_is_one_vector():
    policy, logits = tabular(2, 3), RNG.normal(size=(2, 3))
    raised = logits + RNG.normal(size=(2, 1))
    np.testing.assert_allclose(shortest_theta(policy, raised), shortest_theta(policy, logits), atol=1e-12)
    assert shortest_theta(policy, logits).shape == (6,)


def test_firm_policies_keep_their_logits():
    policy = tabular(1, 2)
    np.testing.assert_allclose(shortest_theta(policy, [[0.0, -500.0]]), [250.0, -250.0])


def test_probabilities_that_the_policy_cannot_have():
    shared = linear(np.ones((2, 2, 1)) * [[1.0], [0.0]])  # the same in both states
    with pytest.raises(ValueError, match="must be those of the policy at some parameters"):
        shortest_theta(shared, np.log([[0.75, 0.25], [0.25, 0.75]]))
    with pytest.raises(ValueError, match="log_probs"):
        shortest_theta(tabular(2, 2), np.zeros((2, 3)))
