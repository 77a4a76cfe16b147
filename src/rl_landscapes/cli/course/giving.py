"""`rl-landscapes course build` and `release`."""

import argparse
from pathlib import Path

from rl_landscapes.cli.course.options import add_assignment, add_due, assignment_of, course_of, with_tools
from rl_landscapes.cli.options import PROGRAM, Commands, Failure, command


def add_build(actions: Commands) -> None:
    """Add `build`."""
    example = f"{PROGRAM} course build 03-ascent"
    parser = command(actions, "build", "make the students' notebooks from the sources in solutions/", example)
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="by name or number (all)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a notebook is stale")
    parser.set_defaults(do=with_tools(_build))


def add_release(actions: Commands) -> None:
    """Add `release`."""
    example = f'{PROGRAM} course release 03-ascent --due "2026-12-01 23:59 Europe/Berlin" --to 03-ascent.zip'
    parser = command(actions, "release", "enter an assignment in the gradebook, and pack it", example)
    add_assignment(parser)
    add_due(parser, "when it must be handed in")
    parser.add_argument(
        "--to", type=Path, required=True, metavar="PATH", help="a folder, or a file whose name ends in .zip"
    )
    parser.set_defaults(do=with_tools(_release))


def _build(chosen: argparse.Namespace) -> None:
    from rl_landscapes.course.assignment import assignment
    from rl_landscapes.grader.authoring.build import build, strays

    course = course_of(chosen)
    names = [assignment(name).name for name in chosen.assignments]
    stale = build(course, names, check=chosen.check)
    found = [str(path.relative_to(course.root)) for path in stale]
    hidden = [str(path.relative_to(course.root)) for path in strays(course)]
    if hidden:
        raise Failure(f"these show what students must not see, or do not belong there: {', '.join(hidden)}")
    if chosen.check and stale:
        raise Failure(f"differ from their sources: {', '.join(found)}; run {PROGRAM} course build")
    said = ", ".join(found) or "all were fresh"
    print(f"{len(found)} of {len(names or course.names())} notebooks written: {said}")


def _release(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.gradebook.entries import due_of
    from rl_landscapes.grader.grading.release import release
    from rl_landscapes.grader.times import with_zone

    course, name = course_of(chosen), assignment_of(chosen)
    packed = release(course, name, due=chosen.due, to=chosen.to)
    due = chosen.due or due_of(course, name)
    said = f"due {with_zone(due)}" if due else "without a due date"
    print(f"{name} is in the gradebook, {said}, and packed in {packed}")
