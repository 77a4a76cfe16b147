"""Intervals cover as often as they say."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

from rl_landscapes.statistics import (
    Interval,
    binomial_interval,
    deviation_interval,
    difference_of_shares,
    mean_interval,
    ratio_interval,
    standard_error,
)
from tests.counts import chance_bounds


def test_standard_error_is_the_textbook_formula_along_any_axis() -> None:
    x = np.random.default_rng(0).normal(size=(3, 5, 4))
    for axis in (-1, 0, 1):
        expected = scipy.stats.sem(x, axis=axis)
        np.testing.assert_allclose(standard_error(x, axis), expected, rtol=1e-14)


def test_standard_error_of_one_sample_is_zero() -> None:
    assert standard_error(np.full((3, 1), 7.5)).tolist() == [0, 0, 0]


def test_an_exact_objective_that_is_infinite_has_no_error_either() -> None:
    np.testing.assert_array_equal(standard_error([[-np.inf], [np.nan], [2.0]]), [0, np.nan, 0])
    assert standard_error(np.array([-np.inf])).shape == ()


def test_standard_error_of_no_samples_is_refused_and_nan_reaches_the_caller() -> None:
    with pytest.raises(ValueError, match=r"number of samples .* at least 1, got 0"):
        standard_error(np.zeros((3, 0)))
    assert np.isnan(standard_error([1.0, np.nan]))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_binomial_interval_covers_every_share_by_enumeration(n: int, level: float) -> None:
    intervals = [binomial_interval(k, n, level) for k in range(n + 1)]
    low, high = np.array([[i.low, i.high] for i in intervals]).T
    ends = np.concatenate([low, high])
    shares = np.unique(np.clip([*np.linspace(0, 1, 501), *ends + 1e-9, *ends - 1e-9], 0, 1))
    chances = scipy.stats.binom.pmf(np.arange(n + 1), n, shares[:, None])
    covered = (low <= shares[:, None]) & (shares[:, None] <= high)
    coverage = (chances * covered).sum(1)
    assert coverage.min() >= level - 1e-12


@pytest.mark.parametrize("n", [1, 9, 400])
def test_ends_of_the_binomial_interval_solve_the_tail_equations(n: int) -> None:
    for k in range(0, n + 1, max(1, n // 10)):
        interval = binomial_interval(k, n, 0.9)
        assert interval.estimate == k / n
        at_least_k = scipy.stats.binom.sf(k - 1, n, interval.low)
        at_most_k = scipy.stats.binom.cdf(k, n, interval.high)
        assert interval.low == 0 if k == 0 else at_least_k == pytest.approx(0.05, rel=1e-9)
        assert interval.high == 1 if k == n else at_most_k == pytest.approx(0.05, rel=1e-9)


def test_numpy_integers_are_counts() -> None:
    assert binomial_interval(np.int64(3), np.int32(9)) == binomial_interval(3, 9)


@pytest.mark.parametrize("n", [3, 10])
def test_mean_interval_covers_as_often_as_it_says(n: int) -> None:
    samples = np.random.default_rng(1).normal(2.0, 3.0, size=(4000, n))
    intervals = [mean_interval(row, 0.9) for row in samples]
    low, high = chance_bounds(4000, 0.9)
    assert low <= sum(i.low <= 2.0 <= i.high for i in intervals) <= high


def test_mean_interval_is_students() -> None:
    x = np.array([1.0, 4.0, 2.5, 7.0])
    expected = scipy.stats.t.interval(0.99, 3, x.mean(), scipy.stats.sem(x))
    interval = mean_interval(x, 0.99)
    assert (interval.low, interval.high) == pytest.approx(expected, rel=1e-12)
    assert (interval.estimate, interval.n, interval.level) == (3.625, 4, 0.99)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [  # Newcombe (1998), table II, method 10
        ((56, 70, 48, 80), (0.2000, 0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.6000, 0.1705, 0.8090)),
        ((10, 10, 0, 20), (1.0000, 0.6791, 1.0000)),
        ((10, 10, 0, 10), (1.0000, 0.6075, 1.0000)),
    ],
)
def test_difference_of_shares_agrees_with_the_published_table(counts: Any, expected: Any) -> None:
    interval = difference_of_shares(*counts)
    assert (interval.estimate, interval.low, interval.high) == pytest.approx(expected, abs=5e-5)


def test_difference_of_shares_changes_sign_with_its_arguments() -> None:
    ahead, behind = difference_of_shares(9, 30, 4, 20), difference_of_shares(4, 20, 9, 30)
    assert (behind.estimate, behind.low, behind.high) == (-ahead.estimate, -ahead.high, -ahead.low)


def test_difference_of_shares_covers_about_as_often_as_it_says_by_enumeration() -> None:
    p1, p2, n1, n2 = 0.3, 0.55, 25, 18
    chances = np.outer(*(scipy.stats.binom.pmf(range(n + 1), n, p) for n, p in ((n1, p1), (n2, p2))))
    covered = [
        [i.low <= p1 - p2 <= i.high for i in (difference_of_shares(k1, n1, k2, n2) for k2 in range(n2 + 1))]
        for k1 in range(n1 + 1)
    ]
    assert 0.94 <= (chances * covered).sum() <= 0.97


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(0.2, 0.16, 0.24, 0.95, 400), "0.20 [0.16, 0.24]"),
        (Interval(0.0, 0.0, 0.0092, 0.95, 400), "0.000 [0.000, 0.009]"),
        (Interval(123.4, 100.0, 146.8, 0.95, 9), "123 [100, 147]"),
        (Interval(1.0, 1.0, 1.0, 0.95, 9), "1.0000 [1.0000, 1.0000]"),
        (Interval(np.nan, np.nan, np.nan, 0.95, 9), "nan [nan, nan]"),
    ],
)
def test_interval_reads_well(interval: Interval, text: str) -> None:
    assert str(interval) == f"{interval}" == text


def test_interval_is_written_by_a_format_of_numbers() -> None:
    interval = Interval(0.2249, 0.2016, 0.2481, 0.95, 400)
    assert f"{interval:.1%}" == "22.5% [20.2%, 24.8%]"
    assert f"{interval:.3f}" == "0.225 [0.202, 0.248]"


@pytest.mark.parametrize("level", [0, 1, 1.5, -0.1, np.nan])
def test_level_outside_the_open_unit_interval_is_refused(level: float) -> None:
    for call in (
        lambda: binomial_interval(1, 2, level),
        lambda: mean_interval([1, 2], level),
        lambda: difference_of_shares(1, 2, 1, 2, level),
    ):
        with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
            call()


@pytest.mark.parametrize(
    ("successes", "trials", "message"),
    [
        (3, 2, "successes must be at most trials = 2, got 3"),
        (-1, 2, "successes must be an integer of at least 0, got -1"),
        (0, 0, "trials must be an integer of at least 1, got 0"),
        (0.5, 2, "successes must be an integer .* got 0.5"),
    ],
)
def test_impossible_counts_are_refused(successes: Any, trials: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        binomial_interval(successes, trials)


def test_mean_interval_needs_two_samples_in_one_row() -> None:
    with pytest.raises(ValueError, match="at least 2, got 1"):
        mean_interval([1.0])
    with pytest.raises(ValueError, match=r"samples must have shape \(any,\), got \(2, 3\)"):
        mean_interval(np.zeros((2, 3)))


DRAWS = {
    "normal": (lambda rng, shape: rng.normal(3.0, 2.0, shape), 2.0),
    "uniform": (lambda rng, shape: rng.uniform(0.0, 1.0, shape), 12**-0.5),
    "laplace": (lambda rng, shape: rng.laplace(0.0, 1.0, shape), 2**0.5),
}


@pytest.mark.parametrize("name", DRAWS)
def test_deviation_interval_covers_about_as_often_as_it_says(name: str) -> None:
    """1,000 samples of 100; Bonett's table has coverages of .94 to .96 for these at that size."""
    draw, truth = DRAWS[name]
    samples = draw(np.random.default_rng(0), (1000, 100))
    intervals = [deviation_interval(row) for row in samples]
    covered = sum(i.low <= truth <= i.high for i in intervals)
    assert chance_bounds(1000, 0.94)[0] <= covered <= chance_bounds(1000, 0.965)[1]
    for row, interval in zip(samples[:5], intervals, strict=False):
        assert interval.estimate == pytest.approx(row.std(ddof=1))


