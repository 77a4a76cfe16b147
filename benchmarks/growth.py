"""How time and memory grow with the world, from a hundred states to a million."""

from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from benchmarks.child import Failed, in_child
from benchmarks.row import Row
from rl_landscapes.arrays import Array
from rl_landscapes.plots.style import LOOKS, small_multiples

FIGURE = Path(__file__).with_name("growth.svg")
SIZES = (10, 18, 32, 56, 100, 178, 316, 562, 1000)
LARGEST_EXPONENT = 1.3
FROM_STATES = 1000


def rows() -> Iterator[Row]:
    """Fit time and memory, s^exponent, from a thousand states on; draw them."""
    names = [f"growth of {what} with states, exponent from {FROM_STATES:,} on" for what in ("time", "memory")]
    try:
        runs = [in_child("benchmarks.scale", size, "ours") for size in SIZES]
    except Failed as failed:
        for name in names:
            yield Row(name, "exponent", None, LARGEST_EXPONENT, "the limit", 1.0, f"not measured: {failed}")
        return
    states = np.array([run["states"] for run in runs], dtype=np.float64)
    seconds = np.array([min(run["first"], run["again"]) for run in runs])
    memory = np.array([run["peak"] - run["empty"] for run in runs])
    exponents = [exponent(states, seconds), exponent(states, memory)]
    draw(states, seconds, memory, exponents)
    for name, slope in zip(names, exponents, strict=True):
        note = f"slope through log-log points up to {int(states[-1]):,} states, growth.svg"
        yield Row(name, "exponent", slope, LARGEST_EXPONENT, "the limit", 1.0, note)


def exponent(states: Array, amounts: Array) -> float:
    """Return the slope of log amount over log states, from FROM_STATES on."""
    kept = states >= FROM_STATES
    return float(np.polyfit(np.log(states[kept]), np.log(amounts[kept]), 1)[0])


def draw(states: Array, seconds: Array, memory: Array, exponents: list[float], path: Path = FIGURE) -> None:
    """Save the figure of growth: points as measured, and the fitted lines."""
    panels = small_multiples(2, height=3.2)
    _panel(panels[0], states, seconds, exponents[0], "seconds")
    _panel(panels[1], states, memory, exponents[1], "GiB above the empty process")
    with mpl.rc_context({"svg.hashsalt": "growth"}):
        panels[0].get_figure(root=True).savefig(path, metadata={"Date": None})


def _panel(ax: Axes, states: Array, amounts: Array, slope: float, label: str) -> None:
    kept, points, line = states >= FROM_STATES, LOOKS["plain"], LOOKS["entropy"]
    level = np.exp(np.mean(np.log(amounts[kept]) - slope * np.log(states[kept])))
    ax.loglog(states, amounts, points.marker, color=points.colour)
    fitted = level * states[kept] ** slope
    ax.loglog(states[kept], fitted, color=line.colour, linestyle=line.line, label=f"states$^{{{slope:.2f}}}$")
    ax.set(xlabel="states", ylabel=label)
    ax.legend()
