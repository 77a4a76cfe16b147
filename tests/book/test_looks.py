"""What a page looks like, on a phone and at night: nothing overflows or is cut, figures can be read."""

from pathlib import Path

import pytest

from tests.book.pages import article, boxes
from tests.book.sources import table_of_contents
from tests.book.visits import DESK, PHONE, Visit

pytestmark = [pytest.mark.book, pytest.mark.slow, pytest.mark.no_cover]

SMALLEST = 9.0  # pixels of a text on a figure
READABLE = 4.5  # contrast of a text with its ground. WCAG 2.2, 1.4.3
every_page = pytest.mark.parametrize("name", table_of_contents())
every_width = pytest.mark.parametrize("width", [PHONE, DESK])


@pytest.mark.browser
@every_width
@every_page
def test_nothing_is_wider_than_the_page(visit: Visit, width: int) -> None:
    assert visit.looks[width]["over"] == []
    assert visit.looks[width]["width"] <= width


@pytest.mark.browser
@every_width
@every_page
def test_nothing_is_cut_off(visit: Visit, width: int) -> None:
    assert visit.looks[width]["cut"] == []
    assert visit.looks[width]["numbers"] == []


@pytest.mark.browser
@every_width
@every_page
def test_what_scrolls_sideways_says_so_and_takes_the_keyboard(visit: Visit, width: int) -> None:
    assert visit.looks[width]["silent"] == []


@pytest.mark.browser
@every_width
@every_page
def test_texts_of_figures_are_large_enough(visit: Visit, width: int) -> None:
    small = {
        each["alt"]: each["text"] for each in visit.looks[width]["figures"] if each["text"] < SMALLEST - 0.05
    }
    assert not small


@pytest.mark.browser
@every_page
def test_one_picture_of_two_is_shown(visit: Visit, built: Path, name: str) -> None:
    n = len(boxes(built, name))
    assert [each["kind"] for each in visit.looks[DESK]["figures"]] == ["only-light"] * n
    assert visit.at_night == ["only-dark"] * n


@every_page
def test_every_drawn_figure_has_a_picture_for_the_night(built: Path, name: str) -> None:
    alone = [
        img
        for img in article(built, name).select(".cell_output img")
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
