"""The study of failing ascents: smoke, what the committed data must satisfy, and parts of it again."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.ascent import ascend, scaled_gradient
from rl_landscapes.policies import deterministic_theta
from rl_landscapes.studies.ascent_failures import ROLES, STUDY, Settings, path_gap
from rl_landscapes.studies.common import (
    STEP,
    bias_only,
    goals,
    paper_return,
    paper_starts,
    true_returns,
)
from rl_landscapes.worlds.gridworld import RIGHT, UP
from tests.studies.committed import committed, smoke_twice

RESULT = committed("ascent_failures")
A = RESULT.arrays


@pytest.mark.slow
@pytest.mark.no_cover
def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    arrays = smoke_twice(STUDY, tmp_path).arrays
    assert arrays.keys() == A.keys()
    assert arrays["curves"].shape == (arrays["updates"].size, 12)


def test_committed_settings_are_those_of_the_budget() -> None:
    assert RESULT.settings == asdict(Settings())
    assert RESULT.budget == "laptop"
    assert RESULT.command.endswith("run ascent_failures --budget laptop")


def test_failures_are_read_from_the_curves() -> None:
    places = np.searchsorted(A["updates"], A["checkpoints"])
    assert np.array_equal(A["updates"][places], A["checkpoints"])
    assert np.array_equal(A["failed"], goals().failed(A["curves"][places]))
    assert np.array_equal(A["stuck"], np.flatnonzero(A["failed"][1]))
    assert true_returns(paper_return(), A["stuck_ends"]) == pytest.approx(
        A["curves"][places[1]][A["stuck"]], rel=1e-12
    )


def test_exact_ascent_never_fell_and_its_curves_only_rise() -> None:
    assert not A["falls"].any()
    assert (np.diff(A["curves"], axis=0) > -1e-12).all()


def test_first_starts_again_agree_to_ten_digits() -> None:
    climb = ascend(paper_return(), paper_starts(30, RESULT.seed), n_updates=50, step=STEP, record_every=50)
    place = int(np.flatnonzero(A["updates"] == 50)[0])
    assert A["curves"][place, :30] == pytest.approx(climb.values[-1], rel=1e-10)


@pytest.mark.no_cover
@pytest.mark.parametrize("row", range(len(ROLES)))
def test_roles_of_the_bias_again_are_decided_alike(row: int) -> None:
    role, bias = ROLES[row], bias_only()
    starts = paper_starts(25, RESULT.seed) * (role.logits * (1 - bias) + role.bias * bias)
    rule = scaled_gradient(1 - (not role.trained) * bias)
    n_updates = 60 if role.trained else 600  # without a trained bias ascents are decided later
    end = ascend(
        paper_return(), starts, n_updates=n_updates, step=STEP, record_every=n_updates, rule=rule
    ).end
    expected = goals().failed(A["role_returns"][row, :25])
    again = goals().failed(true_returns(paper_return(), end))
    assert (again == expected).mean() >= (1.0 if role.trained else 0.95)
    assert A["role_names"][row] == role.name


def test_same_setting_is_counted_alike_in_all_parts() -> None:
    with_bias = A["scale_failures"][0, 0, -1]
    assert A["failed"][1, : int(A["scale_n"])].sum() == with_bias == A["continued_failures"][0]
    assert np.array_equal(goals().failed(A["role_returns"][0]), A["failed"][1, :500])
    assert (np.diff(A["continued_failures"]) <= 0).all()


def test_path_gap_looks_where_the_greedy_policy_goes() -> None:
    objective = paper_return()
    actions = np.full(26, RIGHT)
    theta = deterministic_theta(objective.policy, actions, 3.0)
    theta[4 * 24 : 4 * 25] = 0  # a corner that the path does not reach
    assert path_gap(objective, theta[None]) == pytest.approx([3.0])
    theta[4 * 4 : 4 * 5] = 0  # the corner it ends in, where all actions are paid alike
    assert path_gap(objective, theta[None]) == pytest.approx([3.0])
    theta[4 * 2 + RIGHT] = 1.0  # a cell on it
    assert path_gap(objective, theta[None]) == pytest.approx([1.0])
    looping = deterministic_theta(objective.policy, np.full(26, UP), 2.0)
    assert path_gap(objective, looping[None]) == pytest.approx([2.0])
