"""Drawn bodies: every part in its place and width, poses in order, the same scale both ways."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

from rl_landscapes.plots import LOOKS, draw_motion, draw_pose
from rl_landscapes.plots.bodies import draw_moment, drawing_order, limb_colours, outline
from rl_landscapes.plots.style import CARD, WALL
from rl_landscapes.worlds.motion import window


def outlines(ax):
    return [np.array(patch.get_xy())[:-1] for patch in ax.patches if type(patch).__name__ == "Polygon"]


def depth(colour):
    return np.linalg.norm(np.array(to_rgb(colour)) - to_rgb(CARD))


def test_outline_is_one_radius_from_the_piece():
    ends = np.array([[0.0, 1.0], [3.0, 5.0]])
    along = (ends[1] - ends[0]) / 5
    for point in outline(ends, 0.5):
        place = np.clip((point - ends[0]) @ along, 0, 5)
        assert np.linalg.norm(point - ends[0] - place * along) == pytest.approx(0.5)
    assert np.ptp(outline(ends, 0.5) @ along) == pytest.approx(6.0, abs=0.01)


def test_outline_of_a_ball_is_a_circle():
    rim = outline(np.array([[1.0, 2.0], [1.0, 2.0]]), 0.25)
    np.testing.assert_allclose(np.linalg.norm(rim - [1, 2], axis=1), 0.25)


def test_pose_shows_every_part_where_it_is(walker):
    ax = draw_pose(walker, 3)
    shown = [tuple(np.round(rim.mean(axis=0), 6)) for rim in outlines(ax)]
    wanted = [tuple(np.round(walker.ends[3, part].mean(axis=0), 6)) for part in drawing_order(walker)]
    assert shown == wanted
    assert ax.get_aspect() == 1.0
    assert ax.get_xlabel() == "x in metres"


def test_the_near_leg_lies_over_the_far_one_and_over_the_trunk(walker):
    order = drawing_order(walker)
    legs = walker.limbs[order].tolist()
    assert legs == [2, 0, 1]


def test_limbs_have_colours_of_their_own(walker, arm):
    assert limb_colours(walker) == [LOOKS[name].colour for name in ("plain", "entropy", "sampled")]
    assert limb_colours(arm) == [WALL, LOOKS["plain"].colour, LOOKS["optimal"].colour]


def test_limits_hold_all_poses(walker):
    ax = draw_motion(walker, [0, 4, 9])
    points = np.concatenate(outlines(ax))
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left < points[:, 0].min()
    assert points[:, 0].max() < right
    assert low < points[:, 1].min()
    assert points[:, 1].max() < high
    assert low < 0, "the ground is seen"


def test_early_poses_are_faint(walker):
    ax = draw_motion(walker, [0, 4, 9])
    depths = [depth(patch.get_facecolor()) for patch in ax.patches if type(patch).__name__ == "Polygon"]
    trunks = depths[1::3]
    assert trunks == sorted(trunks)
    assert trunks[-1] == pytest.approx(depth(LOOKS["plain"].colour))
    assert trunks[0] < 0.6 * trunks[-1]
    layers = [patch.get_zorder() for patch in ax.patches if type(patch).__name__ == "Polygon"]
    assert layers == sorted(layers)


def test_side_by_side_keeps_shapes_and_heights(walker):
    frames = [0, 4, 9]
    ax = draw_motion(walker, frames, apart=2.0)
    trunks = outlines(ax)[1::3]
    for number, (frame, rim) in enumerate(zip(frames, trunks, strict=True)):
        true = outline(walker.ends[frame, walker.trunk], walker.radii[walker.trunk])
        np.testing.assert_allclose(rim - rim.mean(axis=0), true - true.mean(axis=0), atol=1e-9)
        assert rim[:, 1].mean() == pytest.approx(true[:, 1].mean())
        assert rim[:, 0].mean() == pytest.approx(2.0 * number)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.00", "0.40", "0.90"]
    assert ax.get_xlabel() == "time in seconds"


def test_what_stands_still_is_drawn_once_or_left_out(arm):
    assert (
        len(outlines(draw_motion(arm, [0, 1, 2]))) == 1 + 3 * 3
    )  # wall; link, target and its ring each time
    assert len(outlines(draw_motion(arm, [0, 1, 2], apart=1.0))) == 3 * 3


def test_seen_from_above_there_is_no_ground(arm):
    ax = draw_pose(arm, 0)
    assert not ax.get_lines()
    assert ax.get_ylabel() == "y in metres"


def test_negative_frames_count_from_the_end(walker):
    np.testing.assert_array_equal(outlines(draw_pose(walker, -1))[0], outlines(draw_pose(walker, 9))[0])


@pytest.mark.parametrize("frame", [-1, 0, 5])
def test_moment_shows_the_whole_window(walker, frame):
    ax = plt.figure(figsize=(4, 2)).add_axes((0, 0, 1, 1))
    draw_moment(walker, frame, window([walker]), ax)
    points = np.concatenate(outlines(ax))
    ax.figure.canvas.draw()
    assert (ax.transAxes.inverted().transform(ax.transData.transform(points)) >= 0).all()
    assert (ax.transAxes.inverted().transform(ax.transData.transform(points)) <= 1).all()
    assert ax.texts[0].get_text() == f"{walker.times[frame]:.2f} s"


def test_inputs_are_not_changed(walker):
    kept = replace(walker, centres=walker.centres.copy())
    draw_motion(walker, [0, 5], apart=1.0)
    np.testing.assert_array_equal(walker.centres, kept.centres)


def test_refusals(walker):
    with pytest.raises(ValueError, match="frames must hold at least one moment"):
        draw_motion(walker, [])
    with pytest.raises(ValueError, match="frame must be one of 0 to 9, or negative from the end, got 10"):
        draw_pose(walker, 10)


def test_colours_are_hex(walker):
    assert all(colour == to_hex(colour).upper() for colour in limb_colours(walker))
