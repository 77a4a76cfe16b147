"""From two pieces of work to a row: check that they agree, time them in turns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.row import Row
from benchmarks.timing import Work, race, repeated
from rl_landscapes.arrays import Array

UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}


@dataclass(frozen=True)
class Plan:
    """What is compared with what: the head of a row, and how long to look."""

    name: str
    reference: str
    target: float | None = None
    unit: str = "ms"
    times: int = 1  # how many pieces of equal work one run does
    each: str = ""  # what such a piece is
    seconds: float = 3.0


def compare(plan: Plan, ours: Work, theirs: Work) -> Row:
    """Time both in turns; they must compute the same numbers, up to the order in which they return them.

    Raises
    ------
    ArithmeticError
        If they do not.
    """
    agree(flat(ours()), flat(theirs()))
    return clock(plan, ours, theirs)


def clock(plan: Plan, ours: Work, theirs: Work) -> Row:
    """Time both in turns, whatever they compute."""
    seen, scale = race(ours, theirs, seconds=plan.seconds), UNITS[plan.unit] * plan.times
    times = seen.ours.min() / scale, seen.theirs.min() / scale
    return Row(plan.name, _unit(plan), *times, plan.reference, plan.target, seen.note)


def alone(plan: Plan, ours: Work, why: str) -> Row:
    """Time ours; the other program is not there."""
    quickest = repeated(ours, seconds=plan.seconds).min() / (UNITS[plan.unit] * plan.times)
    return Row(plan.name, _unit(plan), quickest, None, plan.reference, plan.target, f"not measured: {why}")


def _unit(plan: Plan) -> str:
    return plan.unit + (f" per {plan.each}" if plan.each else "")


def agree(ours: Any, theirs: Any, *, relative: float = 1e-9) -> None:
    """Stop the run if two programs do not compute the same numbers, up to `relative` times the largest.

    Raises
    ------
    ArithmeticError
        With the largest difference.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape:
        raise ArithmeticError(f"programs return other things: shapes {a.shape} and {b.shape}")
    error, scale = float(np.abs(a - b).max()), float(np.abs(b).max())
    if not error <= relative * scale:
        raise ArithmeticError(f"programs disagree by {error:g} at a scale of {scale:g}: nothing to compare")


def flat(answer: Any) -> Array:
    """Lay out numbers, arrays, or tuples and lists of them in one row."""
    if isinstance(answer, tuple | list):
        return np.concatenate([flat(part) for part in answer])
    return np.asarray(answer, dtype=np.float64).ravel()


def columns(answers: list[tuple[Any, Any]]) -> tuple[Array, Array]:
    """From one (value, gradient) per policy to values (D,) and gradients (D, n)."""
    values, gradients = zip(*answers, strict=True)
    return np.array(values, dtype=np.float64), np.array(gradients, dtype=np.float64)
