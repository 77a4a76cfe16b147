"""One point is the row of many that it would be."""

import numpy as np
import pytest

from rl_landscapes.objectives import (
    ExactReturn,
    Noisy,
    evaluate,
    gradient,
    gradient_at,
    monkey_saddle,
    plateau,
    value_at,
)
from rl_landscapes.policies import paper_policy
from rl_landscapes.worlds import paper_gridworld

PAPER = ExactReturn(paper_gridworld(), paper_policy(), tau=0.1)


@pytest.mark.parametrize("objective", [PAPER, monkey_saddle()], ids=["paper", "monkey saddle"])
def test_value_and_gradient_are_those_of_its_row(objective):
    thetas = np.random.default_rng(0).normal(size=(3, objective.n_parameters))
    values = [value_at(objective, theta) for theta in thetas]
    assert [type(value) for value in values] == [float] * 3
    np.testing.assert_allclose(values, evaluate(objective, thetas)[:, 0], rtol=1e-13)
    slopes = [gradient_at(objective, theta) for theta in thetas]
    np.testing.assert_allclose(slopes, gradient(objective, thetas), rtol=1e-11, atol=1e-13)


def test_of_noise_it_is_the_mean_of_the_episodes():
    noisy = Noisy(plateau(2), noise=1.0, n_episodes=7)
    episodes = evaluate(noisy, np.zeros((1, 2)), np.random.default_rng(3))
    assert episodes.std() > 0
    assert value_at(noisy, np.zeros(2), np.random.default_rng(3)) == pytest.approx(episodes.mean())
    with pytest.raises(ValueError, match="rng must be a numpy Generator"):
        value_at(noisy, np.zeros(2))


@pytest.mark.parametrize("function", [value_at, gradient_at])
@pytest.mark.parametrize("theta", [np.zeros((1, 108)), np.zeros(104), np.full(108, np.nan)])
def test_many_points_are_not_one(function, theta):
    with pytest.raises(ValueError, match="theta must"):
        function(PAPER, theta)


def test_what_has_no_gradient_is_refused():
    with pytest.raises(TypeError, match="objective must have a method gradient"):
        gradient_at(Noisy(plateau(2), noise=1.0, n_episodes=2), np.zeros(2))
