"""The chance that a random direction curves up, against the beta function and against directions drawn."""

import numpy as np
import pytest
from scipy.special import betainc

from rl_landscapes.probes import chance_up, unit_directions


@pytest.mark.parametrize(("down", "up"), [(1, 1), (10, 10), (30, 3), (5, 20), (1, 107)])
def test_equal_strength_is_an_incomplete_beta_function(down, up):
    assert abs(chance_up(np.repeat([-1.0, 1.0], [down, up])) - betainc(down / 2, up / 2, 0.5)) < 1e-10


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_neither_the_unit_nor_axes_without_curvature_matter(unit):
    eigenvalues = np.array([-3.0, 1.0])  # two dimensions: |d_2| > sqrt(3) |d_1| in a third of the circle
    assert abs(chance_up(unit * np.append(eigenvalues, [0.0, 0.0])) - 1 / 3) < 1e-10


def test_it_is_the_share_of_directions_drawn():
    eigenvalues = np.array([-2.0, -1.0, -0.5, 0.3, 1.5])
    drawn = unit_directions(40_000, 5, np.random.default_rng(0)) ** 2 @ eigenvalues > 0
    assert abs(drawn.mean() - chance_up(eigenvalues)) < 4 * np.sqrt(0.25 / 40_000)


def test_one_sign_leaves_nothing_to_chance():
    assert chance_up(np.array([-1.0, 0.0])) == 0
    assert chance_up(np.array([0.0, 2.0])) == 1
    assert chance_up(np.zeros(3)) == 0


def test_what_is_no_spectrum():
    with pytest.raises(ValueError, match="eigenvalues"):
        chance_up(np.array([1.0, np.nan]))
