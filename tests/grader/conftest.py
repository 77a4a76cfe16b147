"""What holds for every test of the grader."""

from tests.grader.gradebooks import quick_gradebooks

__all__ = ["quick_gradebooks"]
