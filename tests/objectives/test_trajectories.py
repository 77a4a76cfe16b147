"""What is kept of episodes."""

import numpy as np
import pytest

from rl_landscapes.objectives.trajectories import Trajectories


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
