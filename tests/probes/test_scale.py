"""The step at which a direction moves the policy by so much KL."""

import numpy as np
import pytest

from rl_landscapes.policies import fisher, gauge, kl_moved, mixed, paper_policy, tabular, without_gauge
from rl_landscapes.probes import alpha_for_kl, unit_directions

POLICY = paper_policy(6, 3)
RNG = np.random.default_rng(0)
THETA = RNG.normal(size=POLICY.n_parameters)
WEIGHTS = RNG.uniform(size=6)
DIRECTIONS = unit_directions(20, POLICY.n_parameters, RNG)


def moved(policy, alphas, directions=DIRECTIONS, theta=THETA):
    steps = alphas[:, None] * directions
    ahead, behind = (kl_moved(policy, theta, theta + sign * steps, WEIGHTS) for sign in (1, -1))
    return (ahead + behind) / 2


@pytest.mark.parametrize("kl", [1e-6, 0.01, 1.0, 50.0])
@pytest.mark.parametrize("policy", [POLICY, mixed(POLICY, 1e-30)])
def test_the_step_moves_the_policy_by_the_kl_asked_for(kl, policy):
    alphas = alpha_for_kl(policy, THETA, DIRECTIONS, WEIGHTS, kl=kl)
    np.testing.assert_allclose(moved(policy, alphas), kl, rtol=1e-8)


def test_small_steps_follow_the_fisher_information():
    alphas = alpha_for_kl(POLICY, THETA, DIRECTIONS, WEIGHTS, kl=1e-8)
    metric = np.einsum("di,ij,dj->d", DIRECTIONS, fisher(POLICY, THETA, WEIGHTS), DIRECTIONS)
    np.testing.assert_allclose(alphas, np.sqrt(2e-8 / metric), rtol=1e-3)


def test_more_kl_needs_a_longer_step():
    alphas = [alpha_for_kl(POLICY, THETA, DIRECTIONS, WEIGHTS, kl=kl) for kl in (0.01, 0.1, 1.0)]
    assert (np.diff(alphas, axis=0) > 0).all()


def test_along_the_gauge_no_step_is_long_enough():
    assert np.isinf(alpha_for_kl(POLICY, THETA, gauge(POLICY), WEIGHTS, kl=1e-3)).all()
    both = np.stack([gauge(POLICY)[0], without_gauge(POLICY, DIRECTIONS[:1])[0]])
    alphas = alpha_for_kl(POLICY, THETA, both, WEIGHTS, kl=1e-3)
    assert np.isinf(alphas[0])
    assert np.isfinite(alphas[1])


def test_a_mixed_policy_saturates():
    """With half of the uniform policy mixed in, no state's KL exceeds log 2 + log A."""
    assert np.isinf(alpha_for_kl(mixed(POLICY, 0.5), THETA, DIRECTIONS, WEIGHTS, kl=7 * np.log(6))).all()


def test_where_no_weight_lies_nothing_moves():
    direction = np.eye(9)[:1]
    alphas = alpha_for_kl(tabular(3, 3), np.zeros(9), direction, np.array([0.0, 1.0, 1.0]), kl=0.1)
    assert np.isinf(alphas).all()


@pytest.mark.parametrize("kl", [0.0, -1.0, np.nan])
def test_kl_that_is_none(kl):
    with pytest.raises(ValueError, match=f"kl must be a finite number above 0, got {kl}"):
        alpha_for_kl(POLICY, THETA, DIRECTIONS, WEIGHTS, kl=kl)


def test_shapes():
    with pytest.raises(ValueError, match=r"directions must have shape \(any, 21\), got \(2, 20\)"):
        alpha_for_kl(POLICY, THETA, np.ones((2, 20)), WEIGHTS, kl=0.1)
    with pytest.raises(ValueError, match=r"weights must have shape \(6,\), got \(5,\)"):
        alpha_for_kl(POLICY, THETA, DIRECTIONS, np.ones(5), kl=0.1)
    with pytest.raises(ValueError, match=r"theta must have shape \(21,\), got \(20,\)"):
        alpha_for_kl(POLICY, np.zeros(20), DIRECTIONS, WEIGHTS, kl=0.1)
