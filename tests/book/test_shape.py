"""How a page is made: an opening, questions after each theorem, code to copy, three lines to remember."""

import ast
import itertools
import re
from collections.abc import Iterator

import pytest

from tests.book.sources import BOOK, CHAPTERS, SECTIONS, Block, Page
from tests.book.test_sources import only_imports

WIDEST = 76  # columns of code that is shown
SHAPED = ("01", "02", "03", "04", "06", "07", "08", "09", "10", "11", "12", "13", "14")
IN_SHAPE = [Page(path) for path in CHAPTERS + SECTIONS if path.name[:2] in SHAPED]
shaped = pytest.mark.parametrize("page", IN_SHAPE, ids=[page.path.stem for page in IN_SHAPE])

# Letters with a fixed meaning on the notation page that a page may be tempted to use for something else, and
# the pages on which they have that meaning.
FIXED = {
    r"\\delta\b": ("08",),  # factor by which tau decays
    r"(?<![A-Za-z\\])M(?![A-Za-z])": ("09",),  # what a policy makes of linear dynamics
    r"(?<![A-Za-z\\])x(?![A-Za-z_(^])": ("04",),  # the log-probability, with its arguments
}


def tags(cell: Block) -> list[str]:
    given = cell.options.get("tags", [])
    return given if isinstance(given, list) else re.findall(r"[\w-]+", str(given))


def shown(page: Page) -> list[Block]:
    return [cell for cell in page.cells if not tags(cell)]


def paragraphs(page: Page) -> list[str]:
    body = re.sub(r"\A---\n.*?\n---\n", "", page.text, flags=re.DOTALL)
    return [part.strip() for part in re.split(r"\n\s*\n", body) if part.strip()]


def section(page: Page, title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page.text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {title!r}"
    return found[1].strip()


def sentences(text: str) -> list[str]:
    return re.findall(r"[^.]+(?:\.\d[^.]*)*\.(?:\s|$)", text)


@shaped
def test_it_opens_with_what_it_proves_and_shows(page: Page) -> None:
    after_title = paragraphs(page)[1]
    assert re.match(r"[A-Z\"*]", after_title)
    assert len(sentences(after_title)) == 2


@shaped
def test_it_closes_with_three_lines_to_remember_and_where_to_go(page: Page) -> None:
    lines = section(page, "Summary").splitlines()
    assert [line[:2] for line in lines if line] == ["* "] * 3 + ["Ne"]


@shaped
def test_it_says_what_to_do_with_it_in_one_paragraph(page: Page) -> None:
    advice = section(page, "What to do with this")
    assert "\n\n" not in advice
    assert 2 <= len(sentences(advice)) <= 4


@shaped
def test_the_card_gives_minutes_by_the_rule(page: Page) -> None:
    assert len(re.findall(r"^: \[\d+ minutes\]\(#reading-time\)", page.text, re.MULTILINE)) == 1


@shaped
def test_two_questions_with_folded_answers_follow_each_theorem(page: Page) -> None:
    theorems = [block.line for block in page.blocks if block.name == "prf:theorem"]
    answers = [b for b in page.blocks if (b.name, b.argument) == ("dropdown", "Answers")]
    asked = [n for n, line in enumerate(page.text.splitlines()) if line.startswith("*Check yourself.* (a) ")]
    assert len(asked) == len(answers) >= len(theorems)
    for theorem, following in itertools.pairwise([*theorems, 10**6]):
        assert any(theorem < line < following for line in asked), f"none after the theorem at line {theorem}"
    for line, answer in zip(asked, answers, strict=True):
        assert " (b) " in " ".join(page.text.splitlines()[line : answer.line])
        assert re.match(r"\(a\) .*\n\n\(b\) ", answer.body.strip(), re.DOTALL)


@shaped
def test_code_that_is_shown_fits_the_page(page: Page) -> None:
    wide = [line for cell in shown(page) for line in cell.body.splitlines() if len(line) > WIDEST]
    assert wide == []


@shaped
def test_all_imports_stand_in_one_cell(page: Page) -> None:
    importing = [
        cell.line for cell in page.cells if re.search(r"^\s*(from|import) ", cell.body, re.MULTILINE)
    ]
    assert len(importing) == 1
    (cell,) = [cell for cell in shown(page) if cell.line == importing[0]]
    assert only_imports(cell)


@shaped
def test_no_cell_that_is_shown_is_silent(page: Page) -> None:
    silent = [cell.line + 1 for cell in shown(page) if not only_imports(cell) and not speaks(cell)]
    assert silent == []


def speaks(cell: Block) -> bool:
    """Whether a cell prints or draws something."""
    return any(name == "print" or name.startswith(("draw_", "scatter_")) for name in called(cell))


def called(cell: Block) -> Iterator[str]:
    for node in ast.walk(ast.parse(cell.body)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func).rpartition(".")[2]


@shaped
def test_numbers_for_the_text_are_made_in_cells_that_leave_no_bar(page: Page) -> None:
    for cell in page.cells:
        if "glue" in set(called(cell)):
            assert tags(cell) == ["remove-cell"], f"line {cell.line + 1}"


@shaped
def test_numbers_are_written_for_readers(page: Page) -> None:
    """No `1e-03`, and no `np.int64(14)`, which is what a sum is when it is pasted as it stands."""
    assert [c.line + 1 for c in page.cells if re.search(r"\{[^{}]*:[+\d]*(\.\d+)?e\}", c.body)] == []
    raw = [arg for cell in page.cells for arg in pasted(cell) if arg.endswith((".sum()", ".max()", ".min()"))]
    assert raw == []


def pasted(cell: Block) -> Iterator[str]:
    """Yield what a cell glues into the text, as code."""
    for node in ast.walk(ast.parse(cell.body)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "glue":
            yield ast.unparse(node.args[1])


@shaped
def test_letters_keep_their_meaning(page: Page) -> None:
    formulas = re.findall(r"\$\$.*?\$\$|\$[^$]+\$", page.text, re.DOTALL)
    taken = [letter for letter, pages in FIXED.items() if page.path.name[:2] not in pages]
    assert [(f, letter) for f in formulas for letter in taken if re.search(letter, f)] == []


def test_the_front_page_keeps_samples_apart_from_coverage() -> None:
    text = " ".join(Page(BOOK / "index.md").text.split())
    assert "Nothing here is sampled" in text
    assert "of what the policy hardly visits it says hardly anything" in text
    assert not re.search(r"left to (be )?explored?|knows (every|each) reward", text)


def test_the_front_page_names_what_its_middle_map_shows() -> None:
    (figure,) = [
        cell
        for cell in Page(BOOK / "index.md").cells
        if cell.options.get("mystnb", {}).get("figure", {}).get("name") == "fig-first-landscape"
    ]
    caption = " ".join(figure.options["mystnb"]["figure"]["caption"].split())
    assert "called the soft return (middle)" in caption
