"""The policies and parameter vectors the book names."""

import numpy as np
import pytest

from rl_landscapes.policies import (
    deterministic_theta,
    linear,
    paper_policy,
    tabular,
    two_parameter_policy,
    uniform_starts,
)
from rl_landscapes.worlds import paper_gridworld


def test_the_paper_counts_108_parameters():
    assert paper_policy().n_parameters == 26 * 4 + 4


def test_starts_fill_the_interval_of_a_linear_layer():
    starts = uniform_starts(paper_policy(), 500, np.random.default_rng(0))
    width = 1 / np.sqrt(26)
    assert starts.shape == (500, 108)
    assert 0.999 * width < starts.max() <= width
    assert -width <= starts.min() < -0.999 * width
    assert starts.mean() == pytest.approx(0, abs=4 * width / np.sqrt(3 * starts.size))
    assert starts.var() == pytest.approx(width**2 / 3, rel=0.02)


def test_the_scale_of_the_starts_can_be_chosen_and_the_seed_decides():
    one = uniform_starts(tabular(3, 2), 5, np.random.default_rng(1), scale=2.0)
    assert np.abs(one).max() > 1
    np.testing.assert_array_equal(one, uniform_starts(tabular(3, 2), 5, np.random.default_rng(1), scale=2.0))


@pytest.mark.parametrize("shared_bias", [False, True])
def test_a_hand_made_policy_takes_the_actions_it_was_told(shared_bias):
    policy = tabular(4, 3, shared_bias=shared_bias)
    theta = deterministic_theta(policy, np.array([2, 0, 1, 2]), 30.0)
    probs = policy.at(theta[None]).probs[0]
    assert probs.argmax(axis=1).tolist() == [2, 0, 1, 2]
    np.testing.assert_allclose(probs.max(axis=1), 1 / (1 + 2 * np.exp(-30)), rtol=1e-14)


def test_two_numbers_move_right_and_down_in_every_cell():
    policy = two_parameter_policy(paper_gridworld())
    probs = policy.at(np.array([[1.0, 2.0]])).probs[0]
    weights = np.exp([0.0, 1.0, 0.0, 2.0])
    np.testing.assert_allclose(probs, np.tile(weights / weights.sum(), (26, 1)), rtol=1e-14)


@pytest.mark.parametrize("actions", [[0, 1], [0, 1, 3], [0, 1, -1]])
def test_actions_that_do_not_exist(actions):
    with pytest.raises(ValueError, match=r"actions must be 3 integers from 0 to 2, got"):
        deterministic_theta(tabular(3, 3), np.array(actions), 1.0)


def test_a_policy_without_a_table_has_no_such_parameters():
    with pytest.raises(ValueError, match="policy must be tabular"):
        deterministic_theta(linear(np.ones((3, 3, 2))), np.array([0, 1, 2]), 1.0)


def test_starts_that_are_none():
    with pytest.raises(ValueError, match="n_starts must be an integer of at least 1, got 0"):
        uniform_starts(paper_policy(), 0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="scale must be a finite number above 0, got -1"):
        uniform_starts(paper_policy(), 1, np.random.default_rng(0), scale=-1)


def test_actions_and_logits_that_are_none():
    with pytest.raises(ValueError, match=r"actions must be 3 integers from 0 to 2, got \[0\.5"):
        deterministic_theta(tabular(3, 3), np.full(3, 0.5), 1.0)
    with pytest.raises(ValueError, match="logit must be finite, but it is nan"):
        deterministic_theta(tabular(3, 3), np.zeros(3, dtype=int), np.nan)


def test_a_seed_is_no_generator():
    with pytest.raises(TypeError, match=r"rng must be a Generator, such as .*, got 7"):
        uniform_starts(paper_policy(), 1, 7)


def test_states_that_are_not_trained_stay_uniform_and_the_others_are_the_papers():
    thetas = uniform_starts(paper_policy(), 4, np.random.default_rng(3), scale=2.0)
    ours = paper_policy(untrained=[25, 3]).at(thetas)
    theirs = paper_policy().at(thetas)
    np.testing.assert_array_equal(ours.probs[:, [3, 25]], np.full((4, 2, 4), 0.25))
    others = np.setdiff1d(np.arange(26), [3, 25])
    np.testing.assert_allclose(ours.log_probs[:, others], theirs.log_probs[:, others], rtol=1e-13)
    gradients = np.zeros((4, 26, 4))
    gradients[:, 25] = [1.0, 2.0, 3.0, 4.0]
    assert not ours.pull(gradients).any()


@pytest.mark.parametrize("states", [[26], [-1], [0.5]])
def test_states_that_do_not_exist_cannot_be_left_untrained(states):
    with pytest.raises(ValueError, match="untrained must"):
        paper_policy(untrained=states)
