"""Explorers of records: the numbers of the records, and a page of their own."""

import json
import re

import numpy as np
import pytest

from rl_landscapes.objectives import from_function, monkey_saddle, optimal, quadratic, two_hills
from rl_landscapes.plots import (
    explore_lines,
    explore_motions,
    explore_perturbations,
    explore_planes,
    explore_policies,
    save_page,
)
from rl_landscapes.probes import interpolate, perturb, plane
from rl_landscapes.worlds import from_map
from tests.motions import walking

TEXT = {"title": "An explorer", "description": "A drawing made for this test alone."}
BOWL = quadratic(-np.diag([1.0, 4.0]))
ENDS = np.array([[0.0, 0.0], [1.0, 2.0]])


def data(shown):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', shown.data, re.S)[1])


def planes(n_points=5):
    return {
        k: plane(quadratic(k * np.eye(2)), np.zeros(2), *np.eye(2), n_points=n_points) for k in (1.0, 2.0)
    }


def lines():
    return {
        "plain": interpolate(BOWL, ENDS, n_points=5),
        "other": interpolate(monkey_saddle(), ENDS, n_points=5),
    }


def probes(alpha=0.5, n_directions=7):
    rng = np.random.default_rng(0)
    return {
        alpha: perturb(BOWL, np.ones(2), alpha=alpha, n_directions=n_directions, rng=rng),
        1.0: perturb(BOWL, np.ones(2), alpha=1.0, n_directions=7, rng=rng),
    }


class TestNumbers:
    def test_of_planes(self):
        shown = data(explore_planes(planes(), **TEXT, trajectories=[np.eye(2), np.zeros((1, 2))]))
        assert shown["settings"] == [1, 2]
        np.testing.assert_allclose(shown["values"], [each.mean for each in planes().values()], rtol=1e-3)
        assert shown["first"] == shown["second"] == [-1, -0.5, 0, 0.5, 1]
        assert shown["paths"] == [[[1, 0], [0, 1]], [[0, 0]]]

    def test_of_lines(self):
        shown = data(explore_lines(lines(), **TEXT, ends=("poor", "good")))
        assert shown["settings"] == ["plain", "other"]
        np.testing.assert_allclose(shown["values"], [each.mean for each in lines().values()], rtol=1e-3)
        assert shown["ends"] == ["poor", "good"]

    def test_of_perturbations(self):
        shown, seen = data(explore_perturbations(probes(), **TEXT)), list(probes().values())
        np.testing.assert_allclose(shown["plus"], [each.delta_plus for each in seen], rtol=1e-3)
        np.testing.assert_allclose(shown["minus"], [each.delta_minus for each in seen], rtol=1e-3)
        assert shown["alphas"] == [0.5, 1]

    def test_of_policies_with_every_goal(self):
        world = from_map(["S#G", "G.."], rewards={"G": 1.0}, discount=0.9)
        best = optimal(world)
        shown = data(explore_policies(world, {0.0: (best.probs, best.values)}, **TEXT))
        np.testing.assert_allclose(shown["heat"][0], best.values[:-1], rtol=1e-3)
        np.testing.assert_allclose(shown["probs"][0], best.probs[:-1])
        assert shown["marks"] == {"0,0": "S", "0,2": "G", "1,0": "G"}

    def test_of_motions_on_a_line_and_on_a_plane(self):
        line = interpolate(BOWL, ENDS, n_points=3)
        shown = data(explore_motions(line, [walking(4), walking(9), walking(6)], **TEXT, ending="falls"))
        np.testing.assert_allclose(shown["values"], line.mean, rtol=1e-3)
        assert shown["ending"] == "falls"
        flat = plane(BOWL, np.zeros(2), *np.eye(2), n_points=2)
        shown = data(explore_motions(flat, [walking(3 + k) for k in range(4)], **TEXT))
        np.testing.assert_allclose(shown["values"], flat.mean, rtol=1e-3)
        assert shown["film"]["counts"] == [3, 4, 5, 6]


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "given", "message"),
        [
            (explore_planes, {}, "planes must hold at least one"),
            (explore_planes, planes() | {3.0: planes(7)[1.0]}, "first_positions must be the same"),
            (explore_lines, {}, "lines must hold at least one"),
            (
                explore_lines,
                lines() | {"more": interpolate(BOWL, ENDS, n_points=7)},
                "positions must be the same",
            ),
            (
                explore_lines,
                {"bent": interpolate(BOWL, np.array([[0.0, 0], [1, 1], [2, 0]]))},
                "lines must each run between two points",
            ),
            (explore_perturbations, {}, "probes must hold at least one"),
            (
                explore_perturbations,
                probes(n_directions=9),
                r"probes must have as many directions, got \[9, 7\]",
            ),
        ],
    )
    def test_what_does_not_go_together(self, make, given, message):
        with pytest.raises(ValueError, match=message):
            make(given, **TEXT)

    def test_several_alphas(self):
        seen = perturb(
            BOWL, np.ones(2), alpha=np.array([0.1, 0.2]), n_directions=2, rng=np.random.default_rng(0)
        )
        with pytest.raises(ValueError, match="probes must each have one alpha"):
            explore_perturbations({0.1: seen}, **TEXT)

    def test_policies_of_another_world(self):
        world = from_map("S.G", rewards={"G": 1.0}, discount=0.9)
        with pytest.raises(ValueError, match="probs must be of 3 states"):
            explore_policies(world, {0.0: (np.full((7, 4), 0.25), np.zeros(7))}, **TEXT)


class TestPage:
    def test_holds_all_it_needs(self, tmp_path):
        first, second = explore_planes(planes(), **TEXT), explore_lines(lines(), **TEXT)
        path = save_page(tmp_path / "page.html", first, second)
        text = path.read_text(encoding="utf-8")
        assert first.data in text
        assert second.data in text
        assert "<title>An explorer</title>" in text
        assert "window.explorers" in text
        assert ".explorer-canvas" in text
        assert not re.search(r"""(?:src|href)\s*=|https?://""", text.replace(first.data, ""))

    def test_refuses_what_is_no_explorer(self, tmp_path):
        with pytest.raises(ValueError, match="explorers must be one or more, got none"):
            save_page(tmp_path / "page.html")
        with pytest.raises(TypeError, match=r"explorers must come from plots.explore_\.\.\., got str"):
            save_page(tmp_path / "page.html", "<p>")
        assert not list(tmp_path.iterdir())

    def test_an_explorer_is_named_in_a_session_and_shown_in_a_notebook(self):
        hills = {0.0: interpolate(two_hills(), np.array([[0.0], [3.0]]))}
        shown = explore_lines(hills, **TEXT)
        assert repr(shown) == "Explorer: An explorer"
        assert shown._repr_html_().startswith('<section class="explorer"')


def test_functions_of_ones_own_are_explored_too():
    bowl = from_function(lambda theta: -(theta @ theta), 2)
    seen = plane(bowl, np.zeros(2), *np.eye(2), n_points=3)
    assert data(explore_planes({"bowl": seen}, **TEXT))["values"][0][1][1] == 0
