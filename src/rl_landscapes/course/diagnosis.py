"""What numbers that are wrong have in common with those that are right: a sign, a factor, an order, a place.

Each line is true to eight digits of numbers that chance would not make alike; a cause is only asked for. It
gives no number but a factor or a difference, to four digits.
"""

from collections.abc import Iterator, Mapping
from math import log, sqrt
from types import MappingProxyType

import numpy as np

from rl_landscapes.arrays import Array

NEAR = 1e-8  # of the largest number: the same
CLEAR = 1e-3  # smaller deviations are of precision, and no factor and no difference explains them
Known = Mapping[str, float]  # numbers that a question was asked with, by name
NOTHING: Known = MappingProxyType({})
LOGS = {1 / log(2): "is the logarithm to base 2?", log(2): "is the logarithm natural?"}
LOGS |= {1 / log(10): "is the logarithm to base 10?"}


def diagnosis(got: Array, expected: Array, known: Known = NOTHING) -> str:
    """Return in one line how wrong numbers are related to the right ones, "" if no relation is seen.

    Both are finite and of one shape; `known` are numbers that the question was asked with, by name.

    Examples
    --------
    >>> import numpy as np
    >>> right = np.array([0.5, 1.0, 2.5])
    >>> diagnosis(-right, right)
    'every number has the other sign'
    >>> diagnosis(0.9 * right, right, {"gamma": 0.9})
    'every number is 0.9 times what is expected, and gamma is 0.9'
    >>> diagnosis(np.array([1.0, 2.5, 7.0]), right)
    'one place early: what is expected at [1] comes at [0], and so on'
    """
    with np.errstate(all="ignore"):  # what overflows is like nothing
        if got.shape != expected.shape or not got.size or _alike(got, expected):
            return ""
        return next(_findings(got, expected, known), "")


def _findings(got: Array, expected: Array, known: Known) -> Iterator[str]:
    yield from _factor(got, expected, known)
    yield from _signs(got, expected)
    yield from _order(got, expected)
    yield from _late(got, expected)
    yield from _shifted(got, expected)
    yield from _powers(got, expected)
    yield from _part(got, expected)


def _alike(one: Array, other: Array) -> bool:
    """Say whether two arrays are the same, up to a part of their largest number, which is finite."""
    size = float(np.abs(other).max(initial=0.0))
    return one.shape == other.shape and size < np.inf and bool((np.abs(one - other) <= NEAR * size).all())


def _different(numbers: Array, least: int) -> bool:
    """Say whether there are `least` numbers that differ from each other, and none of them is 0."""
    return len(np.unique(np.round(numbers[numbers != 0], 6))) >= least


def _factor(got: Array, expected: Array, known: Known) -> Iterator[str]:
    """Find one factor between all numbers; a factor of one number alone must be a known one."""
    place = np.unravel_index(np.abs(expected).argmax(), expected.shape)
    if expected[place] == 0 or got[place] == 0:
        return
    factor = float(got[place] / expected[place])
    if abs(factor - 1) < CLEAR or not _alike(got, factor * expected):
        return
    times = f"every number is {factor:.4g} times what is expected"
    if abs(factor + 1) < NEAR:
        yield "every number has the other sign"
    for value, why in LOGS.items():
        if abs(factor - value) < NEAR:
            yield f"{times}: {why}"
    for name, value in known.items():
        for form, size in _forms(name, value):
            if abs(factor - size) < NEAR * abs(size):
                yield f"{times}, and {form} is {factor:.4g}"
    for value in (2.0, 0.5, -2.0, -0.5):
        if abs(factor - value) < NEAR:
            yield times
    if _different(expected, 2):
        yield times


