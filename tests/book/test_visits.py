"""A visit sees what the gates judge: every fault of a page made for it, and none of a page without."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from rl_landscapes.plots.explorers import line_explorer
from tests.book.conftest import serve
from tests.book.sources import BOOK, WIDGETS
from tests.book.visits import DESK, PHONE, Visit, visit_all
from tests.conftest import chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body {{ margin: 0; background: #fff; color: #000 }} [data-theme="dark"] body {{ background: #000 }}
[data-theme="dark"] p, [data-theme="dark"] details {{ color: #fff }}
[data-theme="dark"] .only-light, [data-theme="light"] .only-dark {{ display: none }}</style></head>
<body><main><article class="bd-article"><h1 style="color: #777">A page</h1>{}</article></main></body>"""
PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
FIGURE = f"""<div class="figure-box" data-inches="4" data-smallest="9">
<img class="only-light" alt="by day" width="300" src="{PICTURE}">
<img class="only-dark" alt="at night" width="300" src="{PICTURE}"></div>"""
FAULTS = """<p style="color: #aaa">pale by day</p><p style="color: #444">pale at night</p>
<div style="width: 100px; overflow: hidden"><div style="width: 200px">cut</div></div>
<details><summary>more</summary><p style="width: 1400px">very wide</p></details>
<div style="width: 600px">wide</div>
<div style="width: 100px; overflow-x: auto"><div style="width: 200px">silent</div></div>
<span class="math">x</span><img src="missing.png" alt="missing">
<script>console.error("said aloud"); throw new Error("thrown")</script>"""
TWO_CONTROLS = """<section class="explorer"><p aria-live="polite">which one?</p>
<input type="range"><input type="range"></section>"""
STILL = """<section class="explorer" data-ready="true"><input type="range" aria-label="still">
<p aria-live="polite">the same</p></section>"""

GROUND = """<p>one</p><p>two</p><div style="background: #eee"><p>on a pale ground</p></div>"""
LATE = """<div class="highlight" id="late" style="width: 300px"><pre style="overflow-x: auto">{}</pre></div>
<script>addEventListener("resize", () => setTimeout(() => {{ late.style.width = "90px"; }}, 100));
{}</script>"""  # narrow only when the event is over, as where a sidebar comes in


def explorer() -> str:
    text = {"title": "A line", "description": "A drawing made for this test alone.", "slider_label": "tau"}
    line: Any = line_explorer(
        **text, settings=[0.0, 0.1], positions=np.linspace(-1, 1, 5), values=np.eye(2, 5)
    )
    script, style = ((WIDGETS / f"explorer.{kind}").read_text(encoding="utf8") for kind in ("js", "css"))
    return f"<style>{style}</style>{line.data}<script>{script}</script>"


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Visit | Exception]]:
    pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    pytest.importorskip("axe_playwright_python.async_playwright", reason="axe is not installed")
    program, folder = chromium(), tmp_path_factory.mktemp("pages")
    late = LATE.format("some words " * 3, (BOOK / "_static" / "book.js").read_text(encoding="utf8"))
    bodies = {
        "good": FIGURE + explorer(),
        "bad": FIGURE + FAULTS + STILL,
        "ground": GROUND,
        "broken": TWO_CONTROLS,
        "late": late,
    }
    for name, body in bodies.items():
        (folder / f"{name}.html").write_text(PAGE.format(body), encoding="utf8")
    for address in serve(folder):
        with ThreadPoolExecutor(1) as thread:
            yield thread.submit(asyncio.run, visit_all(program, address, list(bodies))).result()


@pytest.fixture
def good(seen: dict[str, Any]) -> Visit:
    found: Visit = seen["good"]
    return found


@pytest.fixture
def bad(seen: dict[str, Any]) -> Visit:
    found: Visit = seen["bad"]
    return found


def test_a_page_without_fault(good: Visit) -> None:
    assert good.errors == []
    assert good.violations["light"] == []
    assert good.folded == (PHONE, [])
    assert good.formulas == (0, 0, 0)
    for width in (PHONE, DESK):
        assert good.looks[width]["width"] == width
        assert [good.looks[width][fault] for fault in ("over", "cut", "numbers")] == [[], [], []]


def test_explorers_are_moved_and_one_that_stands_still_is_seen(good: Visit, bad: Visit) -> None:
    (moving,), (still,) = good.explorers, bad.explorers
    assert moving.ready == still.ready == "true"
    assert moving.readouts
    assert all(before != after for before, after in moving.readouts)
    assert still.readouts == [("the same", "the same")]


def test_pictures_by_day_and_at_night_and_how_large_their_texts_are(good: Visit) -> None:
    (figure,) = good.looks[DESK]["figures"]
    assert (figure["kind"], good.at_night) == ("only-light", ["only-dark"])
    assert figure["text"] == pytest.approx(300 / 4 * 9 / 72)


def test_errors_and_what_is_not_there_are_told(bad: Visit) -> None:
    told = "\n".join(bad.errors)
    for words in ("said aloud", "thrown", "404"):
        assert words in told
    assert any(address.endswith("missing.png") for address in bad.requests)


def test_contrast_is_judged_by_day_and_at_night(bad: Visit) -> None:
    by_day, at_night = "\n".join(bad.violations["light"]), "\n".join(bad.violations["dark"])
    assert "color-contrast" in by_day
    assert "pale by day" in by_day
    assert "color-contrast" in at_night
    assert "pale at night" in at_night


def test_texts_alike_on_grounds_of_their_own_are_all_judged_at_night(seen: dict[str, Any]) -> None:
    (told,) = seen["ground"].violations["dark"]
    assert "color-contrast" in told
    assert "on a pale ground" in told


def test_what_is_too_wide_cut_or_silent_is_seen_and_what_is_folded_too(bad: Visit) -> None:
    width, too_wide = bad.folded
    assert width > PHONE
    assert "wide</div>" in "\n".join(too_wide)
    for each in (PHONE, DESK):
        assert "very wide" in "\n".join(bad.looks[each]["over"])
        assert "cut" in "\n".join(bad.looks[each]["cut"])
        assert "silent" in "\n".join(bad.looks[each]["silent"])
        assert bad.looks[each]["width"] > each


def test_a_formula_that_is_not_set_is_seen(bad: Visit) -> None:
    assert bad.formulas == (1, 0, 0)


def test_a_box_that_grows_narrow_after_the_window_is_reached_by_the_keyboard(seen: dict[str, Any]) -> None:
    for width in (PHONE, DESK):
        assert seen["late"].looks[width]["silent"] == []


def test_what_stops_a_visit_stops_no_other(seen: dict[str, Any]) -> None:
    assert "strict mode violation" in str(seen["broken"])
    assert isinstance(seen["good"], Visit)
    assert isinstance(seen["bad"], Visit)
