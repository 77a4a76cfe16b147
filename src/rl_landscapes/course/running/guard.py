"""What an answer may hand to a function of a test: numbers, looked at before they are computed with."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rl_landscapes.course.expect import MOST

NUMERIC = "biufc"  # kinds of NumPy's types: truths, integers, floats, complex
ONE = bool | int | float | complex


def arguments(given: Sequence[Any], named: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call from a student's code, as a test may compute with them.

    They may be numbers, arrays, generators and None; lists of numbers become arrays. Anything else could grow
    when it is looked at: as an array, a list with one long text takes its length for every entry.

    Raises
    ------
    ValueError
        If one is something else, or they hold more than `expect.MOST` numbers; the student sees the message.
    """
    values = [*given, *named.values()]
    count = sum(_count(value) for value in values if not _is_whole(value))
    if count > MOST:
        raise ValueError(f"the arguments must be at most {MOST:,} numbers, got {count:,}")
    return [_plain(value) for value in given], {name: _plain(value) for name, value in named.items()}


def _is_whole(value: Any) -> bool:
    return value is None or isinstance(value, np.random.Generator)


def _plain(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError("an argument must be an array, got lists of different lengths") from None


def _count(value: Any) -> int:
    """Return how many numbers there are in nested lists, if there is nothing else."""
    if isinstance(value, list | tuple):
        return sum(map(_count, value))
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in NUMERIC:
        return value.size
    if isinstance(value, ONE):
        return 1
    raise ValueError(
        f"an argument must be a number, an array or lists of numbers, got a {type(value).__name__}"
    )
