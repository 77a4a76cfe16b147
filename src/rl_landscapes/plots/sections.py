"""Sections of a page that `plots/widgets` brings to life: text and rounded numbers as JSON in HTML."""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from rl_landscapes.arrays import Array

Choices = Sequence[float] | Sequence[str] | Array
Kind = Literal["surface", "line", "curves", "scatter", "gridworld", "motion", "body", "climb"]

DIGITS = 4
LARGEST = 400_000  # bytes: what one explorer may add to a page
WITHOUT_SCRIPT = "This part moves only with JavaScript. The figure above shows the same data at rest."
FRAME = """\
<section class="explorer" data-explorer="{kind}" aria-label="Explorer: {title}">
<p class="explorer-title"><span class="explorer-badge">Explore</span> {title}</p>
<noscript><p>{without_script}</p></noscript>
<script type="application/json">{data}</script>
</section>"""


@dataclass(frozen=True)
class Section:
    """An explorer: part of a page that moves where the script is, as in the book or by `save_page`."""

    title: str
    data: str

    def __repr__(self) -> str:
        """Name it; its HTML is long."""
        return f"Explorer: {self.title}"

    def _repr_html_(self) -> str:
        return self.data


def common(
    title: str, slider_label: str, settings: Choices, description: str, initial: int
) -> dict[str, Any]:
    """Return what every explorer is given: its texts, and what its slider runs over.

    Raises
    ------
    ValueError
        If the description is too short to stand for the drawing, or `initial` is no index of a setting.
    """
    if len(description) < 20:
        raise ValueError(f"description must say, in 20 letters or more, what is drawn, got {description!r}")
    if not 0 <= initial < len(settings):
        raise ValueError(f"initial must be the index of one of {len(settings)} settings, got {initial}")
    names = [name if isinstance(name, str) else float(name) for name in settings]
    texts = {"title": title, "slider_label": slider_label, "description": description}
    return {**texts, "settings": names, "initial": initial}


def section(
    kind: Kind,
    texts: Mapping[str, Any],
    *,
    largest: int = LARGEST,
    without_script: str = WITHOUT_SCRIPT,
    **data: Any,
) -> Section:
    """Return the HTML of an explorer; `without_script` is what it says where no script runs.

    Raises
    ------
    ValueError
        If it would add more than `largest` bytes to the page.
    """
    text = json.dumps({**texts, **data}, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if (size := len(text.encode())) > largest:
        advice = f"pass fewer settings or points, for at most {largest // 1000} kB"
        raise ValueError(f"values would add {size // 1000} kB to the page: {advice}")
    title, told, safe = html.escape(texts["title"]), html.escape(without_script), text.replace("<", "\\u003c")
    return Section(texts["title"], FRAME.format(kind=kind, title=title, without_script=told, data=safe))


def rounded(values: Array) -> Any:
    """Nested lists of numbers to DIGITS significant digits; None where the value is not finite."""
    if values.ndim:
        return [rounded(row) for row in values]
    number = float(f"{values:.{DIGITS}g}")
    if not np.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 1e9 else number


def colours_of(colormap: str) -> list[str]:
    """Return 24 colours of a Matplotlib colour map, from low to high."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colour) for colour in colormaps[colormap](np.linspace(0, 1, 24))]
