from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.contour import QuadContourSet

from rl_landscapes.objectives.toys import quadratic
from rl_landscapes.plots import draw_plane, draw_trajectory
from rl_landscapes.probes.planes import plane as cut


def filled(ax):
    return next(artist for artist in ax.collections if isinstance(artist, QuadContourSet) and artist.filled)


def height_at(ax, x, y):
    """Lower level of the contour that covers a point; None where nothing is drawn."""
    contours = filled(ax)
    inside = [path.contains_point((x, y)) for path in contours.get_paths()]
    return contours.levels[inside.index(True)] if any(inside) else None


def test_first_direction_is_to_the_right_and_second_upwards(plane, ax):
    draw_plane(plane, ax=ax, levels=[-1.5, -0.5, 0.5, 1.5], names=("gradient", "other"))
    assert height_at(ax, -0.9, 0.0) == -1.5
    assert height_at(ax, 0.9, 0.0) == 0.5
    assert height_at(ax, 0.0, 1.9) == -0.5
    assert (*ax.get_xlim(), *ax.get_ylim()) == (-1, 1, -2, 2)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("gradient", "other")


def test_nan_is_blank_and_not_zero(plane, ax):
    plane.mean[2:5, 3:6] = np.nan
    draw_plane(plane, ax=ax, levels=[-1.5, -0.5, 0.5, 1.5])
    assert height_at(ax, 0.0, 0.0) is None
    assert height_at(ax, -0.9, 0.0) == -1.5


def test_infinite_cost_is_blank_and_leaves_the_levels_alone(plane, ax):
    plane.mean[2:5, 3:6] = -np.inf
    draw_plane(plane, ax=ax, levels=4)
    assert height_at(ax, 0.0, 0.0) is None
    assert np.isfinite(filled(ax).levels).all()
    assert filled(ax).levels.min() > -3


def test_trajectory_goes_from_an_open_circle_to_a_star_where_the_data_end(plane, ax, rng):
    path = rng.uniform(-1, 1, size=(20, 2))
    draw_plane(plane, ax=ax, trajectory=path)
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), path)
    start, end = ax.collections[-2:]
    np.testing.assert_array_equal(start.get_offsets(), path[:1])
    np.testing.assert_array_equal(end.get_offsets(), path[-1:])
    assert [(text.get_text(), tuple(text.xy)) for text in ax.texts] == [
        ("start", tuple(path[0])),
        ("end", tuple(path[-1])),
    ]
    assert len(end.get_paths()[0].vertices) != len(start.get_paths()[0].vertices)


def test_several_trajectories_are_told_apart_and_named_where_they_end(plane, ax, rng):
    paths = {name: rng.uniform(-1, 1, size=(9, 2)) for name in ("plain", "annealed", "third")}
    draw_plane(plane, ax=ax, trajectory=paths)
    for line, path in zip(ax.lines, paths.values(), strict=True):
        np.testing.assert_array_equal(line.get_xydata(), path)
    assert len({line.get_color() for line in ax.lines}) == 3
    assert [(text.get_text(), tuple(text.xy)) for text in ax.texts] == [
        (name, tuple(path[-1])) for name, path in paths.items()
    ]


def test_more_trajectories_than_looks_are_drawn(plane, ax):
    draw_plane(plane, ax=ax, trajectory={f"run {k}": np.eye(2) for k in range(9)})
    assert len(ax.lines) == 9


def test_trajectory_of_one_point_is_drawn(ax):
    draw_trajectory([[1.0, 2.0]], ax=ax)
    np.testing.assert_array_equal(ax.collections[-1].get_offsets(), [[1, 2]])


@pytest.mark.parametrize("path", [np.zeros((0, 2)), np.zeros((3, 3)), np.zeros(2)])
def test_trajectory_must_be_points_of_the_plane(ax, path):
    with pytest.raises(ValueError, match="trajectory"):
        draw_trajectory(path, ax=ax)


def test_points_are_marked_and_named(plane, ax):
    draw_plane(plane, ax=ax, points={"poor": (0.5, -1.0)})
    np.testing.assert_array_equal(ax.collections[-1].get_offsets(), [[0.5, -1.0]])
    assert ax.texts[0].get_text() == "poor"
    with pytest.raises(ValueError, match=r"points\['poor'\] must have shape \(2,\)"):
        draw_plane(plane, ax=ax, points={"poor": (0.5, -1.0, 2.0)})


def test_names_lie_inside(plane, ax):
    corners = {f"corner {x} {y}": (x, y) for x in (-1, 1) for y in (-2, 2)}
    draw_plane(plane, ax=ax, points=corners, colorbar=False)
    ax.figure.draw_without_rendering()
    box = ax.get_window_extent()
    for text in ax.texts:
        extent = text.get_window_extent()
        assert box.contains(extent.x0, extent.y0)
        assert box.contains(extent.x1, extent.y1)


def test_mean_must_fit_the_positions(plane, ax):
    plane.mean = plane.mean.T
    with pytest.raises(ValueError, match=r"mean must have shape \(7, 9\), got \(9, 7\)"):
        draw_plane(plane, ax=ax)


def test_a_record_of_probes_is_drawn_as_it_is(ax):
    record = cut(quadratic(np.diag([-1.0, -9.0, 0.0])), np.zeros(3), np.eye(3)[0], np.eye(3)[1], n_points=21)
    draw_plane(record, ax=ax, trajectory=record.coordinates(np.array([[0.5, 0.2, 7.0], [0.0, 0.0, 8.0]])))
    assert height_at(ax, 0.9, 0.0) > height_at(ax, 0.0, 0.9)
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[0.5, 0.2], [0, 0]], atol=1e-12)


def test_equal_levels_can_be_shared(plane):
    levels = [-2.0, 0.0, 2.0]
    other = SimpleNamespace(**{**vars(plane), "mean": plane.mean / 2})
    first, second = (draw_plane(one, levels=levels) for one in (plane, other))
    assert list(filled(first).levels) == list(filled(second).levels) == levels
