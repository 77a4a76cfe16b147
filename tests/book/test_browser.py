"""The built pages in a real browser: quiet, local, accessible, narrow enough, and moved by the keyboard."""

from pathlib import Path
from typing import Any

import pytest

from tests.book.sources import table_of_contents
from tests.book.visits import PHONE, Visit

pytestmark = [pytest.mark.book, pytest.mark.browser, pytest.mark.slow, pytest.mark.no_cover]

every_page = pytest.mark.parametrize("name", table_of_contents())


@every_page
def test_no_request_leaves_this_machine(visit: Visit, address: str) -> None:
    assert visit.requests
    assert [url for url in visit.requests if not url.startswith((address, "data:", "blob:"))] == []


@every_page
def test_no_errors(visit: Visit) -> None:
    assert visit.errors == []


@every_page
def test_formulas_are_set(visit: Visit) -> None:
    written, set_formulas, failed = visit.formulas
    assert set_formulas >= written
    assert failed == 0


@every_page
def test_accessible_in_light(visit: Visit) -> None:
    assert visit.violations["light"] == []


@every_page
def test_contrast_in_the_dark(visit: Visit) -> None:
    assert visit.violations["dark"] == []


@every_page
def test_no_sideways_scrolling_on_a_phone(visit: Visit) -> None:
    width, too_wide = visit.folded
    assert width <= PHONE, too_wide


@every_page
def test_explorers_move(visit: Visit) -> None:
    for explorer in visit.explorers:
        assert explorer.ready == "true"
        for before, after in explorer.readouts:
            assert before != after


def test_book_opens_without_a_server(browser: Any, built: Path) -> None:
    errors: list[str] = []
    tab = browser.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((built / "index.html").as_uri(), wait_until="load")
    assert errors == []
    explorers = tab.locator("section.explorer")
    assert all(one.get_attribute("data-ready") == "true" for one in explorers.all())
    tab.close()