def _forms(name: str, value: float) -> Iterator[tuple[str, float]]:
    """Yield what a known number may have been forgotten as, in words, with its size."""
    if value in (0.0, 1.0, -1.0):
        return
    yield from ((name, value), (f"1 / {name}", 1 / value), (f"{name}^2", value * value), (f"-{name}", -value))
    if 0 < value < 1:
        yield from ((f"1 - {name}", 1 - value), (f"1 / (1 - {name})", 1 / (1 - value)))
        yield f"sqrt({name})", sqrt(value)


def _signs(got: Array, expected: Array) -> Iterator[str]:
    flipped = (np.abs(got + expected) <= NEAR * np.abs(expected)) & (expected != 0)
    if not (_alike(np.abs(got), np.abs(expected)) and flipped.any()):
        return
    if (got >= 0).all() and got.size > 1:
        yield "the sizes are right, and the signs are lost"
    elif got.size > 1:
        yield f"the sizes are right, and {flipped.sum()} of {got.size} signs are wrong"


def _order(got: Array, expected: Array) -> Iterator[str]:
    """Find the same numbers in another order; of two different ones a chance could make as much."""
    if not _alike(np.sort(got, axis=None), np.sort(expected, axis=None)) or not _different(expected, 2):
        return
    for axis in range(got.ndim):
        if _alike(np.flip(got, axis), expected):
            yield "the order is reversed" + _along(got, axis)
    if got.ndim >= 2 and got.shape[-1] == got.shape[-2] and _alike(np.swapaxes(got, -1, -2), expected):
        yield "the last two axes have changed places: it is the transpose"
    yield "these are the right numbers, in another order"


def _late(got: Array, expected: Array) -> Iterator[str]:
    """Find numbers that stand one place too late or too early along an axis."""
    for axis in range(got.ndim):
        if got.shape[axis] < 3:
            continue
        first, last = slice(None, -1), slice(1, None)
        for here, there, word, places in ((last, first, "late", "[0] comes at [1]"),
                                          (first, last, "early", "[1] comes at [0]")):  # fmt: skip
            come, due = _cut(got, axis, here), _cut(expected, axis, there)
            if _different(due, 2) and _alike(come, due):
                yield f"one place {word}{_along(got, axis)}: what is expected at {places}, and so on"


def _shifted(got: Array, expected: Array) -> Iterator[str]:
    off = float((got - expected).flat[0])
    clear = abs(off) > CLEAR * np.abs(expected).max()
    if clear and _different(expected, 2) and _alike(got - off, expected):
        yield f"every number is {abs(off):.4g} too {'large' if off > 0 else 'small'}"


def _powers(got: Array, expected: Array) -> Iterator[str]:
    """Find squares, roots, and a factor that grows like a power along the last axis."""
    if _different(expected, 2) and _alike(got, expected**2):
        yield "every number is the square of what is expected"
    if _different(expected, 2) and (got >= 0).all() and _alike(got**2, expected):
        yield "every number is the root of what is expected"
    if got.ndim and got.shape[-1] >= 3 and got.all() and expected.all():
        ratios = got / expected
        steps = ratios[..., 1:] / ratios[..., :-1]
        factor = float(steps.flat[0])
        if abs(factor - 1) > CLEAR and _alike(steps, np.full(steps.shape, factor)):
            yield f"the factor to what is expected changes by {factor:.4g} from each place to the next"


def _part(got: Array, expected: Array) -> Iterator[str]:
    """Find the one index along an axis where all that is wrong stands."""
    wrong = np.abs(got - expected) > NEAR * np.abs(expected).max()
    for axis in range(got.ndim):
        bad = wrong.any(axis=tuple(other for other in range(got.ndim) if other != axis))
        if len(bad) >= 3 and bad.sum() == 1:
            yield f"all is right{_along(got, axis)} but at [{int(bad.argmax())}]"


def _along(numbers: Array, axis: int) -> str:
    return f" along axis {axis}" if numbers.ndim > 1 else ""


def _cut(numbers: Array, axis: int, part: slice) -> Array:
    found: Array = np.moveaxis(numbers, axis, 0)[part]
    return found
