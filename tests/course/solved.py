"""Reference solutions as functions, straight from their sources."""

from functools import cache
from pathlib import Path

import jupytext

SOLUTIONS = Path(__file__).parents[2] / "solutions"


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
