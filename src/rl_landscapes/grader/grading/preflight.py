"""Before a class is graded the grader proves itself: a jail, full marks for the reference, 0 for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from rl_landscapes.course.running.notebook import Notebook, read
from rl_landscapes.course.seeds import of_student
from rl_landscapes.grader.authoring.build import build, notebook_text
from rl_landscapes.grader.authoring.mutants import earned, mutants
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading.grade import Json, grade_submission
from rl_landscapes.grader.grading.private import with_private
from rl_landscapes.grader.grading.setup import GradingSetup, Submission
from rl_landscapes.grader.jail import bubblewrap
from rl_landscapes.parallel import progress

TRIALS = ("first trial", "second trial")  # names that draw numbers of their own
STUDENTS = 50  # who make each typical mistake


@dataclass(frozen=True)
class Finding:
    """One thing that was tried, whether it came out as it must, and what came out."""

    what: str
    holds: bool
    said: str


def preflight(course: Course, setup: GradingSetup, *, thorough: bool = True) -> Iterator[Finding]:
    """Try what grading rests on; `thorough` adds whether the release is fresh, and the mutants, in minutes.

    Raises
    ------
    NoJail
        If a jail is wanted and cannot be made.
    """
    if setup.jailed:
        bubblewrap.available()
        yield Finding("the jail", True, "starts, sees nothing it should not, and has no network")
    solved = notebook_text(
        source_notebook(course.source(setup.assignment), with_private(setup.assignment, "", setup.own))
    ).encode()
    for trial in TRIALS:
        yield _full(grade_submission(setup, Submission(trial, solved, None)))
    yield _empty(grade_submission(setup, Submission(TRIALS[0], setup.release, None)))
    if thorough:
        yield _fresh(course, setup.assignment)
        yield from _mutants(course, setup, read(solved))


def _full(result: Json) -> Finding:
    holds = result["status"] == "graded" and result["points"] == result["of"]
    again = "" if result["student"] == TRIALS[0] else ", with other numbers"
    return Finding(f"the reference solution{again}", holds, _said(result))


def _empty(result: Json) -> Finding:
    return Finding("the empty form", result["status"] == "graded" and result["points"] == 0, _said(result))


def _said(result: Json) -> str:
    lost = [
        f"{name}, {test['title']}: {test['outcome']} {test['got']}".strip()
        for name, question in result["questions"].items()
        for test in question["tests"]
        if result["points"] > 0 and not test["points"]
    ]
    total = f"{result['points']:g} of {result['of']:g} points"
    return "; ".join([f"{result['status']}, {total}", *filter(None, [result["reason"]]), *lost])


def _fresh(course: Course, name: str) -> Finding:
    stale = build(course, [name], check=True)
    said = "is what the source makes" if not stale else "differs from its source: build the exercises again"
    return Finding("the release", not stale, said)


def _mutants(course: Course, setup: GradingSetup, solved: Notebook) -> Iterator[Finding]:
    """Grade every typical mistake as that of many students."""
    cells = {cell.grade_id: cell.source for cell in solved.where(lambda c: c.is_given or c.is_answer)}
    answers = {cell.grade_id: cell.source for cell in solved.where(lambda c: c.is_answer)}
    found = mutants(course.folder(setup.assignment) / "mutants.toml", answers)
    tests = with_private(setup.assignment, setup.private, setup.own)
    students = [of_student(setup.secret, f"student {number}") for number in range(STUDENTS)]
    missed, vary = [], []
    for mutant in progress(found, description="typical mistakes"):
        points = earned(tests, cells, mutant, students, course.folder(setup.assignment))
        what = f"{mutant.question}: {mutant.mistake}"
        missed += [what] if max(points) == tests.named(mutant.question).points else []
        vary += [f"{what}: {min(points):g} to {max(points):g} points"] if len(set(points)) > 1 else []
    caught = f"{len(found) - len(missed)} of {len(found)} caught"
    yield Finding("typical mistakes", not missed, "; ".join([caught, *missed]))
    same = f"{len(found) - len(vary)} of {len(found)} get the same from each of {STUDENTS} students"
    yield Finding("equal points for equal mistakes", not vary, "; ".join([same, *vary]))
