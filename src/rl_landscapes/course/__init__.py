"""The course: exercises that say at once whether an answer is right.

    assignment   an assignment as a table: questions, tests, points, hints
    expect       what a test may ask of an answer
    checks       the tests of every assignment
    check        `check("entropy")` in a notebook
    check_file   the same for a notebook in a file
    check_here   the same for one that is in no file
    running      a student's code: in this process or in one of its own

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
