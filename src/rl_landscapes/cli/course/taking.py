"""`rl-landscapes course collect`."""

import argparse
import csv
from datetime import datetime
from pathlib import Path

from rl_landscapes.cli.course.options import add_assignment, add_due, assignment_of, course_of, with_tools
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
    parser.add_argument(
        "--times",
        type=Path,
        metavar="CSV",
        help="when work came, with id,time, for a platform whose download does not say (Canvas)",
    )
    parser.set_defaults(do=with_tools(_collect))


def _collect(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.collecting.collect import collect
    from rl_landscapes.grader.roster import read

    course, name = course_of(chosen), assignment_of(chosen)
    roster = read(chosen.roster) if chosen.roster else None
    times = _times(chosen.times) if chosen.times else {}
    print(collect(course, name, chosen.source, due=chosen.due, roster=roster, known_times=times))


def _times(path: Path) -> dict[str, datetime]:
    from rl_landscapes.grader.times import moment

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"id", "time"} <= set(rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ["nothing"])
            raise ValueError(f"{path} must have the columns id and time, got {found}")
        return {row["id"]: moment(row["time"] or "", f"{path}, line {rows.line_num}: time") for row in rows}
