"""Tests of many directions err as seldom as they say."""

from typing import Any

import numpy as np
import pytest
import scipy.stats

from rl_landscapes.statistics import standard_error
from rl_landscapes.statistics.multiple_tests import discoveries, max_t_quantile
from tests.counts import chance_bounds


def t_statistics(columns: np.ndarray) -> np.ndarray:
    return columns.mean(1) / standard_error(columns)


def family(rng: np.random.Generator, rows: int, n: int) -> np.ndarray:
    """Return rows of zero mean and unlike scale that share much of their noise."""
    own, shared = rng.normal(size=(rows, n)), rng.normal(size=n)
    return np.logspace(-3, 3, rows)[:, None] * (own + shared)


@pytest.mark.parametrize(("rows", "n", "rate"), [(1, 12, 0.1), (30, 12, 0.1), (30, 40, 0.05)])
def test_any_row_exceeds_the_critical_value_as_seldom_as_asked(rows: int, n: int, rate: float) -> None:
    rng = np.random.default_rng(2)
    families = [family(rng, rows, n) for _ in range(600)]
    errors = sum(np.abs(t_statistics(f)).max() > max_t_quantile(f, rate, rng, 400) for f in families)
    low, high = chance_bounds(600, rate)
    assert low <= errors <= high


def test_one_row_needs_students_quantile() -> None:
    x = np.random.default_rng(3).normal(size=(1, 30))
    c = max_t_quantile(x, 0.05, np.random.default_rng(4), n_resamples=20_000)
    assert c == pytest.approx(scipy.stats.t.ppf(0.975, 29), abs=0.06)


def test_copies_of_a_row_cost_nothing_and_new_rows_do() -> None:
    x = np.random.default_rng(5).normal(size=(20, 30))

    def quantile(rows: np.ndarray) -> float:
        return max_t_quantile(rows, 0.05, np.random.default_rng(6))

    alone = quantile(x[:1])
    assert quantile(np.repeat(x[:1], 20, axis=0)) == pytest.approx(alone, rel=1e-9)
    assert quantile(np.concatenate([x[:1], np.full((5, 30), 0.1)])) == pytest.approx(alone, rel=1e-9)
    assert quantile(1e-200 * x) == pytest.approx(quantile(x), rel=1e-9)
    assert quantile(x + 100) == pytest.approx(quantile(x), rel=1e-9)
    assert quantile(x) > alone + 0.5


def test_rows_without_variation_never_exceed() -> None:
    assert max_t_quantile(np.ones((3, 9)), 0.05, np.random.default_rng(0)) == 0


def test_critical_value_has_the_same_bits_for_the_same_seed_and_leaves_its_input() -> None:
    x = np.random.default_rng(7).normal(size=(4, 9))
    before = x.copy()
    first, second = (max_t_quantile(x, 0.05, np.random.default_rng(8)) for _ in range(2))
    assert first == second
    assert (x == before).all()


@pytest.mark.parametrize(
    ("columns", "error_rate", "n_resamples", "message"),
    [
        (np.zeros((2, 1)), 0.05, 100, "number of episodes .* at least 2, got 1"),
        (np.zeros((0, 5)), 0.05, 100, "number of rows .* at least 1, got 0"),
        (np.array([[0.0, np.nan]]), 0.05, 100, r"columns must be finite, but columns\[0, 1\] is nan"),
        (np.zeros(5), 0.05, 100, r"columns must have shape \(any, any\), got \(5,\)"),
        (np.zeros((2, 5)), 0.0, 100, "error_rate must lie strictly between 0 and 1, got 0.0"),
        (np.zeros((2, 5)), 0.05, 18, "needs n_resamples of at least 19, got 18"),
        (np.zeros((2, 5)), 0.05, 0, "n_resamples must be an integer of at least 1, got 0"),
    ],
)
def test_impossible_families_are_refused(
    columns: np.ndarray, error_rate: float, n_resamples: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        max_t_quantile(columns, error_rate, np.random.default_rng(0), n_resamples)


def test_discoveries_are_the_step_up_rule() -> None:
    rng = np.random.default_rng(9)
    for _ in range(50):
        p = rng.beta(0.3, 2, size=rng.integers(1, 12))
        m = p.size
        steps = 0.2 * np.arange(1, m + 1) / (m * (1 / np.arange(1, m + 1)).sum())
        passed = np.flatnonzero(np.sort(p) <= steps)
        largest = np.sort(p)[passed[-1]] if passed.size else -1.0
        assert discoveries(p, 0.2).tolist() == (p <= largest).tolist()


@pytest.mark.parametrize("sign", [1, -1])
def test_share_of_false_discoveries_is_controlled_under_dependence(sign: int) -> None:
    rng, true = np.random.default_rng(10), np.arange(40) < 10
    shares, power = [], []
    for _ in range(1000):
        shared = rng.normal() * np.where(np.arange(40) % 2, 1, sign)
        z = np.sqrt(0.5) * (rng.normal(size=40) + shared) + 4 * true
        found = discoveries(scipy.stats.norm.sf(z), 0.2)
        shares.append((found & ~true).sum() / max(1, found.sum()))
        power.append(found[true].mean())
    assert np.mean(shares) + 3 * standard_error(shares) <= 0.2
    assert np.mean(power) > 0.7


def test_discoveries_of_nothing_are_none() -> None:
    assert discoveries([], 0.1).shape == (0,)
    assert discoveries([0.0, 1.0], 0.1).tolist() == [True, False]


@pytest.mark.parametrize("p_values", [[0.5, np.nan], [1.1], [-0.1], [[0.1]]])
def test_impossible_p_values_are_refused(p_values: Any) -> None:
    with pytest.raises(ValueError, match="p_values must"):
        discoveries(p_values, 0.1)


@pytest.mark.parametrize("rate", [0, 1, np.nan])
def test_impossible_rates_are_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must lie strictly between 0 and 1"):
        discoveries([0.1], rate)
