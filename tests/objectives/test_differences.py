"""Central differences: exact for quadratics, the pathwise gradient of sampled returns."""

import numpy as np
import pytest

from rl_landscapes.objectives import ExactReturn, SampledReturn, central_differences, quadratic
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian, paper_policy
from rl_landscapes.worlds import double_integrator, paper_gridworld


def test_exact_for_a_quadratic_however_long_the_step():
    bowl, theta = quadratic(np.diag([-1.0, 3.0, 0.5])), np.array([0.3, -0.2, 0.7])
    values, found = central_differences(bowl, theta, alpha=10.0)
    np.testing.assert_allclose(found, bowl.gradient(theta[None]), rtol=1e-10)
    np.testing.assert_array_equal(values, bowl.evaluate(theta[None], np.random.default_rng(0))[0])


def test_close_to_the_exact_gradient_of_a_return():
    exact = ExactReturn(paper_gridworld(), paper_policy())
    theta = np.random.default_rng(0).normal(size=exact.n_parameters)
    _, found = central_differences(exact, theta, alpha=1e-4)
    np.testing.assert_allclose(found, exact.gradient(theta[None]), rtol=1e-5, atol=1e-9)


@pytest.mark.no_cover
@pytest.mark.parametrize("sigma", [0.05, 0.5])
def test_of_a_sampled_return_it_is_the_exact_gradient_with_noise_that_does_not_grow_as_sigma_falls(sigma):
    world = double_integrator(discount=0.8, time_limit=60)
    sampled = SampledReturn(world, linear_gaussian(2, 1, sigma=sigma), n_episodes=2000, discount=0.8)
    theta = np.array([-0.2, -0.3, 0.0])
    _, found = central_differences(sampled, theta, alpha=1e-3, rng=np.random.default_rng(0))
    error = found.std(axis=0, ddof=1) / np.sqrt(2000)
    exact = LQRReturn(world, sigma=sigma).gradient(theta[None, :2])[0]
    assert (np.abs(found.mean(axis=0)[:2] - exact) < 4 * error[:2] + 1e-4).all()
    assert np.linalg.norm(error) < 0.05 * np.linalg.norm(exact)


def test_processes_change_no_bit():
    sampled = SampledReturn(double_integrator(), linear_gaussian(2, 1, sigma=0.1), n_episodes=3)
    one, two = (
        central_differences(sampled, np.zeros(3), alpha=0.1, rng=np.random.default_rng(1), n_jobs=n)
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one[1], two[1])


def test_bad_input():
    with pytest.raises(ValueError, match="alpha must be a finite number above 0, got 0"):
        central_differences(quadratic(np.eye(1)), np.zeros(1), alpha=0)
    with pytest.raises(ValueError, match=r"theta must have shape \(1,\)"):
        central_differences(quadratic(np.eye(1)), np.zeros(2), alpha=1)
