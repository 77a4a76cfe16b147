"""Grading: the grader proves itself, grades what was handed in, and keeps every result."""
