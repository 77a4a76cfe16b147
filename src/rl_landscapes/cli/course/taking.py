"""`rl-landscapes course collect`."""

import argparse
from pathlib import Path

from rl_landscapes.cli.course.options import add_assignment, add_due, assignment_of, course_of
from rl_landscapes.cli.options import PROGRAM, Commands, command


def add_collect(actions: Commands) -> None:
    """Add `collect`."""
    example = f"{PROGRAM} course collect 03-ascent submissions.zip --roster students.csv"
    summary = "take what a class handed in out of a folder or a learning platform's zip"
    parser = command(actions, "collect", summary, example)
    add_assignment(parser)
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the folder or zip, as downloaded")
    add_due(parser, "what is later is marked late (as at the last collect)")
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="of the students, with id,first_name,last_name,email (grading/roster.csv)",
    )
    parser.set_defaults(do=_collect)


def _collect(chosen: argparse.Namespace) -> None:
    from rl_landscapes.course.teaching.collect import collect
    from rl_landscapes.course.teaching.roster import read

    course, name = course_of(chosen), assignment_of(chosen)
    roster = read(chosen.roster) if chosen.roster else None
    print(collect(course, name, chosen.source, due=chosen.due, roster=roster))
