"""Dark pictures: other colours but for what a colour map painted, and texts that are measured."""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from rl_landscapes.plots import LOOKS, PALETTE, draw_heatmap, draw_values
from rl_landscapes.plots.dark import PAINTED, draw_picture, load_ipython_extension
from rl_landscapes.plots.dark_colours import DARK, DARK_CARD, DARK_INK, READABLE, dark_colour
from rl_landscapes.plots.style import CARD, INK, axes_or_new, contrast

SEEN = 3.0  # contrast of a line with its ground. WCAG 2.2, 1.4.11


def pixels(picture):
    return np.round(plt.imread(BytesIO(picture.png))[..., :3] * 255).astype(int)


def has(picture, colour):
    """Is there a pixel of this colour?"""
    return bool((np.abs(pixels(picture) - np.round(np.array(to_rgb(colour)) * 255)).max(axis=2) <= 1).any())


def test_every_colour_of_the_palette_has_a_partner_that_stands_out():
    assert set(DARK) == {colour.upper() for colour in PALETTE.values()}
    series = [DARK[look.colour] for look in LOOKS.values()]
    assert min(contrast(colour, DARK_CARD) for colour in series) >= SEEN
    assert contrast(DARK_INK, DARK_CARD) >= 7


@pytest.mark.parametrize(("light", "dark"), [(CARD, DARK_CARD), (INK, DARK_INK)])
def test_other_colours_are_turned_over_between_card_and_ink(light, dark):
    beside = tuple(np.clip(np.array(to_rgb(light)) + 1e-3, 0, 1))
    assert to_hex(beside).upper() == light  # no partner is found by chance
    assert np.abs(np.array(dark_colour((0.5, 0.5, 0.5))) - 0.5).max() < 0.15
    off = tuple(np.clip(np.array(to_rgb(light)) + 5e-3, 0, 1))
    assert np.abs(np.array(dark_colour(off)) - to_rgb(dark)).max() < 0.06


def test_lighter_becomes_darker_and_hues_are_kept():
    greys = [sum(dark_colour((g, g, g))) for g in np.linspace(0, 1, 11)]
    assert (np.diff(greys) < 0).all()
    red, green, blue = dark_colour((0.6, 0.2, 0.2))
    assert red > max(green, blue)


def test_background_lines_and_letters_change():
    ax = axes_or_new(None)
    ax.plot([0, 1], [0, 1], color=LOOKS["plain"].colour, linewidth=9)
    light, dark = draw_picture(ax.figure, dark=False), draw_picture(ax.figure, dark=True)
    assert has(light, CARD)
    assert has(light, LOOKS["plain"].colour)
    assert has(dark, DARK_CARD)
    assert has(dark, DARK[LOOKS["plain"].colour])
    assert not has(dark, LOOKS["plain"].colour)


def test_paint_and_what_is_written_on_it_stay():
    ax = draw_heatmap(["a"], ["b", "c"], [[0.0, 1.0]], annotations=[["low", "high"]], colorbar=False)
    light, dark = draw_picture(ax.figure, dark=False), draw_picture(ax.figure, dark=True)
    cells = [to_hex(plt.get_cmap("cividis")(value)) for value in (0.0, 1.0)]
    assert all(has(picture, cell) for picture in (light, dark) for cell in cells)
    on_cells = [[t.contrast for t in p.texts if t.text in ("low", "high")] for p in (light, dark)]
    assert on_cells[0] == pytest.approx(on_cells[1])
    assert min(on_cells[0]) >= READABLE


@pytest.mark.parametrize("name", ["Blues", "Blues_r", "PuOr", "RdBu"])
def test_a_map_that_fades_to_white_fades_to_the_dark_page_and_its_numbers_are_read(name):
    ax = draw_heatmap("abc", "wxyz", np.linspace(-1, 1, 12).reshape(3, 4), cmap=name)
    light, dark = draw_picture(ax.figure, dark=False), draw_picture(ax.figure, dark=True)
    assert (pixels(light).min(axis=2) > 240).any()
    assert (pixels(dark).min(axis=2) > 240).mean() < 0.02  # but for letters
    assert dark.faintest >= READABLE
    assert ax.images[0].get_cmap().name == name


