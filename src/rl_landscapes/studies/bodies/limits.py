"""Intervals as arrays: each estimate has its `_low` and `_high` beside it."""

from collections.abc import Callable

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import Interval
from rl_landscapes.studies.results import Values


def ends(interval: Interval) -> Array:
    """Return estimate, low and high, shape (3,)."""
    return np.array([interval.estimate, interval.low, interval.high])


def with_limits(name: str, samples: Array, interval: Callable[..., Interval], *more: Array) -> Values:
    """Return estimate, low and high of an interval from the last axis of samples (..., N)."""
    flat = [each.reshape(-1, each.shape[-1]) for each in (samples, *more)]
    bounds = np.array([ends(interval(*rows)) for rows in zip(*flat, strict=True)])
    shaped = bounds.reshape(*samples.shape[:-1], 3)
    return {f"{name}{end}": shaped[..., i] for i, end in enumerate(("", "_low", "_high"))}


def take_root(name: str, squares: Values) -> Values:
    """Take roots of a square and its limits; an estimate below 0 counts as 0, its margin is kept."""
    estimate = np.maximum(squares[""], 0)
    bounds = {"": estimate, "_low": squares["_low"], "_high": estimate + squares["_high"] - squares[""]}
    return {f"{name}{end}": np.sqrt(np.maximum(bound, 0)) for end, bound in bounds.items()}
