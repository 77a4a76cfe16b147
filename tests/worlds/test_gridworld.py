"""Maps become worlds: moves, goals, slip, coordinates, and what is refused."""

import time
import tracemalloc

import numpy as np
import pytest

from rl_landscapes.worlds import DOWN, LEFT, RIGHT, UP, from_map, paper_gridworld

WALLED = ("S.G", ".#.", "..S")


def build(layout, *, goal=2.0, **options):
    return from_map(layout, **({"rewards": {"G": goal}, "discount": 0.5} | options))


def values_of(mdp, actions):
    """State values of a deterministic policy, by solving (I - gamma P) v = r."""
    dense, states = mdp.to_dense(), np.arange(mdp.n_states)
    moves, paid = dense.transitions[states, actions], dense.rewards[states, actions]
    return np.linalg.solve(np.eye(mdp.n_states) - mdp.discount * moves, paid)


class TestMoves:
    @pytest.mark.parametrize(
        ("place", "action", "reached"),
        [
            ((0, 0), RIGHT, (0, 1)),
            ((0, 1), LEFT, (0, 0)),
            ((0, 0), DOWN, (1, 0)),
            ((1, 0), UP, (0, 0)),
            ((0, 0), UP, (0, 0)),
            ((0, 0), LEFT, (0, 0)),
            ((2, 2), RIGHT, (2, 2)),
            ((2, 2), DOWN, (2, 2)),
            ((0, 1), DOWN, (0, 1)),
            ((1, 0), RIGHT, (1, 0)),
            ((1, 2), LEFT, (1, 2)),
            ((2, 1), UP, (2, 1)),
        ],
    )
    def test_each_action_moves_one_cell_or_bumps(self, place, action, reached):
        world = build(WALLED)
        row = world.mdp.transitions[world.state_at(*place), action]
        assert row[world.state_at(*reached)] == 1
        assert row.sum() == 1

    def test_states_are_the_free_cells_in_reading_order(self):
        world = build(WALLED)
        assert world.cells.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1], [2, 2]]
        assert "".join(world.symbols) == "S.G....S"
        assert world.layout == WALLED
        assert world.shape == (3, 3)
        assert world.mdp.n_states == 9

    def test_the_start_is_uniform_over_its_cells(self):
        np.testing.assert_array_equal(build(WALLED).mdp.start, [0.5, 0, 0, 0, 0, 0, 0, 0.5, 0])

    def test_a_text_block_is_the_same_map(self):
        text = """
            S.G
            .#.
            ..S
        """
        assert build(text).layout == WALLED


class TestGoals:
    def test_any_action_in_a_goal_is_paid_and_ends(self):
        mdp = build(WALLED).mdp
        np.testing.assert_array_equal(mdp.rewards[2], [2, 2, 2, 2])
        np.testing.assert_array_equal(mdp.transitions[2, :, 8], [1, 1, 1, 1])
        np.testing.assert_array_equal(mdp.absorbing, np.arange(9) == 8)
        assert np.count_nonzero(mdp.rewards) == 4

    @pytest.mark.parametrize(
        ("at_goal", "in_goal", "step_reward", "value"),
        [
            # right from S reaches G after one step, where the reward is 2; gamma = 1/2
            ("end", RIGHT, 0.0, 0.5 * 2),
            ("end", LEFT, 0.0, 0.5 * 2),
            ("stay", RIGHT, 0.0, 0.5 * 2 / (1 - 0.5)),
            ("stay", LEFT, 0.0, 0.5 * 2 / (1 - 0.5)),
            ("pass", RIGHT, 0.0, 0.5 * 2 / (1 - 0.5)),  # bumps the edge
            ("pass", LEFT, 0.0, 0.5 * 2 / (1 - 0.5**2)),  # walks to and fro: v = gamma (2 + gamma v)
            ("end", RIGHT, -1.0, -1 + 0.5 * 2),
            ("stay", RIGHT, -1.0, -1 + 0.5 * 2 / (1 - 0.5)),
            ("pass", LEFT, -1.0, (-1 + 0.5 * 2) / (1 - 0.5**2)),
        ],
    )
    def test_values_by_hand(self, at_goal, in_goal, step_reward, value):
        mdp = build("SG", at_goal=at_goal, step_reward=step_reward).mdp
        assert mdp.n_states == (3 if at_goal == "end" else 2)
        actions = np.array([RIGHT, in_goal, LEFT])[: mdp.n_states]
        assert values_of(mdp, actions)[0] == pytest.approx(value, abs=1e-14)

    @pytest.mark.parametrize("at_goal", ["end", "stay", "pass"])
    def test_step_rewards_are_paid_outside_goals_only(self, at_goal):
        rewards = build("S.G", at_goal=at_goal, step_reward=-0.1).mdp.rewards
        wanted = [-0.1, -0.1, 2, 0] if at_goal == "end" else [-0.1, -0.1, 2]
        np.testing.assert_array_equal(rewards, np.repeat(np.array(wanted)[:, None], 4, axis=1))

    def test_several_kinds_of_goal(self):
        world = from_map("aSb", rewards={"a": -1.0, "b": np.float64(3)}, discount=0.9)
        np.testing.assert_array_equal(world.mdp.rewards[:, 0], [-1, 0, 3, 0])

    def test_without_goals_there_is_no_absorbing_state(self):
        mdp = from_map("S.", rewards={}, discount=0.9, step_reward=-1.0).mdp
        assert mdp.n_states == 2
        assert not mdp.absorbing.any()


