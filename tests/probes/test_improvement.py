"""The direction of most improvement: ranks on a known quadratic, what selection does to noise, and runs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import norm

from rl_landscapes.objectives import Noisy, evaluate, plateau, quadratic
from rl_landscapes.probes import most_improving, most_improving_sets, perturb
from rl_landscapes.records import equal
from rl_landscapes.statistics import mean_interval

N = 6
MATRIX = np.diag([-3.0, -1.0, 0.0, 1.0, 2.0, 5.0])
TILT = np.array([1.0, -2.0, 0.5, 0.0, 0.3, 1.5])
BOWL = quadratic(MATRIX, slope=TILT)
FAINT = quadratic(MATRIX / 10)
THETA = np.full(N, 0.2)
EVERY_POINT_ITS_OWN = 1e-3  # wavelength: then the noise at all points is independent
LEVEL = 0.95


def probe(objective=BOWL, seed=0, alpha=0.5, n_directions=20, theta=THETA):
    return perturb(objective, theta, alpha=alpha, n_directions=n_directions, rng=np.random.default_rng(seed))


def improvement(direction, alpha=0.5):
    ends = evaluate(BOWL, np.stack([THETA, THETA + alpha * direction]))[:, 0]
    return ends[1] - ends[0]


def true_curvature(direction):
    return direction @ MATRIX @ direction


class TestRule:
    @pytest.mark.parametrize(
        ("quantile", "beaten"), [(1.0, 39), (0.9, 35), (0.5, 19), (0.876, 35), (0.01, 0), (1e-12, 0)]
    )
    def test_nearest_rank_among_both_ends_of_every_direction(self, quantile, beaten):
        """Of 2 * 20 end points, the one chosen is better than exactly `ceil(40 quantile) - 1` of them."""
        found = probe()
        chosen = most_improving(found, quantile=quantile)
        ends = [improvement(sign * row) for row in found.directions for sign in (1, -1)]
        assert np.sum(np.array(ends) < improvement(chosen.directions[0]) - 1e-12) == beaten

    @pytest.mark.parametrize("hundredths", range(1, 101))
    def test_rounding_does_not_move_the_rank(self, hundredths):
        """Of 2 * 50 end points at distances that order them: a hundredth each."""
        slopes = np.arange(1.0, 51.0)
        found = perturb(
            quadratic(np.zeros((50, 50)), slope=slopes),
            np.zeros(50),
            alpha=1.0,
            directions=np.eye(50),
            rng=np.random.default_rng(0),
        )
        in_order = np.concatenate([-slopes[::-1], slopes])
        chosen = most_improving(found, quantile=hundredths / 100)
        assert chosen.delta_plus == in_order[hundredths - 1]

    def test_the_paper_takes_the_ninetieth_percentile(self):
        np.testing.assert_array_equal(
            most_improving(probe()).directions, most_improving(probe(), quantile=0.9).directions
        )

    def test_slope_and_curvature_are_those_of_the_direction_towards_the_better_end(self):
        for seed in range(20):
            chosen = most_improving(probe(seed=seed), quantile=1.0)
            (direction,) = chosen.directions
            assert chosen.delta_plus[0] == pytest.approx(improvement(direction), rel=1e-9)
            assert chosen.delta_minus[0] == pytest.approx(improvement(-direction), rel=1e-9)
            assert chosen.slope[0] == pytest.approx(direction @ (TILT + MATRIX @ THETA), rel=1e-9)
            assert chosen.curvature[0] == pytest.approx(true_curvature(direction), rel=1e-7, abs=1e-9)
            assert chosen.slope_stderr == chosen.curvature_stderr == 0

    def test_turning_all_directions_chooses_the_same(self):
        found = probe()
        turned = perturb(BOWL, THETA, alpha=0.5, directions=-found.directions, rng=np.random.default_rng(0))
        np.testing.assert_allclose(
            most_improving(turned).directions, most_improving(found).directions, rtol=1e-12
        )

    def test_without_noise_there_is_nothing_to_split(self):
        for split in (True, False):
            assert most_improving(probe(), split=split).curvature == most_improving(probe()).curvature

    def test_the_first_half_chooses_and_the_second_is_what_comes_back(self):
        found = probe(Noisy(BOWL, noise=3.0, n_episodes=9))
        chosen = most_improving(found, quantile=1.0)
        first = np.concatenate([found.plus[:, :4].mean(axis=1), found.minus[:, :4].mean(axis=1)])
        best = int(first.argmax())
        side = found.plus if best < 20 else found.minus
        np.testing.assert_array_equal(chosen.plus, side[best % 20, 4:][None])
        np.testing.assert_array_equal(chosen.centre, found.centre[:, 4:])
        assert chosen.minus.shape == (1, 5)

    def test_inputs_are_not_changed(self):
        found = probe()
        before = found.directions.copy()
        most_improving(found)
        np.testing.assert_array_equal(found.directions, before)


@pytest.mark.no_cover
class TestSelection:
    """On a plateau every slope and curvature is 0, so whatever is measured is the noise that was selected."""

    D, EPISODES, ALPHA, NOISE = 10, 12, 0.5, 1.0

    def measured(self, split):
        objective = Noisy(
            plateau(N), noise=self.NOISE, n_episodes=self.EPISODES, wavelength=EVERY_POINT_ITS_OWN
        )
        found = [
            most_improving(probe(objective, seed=seed, n_directions=self.D), quantile=1.0, split=split)
            for seed in range(1500)
        ]
        return np.array([[each.slope[0], each.curvature[0]] for each in found])

    def test_split_it_is_unbiased(self):
        sample = self.measured(split=True)
        assert (np.abs(sample.mean(axis=0)) < 4 * sample.std(axis=0) / np.sqrt(len(sample))).all()

    def test_unsplit_it_is_biased_by_the_greatest_of_2D_normals(self):
        """O(+) is the largest of 2D means of deviation noise / sqrt(N): E max = integral of 1 - F^2D - ..."""
        grid = np.linspace(-8, 8, 4001)
        density = 2 * self.D * norm.pdf(grid) * norm.cdf(grid) ** (2 * self.D - 1)
        top = np.trapezoid(grid * density, grid) * self.NOISE / np.sqrt(self.EPISODES)
        below = -top / (2 * self.D - 1)  # what the others lack: the opposite end is one of them
        expected = [(top - below) / (2 * self.ALPHA), (top + below) / self.ALPHA**2]
        sample = self.measured(split=False)
        error = sample.std(axis=0) / np.sqrt(len(sample))
        assert (np.abs(sample.mean(axis=0) - expected) < 4 * error).all()
        assert (sample.mean(axis=0) > 20 * error).all()

    def test_intervals_cover_the_curvature_of_the_direction_chosen(self):
        """Of 1,000 split probes 95% must cover, within 4 deviations; unsplit ones fall far short."""
        objective = Noisy(FAINT, noise=1.0, n_episodes=24, wavelength=EVERY_POINT_ITS_OWN)
        covered = {True: 0, False: 0}
        for seed in range(1000):
            found = probe(objective, seed=seed, n_directions=self.D, theta=np.zeros(N))
            for split in covered:
                chosen = most_improving(found, quantile=1.0, split=split)
                critical = stdtrit((12 if split else 24) - 1, (1 + LEVEL) / 2)
                miss = abs(chosen.curvature[0] - true_curvature(chosen.directions[0]) / 10)
                covered[split] += miss < critical * chosen.curvature_stderr[0]
        slack = 4 * np.sqrt(1000 * LEVEL * (1 - LEVEL))
        assert abs(covered[True] - 1000 * LEVEL) < slack
        assert covered[False] < 1000 * LEVEL - slack


SETS, EPISODES = 5, 16
STEEP = quadratic(MATRIX, slope=np.array([3.0, 0.0, 0.0, 0.0, 0.0, 0.0]))


def sets_of(objective, seed, n_directions=12, n_sets=SETS, alpha=0.5):
    rng = np.random.default_rng(seed)
    return [perturb(objective, THETA, alpha=alpha, n_directions=n_directions, rng=rng) for _ in range(n_sets)]


class TestSets:
    def test_each_set_chooses_as_one_probe_does(self):
        probes = sets_of(Noisy(BOWL, noise=1.0, n_episodes=8), 0)
        for options in ({}, {"quantile": 1.0}, {"quantile": 0.5, "split": False}):
            found = most_improving_sets(probes, **options)
            alone = [most_improving(each, **options) for each in probes]
            for one, other in zip(found.chosen, alone, strict=True):
                assert equal(one, other)
            for name in ("slope", "curvature"):
                values = np.array([getattr(each, name)[0] for each in alone])
                np.testing.assert_array_equal(getattr(found, name), values)
                assert getattr(found, f"{name}_mean") == pytest.approx(values.mean())
                error = values.std(ddof=1) / np.sqrt(SETS)
                assert getattr(found, f"{name}_stderr") == pytest.approx(error)

    @pytest.mark.slow
    @pytest.mark.no_cover
    def test_the_error_holds_draw_and_noise_where_that_of_one_probe_holds_noise_only(self):
        """Of 400 intervals 95% must cover the mean of all sets; those of the first set fall far short."""
        noisy = Noisy(STEEP, noise=0.5, n_episodes=EPISODES)
        found = [most_improving_sets(sets_of(noisy, seed)) for seed in range(400)]
        for name in ("slope", "curvature"):
            truth = np.mean([getattr(each, f"{name}_mean") for each in found])
            between = [mean_interval(getattr(each, name), LEVEL) for each in found]
            covered = sum(each.low <= truth <= each.high for each in between)
            assert abs(covered - 400 * LEVEL) < 4 * np.sqrt(400 * LEVEL * (1 - LEVEL))
            critical = stdtrit(EPISODES / 2 - 1, (1 + LEVEL) / 2)
            first = [
                abs(getattr(each.chosen[0], name)[0] - truth)
                < critical * getattr(each.chosen[0], f"{name}_stderr")[0]
                for each in found
            ]
            assert sum(first) < 400 * 0.8

    def test_without_noise_parts_of_one_probe_are_sets(self):
        whole = probe(n_directions=24)
        rows = {name: getattr(whole, name) for name in ("alpha", "directions", "plus", "minus")}
        parts = [replace(whole, **{k: v[i : i + 8] for k, v in rows.items()}) for i in (0, 8, 16)]
        assert most_improving_sets(parts).curvature.shape == (3,)

    def test_with_noise_they_share_episodes(self):
        whole = probe(Noisy(BOWL, noise=1.0, n_episodes=8), n_directions=24)
        rows = {name: getattr(whole, name) for name in ("alpha", "directions", "plus", "minus")}
        parts = [replace(whole, **{k: v[i : i + 8] for k, v in rows.items()}) for i in (0, 8, 16)]
        with pytest.raises(ValueError, match="probes 0 and 1 share their directions or their episodes"):
            most_improving_sets(parts)

    @pytest.mark.parametrize("bits", [np.random.PCG64, np.random.MT19937, np.random.Philox])
    def test_whatever_the_generator(self, bits):
        noisy = Noisy(BOWL, noise=1.0, n_episodes=8)
        look = {"alpha": 0.5, "directions": np.eye(N)}
        rng = np.random.Generator(bits(0))
        one, two = (perturb(noisy, THETA, rng=rng, **look) for _ in range(2))
        with pytest.raises(ValueError, match="probes 0 and 1 share"):  # the same axes
            most_improving_sets([one, two])
        again = perturb(noisy, THETA, rng=np.random.Generator(bits(0)), alpha=0.5, directions=1 - np.eye(N))
        with pytest.raises(ValueError, match="probes 0 and 1 share"):  # the same episodes
            most_improving_sets([one, again])
        other = replace(two, directions=again.directions)
        assert most_improving_sets([one, other]).slope.shape == (2,)

    def test_refusals(self):
        probes = sets_of(BOWL, 0)
        with pytest.raises(ValueError, match="number of probes must be an integer of at least 2, got 1"):
            most_improving_sets(probes[:1])
        with pytest.raises(ValueError, match="probes 1 and 3 share"):
            most_improving_sets([*probes[:3], probes[1]])
        with pytest.raises(ValueError, match="probes must all be of the same theta"):
            most_improving_sets([probes[0], probe(theta=2 * THETA)])
        with pytest.raises(ValueError, match="alpha must be the same"):
            most_improving_sets([probes[0], probe(alpha=0.4, seed=1)])
        with pytest.raises(ValueError, match="quantile must lie between 0 and 1"):
            most_improving_sets(probes, quantile=2)
        probes[1].plus[0] = np.nan
        with pytest.raises(ValueError, match=r"perturbations\.plus holds values that are not finite"):
            most_improving_sets(probes)


class TestBadInput:
    @pytest.mark.parametrize("quantile", [0, -0.1, 1.1, np.nan])
    def test_quantile(self, quantile):
        with pytest.raises(ValueError, match=f"quantile must lie between 0 and 1.* got {quantile}"):
            most_improving(probe(), quantile=quantile)

    @pytest.mark.parametrize("n", [2, 3])
    def test_too_few_episodes_to_split(self, n):
        found = probe(Noisy(BOWL, noise=1.0, n_episodes=n))
        with pytest.raises(ValueError, match=f"split needs at least 4 episodes, .* got {n}; or say split=F"):
            most_improving(found)
        assert most_improving(found, split=False).plus.shape == (1, n)

    def test_what_is_not_finite_cannot_be_ranked(self):
        found = probe()
        found.minus[3, 0] = np.nan
        with pytest.raises(ValueError, match=r"perturbations\.minus holds values that are not finite"):
            most_improving(found)

    @pytest.mark.parametrize("spread", [2e-16, 1e-15, 1e-14, 1e-13])
    @pytest.mark.parametrize("size", [1e-300, 1e-160, 1e-3, 0.5, 7.0, 1e160, 1e300])
    def test_distances_that_differ_by_rounding_are_equal(self, size, spread):
        found = probe()
        alpha = size * np.where(np.arange(len(found.alpha)) % 2, 1.0, 1 - spread)
        assert np.ptp(alpha) > 0
        rounded = most_improving(replace(found, alpha=alpha))
        np.testing.assert_array_equal(rounded.directions, most_improving(found).directions)
        sets = [replace(probe(seed=seed), alpha=np.full(20, alpha[seed])) for seed in range(2)]
        assert len(most_improving_sets(sets).chosen) == 2

    @pytest.mark.parametrize("size", [1e-300, 1e-160, 0.5, 1e160, 1e300])
    def test_distances_that_differ_by_more_are_not(self, size):
        alpha = size * np.where(np.arange(20) % 2, 1.0, 1 - 1e-9)
        with pytest.raises(ValueError, match="alpha must be the same for all directions"):
            most_improving(replace(probe(), alpha=alpha))

    def test_improvements_at_different_distances_cannot_be_compared(self):
        with pytest.raises(ValueError, match="alpha must be the same for all directions"):
            most_improving(probe(alpha=np.linspace(0.1, 0.5, 20)))
