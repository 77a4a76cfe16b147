"""Ascent on a path of given length: a loop by hand, quadratics, and what it says when it is lost."""

import numpy as np
import pytest

from rl_landscapes.ascent import ascend_by_differences
from rl_landscapes.objectives import SampledReturn, central_differences, from_function
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.records import equal, load, save
from rl_landscapes.statistics import standard_error
from tests.point_mass import PointMass

SAMPLED = SampledReturn(PointMass(), linear_gaussian(2, 1, sigma=0.3), n_episodes=5)
STARTS = np.array([[0.3, -0.2, 0.1], [0.0, 0.0, 0.0]])


def go(objective=SAMPLED, thetas=STARTS, *, n_updates=4, length=0.1, alpha=0.05, seed=0, **rest):
    return ascend_by_differences(
        objective,
        thetas,
        n_updates=n_updates,
        length=length,
        alpha=alpha,
        rng=np.random.default_rng(seed),
        **rest,
    )


def test_a_plain_loop_takes_the_same_path():
    way, rng, at = go(length=lambda u: 0.1 / (u + 1)), np.random.default_rng(0), STARTS.copy()
    for update in range(4):
        seed = int(rng.integers(2**63))
        for row in range(2):
            values, each = central_differences(SAMPLED, at[row], alpha=0.05, rng=np.random.default_rng(seed))
            g = each.mean(axis=0)
            error = np.linalg.norm(standard_error(each, axis=0))
            seen = [way.values[update, row], way.gradient_norms[update, row], way.noise[update, row]]
            np.testing.assert_allclose(seen, [values.mean(), np.linalg.norm(g), error], rtol=1e-9)
            at[row] = at[row] + 0.1 / (update + 1) * g / np.linalg.norm(g)
        np.testing.assert_allclose(way.thetas[update + 1], at, rtol=1e-13)


def test_steps_have_the_length_that_was_asked_for_whatever_the_gradient():
    lengths = [0.5, 0.25, 1e-3, 0.0]
    way = go(length=lambda u: lengths[u])
    moved = np.linalg.norm(np.diff(way.thetas, axis=0), axis=2)
    np.testing.assert_allclose(moved, np.tile(lengths, (2, 1)).T, rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(way.lengths, lengths)


def test_scale_of_the_objective_changes_nothing_but_the_norms():
    one, thousand = (go(from_function(lambda t, k=k: -k * (t @ t), 3)) for k in (1, 1000))
    np.testing.assert_allclose(one.thetas, thousand.thetas, rtol=1e-9)
    np.testing.assert_allclose(1000 * one.gradient_norms, thousand.gradient_norms)
    assert (one.noise == 0).all()


def test_it_climbs_a_sampled_return():
    way = go(n_updates=15, length=0.1)
    before, after = (
        SAMPLED.with_episodes(200).evaluate(points, np.random.default_rng(9)).mean(axis=1)
        for points in (way.thetas[0], way.thetas[-1])
    )
    assert (after > before + 1).all()


def test_at_the_top_nothing_moves():
    way = go(from_function(lambda t: 1.0, 2), np.ones((1, 2)))
    np.testing.assert_array_equal(way.thetas, np.ones((5, 1, 2)))
    assert not way.diverged.any()


def test_what_is_not_finite_stays_where_it_was_and_is_flagged():
    wall = from_function(lambda t: np.nan if t[0] > 0.999 else t[0], 1)
    way = go(wall, np.array([[0.0], [0.75]]), length=0.1)
    assert way.diverged.tolist() == [False, True]
    np.testing.assert_allclose(way.thetas[:, 0, 0], [0, 0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(way.thetas[:, 1, 0], [0.75, 0.85, 0.95, 0.95, 0.95])
    assert np.isnan(way.gradient_norms[-1, 1])


def test_the_record_survives_a_file(tmp_path):
    way = go()
    save(way, tmp_path / "way.npz")
    assert equal(load(type(way), tmp_path / "way.npz"), way)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_updates": 0}, "n_updates must be an integer of at least 1, got 0"),
        ({"length": -1.0}, "length at update 0 must be a finite number of at least 0, got -1.0"),
        ({"alpha": 0.0}, "alpha must be a finite number above 0, got 0.0"),
        ({"thetas": np.zeros((1, 2))}, r"thetas must have shape"),
    ],
)
def test_bad_input(wrong, message):
    with pytest.raises(ValueError, match=message):
        go(**wrong)
