"""Reference solutions as functions, straight from their sources."""

import json
from functools import cache
from pathlib import Path

import jupytext

SOLUTIONS = Path(__file__).parents[2] / "solutions"
EXERCISES = SOLUTIONS.parent / "exercises"


@cache
def cells(name):
    """Code that grading runs: (role, name, text), in the order of the source."""
    notebook = jupytext.read(SOLUTIONS / name / f"{name}.md")
    return [
        (role, cell.metadata[role], cell.source)
        for cell in notebook.cells
        for role in ("given", "answer")
        if cell.cell_type == "code" and role in cell.metadata
    ]


def answers(name):
    """Question -> text of its answer cell."""
    return {cell: text for role, cell, text in cells(name) if role == "answer"}


def functions(name, **instead):
    """Execute given cells and answers, some of them replaced; return the names they define."""
    namespace = {"__name__": "solution"}
    for role, cell, text in cells(name):
        source = instead.get(cell, text) if role == "answer" else text
        exec(compiled(source, f"<{cell}>"), namespace)
    return namespace


@cache
def compiled(source, name):
    return compile(source, name, "exec")


def solved_release(path, name="01-returns-and-entropy", **instead):
    """Write the release with right answers, some of them replaced; return where."""
    book = json.loads((EXERCISES / name / f"{name}.ipynb").read_text(encoding="utf-8"))
    given = answers(name) | instead
    for cell in book["cells"]:
        cell["source"] = given.get(cell["id"], cell["source"])
    path.write_text(json.dumps(book), encoding="utf-8")
    return path
