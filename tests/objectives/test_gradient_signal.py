"""The signal of a sampled gradient: against the exact gradient of a linear-quadratic world."""

import numpy as np
import pytest

from rl_landscapes.objectives import SampledReturn, baselines, gradient_signal, policy_gradient
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.statistics import signal_to_noise
from rl_landscapes.worlds import double_integrator

WORLD = double_integrator(discount=0.8, time_limit=40)
THETA = np.array([-0.2, -0.3, 0.0])


def objective(n_episodes, sigma=0.5):
    return SampledReturn(WORLD, linear_gaussian(2, 1, sigma=sigma), n_episodes, discount=0.8)


@pytest.mark.slow
@pytest.mark.no_cover
def test_it_is_the_ratio_of_the_exact_gradient_to_the_noise_of_many_batches():
    exact = np.linalg.norm(LQRReturn(WORLD, sigma=0.5).gradient(THETA[None, :2])[0])
    one = policy_gradient(
        objective(1).policy,
        THETA,
        objective(20_000).trajectories(THETA[None], np.random.default_rng(1)),
    ).per_episode
    truth = exact / np.sqrt(one.var(axis=0, ddof=1).sum() / 64)
    seen = gradient_signal(objective(64), THETA, n_batches=60, rng=np.random.default_rng(0)).of_mean()
    assert seen.low < truth < seen.high
    assert seen.high < 1.6 * truth


def test_samples_are_batches_with_the_baseline_in_use():
    seen = gradient_signal(
        objective(8), THETA, n_batches=5, rng=np.random.default_rng(2), baseline=baselines.standardised
    )
    rng = np.random.default_rng(2)
    rows = [
        policy_gradient(
            objective(8).policy,
            THETA,
            objective(8).trajectories(THETA[None], rng),
            baseline=baselines.standardised,
        ).gradient
        for _ in range(5)
    ]
    assert seen == signal_to_noise(np.stack(rows))


def test_a_larger_batch_has_more_signal_for_its_noise():
    small, large = (
        gradient_signal(objective(n), THETA, n_batches=80, rng=np.random.default_rng(3)) for n in (4, 64)
    )
    ratio = large.squared.estimate / small.squared.estimate
    assert 8 < ratio < 32  # 16 in expectation


def test_bad_input():
    with pytest.raises(ValueError, match="n_batches must be an integer of at least 3, got 2"):
        gradient_signal(objective(4), THETA, n_batches=2, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="policy_gradient needs sigma above 0, got 0"):
        gradient_signal(objective(4, 0.0), THETA, n_batches=3, rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match="rng must be a Generator"):
        gradient_signal(objective(4), THETA, n_batches=3, rng=0)
