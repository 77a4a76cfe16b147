"""The explorer of a body that lives in the page: the numbers with all their digits, and what is refused."""

import json
import re

import numpy as np
import pytest

from rl_landscapes.objectives import SampledReturn, record_motions
from rl_landscapes.plots.body_explorer import body_explorer
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.worlds import body

HOPPER = body("Hopper-v5")
CORNERS = np.random.default_rng(0).normal(size=(3, 36)) / 10
CALM = SampledReturn(HOPPER, linear_gaussian(11, 3, sigma=0.0), n_episodes=1, horizon=5)
MOTIONS = record_motions(CALM, CORNERS, np.random.default_rng(0))
VALUES = np.arange(12.0).reshape(2, 3, 2)


def shown(**changes):
    given = {
        "title": "A Hopper",
        "slider_label": "noise",
        "description": "A map made up for this test alone.",
        "world": HOPPER,
        "corners": CORNERS,
        "names": ("stands", "hops", "falls"),
        "first": [0.0, 1 / 3, 1.0],
        "second": [0.0, 1.0],
        "sigmas": [0.0, 0.5],
        "values": VALUES,
        "stderr": VALUES / 10,
        "start": np.arange(12.0) / 7,
        "motions": MOTIONS,
    }
    return body_explorer(**{**given, **changes})


def data(section):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', section.data, re.S)[1])


def test_policies_positions_and_start_have_all_their_digits():
    content = data(shown())
    assert np.array_equal(content["corners"], CORNERS)
    assert content["first"] == [0.0, 1 / 3, 1.0]
    assert content["physics"]["start"] == list(np.arange(12.0) / 7)


def test_the_rules_are_those_of_the_body():
    content = data(shown())["physics"]
    assert (content["dt"], content["frame_skip"], content["time_limit"]) == (0.008, 4, 1000)
    assert content["ranges"][:3] == [[0.7, None], [-0.2, 0.2], [-100.0, 100.0]]
    assert len(content["ranges"]) == 11
    assert 'mujoco model="hopper"' in content["model"]


def test_parts_are_in_the_order_of_their_drawing():
    content = data(shown())
    names = [HOPPER.env.model.geom(part).name for part in content["physics"]["parts"]]
    assert sorted(names) == ["foot_geom", "leg_geom", "thigh_geom", "torso_geom"]
    assert names[content["body"]["trunk"]] == "torso_geom"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"world": body("Swimmer-v5")}, "corners must have shape"),
        (
            {"world": body("HalfCheetah-v5"), "corners": np.zeros((3, 108)), "start": np.zeros(18)},
            "paid for health",
        ),
        ({"names": ("stands", "hops")}, "three each, got 2 and 3"),
        ({"motions": MOTIONS[:2]}, "three each, got 3 and 2"),
        ({"values": VALUES[:1]}, "values must have shape"),
        ({"corners": CORNERS[:, :-1]}, "corners must have shape"),
        ({"start": np.zeros(6)}, "start must have shape"),
        ({"description": "short"}, "description"),
    ],
)
def test_what_does_not_fit_is_refused(changes, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        shown(**changes)
