"""Points of known shape: what is called known is, and the study gives the same answer twice."""

from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.objectives.base import hessian
from rl_landscapes.studies.common import goals, paper_return
from rl_landscapes.studies.known_shapes import SHAPES, STUDY, Settings, confusion
from rl_landscapes.studies.known_shapes.points import (
    found_points,
    made_points,
    saturated_points,
    shape_at,
    shared_policy,
)
from rl_landscapes.studies.views import SMALLEST
from tests.studies.committed import committed, smoke_twice

SMALL = SMALLEST * goals().gap
SETTINGS = Settings(n_searches=40, n_made=2)


@pytest.fixture(scope="module")
def found() -> list:
    return list(found_points(SETTINGS, 0.1, True, SMALL, np.random.default_rng(0)))


def test_found_points_are_stationary_and_their_curvatures_have_the_shape_s_signs(found: list) -> None:
    assert {shape for *_, shape in found} == {"optimum", "saddle"}
    for objective, theta, shape in found:
        assert np.linalg.norm(objective.gradient(theta[None])) < 1e-8
        bends = SETTINGS.alpha**2 * np.linalg.eigvalsh(hessian(objective, theta)) / 2
        assert bends[0] < -2 * SMALL
        assert bends[-1] > 2 * SMALL if shape == "saddle" else bends[-1] < SMALL / 2


def test_optimum_of_the_paper_s_own_policy_is_among_them(found: list) -> None:
    (own,) = [(objective, theta) for objective, theta, _ in found if theta.size == 108]
    objective, theta = own
    rng = np.random.default_rng(1)
    near = theta + 0.3 * rng.normal(size=(200, 108)) / np.sqrt(108)
    assert (objective.evaluate(near) <= objective.evaluate(theta[None]) + 1e-12).all()


def test_a_shape_that_is_not_clear_is_not_known() -> None:
    objective = paper_return(tau=0.1).with_policy(shared_policy(False))
    assert shape_at(objective, np.zeros(4), 1e-6, SMALL) is None


def test_states_of_a_diagonal_share_their_logits() -> None:
    policy = shared_policy(True)
    theta = np.random.default_rng(0).normal(size=(1, policy.n_parameters))
    probs = policy.at(theta).probs[0]
    assert policy.n_parameters == 36
    assert np.allclose(probs[1], probs[5])
    assert not np.allclose(probs[1], probs[2])
    assert np.allclose(probs[25], 0.25)


def test_made_functions_have_the_curvatures_and_slopes_of_their_shape() -> None:
    for objective, origin, shape in made_points(SETTINGS, 10, np.random.default_rng(0)):
        values = np.linalg.eigvalsh(hessian(objective, origin))
        slope = np.linalg.norm(objective.gradient(origin[None]))
        signs = {"optimum": (values < 0).all(), "saddle": values[0] < 0 < values[-1]}
        assert signs.get(shape, np.allclose(values, 0))
        assert (slope > 0) == (shape == "linear")


def test_saturated_policies_are_flat_within_a_step() -> None:
    rng = np.random.default_rng(0)
    for objective, theta, shape in saturated_points(SETTINGS):
        steps = rng.normal(size=(50, theta.size))
        steps *= SETTINGS.alpha / np.linalg.norm(steps, axis=1, keepdims=True)
        change = objective.evaluate(theta + steps) - objective.evaluate(theta[None])
        assert shape == "flat"
        assert np.abs(change).max() < SMALL / 20


def test_confusion_counts_every_point_once_at_every_budget() -> None:
    a = committed("known_shapes").arrays
    table = confusion(a)
    assert table.shape == (len(a["episodes"]), len(SHAPES), len(a["kinds"]))
    assert (table.sum(axis=2) == np.bincount(a["shape"])).all()
    exact = dict(zip(a["kinds"].tolist(), table[0, SHAPES.index("flat")].tolist(), strict=True))
    assert exact["flat"] == (a["shape"] == SHAPES.index("flat")).sum()


def test_smoke_run_gives_the_same_bits_twice(tmp_path: Path) -> None:
    result = smoke_twice(STUDY, tmp_path)
    assert set(result.arrays["shape"].tolist()) == {0, 1, 2, 3}
