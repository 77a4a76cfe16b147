"""The built pages in a real browser: quiet, local, accessible, narrow enough, and moved by the keyboard."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.book.sources import table_of_contents

pytestmark = [pytest.mark.book, pytest.mark.browser, pytest.mark.slow]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
KNOWN_RULES = {"label-content-name-mismatch"}  # the theme's search and copy buttons
NARROW = {"width": 375, "height": 720}
WIDE = {"width": 1280, "height": 900}
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((tag) => tag.getBoundingClientRect().right > innerWidth + 1)
    .filter((tag) => !tag.closest("[tabindex='0'], .bd-sidebar"))
    .slice(0, 5).map((tag) => tag.outerHTML.slice(0, 120))"""
every_page = pytest.mark.parametrize("name", table_of_contents(), scope="module")


@dataclass
class Visit:
    """A page that has been opened, with all that happened on the way."""

    tab: Any
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def visit(browser: Any, address: str, name: str) -> Iterator[Visit]:
    context = browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")
    opened = Visit(context.new_page())
    opened.tab.on("request", lambda request: opened.requests.append(request.url))
    opened.tab.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.tab.on("console", lambda line: opened.errors.append(line.text) if line.type == "error" else None)
    opened.tab.on("requestfailed", lambda request: opened.errors.append(f"not loaded: {request.url}"))
    opened.tab.goto(f"{address}/{name}.html", wait_until="load")
    opened.tab.evaluate("() => window.MathJax?.startup?.promise.then(() => null)")
    yield opened
    context.close()


@every_page
def test_no_request_leaves_this_machine(visit: Visit, address: str, name: str) -> None:
    assert [url for url in visit.requests if not url.startswith((address, "data:", "blob:"))] == []


@every_page
def test_no_errors(visit: Visit, name: str) -> None:
    assert visit.errors == []


@every_page
def test_formulas_are_set(visit: Visit, name: str) -> None:
    formulas, set_formulas, failed = (
        visit.tab.locator(f"article {kind}").count() for kind in (".math", "mjx-container", "mjx-merror")
    )
    assert set_formulas >= formulas
    assert failed == 0


@every_page
def test_accessible_in_light(visit: Visit, name: str) -> None:
    switch(visit.tab, "light")
    assert violations(visit.tab, WCAG) == []


@every_page
def test_contrast_in_the_dark(visit: Visit, name: str) -> None:
    switch(visit.tab, "dark")
    assert violations(visit.tab, ["color-contrast"]) == []


def switch(tab: Any, theme: str) -> None:
    tab.set_viewport_size(WIDE)
    tab.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)


def violations(tab: Any, rules: list[str]) -> list[str]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    options = {"runOnly": rules, "resultTypes": ["violations"]}  # no selectors for what passes: half the time
    found = axe.run(tab, options=options).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found if v["id"] not in KNOWN_RULES]


@every_page
def test_no_sideways_scrolling_on_a_phone(visit: Visit, name: str) -> None:
    visit.tab.set_viewport_size(NARROW)
    visit.tab.wait_for_timeout(100)
    width = visit.tab.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], visit.tab.evaluate(TOO_WIDE)


@every_page
def test_explorers_move(visit: Visit, name: str) -> None:
    visit.tab.set_viewport_size(WIDE)
    for explorer in visit.tab.locator("section.explorer").all():
        assert explorer.get_attribute("data-ready") == "true"
        control = explorer.locator("input[type=range], select")
        assert readout(explorer) != after_keys(explorer, control, ["ArrowRight", "ArrowDown", "ArrowLeft"])
        for canvas in explorer.locator("canvas[tabindex='0']").all():
            assert readout(explorer) != after_keys(explorer, canvas, ["ArrowRight", "ArrowUp", "ArrowLeft"])


def readout(explorer: Any) -> str:
    return explorer.locator("[aria-live=polite]").inner_text()


def after_keys(explorer: Any, target: Any, keys: list[str]) -> str:
    """Press the keys until one of them changes the readout."""
    before = readout(explorer)
    target.focus()
    for key in [*keys, *keys]:
        target.press(key)
        if readout(explorer) != before:
            break
    return readout(explorer)


def test_book_opens_without_a_server(browser: Any, built: Path) -> None:
    errors: list[str] = []
    tab = browser.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((built / "index.html").as_uri(), wait_until="load")
    assert errors == []
    explorers = tab.locator("section.explorer")
    assert all(one.get_attribute("data-ready") == "true" for one in explorers.all())
    tab.close()
