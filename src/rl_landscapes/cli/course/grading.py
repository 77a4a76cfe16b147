"""`rl-landscapes course preflight` and `grade`."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli.course.options import (
    add_assignment,
    add_private,
    assignment_of,
    course_of,
    released,
    with_tools,
)
from rl_landscapes.cli.options import PROGRAM, Commands, Failure, Parser, add_jobs, command
from rl_landscapes.parallel.processes import backend

if TYPE_CHECKING:
    from rl_landscapes.grader.folders import Course
    from rl_landscapes.grader.grading.grade import Desk

STOPPED = "stopped: what is graded is kept, the same command goes on from there"
ENTERED = 250  # results that go into the gradebook together, while others are still graded
GIVEN_UP = (
    "without a jail the students' code runs as you: it can read and change your files, the solutions, other "
    "submissions and the gradebook, use the network, fill the disk and outlive its time; use this only for "
    "notebooks of people you trust"
)


def add_preflight(actions: Commands) -> None:
    """Add `preflight`."""
    parser = command(
        actions,
        "preflight",
        "try the grader on the reference, the empty form and typical mistakes",
        f"{PROGRAM} course preflight 03-ascent",
    )
    _add_desk(parser)
    parser.set_defaults(do=with_tools(_preflight))


def add_grade(actions: Commands) -> None:
    """Add `grade`."""
    parser = command(
        actions,
        "grade",
        "grade what was handed in; a second call goes on where the first stopped",
        f"{PROGRAM} course grade 03-ascent --jobs 2",
    )
    _add_desk(parser)
    parser.add_argument(
        "--student", action="append", default=[], metavar="PATTERN", help="only these, such as 'a*' (all)"
    )
    parser.add_argument("--fresh", action="store_true", help="grade all again, with the same numbers")
    add_jobs(parser)
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="grade on a Dask cluster, such as tcp://10.0.0.1:8786"
    )
    parser.set_defaults(do=with_tools(_grade))


def _add_desk(parser: Parser) -> None:
    add_assignment(parser)
    add_private(parser)
    parser.add_argument("--no-jail", action="store_true", help="run the code unprotected, as yourself")


def _preflight(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.grading.preflight import preflight

    course, desk = _desk(chosen)
    failed = []
    for finding in preflight(course, desk):
        print(f"{'holds' if finding.holds else 'FAILS'}  {finding.what}: {finding.said}", flush=True)
        failed += [] if finding.holds else [finding.what]
    if failed:
        raise Failure(f"{desk.assignment} is not fit to be graded: {', '.join(failed)}")


def _grade(chosen: argparse.Namespace) -> None:
    from rl_landscapes.course.running.submission import FAULT
    from rl_landscapes.grader.grading.preflight import preflight

    course, desk = _desk(chosen)
    for finding in preflight(course, desk, thorough=False):
        if not finding.holds:
            raise Failure(f"nothing was graded: {finding.what} fails preflight ({finding.said})")
    try:
        done = _all(course, desk, chosen)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(STOPPED) from None
    except OSError as error:
        raise OSError(f"{STOPPED} ({error})") from error
    print("\n".join(_summary(course, desk, done, chosen.student)))
    faults = sum(result["status"] == FAULT for result in done)
    if faults:
        raise Failure(
            f"{faults} of {len(done)} ended in a grader fault, which is no zero: the same command tries again"
        )


def _all(course: "Course", desk: "Desk", chosen: argparse.Namespace) -> list[dict[str, Any]]:
    """Grade, and enter in the gradebook what was graded, wave by wave; return what was graded, in short."""
    from rl_landscapes.grader.gradebook.entries import record
    from rl_landscapes.grader.grading.grade import grade, unrecorded, waves

    done = []
    n_jobs = -1 if chosen.scheduler else chosen.jobs
    record(course, desk.assignment, unrecorded(course, desk.assignment))
    with backend(chosen.jobs, chosen.scheduler):
        found = grade(course, desk, students=chosen.student, fresh=chosen.fresh, n_jobs=n_jobs)
        for wave in waves(found, ENTERED):
            record(course, desk.assignment, wave)
            done += [
                {key: result[key] for key in ("student", "status", "reason", "points")} for result in wave
            ]
    return done


def _summary(
    course: "Course", desk: "Desk", done: list[dict[str, Any]], patterns: Sequence[str]
) -> list[str]:
    from rl_landscapes.grader.gradebook.entries import changed_since
    from rl_landscapes.grader.grading.grade import counts, handed_in, is_meant

    said = ", ".join(f"{number} {status}" for status, number in counts(done).items())
    meant = [who for who in handed_in(course, desk.assignment) if is_meant(who, patterns)]
    everybody = len(meant)
    if not everybody:
        whose = f" by {' or '.join(patterns)}" if patterns else ""
        return [f"{desk.assignment}: nothing has been handed in{whose}, so nothing was graded"]
    lines = [f"{desk.assignment}: {said}; {everybody - len(done)} of {everybody} were graded before"]
    lines += [f"  {r['student']}: {r['status']}: {r['reason']}" for r in done if r["status"] != "graded"]
    if changed := changed_since(course, desk.assignment):
        who = ", ".join(f"{student} ({cell})" for student, cell in changed)
        lines.append(
            f"  points given by hand for what has changed since, to be confirmed in formgrader: {who}"
        )
    return lines


def _desk(chosen: argparse.Namespace) -> "tuple[Course, Desk]":
    from rl_landscapes.grader.grading.grade import desk

    course, name = course_of(chosen), assignment_of(chosen)
    found = desk(course, released(course, name), jailed=not chosen.no_jail, private=chosen.private)
    if chosen.no_jail:
        print(f"{PROGRAM} course: {GIVEN_UP}", file=sys.stderr)
    else:
        _need_jail()
    return course, found


def _need_jail() -> None:
    from rl_landscapes.grader.jail import bubblewrap

    try:
        bubblewrap.available()
    except bubblewrap.NoJail as reason:
        raise ValueError(f"nothing was run: {reason}") from None
