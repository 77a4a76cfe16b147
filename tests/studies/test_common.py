"""The paper's world as the studies see it, and the helpers they share."""

import numpy as np
import pytest

from rl_landscapes.objectives import optimal
from rl_landscapes.studies.common import (
    baseline_ends,
    bias_only,
    goals,
    paper_return,
    paper_starts,
    split_by_outcome,
    true_returns,
    updates_until,
)
from rl_landscapes.worlds import paper_gridworld


@pytest.mark.parametrize("discount", [0.9, 0.99])
def test_best_goal_is_the_best_return_of_the_world(discount: float) -> None:
    assert goals(discount).best == pytest.approx(
        optimal(paper_gridworld(discount=discount)).return_, rel=1e-12
    )


def test_goals_of_the_paper_and_the_line_between_them() -> None:
    line = goals()
    assert (line.worse, line.best) == pytest.approx((4.322682045, 4.80298005))
    below, above = np.nextafter(line.midpoint, 0), line.midpoint
    assert line.failed(np.array([below, above])).tolist() == [True, False]
    returns = np.array([line.worse * 1.009, line.worse * 0.989, line.best * 0.991, 0.0])
    assert line.unfinished(returns).tolist() == [False, True, False, True]


def test_fewer_starts_begin_the_same_sequence() -> None:
    assert np.array_equal(paper_starts(3, 1), paper_starts(9, 1)[:3])
    assert not np.array_equal(paper_starts(3, 1), paper_starts(3, 2))
    assert np.abs(paper_starts(50, 1)).max() <= 1 / np.sqrt(26)
    assert paper_starts(2, 1, scale=1.0) == pytest.approx(paper_starts(2, 1) * np.sqrt(26))


def test_bias_is_what_all_states_share() -> None:
    mask, policy = bias_only(), paper_return().policy
    shifted = policy.logit_map.logits(mask[None] * np.arange(108.0))
    assert np.array_equal(shifted[0], np.tile([104.0, 105, 106, 107], (26, 1)))


def test_true_return_has_no_entropy_in_it() -> None:
    thetas = paper_starts(2, 0)
    assert np.array_equal(true_returns(paper_return(tau=0.5), thetas), paper_return().evaluate(thetas)[:, 0])


def test_ends_are_split_by_outcome_and_cannot_be_changed() -> None:
    ends = baseline_ends(30, 2019, 60)
    stuck, good = split_by_outcome(ends)
    assert len(stuck) + len(good) == 30
    assert (true_returns(paper_return(), good) > goals().midpoint).all()
    assert (true_returns(paper_return(), stuck) < goals().midpoint).all()
    with pytest.raises(ValueError, match="read-only"):
        ends[0] = 0


def test_updates_until_a_weight_has_faded() -> None:
    n = updates_until(1e-3, tau=0.5, decay=0.99)
    assert 0.5 * 0.99**n <= 1e-3 < 0.5 * 0.99 ** (n - 1)
    assert updates_until(1e-3, tau=1e-4, decay=0.99) == 0
    assert updates_until(1e-3, tau=0.5, decay=1.0) == 0
