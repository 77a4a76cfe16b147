"""Tests of one's own, from a folder outside the repository; a question is worth what it was."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rl_landscapes.course.assignment import Assignment, Question, assignment
from rl_landscapes.course.lookup import load


def private_text(folder: Path | None, name: str) -> str:
    """Return the text of a course's own tests for an assignment, "" if there are none.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    if folder is None:
        return ""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} of private tests")
    path = folder / f"{name}.py"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def with_private(name: str, text: str, tests: str = "") -> Assignment:
    """Return an assignment with further tests: `text` is Python that adds them to `assignment`.

    `tests` is the text of its own if it is not of this library.

    As in the modules of `course.checks`, but only questions that exist may be tested:

        @assignment.named("entropy").test("on a thousand actions", points=2, at_grading=True)
        def _(student, rng): ...

    The points of a question's tests are then scaled, so that the question is worth what it says.

    Raises
    ------
    ValueError
        If the text cannot be run, or adds a question or a test that is not at grading.
    """
    public = load(name, tests) if tests else assignment(name)
    if not text:
        return public
    own = replace(public, _questions={key: _copy(question) for key, question in public.questions.items()})
    try:
        exec(compile(text, f"private tests of {name}", "exec"), {"assignment": own})
    except Exception as error:
        raise ValueError(
            f"the private tests of {name} cannot be used: {type(error).__name__}: {error}"
        ) from error
    if list(own.questions) != list(public.questions):
        raise ValueError(f"the private tests of {name} add a question: {', '.join(own.questions)}")
    scaled = {key: _scaled(own.questions[key], public.questions[key]) for key in public.questions}
    return replace(own, _questions=scaled)


def _copy(question: Question) -> Question:
    return replace(question, tests=list(question.tests))


def _scaled(own: Question, public: Question) -> Question:
    added: Sequence[object] = own.tests[len(public.tests) :]
    if not added:
        return public
    shown = [test.title for test in own.tests[len(public.tests) :] if not test.at_grading]
    if shown:
        raise ValueError(f"a private test runs at grading only: add at_grading=True to {shown[0]!r}")
    factor = public.points / own.points
    return replace(own, tests=[replace(test, points=test.points * factor) for test in own.tests])