class TestSlip:
    def test_a_row_in_a_corridor(self):
        mdp = build("S.G", slip=0.4).mdp
        np.testing.assert_allclose(mdp.transitions[1, RIGHT], [0.1, 0.2, 0.7, 0], atol=1e-15)
        np.testing.assert_allclose(mdp.transitions[1, UP], [0.1, 0.8, 0.1, 0], atol=1e-15)
        np.testing.assert_allclose(mdp.transitions[0, LEFT], [0.9, 0.1, 0, 0], atol=1e-15)

    def test_a_slip_of_one_makes_all_actions_alike(self):
        moves = build(WALLED, slip=1).mdp.transitions
        np.testing.assert_array_equal(moves, np.repeat(moves[:, :1], 4, axis=1))
        np.testing.assert_allclose(moves[0, 0, [0, 1, 3]], [0.5, 0.25, 0.25], atol=1e-15)

    @pytest.mark.parametrize("slip", [0.1, 0.3, 0.7])
    def test_what_is_certain_is_exactly_certain(self, slip):
        mdp = build(WALLED, slip=slip, at_goal="stay").mdp
        np.testing.assert_array_equal(mdp.transitions[2, :, 2], 1.0)
        ends = build(WALLED, slip=slip).mdp
        np.testing.assert_array_equal(ends.transitions[[2, 8], :, 8], 1.0)

    def test_it_is_the_mixture_of_intended_and_random_moves(self):
        still, slippery = build(WALLED).mdp.transitions, build(WALLED, slip=0.3).mdp.transitions
        mixture = 0.7 * still + 0.3 * still.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(slippery, mixture, atol=1e-15)


@pytest.mark.no_cover
class TestStorage:
    @pytest.mark.parametrize("at_goal", ["end", "stay", "pass"])
    @pytest.mark.parametrize("slip", [0.0, 0.25])
    def test_sparse_and_dense_worlds_agree(self, at_goal, slip):
        thin, full = (build(WALLED, at_goal=at_goal, slip=slip, sparse=kind).mdp for kind in (True, False))
        assert thin.is_sparse
        assert not full.is_sparse
        np.testing.assert_array_equal(thin.successors.toarray(), full.transitions.reshape(-1, full.n_states))
        np.testing.assert_array_equal(thin.rewards, full.rewards)

    @pytest.mark.parametrize(("size", "is_sparse"), [(17, False), (18, True)])
    def test_large_worlds_are_sparse_by_default(self, size, is_sparse):
        assert paper_gridworld(size).mdp.is_sparse is is_sparse

    @pytest.mark.slow
    @pytest.mark.parametrize("slip", [0.0, 0.1])
    def test_a_million_cells(self, slip):
        size = 1000
        rows = ["S" + "." * (size - 2) + "G"] + ["." * size] * (size - 1)
        tracemalloc.start()
        began = time.perf_counter()
        world = build(rows, slip=slip)
        took, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert world.mdp.n_states == size**2 + 1
        assert world.mdp.successors.indices.dtype == np.int32
        assert world.state_at(size - 1, size - 1) == size**2 - 1
        assert peak < 2 * 2**30
        assert took < 60  # a Python loop over cells takes minutes


