"""What is kept of episodes, and what chance decides in them."""

import numpy as np
import pytest

from rl_landscapes.objectives.trajectories import Columns, Trajectories, columns
from tests.point_mass import PointMass

MASS = PointMass()


@pytest.fixture
def kept():
    """One policy; an episode of three steps, and one of two that diverged in the second."""
    rewards = np.array([[[1.0, 2.0, 4.0], [8.0, 0.0, 0.0]]])
    empty = np.zeros((1, 2, 3, 1))
    lengths, diverged = np.array([[3, 2]]), np.array([[False, True]])
    return Trajectories(empty, empty, rewards, lengths, ~diverged, diverged, discount=0.5)


class TestTrajectories:
    def test_alive_are_the_steps_that_were_made(self, kept):
        np.testing.assert_array_equal(kept.alive, [[[True, True, True], [True, True, False]]])

    def test_returns_are_discounted_and_lost_where_the_episode_diverged(self, kept):
        np.testing.assert_array_equal(kept.returns, [[1 + 2 / 2 + 4 / 4, np.nan]])

    def test_rewards_to_go_are_discounted_to_the_start(self, kept):
        np.testing.assert_array_equal(kept.rewards_to_go, [[[3.0, 2.0, 1.0], [8.0, 0.0, 0.0]]])


class TestColumns:
    def test_an_episode_has_a_generator_of_its_own(self):
        """Written out: the start first, then the noise, from the seed and the number of the episode."""
        drawn = columns(MASS, range(3, 5), 6, seed=11)
        for row, number in enumerate([3, 4]):
            rng = np.random.default_rng(np.random.SeedSequence(11, spawn_key=(number,)))
            np.testing.assert_array_equal(drawn.starts[row], rng.uniform(-0.5, 0.5, size=2))
            np.testing.assert_array_equal(drawn.noise[row], rng.standard_normal((6, 1)))

    def test_more_episodes_and_more_steps_leave_the_first_ones_alone(self):
        few, many = columns(MASS, range(4), 5, seed=1), columns(MASS, range(9), 8, seed=1)
        np.testing.assert_array_equal(few.starts, many.starts[:4])
        np.testing.assert_array_equal(few.noise, many.noise[:4, :5])

    def test_no_two_episodes_are_alike(self):
        drawn = columns(MASS, range(50), 3, seed=1)
        assert len(np.unique(drawn.starts[:, 0])) == 50
        assert len(np.unique(drawn.noise)) == 150

    def test_the_seed_decides(self):
        assert (columns(MASS, range(2), 3, 1).noise == columns(MASS, range(2), 3, 1).noise).all()
        assert (columns(MASS, range(2), 3, 1).noise != columns(MASS, range(2), 3, 2).noise).all()

    def test_the_length_is_the_number_of_episodes(self):
        assert len(Columns(np.zeros((4, 2)), np.zeros((4, 3, 1)))) == 4
