"""What the chapters say of the assignments is what their tables say."""

import re
from collections import Counter
from pathlib import Path

import pytest

from rl_landscapes.course.assignment import assignment, assignments
from tests.book.sources import BOOK, CHAPTERS, ROOT, Page

OPENING = "*To write, and to have checked at once.*"
WITH = [path for path in CHAPTERS if OPENING in path.read_text(encoding="utf8")]
PAGE = BOOK / "chapters" / "exercises.md"
COUNTS = ["no", "one", "two", "three", "four", "five", "six", "seven"]


def announced(path: Path) -> tuple[str, list[tuple[str, int, int]], str]:
    """The notebook that a chapter names, its functions with difficulty and minutes, and the sentence."""
    (line,) = [line for line in Page(path).text.splitlines() if line.startswith(OPENING)]
    (notebook,) = re.findall(r"`exercises/([\w-]+)/\1\.ipynb`", line)
    functions = re.findall(r"`(\w+)` \((?:difficulty )?(\d) of 5, (\d+) minutes\)", line)
    return notebook, [(name, int(difficulty), int(minutes)) for name, difficulty, minutes in functions], line


@pytest.mark.parametrize("path", WITH, ids=[path.stem for path in WITH])
def test_a_chapter_names_its_assignment_as_the_table_has_it(path):
    notebook, functions, line = announced(path)
    questions = assignment(notebook).questions
    for name, *rest in functions:
        assert rest == [questions[name].difficulty, questions[name].minutes], name
    assert f"[Assignment {int(notebook[:2])}](exercises.md)" in line
    assert f"asks for {COUNTS[len(functions)]} functions" in line
    assert path.read_text(encoding="utf8").index("## Exercises") < path.read_text(encoding="utf8").index(line)


def test_every_function_of_every_assignment_is_named_by_one_chapter():
    named = Counter(
        (notebook, name) for notebook, functions, _ in map(announced, WITH) for name, *_ in functions
    )
    asked = {(name, question) for name in assignments() for question in assignment(name).questions}
    assert set(named) == asked
    assert max(named.values()) == 1


def test_the_page_of_the_exercises_links_every_chapter_that_has_an_assignment():
    text = PAGE.read_text(encoding="utf8")
    for path in WITH:
        assert f'"{Page(path).label}"' in text, path.stem


def test_every_notebook_that_a_chapter_names_is_there():
    notebooks = {announced(path)[0] for path in WITH}
    assert notebooks == set(assignments())
    for name in notebooks:
        assert (ROOT / "exercises" / name / f"{name}.ipynb").is_file()
