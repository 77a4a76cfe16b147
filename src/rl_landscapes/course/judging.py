"""Questions whose answer is a test: it is judged by what it accepts and what it refuses.

The functions that a student's test is given run on the trusted side, wherever the test itself runs: it can
call them, and see nothing of how they are made.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from rl_landscapes.course import expect

SIZE = 20_000  # numbers of one call: a test needs small examples only
Function = Callable[..., Any]
Tested = Callable[[Function], Any]  # a student's test


def told_apart(
    test: Tested,
    name: str,
    right: Iterable[Function],
    wrong: Mapping[str, Function],
    rng: np.random.Generator,
) -> None:
    """Demand that a test ends quietly for what is right, and with an AssertionError for what is wrong.

    They come in a drawn order, so that a test that does not look at what it is given fails. `wrong` has the
    mistake of each in words.

    Raises
    ------
    Failed
        If it accepts a mistake, refuses what is right, or returns something.
    StudentError
        If it raises something else than an AssertionError.
    """
    given = [*(("", function) for function in right), *wrong.items()]
    for place in rng.permutation(len(given)):
        mistake, function = given[place]
        refusal = _refusal(test, name, _small(function))
        if mistake and refusal is None:
            what = f"{name} of a function with a mistake: {mistake}"
            raise expect.Failed(what, got="it ended without an error", expected="an AssertionError")
        if not mistake and refusal is not None:
            what = f"{name} of a function that is right to ten digits"
            cause = "a right function is refused"
            raise expect.Failed(what, got=refusal, expected="no error", cause=cause)


def _refusal(test: Tested, name: str, function: Function) -> str | None:
    """Return with which error a test refuses a function, None if it accepts it."""
    try:
        said = test(function)
    except expect.StudentError as error:
        if error.kind != "AssertionError":
            raise
        return f"{error} ({error.line})" if error.line else str(error)
    if said is not None:
        what = f"{name} asserts, and returns nothing"
        raise expect.Failed(what, got=expect.shown(said), expected="no return", cause="something is returned")
    return None


def _small(function: Function) -> Function:
    """Return a function that takes small examples only."""

    def asked(*arguments: Any, **named: Any) -> Any:
        count = sum(np.size(value) for value in (*arguments, *named.values()))
        if count > SIZE:
            raise ValueError(f"a test needs small examples, of at most {SIZE:,} numbers, got {count:,}")
        return function(*arguments, **named)

    return asked
