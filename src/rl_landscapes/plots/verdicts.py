"""Verdicts at a glance: one interval per setting, what the claim needs, and what became of it."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes

from rl_landscapes.arrays import Array
from rl_landscapes.plots.lines import Bounds
from rl_landscapes.plots.style import LOOKS, MUTED, SMALL, axes_or_new, readable

ROW = 0.3  # inches
MARKS = {
    "holds": ("✓", LOOKS["optimal"]),
    "fails": ("✗", LOOKS["entropy"]),
    "cannot tell": ("?", LOOKS["plain"]),
}


class Judged(Protocol):
    """A claim judged in several settings; the verdicts of the ledger are."""

    @property
    def outcomes(self) -> Mapping[str, str]:
        """By setting, "holds", "fails" or "cannot tell"."""

    @property
    def intervals(self) -> Mapping[str, Bounds]:
        """By setting, the number that is judged."""

    @property
    def needed(self) -> tuple[float, float]:
        """Where an interval must lie for the claim to hold; a side may be infinite."""


def draw_verdict(verdict: Judged, *, ax: Axes | None = None, label: str = "") -> Axes:
    """Draw a row for each setting: its interval, and a mark at the right for what became of the claim there.

    Where intervals must lie for the claim to hold is shaded. `label` names the number that is judged.

    Examples
    --------
    >>> from rl_landscapes import plots, statistics
    >>> from rl_landscapes.studies.ledger import rules
    >>> shares = {f"{n} starts": statistics.binomial_interval(n // 4, n) for n in (20, 200, 2000)}
    >>> ax = plots.draw_verdict(rules.inside(shares, 0.15, 0.35), label="share that fails")
    """
    names = list(verdict.outcomes)
    ax = axes_or_new(ax, height=1.1 + ROW * len(names))
    bounds = [verdict.intervals[name] for name in names]
    middle, low, high = (np.array([getattr(b, f) for b in bounds]) for f in ("estimate", "low", "high"))
    limits = _limits(low, high, verdict.needed)
    ax.axvspan(*np.clip(verdict.needed, *limits), color=LOOKS["optimal"].colour, alpha=0.13, linewidth=0)
    for row, outcome in enumerate(verdict.outcomes.values()):
        mark, look = MARKS[outcome]
        ax.plot([low[row], high[row]], [row, row], "-", color=look.colour, linewidth=2)
        ax.plot(middle[row], row, look.marker, color=look.colour, markersize=6)
        colour = readable(look.colour)
        ax.annotate(
            mark,
            (1.02, row),
            xycoords=("axes fraction", "data"),
            annotation_clip=False,
            fontsize=SMALL,
            fontweight="bold",
            color=colour,
            va="center",
            ha="left",
        )
    for edge in verdict.needed:
        if np.isfinite(edge):
            ax.axvline(edge, color=MUTED, linewidth=1, linestyle=":")
    ax.set_yticks(range(len(names)), names)
    ax.set(xlim=limits, ylim=(len(names) - 0.4, -0.6), xlabel=label)
    return ax


def _limits(low: Array, high: Array, needed: tuple[float, float]) -> tuple[float, float]:
    """Return limits that show all intervals, and the edges of what is needed with some room beyond."""
    edges = [edge for edge in needed if np.isfinite(edge)]
    first, last = min([*low, *edges]), max([*high, *edges])
    room = 0.06 * (last - first or 1.0)
    return first - room, last + room
