"""The built pages: every picture has words, every link an end, and nothing comes from another host."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import Tag

from tests.book.pages import article, page, parsed
from tests.book.sources import CHAPTERS, table_of_contents

pytestmark = [pytest.mark.book, pytest.mark.no_cover]

HEAVIEST_PAGE = 4_000_000  # bytes, pictures included
SHORTEST_ALT = 20
CLAIMS = {"C1", "C2", "C3", "C4", "C5", "C6", "C7a", "C7b", "C15a", "C15b", "C15c"}
VERDICTS = {
    "verdict-supported": "supported",
    "verdict-not-supported": "not supported",
    "verdict-in-part": "supported in ",
    "verdict-cannot-tell": "cannot tell",
}
NAMES = table_of_contents()
NUMBERED = [f"chapters/{path.stem}" for path in CHAPTERS]
every_page = pytest.mark.parametrize("name", NAMES)
every_chapter = pytest.mark.parametrize("name", NUMBERED)


def local(built: Path, name: str, address: str) -> Path:
    """Return the file that an address on a page points to."""
    return ((built / name).parent / unquote(urlsplit(address).path)).resolve()


@every_page
def test_pictures_have_words(built: Path, name: str) -> None:
    for image in article(built, name).find_all("img"):
        alt = str(image.get("alt", "")).strip()
        assert len(alt) >= SHORTEST_ALT, f"{image.get('src')}: {alt!r}"
        assert not re.search(r"\.(png|svg|jpe?g|gif)$|^(\.\./|_images)", alt), alt


@every_page
def test_pictures_have_captions(built: Path, name: str) -> None:
    for image in article(built, name).select(".cell_output img"):
        figure = image.find_parent("figure")
        assert figure is not None, f"{image.get('src')} stands outside of a figure"
        assert figure.find("figcaption").get_text(strip=True)


@every_page
def test_links_and_anchors_have_an_end(built: Path, name: str) -> None:
    broken = [
        str(link["href"])
        for link in page(built, name).find_all("a", href=True)
        if broken_link(built, name, link)
    ]
    assert broken == []


def broken_link(built: Path, name: str, link: Tag) -> bool:
    parts = urlsplit(str(link["href"]))
    if parts.scheme or parts.netloc:
        return False
    target = local(built, name, str(link["href"])) if parts.path else built / f"{name}.html"
    if not target.is_file():
        return True
    return (
        bool(parts.fragment) and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target)
    )


@cache
def anchors(path: Path) -> set[str]:
    return {str(tag[key]) for key in ("id", "name") for tag in parsed(path).find_all(attrs={key: True})} | {
        ""
    }


@every_page
def test_nothing_is_loaded_from_another_host(built: Path, name: str) -> None:
    document = page(built, name)
    loaded = [tag["src"] for tag in document.find_all(src=True)] + [
        tag["href"]
        for tag in document.find_all("link", href=True)
        if set(tag["rel"]) & {"stylesheet", "icon", "preload"}
    ]
    assert [address for address in loaded if urlsplit(str(address)).netloc] == []
    assert [
        a for a in map(str, loaded) if not a.startswith("data:") and not local(built, name, a).is_file()
    ] == []


def test_style_sheets_load_nothing_from_another_host(built: Path) -> None:
    sheets = {sheet: sheet.read_text(encoding="utf8") for sheet in (built / "_static").rglob("*.css")}
    assert sheets
    assert [
        str(sheet)
        for sheet, text in sheets.items()
        if re.search(r"(@import|url\()\s*[\"']?(https?:)?//", text)
    ] == []


@every_page
def test_weight(built: Path, name: str) -> None:
    pictures = {local(built, name, str(image["src"])) for image in article(built, name).find_all("img")}
    weight = (built / f"{name}.html").stat().st_size + sum(picture.stat().st_size for picture in pictures)
    assert weight < HEAVIEST_PAGE


@every_page
def test_outputs_are_meant_for_readers(built: Path, name: str) -> None:
    for output in article(built, name).select(".cell_output"):
        text = output.get_text()
        assert not re.search(
            r"<(matplotlib|Axes|Figure|IPython)\b|Traceback|Warning:| at 0x[0-9a-f]+>", text
        ), text[:200]


@every_page
def test_numbers_in_the_text_are_written_for_readers(built: Path, name: str) -> None:
    raw = re.compile(r"\bnp\.\w+\(|\bnan\b|^array\(")
    pasted = [span.get_text() for span in article(built, name).select(".pasted-text")]
    assert [text for text in pasted if raw.search(text)] == []


@every_page
def test_explorers_stand_below_a_figure(built: Path, name: str) -> None:
    for explorer in article(built, name).select("section.explorer"):
        beside = explorer.find_next if name == "index" else explorer.find_previous  # see test_front
        assert beside("figcaption") is not None
        assert explorer.find("noscript").get_text(strip=True)


@every_page
def test_explorer_script_is_loaded_where_it_is_needed(built: Path, name: str) -> None:
    scripts = [str(tag["src"]) for tag in page(built, name).find_all("script", src=True)]
    assert any("explorer.js" in s for s in scripts) == bool(page(built, name).select("section.explorer"))


@every_chapter
def test_formulas_are_numbered_once(built: Path, name: str) -> None:
    ids = [str(tag["id"]) for tag in article(built, name).find_all(id=True)]
    assert len(ids) == len(set(ids))


@every_page
def test_verdicts_differ_without_colour(built: Path, name: str) -> None:
    for box in article(built, name).select("div.verdict"):
        (kind,) = set(box["class"]) & set(VERDICTS)
        assert VERDICTS[kind] in box.select_one(".verdict-title").get_text()
        assert VERDICTS[kind] in box["aria-label"]
        assert box.select_one(".verdict-mark")["aria-hidden"] == "true"
        assert {"The paper", "Sharpened here", "What decides", "Interval", "n"} <= {
            term.get_text(strip=True) for term in box.find_all("dt")
        }


def test_every_claim_of_the_two_parts_has_a_verdict(built: Path) -> None:
    titles = [title.get_text() for name in NAMES for title in article(built, name).select(".verdict-title")]
    assert {claim for title in titles for claim in re.findall(r"\bC\d+[a-c]?\b", title)} >= CLAIMS
