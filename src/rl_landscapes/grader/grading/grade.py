"""Grading what a class handed in: side by side, resumable, every result kept as soon as it is there."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache, partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.running.scoring import Result
from rl_landscapes.course.running.submission import FAULT, GRADED, GradedNotebook
from rl_landscapes.grader.folders import Course, read_beside, read_submission
from rl_landscapes.grader.grading.examiner import examine, rest
from rl_landscapes.grader.grading.private import with_private
from rl_landscapes.grader.grading.setup import GradingSetup, Submission
from rl_landscapes.grader.jail import bubblewrap
from rl_landscapes.grader.log import people
from rl_landscapes.parallel import map_as_done
from rl_landscapes.records.writing import write_file

BATCH = 2_000  # submissions read into memory at a time
Json = dict[str, Any]


def grade(
    course: Course,
    setup: GradingSetup,
    *,
    students: Sequence[str] = (),
    fresh: bool = False,
    n_jobs: int = 1,
    batch_size: int = BATCH,
) -> Iterator[Json]:
    """Grade what was handed in and is not yet graded as it stands; yield each result once it is stored.

    `students` are patterns of names. With `fresh` all are graded again; the same numbers are drawn. A result
    that is no longer true is removed before its submission is graded again, so that none outlives a failure.

    Raises
    ------
    NoJail
        If a jail is wanted and cannot be made.
    """
    _fingerprint.cache_clear()
    if setup.jailed:
        bubblewrap.available()
    if n_jobs != 1:
        rest()  # others will work
    todo = _todo(course, setup, students, fresh)
    while batch := list(islice(todo, batch_size)):
        for submission in batch:
            course.result(submission.student, setup.assignment).unlink(missing_ok=True)
        work = partial(grade_submission, setup)
        for result in map_as_done(work, batch, n_jobs=n_jobs, description=setup.assignment):
            store_result(course, result)
            yield result


def batches(found: Iterator[Json], size: int) -> Iterator[list[Json]]:
    """Gather results as they come into lists of at most `size`, for who writes many at a time."""
    while batch := list(islice(found, size)):
        yield batch


def matches(student: str, patterns: Sequence[str]) -> bool:
    """Say whether a student is among those who are named, which are all without patterns."""
    return not patterns or any(fnmatchcase(student, pattern) for pattern in patterns)


def results(course: Course, name: str) -> dict[str, Json]:
    """Return the stored results of an assignment by student."""
    found = sorted((course.results / name).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in found}


def results_not_recorded(course: Course, name: str) -> Iterator[Json]:
    """Yield the results that were stored and did not get into the gradebook before grading was stopped.

    The notebook for formgrader is written when a result is entered: it is missing, or older.
    """
    for path in sorted((course.results / name).glob("*.json")):
        shown = course.shown(path.stem, name)
        if not shown.is_file() or shown.stat().st_mtime_ns < path.stat().st_mtime_ns:
            yield json.loads(path.read_text(encoding="utf-8"))


def store_result(course: Course, result: Json) -> Path:
    """Store a result, whole or not at all."""
    text = json.dumps(result, ensure_ascii=False)
    return write_file(course.result(result["student"], result["assignment"]), text.encode())


def made_from(fingerprint: str, data: bytes, beside: str = "") -> str:
    """Return what a stored result must carry to be still true of a submission and what came beside it."""
    more = sha256(beside.encode()).digest() if beside else b""
    return sha256(fingerprint.encode() + sha256(data).digest() + more).hexdigest()


def as_json(setup: GradingSetup, found: Assignment, submission: Submission, outcome: GradedNotebook) -> Json:
    """Return a result as it is stored: points and words per question and test."""
    questions = {
        name: _question(question.points, [r for r in outcome.results if r.question == name])
        for name, question in found.questions.items()
    }
    return {
        "student": submission.student,
        "assignment": setup.assignment,
        "status": outcome.status,
        "reason": outcome.reason,
        "submitted_at": submission.submitted_at,
        "points": round(sum(question["points"] for question in questions.values()), 6),
        "of": found.points,
        "questions": questions,
        "troubles": dict(outcome.troubles),
        "seconds": round(outcome.seconds, 3),
        "digest": made_from(_fingerprint(setup), submission.data, submission.beside),
        "submission": sha256(submission.data).hexdigest(),
        "jail": setup.jailed,
    }


@lru_cache(maxsize=1)
def _fingerprint(setup: GradingSetup) -> str:
    """Return what is the same for all submissions, once in a process: it reads some dozens of modules."""
    return setup.fingerprint


def _todo(course: Course, setup: GradingSetup, patterns: Sequence[str], fresh: bool) -> Iterator[Submission]:
    fingerprint = _fingerprint(setup)
    for student in people(course, course.submitters(setup.assignment)):
        if not matches(student, patterns):
            continue
        submission = _submission(course, setup.assignment, student)
        stored = course.result(student, setup.assignment)
        if fresh or not _is_true(stored, made_from(fingerprint, submission.data, submission.beside)):
            yield submission


def _submission(course: Course, name: str, student: str) -> Submission:
    folder = course.submitted / student / name
    stamp = folder / "timestamp.txt"
    when = stamp.read_text(encoding="utf-8", errors="replace").strip() if stamp.is_file() else None
    data, beside = read_submission(course.submission(student, name)), read_beside(course, student, name)
    return Submission(student, data, when, beside)


def _is_true(path: Path, wanted: str) -> bool:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return bool(stored["digest"] == wanted and stored["status"] != FAULT)


def grade_submission(setup: GradingSetup, submission: Submission) -> Json:
    """Grade one submission; runs in any process, and tests in one beside it."""
    found = _assignment(setup.assignment, setup.private, setup.own)
    return as_json(setup, found, submission, examine(setup, found, submission))


_assignment = cache(with_private)  # done once in a process for all submissions


def _question(of: float, results: Iterable[Result]) -> Json:
    tests = [_test(result) for result in results]
    return {"points": round(sum(test["points"] for test in tests), 6), "of": of, "tests": tests}


def _test(result: Result) -> Json:
    failed = result.failed
    said: Mapping[str, str] = {
        key: getattr(failed, key) if failed else "" for key in ("what", "got", "expected", "error", "cause")
    }
    return {
        "title": result.title,
        "points": result.points,
        "of": result.of,
        "at_grading": result.at_grading,
        "outcome": str(result.outcome),
        **said,
        "line": result.line,
    }


def count_by_status(found: Iterable[Json]) -> dict[str, int]:
    """Return how many results there are of each status."""
    tally = {GRADED: 0}
    for result in found:
        tally[result["status"]] = tally.get(result["status"], 0) + 1
    return tally
