"""The tests of every assignment, one module each: `a01_returns_and_entropy` tests 01-returns-and-entropy.

They call a student's functions directly, in a notebook or under pytest, and through a pipe into a jail when a
class is graded. Which random numbers they meet is decided outside.
"""
