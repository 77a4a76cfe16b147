"""The explorers' script alone: each kind reads out the numbers it was given, by key, mouse and menu."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
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
from rl_landscapes.plots.motion_explorer import motion_explorer
from rl_landscapes.plots.pages import save_page
from tests.book.sources import WIDGETS
from tests.motions import walking

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DOCUMENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Explorers</title>
<link rel="stylesheet" href="{style}">
<body style="margin: 0"><main>{body}</main><script src="{script}"></script>
<script src="{motion}"></script></body></html>"""
TEXT: dict[str, Any] = {"title": "An explorer", "description": "A drawing made for this test alone."}
AXIS = np.linspace(-1, 1, 5)
Opener = Callable[..., Any]


# What the last drawing has written, each text with its box.
WRITTEN = """
const plain = CanvasRenderingContext2D.prototype, write = plain.fillText, scale = plain.scale;
window.written = [];
plain.scale = function (...by) { window.written = []; return scale.apply(this, by); }; // begins a drawing
plain.fillText = function (text, x, y, most = Infinity) {
  const m = this.measureText(text), narrow = Math.min(1, most / m.width);
  window.written.push([text, x - narrow * m.actualBoundingBoxLeft, y - m.actualBoundingBoxAscent,
    x + narrow * m.actualBoundingBoxRight, y + m.actualBoundingBoxDescent]);
  return write.apply(this, [text, x, y, ...(most < Infinity ? [most] : [])]);
};
"""


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opener]:
    """Open an explorer on a page of its own; its errors fail the test."""
    errors: list[str] = []
    context = browser.new_context(viewport={"width": 800, "height": 900})
    scripts = {"script": WIDGETS / "explorer.js", "motion": WIDGETS / "motion.js"}

    def opener(shown: Any, width: int = 800, still: bool = False) -> Any:
        files = {"style": WIDGETS / "explorer.css", **scripts}
        page = tmp_path / "page.html"
        page.write_text(DOCUMENT.format(body=shown.data, **{k: v.as_uri() for k, v in files.items()}))
        tab = context.new_page()
        tab.add_init_script(WRITTEN)
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(reduced_motion="reduce" if still else "no-preference")
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(page.as_uri())
        return tab.locator("section.explorer")

    yield opener
    context.close()
    assert errors == []


def test_a_page_of_its_own_needs_no_other_file(browser: Any, tmp_path: Path, surface: Any) -> None:
    tab = browser.new_page()
    tab.goto(save_page(tmp_path / "page.html", surface).as_uri())
    explorer = tab.locator("section.explorer")
    assert "return 0 (on this map from 0 to 44)" in readout(explorer)
    assert explorer.locator("canvas").bounding_box()["height"] > 200
    tab.close()


def collisions(explorer: Any) -> list[tuple[str, str]]:
    """Pairs of texts on the canvas that touch, and texts that leave it, with where they do."""
    written = explorer.page.evaluate("window.written")
    size = explorer.locator("canvas").bounding_box()
    found = [
        (one[0], other[0])
        for n, one in enumerate(written)
        for other in written[:n]
        if one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]
    ]
    left = [t for t, *box in written if box[2] > size["width"] + 1 or box[3] > size["height"] or box[0] < -1]
    assert written
    return found + [(text, "the edge") for text in left]


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


@pytest.mark.parametrize("width", [320, 375, 800])
@pytest.mark.parametrize(
    "label", ["return", "log\N{SUBSCRIPT ONE}\N{SUBSCRIPT ZERO} cost (3: or more, or infinite)"]
)
def test_no_texts_of_a_map_touch(opened: Opener, label: str, width: int) -> None:
    values = np.linspace(0.6853, 3.0, 25).reshape(1, 5, 5)
    settings: dict[str, Any] = {"slider_label": "rule", "settings": ["a"], "value_label": label}
    explorer = opened(surface_explorer(**TEXT, **settings, first=AXIS, second=AXIS, values=values), width)
    assert collisions(explorer) == []


