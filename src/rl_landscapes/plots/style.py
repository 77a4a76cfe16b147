"""Colours, looks and sizes: figures that read on a phone, on a dark page, and without red or green."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import PercentFormatter

from rl_landscapes.arrays import Array, at_least

LineStyle = str | tuple[float, tuple[float, ...]]

WIDTH = 6.4  # inches
FONT = 13  # points: near 10 pixels when a figure of WIDTH is shrunk to a screen 375 pixels wide
SMALL = 12
LETTER, LINE = 0.1, 0.22  # inches: of a label, how wide a letter is and how high a line
BAR = 0.85  # inches: a colour scale and its numbers

CARD = "#FCFBF8"
INK = "#1B1B1B"
MUTED = "#5E5A53"
GRID = "#E2DED6"
WALL = "#D3CEC4"

SEQUENTIAL = "viridis"
COUNTS = "cividis"
DIVERGING = "PuOr"


@dataclass(frozen=True)
class Look:
    """How one series is told apart: by colour, and by line style and marker for eyes that miss the colour."""

    colour: str
    line: LineStyle
    marker: str


# Okabe and Ito (2008), darkened until each stands out from the card, and from the others to any eye.
LOOKS = {
    "plain": Look("#0068B5", "-", "o"),
    "entropy": Look("#AA3C00", (0, (5, 2)), "^"),
    "optimal": Look("#007A5A", (0, (6, 2, 1, 2)), "s"),
    "poor": Look("#CB72A4", (0, (1.2, 1.6)), "v"),
    "sampled": Look("#C28000", (0, (6, 1.5, 1, 1.5, 1, 1.5)), "D"),
    "exact": Look(INK, (0, (2.5, 1.5)), "X"),
}

PALETTE = {name: look.colour for name, look in LOOKS.items()} | {
    "card": CARD,
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "wall": WALL,
}

STYLE: dict[Any, Any] = {
    "figure.facecolor": CARD,
    "figure.figsize": (WIDTH, 4.0),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "savefig.facecolor": CARD,
    "savefig.transparent": False,
    "axes.facecolor": CARD,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.formatter.limits": (-3, 5),
    "axes.formatter.use_mathtext": True,
    "axes.labelsize": FONT,
    "axes.titlesize": FONT,
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(
        color=[look.colour for look in LOOKS.values()], linestyle=[look.line for look in LOOKS.values()]
    ),
    "font.size": FONT,
    "text.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.fontsize": SMALL,
    "legend.frameon": True,
    "legend.facecolor": CARD,
    "legend.edgecolor": GRID,
    "lines.linewidth": 2.0,
}


def use_style() -> None:
    """Draw all that follows in the book's style; for one figure, `with matplotlib.rc_context(STYLE):`.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> from rl_landscapes import plots
    >>> with mpl.rc_context():  # without this it holds for all figures that follow
    ...     plots.use_style()
    """
    mpl.rcParams.update(STYLE)


def axes_or_new(ax: Axes | None, *, height: float = 4.0, width: float = WIDTH) -> Axes:
    """Return `ax`, or the only Axes of a new figure of `width` by `height` inches in the book's style."""
    return ax if ax is not None else small_multiples(1, columns=1, height=height, width=width)[0]


