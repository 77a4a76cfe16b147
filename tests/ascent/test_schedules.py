"""Schedules are numbers by update; an annealed objective is a new one at each."""

import numpy as np
import pytest

from rl_landscapes.ascent import anneal, exponential_decay
from rl_landscapes.ascent.schedules import constant
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.worlds import paper_gridworld


def test_decay_is_a_power():
    tau = exponential_decay(0.5, 0.99)
    assert [tau(update) for update in (0, 1, 100)] == pytest.approx([0.5, 0.495, 0.5 * 0.99**100])
    assert exponential_decay(2.0, 1.0)(1000) == 2.0
    assert constant(0.3)(7) == 0.3


def test_annealing_changes_no_objective_in_place():
    exact = ExactReturn(paper_gridworld(), tau=0.7, count_absorbing=False)
    objective_at = anneal(exact, exponential_decay(1.0, 0.5))
    assert [objective_at(update).tau for update in (0, 1, 3)] == [1.0, 0.5, 0.125]
    assert not objective_at(0).count_absorbing
    assert exact.tau == 0.7


def test_a_tau_that_fades_below_what_float_can_hold_is_zero():
    assert anneal(ExactReturn(paper_gridworld()), exponential_decay(1.0, 0.5))(3000).tau == 0


@pytest.mark.parametrize("factor", [0.0, 1.1, -0.5, np.nan])
def test_factors_that_do_not_fade(factor):
    with pytest.raises(ValueError, match=f"factor must lie between .*, got {factor}"):
        exponential_decay(1.0, factor)


@pytest.mark.parametrize("bad", [np.nan, -1.0])
def test_a_tau_that_is_none_is_refused_at_its_update(bad):
    objective_at = anneal(ExactReturn(paper_gridworld()), lambda update: bad if update == 2 else 0.1)
    assert objective_at(1).tau == 0.1
    with pytest.raises(ValueError, match=f"tau must be a finite number of at least 0, got {bad}"):
        objective_at(2)


@pytest.mark.parametrize("initial", [np.nan, np.inf])
def test_beginnings_that_are_not_finite(initial):
    with pytest.raises(ValueError, match=f"initial must be finite, but it is {initial}"):
        exponential_decay(initial, 0.5)