def test_a_constant_map_has_one_number(opened: Opener) -> None:
    values = np.stack([np.full((5, 5), 4.72), np.full((5, 5), 4.3)])
    settings: dict[str, Any] = {"slider_label": "rule", "settings": ["a", "b"]}
    for shared in (True, False):
        explorer = opened(
            surface_explorer(
                **TEXT, **settings, first=AXIS, second=AXIS, values=values, stepped=True, shared_scale=shared
            )
        )
        assert "return 4.72 (on this map 4.72 everywhere)" in readout(explorer)


def test_surface_tells_the_climb_and_all_that_is_known_at_the_point(opened: Opener) -> None:
    climbs = np.zeros((2, 5, 5, 3, 2))
    climbs[1, 2, 3, -1] = 7.5, -0.25
    explorer = opened(
        surface_explorer(
            **TEXT,
            slider_label="drawn",
            settings=["return", "slope"],
            first=AXIS,
            second=AXIS,
            values=np.zeros((2, 5, 5)),
            climbs=climbs,
            ends=np.stack([np.full((5, 5), 4.3), np.full((5, 5), 4.8)]),
            end_label="where it earns",
            readings={"slope": np.arange(25.0).reshape(5, 5), "bend": -np.arange(25.0).reshape(5, 5)},
            arrows=np.ones((5, 5, 2)),
            bars=np.zeros((5, 5, 2)),
        )
    )
    text = press(explorer, "canvas", "ArrowUp")
    assert "slope 13, bend -13. The climb from here ends at (0, 0), where it earns 4.3." in text
    explorer.locator("select").select_option("1")
    assert "bend -13. The climb from here ends at (7.5, -0.25), where it earns 4.8." in readout(explorer)
    assert "slope 13" not in readout(explorer)


def test_a_stepped_map_has_no_colours_between_its_points(opened: Opener) -> None:
    values = np.where(np.add.outer(AXIS, AXIS) > 0, 1.0, 0.0)[None]
    settings: dict[str, Any] = {"slider_label": "tau", "settings": [0.0], "first": AXIS, "second": AXIS}
    colours = [
        opened(surface_explorer(**TEXT, **settings, values=values, stepped=stepped)).page.evaluate(COLOURS)
        for stepped in (True, False)
    ]
    assert colours[0] < 12 < colours[1]


# How many colours stand in the upper right quarter of the map, where no point is marked.
COLOURS = """() => {
  const canvas = document.querySelector("canvas"), w = canvas.width, h = canvas.height;
  const { data } = canvas.getContext("2d").getImageData(0.6 * w, 0.12 * h, 0.3 * w, 0.25 * h);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
  return seen.size;
}"""


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


def test_curves_read_every_interval_at_the_place_and_choice(opened: Opener) -> None:
    rising = np.arange(5.0)[:, None] + np.array([0, -0.5, 0.5])
    values = [np.array([[rising, 2 * rising], [rising, 10 * rising]]), np.array([[rising[:3], -rising[:3]]])]
    explorer = opened(
        curves_explorer(
            **TEXT,
            slider_label="runs",
            settings=["many", "few"],
            names=["low", "high"],
            choices=[["0.1", "0.3"], ["0.2"]],
            positions=[10 * np.arange(5), np.arange(3)],
            values=values,
        )
    )
    assert "step 0.1, 40 updates. return: low: 4 [3.5, 4.5]; high: 8 [7, 9]." in readout(explorer)
    assert "step 0.3, 30 updates. return: low: 3 [2.5, 3.5]; high: 30 [25, 35]." in press(
        explorer, "canvas", "ArrowUp", "ArrowUp", "ArrowLeft"
    )
    explorer.locator("select").select_option("1")
    assert readout(explorer).startswith("runs: few. step 0.2, 2 updates. return: low: 2")
    explorer.locator("select").select_option("0")
    box = explorer.locator("canvas").bounding_box()
    explorer.locator("canvas").click(position={"x": 0.8 * box["width"], "y": box["height"] - 15})
    assert "step 0.3, 20 updates" in readout(explorer)


