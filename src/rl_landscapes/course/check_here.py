"""Checking a notebook that is in no file, in this process: what a page of the book asks in a browser."""

import linecache
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from io import StringIO
from math import inf
from typing import Any

from rl_landscapes.course.assignment import Assignment, assignment
from rl_landscapes.course.case import Case, case_of, parameters
from rl_landscapes.course.check import Report
from rl_landscapes.course.check_file import absent_when_graded, stand_in_release
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running.notebook import Notebook, program, read
from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess, Subprocess
from rl_landscapes.course.running.worker import Worker, describe
from rl_landscapes.course.seeds import public

MORE, INPUTS = "press Hint", "press What it tries"  # the buttons of the page


class Here:
    """What a process of its own would be: cells and calls in this one, and nothing that stops them.

    Of what the cells print only that of the one named `shown` is seen.
    """

    is_open, left_s = True, inf

    def __init__(self, shown: str) -> None:
        self.worker, self.shown = Worker(receive=_no_pipe, send=_no_pipe), shown

    def cell(
        self,
        name: str,
        source: str,
        seconds: float,
        *,
        definitions: bool = False,
        functions: Sequence[str] | None = None,
    ) -> None:
        """Execute a cell; of one with an error, what defines or names something.

        Raises
        ------
        StudentError
            If it raises.
        """
        place = f"<{name}>"
        linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
        with nullcontext() if name == self.shown else redirect_stdout(StringIO()):
            try:
                self.worker.cell(name, source, definitions, functions)
            except BaseException as error:  # exit() too
                raise StudentError(*describe(error, self.worker.lines)) from None

    def settle(self) -> None:
        """Give every name the value that the answers gave it."""
        self.worker.settle()

    def names(self) -> set[str]:
        """Return the names of all functions there are."""
        return set(self.worker.known())

    def call(
        self, function: str | int, arguments: Sequence[Any], keywords: Mapping[str, Any], seconds: float
    ) -> Any:
        """Call a function on copies of the arguments.

        Raises
        ------
        StudentError
            If it raises, or returns what is no plain data.
        """
        known = {**self.worker.names, **self.worker.own}
        return InProcess(known).call(str(function), tuple(arguments), dict(keywords))

    def close(self) -> None:
        """Do nothing: it is this process."""


def check_here(data: bytes, question: str, *, hint: int = 0) -> Report:
    """Run the tests of one question on a notebook that says of which assignment it is.

    Its answers are run from the top, as from a file. Magics are not understood, which need IPython.

    Raises
    ------
    ValueError
        If it is no notebook, or there is no such assignment or question.
    """
    notebook, found, caller = _opened(data, question)
    results = score(found, caller, public, grading=False, questions=[question])
    warned = absent_when_graded(notebook, found, as_code=list)
    return Report(found, results, hint, caller.troubles, warnings=warned, more=MORE, inputs=INPUTS)


def case_here(data: bytes, question: str) -> Case:
    """Return what the first test that does not pass hands to the function of a question.

    Raises
    ------
    ValueError
        If it is no notebook, or there is no such assignment or question, or no test has a case.
    """
    notebook, found, caller = _opened(data, question)
    answers = [cell.source for cell in notebook.cells if cell.grade_id == question]
    return case_of(found, caller, question, names=parameters("\n".join(answers), question))


def _opened(data: bytes, question: str) -> tuple[Notebook, Assignment, Subprocess]:
    notebook = read(data)
    found = assignment(notebook.assignment)
    found.named(question)
    steps = program(stand_in_release(notebook, found), notebook, as_code=list)
    return notebook, found, Subprocess(steps, lambda: Here(shown=question), found.limits)


def _no_pipe(_: Any) -> None:
    """Stand for the pipe that a process of its own would have."""
