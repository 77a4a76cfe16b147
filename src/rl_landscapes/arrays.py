"""The array type used everywhere, and the checks that refuse what no formula could use."""

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def as_finite(name: str, values: npt.ArrayLike, shape: tuple[int | None, ...]) -> Array:
    """Return `values` as a float64 array of the given shape; None stands for any length.

    Raises
    ------
    ValueError
        If the shape differs or an entry is NaN or infinite; the message names the first such entry.
    """
    array = as_shaped(name, values, shape)
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        entry = f"{name}{list(place)}" if place else "it"
        raise ValueError(f"{name} must be finite, but {entry} is {array[place]}")
    return array


def as_shaped(name: str, values: npt.ArrayLike, shape: tuple[int | None, ...]) -> Array:
    """Return `values` as a float64 array of the given shape; None stands for any length.

    Raises
    ------
    ValueError
        If `values` are not numbers or their shape differs.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array of numbers of shape {_wanted(shape)}: {error}") from None
    fits = array.ndim == len(shape) and all(
        want is None or want == have for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} must have shape {_wanted(shape)}, got {array.shape}")
    return array


def as_parameters(name: str, values: npt.ArrayLike, shape: tuple[int | None, ...], made_of: str) -> Array:
    """Return `values` as finite numbers of `shape`, whose last length n is the sum `made_of`.

    Raises
    ------
    ValueError
        Otherwise; for another shape the message says what n is made of.
    """
    try:
        array = as_shaped(name, values, shape)
    except ValueError as error:
        raise ValueError(f"{error}; {shape[-1]} = {made_of}") from None
    return as_finite(name, array, shape)


def unit_rows(name: str, rows: Array) -> tuple[Array, Array]:
    """Return `rows` (D, n) at length one, and their lengths (D,), however small or large they are.

    Raises
    ------
    ValueError
        If a row is zero.
    """
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    if (largest == 0).any():
        raise ValueError(f"{name} must not be zero, but row {int(np.flatnonzero(largest == 0)[0])} is")
    exponents = np.frexp(largest)[1]  # powers of 2 do not round, and squares of what is left do not underflow
    scaled = np.ldexp(rows, -exponents)
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled / lengths, np.ldexp(lengths, exponents)[:, 0]


def positive(name: str, value: float) -> float:
    """Return `value` if it is a finite number above zero.

    Raises
    ------
    ValueError
        Otherwise.
    """
    if not (_is_number(value) and np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a finite number above 0, got {value}")
    return float(value)


def non_negative(name: str, value: float) -> float:
    """Return `value` if it is a finite number not below zero.

    Raises
    ------
    ValueError
        Otherwise.
    """
    if not (_is_number(value) and np.isfinite(value) and value >= 0):
        raise ValueError(f"{name} must be a finite number of at least 0, got {value}")
    return float(value)


def within(name: str, value: float, low: float, high: float) -> float:
    """Return `value` if it lies in [low, high].

    Raises
    ------
    ValueError
        Otherwise.
    """
    if not (_is_number(value) and low <= value <= high):
        raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {value}")
    return float(value)


def open_unit(name: str, value: float) -> float:
    """Return `value` if it lies strictly between 0 and 1.

    Raises
    ------
    ValueError
        Otherwise.
    """
    if not (_is_number(value) and 0 < value < 1):
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {value}")
    return float(value)


def at_least(name: str, value: int, low: int) -> int:
    """Return `value` if it is an integer not below `low`.

    Raises
    ------
    ValueError
        Otherwise.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise ValueError(f"{name} must be an integer of at least {low}, got {value!r}")
    return int(value)


def as_generator(rng: np.random.Generator) -> np.random.Generator:
    """Return `rng` if it is a generator.

    Raises
    ------
    TypeError
        Otherwise; a seed is not enough, for the caller decides what else draws from the same generator.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a Generator, such as numpy.random.default_rng(0), got {rng!r}")
    return rng


def _is_number(value: object) -> bool:
    is_real = isinstance(value, Real | np.ndarray) and not isinstance(value, bool)
    return is_real and np.ndim(value) == 0  # type: ignore[arg-type]


def _wanted(shape: tuple[int | None, ...]) -> str:
    letters: Any = ["any" if length is None else str(length) for length in shape]
    return f"({', '.join(letters)}{',' if len(shape) == 1 else ''})"
