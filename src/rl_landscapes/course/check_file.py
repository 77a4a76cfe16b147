"""Checking one's own notebook: the tests that run in it, on a file, in a fresh process without a jail."""

import ast
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from rl_landscapes.course.assignment import OURS, Assignment, assignments
from rl_landscapes.course.case import Case, case_of, parameters
from rl_landscapes.course.check import Report
from rl_landscapes.course.lookup import find, names_beside
from rl_landscapes.course.running.belonging import belongs_to
from rl_landscapes.course.running.notebook import AsCode, Cell, Notebook, Unreadable, read, read_file
from rl_landscapes.course.running.submission import FAULT, UNREADABLE, caller_of, grade_one, unjailed_starter
from rl_landscapes.course.running.transform import as_python
from rl_landscapes.course.seeds import public

IMPORTED = re.compile(r"^[ \t]*(?:import|from)[ \t]+([\w.]+)", re.MULTILINE)
MORE = "the same command with --question {name} --hint {hint}"
INPUTS = "the same command with --case {name}"


def check_file(path: Path, questions: Sequence[str] = (), *, hint: int = 0, name: str = "") -> Report:
    """Run the tests of a notebook in a file, as its student would see them.

    `name` is that of the assignment, for a notebook that does not say.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no notebook, or none of an assignment or of another, or there is no such question.
    RuntimeError
        If no process for the notebook's code could be started.
    """
    data = _read(path)
    found, whole = _exercise(path, data, name)
    for question in questions:
        found.named(question)
    graded = grade_one(
        data,
        stand_in_release(whole, found),
        found,
        public,
        unjailed_starter(),
        grading=False,
        questions=questions,
    )
    if graded.status == UNREADABLE:
        raise ValueError(f"{path} cannot be read: {graded.reason}")
    if graded.status == FAULT and not graded.results:
        raise RuntimeError(graded.reason)
    warned = absent_when_graded(whole, found)
    return Report(found, graded.results, hint, graded.troubles, more=MORE, inputs=INPUTS, warnings=warned)


def case_in_file(path: Path, question: str, *, name: str = "") -> Case:
    """Return what the first test that does not pass hands to a function of a notebook in a file.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no notebook, or none of an assignment or of another, or no test has a case.
    RuntimeError
        If no process for the notebook's code could be started.
    """
    data = _read(path)
    found, whole = _exercise(path, data, name)
    caller = caller_of(data, stand_in_release(whole, found), found, unjailed_starter())
    sources = [cell.source for cell in whole.cells if f"def {question}(" in cell.source]
    try:
        return case_of(found, caller, question, names=parameters("\n".join(sources[-1:]), question))
    finally:
        caller.close()


def absent_when_graded(
    notebook: Notebook, assignment: Assignment, *, as_code: AsCode = as_python
) -> list[str]:
    """Return a line for every package that a cell imports and that is not there when it is graded."""
    there = {*sys.stdlib_module_names, *assignment.packages, "numpy", OURS}
    codes = as_code(cell.source if cell.kind == "code" else "" for cell in notebook.cells)
    return [
        f"{name} is not there when this is graded, and cell {place + 1} imports it"
        for place, (cell, code) in enumerate(zip(notebook.cells, codes, strict=True))
        if not (cell.is_untouched or cell.is_test)
        for name in sorted(_imported(code) - there)
    ]


def _imported(code: str) -> set[str]:
    """Return the packages that code imports; a line of a text that begins like an import is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nodes = list(ast.walk(ast.parse(code)))
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # its lines will do
        names = IMPORTED.findall(code)
    else:
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return {name.partition(".")[0] for name in names}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return read_file(file)
    except Unreadable as error:
        raise ValueError(f"{path} cannot be read: {error}") from None


def _exercise(path: Path, data: bytes, name: str) -> tuple[Assignment, Notebook]:
    """Return the assignment that a notebook belongs to, see `belongs_to`, and it."""
    try:
        notebook = read(data)
    except Unreadable as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    known = [*assignments(), *names_beside(path.parent)]
    said = belongs_to(notebook, path.name, known)
    if name and notebook.assignment and (found := find(name, path.parent)).name != notebook.assignment:
        raise ValueError(f"{path} says that it is of {notebook.assignment}, not of {found.name}")
    if not name and said not in known:
        whose = f"is of {said}, which there is not" if said else "does not say of which assignment it is"
        beside = f" (tests of your course's own must lie beside it, as {said}.py)" if said else ""
        raise ValueError(f"{path} {whose}{beside}: name it with --assignment; there are {', '.join(known)}")
    return find(name or said, path.parent), notebook


def stand_in_release(notebook: Notebook, assignment: Assignment) -> Notebook:
    """Return what stands in for the release of a notebook: its own given cells, and empty answers."""
    kept = notebook.where(lambda cell: cell.is_given or cell.is_test or cell.is_untouched)
    empty = [
        Cell("code", f"def {name}():", name, {"grade_id": name, "solution": True})
        for name in assignment.questions
    ]
    return Notebook((*kept, *empty), assignment.name)
