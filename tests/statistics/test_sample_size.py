"""Sample sizes: the power that was promised, in simulation, and the two functions inverse to each other."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from rl_landscapes.statistics.sample_size import episodes_needed, smallest_change

TRIALS = 20_000


def power(change, deviation, n, rate, rng):
    samples = rng.normal(change, deviation, size=(TRIALS, n))
    return np.mean(ttest_1samp(samples, 0, axis=1).pvalue < rate)


@pytest.mark.parametrize(
    ("change", "deviation", "error_rate", "promised"),
    [(1.0, 1.0, 0.05, 0.8), (0.5, 2.0, 0.01, 0.9), (0.7, 1.0, 0.05, 0.8), (-1.0, 3.0, 0.05, 0.5)],
)
def test_the_promised_power(change, deviation, error_rate, promised):
    """One episode less falls below it; rounding up and the approximation leave at most three points."""
    n = episodes_needed(change, deviation, error_rate=error_rate, power=promised)
    rng = np.random.default_rng(0)
    slack = 4 * np.sqrt(0.25 / TRIALS)
    assert power(change, deviation, n, error_rate, rng) > promised - 0.02 - slack
    assert power(change, deviation, n - 1, error_rate, rng) < promised + 0.03 + slack


def test_many_tests_are_one_test_at_a_share_of_the_rate():
    assert episodes_needed(1.0, 4.0, n_tests=500) == episodes_needed(1.0, 4.0, error_rate=0.05 / 500)
    assert episodes_needed(1.0, 4.0, n_tests=500) > 2 * episodes_needed(1.0, 4.0)


@pytest.mark.parametrize("n", [8, 128, 5000])
def test_smallest_change_is_the_inverse(n):
    change = smallest_change(n, np.array([0.3, 7.0]), power=0.9)
    assert [episodes_needed(c * 1.0001, d, power=0.9) for c, d in zip(change, (0.3, 7.0), strict=True)] == [
        n,
        n,
    ]
    assert episodes_needed(change[1] * 0.99, 7.0, power=0.9) >= n


def test_too_few_episodes_for_any_change():
    assert smallest_change(2, 1.0, n_tests=10_000) == np.inf
    np.testing.assert_array_equal(smallest_change(2, [0.0, 1.0], n_tests=500), [0, np.inf])
    assert episodes_needed(1e9, 1.0) == 2


def test_twice_the_noise_takes_four_times_the_episodes():
    assert episodes_needed(0.01, 2.0) == pytest.approx(4 * episodes_needed(0.01, 1.0), rel=1e-4)


def test_refusals():
    with pytest.raises(ValueError, match="change must be a finite number above 0, got 0"):
        episodes_needed(0.0, 1.0)
    with pytest.raises(ValueError, match="deviation must be a finite number above 0, got -1"):
        episodes_needed(1.0, -1.0)
    with pytest.raises(ValueError, match="error_rate must lie strictly between"):
        episodes_needed(1.0, 1.0, error_rate=1.0)
    with pytest.raises(ValueError, match="power must lie strictly between"):
        smallest_change(10, 1.0, power=0.0)
    with pytest.raises(ValueError, match="n_tests must be an integer of at least 1, got 0"):
        smallest_change(10, 1.0, n_tests=0)
    with pytest.raises(ValueError, match="n_episodes must be an integer of at least 2, got 1"):
        smallest_change(1, 1.0)
    for deviation in (-1.0, [1.0, -1.0], np.nan):
        with pytest.raises(ValueError, match=r"deviation must be at least 0, got (-1\.0|nan)"):
            smallest_change(10, deviation)
