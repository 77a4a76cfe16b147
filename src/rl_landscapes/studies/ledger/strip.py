"""A verdict at a glance: a row per setting with its interval, what the claim needs, and what became of it."""

from dataclasses import dataclass
from html import escape
from math import isfinite

from rl_landscapes.statistics import Interval
from rl_landscapes.studies.ledger.rules import Outcome, Verdict

MARKS: dict[Outcome, str] = {"holds": "✓", "fails": "✗", "cannot tell": "?"}
ROOM = 0.06  # beside what is shown, as a share of it


@dataclass(frozen=True)
class Axis:
    """Where numbers lie on a track, in percent of its width."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return the place of `value`; what lies beyond the axis is put at its end."""
        return 100 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def span(self, kind: str, first: float, last: float) -> str:
        """Return a piece of the track from `first` to `last`."""
        left, right = self.place(first), 100 - self.place(last)
        return f'<i class="{kind}" style="left:{left:.2f}%;right:{right:.2f}%"></i>'


def strip(verdict: Verdict, label: str) -> str:
    """Return the rows as HTML, under them the edge of what is needed and the `label` of what is judged."""
    axis = _axis(verdict)
    rows = "".join(_row(axis, verdict, name) for name in verdict.outcomes)
    edges = "".join(
        f'<em style="left:{axis.place(edge):.2f}%">{edge:g}</em>' for edge in verdict.needed if isfinite(edge)
    )
    said = (
        f"{label}, by setting. {'; '.join(f'{name} {outcome}' for name, outcome in verdict.outcomes.items())}"
    )
    return (
        f'<div class="strip" role="img" aria-label="{escape(said)}">{rows}'
        f'<div class="strip-axis"><span></span><span>{edges}</span><b></b></div></div>'
    )


def _row(axis: Axis, verdict: Verdict, name: str) -> str:
    outcome, interval = verdict.outcomes[name], verdict.intervals[name]
    track = axis.span("needed", *verdict.needed) + _bar(axis, interval)
    kind = outcome.replace(" ", "-")
    return f'<div class="{kind}"><span>{escape(name)}</span><span>{track}</span><b>{MARKS[outcome]}</b></div>'


def _bar(axis: Axis, interval: Interval) -> str:
    middle = interval.estimate
    return axis.span("range", interval.low, interval.high) + axis.span("middle", middle, middle)


def _axis(verdict: Verdict) -> Axis:
    """Return the axis that shows all intervals, and the edges of what is needed with some room beyond."""
    shown = [edge for edge in verdict.needed if isfinite(edge)]
    for interval in verdict.intervals.values():
        shown += [bound for bound in (interval.low, interval.high) if isfinite(bound)]
    room = ROOM * (max(shown) - min(shown) or 1.0)
    return Axis(min(shown) - room, max(shown) + room)