class TestCoordinates:
    def test_values_lie_where_their_cells_lie(self):
        world = build(WALLED)
        grid = world.to_grid(np.arange(9))
        np.testing.assert_array_equal(grid, [[0, 1, 2], [3, np.nan, 4], [5, 6, 7]])
        for state, (row, col) in enumerate(world.cells):
            assert world.state_at(row, col) == state
            assert grid[row, col] == state

    def test_a_map_wider_than_high(self):
        world = build(["S...", "..#G"])
        assert world.state_at(1, 3) == 6
        np.testing.assert_array_equal(world.to_grid(np.arange(8)), [[0, 1, 2, 3], [4, 5, np.nan, 6]])

    @pytest.mark.parametrize("length", [8, 10])
    def test_values_of_another_length(self, length):
        with pytest.raises(ValueError, match=r"values must have shape \(9,\)"):
            build(WALLED).to_grid(np.zeros(length))

    def test_a_wall_is_no_state(self):
        with pytest.raises(ValueError, match=r"\(1, 1\) is a wall"):
            build(WALLED).state_at(1, 1)

    @pytest.mark.parametrize("place", [(-1, 0), (3, 0), (0, 3), (0, -1)])
    def test_outside_the_map(self, place):
        with pytest.raises(ValueError, match="outside the 3 x 3 map"):
            build(WALLED).state_at(*place)

    def test_cells_and_symbols_are_read_only(self):
        world = build(WALLED)
        for array in (world.cells, world.symbols):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


class TestWhatIsRefused:
    @pytest.mark.parametrize("layout", ["", "  \n ", [], [""], ["", ""]])
    def test_an_empty_map(self, layout):
        with pytest.raises(ValueError, match="layout is empty"):
            build(layout)

    @pytest.mark.parametrize("layout", [["S.G", ".."], "S.G\n....", ["SG", ""]])
    def test_a_ragged_map(self, layout):
        with pytest.raises(ValueError, match=r"layout is ragged: row 1 has \d characters, row 0 has \d"):
            build(layout)

    @pytest.mark.parametrize("layout", [["SG", 5], [["S", "G"]]])
    def test_rows_that_are_no_text(self, layout):
        with pytest.raises(TypeError, match="sequence of strings"):
            build(layout)

    @pytest.mark.parametrize("symbol", ["x", " ", "s"])
    def test_an_unknown_symbol(self, symbol):
        with pytest.raises(ValueError, match=rf"unknown symbol '{symbol}' at row 1, column 2"):
            build(["S.G", f"..{symbol}"])

    def test_a_map_without_a_start(self):
        with pytest.raises(ValueError, match="layout has no start"):
            build("..G")

    @pytest.mark.parametrize("key", ["#", ".", "S", "GG", "", 3])
    def test_a_key_that_can_be_no_goal(self, key):
        with pytest.raises(ValueError, match="a goal is one character"):
            build("S.G", rewards={"G": 1.0, key: 1.0})

    def test_a_goal_that_stands_nowhere(self):
        with pytest.raises(ValueError, match="key 'H', which stands nowhere"):
            build("S.G", rewards={"G": 1.0, "H": 1.0})

    @pytest.mark.parametrize("slip", [-0.1, 1.1, np.nan])
    def test_slip_out_of_range(self, slip):
        with pytest.raises(ValueError, match="slip must lie between 0 and 1"):
            build("S.G", slip=slip)

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_rewards_that_are_not_finite(self, value):
        with pytest.raises(ValueError, match=r"rewards\['G'\] must be finite"):
            build("S.G", goal=value)
        with pytest.raises(ValueError, match="step_reward must be finite"):
            build("S.G", step_reward=value)

    def test_an_unknown_rule_at_goals(self):
        with pytest.raises(ValueError, match="at_goal must be 'end', 'stay' or 'pass', got 'leave'"):
            build("S.G", at_goal="leave")

    def test_discount_one(self):
        with pytest.raises(ValueError, match=r"discount must lie in \[0, 1\), got 1"):
            build("S.G", discount=1.0)

    def test_what_is_no_map_or_no_rewards(self):
        with pytest.raises(TypeError, match=r"layout must be a string or a sequence of strings, .*, got 5"):
            build(5)
        with pytest.raises(TypeError, match="rewards must map the goals' characters to numbers, got None"):
            from_map("S.", rewards=None, discount=0.9)
