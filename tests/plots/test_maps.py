from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from rl_landscapes.plots import draw_heatmap, interval_text
from rl_landscapes.statistics import binomial_interval

ROWS, COLUMNS = [0.02, 0.1], [0, 0.01, 1.0]
VALUES = np.array([[0.0, 0.1, 0.2], [0.3, 0.4, 1.0]])


def test_cells_are_the_values_with_the_first_row_at_the_bottom(ax):
    draw_heatmap(ROWS, COLUMNS, VALUES, ax=ax, names=("step", "tau"))
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), VALUES)
    assert ax.get_ylim() == (-0.5, 1.5)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0.02", "0.1"]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0", "0.01", "1"]
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("step", "tau")


def test_nan_is_blank_and_not_zero(ax):
    values = VALUES.copy()
    values[0, 0] = np.nan
    draw_heatmap(ROWS, COLUMNS, values, ax=ax, annotations=np.full((2, 3), "x"))
    (image,) = ax.images
    assert image.get_array().mask.tolist() == [[True, False, False], [False, False, False]]
    assert image.get_clim()[0] == 0.1
    assert len(ax.texts) == 5


def test_annotations_stand_in_their_cells(ax):
    texts = np.array([["a", "b", "c"], ["d", "e", "f"]])
    draw_heatmap(ROWS, COLUMNS, VALUES, ax=ax, annotations=texts)
    assert {text.get_text(): text.get_position() for text in ax.texts} == {
        "a": (0, 0),
        "b": (1, 0),
        "c": (2, 0),
        "d": (0, 1),
        "e": (1, 1),
        "f": (2, 1),
    }


def test_annotations_are_light_on_dark_and_dark_on_light(ax):
    draw_heatmap(ROWS, COLUMNS, VALUES, ax=ax, annotations=VALUES)
    assert ax.texts[0].get_color() != ax.texts[-1].get_color()


def test_limits_and_percent_are_those_of_the_colour_scale(ax):
    draw_heatmap(ROWS, COLUMNS, VALUES, ax=ax, limits=(0, 2), percent=True, label="fail")
    bar = ax.figure.axes[1]
    ax.figure.draw_without_rendering()
    assert ax.images[0].get_clim() == (0, 2)
    assert bar.get_ylabel() == "fail"
    assert "200%" in [tick.get_text() for tick in bar.get_yticklabels()]


def test_outline_runs_around_the_chosen_cells(ax):
    chosen = np.array([[False, False, True], [False, True, True]])
    draw_heatmap(ROWS, COLUMNS, VALUES, ax=ax, outlined=chosen)
    lines = [artist for artist in ax.collections if isinstance(artist, LineCollection)][-1]
    edges = {tuple(sorted(map(tuple, segment.tolist()))) for segment in lines.get_segments()}
    assert edges == {
        ((1.5, -0.5), (2.5, -0.5)),
        ((1.5, -0.5), (1.5, 0.5)),
        ((0.5, 0.5), (1.5, 0.5)),
        ((0.5, 0.5), (0.5, 1.5)),
        ((0.5, 1.5), (1.5, 1.5)),
        ((1.5, 1.5), (2.5, 1.5)),
        ((2.5, 0.5), (2.5, 1.5)),
        ((2.5, -0.5), (2.5, 0.5)),
    }


@pytest.mark.parametrize("name", ["annotations", "outlined"])
def test_disagreeing_shapes_are_refused(ax, name):
    with pytest.raises(ValueError, match=rf"{name} must have shape \(2, 3\), got \(3, 2\)"):
        draw_heatmap(ROWS, COLUMNS, VALUES, ax=ax, **{name: np.ones((3, 2))})


def test_values_must_fit_rows_and_columns(ax):
    with pytest.raises(ValueError, match=r"values must have shape \(2, 3\), got \(3, 2\)"):
        draw_heatmap(ROWS, COLUMNS, VALUES.T, ax=ax)


def test_interval_text_has_the_share_above_its_limits():
    interval = binomial_interval(8, 40)
    texts = interval_text([[interval, binomial_interval(0, 400)]])
    assert texts.shape == (1, 2)
    assert texts[0, 0] == f"20%\n{round(100 * interval.low)}\N{EN DASH}{round(100 * interval.high)}"
    assert texts[0, 1] == "0%\n0\N{EN DASH}1"


def test_interval_text_of_an_unknown_share_is_empty():
    unknown = SimpleNamespace(estimate=np.nan, low=np.nan, high=np.nan)
    assert interval_text([[unknown]])[0, 0] == ""
