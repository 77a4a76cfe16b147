"""`pytest exercises/03-ascent`: the checks of a student's notebook as tests of pytest.

Only a notebook whose metadata names an assignment is taken. Its code runs when its tests do, never while
they are collected; and what was handed in, below a folder of grading, is left alone: that runs in the jail.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rl_landscapes.course.check import Report

HANDED_IN = {"grading", "submitted", "autograded"}  # names of folders, ours and nbgrader's


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ExerciseFile | None":
    """Take the notebooks whose metadata names an assignment; leave all others alone."""
    if file_path.suffix != ".ipynb" or HANDED_IN & {*file_path.parts, *file_path.resolve().parts}:
        return None
    name = _assignment_of(file_path)
    return ExerciseFile.from_parent(parent, path=file_path, assignment=name) if name else None


def _assignment_of(path: Path) -> str:
    """Return the assignment that a notebook says it belongs to, "" if it names none there is."""
    try:
        data = path.read_bytes() if path.is_file() else b""
    except OSError:
        return ""
    if b'"rl_landscapes"' not in data:  # nearly always, and nothing of ours is loaded
        return ""
    from rl_landscapes.course.assignment import assignments
    from rl_landscapes.course.running.notebook import Unreadable, read

    try:
        name = read(data).assignment
    except Unreadable:
        return ""
    return name if name in assignments() else ""


class WrongAnswer(Exception):  # what a test says of an answer
    """A test that did not pass, in the words of `check`."""


class ExerciseFile(pytest.File):
    """A notebook of an assignment, and what its checks say."""

    def __init__(self, *, assignment: str, **options: Any) -> None:
        super().__init__(**options)
        self.assignment = assignment

    def collect(self) -> Iterator["ExerciseTest"]:
        """Yield one test for each that runs in the notebook."""
        from rl_landscapes.course.assignment import assignment

        for question in assignment(self.assignment).questions.values():
            for test in question.tests:
                if not test.at_grading:
                    name = f"{question.name}: {test.title}"
                    yield ExerciseTest.from_parent(self, name=name, question=question.name, title=test.title)

    @cached_property
    def report(self) -> "Report":
        """What the checks say; the notebook's code is run once for all of them.

        Raises
        ------
        WrongAnswer
            If it cannot be run.
        """
        from rl_landscapes.course.check_file import check_file

        try:
            return check_file(self.path)
        except (ValueError, RuntimeError) as error:
            raise WrongAnswer(str(error)) from None


class ExerciseTest(pytest.Item):
    """One test of one question."""

    parent: ExerciseFile

    def __init__(self, *, question: str, title: str, **options: Any) -> None:
        super().__init__(**options)
        self.question, self.title = question, title

    def runtest(self) -> None:
        """Fail with what the check says.

        Raises
        ------
        WrongAnswer
            If the test did not pass.
        """
        from rl_landscapes.course.check import line
        from rl_landscapes.course.running.scoring import Outcome

        results = self.parent.report.of(self.question)
        result = next(result for result in results if result.title == self.title)
        if result.outcome is not Outcome.PASSED:
            cells = [f"  {cell}: {text}" for cell, text in self.parent.report.troubles.items()]
            raise WrongAnswer("\n".join([line(result), *cells]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what the check said, without a traceback of ours."""
        if isinstance(excinfo.value, WrongAnswer):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test is, and its name."""
        return self.path, None, self.name
