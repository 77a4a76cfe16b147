"""Probabilities to parameters and back."""

import numpy as np
import pytest

from rl_landscapes.policies import tabular, tabular_theta


def test_there_and_back():
    probs = np.random.default_rng(0).dirichlet(np.ones(3), size=5)
    np.testing.assert_allclose(tabular(5, 3).at(tabular_theta(probs)[None]).probs[0], probs, rtol=1e-12)


def test_certainty_stays_certain_and_finite():
    theta = tabular_theta([[1.0, 0.0], [0.0, 1.0]])
    assert np.isfinite(theta).all()
    assert np.abs(tabular(2, 2).at(theta[None]).probs[0] - np.eye(2)).max() < 1e-299


@pytest.mark.parametrize(
    ("probs", "message"),
    [
        ([[1.5, -0.5]], "must not be negative, the least is -0.5"),
        ([[0.5, 0.5], [0.5, 0.6]], r"row 1 sums to 1\.1"),
        ([0.5, 0.5], r"shape \(any, any\)"),
        ([[np.nan, 0.5]], "must be finite"),
    ],
)
def test_what_is_no_policy_is_refused(probs, message):
    with pytest.raises(ValueError, match=message):
        tabular_theta(probs)
