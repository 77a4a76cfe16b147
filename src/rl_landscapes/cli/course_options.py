"""What the actions of `rl-landscapes course` share: their options, and what they mean."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli.options import count, non_negative

if TYPE_CHECKING:
    from rl_landscapes.grader.folders import Course


def chosen_course(chosen: argparse.Namespace) -> "Course":
    """Return the course in a folder.

    Raises
    ------
    ValueError
        If it is none.
    """
    from rl_landscapes.grader.folders import Course

    course = Course(chosen.course)
    if not course.solutions.is_dir():
        where = f"{chosen.course.resolve()} has no folder solutions"
        raise ValueError(f"{where}: name a clone of the repository with --course, or go there")
    return course


def chosen_assignment(chosen: argparse.Namespace) -> "tuple[Course, str]":
    """Return the course and the full name of the assignment."""
    course = chosen_course(chosen)
    return course, course.assignment(chosen.assignment).name


def _moment(text: str) -> datetime:
    from rl_landscapes.grader.times import parse_time

    try:
        return parse_time(text, "")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).strip()) from None


def _whose(text: str) -> tuple[str, str]:
    name, sign, student = text.rpartition("=")
    if not (name.strip() and sign and student.strip()):
        raise argparse.ArgumentTypeError(f"must be a name and an id, such as 'leeann 900=s1', got {text!r}")
    return name.strip(), student.strip()


def _share(text: str) -> float:
    value = non_negative(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"must be a share from 0 to 1, got {text}")
    return value


FLAG: dict[str, Any] = {"action": "store_true"}
PATH: dict[str, Any] = {"type": Path, "metavar": "PATH"}
FOLDER, TABLE = {**PATH, "metavar": "FOLDER"}, {**PATH, "metavar": "CSV"}
SHARE: dict[str, Any] = {"type": _share, "metavar": "SHARE"}
MINUTES: dict[str, Any] = {"type": non_negative, "metavar": "MINUTES", "default": 0.0}
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "assignment": ("its name or number, such as 03-ascent or 3", {"metavar": "ASSIGNMENT"}),
    "assignments": ("by name or number", {"metavar": "ASSIGNMENT", "nargs": "+"}),
    "some": ("by name or number (all)", {"metavar": "ASSIGNMENT", "nargs": "*"}),
    "source": ("the folder or zip, as downloaded", {"type": Path, "metavar": "SOURCE"}),
    "--check": ("write nothing; fail if a notebook is stale", FLAG),
    "--due": (
        "when it must be handed in, such as '2026-12-01 23:59 Europe/Berlin': later is late (as before)",
        {"type": _moment, "metavar": "TIME"},
    ),
    "--to": ("a folder, or a file whose name ends in .zip", {**PATH, "required": True}),
    "--roster": ("of the students, with id,first_name,last_name,email (grading/roster.csv)", TABLE),
    "--times": ("when work came, with id,time, for a platform that does not say (Canvas)", TABLE),
    "--whose": (
        "who is meant by a name that the report has listed; kept (may be given again)",
        {"action": "append", "default": [], "type": _whose, "metavar": "NAME=ID"},
    ),
    "name": ("two digits and its topic, such as 09-my-topic", {"metavar": "NAME"}),
    "--at": ("the folder to make it in, anywhere (solutions/)", FOLDER),
    "student": ("the id, as the roster has it", {"metavar": "ID"}),
    "number": ("of the entry, as status --log shows it", {"type": count, "metavar": "NUMBER"}),
    "file": ("the roster, or the part of it that has changed", TABLE),
    "--by": ("who decides (the account that runs this)", {"default": "", "metavar": "NAME"}),
    "--why": ("kept in the log", {"default": "", "metavar": "TEXT"}),
    "--log": ("print the log instead: who has decided what, and when", FLAG),
    "--private": ("of your own tests, NN-topic.py each", FOLDER),
    "--no-jail": ("run the code unprotected, as yourself", FLAG),
    "--student": (
        "only these, such as 'a*' (all)",
        {"action": "append", "default": [], "metavar": "PATTERN"},
    ),
    "--fresh": ("grade all again, with the same numbers", FLAG),
    "--scheduler": ("grade on a Dask cluster, such as tcp://10.0.0.1:8786", {"metavar": "ADDRESS"}),
    "--out": ("the file, or the folder", {**PATH, "required": True}),
    "--late-per-day": ("taken off for each day begun, such as 0.1 (0)", SHARE),
    "--grace": ("late by less costs nothing (0)", MINUTES),
}
