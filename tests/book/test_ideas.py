"""The map of what rests on what says what the pages' cards say."""

import re

import pytest

from tests.book.sources import BOOK, CHAPTERS, SECTIONS, extension


@pytest.fixture(scope="module")
def ideas():
    pytest.importorskip("sphinx", reason="the book's tools are not installed")
    return extension("local_ideas")


def test_every_page_is_on_it_with_earlier_pages_only(ideas):
    found = ideas.pages(BOOK)
    assert {f"chapters/{path.stem}" for path in CHAPTERS + SECTIONS} <= {page.name for page in found}
    assert all(other < place for place, page in enumerate(found) for other in page.needs)
    assert sum(bool(page.needs) for page in found) > len(found) / 2


def test_a_card_is_read_by_label_and_by_file(ideas):
    text = "You need\n: [one](#returns), [two](02-b.md) and [later](#later), and patience.\n\nTime\n: 5\n"
    places = {"returns": 0, "02-b": 1, "later": 7}
    assert ideas.needed(text, places, before=3) == (0, 1)
    assert ideas.needed("no card", places, before=3) == ()


def test_there_is_an_arc_for_each_need_and_a_line_for_each_page(ideas):
    found = ideas.pages(BOOK)
    drawn = ideas.as_html(found, "../")
    assert drawn.count("<path ") == sum(len(page.needs) for page in found)
    assert drawn.count("<li ") == len(found)
    for page in found:
        assert f'href="../{page.name}.html"' in drawn
    last = [page for page in found if page.needs][-1]
    needs = ", ".join(found[other].number for other in last.needs)
    assert re.search(rf"<b>{re.escape(last.number)}</b>.*needs {needs}</small>", drawn)


def test_arcs_join_the_middles_of_the_lines(ideas):
    page = ideas.Page("1", "a", "A", "One", ())
    found = [page, ideas.Page("2", "b", "B", "One", (0,)), ideas.Page("3", "c", "C", "Two", (1,))]
    assert ideas.rows(found) == [3, 5, 9]  # lines are 2 high, and the name of a part is one
    assert 'd="M10.0 5C' in ideas.as_html(found, "")