def test_scatter_reads_shares_of_the_pairs(opened: Opener) -> None:
    plus, minus = np.array([[-1, -1, 1, 2.0]]), np.array([[-1, 0.5, -3, 2.0]])
    settings: dict[str, Any] = {"slider_label": "alpha", "settings": [0.5], "alphas": 0.5}
    explorer = opened(scatter_explorer(**TEXT, **settings, plus=plus, minus=minus))
    text = readout(explorer)
    assert "Of 4 pairs, both ends are lower in 25%, both higher in 25%" in text
    assert "Curving down: 75%" in text
    assert "mean curvature -0.5" in text
    assert "steepest slope 4" in text


def test_scatter_reads_the_direction_of_a_point(opened: Opener) -> None:
    plus = np.array([[-1, -1.5, 1, 2.0], [5, 6, 7, 8.0]])
    minus = np.array([[-1, 0.5, -3, 2.0], [5, 6, 7, 8.0]])
    settings: dict[str, Any] = {"slider_label": "alpha", "settings": [0.5, 1.0], "alphas": [0.5, 1.0]}
    names = ["mostly up", "mostly down", "mostly left", "mostly right"]
    explorer = opened(scatter_explorer(**TEXT, **settings, plus=plus, minus=minus, names=names))
    assert "Direction 1: mostly up. Δ⁺ -1, Δ⁻ -1, slope 0, curvature -8." in readout(explorer)
    one_higher = press(explorer, "canvas", "ArrowRight")
    assert "Direction 3: mostly left. Δ⁺ 1, Δ⁻ -3, slope 4, curvature -8." in one_higher
    assert "Direction 2: mostly down." in press(explorer, "canvas", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    stays = press(explorer, "input", "ArrowRight")
    assert "Direction 2: mostly down. Δ⁺ 6, Δ⁻ 6, slope 0, curvature 12." in stays
    assert "Direction 1: mostly up" in press(explorer, "canvas", "Home")


def test_scatter_follows_the_mouse(opened: Opener) -> None:
    plus, minus = np.array([[-1, -1.5, 1, 2.0]]), np.array([[-1, 0.5, -3, 2.0]])
    settings: dict[str, Any] = {"slider_label": "alpha", "settings": [0.5], "alphas": 0.5}
    explorer = opened(scatter_explorer(**TEXT, **settings, plus=plus, minus=minus))
    explorer.locator("canvas").click(position={"x": 60, "y": 30})  # the upper left corner
    assert "Direction 2. Δ⁺ -1.5" in readout(explorer)


def test_scatter_shows_what_was_computed_from_all_digits(opened: Opener) -> None:
    """Rounded to four digits the two ends would cancel to a curvature ten times too large, or to none."""
    plus, minus = np.array([[1e-4 + 1.7e-9]]), np.array([[-1e-4]])
    settings: dict[str, Any] = {"slider_label": "alpha", "settings": [0.01], "alphas": 0.01}
    text = readout(opened(scatter_explorer(**TEXT, **settings, plus=plus, minus=minus)))
    assert "mean curvature 1.7·10⁻⁵, steepest slope 0.01" in text


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


@pytest.mark.parametrize("width", [320, 800])
def test_no_texts_of_a_gridworld_touch(opened: Opener, gridworld: Any, width: int) -> None:
    assert collisions(opened(gridworld, width)) == []


def test_gridworld_follows_the_menu(opened: Opener, gridworld: Any) -> None:
    explorer = opened(gridworld)
    explorer.locator("select").select_option("1")
    assert readout(explorer).startswith(
        "policy: last. Row 1, column 1: left 0.1, right 0.2, up 0.3, down 0.4"
    )


@pytest.mark.parametrize("width", [375, 800])
def test_boards_have_names_and_the_keys_lead_from_one_to_the_next(opened: Opener, width: int) -> None:
    probs = np.full((1, 6, 4), 0.25)
    places: dict[str, Any] = {"cells": [(0, 0), (0, 1), (1, 1)], "shape": (2, 2), "boards": ("one", "other")}
    settings: dict[str, Any] = {"slider_label": "policy", "settings": ["first"]}
    shown = gridworld_explorer(**TEXT, **settings, **places, probs=probs, heat=[[5, 6, 7, 8, 9, 10]])
    explorer = opened(shown, width)
    assert "one, row 1, column 1:" in readout(explorer)
    assert "other, row 1, column 1:" in press(explorer, "canvas", "ArrowRight", "ArrowRight")
    assert "other, row 2, column 2: left 0.25" in press(
        explorer, "canvas", "ArrowRight", "ArrowDown", "ArrowRight"
    )
    assert "one, row 2, column 2:" in press(explorer, "canvas", "ArrowLeft")
    assert "value 7" in readout(explorer)
    box = explorer.locator("canvas").bounding_box()
    explorer.locator("canvas").click(position={"x": box["width"] - 14, "y": box["height"] - 52})
    assert "other, row 2, column 2:" in readout(explorer)


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


@pytest.fixture
def walks() -> Any:
    """A plane of four policies, whose walkers go at speeds of their own for 0.9 s, the last for 0.4 s."""
    motions = [walking(10, speed) for speed in (1.0, 2.0, -1.0)] + [walking(5, terminated=False)]
    values, stderr = np.array([[12.5, 20.0], [-3.0, 1234.0]]), np.full((2, 2), 0.25)
    return motion_explorer(
        **TEXT,
        first=[0.0, 1.0],
        second=[0.0, 1.0],
        values=values,
        stderr=stderr,
        motions=motions,
        start=(0, 0),
        value_label="mean return",
        ending="falls",
        seconds=0.1,
    )


def stage(explorer: Any) -> bytes:
    """The right half of the drawing, where the body is."""
    return bytes(
        explorer.locator("canvas").evaluate(
            """canvas => { const left = Math.round(0.54 * canvas.width), context = canvas.getContext("2d");
            const pixels = context.getImageData(left, 0, canvas.width - left, canvas.height).data;
            const digest = [];
            for (let i = 0; i < pixels.length; i += 97) digest.push(pixels[i]);
            return digest; }"""
        )
    )


def test_motion_reads_the_value_and_the_episode(opened: Opener, walks: Any) -> None:
    explorer = opened(walks, still=True)
    assert readout(explorer) == (
        "time in seconds = 0. At u = 0, v = 0: mean return 12.5 ± 0.25. "
        "The episode shown returns 45 and falls after 0.9 s."
    )
    assert "At u = 0, v = 1: mean return 20 ± 0.25" in press(explorer, "canvas", "ArrowUp")
    text = press(explorer, "canvas", "ArrowRight")
    assert (
        "u = 1, v = 1: mean return 1234 ± 0.25. The episode shown returns 10 and is cut after 0.4 s" in text
    )
    assert "u = 0, v = 0" in press(explorer, "canvas", "Home")


def test_motion_follows_the_slider(opened: Opener, walks: Any) -> None:
    explorer = opened(walks, still=True)
    first = stage(explorer)
    assert press(explorer, "input", "ArrowRight", "ArrowRight").startswith("time in seconds = 0.2. ")
    assert stage(explorer) != first
    press(explorer, "input", "Home")
    assert stage(explorer) == first


def test_motion_shows_the_policy_that_is_chosen(opened: Opener, walks: Any) -> None:
    explorer = opened(walks, still=True)
    press(explorer, "input", "ArrowRight", "ArrowRight")
    first = stage(explorer)
    press(explorer, "canvas", "ArrowUp")
    assert stage(explorer) != first
    box = explorer.locator("canvas").bounding_box()
    explorer.locator("canvas").click(position={"x": 0.8 * box["width"], "y": 100})  # the stage is no map
    assert "v = 1" in readout(explorer)
    explorer.locator("canvas").click(position={"x": 60, "y": box["height"] / 2})
    assert "v = 0" in readout(explorer)


def test_motion_plays_to_its_end_and_stops(opened: Opener, walks: Any) -> None:
    explorer = opened(walks)
    button = explorer.get_by_role("button")
    assert button.inner_text() == "Play"
    button.click()
    assert button.inner_text() == "Pause"
    before = readout(explorer)
    explorer.page.wait_for_function("document.querySelector('button').textContent === 'Play'", timeout=20_000)
    assert explorer.locator("input").get_attribute("aria-valuetext") == "0.9"
    assert before.startswith("time in seconds = 0. ")
    assert readout(explorer).startswith("time in seconds = 0.9. ")


def test_motion_pauses(opened: Opener, walks: Any) -> None:
    explorer = opened(walks)
    press(explorer, "canvas", " ")
    assert explorer.get_by_role("button").inner_text() == "Pause"
    press(explorer, "canvas", " ")
    assert explorer.get_by_role("button").inner_text() == "Play"
    place = explorer.locator("input").input_value()
    explorer.page.wait_for_timeout(300)
    assert explorer.locator("input").input_value() == place


def test_choosing_a_policy_sets_it_in_motion(opened: Opener, walks: Any) -> None:
    explorer = opened(walks)
    press(explorer, "canvas", "ArrowUp")
    explorer.page.wait_for_function("document.querySelector('input').value > 0", timeout=20_000)


def test_who_wants_less_motion_is_shown_none_unasked(opened: Opener, walks: Any) -> None:
    explorer = opened(walks, still=True)
    press(explorer, "canvas", "ArrowUp")
    explorer.page.wait_for_timeout(400)
    assert explorer.get_by_role("button").inner_text() == "Play"
    assert explorer.locator("input").input_value() == "0"
    explorer.get_by_role("button").click()
    explorer.page.wait_for_function("document.querySelector('input').value > 0", timeout=20_000)


def test_the_reader_is_not_told_every_frame(opened: Opener, walks: Any) -> None:
    explorer = opened(walks)
    explorer.evaluate(
        """root => { window.told = 0;
        new MutationObserver(() => { window.told += 1; }).observe(
        root.querySelector("[aria-live]"), { childList: true, characterData: true, subtree: true }); }"""
    )
    explorer.get_by_role("button").click()
    explorer.page.wait_for_function("document.querySelector('button').textContent === 'Play'", timeout=20_000)
    assert explorer.page.evaluate("window.told") <= 1


@pytest.fixture
def walks_on_a_line() -> Any:
    motions = [walking(5, speed) for speed in (1.0, 2.0, 3.0)]
    places: dict[str, Any] = {"first": [-1.0, 0.0, 1.0], "values": [1.0, 2.0, np.nan], "seconds": 0.1}
    return motion_explorer(**TEXT, **places, motions=motions, first_label="alpha")


def test_motion_on_a_line(opened: Opener, walks_on_a_line: Any) -> None:
    explorer = opened(walks_on_a_line, still=True)
    assert "At alpha = 0: return 2. The episode" in readout(explorer)
    assert "At alpha = 1: return not a number." in press(explorer, "canvas", "ArrowRight", "ArrowUp")


@pytest.mark.parametrize("width", [320, 375, 800])
def test_motion_fits_the_screen(opened: Opener, walks: Any, walks_on_a_line: Any, width: int) -> None:
    for shown in (walks, walks_on_a_line):
        explorer = opened(shown, width)
        assert explorer.page.evaluate("document.documentElement.scrollWidth") <= width
        assert explorer.locator("canvas").bounding_box()["width"] >= min(0.75 * width, 500)
