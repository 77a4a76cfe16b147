"""What surrounds a page: description, card, version and date; with an address canonical links and more."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document

from book.build import build
from rl_landscapes import __version__
from tests.book.sources import BOOK, ROOT, extension, table_of_contents

HEAVIEST = 2_000_000  # bytes before a click, as a server sends them that compresses text
TEXTS = {".html", ".js", ".css", ".svg", ".json"}
PATIENCE = 240_000  # milliseconds
every_page = pytest.mark.parametrize("name", table_of_contents())
site = extension("local_site")

CONFIG = """\
title: Tiny
author: Nobody
only_build_toc_files: true
execute: {{execute_notebooks: "off"}}
{settings}
sphinx:
  local_extensions: {{local_site: book/_extension, local_notebooks: book/_extension}}
  config:
    extensions:
      - myst_nb
      - jupyter_book
      - sphinx_comments
      - sphinx_external_toc
      - sphinx_book_theme
      - local_site
      - local_notebooks
    suppress_warnings: [myst-nb.lexer]
"""
ADDRESSES = """\
html: {baseurl: "https://example.org/book/"}
repository: {url: "https://github.com/somebody/landscapes"}
"""
INDEX = """\
# A & B

Two letters <stand> here, and "between" them a sign that joins them. The second sentence is long enough to go
on and on, beyond the number of letters that a description may have, because it says the same again and again.
"""
CHAPTER = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---

# Code

The chapter computes one number and shows it to whoever wants to see a number.

```{code-cell} python
:tags: [hide-input]
print(6 * 7)
```
"""
GLANCE = """\
# Ledger

What is said at a glance about every claim there is, in one picture.

```{figure} glance.png
:name: fig-ledger-glance

**The paper at a glance.**
```
"""


def tiny(folder: Path, settings: str) -> Path:
    """Build a book of three pages."""
    (folder / "book" / "chapters").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "constraints.txt").write_text("")
    shutil.copytree(BOOK / "_extension", folder / "book" / "_extension")
    (folder / "_config.yml").write_text(CONFIG.format(settings=settings))
    toc = "format: jb-book\nroot: index\nchapters:\n- file: chapters/01-code\n- file: chapters/ledger\n"
    (folder / "book" / "_toc.yml").write_text(toc)
    (folder / "book" / "index.md").write_text(INDEX)
    (folder / "book" / "chapters" / "01-code.md").write_text(CHAPTER)
    (folder / "book" / "chapters" / "ledger.md").write_text(GLANCE)
    shutil.copyfile(BOOK / "_static" / "landscape.png", folder / "book" / "chapters" / "glance.png")
    return build(folder)


@pytest.fixture(scope="module")
def addressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("addressed"), ADDRESSES)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("plain"), "")


