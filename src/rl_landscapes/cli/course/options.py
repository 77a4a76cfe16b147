"""What the actions of `rl-landscapes course` share."""

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from rl_landscapes.cli.options import Parser

if TYPE_CHECKING:
    from rl_landscapes.course.teaching.folders import Course


def add_assignment(parser: Parser) -> None:
    """Add the assignment."""
    parser.add_argument("assignment", metavar="ASSIGNMENT", help="its name or number, such as 03-ascent or 3")


def add_due(parser: Parser, what: str) -> None:
    """Add `--due`."""
    parser.add_argument(
        "--due", type=_moment, metavar="TIME", help=f"{what}, such as '2026-12-01 23:59 Europe/Berlin'"
    )


def course_of(chosen: argparse.Namespace) -> "Course":
    """Return the course that the command line names.

    Raises
    ------
    ValueError
        If its folder holds no sources of assignments.
    """
    from rl_landscapes.course.teaching.folders import Course

    course = Course(chosen.course)
    if not course.solutions.is_dir():
        where = f"{chosen.course.resolve()} has no folder solutions"
        raise ValueError(f"{where}: name a clone of the repository with --course, or go there")
    return course


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
    from rl_landscapes.course.teaching.times import moment

    try:
        return moment(text, "--due")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
