"""The scripts of the explorers: on the pages that use them, and in the order in which they are needed."""

import importlib.util
from typing import Any

import pytest

from tests.book.sources import BOOK, WIDGETS

pytestmark = pytest.mark.book


class Pages:
    """Stands for Sphinx: notes which scripts a page asks for."""

    def __init__(self) -> None:
        self.scripts: list[tuple[int, str]] = []
        self.styles: list[str] = []

    def add_css_file(self, name: str) -> None:
        self.styles.append(name)

    def add_js_file(self, name: str, *, loading_method: str, priority: int = 500) -> None:
        assert loading_method == "defer"
        self.scripts.append((priority, name))


def local_pages() -> Any:
    pytest.importorskip("sphinxcontrib.bibtex", reason="the book's tools are not installed")
    spec = importlib.util.spec_from_file_location("local_pages", BOOK / "_extension" / "local_pages.py")
    assert spec is not None
    assert spec.loader is not None
    extension: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(extension)
    return extension


def scripts_on(body: str) -> list[str]:
    pages, extension = Pages(), local_pages()
    extension.load_explorers(pages, "page", "page.html", {"body": body}, None)
    assert pages.styles == ["explorer.css"] * bool(pages.scripts)
    return [name for _, name in sorted(pages.scripts)]


@pytest.mark.parametrize(
    ("body", "scripts"),
    [
        ("<p>no explorer</p>", []),
        ('<section class="explorer" data-explorer="line">', ["explorer.js"]),
        ('<section class="explorer" data-explorer="motion">', ["explorer.js", "motion.js"]),
    ],
)
def test_scripts_of_a_page(body: str, scripts: list[str]) -> None:
    assert scripts_on(body) == scripts
    assert all((WIDGETS / name).is_file() for name in [*scripts, "explorer.css"])


def test_what_an_example_prints_is_left_alone() -> None:
    lines = ["Stars * and bars | here.", "", ">>> 'a*b|c_'", "'a*b|c_'", "", "Stars * after it."]
    shown = local_pages().plain_text(lines)
    assert shown[2:4] == lines[2:4]
    assert shown[0] == r"Stars \* and bars \| here."
    assert shown[5] == r"Stars \* after it."


def test_a_letter_with_a_full_stop_begins_no_list() -> None:
    assert local_pages().plain_text(["control", "    B.", "A. and more"]) == [
        "control",
        r"    \B.",
        "A. and more",
    ]


@pytest.mark.parametrize("what", ["property", "method"])
def test_a_colon_in_a_docstring_makes_no_type(what: str) -> None:
    napoleon = pytest.importorskip("sphinx.ext.napoleon", reason="the book's tools are not installed")
    lines = ["Directional derivative: (O+ - O-) / 2 alpha.", "", "More of it."]
    local_pages().quieten_docstring(None, what, "name", None, None, lines)
    shown = str(napoleon.NumpyDocstring(lines, napoleon.Config(), None, what, "name", None, None))
    assert ":type:" not in shown
    assert "Directional derivative: (O+ - O-) / 2 alpha." in shown
