"""Before a class is graded the grader proves itself: a jail, full marks for the reference, 0 for nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rl_landscapes.course.running.notebook import Notebook, read
from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import of_student
from rl_landscapes.grader.authoring.build import build, notebook_text
from rl_landscapes.grader.authoring.mutants import Mutant, mutants
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading.grade import Json, grade_submission
from rl_landscapes.grader.grading.private import with_private
from rl_landscapes.grader.grading.setup import GradingSetup, Submission
from rl_landscapes.grader.jail import bubblewrap

TRIALS = ("first trial", "second trial")  # names that draw numbers of their own


@dataclass(frozen=True)
class Finding:
    """One thing that was tried, whether it came out as it must, and what came out."""

    what: str
    holds: bool
    said: str


def preflight(course: Course, setup: GradingSetup, *, thorough: bool = True) -> Iterator[Finding]:
    """Try what grading rests on; `thorough` adds whether the release is fresh, and every mutant.

    Raises
    ------
    NoJail
        If a jail is wanted and cannot be made.
    """
    if setup.jailed:
        bubblewrap.available()
        yield Finding("the jail", True, "starts, sees nothing it should not, and has no network")
    solved = notebook_text(
        source_notebook(course.source(setup.assignment), with_private(setup.assignment, ""))
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
    cells = {cell.grade_id: cell.source for cell in solved.where(lambda c: c.is_given or c.is_answer)}
    answers = {cell.grade_id: cell.source for cell in solved.where(lambda c: c.is_answer)}
    found = mutants(course.solutions / setup.assignment / "mutants.toml", answers)
    missed = [mutant for mutant in found if not _is_caught(setup, cells, mutant)]
    said = "; ".join(f"{mutant.question}: {mutant.mistake}" for mutant in missed)
    yield Finding(
        "typical mistakes", not missed, f"{len(found) - len(missed)} of {len(found)} caught {said}".strip()
    )


def _is_caught(setup: GradingSetup, cells: dict[str, str], mutant: Mutant) -> bool:
    names: dict[str, Any] = {"__name__": "solution"}
    for name, text in cells.items():
        exec(compile(mutant.source if name == mutant.question else text, f"<{name}>", "exec"), names)
    found = with_private(setup.assignment, setup.private)
    seeds = of_student(setup.secret, TRIALS[0])
    with np.errstate(all="ignore"):
        results = score(found, InProcess(names), seeds, grading=True, questions=[mutant.question])
    return any(not result.points for result in results)
