"""What the actions of `rl-landscapes course` share."""

import argparse
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

from rl_landscapes.cli.options import PROGRAM, Parser

if TYPE_CHECKING:
    from rl_landscapes.grader.folders import Course

Action = Callable[[argparse.Namespace], None]
TOOLS = ("jupytext", "nbconvert", "nbformat", "nbgrader", "sqlalchemy", "traitlets")


def with_tools(do: Action) -> Action:
    """Return an action that says what to install where nbgrader or jupytext is missing."""

    @wraps(do)
    def action(chosen: argparse.Namespace) -> None:
        # jsonschema, which reads notebooks, would compile forty grammars of web addresses: two seconds.
        sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
        try:
            do(chosen)
        except ImportError as error:
            if (error.name or "").split(".")[0] not in TOOLS:
                raise
            raise ImportError(
                f'teaching needs nbgrader and jupytext: pip install "rl-landscapes[course]" ({error})'
            ) from error

    return action


def add_assignment(parser: Parser) -> None:
    """Add the assignment."""
    parser.add_argument("assignment", metavar="ASSIGNMENT", help="its name or number, such as 03-ascent or 3")


def add_due(parser: Parser, what: str) -> None:
    """Add `--due`."""
    parser.add_argument(
        "--due", type=_moment, metavar="TIME", help=f"{what}, such as '2026-12-01 23:59 Europe/Berlin'"
    )


def add_private(parser: Parser) -> None:
    """Add `--private`."""
    parser.add_argument("--private", type=Path, metavar="FOLDER", help="of your own tests, NN-topic.py each")


def course_of(chosen: argparse.Namespace) -> "Course":
    """Return the course that the command line names.

    Raises
    ------
    ValueError
        If its folder holds no sources of assignments.
    """
    from rl_landscapes.grader.folders import Course

    course = Course(chosen.course)
    if not course.solutions.is_dir():
        where = f"{chosen.course.resolve()} has no folder solutions"
        raise ValueError(f"{where}: name a clone of the repository with --course, or go there")
    return course


def released(course: "Course", name: str) -> str:
    """Return the name of an assignment if its release has been built.

    Raises
    ------
    ValueError
        If it has not.
    """
    path = course.release(name)
    if not path.is_file():
        raise ValueError(f"{path} is not there: run {PROGRAM} course build {name} first")
    return name


def assignment_of(chosen: argparse.Namespace) -> str:
    """Return the full name of the assignment on the command line.

    Raises
    ------
    ValueError
        If there is none.
    """
    from rl_landscapes.course.assignment import assignment

    return assignment(chosen.assignment).name


def _moment(text: str) -> datetime:
    from rl_landscapes.grader.times import moment

    try:
        return moment(text, "")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).strip()) from None
