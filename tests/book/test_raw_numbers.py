"""Numbers are written for readers: no 1e-03, no np.int64(14), no nan, in prose or in what a page prints."""

import ast
import re
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.book.pages import article
from tests.book.sources import Block, Page, pages, table_of_contents

RAW = re.compile(
    r"\b(?:np|numpy)\.\w+\(|(?<![\w.])\d+(?:\.\d+)?e[+-]?\d+\b|(?<![\w.-])nan(?!\w)|\barray\(|\bdtype=|"
    r" at 0x[0-9a-f]+>"
)
NOT_PROSE = (
    ".cell_input, .assignment-cell pre, script, style, details.admonition, code:not(.cell_output code)"
)
LIKE_PYTHON = (
    "chapters/library",
    "chapters/exercises",
    "chapters/own-assignment",
)  # its own examples, a wrong answer as a student sees it, and a notebook's source
READ = [name for name in table_of_contents() if not name.startswith(LIKE_PYTHON)]
every_page = pytest.mark.parametrize("page", pages(), ids=table_of_contents())


def with_exponents(cell: Block) -> Iterator[str]:
    """Yield the formats of a cell that print or paste a number as 1e-03, and those that paste a repr."""
    for call in ast.walk(ast.parse(cell.body)):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in ("print", "glue"):
            for part in ast.walk(call):
                if isinstance(part, ast.FormattedValue) and raw_format(part):
                    yield ast.unparse(part.value)


def raw_format(part: ast.FormattedValue) -> bool:
    spec = ast.unparse(part.format_spec)[2:-1] if part.format_spec else ""
    return part.conversion == ord("r") or bool(re.search(r"[eE]$", spec))


def raw_numbers(part: Tag) -> list[str]:
    """Return what a part of a page writes as Python does, code left out."""
    prose = copy(part)
    for code in prose.select(NOT_PROSE):
        code.decompose()
    return RAW.findall(prose.get_text(" "))


@every_page
def test_formats_are_those_of_a_text(page: Page) -> None:
    assert [value for cell in page.cells for value in with_exponents(cell)] == []


@pytest.mark.book
@pytest.mark.no_cover
@pytest.mark.parametrize("name", READ)
def test_pages_write_numbers_as_a_text_does(built: Path, name: str) -> None:
    assert raw_numbers(article(built, name)) == []


@pytest.mark.parametrize(
    "text",
    ["<p>in np.int64(14) of them</p>", "<p>off by 7e-15</p>", "<div class='cell_output'>1e-03</div>",
     "<p>a share of nan</p>", "<p>array([1, 2])</p>", "<p>some 1e5 updates</p>"],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    assert raw_numbers(BeautifulSoup(text, "html.parser"))


@pytest.mark.parametrize(
    "text",
    ["<p>7 · 10⁻¹⁵, page 2e, NaN, a banana, chapter 5b</p>", "<p>pass <code>step=1e-3</code></p>",
     "<div class='cell_input'><pre>np.array([1e-3])</pre></div>", "<p>2019e, v1.2e, e-5</p>"],
)  # fmt: skip
def test_what_is_not(text: str) -> None:
    assert raw_numbers(BeautifulSoup(text, "html.parser")) == []


def test_formats_that_are_found() -> None:
    body = 'glue("a", f"{x:.1e} {y!r} {z:.2f}", display=False)\nprint(f"{u:8.2E}", f"{v:g}")\nf"{w:.0e}"'
    assert set(with_exponents(Block("code-cell", "python", {}, body, 0))) == {"x", "y", "u"}
