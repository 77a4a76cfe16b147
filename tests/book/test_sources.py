"""Every chapter has the parts a reader was promised, in their order, and loads nothing from elsewhere."""

import ast
import importlib
import importlib.util
import itertools
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

from tests.book.sources import BOOK, CHAPTERS, SECTIONS, Block, Page, pages, table_of_contents

LONGEST_CELL = 15
SHORTEST_ALT = 20
EXPLORER = re.compile(r"\b\w+_explorer\(")
STATEMENT = re.compile(r"^prf:(definition|theorem|proposition|lemma|corollary)$")
FIXED_HEADINGS = ["Predict first", "Verdict", "What could mislead here", "Exercises", "Summary"]
FROM_ELSEWHERE = re.compile(
    r"!\[[^\]]*\]\(\s*https?:|(?:src|srcset)\s*=\s*[\"']?https?:|<(?:script|iframe|link)\b|@import|"
    r"\burlopen\b|\brequests\.|\bipywidgets\b|\bplotly\b|to_jshtml"
)

chapter = pytest.mark.parametrize(
    "page", [Page(path) for path in CHAPTERS], ids=[path.stem for path in CHAPTERS]
)
section = pytest.mark.parametrize(
    "page", [Page(path) for path in CHAPTERS + SECTIONS], ids=[path.stem for path in CHAPTERS + SECTIONS]
)
every_page = pytest.mark.parametrize("page", pages(), ids=table_of_contents())


def line_of(page: Page, what: str, found: list[int]) -> int:
    assert found, f"{page.path.name} has no {what}"
    return found[0]


def admonition(page: Page, kind: str) -> int:
    found = [block.line for block in page.blocks if kind in str(block.options.get("class", "")).split()]
    return line_of(page, f"box of class {kind}", found)


def heading(page: Page, title: str) -> int:
    return line_of(
        page, f"heading '## {title}'", [n for n, level, text in page.headings if (level, text) == (2, title)]
    )


def explorers(page: Page) -> list[int]:
    return [cell.line for cell in page.cells if EXPLORER.search(cell.body)]


def statements(page: Page) -> list[int]:
    return [block.line for block in page.blocks if STATEMENT.match(block.name)]


@chapter
def test_parts_stand_in_order(page: Page) -> None:
    begin = [admonition(page, "claim"), admonition(page, "chapter-card"), heading(page, "Predict first")]
    middle = [
        line_of(page, "explorer", explorers(page)),
        line_of(page, "definition or theorem", statements(page)),
    ]
    end = [heading(page, title) for title in FIXED_HEADINGS[1:]]
    order = [*begin, min(middle), max(middle), *end]
    assert order == sorted(order)


@section
def test_prediction_has_a_folded_answer(page: Page) -> None:
    question = heading(page, "Predict first")
    answers = [
        b for b in page.blocks if b.name == "dropdown" and "predict" in str(b.options.get("class-container"))
    ]
    assert answers
    assert question < answers[0].line
    following = next(n for n, level, _ in page.headings if level == 2 and n > question)
    assert answers[0].line < following


@section
def test_card_says_what_one_learns_needs_and_spends(page: Page) -> None:
    card = next(b for b in page.blocks if "chapter-card" in str(b.options.get("class", "")))
    assert re.findall(r"^(After it you can|You need|Time)$", card.body, re.M) == [
        "After it you can",
        "You need",
        "Time",
    ]
    assert re.search(r"\d+ minutes", card.body)


@section
def test_claim_names_its_source(page: Page) -> None:
    claim = next(b for b in page.blocks if "claim" in str(b.options.get("class", "")).split())
    assert re.search(r"\{cite:\w+\}`|\(#[\w-]+\)|\.md\)", claim.body), (
        "cite the paper, or link the page it rests on"
    )


@section
def test_headings_nest(page: Page) -> None:
    levels = [level for _, level, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


@section
def test_exercises_have_answers_difficulty_and_minutes(page: Page) -> None:
    exercises = [b for b in page.blocks if b.name.startswith("exercise")]
    answered = {b.argument for b in page.blocks if b.name.startswith("solution")}
    assert (1 if page.path in SECTIONS else 2) <= len(exercises) <= 4
    assert {str(b.options.get("label")) for b in exercises} == answered
    for exercise in exercises:
        assert re.search(r"Difficulty [1-5] of 5, \d+ minutes", exercise.body), exercise.argument
    for solution in (b for b in page.blocks if b.name.startswith("solution")):
        assert "dropdown" in str(solution.options.get("class", "")), f"{solution.argument} is not folded"
        assert len(solution.body.split()) >= 15, f"{solution.argument} is hardly an answer"


@every_page
def test_cells_are_short(page: Page) -> None:
    cells = [cell for cell in page.cells if not only_imports(cell)]
    too_long = {cell.line + 1: n for cell in cells if (n := code_lines(cell)) > LONGEST_CELL}
    assert not too_long, f"cells (line: lines of code) above {LONGEST_CELL}: {too_long}"


def only_imports(cell: Block) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.parse(cell.body).body)


def code_lines(cell: Block) -> int:
    return len(cell.body.strip("\n").splitlines())


