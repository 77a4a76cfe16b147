"""Many gains at once: right in the mean, paired by chance, and weighted as they say."""

import numpy as np
import pytest

from rl_landscapes.objectives import LQRReturn
from rl_landscapes.objectives.many_gains import (
    estimated_gradients,
    less_mean_of_others,
    standardised,
)
from rl_landscapes.worlds import LQR, double_integrator

CART = double_integrator(disturbance=0.01, discount=0.8)
TWO = LQR(
    np.array([[0.9, 0.2], [0.0, 0.7]]),
    np.array([[1.0, 0.3], [0.0, 0.5]]),
    np.eye(2),
    np.diag([0.1, 0.4]),
    0.7,
    start_mean=np.array([1.0, -0.5]),
    disturbance=np.array([[0.04, 0.01], [0.01, 0.09]]),
)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("world", "gain"),
    [(CART, np.array([[-0.5, -1.0]])), (TWO, np.array([[-0.3, 0.1], [0.2, -0.4]]))],
    ids=["cart", "two actions"],
)
def test_the_mean_is_the_exact_gradient_at_every_width(world, gain):
    widths, runs = np.array([0.3, 1.0]), 4000
    gains = np.broadcast_to(gain, (2, runs, *gain.shape))
    rng = np.random.default_rng(1)
    found = estimated_gradients(world, gains, widths, n_episodes=4, horizon=50, rng=rng)
    for sigma, samples in zip(widths, found, strict=True):
        exact = LQRReturn(world, sigma).gradient(gain.reshape(1, -1))[0]
        away = samples.reshape(runs, -1).mean(axis=0) - exact
        assert np.abs(away / (samples.reshape(runs, -1).std(axis=0) / runs**0.5)).max() < 4


def test_climbers_share_the_chance_of_a_run_and_runs_do_not():
    gains, rng = np.full((3, 2, 1, 2), -0.5), np.random.default_rng(2)
    found = estimated_gradients(CART, gains, np.array([0.5, 0.5, 1.0]), n_episodes=8, horizon=20, rng=rng)
    assert np.array_equal(found[0], found[1])
    assert not np.isclose(found[0, 0], found[0, 1]).any()
    assert not np.isclose(found[0], found[2]).any()


def test_what_diverges_is_nan_and_leaves_the_others_alone():
    gains = np.full((1, 3, 1, 2), -0.5)
    gains[0, 1] = np.nan
    alone, both = (
        estimated_gradients(CART, g, np.ones(1), n_episodes=8, horizon=20, rng=np.random.default_rng(3))
        for g in (np.full((1, 3, 1, 2), -0.5), gains)
    )
    assert np.isnan(both[0, 1]).all()
    assert np.array_equal(both[0, ::2], alone[0, ::2])


def test_an_episode_is_judged_by_the_mean_of_the_others():
    rewards = np.random.default_rng(4).normal(size=(6, 2, 5))
    credit = less_mean_of_others(rewards, 0.9)
    to_go = np.array([rewards[t:].sum(axis=0) for t in range(6)])
    others = np.stack([np.delete(to_go, j, axis=-1).mean(axis=-1) for j in range(5)], axis=-1)
    assert np.allclose(credit, to_go - others)


def test_standardised_credit_is_that_of_rewards_discounted_from_the_step_on():
    plain, discount = np.random.default_rng(5).normal(size=(6, 2, 5)), 0.8
    powers = discount ** np.arange(6)[:, None, None]
    credit = standardised(powers * plain, discount)
    assert np.allclose(credit.mean(axis=(0, 2)), 0)
    assert np.allclose(credit.std(axis=(0, 2)), 1)
    by_hand = np.array([(powers[: 6 - t] * plain[t:]).sum(axis=0) for t in range(6)])
    assert np.corrcoef(credit[:, 0].ravel(), by_hand[:, 0].ravel())[0, 1] > 1 - 1e-12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gains": np.zeros((1, 2, 2, 2))}, r"gains must have shape \(C, R, 1, 2\), got \(1, 2, 2, 2\)"),
        ({"sigmas": np.zeros(1)}, "sigmas must be above 0, got 0"),
        ({"n_episodes": 1}, "n_episodes"),
        ({"horizon": 0}, "horizon"),
    ],
)
def test_what_is_refused(change, said):
    given = {"gains": np.zeros((1, 2, 1, 2)), "sigmas": np.ones(1), "n_episodes": 4, "horizon": 3} | change
    with pytest.raises(ValueError, match=said):
        estimated_gradients(CART, rng=np.random.default_rng(0), **given)
