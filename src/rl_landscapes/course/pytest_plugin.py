"""`pytest exercises/03-ascent`: the checks of a student's notebook as tests of pytest."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rl_landscapes.course.check import Report


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ExerciseFile | None":
    """Take the notebooks that say that they belong to an assignment; leave all others alone."""
    if file_path.suffix != ".ipynb" or b'"rl_landscapes"' not in file_path.read_bytes():
        return None
    return ExerciseFile.from_parent(parent, path=file_path)


class ExerciseFile(pytest.File):
    """A notebook of an assignment, and what its checks say."""

    report: "Report"

    def collect(self) -> Iterator["ExerciseTest"]:
        """Yield one test for each that runs in the notebook; its code is run once, before them."""
        from rl_landscapes.course.check_file import check_file, read_exercise

        try:
            found, _ = read_exercise(self.path)
            self.report = check_file(self.path)
        except (ValueError, RuntimeError) as error:
            raise self.CollectError(str(error)) from None
        for question in found.questions.values():
            for test in question.tests:
                if not test.at_grading:
                    name = f"{question.name}: {test.title}"
                    yield ExerciseTest.from_parent(self, name=name, question=question.name, title=test.title)


class WrongAnswer(Exception):  # what a test says of an answer
    """A test that did not pass, in the words of `check`."""


class ExerciseTest(pytest.Item):
    """One test of one question."""

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

        assert isinstance(self.parent, ExerciseFile)
        results = self.parent.report.of(self.question)
        result = next(result for result in results if result.title == self.title)
        if result.outcome is not Outcome.PASSED:
            raise WrongAnswer(line(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what the check said, without a traceback of ours."""
        if isinstance(excinfo.value, WrongAnswer):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test is, and its name."""
        return self.path, None, self.name
