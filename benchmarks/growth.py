"""How time and memory grow with the world, from a hundred states to a million."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from benchmarks.child import Failed, in_child
from benchmarks.row import Row
from rl_landscapes.arrays import Array
from rl_landscapes.plots.style import LOOKS, small_multiples

SIZES = (10, 18, 32, 56, 100, 178, 316, 562, 1000)
FROM_STATES = 1000
LARGEST_EXPONENT = 1.3
VISIBLE = 2**-10  # GiB; less drowns in what the empty process holds
NOTES = {
    "time": "value + gradient of one policy",
    "memory": "peak of the process above its peak before the world was made",
}


def rows(sizes: tuple[int, ...] = SIZES, *, folder: Path | None = None) -> Iterator[Row]:
    """Fit time and memory, states^exponent; with a `folder`, save the points there and draw them."""
    names = [f"growth of {what} with states, from {FROM_STATES:,} on" for what in NOTES]
    try:
        points = [_point(in_child("benchmarks.scale", size, "ours")) for size in sizes]
    except Failed as failed:
        for name in names:
            yield Row(name, "exponent", None, LARGEST_EXPONENT, "the limit", 1.0, f"not measured: {failed}")
        return
    states, seconds, memory = (np.array([p[key] for p in points]) for key in ("states", "seconds", "gib"))
    if folder is not None:
        (folder / "growth.json").write_text(json.dumps(points, indent=1) + "\n", encoding="utf-8")
        draw(states, seconds, memory, folder / "growth.svg")
    slopes = line(states, seconds)[0], line(states, memory, VISIBLE)[0]
    for name, slope, note in zip(names, slopes, NOTES.values(), strict=True):
        note = f"{note}; slope through log-log points up to {int(states[-1]):,} states"
        yield Row(name, "exponent", slope, LARGEST_EXPONENT, "the limit", 1.0, note)


def line(states: Array, amounts: Array, least: float = 0.0) -> tuple[float, float]:
    """Return slope and offset of log amount over log states, from FROM_STATES on and above `least`."""
    kept = (states >= FROM_STATES) & (amounts > least)
    slope, offset = np.polyfit(np.log(states[kept]), np.log(amounts[kept]), 1)
    return float(slope), float(offset)


def draw(states: Array, seconds: Array, memory: Array, path: Path) -> None:
    """Save the figure of growth: points as measured, and the fitted lines."""
    panels = small_multiples(2, height=3.2)
    _panel(panels[0], states, seconds, 0.0, "seconds")
    _panel(panels[1], states, memory, VISIBLE, "GiB")
    with mpl.rc_context({"svg.hashsalt": "growth"}):
        plt.savefig(path, metadata={"Date": None})
    plt.close()


def _panel(ax: Axes, states: Array, amounts: Array, least: float, label: str) -> None:
    dots, fit = LOOKS["plain"], LOOKS["entropy"]
    seen = amounts > least
    ax.loglog(states[seen], amounts[seen], dots.marker, color=dots.colour)
    slope, offset = line(states, amounts, least)
    along = states[seen & (states >= FROM_STATES)]
    drawn = np.exp(offset) * along**slope
    ax.loglog(along, drawn, color=fit.colour, linestyle=fit.line, label=f"states$^{{{slope:.2f}}}$")
    ax.set(xlabel="states", ylabel=label)
    ax.legend()


def _point(run: dict[str, Any]) -> dict[str, float]:
    return {
        "states": run["states"],
        "seconds": min(run["first"], run["again"]),
        "gib": run["peak"] - run["empty"],
        "peak": run["peak"],
    }
