"""What would change a verdict: other outcomes, or more data, and how much more."""

from math import ceil, isfinite

from rl_landscapes.statistics import Interval
from rl_landscapes.studies.ledger.rules import Verdict

FACTOR = 1000  # times the data, above which a difference is as good as none


def would_change(verdict: Verdict) -> str:
    """Say in a sentence which result would make the verdict another one."""
    if verdict.word == "cannot tell":
        return _more_data(verdict)
    place = _place(verdict)
    several = len(verdict.outcomes) > 1
    if verdict.word == "supported":
        which = "One of the settings with its whole interval" if several else "An interval"
        return f"{which} outside of what is needed, {place}."
    if verdict.word == "not supported":
        which = "One of the settings with its whole interval" if several else "An interval"
        return f"{which} {place}."
    open_ones = [name for name, outcome in verdict.outcomes.items() if outcome != "holds"]
    return f"Supported if also {_listed(open_ones)} held, the whole interval {place}."


def _more_data(verdict: Verdict) -> str:
    """By the setting nearest to being told: an interval shrinks like one over the root of n.

    An interval that lies on one side already belongs to one of two parts of a claim; the other part is open.
    """
    opened = [name for name, outcome in verdict.outcomes.items() if outcome == "cannot tell"]
    factors = [_times(verdict.intervals[name], verdict.needed) for name in opened]
    least = min((factor for factor in factors if factor > 1), default=1)
    if least == 1:
        return "More data on the part of the claim whose number is not shown."
    if least > FACTOR:
        return (
            f"More than {FACTOR} times the data, or other estimates: these lie at the edge of what is needed."
        )
    return f"With the same estimates, about {least} times the data would tell in one setting, by this number."


def _times(interval: Interval, needed: tuple[float, float]) -> int:
    """Return by how many times n must grow until the interval lies on one side of every edge."""
    middle, edges = interval.estimate, [edge for edge in needed if isfinite(edge)]
    reach = [(middle - interval.low if edge < middle else interval.high - middle, edge) for edge in edges]
    if any(edge == middle or not isfinite(long) for long, edge in reach):
        return FACTOR + 1
    return max(ceil((long / (middle - edge)) ** 2) for long, edge in reach)


def _place(verdict: Verdict) -> str:
    low, high = verdict.needed
    if not isfinite(high):
        return f"at {low:g} or above"
    if not isfinite(low):
        return f"at {high:g} or below"
    return f"between {low:g} and {high:g}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"the {len(names)} others"
