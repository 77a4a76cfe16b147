"""Grading one notebook that was handed in, from its bytes to one result per test."""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from rl_landscapes.course.assignment import COURSE, GRADER, Assignment
from rl_landscapes.course.running.notebook import Notebook, Unreadable, program, read
from rl_landscapes.course.running.scoring import Outcome, Result, Tell, no_one, score
from rl_landscapes.course.running.session import NotStarted, Session, Starter, process_starter
from rl_landscapes.course.running.student import Subprocess
from rl_landscapes.course.seeds import Seeds

GRADED, UNREADABLE, FAULT = "graded", "unreadable", "grader fault"
STARTS, PAUSE_S = 4, 0.5  # tries to start a process, and the first pause between two (it doubles)


@dataclass(frozen=True)
class GradedNotebook:
    """What became of a notebook: `status`, why if it was not graded, results, cells that went wrong."""

    status: str
    reason: str = ""
    results: tuple[Result, ...] = ()
    troubles: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def grade_one(
    data: bytes,
    release: Notebook,
    assignment: Assignment,
    seeds: Seeds,
    start: Starter,
    *,
    grading: bool = True,
    questions: Sequence[str] = (),
    tell: Tell = no_one,
) -> GradedNotebook:
    """Run a notebook's answers where `start` puts them, and test them here.

    What the student's code does ends in a result, which `tell` gets at once; a process that cannot be started
    is a grader fault.
    """
    began = time.monotonic()
    try:
        caller = caller_of(data, release, assignment, start)
    except Unreadable as error:
        return GradedNotebook(UNREADABLE, str(error))
    except MemoryError:
        return GradedNotebook(UNREADABLE, "it takes too much memory to read")
    try:
        results = score(assignment, caller, seeds, grading=grading, questions=questions, tell=tell)
    except NotStarted as fault:
        return GradedNotebook(FAULT, str(fault), seconds=time.monotonic() - began)
    finally:
        caller.close()
    return graded(results, caller.troubles, time.monotonic() - began)


def caller_of(data: bytes, release: Notebook, assignment: Assignment, start: Starter) -> Subprocess:
    """Return what calls the functions of a notebook, in a process that starts with the first call.

    Raises
    ------
    Unreadable
        If the data are no notebook.
    """
    steps = program(release, read(data))
    return Subprocess(steps, lambda: _opened(assignment, start), assignment.limits)


def graded(
    results: Sequence[Result], troubles: Mapping[str, str] = MappingProxyType({}), seconds: float = 0.0
) -> GradedNotebook:
    """Return what became of a notebook whose tests ended so: a fault if one of them was."""
    faults = [result for result in results if result.outcome is Outcome.FAULT]
    why = "; ".join(f"{fault.question}, {fault.title}: {fault.failed}" for fault in faults)
    return GradedNotebook(FAULT if faults else GRADED, why, tuple(results), troubles, seconds)


def unjailed_starter() -> Starter:
    """Return a starter of an ordinary process of this Python: for one's own code, with no jail around it."""
    packages = [path for path in sys.path if path and Path(path).is_dir()]
    worker = Path(__file__).with_name("worker.py")
    return process_starter([sys.executable, "-I", "-S", str(worker), *packages])


def _opened(assignment: Assignment, start: Starter) -> Session:
    for attempt in range(STARTS):
        try:
            return Session(start, assignment.limits, (*assignment.closed, COURSE, GRADER))
        except NotStarted:
            if attempt == STARTS - 1:
                raise
            time.sleep(PAUSE_S * 2**attempt)
    raise AssertionError
