"""The explorer of climbs carries its world unrounded, and refuses worlds that its script cannot compute."""

from typing import Any

import numpy as np
import pytest

from rl_landscapes.objectives import ExactReturn, evaluate
from rl_landscapes.plots.climb_explorer import climb_explorer
from rl_landscapes.policies import two_parameter_policy
from rl_landscapes.worlds import from_map, paper_gridworld
from tests.plots.test_explorers import data

TEXT: dict[str, Any] = {
    "title": "Climb",
    "description": "Two plateaus and a valley between them.",
    "room_description": "A room of five by five cells.",
    "goals": {"G": (4, -4), "g": (-4, 4)},
    "start": (-1, 3),
    "weights": [0.05, 0.1],
    "decay": 0.98,
    "step": 0.2,
    "lasting_step": 0.06,
    "n_updates": 400,
    "n_points": 5,
}


def climb(world: Any = None, **changes: Any) -> Any:
    return climb_explorer(world or paper_gridworld(), **{**TEXT, **changes})


def test_heights_of_the_map_are_true_return_and_entropy() -> None:
    shown, world = data(climb()), paper_gridworld()
    exact = ExactReturn(world, two_parameter_policy(world))
    theta = np.array([[shown["side"][3], shown["side"][0]]])
    plain, soft = evaluate(exact, theta).item(), evaluate(exact.with_tau(0.1), theta).item()
    assert shown["returns"][3][0] == pytest.approx(plain, rel=1e-3)
    assert shown["returns"][3][0] + 0.1 * shown["entropies"][3][0] == pytest.approx(soft, rel=1e-3)


def test_goals_are_named_after_what_they_pay() -> None:
    shown = data(climb())
    assert [(goal["name"], shown["world"]["rewards"][goal["state"]]) for goal in shown["goals"]] == [
        ("5", 5.0),
        ("4.5", 4.5),
    ]
    assert shown["room"]["marks"] == {"0,0": "S", "0,4": "5", "4,0": "4.5"}


def test_the_world_is_not_rounded() -> None:
    world = paper_gridworld(discount=0.987654321)
    assert data(climb(world))["world"]["discount"] == 0.987654321


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (
            {"world": from_map(["S.G", "g.."], rewards={"G": 5, "g": 4}, discount=0.9, slip=0.1)},
            "for certain",
        ),
        ({"goals": {"x": (0, 0)}}, "goals must name cells of the map, each one cell, got 'x'"),
        ({"goals": {"S": (0, 0)}}, "got 'S'"),
        ({"start": (1, 2, 3)}, "start"),
        ({"weights": [0.0]}, "weights"),
        ({"decay": 1.5}, "decay"),
        ({"n_updates": 0}, "n_updates"),
        ({"description": "Short."}, "description"),
    ],
)
def test_it_refuses_what_it_cannot_show(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        climb(**changes)
