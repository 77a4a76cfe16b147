"""Building the exercises: what nbgrader's own steps make of the sources, the same bytes every time."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.records.writing import write_file

# The steps of `nbgrader generate_assignment`, split where its SaveCells looks at the notebook.
BEFORE = (LockCells, ClearSolutions, ClearOutput, CheckCellMetadata, ComputeChecksums)
AFTER = (ClearHiddenTests, ClearMarkScheme, ComputeChecksums, CheckCellMetadata)
SECRET = ("SOLUTION", "MARK SCHEME", "HIDDEN TESTS")


def build(
    course: Course,
    names: Sequence[str] = (),
    *,
    check: bool = False,
    table: Callable[[str], Assignment] | None = None,
) -> list[Path]:
    """Write the releases of some assignments (all without `names`); return the files that were stale.

    The tests of an assignment of one's own are part of its release: without them nothing could be checked.
    With `check` nothing is written. For nbgrader's own commands the sources are also written as notebooks,
    beside the texts, where git ignores them.

    Raises
    ------
    BadSource
        If a source cannot become an assignment, or its release would show what must stay hidden.
    ValueError
        If there is no source of such a name.
    """
    made: dict[Path, str] = {}
    for name in names or course.names():
        if name not in course.names():
            known = ", ".join(course.names()) or "there are none"
            raise ValueError(f"no source of assignment {name!r} in {course.solutions}: {known}")
        notebook = source_notebook(course.source(name), (table or course.assignment)(name))
        made[course.release(name)] = notebook_text(notebook, (*BEFORE, *AFTER))
        if own := course.own_text(name):
            made[course.release(name).with_suffix(".py")] = own
        if not check:
            write_file(course.source(name).with_suffix(".ipynb"), notebook_text(notebook).encode())
    stale = [path for path, text in made.items() if not _holds(path, text)]
    if not check:
        for path in stale:
            write_file(path, made[path].encode())
    return stale


def strays(course: Course) -> list[Path]:
    """Return what lies in exercises/ and should not: files that are no release, or show what is hidden.

    Hidden is every line of a solution or mark scheme that stands nowhere else in the source.
    """
    hidden = {course.release(name): hidden_lines(course.source(name)) for name in course.names()}
    files = [path for path in course.exercises.rglob("*") if path.is_symlink() or not path.is_dir()]
    tests = {course.release(name).with_suffix(".py") for name in course.own}
    return [
        path
        for path in files
        if path.is_symlink() or not (path in tests or (path in hidden and not _shows(path, hidden[path])))
    ]


def hidden_lines(source: Path) -> set[str]:
    """Return the lines of a source that no student may see."""
    shown: set[str] = set()
    hidden: set[str] = set()
    inside = False
    for line in source.read_text(encoding="utf-8").splitlines():
        if any(f"BEGIN {mark}" in line for mark in SECRET):
            inside = True
        (hidden if inside else shown).add(line.strip())
        if any(f"END {mark}" in line for mark in SECRET):
            inside = False
    return hidden - shown


def notebook_text(notebook: NotebookNode, steps: Sequence[type] = (), context: Mapping[str, str] = {}) -> str:
    """Return a notebook as the text of a file, after some of nbgrader's steps (some need a context)."""
    exporter = NotebookExporter(config=Config({"Exporter": {"default_preprocessors": []}}))
    for step in steps:
        exporter.register_preprocessor(step, enabled=True)
    text: str = exporter.from_notebook_node(notebook, {"nbgrader": dict(context)})[0]
    return text


def _shows(path: Path, hidden: set[str]) -> bool:
    if path.is_symlink():
        return True
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (ValueError, KeyError, TypeError):
        return True
    lines = {line.strip() for cell in cells for line in "".join(cell["source"]).splitlines()}
    return bool(lines & hidden) or any("HIDDEN TESTS" in line for line in lines)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()
