"""Verdicts at a glance: what the marks, the bars and the shade say is what was judged."""

import numpy as np
import pytest

from rl_landscapes.plots import draw_verdict
from rl_landscapes.statistics import Interval
from rl_landscapes.studies.ledger.rules import at_least, inside

SETTINGS = {
    "few": Interval(0.5, 0.2, 0.8, 0.95, 10),
    "none": Interval(0.1, 0.05, 0.15, 0.95, 10),
    "many": Interval(0.9, 0.8, 0.95, 0.95, 10),
}


@pytest.fixture
def ax():
    return draw_verdict(at_least(SETTINGS, 0.6), label="share")


def test_each_setting_has_its_mark_beside_its_name(ax):
    rows = {label.get_text(): label.get_position()[1] for label in ax.get_yticklabels()}
    marks = {text.xy[1]: text.get_text() for text in ax.texts}
    assert {name: marks[row] for name, row in rows.items()} == {"few": "?", "none": "✗", "many": "✓"}


def test_bars_are_the_intervals_from_top_to_bottom(ax):
    bars = [
        line.get_xdata()
        for line in ax.get_lines()
        if len(line.get_xdata()) == 2 and line.get_linestyle() == "-"
    ]
    assert [tuple(bar) for bar in bars] == [(0.2, 0.8), (0.05, 0.15), (0.8, 0.95)]
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_the_shade_is_where_the_claim_holds_cut_to_the_picture():
    for verdict in (at_least(SETTINGS, 0.6), inside(SETTINGS, 0.3, 0.6)):
        ax = draw_verdict(verdict)
        box = ax.patches[0].get_extents().transformed(ax.transData.inverted())
        assert (box.x0, box.x1) == pytest.approx(tuple(np.clip(verdict.needed, *ax.get_xlim())))