@pytest.mark.parametrize("name", ["viridis", "cividis", "plasma"])
def test_maps_that_fade_to_no_white_keep_their_colours(name):
    ax = draw_heatmap("abc", "wxyz", np.linspace(0, 1, 12).reshape(3, 4), cmap=name)
    assert has(draw_picture(ax.figure, dark=True), plt.get_cmap(name)(1.0)[:3])


def test_a_wall_among_painted_cells_is_no_paint(world):
    ax = draw_values(world, np.arange(6.0), colorbar=False)
    assert has(draw_picture(ax.figure, dark=False), PALETTE["wall"])
    assert not has(draw_picture(ax.figure, dark=True), PALETTE["wall"])


def test_a_light_picture_is_what_matplotlib_draws(world):
    one, other = (draw_values(world, np.arange(6.0)).figure for _ in range(2))
    file = BytesIO()
    one.savefig(file, format="png", bbox_inches="tight", dpi=one.dpi, facecolor=CARD)
    expected = np.round(plt.imread(BytesIO(file.getvalue()))[..., :3] * 255)
    assert np.array_equal(pixels(draw_picture(other, dark=False)), expected)


def test_the_figure_is_left_as_it_was(world):
    ax = draw_values(world, np.arange(6.0))
    canvas, colour = ax.figure.canvas, ax.get_facecolor()
    draw_picture(ax.figure, dark=True)
    assert ax.figure.canvas is canvas
    assert ax.get_facecolor() == colour
    assert not [artist for artist in ax.findobj() if artist.get_gid() == PAINTED]


def test_size_and_contrast_of_texts_are_noted():
    ax = axes_or_new(None)
    ax.text(0.5, 0.5, "tiny", fontsize=5, color=INK)
    ax.text(0.5, 0.8, "faint", color="#C9C9C9")
    picture = draw_picture(ax.figure, dark=False)
    assert picture.smallest == 5
    faintest = min(picture.texts, key=lambda each: each.contrast)
    assert faintest.text == "faint"
    assert picture.faintest == pytest.approx(contrast("#C9C9C9", CARD), rel=0.05)
    assert draw_picture(ax.figure, dark=True).faintest >= READABLE  # no text is left to be faint there


@pytest.mark.parametrize("name", LOOKS)
def test_what_is_written_on_a_bar_can_be_read_on_it_at_night_too(name):
    ax = axes_or_new(None)
    ax.bar([0], [1], width=1, color=LOOKS[name].colour)
    ax.text(0, 0.5, "123", ha="center", va="center", color="white")
    (written,) = [each for each in draw_picture(ax.figure, dark=True).texts if each.text == "123"]
    assert written.contrast >= READABLE


def test_a_turned_text_is_measured_where_it_stands():
    ax = axes_or_new(None)
    ax.axvspan(0.45, 0.55, color="#202020")
    ax.text(0.5, 0.5, "upright", rotation=90, ha="center", va="center", color=INK)
    upright = next(each for each in draw_picture(ax.figure, dark=False).texts if each.text == "upright")
    assert upright.contrast < 1.5


class Shell:
    """Stands for IPython: keeps what is registered for figures."""

    def __init__(self):
        self.display_formatter = self
        self.formatters = {"image/png": self}
        self.drawn_by = {}

    def for_type(self, kind, function):
        self.drawn_by[kind] = function


def test_a_notebook_keeps_both_pictures(world):
    shell = Shell()
    load_ipython_extension(shell)
    figure = draw_values(world, np.arange(6.0)).figure
    engine = figure.get_layout_engine()
    picture, known = shell.drawn_by[Figure](figure)
    assert figure.get_layout_engine() is engine
    assert picture != known["dark"]
    assert known["smallest_text"] >= 10
    assert min(known["contrast"]) >= READABLE
    assert known["columns"] == 1
    assert shell.drawn_by[Figure](Figure()) is None
