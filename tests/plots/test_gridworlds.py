import numpy as np
import pytest
from matplotlib.colors import LogNorm, to_rgba
from matplotlib.patches import Rectangle
from matplotlib.quiver import Quiver

from rl_landscapes.plots import draw_occupancy, draw_policy, draw_values, draw_world
from rl_landscapes.worlds import DOWN, LEFT, RIGHT, UP, paper_gridworld


def arrows(ax):
    (quiver,) = [artist for artist in ax.collections if isinstance(artist, Quiver)]
    return quiver.get_offsets(), np.stack([quiver.U, quiver.V], axis=1), quiver.get_facecolor()


def walls(ax):
    return sorted(
        (patch.get_x() + 0.5, patch.get_y() + 0.5) for patch in ax.patches if isinstance(patch, Rectangle)
    )


def image(ax):
    (drawn,) = ax.images
    return drawn.get_array()


def sure(world, action):
    return np.tile(np.eye(4)[action], (world.mdp.n_states, 1))


def test_rows_grow_downwards_and_cells_are_square(world, ax):
    draw_world(world, ax=ax)
    assert ax.get_ylim() == (1.5, -0.5)
    assert ax.get_xlim() == (-0.5, 2.5)
    assert ax.get_aspect() == 1


def test_walls_stand_where_the_map_has_them(world, ax):
    draw_world(world, ax=ax)
    assert walls(ax) == [(1.0, 0.0)]


def test_symbols_stand_inside_their_cells(world, ax):
    draw_world(world, ax=ax, names={"G": "+1"})
    cells = {text.get_text(): tuple(np.round(text.get_position()).astype(int)) for text in ax.texts}
    assert cells == {"S": (0, 0), "+1": (2, 1)}


@pytest.mark.parametrize(
    ("action", "step"), [(LEFT, (-1, 0)), (RIGHT, (1, 0)), (UP, (0, -1)), (DOWN, (0, 1))]
)
def test_an_arrow_points_to_where_the_action_leads(ax, action, step):
    world = paper_gridworld()
    draw_policy(world, sure(world, action), ax=ax)
    offsets, directions, _ = arrows(ax)
    middle = np.flatnonzero((offsets == [2, 2]).all(axis=1))[0]
    state = world.state_at(2, 2)
    reached = int(np.argmax(np.asarray(world.mdp.to_dense().transitions)[state, action]))
    row, col = world.cells[reached]
    assert tuple(np.sign(directions[middle])) == step == (col - 2, row - 2)


def test_an_arrow_points_down_the_page_for_down(ax):
    world = paper_gridworld()
    draw_policy(world, sure(world, DOWN), ax=ax)
    (offset, *_), (direction, *_), _ = arrows(ax)
    start, end = ax.transData.transform([offset, offset + direction])
    assert end[1] < start[1]
    assert end[0] == pytest.approx(start[0])


def test_arrows_are_as_long_and_as_opaque_as_the_action_is_probable(world, ax):
    probs = np.tile([0.5, 0.25, 0.25, 0.0], (world.mdp.n_states, 1))
    draw_policy(world, probs, ax=ax)
    offsets, directions, colours = arrows(ax)
    assert len(offsets) == 3 * len(world.cells)
    lengths = np.linalg.norm(directions, axis=1)
    towards_left = directions[:, 0] < 0
    np.testing.assert_allclose(lengths[towards_left], 2 * lengths[~towards_left][0])
    assert colours[towards_left, 3].min() > colours[~towards_left, 3].max()
    assert lengths.max() < 0.5


def test_improbable_arrows_and_the_absorbing_state_are_left_out(world, ax):
    probs = np.tile([0.985, 0.015, 0.0, 0.0], (world.mdp.n_states, 1))
    draw_policy(world, probs, ax=ax)
    assert sorted(map(tuple, arrows(ax)[0])) == sorted((col, row) for row, col in world.cells.tolist())


def test_policy_must_have_four_actions_in_every_state(world, ax):
    with pytest.raises(ValueError, match=r"probs must have shape \(6, 4\), got \(5, 4\)"):
        draw_policy(world, np.full((5, 4), 0.25), ax=ax)


def test_values_lie_on_their_cells_and_walls_are_blank(world, ax):
    draw_values(world, np.arange(6.0), ax=ax)
    shown = image(ax)
    assert shown.mask.tolist() == [[False, True, False], [False, False, False]]
    assert shown.filled(-1).tolist() == [[0, -1, 1], [2, 3, 4]]


def test_nan_is_blank_and_not_zero(world, ax):
    draw_values(world, [0, 1, np.nan, 3, 4, 5], ax=ax)
    assert image(ax).mask[1, 0]
    assert len(ax.texts) == 4
    _, (left, *_) = ax.images[0].get_extent(), ax.images[0].cmap(ax.images[0].norm(image(ax)))[1:2, 0]
    assert left[3] == 0


def test_numbers_are_the_values(world, ax):
    draw_values(world, [0.126, -1, 2, 3, 4, 9], ax=ax)
    written = {text.get_position(): text.get_text() for text in ax.texts}
    assert written[(0, 0)] == "0.13"
    assert written[(2, 0)] == "\N{MINUS SIGN}1.00"


def test_numbers_are_left_out_of_large_maps(ax):
    world = paper_gridworld(size=8)
    draw_values(world, np.zeros(world.mdp.n_states), ax=ax)
    assert not ax.texts


def test_limits_are_shared_and_centre_is_in_the_middle(world, ax):
    draw_values(world, np.arange(6.0), ax=ax, limits=(-2, 10))
    assert ax.images[0].get_clim() == (-2, 10)
    other = draw_values(world, np.arange(6.0), centre=1.0)
    assert sum(other.images[0].get_clim()) / 2 == 1.0
    with pytest.raises(ValueError, match="not both"):
        draw_values(world, np.arange(6.0), ax=ax, limits=(0, 1), centre=0.0)


def test_occupancy_starts_at_zero_and_drops_the_absorbing_state(world, ax):
    draw_occupancy(world, [1, 2, 3, 4, 5, 600], ax=ax)
    assert image(ax).max() == 5
    assert ax.images[0].get_clim() == (0, 5)


def test_logarithmic_occupancy_leaves_zero_blank(world, ax):
    draw_occupancy(world, [1, 0, 3, 4, 5, 6], ax=ax, log=True)
    assert isinstance(ax.images[0].norm, LogNorm)
    assert image(ax).mask[0, 2]


def test_layers_share_one_board(world, ax):
    draw_values(world, np.arange(6.0), ax=ax)
    draw_policy(world, sure(world, UP), ax=ax, colour="white")
    draw_world(world, ax=ax)
    assert len(walls(ax)) == 1
    assert tuple(arrows(ax)[2][0]) == to_rgba("white")


def test_inputs_are_left_alone(world, ax):
    occupancy = np.array([1.0, 0, 3, 4, 5, 6])
    draw_occupancy(world, occupancy, ax=ax, log=True)
    assert occupancy[1] == 0
