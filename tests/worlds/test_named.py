"""The named worlds are the published ones."""

import numpy as np
import pytest

from rl_landscapes.worlds import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    four_rooms,
    paper_gridworld,
)


def return_of(mdp, actions):
    """Return from the start of a deterministic policy, one action per state or one for all."""
    dense, states = mdp.to_dense(), np.arange(mdp.n_states)
    chosen = np.broadcast_to(actions, states.shape)
    system = np.eye(mdp.n_states) - mdp.discount * dense.transitions[states, chosen]
    return float(mdp.start @ np.linalg.solve(system, dense.rewards[states, chosen]))


def best_return(mdp):
    values = np.zeros(mdp.n_states)
    for _ in range(3000):
        values = (mdp.rewards + mdp.discount * mdp.expect(values)).max(axis=1)
    return float(mdp.start @ values)


def steps_to(mdp, state):
    """Fewest moves from the start to a state, by breadth-first search."""
    reached = mdp.start > 0
    neighbours = mdp.to_dense().transitions.max(axis=1) > 0
    for steps in range(mdp.n_states):
        if reached[state]:
            return steps
        reached = reached | (reached @ neighbours)
    raise AssertionError("not reachable")


class TestPaperGridworld:
    def test_sizes(self):
        mdp = paper_gridworld().mdp
        assert (mdp.n_states, mdp.n_actions, mdp.discount, mdp.is_sparse) == (26, 4, 0.99, False)
        assert mdp.start[0] == 1
        np.testing.assert_array_equal(np.flatnonzero(mdp.absorbing), [25])

    @pytest.mark.parametrize("sparse", [False, True])
    def test_the_two_returns_the_authors_print(self, sparse):
        mdp = paper_gridworld(sparse=sparse).mdp
        assert return_of(mdp, RIGHT) == pytest.approx(4.80298005, abs=1e-12)
        assert return_of(mdp, DOWN) == pytest.approx(4.322682045, abs=1e-12)
        assert return_of(mdp, LEFT) == return_of(mdp, UP) == 0
        assert best_return(mdp) == pytest.approx(4.80298005, abs=1e-12)

    @pytest.mark.parametrize("size", [2, 4, 10])
    def test_other_sizes(self, size):
        mdp = paper_gridworld(size, discount=0.9).mdp
        assert mdp.n_states == size**2 + 1
        assert return_of(mdp, RIGHT) == pytest.approx(5 * 0.9 ** (size - 1), abs=1e-12)
        assert return_of(mdp, DOWN) == pytest.approx(4.5 * 0.9 ** (size - 1), abs=1e-12)

    @pytest.mark.parametrize("at_goal", ["stay", "pass"])
    def test_without_an_end_the_reward_is_collected_at_every_step(self, at_goal):
        mdp = paper_gridworld(at_goal=at_goal).mdp
        assert mdp.n_states == 25
        assert return_of(mdp, RIGHT) == pytest.approx(4.80298005 / 0.01, rel=1e-12)

    @pytest.mark.parametrize("size", [1, 0, 5.0, True])
    def test_bad_sizes(self, size):
        with pytest.raises(ValueError, match="size must be an integer of at least 2"):
            paper_gridworld(size)


class TestFourRooms:
    def test_sizes(self):
        world = four_rooms()
        assert world.shape == (13, 13)
        assert (len(world.cells), world.mdp.n_states) == (104, 105)

    def test_the_goal_is_twenty_moves_away(self):
        world = four_rooms()
        assert steps_to(world.mdp, world.state_at(11, 11)) == 20
        assert best_return(world.mdp) == pytest.approx(0.99**20, abs=1e-12)

    def test_every_cell_can_be_reached(self):
        world = four_rooms(at_goal="pass")
        moves = world.mdp.transitions.max(axis=1) > 0
        reached = np.linalg.matrix_power(moves.astype(float), 60) > 0
        assert reached.all()

    def test_slip_is_passed_on(self):
        assert best_return(four_rooms(slip=1 / 3).mdp) < 0.99**20
