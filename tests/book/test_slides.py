"""Slides: every figure of a built page comes with its headline and caption, from the page itself."""

import re
from pathlib import Path

import pytest

from book.slides import chapters, deck, slides
from tests.book.sources import CHAPTERS, SECTIONS

PAGE = """<html><head><script src="../_static/mathjax/tex.js?v=1"></script></head><body><main>
<h1>Lines<a class="headerlink" href="#lines">#</a></h1><p>It opens so.</p>
<figure id="fig-a"><img class="only-dark" src="../_images/dark.png"><img src="../_images/a.png" alt="A line.">
<figcaption><p><span class="caption-number">Fig. 6.1 </span>
<span class="caption-text"><strong>A wall.</strong>
Return along it, by <a href="05.html#thm">Theorem 5</a>.</span></p></figcaption></figure>
<figure id="fig-b"><img src="../_images/b.png" alt="" width="700" height="900">
<figcaption><p><span class="caption-text">Tall.</span></p></figcaption></figure>
<figure><img src="../_images/logo.png"></figure></main></body></html>"""


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "chapters").mkdir()
    for name in ("06-lines", "05b-noise", "ledger", "glossary"):
        (tmp_path / "chapters" / f"{name}.html").write_text(PAGE, encoding="utf8")
    return tmp_path


def test_chapters_come_in_their_order_and_without_the_appendices(pages: Path) -> None:
    assert [page.stem for page in chapters(pages)] == ["05b-noise", "06-lines", "ledger"]


@pytest.mark.book
def test_every_numbered_figure_of_the_numbered_parts_has_a_slide(built: Path) -> None:
    found = {page.stem: list(slides(page)) for page in chapters(built)}
    assert {path.stem for path in CHAPTERS + SECTIONS} | {"ledger", "what-to-do"} == set(found)
    for name, made in found.items():
        page = (built / "chapters" / f"{name}.html").read_text(encoding="utf8")
        assert len(made) == 1 + len(re.findall("<figure [^>]*id=", page)), name


def test_a_page_gives_its_title_and_each_numbered_figure(pages: Path) -> None:
    title, figure, tall = slides(pages / "chapters" / "06-lines.html")
    assert "<h1>Lines</h1><p>It opens so.</p>" in title
    assert "<h2>A wall.</h2>" in figure
    assert (pages / "_images" / "a.png").resolve().as_uri() in figure
    assert "dark" not in figure
    assert 'alt="A line."' in figure
    assert "Return along it, by Theorem 5." in figure
    assert "Fig. 6.1, Lines" in figure
    assert '<section class="figure">' in figure
    assert '<section class="figure tall">' in tall


def test_the_deck_sets_formulas_by_the_books_own_script(pages: Path) -> None:
    whole = deck(pages)
    assert whole.count("<section") == 9
    assert f'src="{(pages / "_static/mathjax/tex.js").resolve().as_uri()}"' in whole


def test_without_a_built_book_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="make book"):
        deck(tmp_path)
