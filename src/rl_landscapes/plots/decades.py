"""Axes for numbers of both signs over many decades: linear around zero, logarithmic beyond."""

from math import floor, inf, log10
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import SymmetricalLogLocator

from rl_landscapes.arrays import Array, positive

ROUNDING = 1e-12  # of the largest magnitude: less is zero
SPREAD = 100.0  # largest over median magnitude beyond which a linear axis shows most numbers on zero
DEPTH = 1e-6  # of the largest magnitude: the axis is linear below this, whatever the numbers
TICKS = {"x": 6, "y": 9}
MIDDLE = {"x": 2.0, "y": 1.0}  # decades that either half of the linear part is as long as: labels need room


def scale(ax: Axes, which: Literal["x", "y"], values: Array, linear_below: float | None) -> None:
    """Scale the axis that shows `values`: linear below a magnitude and logarithmic beyond; inf: all linear.

    None finds the magnitude, inf unless most numbers would lie on zero, and names it in the axis's label.
    """
    below = _found(values) if linear_below is None else linear_below
    if below == inf:
        return
    axis = {"x": ax.xaxis, "y": ax.yaxis}[which]
    settings = {"linthresh": positive("linear_below", below), "linscale": MIDDLE[which]}
    {"x": ax.set_xscale, "y": ax.set_yscale}[which]("symlog", **settings)
    locator = SymmetricalLogLocator(base=10, linthresh=below)
    locator.set_params(numticks=TICKS[which])
    axis.set_major_locator(locator)
    if linear_below is None:
        axis.set_label_text(axis.get_label_text() + f"\n(linear below $10^{{{round(log10(below))}}}$)")


def _found(values: Array) -> float:
    sizes = np.abs(values[np.isfinite(values)])
    largest = sizes.max(initial=0.0)
    sizes = sizes[sizes > ROUNDING * largest]
    if sizes.size == 0 or largest <= SPREAD * np.median(sizes):
        return inf
    return float(10.0 ** floor(log10(max(np.quantile(sizes, 0.1), DEPTH * largest))))
