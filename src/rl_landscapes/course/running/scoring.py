"""Running the tests of an assignment on a student's functions: one result per test, whatever happens."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rl_landscapes.course.assignment import Assignment, Question, Test
from rl_landscapes.course.expect import MISSING, Failed, StudentError
from rl_landscapes.course.running.session import Crashed, NotStarted, TimedOut
from rl_landscapes.course.running.student import Caller, Student
from rl_landscapes.course.seeds import Seeds


class Outcome(StrEnum):
    """How a test ended. A fault is the grader's own, and never counts as a student's zero."""

    PASSED = "passed"
    WRONG = "wrong"
    RAISED = "raised an error"
    NOT_DONE = "not done"
    MISSING = "missing"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "crashed"
    FAULT = "grader fault"


@dataclass(frozen=True)
class Result:
    """A test and how it ended; `failed` says what was tested, got and expected, `line` where an error was."""

    question: str
    title: str
    of: float
    at_grading: bool
    outcome: Outcome
    failed: Failed | None = None
    line: str = ""

    @property
    def points(self) -> float:
        """Return the points earned."""
        return self.of if self.outcome is Outcome.PASSED else 0.0


COSTLY = (Outcome.TIMED_OUT, Outcome.CRASHED, Outcome.OUT_OF_MEMORY)  # not tried again
KINDS = {
    "NotImplementedError": Outcome.NOT_DONE,
    "MemoryError": Outcome.OUT_OF_MEMORY,
    MISSING: Outcome.MISSING,
}


UNDEFINED = re.compile(r"name '(\w+)' is not defined")

Tell = Callable[[Result], None]


def no_one(result: Result) -> None:
    """Tell a result to no one."""


def score(
    assignment: Assignment,
    caller: Caller,
    seeds: Seeds,
    *,
    grading: bool,
    questions: Sequence[str] = (),
    tell: Tell = no_one,
) -> list[Result]:
    """Run the tests of some questions (all when none is named), those kept for grading only when `grading`.

    `tell` gets each result as soon as it is there. A question whose function did not come back is not called
    again: its other tests end the same way.

    Raises
    ------
    NotStarted
        If no process for the student's code could be started.
    """
    results = []
    for name in questions or assignment.questions:
        question, stopped = assignment.named(name), None
        for number, test in enumerate(question.tests):
            if test.at_grading and not grading:
                continue
            if stopped is None:
                result = run(assignment, question, number, caller, seeds)
            else:
                result = not_tried(stopped, test)
            if result.outcome in COSTLY:
                stopped = result
            results.append(result)
            tell(result)
    return results


def run(assignment: Assignment, question: Question, number: int, caller: Caller, seeds: Seeds) -> Result:
    """Run one test of a question; whatever happens in it is its result.

    Raises
    ------
    NotStarted
        If no process for the student's code could be started.
    """
    test = question.tests[number]

    def ended(outcome: Outcome, failed: Failed | None = None, line: str = "") -> Result:
        if failed is not None:  # a verdict that is kept, and must not keep all that was at work when it fell
            failed.__traceback__ = failed.__context__ = failed.__cause__ = None
        return Result(question.name, test.title, test.points, test.at_grading, outcome, failed, line)

    try:
        test.body(Student(caller), seeds(assignment.name, question.name, number))
    except Failed as failed:
        return ended(Outcome.WRONG, failed)
    except StudentError as error:
        outcome = KINDS.get(error.kind, Outcome.RAISED)
        return ended(outcome, Failed(test.title, got=_in_words(error, assignment, caller)), error.line)
    except TimedOut as error:
        return ended(Outcome.TIMED_OUT, Failed(test.title, got=str(error)))
    except Crashed as error:
        return ended(Outcome.CRASHED, Failed(test.title, got=str(error)))
    except NotStarted:
        raise
    except MemoryError:  # of the process that tests, which an answer has filled
        return ended(Outcome.OUT_OF_MEMORY, Failed(test.title, got="its tests ran out of memory"))
    except Exception as error:  # the test itself is wrong: a fault, to be seen by the instructor
        return ended(Outcome.FAULT, Failed(test.title, got=f"{type(error).__name__}: {error}"))
    return ended(Outcome.PASSED)


def _in_words(error: StudentError, assignment: Assignment, caller: Caller) -> str:
    """Return an error as text; of a name that is not defined also whose it is, and where."""
    found = UNDEFINED.match(error.message) if error.kind == "NameError" else None
    if found is None:
        return str(error)
    asked = f"it is the function of question {found[1]}" if found[1] in assignment.questions else ""
    return "; ".join(filter(None, [str(error), asked, caller.whose(found[1])]))


def same_cause(causes: Sequence[str]) -> list[int]:
    """Return of each failure which was the first of the same cause: itself, where none is known.

    Examples
    --------
    >>> same_cause(["", "a sign", "", "a sign"])
    [0, 1, 2, 1]
    """
    return [causes.index(cause) if cause else place for place, cause in enumerate(causes)]


def not_tried(before: Result, test: Test) -> Result:
    """Return the result of a test of a question whose function did not come back before."""
    failed = Failed(test.title, got=f"not tried: the function {before.outcome} before")
    return Result(before.question, test.title, test.points, test.at_grading, before.outcome, failed)
