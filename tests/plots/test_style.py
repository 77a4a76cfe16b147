from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb, to_rgba

from rl_landscapes.plots.style import (
    CARD,
    COUNTS,
    DIVERGING,
    LOOKS,
    PALETTE,
    SEQUENTIAL,
    STYLE,
    Look,
    axes_or_new,
    contrast,
    ink_on,
    look_for,
    mosaic,
    readable,
    small_multiples,
    use_style,
)

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISIONS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = XYZ.sum(axis=1)


def seen(colour, vision):
    """CIELAB coordinates of a colour as an eye of that kind sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = XYZ @ np.clip(VISIONS[vision] @ linear, 0, 1) / WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first, second, vision):
    return np.linalg.norm(seen(first, vision) - seen(second, vision))


def test_simulation_reproduces_the_known_confusion():
    # A full eye tells this red from this green; without green receptors blue and yellow are still far apart.
    assert distance("#C04040", "#4F7A3A", "full") > 60
    assert distance("#C04040", "#4F7A3A", "deuteranopia") < 30
    assert distance("#0000FF", "#FFFF00", "deuteranopia") > 100


@pytest.mark.parametrize(
    ("vision", "least"), [("full", 30), ("protanopia", 20), ("deuteranopia", 20), ("tritanopia", 12)]
)
def test_looks_are_told_apart_by_every_eye(vision, least):
    colours = [look.colour for look in LOOKS.values()]
    assert min(distance(a, b, vision) for a, b in combinations(colours, 2)) > least


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", [SEQUENTIAL, COUNTS])
def test_sequential_maps_grow_lighter_for_every_eye(vision, name):
    lightness = [seen(colour, vision)[0] for colour in mpl.colormaps[name](np.linspace(0, 1, 33))]
    assert (np.diff(lightness) > 0).all()


@pytest.mark.parametrize("vision", ["full", "protanopia", "deuteranopia"])
def test_diverging_map_separates_its_sides(vision):
    left, right = mpl.colormaps[DIVERGING](np.linspace(0, 1, 21))[[4, 16]]
    assert distance(left, right, vision) > 40


def test_looks_differ_without_colour():
    assert (
        len({look.line for look in LOOKS.values()})
        == len({look.marker for look in LOOKS.values()})
        == len(LOOKS)
    )


def test_looks_stand_out_from_the_card_and_labels_can_be_read():
    assert min(contrast(look.colour, CARD) for look in LOOKS.values()) >= 3
    assert min(contrast(readable(look.colour), CARD) for look in LOOKS.values()) >= 4.5
    assert contrast(PALETTE["muted"], CARD) >= 4.5


def test_contrast_has_the_published_extremes():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)


def test_readable_leaves_a_dark_colour_alone():
    assert readable("#0068B5") == "#0068b5"


@pytest.mark.parametrize(("background", "least"), [("#000000", 15), ("#FFFFFF", 15), ("#777777", 4)])
def test_ink_on_takes_the_more_readable(background, least):
    assert contrast(ink_on(background), background) >= least


def test_ink_on_can_be_read_on_every_colour_of_the_maps():
    shades = [mpl.colormaps[name](i) for name in ("viridis", "cividis", "PuOr", "Blues") for i in range(256)]
    assert min(contrast(ink_on(shade), shade) for shade in shades) >= 4.5


def test_palette_holds_every_look():
    assert {name: PALETTE[name] for name in LOOKS} == {name: look.colour for name, look in LOOKS.items()}


def test_use_style_sets_an_opaque_card_and_no_small_type():
    with mpl.rc_context():
        use_style()
        figure = plt.figure()
        assert figure.get_facecolor() == to_rgba(CARD)
        assert not mpl.rcParams["savefig.transparent"]
        assert mpl.rcParams["savefig.facecolor"] == CARD
    assert min(value for key, value in STYLE.items() if key.endswith("size") and isinstance(value, int)) >= 10


def test_new_axes_leave_the_callers_settings_alone():
    before = dict(mpl.rcParams)
    axes_or_new(None)
    small_multiples(3)
    assert dict(mpl.rcParams) == before


def test_axes_or_new_makes_one_figure_only_when_asked(ax):
    assert axes_or_new(ax) is ax
    assert len(plt.get_fignums()) == 1
    new = axes_or_new(None, height=3.0, width=5.0)
    assert len(plt.get_fignums()) == 2
    assert tuple(new.figure.get_size_inches()) == (5.0, 3.0)
    assert new.figure.get_facecolor() == new.get_facecolor() == to_rgba(CARD)


def test_small_multiples_come_row_by_row_and_no_more_than_asked():
    axes = small_multiples(5, columns=3, height=2.0)
    assert len(axes) == len(axes[0].figure.axes) == 5
    places = [(ax.get_subplotspec().rowspan.start, ax.get_subplotspec().colspan.start) for ax in axes]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert axes[0].figure.get_size_inches()[1] == 4.0


def test_small_multiples_share_limits_when_asked():
    first, second = small_multiples(2, share=True)
    first.set_xlim(3, 4)
    assert second.get_xlim() == (3, 4)


@pytest.mark.parametrize("arguments", [{"n": 0}, {"n": 2, "columns": 0}, {"n": 1.5}])
def test_small_multiples_refuse_no_axes(arguments):
    with pytest.raises(ValueError, match="at least 1"):
        small_multiples(arguments.pop("n"), **arguments)


def test_mosaic_follows_its_layout():
    wide, left, right = mosaic([["wide", "wide"], ["left", "right"]], height=3.0)
    assert wide.get_subplotspec().colspan.stop == 2
    assert left.get_subplotspec().colspan.start == 0
    assert right.get_subplotspec().colspan.start == 1


def test_look_for_takes_the_first_free_look(ax):
    names = list(LOOKS)
    assert look_for(ax, None) == LOOKS[names[0]]
    ax.plot([0, 1], color=LOOKS[names[0]].colour)
    ax.scatter([0], [1], c=LOOKS[names[1]].colour, alpha=0.5)
    ax.stairs([1], [0, 1], color=LOOKS[names[2]].colour)
    assert look_for(ax, None) == LOOKS[names[3]]


def test_look_for_keeps_a_look_it_is_given(ax):
    mine = Look("#123456", "-", "o")
    ax.plot([0, 1], color="#123456")
    assert look_for(ax, mine) is mine


def test_look_for_starts_again_when_all_are_taken(ax):
    for look in LOOKS.values():
        ax.plot([0, 1], color=look.colour)
    assert look_for(ax, None).colour == to_hex(LOOKS["plain"].colour).upper()
