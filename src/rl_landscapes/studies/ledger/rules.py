"""Verdicts on claims: what intervals in one or many settings decide, and against which threshold."""

from collections.abc import Iterable, Sequence
from typing import Literal

from rl_landscapes.statistics import Interval

Verdict = Literal["supported", "supported in a window", "not supported", "cannot tell"]


def at_least(intervals: Iterable[Interval], threshold: float) -> Verdict:
    """Judge the claim that a quantity is at least `threshold` in every setting tried, one interval each.

    It holds in a setting whose whole interval is at or above the threshold, and fails in one whose whole
    interval is below. Supported: holds in all; in a window: holds in some; not supported: fails in all.
    Else cannot tell.

    Raises
    ------
    ValueError
        If there is no interval.
    """
    tried = list(intervals)
    return _over_settings([i.low >= threshold for i in tried], [i.high < threshold for i in tried])


def at_most(intervals: Iterable[Interval], threshold: float) -> Verdict:
    """Judge the claim that a quantity is at most `threshold` in every setting; see `at_least`.

    Raises
    ------
    ValueError
        If there is no interval.
    """
    tried = list(intervals)
    return _over_settings([i.high <= threshold for i in tried], [i.low > threshold for i in tried])


def inside(interval: Interval, low: float, high: float) -> Verdict:
    """Judge the claim that a quantity lies between `low` and `high`.

    Supported if the whole interval does, not supported if none of it does, else cannot tell.
    """
    if low <= interval.low and interval.high <= high:
        return "supported"
    return "not supported" if interval.high < low or interval.low > high else "cannot tell"


def all_of(*parts: Verdict) -> Verdict:
    """Judge a claim of several parts: it is worth as much as its weakest part.

    From weak to strong: not supported, cannot tell, supported in a window, supported.
    """
    order: tuple[Verdict, ...] = ("not supported", "cannot tell", "supported in a window", "supported")
    return min(parts, key=order.index)


def _over_settings(holds: Sequence[bool], fails: Sequence[bool]) -> Verdict:
    if not holds:
        raise ValueError("intervals must hold at least one interval, got none")
    if all(holds):
        return "supported"
    if any(holds):
        return "supported in a window"
    return "not supported" if all(fails) else "cannot tell"
