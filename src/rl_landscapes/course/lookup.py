"""Assignments that are not of this library: their tests lie in a file beside the notebook, named like it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from rl_landscapes.course.assignment import Assignment, assignment, assignments

NAME = re.compile(r"\d\d(?:-[a-z0-9]+)+", re.ASCII)


def names_beside(folder: Path) -> list[str]:
    """Return the names of the assignments whose tests lie in a folder, which this library does not have."""
    found = {path.stem for path in folder.glob("[0-9][0-9]-*.py") if NAME.fullmatch(path.stem)}
    return sorted(found - set(assignments()))


def find(name: str, folder: Path) -> Assignment:
    """Return an assignment by name or number: of this library, or one whose tests lie in a folder.

    Raises
    ------
    ValueError
        If there is none, or its tests cannot be used.
    """
    own = full_name(name, names_beside(folder))
    if own and not full_name(name, assignments()):
        return load(own, (folder / f"{own}.py").read_text(encoding="utf-8"))
    if NAME.fullmatch(name) and name not in assignments():
        known = ", ".join(assignments())
        raise ValueError(
            f"no assignment {name!r}: choose from {known}, or put its tests, {name}.py, in {folder}"
        )
    return assignment(name)


def full_name(word: str, known: Iterable[str]) -> str:
    """Return the name that a name or a number stands for, "" if it is none, or several could be meant."""
    found = [name for name in known if word in (name, name[:2], name[:2].lstrip("0"))]
    return found[0] if len(found) == 1 else ""


@lru_cache
def load(name: str, text: str) -> Assignment:
    """Return the assignment that the text of a file of tests defines as `assignment`.

    Raises
    ------
    ValueError
        If it cannot be run, or defines none of this name.
    """
    space: dict[str, object] = {"__name__": f"tests of {name}"}
    try:
        exec(compile(text, f"{name}.py", "exec"), space)
    except Exception as error:
        said = f"{type(error).__name__}: {error}{_line(error, name)}"
        raise ValueError(f"{name}.py cannot be used: {said}") from error
    found = space.get("assignment")
    if not isinstance(found, Assignment):
        raise ValueError(f'{name}.py must define assignment = Assignment("{name}", "its title")')
    if found.name != name:
        raise ValueError(f"{name}.py defines {found.name!r}: an assignment has the name of its file")
    if not found.questions:
        raise ValueError(f"{name}.py asks no question: add one with assignment.question(...)")
    return found


def _line(error: BaseException, name: str) -> str:
    if isinstance(error, SyntaxError):
        return ""
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == f"{name}.py" else line
        trace = trace.tb_next
    return f" (line {line})" if line else ""
