"""Verdicts on claims: what intervals in one or many settings decide, against a threshold set beforehand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

from rl_landscapes.statistics import Interval

Outcome = Literal["holds", "fails", "cannot tell"]
Word = Literal["supported", "supported in part", "not supported", "cannot tell"]
_WEAKEST_FIRST: tuple[Outcome, ...] = ("fails", "cannot tell", "holds")


@dataclass(frozen=True)
class Verdict:
    """What becomes of a claim in each setting tried, by the setting's name, and the setting that decides.

    A claim is supported if it holds in every setting, and not supported if it fails in every one. If it holds
    in some it is "supported in k of m settings". Else nobody can tell. What decides between "supported" and
    less is the setting in which the claim does worst; where it holds nowhere, the one in which it does best.
    """

    outcomes: Mapping[str, Outcome]
    deciding: str
    interval: Interval
    intervals: Mapping[str, Interval]  # by setting, as the outcomes
    needed: tuple[float, float]  # where an interval must lie for the claim to hold

    @property
    def holds(self) -> tuple[str, ...]:
        """The settings in which the claim holds."""
        return tuple(name for name, outcome in self.outcomes.items() if outcome == "holds")

    @property
    def word(self) -> Word:
        """The verdict without numbers."""
        found = set(self.outcomes.values())
        if "holds" in found:
            return "supported" if found == {"holds"} else "supported in part"
        return "not supported" if found == {"fails"} else "cannot tell"

    def __str__(self) -> str:
        """Say the verdict, with k and m where it holds in some settings only."""
        if self.word != "supported in part":
            return self.word
        return f"supported in {len(self.holds)} of {len(self.outcomes)} settings"


def at_least(settings: Mapping[str, Interval], threshold: float) -> Verdict:
    """Judge the claim that a quantity is at least `threshold` in every setting, one interval each.

    It holds in a setting whose whole interval is at or above the threshold, and fails in one whose whole
    interval is below.
    """
    return _judge(
        settings,
        (threshold, inf),
        holds=lambda i: i.low >= threshold,
        fails=lambda i: i.high < threshold,
        worth=lambda i: i.estimate,
    )


def at_most(settings: Mapping[str, Interval], threshold: float) -> Verdict:
    """Judge the claim that a quantity is at most `threshold` in every setting; see `at_least`."""
    return _judge(
        settings,
        (-inf, threshold),
        holds=lambda i: i.high <= threshold,
        fails=lambda i: i.low > threshold,
        worth=lambda i: -i.estimate,
    )


def inside(settings: Mapping[str, Interval], low: float, high: float) -> Verdict:
    """Judge the claim that a quantity lies between `low` and `high` in every setting; see `at_least`."""
    return _judge(
        settings,
        (low, high),
        holds=lambda i: low <= i.low and i.high <= high,
        fails=lambda i: i.high < low or i.low > high,
        worth=lambda i: -abs(i.estimate - (low + high) / 2),
    )


def both(first: Verdict, second: Verdict) -> Verdict:
    """Judge a claim of two parts in the settings of the `second`: each is worth what its weaker part is.

    The first part has the same settings, or a single one that stands beside all of them. The number that
    decides is the second part's, unless the first is what fails.
    """
    alone = next(iter(first.outcomes.values())) if len(first.outcomes) == 1 else None
    outcomes = {
        name: min(outcome, alone or first.outcomes[name], key=_WEAKEST_FIRST.index)
        for name, outcome in second.outcomes.items()
    }
    weaker = first if first.word in ("not supported", "cannot tell") else second
    return Verdict(outcomes, weaker.deciding, weaker.interval, second.intervals, second.needed)


def _judge(
    settings: Mapping[str, Interval],
    needed: tuple[float, float],
    *,
    holds: Callable[[Interval], bool],
    fails: Callable[[Interval], bool],
    worth: Callable[[Interval], float],
) -> Verdict:
    if not settings:
        raise ValueError("settings must hold at least one interval, got none")
    outcomes: dict[str, Outcome] = {
        name: "holds" if holds(interval) else "fails" if fails(interval) else "cannot tell"
        for name, interval in settings.items()
    }
    choose = min if "holds" in outcomes.values() else max
    deciding = choose(settings, key=lambda name: worth(settings[name]))
    return Verdict(outcomes, deciding, settings[deciding], dict(settings), needed)