def parsed(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")


def metas(page: BeautifulSoup) -> dict[str, str]:
    found = page.find_all("meta", content=True)
    return {str(tag.get("name") or tag.get("property")): str(tag["content"]) for tag in found}


@pytest.mark.book
@pytest.mark.slow
def test_with_an_address_there_are_canonical_links_sitemap_and_card(addressed: Path) -> None:
    page = parsed(addressed / "chapters" / "01-code.html")
    (canonical,) = page.find_all("link", rel="canonical")
    assert canonical["href"] == "https://example.org/book/chapters/01-code.html"
    facts = metas(page)
    assert facts["og:url"] == canonical["href"]
    assert facts["twitter:card"] == "summary_large_image"
    assert facts["og:image"].startswith("https://example.org/book/")
    card = addressed / facts["og:image"].removeprefix("https://example.org/book/")
    assert card.read_bytes() == (BOOK / "_static" / "landscape.png").read_bytes()
    places = ElementTree.parse(addressed / "sitemap.xml").findall("{*}url/{*}loc")
    names = ("chapters/01-code", "chapters/ledger", "index")
    assert [place.text for place in places] == [f"https://example.org/book/{name}.html" for name in names]


@pytest.mark.book
@pytest.mark.slow
def test_with_a_repository_each_page_says_where_to_report_an_error(addressed: Path) -> None:
    (link,) = parsed(addressed / "index.html").select("a.errata")
    parts = urlsplit(str(link["href"]))
    assert (
        f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://github.com/somebody/landscapes/issues/new"
    )
    assert "A & B" in parse_qs(parts.query)["title"][0]


@pytest.mark.book
@pytest.mark.slow
def test_with_a_repository_pages_with_code_open_in_colab_and_on_binder(addressed: Path) -> None:
    links = [str(a["href"]) for a in parsed(addressed / "chapters" / "01-code.html").find_all("a", href=True)]
    project = "somebody/landscapes"
    assert (
        f"https://colab.research.google.com/github/{project}/blob/gh-pages/_notebooks/chapters/01-code.ipynb"
        in links
    )
    assert f"https://mybinder.org/v2/gh/{project}/HEAD?labpath=book/chapters/01-code.ipynb" in links
    assert "https://github.com/somebody/landscapes" in (
        addressed / "_notebooks" / "chapters" / "01-code.ipynb"
    ).read_text(encoding="utf8")
    assert not (addressed / "_notebooks" / "chapters" / "ledger.ipynb").exists()


@pytest.mark.book
@pytest.mark.slow
def test_without_addresses_there_is_no_link_to_nowhere(plain: Path) -> None:
    assert not (plain / "sitemap.xml").exists()
    for name in ("index", "chapters/01-code", "chapters/ledger"):
        text = (plain / f"{name}.html").read_text(encoding="utf8")
        assert not re.search(r'rel="canonical"|og:url|og:image|class="errata"|colab|mybinder', text)
    assert "../_notebooks/chapters/01-code.ipynb" in (plain / "chapters" / "01-code.html").read_text("utf8")


@pytest.mark.book
@pytest.mark.slow
def test_a_description_is_the_first_sentence_that_fits_and_is_safe_in_html(plain: Path) -> None:
    facts = metas(parsed(plain / "index.html"))
    told = "Two letters <stand> here, and “between” them a sign that joins them."
    assert facts["description"] == facts["og:description"] == told
    assert facts["og:title"] == "A & B"


def test_a_description_ends_with_a_word() -> None:
    told = site.shortened("word " * 60)
    assert told.endswith("word…")
    assert len(told) <= site.LONGEST
    assert site.shortened("Short.") == "Short."


def test_formulas_in_a_description_have_greek_letters() -> None:
    told = nodes.paragraph("", "", nodes.math("", r"(I-\delta P_\pi)^{-1} \lambda, \Delta J \to 0"))
    assert site.spoken(told) == r"(I-δ P_π)^{-1} λ, Δ J \to 0"


def test_what_is_too_short_or_in_a_box_describes_nothing() -> None:
    assert site.description(new_document("page")) == ""


def test_the_day_of_a_page_is_that_of_its_last_commit(tmp_path: Path) -> None:
    def git(*what: str, day: str = "2026-01-02") -> None:
        who = {f"GIT_{role}_{part}": "a@b" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        when = {f"GIT_{role}_DATE": f"{day}T12:00:00" for role in ("AUTHOR", "COMMITTER")}
        subprocess.run(["git", *what], cwd=tmp_path, env={**who, **when, "PATH": "/usr/bin:/bin"}, check=True)

    git("init", "-q")
    for name, day in (("one", "2026-01-02"), ("two", "2026-03-04"), ("one", "2026-05-06")):
        (tmp_path / "book").mkdir(exist_ok=True)
        (tmp_path / "book" / f"{name}.md").write_text(day)
        git("add", ".")
        git("commit", "-qm", name, day=day)
    assert site.last_changes(tmp_path / "book") == {"one.md": "2026-05-06", "two.md": "2026-03-04"}
    assert site.last_changes(tmp_path / "nowhere") == {}
    assert site.written("2026-05-06") == "6 May 2026"


def test_the_sitemap_says_when_a_page_was_changed_if_that_is_known() -> None:
    address = "https://example.org/a.html?b&c"
    assert "<loc>https://example.org/a.html?b&amp;c</loc></url>" in site.place(address, None)
    assert "<lastmod>2026-05-06</lastmod></url>" in site.place(address, "2026-05-06")


@pytest.mark.book
@every_page
def test_every_page_has_a_description_of_its_own(built: Path, name: str) -> None:
    described = {each: metas(parsed(built / f"{each}.html")).get("description", "") for each in [name]}
    assert site.SHORTEST <= len(described[name]) <= site.LONGEST


@pytest.mark.book
def test_no_two_pages_have_the_same_description(built: Path) -> None:
    described = [metas(parsed(built / f"{name}.html")).get("description") for name in table_of_contents()]
    assert len(described) == len(set(described))


@pytest.mark.book
@every_page
def test_the_foot_of_every_page_names_version_and_day(built: Path, name: str) -> None:
    foot = parsed(built / f"{name}.html").select_one("footer .extra_footer")
    assert foot is not None
    assert f"Version {__version__}" in foot.get_text()
    if (ROOT / ".git").exists():
        assert foot.find("time") is not None


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
def test_search_finds_a_known_term(browser: Any, address: str) -> None:
    tab = browser.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(f"{address}/search.html?q=barrier")
    found = tab.locator("#search-results li a")
    found.first.wait_for()
    tab.wait_for_function("!document.title.includes('Searching')")
    assert any("06-lines" in str(link.get_attribute("href")) for link in found.all())
    tab.close()


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.slow
def test_no_page_weighs_too_much_before_a_click(browser: Any, address: str, built: Path) -> None:
    """What is loaded without scrolling or a click, each text as small as a server's compression makes it."""
    heavy = {}
    sizes: dict[Path, int] = {}
    tab = browser.new_page(viewport={"width": 1280, "height": 800})
    tab.set_default_timeout(PATIENCE)
    for name in table_of_contents():
        tab.goto(f"{address}/{name}.html", wait_until="load")
        tab.evaluate("() => window.MathJax?.startup?.promise.then(() => null)")
        loaded = tab.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
        files = {built / urlsplit(url).path.lstrip("/") for url in [f"{address}/{name}.html", *loaded]}
        weight = sum(sizes.setdefault(path, as_sent(path)) for path in files)
        if weight > HEAVIEST:
            heavy[name] = weight
    tab.close()
    assert heavy == {}


def as_sent(path: Path) -> int:
    content = path.read_bytes() if path.is_file() else b""
    return len(gzip.compress(content, 6)) if path.suffix in TEXTS else len(content)