def small_multiples(
    n: int, *, columns: int = 2, height: float = 3.0, width: float = WIDTH, share: bool = False
) -> list[Axes]:
    """Return `n` Axes of a new figure, row by row, each `height` inches high; `share` joins their limits.

    Examples
    --------
    >>> from rl_landscapes import plots, worlds
    >>> for ax, size in zip(plots.small_multiples(2), (5, 7), strict=True):
    ...     _ = plots.draw_world(worlds.paper_gridworld(size), ax=ax)
    """
    n, columns = at_least("n", n, 1), at_least("columns", columns, 1)
    rows, columns = -(-n // columns), min(n, columns)
    with _styled():
        _, grid = plt.subplots(
            rows, columns, figsize=(width, height * rows), squeeze=False, sharex=share, sharey=share
        )
    for ax in grid.flat[n:]:
        ax.remove()
    return [_dressed(ax) for ax in grid.flat[:n]]


def mosaic(layout: list[Any], *, height: float, width: float = WIDTH) -> list[Axes]:
    """Return the Axes of one new figure laid out as the rows of `layout` name them, in that order."""
    with _styled():
        _, axes = plt.subplot_mosaic(layout, figsize=(width, height))
    return [_dressed(ax) for ax in axes.values()]


@contextmanager
def _styled() -> Iterator[None]:
    """Set and restore the keys of STYLE alone: `rc_context` would also undo a notebook's interactive mode."""
    before = {key: mpl.rcParams[key] for key in STYLE}
    mpl.rcParams.update(STYLE)
    try:
        yield
    finally:
        mpl.rcParams.update(before)


def _dressed(ax: Axes) -> Axes:
    """Fix what is otherwise decided when a tick is made, perhaps outside the style."""
    ax.tick_params(labelsize=SMALL, color=MUTED, labelcolor=INK)
    return ax


def add_colorbar(mappable: ScalarMappable, ax: Axes, label: str, *, percent: bool = False) -> None:
    """Put a slim colour scale beside `ax`, all of it in the room that `ax` had."""
    ticks = PercentFormatter(1, 0) if percent else None
    width, height = inches(ax)
    lines = wrap(label, max(10, int(height / LETTER))) or [""]
    room = 0.05
    if ax.figure.canvas.figure.get_layout_engine() is None:  # nobody else keeps the label off a neighbour
        room = min(0.5, (BAR + LINE * len(lines)) / width)
    bar = ax.figure.colorbar(mappable, ax=ax, fraction=room, pad=0.03, format=ticks)
    bar.ax.set_facecolor(CARD)
    bar.set_label("\n".join(lines), size=FONT)
    bar.ax.tick_params(labelsize=SMALL, color=MUTED, labelcolor=INK)
    bar.outline.set_visible(False)


def inches(ax: Axes) -> tuple[float, float]:
    """Return width and height of `ax` as it lies now; a layout may still move its sides a little."""
    dpi = ax.figure.canvas.figure.dpi
    return float(ax.bbox.width / dpi), float(ax.bbox.height / dpi)


def look_for(ax: Axes, look: Look | None) -> Look:
    """Return `look`, or the first of LOOKS whose colour `ax` does not show yet."""
    if look is not None:
        return look
    used = set(_colours(ax))
    return next((free for free in LOOKS.values() if free.colour.lower() not in used), LOOKS["plain"])


def ink_on(colour: Any) -> str:
    """Return black or white, whichever is the easier to read on `colour`: its contrast is 4.58 at least."""
    return max(("#000000", "#FFFFFF"), key=lambda text: contrast(text, colour))


def readable(colour: str) -> str:
    """Return `colour`, darkened until text in it has a contrast of at least 4.5 with the card."""
    shades = (
        to_hex((1 - w) * np.array(to_rgb(colour)) + w * np.array(to_rgb(INK))) for w in np.linspace(0, 1, 21)
    )
    return next(shade for shade in shades if contrast(shade, CARD) >= 4.5)


def contrast(first: Any, second: Any) -> float:
    """Contrast of two colours, 1 to 21. WCAG 2.2, relative luminance."""
    dark, light = sorted([_luminance(first), _luminance(second)])
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Any) -> float:
    rgb: Array = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _colours(ax: Axes) -> Iterator[str]:
    shown: list[Any] = [line.get_color() for line in ax.get_lines()]
    shown += [colour for collection in ax.collections for colour in collection.get_facecolor()[:1]]
    shown += [patch.get_edgecolor() for patch in ax.patches] + [patch.get_facecolor() for patch in ax.patches]
    return (to_hex(colour) for colour in shown)
