"""What chance decides in episodes."""

import numpy as np

from rl_landscapes.objectives.chance import Columns, columns
from tests.point_mass import PointMass

MASS = PointMass()


def test_an_episode_has_a_generator_of_its_own() -> None:
    """Written out: the start first, then the noise, from the seed and the number of the episode."""
    drawn = columns(MASS, range(3, 5), 6, seed=11)
    for row, number in enumerate([3, 4]):
        rng = np.random.default_rng(np.random.SeedSequence(11, spawn_key=(number,)))
        np.testing.assert_array_equal(drawn.starts[row], rng.uniform(-0.5, 0.5, size=2))
        np.testing.assert_array_equal(drawn.noise[row], rng.standard_normal((6, 1)))


def test_more_episodes_and_more_steps_leave_the_first_ones_alone() -> None:
    few, many = columns(MASS, range(4), 5, seed=1), columns(MASS, range(9), 8, seed=1)
    np.testing.assert_array_equal(few.starts, many.starts[:4])
    np.testing.assert_array_equal(few.noise, many.noise[:4, :5])


def test_no_two_episodes_are_alike() -> None:
    drawn = columns(MASS, range(50), 3, seed=1)
    assert len(np.unique(drawn.starts[:, 0])) == 50
    assert len(np.unique(drawn.noise)) == 150


def test_the_seed_decides() -> None:
    assert (columns(MASS, range(2), 3, 1).noise == columns(MASS, range(2), 3, 1).noise).all()
    assert (columns(MASS, range(2), 3, 1).noise != columns(MASS, range(2), 3, 2).noise).all()


def test_the_length_is_the_number_of_episodes() -> None:
    assert len(Columns(np.zeros((4, 2)), np.zeros((4, 3, 1)))) == 4
