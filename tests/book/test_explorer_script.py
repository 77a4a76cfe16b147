"""The explorers' script alone: each kind reads out the numbers it was given, by key, mouse and menu."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.plots.explorers import (
    gridworld_explorer,
    line_explorer,
    scatter_explorer,
    surface_explorer,
)
from tests.book.sources import BOOK

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCUMENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Explorers</title>
<link rel="stylesheet" href="{style}">
<body style="margin: 0"><main>{body}</main><script src="{script}"></script></body></html>"""
TEXT: dict[str, Any] = {"title": "An explorer", "description": "A drawing made for this test alone."}
AXIS = np.linspace(-1, 1, 5)
Opener = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """Open an explorer on a page of its own; its errors fail the test."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 800, "height": 900})

    def opener(shown: Any, width: int = 800) -> Any:
        files = {"style": BOOK / "_static" / "book.css", "script": BOOK / "widgets" / "explorer.js"}
        page = tmp_path / "page.html"
        page.write_text(DOCUMENT.format(body=shown.data, **{k: v.as_uri() for k, v in files.items()}))
        tab = context.new_page()
        tab.set_viewport_size({"width": width, "height": 900})
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(page.as_uri())
        return tab.locator("section.explorer")

    yield opener
    context.close()
    assert errors == []


def readout(explorer: Any) -> str:
    text: str = explorer.locator("[aria-live=polite]").inner_text()
    return text.replace("\u2212", "-")  # a proper minus sign


def press(explorer: Any, where: str, *keys: str) -> str:
    target = explorer.locator(where)
    target.focus()
    for key in keys:
        target.press(key)
    return readout(explorer)


@pytest.fixture
def surface() -> Any:
    values = np.add.outer(10 * np.arange(5.0), np.arange(5.0)) + 100 * np.arange(2)[:, None, None]
    paths = [np.array([(-1, -1), (0, 0.5)]), np.array([(-1, -1), (1, 1)])]
    settings: dict[str, Any] = {"slider_label": "tau", "settings": [0.0, 0.25], "start": (-1, -1)}
    return surface_explorer(**TEXT, **settings, first=AXIS, second=AXIS, values=values, paths=paths)


def test_surface_reads_the_value_under_the_point(opened: Opener, surface: Any) -> None:
    explorer = opened(surface)
    assert "θ₁ = -1, θ₂ = -1: return 0 (on this map from 0 to 44)" in readout(explorer)
    assert "ends at (0, 0.5)" in readout(explorer)
    assert "θ₁ = 0, θ₂ = -0.5: return 21" in press(explorer, "canvas", "ArrowRight", "ArrowRight", "ArrowUp")
    assert "return 44" in press(explorer, "canvas", "Shift+ArrowRight", "Shift+ArrowUp")
    assert "return 0 " in press(explorer, "canvas", "Home")


def test_surface_follows_the_slider(opened: Opener, surface: Any) -> None:
    explorer = opened(surface)
    text = press(explorer, "input[type=range]", "ArrowRight")
    assert text.startswith("tau = 0.25. ")
    assert "return 100 (on this map from 100 to 144)" in text
    assert "ends at (1, 1)" in text
    assert explorer.locator("input").get_attribute("aria-valuetext") == "0.25"


def test_surface_follows_the_mouse(opened: Opener, surface: Any) -> None:
    explorer = opened(surface)
    box = explorer.locator("canvas").bounding_box()
    explorer.locator("canvas").click(position={"x": box["width"] - 14, "y": 24})
    assert "θ₁ = 1, θ₂ = 1: return 44" in readout(explorer)


def test_line_reads_ends_valley_and_place(opened: Opener) -> None:
    positions, curve = np.array([-0.5, 0, 0.25, 0.5, 1, 1.5]), np.array([9, 4, 2, 1, 5, -3.0])
    explorer = opened(
        line_explorer(
            **TEXT,
            slider_label="mix",
            settings=[0, 0.1],
            positions=positions,
            values=[curve, np.arange(6.0)],
            ends=("down", "right"),
        )
    )
    assert "down 4, right 5, a valley of depth 3, lowest (1) at 0.5" in readout(explorer)
    assert "At 0.25 the return is 2" in press(explorer, "canvas", "ArrowLeft")
    assert "no valley" in press(explorer, "input", "ArrowRight")


def test_line_prefers_barriers_from_the_library(opened: Opener) -> None:
    settings: dict[str, Any] = {"slider_label": "mix", "settings": [0.0], "positions": [0, 0.5, 1]}
    explorer = opened(line_explorer(**TEXT, **settings, values=[[4, 1, 5]], barriers=[2.5]))
    assert "a valley of depth 2.5" in readout(explorer)


def test_scatter_reads_shares_of_the_pairs(opened: Opener) -> None:
    plus, minus = np.array([[-1, -1, 1, 2.0]]), np.array([[-1, 0.5, -3, 2.0]])
    settings: dict[str, Any] = {"slider_label": "alpha", "settings": [0.5], "alphas": 0.5}
    explorer = opened(scatter_explorer(**TEXT, **settings, plus=plus, minus=minus))
    text = readout(explorer)
    assert "Of 4 pairs, both ends are lower in 25%, both higher in 25%" in text
    assert "Curving down: 75%" in text
    assert "mean curvature -0.5" in text
    assert "steepest slope 4" in text


@pytest.fixture
def gridworld() -> Any:
    probs = np.zeros((2, 3, 4))
    probs[0, :, 1] = 1
    probs[1] = [0.1, 0.2, 0.3, 0.4]
    places: dict[str, Any] = {"cells": [(0, 0), (0, 1), (1, 1)], "shape": (2, 2), "marks": {"S": (0, 0)}}
    settings: dict[str, Any] = {"slider_label": "policy", "settings": ["first", "last"]}
    return gridworld_explorer(**TEXT, **settings, **places, probs=probs, heat=[[5, 6, 7], [8, 9, 10]])


def test_gridworld_reads_the_cell(opened: Opener, gridworld: Any) -> None:
    explorer = opened(gridworld)
    assert "Row 1, column 1: left 0, right 1, up 0, down 0; value 5" in readout(explorer)
    assert "Row 1, column 2" in press(explorer, "canvas", "ArrowRight")
    assert "Row 2, column 2" in press(explorer, "canvas", "ArrowDown")
    assert "Row 2, column 2" in press(explorer, "canvas", "ArrowLeft")  # a wall


def test_gridworld_follows_the_menu(opened: Opener, gridworld: Any) -> None:
    explorer = opened(gridworld)
    explorer.locator("select").select_option("1")
    assert readout(explorer).startswith(
        "policy: last. Row 1, column 1: left 0.1, right 0.2, up 0.3, down 0.4"
    )


def test_label_belongs_to_the_control(opened: Opener, gridworld: Any) -> None:
    explorer = opened(gridworld)
    assert explorer.get_by_label("policy").evaluate("tag => tag.tagName") == "SELECT"


@pytest.mark.parametrize("width", [320, 375, 800])
def test_drawing_fits_the_screen(opened: Opener, surface: Any, width: int) -> None:
    explorer = opened(surface, width)
    assert explorer.page.evaluate("document.documentElement.scrollWidth") <= width
    assert explorer.locator("canvas").bounding_box()["width"] >= min(0.75 * width, 500)


def test_drawing_follows_the_theme(opened: Opener, surface: Any) -> None:
    explorer = opened(surface)
    first = explorer.locator("canvas").screenshot()
    explorer.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    explorer.page.wait_for_timeout(100)
    assert explorer.locator("canvas").screenshot() != first


def test_holes_are_named(opened: Opener) -> None:
    values = np.array([[1.0, np.nan, 3.0]])
    settings: dict[str, Any] = {"slider_label": "mix", "settings": [0.0], "positions": [0, 0.5, 1]}
    assert re.search(
        r"At 0.5 the return is not a number",
        readout(opened(line_explorer(**TEXT, **settings, values=values))),
    )
