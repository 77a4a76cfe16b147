"""What a test may ask of an answer; each refuses with what was asked, what came, and how far apart they are.

An answer may be anything at all: it is first looked at as plain numbers, and refused if it is none. So a test
that passes an answer through these functions before it computes with it cannot itself go wrong.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, as_finite
from rl_landscapes.course.diagnosis import NOTHING, Known, diagnosis

SHOWN = 300  # characters of an answer that are shown
DIGITS = "{:.6g}".format  # of every number that is shown: too few to hand in as an answer
MOST = 5_000_000  # numbers that an answer may hold; no right one needs a tenth
NUMBERS = "iuf"  # kinds of NumPy types that are real numbers
FACTOR = re.compile(r"-?\d[\d.e+-]*(?= times| too | from)|(?<= is )-?\d[\d.e+-]*$")  # of one test alone
MISSING = "Missing"  # kind of the error when there is no such function
NO_ANSWER = (MISSING, "NotImplementedError", "MemoryError")  # errors that refuse no argument


@dataclass(eq=False)
class Failed(Exception):  # a verdict on an answer, no error of the program
    """A test that did not hold: `what` was tested, what came, what was wanted, the largest error.

    `cause` is the same for tests that did not hold for one reason, "" where none is known.
    """

    what: str
    got: str = ""
    expected: str = ""
    error: str = ""
    cause: str = ""

    def __str__(self) -> str:
        """Return it in up to four lines."""
        rows = {"got": self.got, "expected": self.expected, "largest error": self.error}
        return "\n".join([self.what, *(f"  {name}: {text}" for name, text in rows.items() if text)])


class StudentError(Exception):
    """A student's function raised; `kind` is the name of the exception's type, `line` where in the answer."""

    def __init__(self, kind: str, message: str, line: str = "") -> None:
        super().__init__(f"{kind}: {message}" if message else kind)
        self.kind, self.message, self.line = kind, message, line


def array(
    got: Any, shape: tuple[int | None, ...], what: str, *, finite: bool = True, most: float = np.inf
) -> Array:
    """Return an answer as float64 numbers of a shape, None standing for any length.

    Raises
    ------
    Failed
        If it is not an array (or nested lists) of real numbers of this shape, not finite, or one is larger
        than `most` in size.
    """
    wanted = f"real numbers of shape {_shape(shape)}"
    numbers = _numbers(got)
    if numbers is None:
        raise Failed(f"{what} must be {wanted}", got=(kind := _kind(got)), expected=wanted, cause=kind)
    if len(numbers.shape) != len(shape) or any(
        want not in (None, have) for want, have in zip(shape, numbers.shape, strict=True)
    ):
        cause = f"{numbers.ndim} dimensions, not {len(shape)}"
        raise Failed(f"{what} has the wrong shape", f"shape {numbers.shape}", wanted, cause=cause)
    if finite and not np.isfinite(numbers).all():
        finite_words = "no NaN and no infinity"
        raise Failed(f"{what} must be finite", shown(numbers), finite_words, cause=finite_words)
    if (np.abs(numbers) > most).any():
        raise Failed(f"{what} must be at most {most:g} in size", got=shown(numbers))
    return numbers


def number(got: Any, what: str, *, finite: bool = True) -> float:
    """Return an answer that must be one real number (an array of no dimensions will do).

    Raises
    ------
    Failed
        Otherwise.
    """
    return float(array(got, (), what, finite=finite))


def integer(got: Any, what: str) -> int:
    """Return an answer that must be one whole number, as an int or a float without fraction.

    Raises
    ------
    Failed
        Otherwise.
    """
    value = number(got, what)
    if value != round(value):
        raise Failed(f"{what} must be a whole number", got=shown(value))
    return int(value)


def truth(got: Any, what: str) -> bool:
    """Return an answer that must be True or False.

    Raises
    ------
    Failed
        Otherwise.
    """
    if not isinstance(got, bool | np.bool_):
        raise Failed(f"{what} must be True or False", got=_kind(got))
    return bool(got)


def truths(got: Any, shape: tuple[int | None, ...], what: str) -> BoolArray:
    """Return an answer that must be an array of True and False of a shape.

    Raises
    ------
    Failed
        Otherwise.
    """
    try:
        values = np.asarray(0.0 if _has_text(got) else got)
    except (ValueError, TypeError, OverflowError, RecursionError):
        values = np.asarray(0.0)
    if values.dtype != np.bool_:
        raise Failed(f"{what} must be an array of True and False", got=_kind(got))
    array(values.astype(float), shape, what)
    return values


def items(got: Any, count: int, what: str) -> Sequence[Any]:
    """Return an answer that must be a tuple or list of `count` things, or an array of so many numbers.

    Raises
    ------
    Failed
        Otherwise.
    """
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = got.tolist()
    if not isinstance(got, tuple | list) or len(got) != count:
        size = f"{len(got)} of them" if isinstance(got, tuple | list) else _kind(got)
        raise Failed(f"{what} must return {count} things", got=size, expected=f"a tuple of {count}")
    return got


def fields(got: Any, names: Sequence[str], what: str) -> dict[str, Any]:
    """Return an answer that must be a dictionary with these keys.

    Raises
    ------
    Failed
        Otherwise.
    """
    if not isinstance(got, dict) or not set(names) <= set(got):
        have = f"keys {', '.join(map(str, got))}" if isinstance(got, dict) else _kind(got)
        have, wanted = have[:SHOWN], f"keys {', '.join(names)}"
        raise Failed(f"{what} must be a dictionary", got=have, expected=wanted, cause=have)
    return got


def word(got: Any, allowed: Sequence[str], what: str) -> str:
    """Return an answer that must be one of some words.

    Raises
    ------
    Failed
        Otherwise.
    """
    if not isinstance(got, str) or got not in allowed:
        raise Failed(f"{what} must be a word", got=shown(got), expected=" or ".join(map(repr, allowed)))
    return got


def arrays(
    got: Any, shapes: Mapping[str, tuple[int | None, ...]], what: str, *, most: float = np.inf
) -> dict[str, Array]:
    """Return an answer that must be a dictionary of arrays, as by `array`: key -> shape.

    Raises
    ------
    Failed
        Otherwise.
    """
    found = fields(got, list(shapes), what)
    return {key: array(found[key], shape, f"{what}: {key}", most=most) for key, shape in shapes.items()}


def close(
    got: Any, expected: Any, what: str, *, rtol: float = 1e-8, atol: float = 1e-10, known: Known = NOTHING
) -> Array:
    """Return an answer whose every entry must lie within atol + rtol |expected| of what is expected.

    `known` are numbers that it was asked with, by name, of which a wrong answer may be a multiple.

    Raises
    ------
    Failed
        If it has another shape or kind, is not finite, or is further off; the message says by how much, and
        what the wrong numbers have in common with the right ones, if that is seen.
    ValueError
        If what is expected is not finite: then every answer would do.
    """
    target = as_finite("expected", expected, np.shape(expected))
    numbers = array(got, target.shape, what)
    errors = np.abs(numbers - target)
    if (errors > atol + rtol * np.abs(target)).any():
        place = tuple(int(i) for i in np.unravel_index(errors.argmax(), target.shape))
        where = f" at {list(place)}: {numbers[place]:.6g}, not {target[place]:.6g}" if place else ""
        seen = diagnosis(numbers, target, known)
        off = "\n".join(filter(None, [f"{errors[place]:.3g}{where}", seen]))
        raise Failed(what, shown(numbers), shown(target), off, cause=FACTOR.sub("so much", seen))
    return numbers


def agrees(
    got: Any, expected: Any, what: str, *, rtol: float = 1e-8, atol: float = 1e-10, known: Known = NOTHING
) -> None:
    """Demand an answer of the kind of `expected`, and equal to it.

    Numbers are compared as by `close`, and where NaN or an infinity is expected nothing else will do. Of a
    dictionary every key is compared, of a tuple every part; True, False, words and None must be the same.

    Raises
    ------
    Failed
        If it is not.
    """
    if isinstance(expected, dict):
        found = fields(got, list(expected), what)
        for key, value in expected.items():
            agrees(found[key], value, f"{what}: {key}", rtol=rtol, atol=atol, known=known)
    elif isinstance(expected, tuple):
        names = getattr(
            expected, "_fields", [f"part {i + 1} of {len(expected)}" for i in range(len(expected))]
        )
        for name, part, value in zip(names, items(got, len(expected), what), expected, strict=True):
            agrees(part, value, f"{what}: {name}", rtol=rtol, atol=atol, known=known)
    elif expected is None or isinstance(expected, str):
        true(type(got) is type(expected) and got == expected, what, got=got, expected=expected or "None")
    elif np.asarray(expected).dtype == np.bool_:
        wanted = np.asarray(expected)
        given = truths(got, wanted.shape, what)
        true(bool((given == wanted).all()), what, got=str(given.tolist()), expected=str(wanted.tolist()))
    else:
        wanted = np.asarray(expected, dtype=float)
        numbers, finite = array(got, wanted.shape, what, finite=False), np.isfinite(wanted)
        same = np.array_equal(numbers[~finite], wanted[~finite], equal_nan=True)
        true(same, what, got=numbers, expected=wanted)
        if finite.any():
            told, right = np.where(finite, numbers, 0), np.where(finite, wanted, 0)
            close(told, right, what, rtol=rtol, atol=atol, known=known)


def between(got: Any, low: float, high: float, what: str) -> float:
    """Return an answer that must be a number in [low, high].

    Raises
    ------
    Failed
        Otherwise.
    """
    value = number(got, what)
    if not low <= value <= high:
        raise Failed(what, shown(value), f"a number from {low:.6g} to {high:.6g}")
    return value


def true(condition: bool, what: str, *, got: Any = None, expected: Any = None) -> None:
    """Demand a condition on numbers that have been looked at already.

    Raises
    ------
    Failed
        If it is false.
    """
    if not condition:
        raise Failed(what, *("" if value is None else shown(value) for value in (got, expected)))


@contextmanager
def refusal(kind: str, what: str) -> Iterator[None]:
    """Demand that the student's function called in this block raises an exception of type `kind`.

    Raises
    ------
    Failed
        If it raises another one, or none.
    """
    try:
        yield
    except StudentError as error:
        if error.kind in NO_ANSWER:
            raise
        if error.kind != kind:
            raise Failed(what, got=str(error)[:SHOWN], expected=f"a {kind}") from None
    else:
        raise Failed(what, got="an answer", expected=f"a {kind}")


def shown(value: Any) -> str:
    """Return a short text for a value: numbers to six digits, the middle of long arrays left out."""
    if isinstance(value, np.ndarray | list | tuple):
        numbers = _numbers(value)
        if numbers is None:
            return _kind(value)
        if not numbers.ndim:
            return shown(float(numbers))
        with np.printoptions(formatter={"float_kind": DIGITS}, threshold=20, edgeitems=3, linewidth=90):
            return str(numbers)[:SHOWN]
    if isinstance(value, bool | int) and abs(value) < 10**6:
        return repr(value)
    if isinstance(value, float | np.number) or (isinstance(value, int) and abs(value) < 10**300):
        return DIGITS(value)
    text = value if isinstance(value, str) else _kind(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _has_text(got: Any) -> bool:
    """Say whether nested lists hold text: in an array each piece would be as large as the longest."""
    return isinstance(got, str) or (isinstance(got, list | tuple) and any(map(_has_text, got)))


def _numbers(got: Any) -> Array | None:
    if _has_text(got):
        return None
    try:
        values = np.asarray(got)
        is_real = values.dtype.kind in NUMBERS and values.size <= MOST
        return values.astype(np.float64) if is_real else None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _kind(value: Any) -> str:
    if value is None:
        return "None (does the function return?)"
    if isinstance(value, np.ndarray):
        return f"an array of type {value.dtype} and shape {value.shape}"
    return f"a value of type {type(value).__name__}"


def _shape(shape: tuple[int | None, ...]) -> str:
    if not shape:
        return "() (one number)"
    return f"({', '.join('any' if n is None else str(n) for n in shape)}{',' if len(shape) == 1 else ''})"
