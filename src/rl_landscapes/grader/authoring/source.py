"""From the text that an author writes to the notebook that nbgrader makes a release of."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_markdown_cell

from rl_landscapes.course.assignment import COURSE, Assignment
from rl_landscapes.course.running.notebook import TASK, WRITTEN, plain_id

ROLES = ("given", "answer", "check", "written")
HEADING = "## "  # of a question
HIDDEN = "### BEGIN HIDDEN TESTS\n{call}, grading=True).points\n### END HIDDEN TESTS"


class BadSource(ValueError):
    """A source that cannot become an assignment; the message lists all that is wrong with it."""


def source_notebook(path: Path, assignment: Assignment) -> NotebookNode:
    """Return the notebook of a source, with nbgrader's data in every cell that has a part in grading.

    Raises
    ------
    BadSource
        If a question of the table lacks its cells or a cell its question, an option is unknown, or the text
        would be read otherwise than it looks.
    """
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="md:myst")
    wrong = [*_misread(text), *_faults(notebook, assignment)]
    if wrong:
        raise BadSource("\n".join(f"{path}: {line}" for line in wrong))
    _price(notebook.cells, assignment)
    cells = [new for cell in notebook.cells for new in _cells(cell, assignment)]
    _name(cells)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "rl_landscapes": {"assignment": assignment.name},
    }
    return from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def role(cell: NotebookNode) -> tuple[str, str]:
    """Return the option of a cell and its name: ("answer", "entropy"); two empty texts without."""
    return next(((key, str(cell.metadata[key])) for key in ROLES if key in cell.metadata), ("", ""))


def _price(cells: list[NotebookNode], assignment: Assignment) -> None:
    """Write below the heading of every question what the table says of it."""
    heading: NotebookNode | None = None
    for cell in cells:
        kind, name = role(cell)
        if cell.cell_type == "markdown" and HEADING in cell.source:
            heading = cell
        elif kind == "answer" and heading is not None:
            text, question = heading.source + "\n", assignment.named(name)
            end = text.index("\n", text.rindex(HEADING))
            worth = f"{question.points:g} points, difficulty {question.difficulty} of 5"
            heading.source = f"{text[:end]}\n\n*{worth}, about {question.minutes} minutes.*{text[end:-1]}"
            heading = None


def _cells(cell: NotebookNode, assignment: Assignment) -> Iterator[NotebookNode]:
    """Give a cell its data for nbgrader; a task is followed by the empty cell for its answer."""
    kind, name = role(cell)
    tags = cell.metadata.get("tags")
    points = cell.metadata.get("points", 0)
    cell.metadata = NotebookNode({"tags": tags} if tags else {})
    if kind == "given":
        cell.metadata.nbgrader = _data(f"given-{name}", locked=True)
    elif kind == "answer":
        cell.metadata.nbgrader = _data(name, solution=True)
    elif kind == "check":
        worth = _number(assignment.named(name).points)
        cell.metadata.nbgrader = _data(f"check-{name}", grade=True, locked=True, points=worth)
        cell.source += "\n" + HIDDEN.format(call=f'check("{name}"')
    elif kind == "written":
        cell.metadata.nbgrader = _data(f"{TASK}{name}", task=True, locked=True, points=_number(points))
    yield cell
    if kind == "written":
        yield new_markdown_cell("", id=f"{WRITTEN}{name}", metadata={"deletable": False})


def _data(grade_id: str, *, points: float | None = None, **flags: bool) -> dict[str, Any]:
    data = {"grade": False, "solution": False, "locked": False, "task": False, **flags}
    worth = {} if points is None else {"points": points}
    return {**data, **worth, "grade_id": grade_id, "schema_version": 3}


def _number(points: float) -> float:
    return int(points) if points == int(points) else points


def _name(cells: list[NotebookNode]) -> None:
    """Give every cell the same id in every build: its name, or else a digest of its text."""
    seen: Counter[str] = Counter()
    for cell in cells:
        if "nbgrader" in cell.metadata:
            cell.id = cell.metadata.nbgrader.grade_id
        elif not cell.id.startswith(WRITTEN):
            name = plain_id(cell.source)
            seen[name] += 1
            cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def _misread(text: str) -> Iterator[str]:
    """Find what a notebook made of this text would read otherwise than a person does."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,})(.*)", line)
        if line.startswith("# %%"):
            yield f"line {number} begins with '# %%', which other notebook formats take for a new cell"
        if fence and line.startswith("+++"):
            yield f"line {number} has '+++' inside a fence, which begins a new cell"
        if fence and mark and "{code" in mark[2]:
            yield f"line {number} begins a code cell inside another fence"
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
    if fence:
        yield f"a fence {fence} is not closed"


