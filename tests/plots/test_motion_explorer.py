"""The explorer of motions: integers in the page that give every pose back, and the numbers of the figure."""

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest

from rl_landscapes.plots.bodies import drawing_order
from rl_landscapes.plots.motion_explorer import motion_explorer, shown
from tests.motions import walking

GRID = np.linspace(-1, 1, 3)
TEXT = {"title": "Walk", "description": "A line of policies, and the walker of each."}


def line(**changes):
    motions = [walking(4), walking(25, -0.5, terminated=False), walking(12, 2.0)]
    given = {"first": GRID, "values": [1.23456, -2.0, np.nan], "motions": motions, "seconds": 0.2}
    return motion_explorer(**{**TEXT, **given, **changes})


def plane(**changes):
    motions = [walking(3 + i) for i in range(6)]
    given = {"first": GRID, "second": GRID[:2], "values": np.arange(6.0).reshape(3, 2), "motions": motions}
    return motion_explorer(**{**TEXT, **given, "seconds": 0.1, **changes})


def data(section):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', section.data, re.S)[1])


def played(content):
    """What motion.js makes of the page: one array (F', G, 3) for each motion."""
    film = content["film"]
    step = np.array(film["step"])
    changes = (
        np.frombuffer(base64.b64decode(film["changes"]), dtype=np.int8).reshape(-1, len(step)).astype(int)
    )
    cuts = np.cumsum(np.array(film["counts"]) - 1)
    assert cuts[-1] == len(changes)
    tracks = zip(film["begins"], np.split(changes, cuts[:-1]), strict=True)
    return [
        np.cumsum([begin, *rest], axis=0).reshape(-1, len(step) // 3, 3) * step.reshape(-1, 3)
        for begin, rest in tracks
    ]


def test_poses_come_back_to_half_a_rounding():
    motions = [walking(4), walking(25, -0.5), walking(12, 2.0)]
    content = data(line(motions=motions))
    coarsest = np.array(content["film"]["step"]).reshape(-1, 3) / 2 + 1e-9
    assert coarsest.max() < 0.003, "neither a metre nor a radian is far off"
    for motion, track in zip(motions, played(content), strict=True):
        ends = motion.ends[shown(motion, 0.2)][:, drawing_order(motion)]
        assert (np.abs(track[..., :2] - ends.mean(axis=2)) <= coarsest[:, :2]).all()
        half = np.array(content["body"]["half"])[:, None] * np.stack(
            [np.cos(track[..., 2]), np.sin(track[..., 2])], -1
        )
        np.testing.assert_allclose(track[..., :2] + half, ends[:, :, 1], atol=0.005)


def test_a_turn_beyond_half_a_circle_is_no_jump():
    turning = walking(40)
    angle = 0.5 * np.arange(40)
    turning.axes[:, 0, 0], turning.axes[:, 0, 2] = np.cos(angle), np.sin(angle)
    content = data(motion_explorer(**TEXT, first=[0.0], values=[1.0], motions=[turning], seconds=0.1))
    trunk = content["body"]["trunk"]
    np.testing.assert_allclose(played(content)[0][:, trunk, 2], angle, atol=0.01)


def test_numbers_are_those_given():
    content = data(line(stderr=[0.1, 0.2, 0.3], ending="falls"))
    assert content["values"] == [1.235, -2, None]
    assert content["stderr"] == [0.1, 0.2, 0.3]
    assert content["totals"] == [6, 300, 66]  # 1 + 2 + ... of each walker
    assert content["durations"] == [0.3, 2.4, 1.1]
    assert content["terminated"] == [1, 0, 1]
    assert content["ending"] == "falls"


def test_returns_are_discounted_if_so_wanted():
    assert data(line(discount=0.5))["totals"][0] == 1 + 2 / 2 + 3 / 4


def test_settings_are_the_times_of_the_longest():
    assert data(line())["settings"] == pytest.approx([0.2 * k for k in range(13)])
    assert data(line())["film"]["counts"] == [3, 13, 7]  # 0, 0.2 and the end at 0.3 s


def test_a_body_of_long_steps_is_shown_at_all_of_them():
    assert data(line(seconds=None))["film"]["counts"] == [4, 25, 12]


def test_plane_is_row_by_row():
    content = data(plane())
    assert content["values"] == [[0, 1], [2, 3], [4, 5]]
    assert content["film"]["counts"] == [3, 4, 5, 6, 7, 8]
    assert content["start"] == [0, 0]
    assert data(plane(start=(1.0, -1.0)))["start"] == [1, -1]


def test_stage_follows_a_walker_and_stands_for_an_arm(arm):
    assert data(line())["stage"]["follow"] == [1, 0]
    assert data(line())["stage"]["ground"] == 1
    content = data(motion_explorer(**TEXT, first=[0.0], values=[1.0], motions=[arm], seconds=0.1))
    assert content["stage"]["follow"] == [0, 0]
    assert content["stage"]["ground"] == 0
    assert content["body"]["still"] == [[-0.3, -1, 0.3, -1]]
    assert sorted(content["body"]["limb"]) == [-1, 0]


def test_too_much_for_a_page_is_refused():
    with pytest.raises(ValueError, match="would add"):
        line(largest=1000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"motions": [walking(4)]}, "motions must be one per value, 3, got 1"),
        ({"values": [1.0, 2.0]}, r"values must have shape \(3,\), got \(2,\)"),
        ({"stderr": [1.0]}, r"stderr must have shape \(3,\), got \(1,\)"),
        ({"start": (0, 0)}, r"start must have shape \(1,\)"),
        ({"speed": 0.0}, "speed must be a finite number above 0"),
        ({"seconds": 0.01}, "seconds must be at least 0.1, one step of Toy-v0"),
        ({"description": "a walk"}, "description must say"),
        (
            {"motions": [walking(4), walking(5), replace(walking(6), body="Other-v0")]},
            "motions must be of one body",
        ),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(ValueError, match=message):
        line(**changes)