@pytest.mark.parametrize(("freedom", "between"), [(3, (0.76, 0.80)), (5, (0.90, 0.94))])
def test_deviation_interval_without_a_fourth_moment_covers_as_seldom_as_it_says(
    freedom: int, between: tuple[float, float]
) -> None:
    samples = np.random.default_rng(0).standard_t(freedom, (1000, 100))
    intervals = [deviation_interval(row) for row in samples]
    covered = sum(i.low <= (freedom / (freedom - 2)) ** 0.5 <= i.high for i in intervals)
    assert chance_bounds(1000, between[0])[0] <= covered <= chance_bounds(1000, between[1])[1]


def test_deviation_interval_is_bonetts_formula() -> None:
    """7 / (2 sqrt 3) = 2.02: two values are trimmed off either end."""
    x = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 4.0, 4.0])
    n, z = 7, scipy.stats.norm.isf(0.025)
    middle = np.mean([3.0, 4.0, 4.0])
    kurtosis = n * ((x - middle) ** 4).sum() / ((x - x.mean()) ** 2).sum() ** 2
    c = n / (n - z)
    half = z * c * np.sqrt((kurtosis - (n - 3) / n) / (n - 1))
    interval = deviation_interval(x)
    assert interval.low == pytest.approx(np.sqrt(c * x.var(ddof=1) * np.exp(-half)))
    assert interval.high == pytest.approx(np.sqrt(c * x.var(ddof=1) * np.exp(half)))