def _faults(notebook: NotebookNode, assignment: Assignment) -> Iterator[str]:
    roles = [role(cell) for cell in notebook.cells]
    said = notebook.metadata.get("rl_landscapes", {}).get("assignment")
    if said != assignment.name:
        yield f"the front matter names the assignment {said!r}, not {assignment.name!r}"
    for (kind, name), times in Counter(roles).items():
        if kind and times > 1:
            yield f"{times} cells have the option {kind}: {name}"
        if kind and not re.fullmatch(r"\w[\w-]{0,50}", name):
            yield f"a name may have letters, digits, - and _, not {kind}: {name!r}"
        if kind in ("answer", "check") and name not in assignment.questions:
            yield f"{kind}: {name} is no question of the table ({', '.join(assignment.questions)})"
    for name in assignment.questions:
        places = [roles.index((kind, name)) for kind in ("answer", "check") if (kind, name) in roles]
        if len(places) < 2:
            yield f"question {name} needs a cell with answer: {name} and one with check: {name}"
        elif places[0] > places[1]:
            yield f"question {name} is checked before it is answered"
    for cell, (kind, name) in zip(notebook.cells, roles, strict=True):
        yield from (
            f"{kind or 'cell'} {name}: {fault}" for fault in _cell_faults(cell, kind, name, assignment)
        )


def _cell_faults(cell: NotebookNode, kind: str, name: str, assignment: Assignment) -> Iterator[str]:
    allowed = {kind, "tags", *(["points"] if kind == "written" else [])}
    for key in sorted(set(cell.metadata) - allowed):
        yield f"unknown option {key!r}"
    if kind and (cell.cell_type == "code") != (kind != "written"):
        yield f"it must be a cell of {'text' if kind == 'written' else 'code'}"
    elif kind == "given":
        yield from (f"it may not import {module}" for module in _forbidden(cell.source, assignment))
    elif kind == "answer" and not re.search(rf"^def {name}\(", cell.source, re.MULTILINE):
        yield f"it must define the function {name}"
    elif kind == "check" and cell.source.strip() != f'check("{name}")':
        yield f'its code must be check("{name}")'
    elif kind == "written" and not _is_positive(cell.metadata.get("points")):
        yield "its points must be a positive number"
    for begin, end, where in (("BEGIN SOLUTION", "END SOLUTION", "answer"),
                              ("BEGIN MARK SCHEME", "END MARK SCHEME", "written")):  # fmt: skip
        counts = cell.source.count(begin), cell.source.count(end)
        if counts[0] != counts[1] or (counts[0] < 1 if kind == where else counts[0] > 0):
            yield f"it has {counts[0]} lines with {begin} and {counts[1]} with {end}"


def _is_positive(points: Any) -> bool:
    return isinstance(points, int | float) and points > 0


def _forbidden(source: str, assignment: Assignment) -> list[str]:
    """Return the modules that given code imports and that are not there when it is graded."""
    free = {*sys.stdlib_module_names, *assignment.packages}
    return [
        module
        for module in _imported(source)
        if not module.startswith(COURSE)
        and (module.split(".")[0] not in free or module.startswith(assignment.closed))
    ]


def _imported(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"anything: it is no Python ({error})"]
    modules: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules += [f"{node.module}.{alias.name}" for alias in node.names]
    return modules
