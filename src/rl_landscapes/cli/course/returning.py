"""`rl-landscapes course feedback`, `export`, `status` and `similarity`."""

import argparse
from pathlib import Path

from rl_landscapes.cli.course.options import (
    add_assignment,
    add_private,
    assignment_of,
    course_of,
    released,
    with_tools,
)
from rl_landscapes.cli.options import PROGRAM, Commands, command, non_negative

FORMATS = ("plain", "canvas", "moodle", "gradescope")


def add_feedback(actions: Commands) -> None:
    """Add `feedback`."""
    example = f"{PROGRAM} course feedback 03-ascent"
    parser = command(actions, "feedback", "write a page for every student, as HTML and Markdown", example)
    add_assignment(parser)
    parser.set_defaults(do=with_tools(_feedback))


def add_export(actions: Commands) -> None:
    """Add `export`."""
    example = f"{PROGRAM} course export 03-ascent --format canvas --out ascent.csv"
    parser = command(actions, "export", "write the points as a table, or for a learning platform", example)
    parser.add_argument("assignments", nargs="+", metavar="ASSIGNMENT", help="by name or number")
    parser.add_argument(
        "--format", choices=FORMATS, default="plain", help="(plain); gradescope writes a folder of results"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help="the file, or the folder")
    parser.add_argument(
        "--late-per-day", type=_share, metavar="SHARE", help="taken off for each day begun, such as 0.1 (0)"
    )
    parser.add_argument(
        "--grace", type=non_negative, default=0.0, metavar="MINUTES", help="late by less costs nothing (0)"
    )
    parser.set_defaults(do=with_tools(_export))


def add_status(actions: Commands) -> None:
    """Add `status`."""
    example = f"{PROGRAM} course status"
    parser = command(actions, "status", "count what is collected, graded, faulty or still to do", example)
    add_private(parser)
    parser.set_defaults(do=with_tools(_status))


def add_similarity(actions: Commands) -> None:
    """Add `similarity`."""
    example = f"{PROGRAM} course similarity 03-ascent"
    summary = "list pairs of answers that share more than chance would have it (a hint, no proof)"
    parser = command(actions, "similarity", summary, example)
    add_assignment(parser)
    parser.set_defaults(do=with_tools(_similarity))


def _feedback(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.reports.feedback import feedback

    course = course_of(chosen)
    print(feedback(course, released(course, assignment_of(chosen))))


def _export(chosen: argparse.Namespace) -> None:
    from rl_landscapes.course.assignment import assignment
    from rl_landscapes.grader.reports.export import Penalty, export

    names = [assignment(name).name for name in chosen.assignments]
    if chosen.format != "gradescope" and chosen.out.is_dir():
        raise ValueError(f"{chosen.out} is a folder; name a file in it")
    late = None if chosen.late_per_day is None else Penalty(chosen.late_per_day, 60 * chosen.grace)
    done = export(course_of(chosen), names, chosen.format, chosen.out, late=late)
    print(f"{chosen.out}: {done}")


def _status(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.reports.status import status

    print(status(course_of(chosen), private=chosen.private))


def _similarity(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.reports.similarity import similarity

    course = course_of(chosen)
    print(similarity(course, released(course, assignment_of(chosen))))


def _share(text: str) -> float:
    value = non_negative(text)
    if value > 1:
        raise argparse.ArgumentTypeError(f"must be a share from 0 to 1, got {text}")
    return value
