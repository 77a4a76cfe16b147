"""Straight in the occupancies: the return is its chord, the soft return lies above."""

import numpy as np
import pytest

from rl_landscapes import studies
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.policies import gauge, paper_policy, shortest_theta, tabular
from rl_landscapes.probes import occupancy_path
from rl_landscapes.worlds import random_mdp
from tests.studies.committed import DATA

RNG = np.random.default_rng(0)
SHARES = np.concatenate([[0.0, 1e-8, 1e-3], np.linspace(0.1, 1, 10)])


def chord(values):
    return (1 - SHARES) * values[0] + SHARES * values[-1]


@pytest.mark.parametrize("policy", [tabular(6, 3), paper_policy(6, 3)])
def test_the_return_is_linear_and_the_soft_return_concave(policy):
    exact = ExactReturn(random_mdp(6, 3, discount=0.9, rng=RNG), policy)
    path = occupancy_path(exact, *(3 * RNG.normal(size=(2, policy.n_parameters))), SHARES)
    values = exact.evaluate(path)[:, 0]
    np.testing.assert_allclose(values, chord(values), atol=1e-12)
    soft = exact.with_tau(0.5).evaluate(path)[:, 0]
    assert (soft >= chord(soft) - 1e-12).all()
    assert soft[6] > chord(soft)[6] + 1e-3


def test_its_ends_are_the_policies_given_and_it_joins_the_stuck_to_the_good():
    exact = studies.paper_return()
    ends = studies.load_result(DATA / "ascent_failures.npz").arrays
    pair = np.stack([ends["stuck_ends"][0], ends["good_ends"][0]])
    path = occupancy_path(exact, *pair, SHARES)
    np.testing.assert_allclose(path[[0, -1]], shortest_theta(exact.policy, exact.policy.at(pair).log_probs))
    assert np.abs(path @ gauge(exact.policy).T).max() < 1e-10
    values = exact.evaluate(path)[:, 0]
    np.testing.assert_allclose(values, chord(values), atol=1e-12)
    assert (np.diff(values) > 0).all()


def test_what_is_refused():
    exact = ExactReturn(random_mdp(3, 2, discount=0.9, rng=RNG), tabular(3, 2))
    with pytest.raises(ValueError, match=r"shares must be from 0 to 1, got 0 to 1\.5"):
        occupancy_path(exact, np.zeros(6), np.ones(6), np.array([0.0, 1.5]))
    with pytest.raises(ValueError, match="start"):
        occupancy_path(exact, np.zeros(5), np.ones(6), SHARES)
