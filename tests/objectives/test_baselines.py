"""Baselines: each against a plain loop, and each that claims to add no bias held to it."""

import numpy as np
import pytest

from rl_landscapes.objectives import baselines
from rl_landscapes.objectives.baselines import Credit, Linear

N, T = 7, 9


def credit(seed=0, n=N):
    """Episodes of different lengths; what stands after an end is nonsense that no baseline may look at."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, T + 1, size=n)
    lengths[-1] = T
    alive = np.arange(T) < lengths[:, None]
    observations = np.where(alive[..., None], rng.normal(size=(n, T, 2)), 0.0)
    return Credit(np.where(alive, rng.normal(size=(n, T)), 99.0), alive, observations)


def same_without(one, j):
    """All episodes but number j."""
    rest = np.arange(len(one.values)) != j
    return Credit(one.values[rest], one.alive[rest], one.observations[rest])


class TestOracles:
    def test_none_changes_nothing(self):
        np.testing.assert_array_equal(baselines.none(credit()), credit().values)

    def test_standardised_has_mean_0_and_spread_1_over_the_steps_made(self):
        one = credit()
        made = baselines.standardised(one)[one.alive]
        assert made.mean() == pytest.approx(0, abs=1e-12)
        assert made.std() == pytest.approx(1, rel=1e-7)

    def test_the_authors_padding_counts_zeros(self):
        one = credit()
        padded = [g if lives else 0.0 for g, lives in zip(one.values.flat, one.alive.flat, strict=True)]
        expected = (one.values - np.mean(padded)) / (np.std(padded) + 1e-8)
        found = baselines.standardised_with_padding(one)
        np.testing.assert_allclose(found[one.alive], expected[one.alive], rtol=1e-12)
        assert (np.abs(found - baselines.standardised(one))[one.alive] > 0.01).all()

    def test_without_padding_the_two_are_one(self):
        one = credit()
        full = Credit(one.values, np.ones_like(one.alive), one.observations)
        np.testing.assert_array_equal(baselines.standardised(full), baselines.standardised_with_padding(full))

    def test_equal_credit_is_no_division_by_zero(self):
        one = credit()
        flat = Credit(np.ones((N, T)), one.alive, one.observations)
        assert not baselines.standardised(flat).any()

    def test_per_step_in_a_loop(self):
        one = credit()
        found = baselines.per_step(one)
        for j, t in np.argwhere(one.alive):
            others = [one.values[i, t] for i in range(N) if i != j and one.alive[i, t]]
            assert found[j, t] == pytest.approx(one.values[j, t] - (np.mean(others) if others else 0.0))

    def test_one_episode_has_no_others(self):
        one = credit(n=1)
        np.testing.assert_array_equal(baselines.per_step(one)[one.alive], one.made)

    @pytest.mark.parametrize("folds", [1, 3])
    def test_what_is_linear_in_the_features_is_taken_off_entirely(self, folds):
        one = credit(n=40)
        (x, v), t = np.moveaxis(one.observations, -1, 0), np.arange(T)
        exact = 3 - x + 0.5 * v + 2 * x**2 - v**2 + 0.7 * t - 0.02 * t**2 + 1e-3 * t**3
        rest = Linear(folds, ridge=0.0)(Credit(exact, one.alive, one.observations))
        np.testing.assert_allclose(rest[one.alive], 0, atol=1e-8)

    def test_one_fold_is_least_squares(self):
        one = credit(n=40)
        t = np.broadcast_to(np.arange(T), one.alive.shape)[one.alive]
        s = one.observations[one.alive]
        features = np.column_stack([s, s**2, t, t**2, t**3, np.ones(len(t))])
        fitted = features @ np.linalg.lstsq(features, one.made)[0]
        rest = Linear(folds=1, ridge=0.0)(one)[one.alive]
        np.testing.assert_allclose(rest, one.made - fitted, atol=1e-8)


class TestOwnEpisode:
    """A baseline adds no bias if what it takes from an episode is decided by the others alone."""

    @pytest.mark.parametrize("baseline", [baselines.per_step, Linear(folds=N), Linear(folds=3)])
    def test_does_not_decide_what_is_taken_off_it(self, baseline):
        one, j = credit(), 2
        changed = one.values.copy()
        changed[j] += np.linspace(5, -9, T)
        two = Credit(changed, one.alive, one.observations)
        taken = [c.values[j] - baseline(c)[j] for c in (one, two)]
        np.testing.assert_allclose(taken[0][one.alive[j]], taken[1][one.alive[j]], atol=1e-10)

    @pytest.mark.parametrize("baseline", [baselines.standardised, Linear(folds=1)])
    def test_decides_for_those_that_say_so(self, baseline):
        one, j = credit(), 2
        changed = one.values.copy()
        changed[j] += np.linspace(5, -9, T)
        two = Credit(changed, one.alive, one.observations)
        taken = [c.values[j] - baseline(c)[j] for c in (one, two)]
        assert np.abs(taken[0] - taken[1])[one.alive[j]].max() > 0.1

    def test_leave_one_out_folds_fit_the_others(self):
        one, j = credit(), 4
        rest = same_without(one, j)
        both = Credit(
            np.concatenate([rest.values, one.values[j : j + 1]]),
            np.concatenate([rest.alive, one.alive[j : j + 1]]),
            np.concatenate([rest.observations, one.observations[j : j + 1]]),
        )
        np.testing.assert_allclose(Linear(folds=N)(one)[j], Linear(folds=N)(both)[-1], atol=1e-10)

    @pytest.mark.parametrize(
        "baseline",
        [baselines.standardised, baselines.standardised_with_padding, baselines.per_step, Linear(3)],
    )
    def test_what_stands_after_an_end_does_not_matter(self, baseline):
        one = credit()
        zeros = Credit(np.where(one.alive, one.values, 0.0), one.alive, one.observations)
        np.testing.assert_array_equal(baseline(one)[one.alive], baseline(zeros)[one.alive])


class TestBadInput:
    def test_fewer_episodes_than_folds(self):
        with pytest.raises(ValueError, match=r"Linear\(folds=4\) needs n_episodes of at least that, got 3"):
            Linear(4)(credit(n=3))

    def test_settings(self):
        with pytest.raises(ValueError, match="folds must be an integer of at least 1, got 0"):
            Linear(folds=0)
        with pytest.raises(ValueError, match="ridge must be a finite number of at least 0, got -1"):
            Linear(ridge=-1)
