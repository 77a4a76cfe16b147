"""The book to take away: the same bytes each time, and whole when it is opened from a folder."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from book import stick
from tests.book.sources import table_of_contents

OPTIONS = "const DOCUMENTATION_OPTIONS = { SHOW_SEARCH_SUMMARY: true };"
FONT = '<link rel="preload" as="font" type="font/woff2" crossorigin href="a.woff2" />\n'
PATIENCE = 240_000  # milliseconds


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A book of one page."""
    for name, text in {
        "html/index.html": f"{FONT}<p>é</p>",
        "html/.buildinfo": "",
        "html/_static/documentation_options.js": OPTIONS,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return tmp_path / "html"


def test_it_packs_what_readers_need(pages: Path, tmp_path: Path) -> None:
    stick.pack(pages, tmp_path / "book.zip")
    with zipfile.ZipFile(tmp_path / "book.zip") as packed:
        names = ["READ ME.txt", "_static/documentation_options.js", "index.html"]
        assert packed.namelist() == [f"landscapes/{name}" for name in names]
        assert packed.read("landscapes/index.html").decode() == "<p>é</p>"
        assert b"SHOW_SEARCH_SUMMARY: false" in packed.read("landscapes/_static/documentation_options.js")


def test_the_same_book_gives_the_same_bytes(pages: Path, tmp_path: Path) -> None:
    packed = []
    for name in ("one.zip", "two.zip"):
        stick.pack(pages, tmp_path / name)
        packed.append((tmp_path / name).read_bytes())
        (pages / "index.html").touch()
    assert packed[0] == packed[1]


def test_a_search_that_it_does_not_know_is_no_silent_loss(pages: Path, tmp_path: Path) -> None:
    (pages / "_static" / "documentation_options.js").write_text("")
    with pytest.raises(ValueError, match="does not say 'SHOW_SEARCH_SUMMARY: true'"):
        stick.pack(pages, tmp_path / "book.zip")


def test_without_a_book_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stick, "ROOT", tmp_path)
    assert stick.main() == 1
    assert "run `make book` first" in capsys.readouterr().err


@pytest.fixture(scope="module")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stick")
    stick.pack(built, folder / "book.zip")
    with zipfile.ZipFile(folder / "book.zip") as packed:
        packed.extractall(folder)
    return folder / stick.FOLDER


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
def test_search_finds_a_term_and_leads_to_its_page(browser: Any, unpacked: Path) -> None:
    errors: list[str] = []
    tab = browser.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto((unpacked / "search.html").as_uri() + "?q=occupancy")
    found = tab.locator("#search-results li a")
    found.first.wait_for()
    tab.wait_for_function("!document.title.includes('Searching')")
    assert found.count() >= 3
    found.first.click()
    tab.wait_for_load_state()
    assert tab.url.startswith(unpacked.as_uri())
    assert "occupancy" in tab.locator("article").inner_text().lower()
    assert errors == []
    tab.close()


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
def test_every_kind_of_explorer_moves_and_formulas_are_set(browser: Any, unpacked: Path) -> None:
    first: dict[str, str] = {}  # a page with an explorer of each kind
    for name in table_of_contents():
        text = (unpacked / f"{name}.html").read_text(encoding="utf8")
        for kind in ("surface", "line", "curves", "scatter", "gridworld", "motion", "climb"):
            if f'data-explorer="{kind}"' in text:
                first.setdefault(kind, name)
    assert {"surface", "line", "scatter", "gridworld", "motion", "climb"} <= first.keys()
    errors: list[str] = []
    tab = browser.new_page(reduced_motion="reduce")
    tab.set_default_timeout(PATIENCE)
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("requestfailed", lambda request: errors.append(f"not loaded: {request.url}"))
    for name in dict.fromkeys(first.values()):
        tab.goto((unpacked / f"{name}.html").as_uri(), wait_until="load")
        tab.evaluate("() => window.MathJax?.startup?.promise.then(() => null)")
        assert tab.locator("section.explorer:not([data-ready=true])").count() == 0
        assert tab.locator("article .math").count() <= tab.locator("article mjx-container").count()
    assert errors == []
    tab.close()