@every_page
def test_what_cells_import_is_there(page: Page) -> None:
    for cell in page.cells:
        for node in ast.walk(ast.parse(cell.body)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rl_landscapes"):
                module = importlib.import_module(node.module or "")
                for alias in node.names:
                    inside = f"{node.module}.{alias.name}"
                    found = hasattr(module, alias.name) or importlib.util.find_spec(inside)
                    assert found, f"{page.path.name}, cell at line {cell.line + 1}: no {inside}"


@every_page
def test_figures_have_name_caption_and_a_text_alternative(page: Page) -> None:
    for cell in page.cells:
        settings = cell.options.get("mystnb", {})
        if "figure" not in settings and "image" not in settings:
            continue
        alt = " ".join(str(settings.get("image", {}).get("alt", "")).split())
        assert len(alt) >= SHORTEST_ALT, f"line {cell.line + 1}: alt text {alt!r}"
        assert not re.search(r"\.(png|svg|jpe?g)$|^(plot|figure|image) ", alt, re.I), f"line {cell.line + 1}"
        assert {"name", "caption"} <= set(settings.get("figure", {})), f"line {cell.line + 1}"


@every_page
def test_explorers_follow_a_figure(page: Page) -> None:
    figures = [cell.line for cell in page.cells if "figure" in cell.options.get("mystnb", {})]
    if page.path.name == "index.md":  # the reader plays first; the figure stands right below
        assert all(any(line > explorer for line in figures) for explorer in explorers(page))
    else:
        assert all(any(line < explorer for line in figures) for explorer in explorers(page))


@every_page
def test_citations_are_in_the_bibliography(page: Page) -> None:
    known = set(re.findall(r"^@\w+\{([^,]+),", (BOOK / "references.bib").read_text(encoding="utf8"), re.M))
    cited = {
        key.strip()
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.text)
        for key in keys.split(",")
    }
    assert cited <= known


@every_page
def test_nothing_is_loaded_from_elsewhere(page: Page) -> None:
    assert FROM_ELSEWHERE.findall(page.text) == []


@every_page
def test_glued_numbers_are_computed_on_the_page(page: Page) -> None:
    glued = re.findall(r"\bglue\(\s*[\"']([^\"']+)[\"']", page.text)
    used = re.findall(r"\{glue:\w+\}`([^`:]+)[^`]*`", page.text)
    assert len(glued) == len(set(glued))
    assert set(used) <= set(glued) | {key for key in used if computed_key(page, key)}


def computed_key(page: Page, key: str) -> bool:
    """Whether a key was glued in a loop, under a name made from an f-string."""
    patterns = re.findall(r"\bglue\(\s*f[\"']([^\"']+)[\"']", page.text)
    return any(re.fullmatch(re.sub(r"\\\{.*?\\\}", ".+", re.escape(pattern)), key) for pattern in patterns)


def test_every_page_is_in_the_table_of_contents() -> None:
    files = {
        path.relative_to(BOOK).with_suffix("").as_posix() for path in BOOK.rglob("*.md") if published(path)
    }
    assert files == set(table_of_contents())


def published(path: Path) -> bool:
    return not any(part.startswith((".", "_")) for part in path.relative_to(BOOK).parts)


def test_every_figure_of_every_page_is_listed_on_how_to_reproduce_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is what its cells make of the pages, run in the folder in which the book runs them."""
    monkeypatch.chdir(BOOK / "chapters")
    tools, _, figures = (cell.body for cell in Page(BOOK / "chapters" / "reproduce.md").cells)
    names: dict[str, Any] = {}
    exec(f"{tools}\n{figures}", names)
    listed = [(row[2], re.findall(r"`(.*)`", row[0])[0]) for row in names["rows"]]
    drawn = [
        (name.removeprefix("chapters/"), cell.options["mystnb"]["figure"]["name"])
        for name, page in zip(table_of_contents(), pages(), strict=True)
        for cell in page.cells
        if "figure" in cell.options.get("mystnb", {})
    ]
    assert sorted(listed) == sorted(drawn)
    assert {"ledger", "index", "01-why-entropy"} <= {page for page, _ in drawn}


def test_labels_are_unique() -> None:
    labels = [label for page in pages() for label in re.findall(r"^\(([\w-]+)\)=$", page.text, re.M)]
    labels += [str(b.options["label"]) for page in pages() for b in page.blocks if "label" in b.options]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    "station", ["worlds", "policies", "objectives", "probes", "ascent", "studies", "plots"]
)
def test_library_reference_documents_every_public_name(station: str) -> None:
    package = importlib.import_module(f"rl_landscapes.{station}")
    public = [getattr(package, name) for name in getattr(package, "__all__", [])]
    homes = {str(thing.__module__) for thing in public if hasattr(thing, "__qualname__")}
    homes = {home for home in homes if home.startswith("rl_landscapes.")}
    text = (BOOK / "chapters" / "library" / f"{station}.md").read_text(encoding="utf8")
    assert homes <= set(re.findall(r"automodule:: (\S+)", text))


def modules_of(room: str) -> set[str]:
    """Return the modules of a room but the assignments' own, which hold tests and no functions."""
    package = importlib.import_module(f"rl_landscapes.{room}")
    found = pkgutil.walk_packages(package.__path__, f"rl_landscapes.{room}.")
    return {module.name for module in found if not module.ispkg and ".checks.a0" not in module.name}


@pytest.mark.parametrize("room", ["course", "grader"])
def test_library_reference_documents_every_module(room: str) -> None:
    text = (BOOK / "chapters" / "library" / f"{room}.md").read_text(encoding="utf8")
    assert set(re.findall(r"automodule:: (\S+)", text)) == modules_of(room)


def test_words_mean_on_the_pages_what_the_glossary_says() -> None:
    glossary = (BOOK / "chapters" / "glossary.md").read_text(encoding="utf8")
    meaning = dict(re.findall(r"^([\w, -]+)\n  (\S.*)$", glossary, re.MULTILINE))
    assert "but not on the action chosen at that step" in meaning["baseline"]  # definition 5.1
    assert "1/(1-\\gamma)" in meaning["horizon"]
    assert "cut" in meaning["horizon"]
    assert meaning["sampled return"].startswith("The mean")
    for page in pages():
        assert not re.search(r"moment of the sampled return|sampled return of an? episode", page.text), (
            page.path
        )