def test_ratio_interval_covers_about_as_often_as_it_says() -> None:
    """Ratio of means 2 of dependent positive pairs, 1,000 samples of 30."""
    rng = np.random.default_rng(1)
    b = rng.gamma(4.0, size=(1000, 30))
    a = b + rng.gamma(4.0, size=b.shape)
    intervals = [ratio_interval(x, y) for x, y in zip(a, b, strict=True)]
    covered = sum(i.low <= 2 <= i.high for i in intervals)
    low, high = chance_bounds(1000, 0.95)
    assert low - 15 <= covered <= high
    assert intervals[0].estimate == a[0].mean() / b[0].mean()


def test_ratio_of_a_thing_to_a_multiple_of_itself_is_certain() -> None:
    x = np.random.default_rng(0).gamma(2.0, size=10)
    interval = ratio_interval(3 * x, x)
    assert interval.low == pytest.approx(3) == interval.high


def test_ratio_interval_turned_over_is_the_interval_of_the_inverse() -> None:
    a, b = np.random.default_rng(2).gamma(2.0, size=(2, 20))
    one, other = ratio_interval(a, b), ratio_interval(b, a)
    assert (one.low, one.high) == pytest.approx((1 / other.high, 1 / other.low))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: deviation_interval([1.0, 2.0, 3.0, 4.0]),
            "number of samples must be an integer of at least 5",
        ),
        (lambda: deviation_interval([2.0] * 6), r"samples must differ, got 6 times 2\.0"),
        (lambda: deviation_interval([np.nan] * 6), "samples must be finite"),
        (lambda: ratio_interval([1.0], [1.0]), "number of pairs must be an integer of at least 2, got 1"),
        (lambda: ratio_interval([1.0, 2.0], [1.0]), r"denominators must have shape \(2,\), got \(1,\)"),
        (lambda: ratio_interval([1.0, 2.0], [-1.0, 0.0]), "both means must be above 0"),
    ],
)
def test_impossible_deviations_and_ratios_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
