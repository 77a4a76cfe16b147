"""Explorers carry the arrays they were given, to four digits, safely, and refuse what cannot be shown."""

import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from rl_landscapes.plots.curves_explorer import curves_explorer
from rl_landscapes.plots.explorers import (
    gridworld_explorer,
    line_explorer,
    scatter_explorer,
    surface_explorer,
)

TEXT: dict[str, Any] = {
    "title": "Two hills",
    "slider_label": "entropy weight τ",
    "description": "A map with two hills, the right one higher.",
}
AXIS = np.linspace(-1, 1, 5)


def data(shown: Any) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', shown.data, re.S)
    assert found
    content: dict[str, Any] = json.loads(found[1])
    return content


def surface(**changes: Any) -> Any:
    given = {"settings": [0.0, 0.1], "first": AXIS, "second": AXIS[:3], "values": np.zeros((2, 5, 3))}
    return surface_explorer(**{**TEXT, **given, **changes})


def line(**changes: Any) -> Any:
    given = {"settings": [0.0, 0.1], "positions": AXIS, "values": np.zeros((2, 5))}
    return line_explorer(**{**TEXT, **given, **changes})


def scatter(**changes: Any) -> Any:
    given = {"settings": [0.1, 0.5], "plus": np.ones((2, 7)), "minus": np.ones((2, 7)), "alphas": [0.1, 0.5]}
    return scatter_explorer(**{**TEXT, **given, **changes})


def gridworld(**changes: Any) -> Any:
    given = {"settings": [0], "probs": np.full((1, 3, 4), 0.25), "heat": np.zeros((1, 3))}
    places = {"cells": [(0, 0), (0, 1), (1, 1)], "shape": (2, 2)}
    return gridworld_explorer(**{**TEXT, **given, **places, **changes})


def curves(**changes: Any) -> Any:
    given = {"settings": ["one", "two"], "names": ["low", "high"], "choices": [["a"], ["b", "c"]]}
    values = {"positions": [AXIS, AXIS[:3]], "values": [np.zeros((1, 2, 5, 3)), np.ones((2, 2, 3, 3))]}
    return curves_explorer(**{**TEXT, **given, **values, **changes})


def test_curves_carry_an_interval_at_each_place_of_each_choice() -> None:
    shown = data(curves())
    assert [np.shape(each) for each in shown["values"]] == [(1, 2, 5, 3), (2, 2, 3, 3)]
    assert shown["choices"] == [["a"], ["b", "c"]]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"names": list("abcde")}, "1 to 4 curves, got 5"),
        ({"choices": [["a"]]}, "choices must be one per setting: 2, got 1"),
        ({"values": [np.zeros((1, 2, 5)), np.ones((2, 2, 3, 3))]}, "values"),
    ],
)
def test_curves_refuse_what_does_not_fit(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        curves(**changes)


def test_surface_carries_its_values(rng: np.random.Generator) -> None:
    values = rng.normal(size=(2, 5, 3))
    shown = data(surface(values=values, paths=[AXIS[:4].reshape(2, 2), np.zeros((1, 2))], start=(0, 1)))
    np.testing.assert_allclose(shown["values"], values, rtol=1e-3)
    np.testing.assert_allclose(shown["paths"][0], AXIS[:4].reshape(2, 2))
    assert shown["start"] == [0, 1]
    assert shown["settings"] == [0.0, 0.1]


def test_surface_carries_a_climb_and_readings_for_each_point(rng: np.random.Generator) -> None:
    climbs, bends = rng.normal(size=(2, 5, 3, 4, 2)), rng.normal(size=(5, 3))
    shown = data(surface(climbs=climbs, readings={"bend": bends}, arrows=np.ones((5, 3, 2)), stepped=True))
    np.testing.assert_allclose(shown["climbs"], climbs, rtol=1e-3)
    np.testing.assert_allclose(shown["readings"]["bend"], bends, rtol=1e-3)
    assert (shown["arrows"][4][2], shown["bars"], shown["stepped"]) == ([1, 1], None, True)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("ends", (2, 3, 5)),
        ("climbs", (2, 5, 4, 4, 2)),
        ("climbs", (1, 5, 3, 4, 2)),
        ("arrows", (5, 3)),
        ("bars", (3, 5, 2)),
    ],
)
def test_surface_refuses_what_is_not_of_its_points(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=name):
        surface(**{name: np.zeros(shape)})
    with pytest.raises(ValueError, match="bend"):
        surface(readings={"bend": np.zeros((3, 5))})


def test_barriers_are_those_given_or_lie_between_the_ends() -> None:
    assert data(line(barriers=[3.74, 0.0]))["barriers"] == [3.74, 0]
    lines = [[9, 4, 1, 5, 0], [1, 2, 3, 4, 5]]  # the ends of interest are the third and the last
    assert data(line(positions=[-1, -0.5, 0, 0.5, 1], values=lines))["barriers"] == [0, 0]
    assert data(line(positions=[0, 0.25, 0.5, 0.75, 1], values=lines))["barriers"] == [0, 0]
    assert data(line(positions=[0, 0.25, 0.5, 1, 1.5], values=lines))["barriers"] == [4, 0]


