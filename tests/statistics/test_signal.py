"""Signal against noise: the truth of Gaussian vectors, and how often the interval covers it."""

import numpy as np
import pytest

from rl_landscapes.statistics import signal_to_noise

MEAN, SPREAD = np.array([0.3, -0.4, 0.0]), np.array([0.5, 1.0, 2.0])
TRUTH = 0.25 / (0.25 + 1 + 4)


def draws(n, mean, seed):
    return mean + SPREAD * np.random.default_rng(seed).standard_normal((n, 3))


def test_the_formula_pair_by_pair():
    rows = draws(5, MEAN, 0)
    pairs = [rows[i] @ rows[j] for i in range(5) for j in range(5) if i != j]
    found = signal_to_noise(rows).squared
    assert found.estimate == pytest.approx(np.mean(pairs) / rows.var(axis=0, ddof=1).sum(), rel=1e-12)


def test_the_jackknife_row_by_row():
    rows = draws(6, 4 * MEAN, 1)
    left_out = [signal_to_noise(np.delete(rows, i, axis=0)).squared.estimate for i in range(6)]
    error = np.sqrt(5 / 6 * np.square(left_out - np.mean(left_out)).sum())
    found = signal_to_noise(rows).squared
    assert found.high - found.estimate == pytest.approx(2.570582 * error, rel=1e-6)
    assert found.estimate - found.low == pytest.approx(2.570582 * error, rel=1e-6)


def test_near_zero_the_error_is_that_of_a_mean_of_zero():
    """In one dimension the ratio is (N mean^2 / variance - 1) / N: a mean of exactly 0 gives -1 / N."""
    found = signal_to_noise(np.array([[-1.0], [1.0], [-1.0], [1.0]])).squared
    assert found.estimate == pytest.approx(-1 / 4)
    pairs = 12 * 1.0  # the square of each product
    assert found.high - found.estimate == pytest.approx(3.182446 * np.sqrt(2 * pairs) / (4 * 4), rel=1e-6)


@pytest.mark.parametrize(("mean", "truth"), [(MEAN, TRUTH), (2 * MEAN, 4 * TRUTH), (0 * MEAN, 0.0)])
def test_intervals_cover_the_truth(mean, truth):
    found = [signal_to_noise(draws(40, mean, seed)).squared for seed in range(600)]
    covered = np.mean([each.low <= truth <= each.high for each in found])
    assert covered > 0.93
    assert np.mean([each.estimate for each in found]) == pytest.approx(truth, rel=0.15, abs=0.004)


@pytest.mark.parametrize("n", [1, 36])
def test_a_mean_of_zero_is_covered_in_any_number_of_dimensions(n):
    rows = [np.random.default_rng(seed).standard_normal((20, n)) for seed in range(600)]
    found = [signal_to_noise(each).squared for each in rows]
    assert np.mean([each.low <= 0 <= each.high for each in found]) > 0.94


def test_what_a_mean_of_more_samples_has_and_how_many_are_needed():
    found = signal_to_noise(draws(4000, MEAN, 3))
    assert found.of_mean(100).estimate == pytest.approx(10 * found.of_mean().estimate)
    assert found.of_mean().estimate == pytest.approx(np.sqrt(TRUTH), rel=0.1)
    assert found.samples_needed.estimate == pytest.approx(1 / TRUTH, rel=0.2)
    needed = found.samples_needed
    assert needed.low < needed.estimate < needed.high < np.inf
    assert found.of_mean(round(needed.estimate)).estimate == pytest.approx(1, rel=0.02)


def test_a_mean_that_cannot_be_told_from_zero_has_no_upper_limit():
    needed = signal_to_noise(draws(50, 0 * MEAN, 5)).samples_needed
    assert needed.high == np.inf
    assert needed.low > 5


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((2, 3)), "samples must be at least 3 vectors, got 2"),
        (np.ones((5, 3)), "samples must not all be equal"),
        (np.full((5, 3), np.nan), r"samples must be finite, but samples\[0, 0\] is nan"),
        (np.zeros(5), r"samples must have shape"),
    ],
)
def test_bad_samples(samples, message):
    with pytest.raises(ValueError, match=message):
        signal_to_noise(samples)


def test_bad_level():
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got 1"):
        signal_to_noise(draws(5, MEAN, 0), level=1)
