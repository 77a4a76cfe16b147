"""The course: exercises that say at once whether an answer is right, and their grading.

    assignment   an assignment as a table: questions, tests, points, hints
    expect       what a test may ask of an answer
    checks       the tests of every assignment
    check        `check("entropy")` in a notebook; `own` does it for a file
    running      a student's code: here, in a process of its own, in a jail
    authoring    from the text of an author to the notebook of a student
    gradebook    nbgrader's gradebook, and what formgrader shows
    handing      handing out, and collecting what comes back
    grading      preflight, and the grading of a class
    returning    feedback, export, status, similarity

A notebook begins with `check = exercise("01-returns-and-entropy")`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rl_landscapes.course.check import exercise

__all__ = ["exercise"]


def __getattr__(name: str) -> Any:
    """Import `exercise` on first use."""
    if name == "exercise":
        from rl_landscapes.course.check import exercise

        return exercise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