def test_one_alpha_stands_for_all_settings() -> None:
    assert data(scatter(alphas=0.5))["alphas"] == [0.5, 0.5]


def test_slopes_and_curvatures_are_computed_before_anything_is_rounded() -> None:
    seen = data(scatter(settings=[0.01], alphas=0.01, plus=[[1e-4 + 1.7e-9, 2.0]], minus=[[-1e-4, -1.0]]))
    assert seen["curvatures"] == [[1.7e-5, 10_000]]
    assert seen["slopes"] == [[0.01, 150]]
    assert (seen["lower"], seen["higher"], seen["down"], seen["steepest"]) == ([0], [0], [0], [150])


def test_marks_are_keyed_by_cell() -> None:
    assert data(gridworld(marks={"S": (0, 1)}))["marks"] == {"0,1": "S"}


def test_absorbing_state_is_left_out() -> None:
    shown = data(gridworld(probs=np.full((1, 4, 4), 0.25), heat=[[1, 2, 3, 99]]))
    assert shown["heat"] == [[1, 2, 3]]
    assert len(shown["probs"][0]) == 3


def test_boards_share_their_cells() -> None:
    shown = data(gridworld(probs=np.full((1, 6, 4), 0.25), heat=[range(6)], boards=("one", "other")))
    assert (shown["boards"], len(shown["cells"]), len(shown["heat"][0])) == (["one", "other"], 3, 6)
    with pytest.raises(ValueError, match="probs must be of 6 states, or one more, got 3"):
        gridworld(boards=("one", "other"))


def test_names_make_a_menu() -> None:
    assert data(gridworld(settings=["plain"]))["settings"] == ["plain"]


def test_numbers_keep_four_digits_and_holes_stay_holes() -> None:
    values = np.array([[0.123456, 123456.0, np.nan, -np.inf, 2e-9], [1, 2, 3, 4, 5]])
    shown = data(line(values=values))["values"]
    assert shown[0] == [0.1235, 123500, None, None, 2e-9]
    assert all(isinstance(value, int) for value in shown[1])


def test_colours_are_those_of_the_figures() -> None:
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    colours = data(surface(colormap="cividis"))["colours"]
    assert colours[0] == to_hex(colormaps["cividis"](0.0))
    assert colours[-1] == to_hex(colormaps["cividis"](1.0))


def test_text_cannot_break_out() -> None:
    shown = surface(title="a < b & </script><b>", description="</script> is only text in here")
    assert shown.data.count("</script>") == 1
    assert "<b>" not in shown.data
    assert data(shown)["description"].startswith("</script>")


@pytest.mark.parametrize("make", [surface, line, scatter, gridworld])
def test_text_alternative_is_asked_for(make: Any) -> None:
    with pytest.raises(ValueError, match="description must say"):
        make(description="a plot")


@pytest.mark.parametrize("make", [surface, line, scatter, gridworld])
def test_works_without_script(make: Any) -> None:
    assert "<noscript>" in make().data


@pytest.mark.parametrize(
    ("make", "changes", "message"),
    [
        (surface, {"values": np.zeros((2, 3, 5))}, r"values must have shape \(2, 5, 3\), got \(2, 3, 5\)"),
        (surface, {"paths": [np.zeros((2, 2))]}, "paths must be one per setting: 2, got 1"),
        (surface, {"paths": [np.zeros((2, 3))] * 2}, r"path must have shape \(any, 2\)"),
        (surface, {"start": (0, 0, 0)}, r"start must have shape \(2,\)"),
        (surface, {"initial": 2}, "initial must be the index of one of 2 settings, got 2"),
        (line, {"values": np.zeros((3, 5))}, r"values must have shape \(2, 5\)"),
        (line, {"barriers": [1.0]}, r"barriers must have shape \(2,\)"),
        (scatter, {"minus": np.ones((2, 6))}, r"minus must have shape \(2, 7\), got \(2, 6\)"),
        (scatter, {"alphas": [0.1, 0.2, 0.3]}, "alphas must be one number or one per setting: 2"),
        (scatter, {"names": ["left"]}, "names must be one per direction: 7, got 1"),
        (gridworld, {"probs": np.zeros((1, 3, 5))}, r"probs must have shape \(1, any, 4\)"),
        (gridworld, {"heat": np.zeros((1, 5))}, "heat must be of 3 states, or one more, got 5"),
    ],
)
def test_disagreeing_arguments_are_refused(make: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_too_much_for_a_page_is_refused(rng: np.random.Generator) -> None:
    wide = np.linspace(0, 1, 300)
    with pytest.raises(ValueError, match="would add"):
        surface(first=wide, second=wide, values=rng.normal(size=(2, 300, 300)))


def test_inputs_are_not_changed() -> None:
    values = np.array([[np.nan, 1.23456, 0, 0, 0]] * 2)
    kept = values.copy()
    line(values=values)
    np.testing.assert_array_equal(values, kept)


def test_import_needs_no_notebook() -> None:
    code = "import sys, rl_landscapes.plots.explorers; sys.exit('IPython' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
