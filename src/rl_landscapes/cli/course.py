"""`rl-landscapes course`: build exercises, hand them out, collect, grade, send feedback, export grades."""

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_landscapes.cli import course_people
from rl_landscapes.cli.course_options import FOLDER, OPTIONS, chosen_assignment, chosen_course
from rl_landscapes.cli.options import PROGRAM, Commands, Failure, Parser, add_jobs, command
from rl_landscapes.parallel.processes import backend

if TYPE_CHECKING:
    from rl_landscapes.grader.folders import Course
    from rl_landscapes.grader.grading.setup import GradingSetup

Action = Callable[[argparse.Namespace], None]
TOOLS = ("jupytext", "nbconvert", "nbformat", "nbgrader", "sqlalchemy", "traitlets", "jinja2")
STOPPED = "stopped: what is graded is kept, the same command goes on from there"
ENTERED = 250  # results that go into the gradebook together, while others are still graded
GIVEN_UP = (
    "without a jail the students' code runs as you: it can read and change your files, the solutions, other "
    "submissions and the gradebook, use the network, fill the disk and outlive its time; use this only for "
    "notebooks of people you trust"
)


def add(commands: Commands) -> None:
    """Add the command and its actions."""
    example = f"{PROGRAM} course grade 03-ascent --jobs 2"
    parser = command(commands, "course", "teach the course: build, release, collect, grade, return", example)
    parser.add_argument("--course", **FOLDER, default=Path(), help="a clone of the repository (this folder)")
    actions = parser.add_subparsers(title="actions, in the order of a term", required=True, metavar="ACTION")
    for do, summary, example, options in ACTIONS:
        name = do.__name__.removeprefix("_")
        parser = command(actions, name, summary, f"{PROGRAM} course {name} {example}".strip())
        for option in options.split():
            words, how = OPTIONS[option]
            parser.add_argument(option, help=words, **how)
        if do is _grade:
            add_jobs(parser)
        if do is _export:
            _add_format(parser)
        parser.set_defaults(do=_with_tools(do))


def _add_format(parser: Parser) -> None:
    from rl_landscapes.grader.reports import FORMATS

    words = f"({FORMATS[0]}); gradescope writes a folder of results"
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=words)


