from itertools import combinations

import numpy as np
from matplotlib.text import Text

from rl_landscapes.plots import LOOKS, direct_labels
from rl_landscapes.plots.labels import spread
from rl_landscapes.plots.style import CARD, contrast


def test_direct_labels_do_not_overlap_and_keep_their_order(ax):
    for height in (0.0, 0.01, 0.02, 0.5):
        ax.plot([0, 1], [0, height], label=f"ends at {height}")
    ax.plot([0, 1], [0.3, 0.3])
    assert direct_labels(ax) is ax
    ax.figure.draw_without_rendering()
    texts = sorted(ax.texts, key=lambda text: text.get_text())
    boxes = [Text.get_window_extent(text) for text in texts]  # of an annotation: without its arrow
    assert not any(first.overlaps(second) for first, second in combinations(boxes, 2))
    assert [box.y0 for box in boxes] == sorted(box.y0 for box in boxes)
    assert len(boxes) == 4


def test_direct_labels_point_at_the_last_finite_value_and_can_be_read(ax):
    look = LOOKS["poor"]
    ax.plot([0, 1, 2], [1, 2, np.nan], color=look.colour, label="stops")
    (text,) = direct_labels(ax).texts
    assert text.xy == (1, 2)
    assert contrast(text.get_color(), CARD) >= 4.5


def test_direct_labels_of_nothing_are_none(ax):
    ax.plot([0, 1])
    ax.plot([np.nan, np.nan], label="never")
    assert not direct_labels(ax).texts


def test_spread_leaves_what_is_apart_alone(rng):
    centres = np.array([3.0, 0.0, 1.5])
    np.testing.assert_allclose(spread(centres, np.ones(3)), centres)


def test_spread_moves_two_by_half_the_overlap_each():
    np.testing.assert_allclose(spread(np.array([0.2, 0.0]), np.array([1.0, 1.0])), [0.6, -0.4])


def test_spread_respects_sizes(rng):
    sizes = rng.uniform(0.5, 2, 9)
    centres = spread(rng.uniform(0, 3, 9), sizes)
    order = np.argsort(centres)
    gaps = np.diff(centres[order]) - (sizes[order][1:] + sizes[order][:-1]) / 2
    assert gaps.min() > -1e-12
