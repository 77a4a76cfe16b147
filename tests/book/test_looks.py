"""What a page looks like, on a phone and at night: nothing overflows or is cut, figures can be read."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from tests.book.conftest import serve
from tests.book.sources import table_of_contents

pytestmark = [pytest.mark.book, pytest.mark.slow]

PHONE, DESK = 375, 1280
AT_ONCE = 3  # tabs
PATIENCE = 600_000  # milliseconds
SMALLEST = 9.0  # pixels of a text on a figure
READABLE = 4.5  # contrast of a text with its ground. WCAG 2.2, 1.4.3
ARTICLE = "article.bd-article"
EVERY = table_of_contents()
every_page = pytest.mark.parametrize("name", EVERY)
every_width = pytest.mark.parametrize("width", [PHONE, DESK])

MEASURE = """(article) => {
  const root = document.querySelector(article), shown = (tag) => tag.getClientRects().length > 0;
  const style = (tag) => getComputedStyle(tag), short = (tag) => tag.outerHTML.slice(0, 120);
  const scrolls = (tag) => ["auto", "scroll"].includes(style(tag).overflowX);
  const hides = (tag) => ["hidden", "clip"].includes(style(tag).overflowX);
  const spoken = (tag) => tag.closest("mjx-assistive-mml, .sr-only, .visually-hidden, noscript");
  const above = (tag, test) => {
    while ((tag = tag.parentElement) && tag !== root) if (test(tag)) return tag;
  };
  const tags = [...root.querySelectorAll("*")].filter(shown).filter((tag) => !spoken(tag));
  const wide = (tag) => tag.getBoundingClientRect().right > innerWidth + 1;
  const boxes = tags.filter((tag) => scrolls(tag) && tag.scrollWidth > tag.clientWidth + 1);
  return {
    width: document.documentElement.scrollWidth,
    over: tags.filter((tag) => wide(tag) && !above(tag, scrolls)).map(short),
    cut: tags.filter((tag) => hides(tag) && !tag.closest("mjx-math"))
      .filter((tag) => tag.scrollWidth > tag.clientWidth + 1).map(short),
    silent: boxes.filter((box) => !box.dataset.more || box.tabIndex !== 0).map(short),
    figures: tags.filter((tag) => tag.matches(".figure-box img")).map((img) => ({
      alt: img.alt.slice(0, 60),
      kind: img.className,
      text: (img.width / img.parentElement.dataset.inches) * (img.parentElement.dataset.smallest / 72),
    })),
    numbers: tags.filter((tag) => tag.matches(".eqno") && wide(tag)).map(short),
  };
}"""

UNFOLD = "() => document.querySelectorAll('article details').forEach((each) => { each.open = true; })"
AT_NIGHT = """() => {
  document.documentElement.dataset.theme = "dark";
  const shown = (tag) => tag.getClientRects().length > 0;
  return [...document.querySelectorAll(".figure-box img")].filter(shown).map((img) => img.className);
}"""


@pytest.fixture(scope="module")
def looks(built: Path) -> Iterator[dict[tuple[str, int], Any]]:
    """What MEASURE finds on every page at both widths, in one browser with some tabs at a time."""
    pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    if program is None:
        pytest.skip("no Chromium on this machine")
    for address in serve(built):
        with ThreadPoolExecutor(1) as thread:  # of its own: another browser may be driven from this one
            yield thread.submit(asyncio.run, look_at_all(program, address)).result()


async def look_at_all(program: str, address: str) -> dict[tuple[str, int], Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=program, args=["--no-sandbox"])
        gate = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(look_at(browser, gate, address, name) for name in EVERY))
        await browser.close()
    return {
        (name, width): seen for name, both in zip(EVERY, found, strict=True) for width, seen in both.items()
    }


async def look_at(browser: Any, gate: asyncio.Semaphore, address: str, name: str) -> dict[int, Any]:
    async with gate:
        tab = await browser.new_page(viewport={"width": DESK, "height": 800}, color_scheme="light")
        tab.set_default_timeout(PATIENCE)
        await tab.goto(f"{address}/{name}.html", wait_until="load")
        await tab.evaluate("() => window.MathJax?.startup?.promise.then(() => null)")
        await tab.evaluate(UNFOLD)
        found = {}
        for width in (DESK, PHONE):
            await tab.set_viewport_size({"width": width, "height": 800})
            await tab.evaluate("() => dispatchEvent(new Event('resize'))")
            await tab.wait_for_timeout(300)
            found[width] = await tab.evaluate(MEASURE, ARTICLE)
        found[DESK]["at night"] = await tab.evaluate(AT_NIGHT)
        await tab.close()
    return found


@pytest.mark.browser
@every_width
@every_page
def test_nothing_is_wider_than_the_page(looks: Any, name: str, width: int) -> None:
    assert looks[name, width]["over"] == []
    assert looks[name, width]["width"] <= width


@pytest.mark.browser
@every_width
@every_page
def test_nothing_is_cut_off(looks: Any, name: str, width: int) -> None:
    assert looks[name, width]["cut"] == []
    assert looks[name, width]["numbers"] == []


@pytest.mark.browser
@every_width
@every_page
def test_what_scrolls_sideways_says_so_and_takes_the_keyboard(looks: Any, name: str, width: int) -> None:
    assert looks[name, width]["silent"] == []


@pytest.mark.browser
@every_width
@every_page
def test_texts_of_figures_are_large_enough(looks: Any, name: str, width: int) -> None:
    small = {
        each["alt"]: each["text"] for each in looks[name, width]["figures"] if each["text"] < SMALLEST - 0.05
    }
    assert not small


@pytest.mark.browser
@every_page
def test_one_picture_of_two_is_shown(looks: Any, built: Path, name: str) -> None:
    n = len(boxes(built, name))
    assert [each["kind"] for each in looks[name, DESK]["figures"]] == ["only-light"] * n
    assert looks[name, DESK]["at night"] == ["only-dark"] * n


@every_page
def test_every_drawn_figure_has_a_picture_for_the_night(built: Path, name: str) -> None:
    alone = [
        img
        for img in page(built, name).select(".cell_output img")
        if not img.find_parent(class_="figure-box")
    ]
    assert alone == []
    for box in boxes(built, name):
        light, dark = box.find_all("img")
        assert light["src"] != dark["src"]
        assert light["alt"] == dark["alt"]
        assert {img["loading"] for img in (light, dark)} == {"lazy"}  # what is not displayed is not fetched


@every_page
def test_texts_of_figures_stand_out_from_their_ground(built: Path, name: str) -> None:
    for box in boxes(built, name):
        for mode in ("light", "dark"):
            assert float(str(box[f"data-contrast-{mode}"])) >= READABLE, (mode, box["data-faintest"])


def boxes(built: Path, name: str) -> list[Tag]:
    return list(page(built, name).select(".figure-box"))


def page(built: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((built / f"{name}.html").read_text(encoding="utf8"), "html.parser")