def _new(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.authoring.new import new

    print(new(chosen_course(chosen), chosen.name, at=chosen.at))


def _build(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.authoring.build import build, strays

    course = chosen_course(chosen)
    names = [course.assignment(name).name for name in chosen.some]
    stale = build(course, names, check=chosen.check)
    found = [str(path.relative_to(course.root)) for path in stale]
    hidden = [str(path.relative_to(course.root)) for path in strays(course)]
    if hidden:
        raise Failure(f"these show what students must not see, or do not belong there: {', '.join(hidden)}")
    if chosen.check and stale:
        raise Failure(f"differ from their sources: {', '.join(found)}; run {PROGRAM} course build")
    said = ", ".join(found) or "all were fresh"
    written = sum(path.suffix == ".ipynb" for path in stale)
    print(f"{written} of {len(names or course.names())} notebooks written: {said}")


def _release(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.gradebook.entries import due_of
    from rl_landscapes.grader.grading.release import release
    from rl_landscapes.grader.times import format_with_zone

    course, name = chosen_assignment(chosen)
    packed = release(course, name, due=chosen.due, to=chosen.to)
    due = chosen.due or due_of(course, name)
    said = f"due {format_with_zone(due)}" if due else "without a due date"
    print(f"{name} is in the gradebook, {said}, and packed in {packed}")


def _collect(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.collecting.collect import collect
    from rl_landscapes.grader.roster_file import read
    from rl_landscapes.grader.times import read_times

    course, name = chosen_assignment(chosen)
    roster = read(chosen.roster) if chosen.roster else None
    times = read_times(chosen.times, chosen.due.tzinfo if chosen.due else None) if chosen.times else {}
    whose = dict(chosen.whose)
    print(collect(course, name, chosen.source, due=chosen.due, roster=roster, known_times=times, whose=whose))


def _preflight(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.grading.preflight import preflight

    course, setup = _setup(chosen)
    failed = []
    for finding in preflight(course, setup):
        print(f"{'holds' if finding.holds else 'FAILS'}  {finding.what}: {finding.said}", flush=True)
        failed += [] if finding.holds else [finding.what]
    if failed:
        raise Failure(f"{setup.assignment} is not fit to be graded: {', '.join(failed)}")


def _grade(chosen: argparse.Namespace) -> None:
    from rl_landscapes.course.running.submission import FAULT
    from rl_landscapes.grader.grading.preflight import preflight

    course, setup = _setup(chosen)
    for finding in preflight(course, setup, thorough=False):
        if not finding.holds:
            raise Failure(f"nothing was graded: {finding.what} fails preflight ({finding.said})")
    try:
        done = _grade_and_record(course, setup, chosen)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(STOPPED) from None
    except OSError as error:
        raise OSError(error.errno, f"{STOPPED} ({error.strerror or error})", error.filename) from error
    print("\n".join(_summary(course, setup, done, chosen.student)))
    faults = sum(result["status"] == FAULT for result in done)
    if faults:
        raise Failure(
            f"{faults} of {len(done)} ended in a grader fault, which is no zero: the same command tries again"
        )


def _grade_and_record(
    course: "Course", setup: "GradingSetup", chosen: argparse.Namespace
) -> list[dict[str, Any]]:
    """Grade, and enter in the gradebook what was graded, batch by batch; return what was graded, in short."""
    from rl_landscapes.grader.gradebook.entries import record
    from rl_landscapes.grader.grading.grade import batches, grade, results_not_recorded

    done = []
    n_jobs = -1 if chosen.scheduler else chosen.jobs
    record(course, setup.assignment, results_not_recorded(course, setup.assignment))
    with backend(chosen.jobs, chosen.scheduler):
        found = grade(course, setup, students=chosen.student, fresh=chosen.fresh, n_jobs=n_jobs)
        for batch in batches(found, ENTERED):
            record(course, setup.assignment, batch)
            done += [{key: result[key] for key in ("student", "status", "reason")} for result in batch]
    return done


def _summary(
    course: "Course", setup: "GradingSetup", done: list[dict[str, Any]], patterns: Sequence[str]
) -> list[str]:
    from rl_landscapes.grader.gradebook.entries import changed_since
    from rl_landscapes.grader.grading.grade import count_by_status, matches

    said = ", ".join(f"{number} {status}" for status, number in count_by_status(done).items())
    everybody = sum(matches(who, patterns) for who in course.submitters(setup.assignment))
    if not everybody:
        whose = f" by {' or '.join(patterns)}" if patterns else ""
        return [f"{setup.assignment}: nothing has been handed in{whose}, so nothing was graded"]
    lines = [f"{setup.assignment}: {said}; {everybody - len(done)} of {everybody} were graded before"]
    lines += [f"  {r['student']}: {r['status']}: {r['reason']}" for r in done if r["status"] != "graded"]
    if changed := changed_since(course, setup.assignment):
        who = ", ".join(f"{student} ({cell})" for student, cell in changed)
        lines.append(
            f"  points given by hand for what has changed since, to be confirmed in formgrader: {who}"
        )
    return lines


def _setup(chosen: argparse.Namespace) -> "tuple[Course, GradingSetup]":
    from rl_landscapes.grader.grading.setup import prepare
    from rl_landscapes.grader.jail import bubblewrap

    course, name = _released(chosen)
    setup = prepare(course, name, jailed=not chosen.no_jail, private=chosen.private)
    if chosen.no_jail:
        print(f"{PROGRAM} course: {GIVEN_UP}", file=sys.stderr)
        return course, setup
    try:
        bubblewrap.available()
    except bubblewrap.NoJail as reason:
        raise ValueError(f"nothing was run: {reason}") from None
    return course, setup


def _feedback(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.reports.feedback import feedback

    print(feedback(*_released(chosen)))


def _export(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.log import decided, read_log
    from rl_landscapes.grader.reports.export import Penalty, export

    course = chosen_course(chosen)
    names = [course.assignment(name).name for name in chosen.assignments]
    if chosen.format != "gradescope" and chosen.out.is_dir():
        raise ValueError(f"{chosen.out} is a folder; name a file in it")
    late = None if chosen.late_per_day is None else Penalty(chosen.late_per_day, 60 * chosen.grace)
    print(f"{chosen.out}: {export(course, names, chosen.format, chosen.out, late=late)}")
    if holding := list(decided(read_log(course)).lines(names)):
        print("  as the log says, which nbgrader's own export does not know:", *holding, sep="\n    ")


def _status(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.log import read_log
    from rl_landscapes.grader.reports.status import status

    course = chosen_course(chosen)
    if chosen.log:
        print("\n".join(map(str, read_log(course))) or "nothing has been decided yet")
    else:
        print(status(course, private=chosen.private))


def _similarity(chosen: argparse.Namespace) -> None:
    from rl_landscapes.grader.reports.similarity import similarity

    print(similarity(*_released(chosen)))


def _with_tools(do: Action) -> Action:
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


def _released(chosen: argparse.Namespace) -> "tuple[Course, str]":
    """Return the course and the assignment, whose release must have been built."""
    course, name = chosen_assignment(chosen)
    if not course.release(name).is_file():
        raise ValueError(f"{course.release(name)} is not there: run {PROGRAM} course build {name} first")
    return course, name


ACTIONS: tuple[tuple[Action, str, str, str], ...] = (  # what it does, in words, an example, its options
    (_new, "begin an assignment of your own, from a template that works", "09-my-topic", "name --at"),
    (
        _build,
        "make the students' notebooks from the sources in solutions/",
        "03-ascent",
        "some --check",
    ),
    (
        _release,
        "enter an assignment in the gradebook, and pack it",
        '03-ascent --due "2026-12-01 23:59 Europe/Berlin" --to 03-ascent.zip',
        "assignment --due --to",
    ),
    (
        _collect,
        "take what a class handed in out of a folder or a learning platform's zip",
        "03-ascent submissions.zip --roster students.csv",
        "assignment source --due --roster --times --whose",
    ),
    (
        _preflight,
        "try the grader on the reference, the empty form and typical mistakes",
        "03-ascent",
        "assignment --private --no-jail",
    ),
    (
        _grade,
        "grade what was handed in; a second call goes on where the first stopped",
        "03-ascent --jobs 2",
        "assignment --private --no-jail --student --fresh --scheduler",
    ),
    (_feedback, "write a page for every student, as HTML and Markdown", "03-ascent", "assignment"),
    (
        _export,
        "write the points as a table, or for a learning platform",
        "03-ascent --format canvas --out ascent.csv",
        "assignments --out --late-per-day --grace",
    ),
    (_status, "count what is collected, graded, faulty or still to do", "", "--private --log"),
    (
        _similarity,
        "list pairs of answers that share more than chance would have it (a hint, no proof)",
        "03-ascent",
        "assignment",
    ),
    *course_people.ACTIONS,
)
