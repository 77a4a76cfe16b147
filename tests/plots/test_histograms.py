import numpy as np
import pytest

from rl_landscapes.plots.histograms import histogram_edges, shares


def test_edges_span_the_finite_values():
    edges = histogram_edges(np.array([1.0, np.nan, 3.0, np.inf]), 4)
    np.testing.assert_allclose(edges, [1, 1.5, 2, 2.5, 3])


def test_edges_follow_limits_instead():
    np.testing.assert_allclose(histogram_edges(np.array([7.0]), 2, (0, 1)), [0, 0.5, 1])


def test_edges_exist_without_any_value():
    assert len(histogram_edges(np.array([]), 3)) == 4


def test_shares_are_of_all_values():
    values = np.array([0.1, 0.6, 0.7, np.nan, 9.0])
    np.testing.assert_allclose(shares(values, np.array([0, 0.5, 1])), [0.2, 0.4])


def test_shares_of_nothing_are_zero():
    assert shares(np.array([]), np.array([0.0, 1.0])) == pytest.approx([0.0])
