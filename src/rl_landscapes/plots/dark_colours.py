"""Colours for a dark page: partners of the palette, other colours turned over, and what can be read."""

from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.colors import Colormap, ListedColormap, to_hex, to_rgb, to_rgba

from rl_landscapes.arrays import Array
from rl_landscapes.plots.style import CARD, GRID, INK, LOOKS, MUTED, WALL, contrast

DARK_CARD = "#14181E"
DARK_INK = "#E8E6E1"
DARK = {
    CARD: DARK_CARD,
    INK: DARK_INK,
    MUTED: "#A9A49B",
    GRID: "#363C46",
    WALL: "#4A505B",
    LOOKS["plain"].colour: "#6DB6FF",
    LOOKS["entropy"].colour: "#FF9C66",
    LOOKS["optimal"].colour: "#4FC9A4",
    LOOKS["poor"].colour: "#E59CC6",
    LOOKS["sampled"].colour: "#E3B23C",
}
WHITE = 0.95  # perceived lightness from which on a colour is a white slab on a dark page
READABLE = 4.5  # contrast of a text with its ground. WCAG 2.2, 1.4.3
# Ottosson (2020), A perceptual color space for image processing: linear RGB to cone responses, and on to Lab.
_TO_CONES = np.array(
    [
        [0.41222147, 0.53633254, 0.05144599],
        [0.2119035, 0.6806995, 0.107397],
        [0.0883025, 0.2817188, 0.6299787],
    ]
)
_TO_LAB = np.array(
    [
        [0.21045426, 0.79361778, -0.00407205],
        [1.97799850, -2.42859221, 0.45059371],
        [0.02590404, 0.78277177, -0.80867577],
    ]
)


@lru_cache(maxsize=4096)
def dark_colour(colour: Any) -> tuple[float, float, float]:
    """Return the colour, as red, green and blue, that stands on a dark page for `colour` on a light one.

    Those of the palette have partners; of any other, the perceived lightness is turned over.
    """
    partner = DARK.get(to_hex(colour).upper())
    return to_rgb(partner) if partner else _turned(np.array(to_rgb(colour)))


def dark_map(cmap: Colormap) -> Colormap | None:
    """Return the map for a dark page of one that fades to white, None of one that keeps its colours."""
    rgb = np.asarray(cmap(np.linspace(0, 1, 256)))[:, :3]
    if max(_lab(each)[0] for each in rgb) < WHITE:
        return None
    ends = {"under": cmap.get_under(), "over": cmap.get_over(), "bad": cmap.get_bad()}
    return ListedColormap([_turned(each) for each in rgb], f"{cmap.name} at night").with_extremes(
        **{name: tinted(colour) for name, colour in ends.items()}
    )


def _turned(rgb: Array) -> tuple[float, float, float]:
    """Turn the lightness over so that CARD and INK become nearly their partners; keep the hue."""
    lab = _lab(rgb)
    lab[0] = np.clip(1.134 - 0.937 * lab[0], 0, 1)
    linear = np.clip(np.linalg.solve(_TO_CONES, np.linalg.solve(_TO_LAB, lab) ** 3), 0, 1)
    turned = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (float(part) for part in np.clip(turned, 0, 1))
    return red, green, blue


def _lab(rgb: Array) -> Array:
    """Return perceived lightness, from 0 to 1, and the two axes of hue."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(_TO_LAB @ np.cbrt(_TO_CONES @ linear))


def readable_on(colour: Array, grounds: Array) -> Array:
    """Shift a colour (3,) to light or dark until a text in it is read on `grounds` (K, 3), or nearly."""
    ends = np.array([to_rgb(DARK_INK), to_rgb(DARK_CARD)])
    shades = [(1 - w) * colour + w * end for w in np.linspace(0, 1, 21) for end in ends]
    found = next((shade for shade in shades if _least(shade, grounds) >= READABLE), None)
    return max(shades, key=lambda shade: _least(shade, grounds)) if found is None else found


def _least(colour: Array, grounds: Array) -> float:
    return min((contrast(tuple(colour), tuple(ground)) for ground in grounds), default=np.inf)


def tinted(colour: Any) -> Any:
    """Return the partner of a colour with its opacity; None stays None."""
    if colour is None:
        return None
    rgba = to_rgba(colour)
    return (*dark_colour(rgba[:3]), rgba[3])


def tinted_all(colours: Any) -> Any:
    """Return the partners of rows of colours."""
    rows = np.asarray(colours, dtype=float)
    return np.array([tinted(row) for row in rows.tolist()]) if rows.size else colours
