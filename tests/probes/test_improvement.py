"""The direction of most improvement: ranks on a known quadratic, what selection does to noise, and runs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import norm

from rl_landscapes.ascent import train
from rl_landscapes.objectives import Noisy, evaluate, gradient, hessian, plateau, quadratic
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import most_improving, perturb, probe_run
from rl_landscapes.probes.improvement import along_direction
from rl_landscapes.worlds import scalar_lqr

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


class TestAlongDirection:
    def test_it_is_made_unit(self):
        found = along_direction(BOWL, THETA, 7 * TILT, alpha=0.3, rng=np.random.default_rng(0))
        unit = TILT / np.linalg.norm(TILT)
        assert found.slope[0] == pytest.approx(unit @ (TILT + MATRIX @ THETA))
        assert found.curvature[0] == pytest.approx(true_curvature(unit))

    def test_refusals(self):
        rng = np.random.default_rng(0)
        with pytest.raises(ValueError, match="none of them zero"):
            along_direction(BOWL, THETA, np.zeros(N), alpha=0.3, rng=rng)
        with pytest.raises(ValueError, match=r"direction must have shape \(6,\), got \(5,\)"):
            along_direction(BOWL, THETA, np.ones(5), alpha=0.3, rng=rng)
        with pytest.raises(ValueError, match="alpha must be a finite number above 0, got 0"):
            along_direction(BOWL, THETA, TILT, alpha=0, rng=rng)


UPDATES = np.array([0, 10, 25])
THETAS = np.array([np.zeros(N), THETA, 3 * THETA])


def run(objective=BOWL, seed=3, **options):
    settings = {"alpha": 0.5, "n_directions": 15} | options
    return probe_run(objective, THETAS, UPDATES, rng=np.random.default_rng(seed), **settings)


class TestRun:
    def test_every_rule_gives_the_known_values(self):
        gradients = TILT + THETAS @ MATRIX
        found = run(gradients=gradients)
        for profile, quantile in ((found.paper, 0.9), (found.greatest, 1.0)):
            directions = np.array([most_improving(p, quantile=quantile).directions[0] for p in found.probes])
            np.testing.assert_allclose(profile.slope, (directions * gradients).sum(axis=1), rtol=1e-9)
            curvatures = [true_curvature(direction) for direction in directions]
            np.testing.assert_allclose(profile.curvature, curvatures, rtol=1e-7)
        lengths = np.linalg.norm(gradients, axis=1)
        np.testing.assert_allclose(found.gradient.slope, lengths, rtol=1e-9)
        expected = [true_curvature(g) / length**2 for g, length in zip(gradients, lengths, strict=True)]
        np.testing.assert_allclose(found.gradient.curvature, expected, rtol=1e-7)
        np.testing.assert_array_equal(found.gradient.updates, UPDATES)

    def test_no_random_direction_is_steeper_than_the_gradient(self):
        found = run(gradients=TILT + THETAS @ MATRIX)
        assert (found.greatest.slope <= found.gradient.slope).all()

    def test_standard_errors_are_those_of_the_probe_of_the_chosen_direction(self):
        found = run(Noisy(BOWL, noise=1.0, n_episodes=10))
        for k, each in enumerate(found.probes):
            chosen = most_improving(each, quantile=1.0)
            assert found.greatest.curvature_stderr[k] == chosen.curvature_stderr[0] > 0
            assert found.greatest.slope_stderr[k] == chosen.slope_stderr[0] > 0
        assert (
            found.most_improving(1.0, split=False).curvature_stderr != found.greatest.curvature_stderr
        ).all()

    def test_a_schedule_changes_the_objective(self):
        found = run(lambda update: quadratic(-(1.0 + update) * np.eye(N)))
        np.testing.assert_allclose(found.paper.curvature, -(1.0 + UPDATES), rtol=1e-7)

    def test_checkpoints_have_directions_and_episodes_of_their_own(self):
        found = run(Noisy(plateau(N), noise=1.0, n_episodes=4))
        assert not np.array_equal(found.probes[0].directions, found.probes[1].directions)
        same_place = probe_run(
            Noisy(plateau(N), noise=1.0, n_episodes=4),
            np.zeros((2, N)),
            [0, 1],
            alpha=0.5,
            n_directions=2,
            rng=np.random.default_rng(0),
        )
        assert not np.array_equal(same_place.probes[0].centre, same_place.probes[1].centre)

    def test_the_gradient_is_measured_in_episodes_of_its_own(self):
        found = run(Noisy(plateau(N), noise=1.0, n_episodes=4), gradients=np.ones((3, N)))
        for everywhere, along in zip(found.probes, found.gradients, strict=True):
            assert not np.array_equal(everywhere.centre, along.centre)

    def test_the_seed_decides_and_the_number_of_jobs_does_not(self):
        pytest.importorskip("joblib")
        noisy = Noisy(BOWL, noise=1.0, n_episodes=4)
        one, two, other = run(noisy), run(noisy, n_jobs=2), run(noisy, seed=4)
        np.testing.assert_array_equal(one.paper.curvature, two.paper.curvature)
        assert (one.paper.curvature != other.paper.curvature).all()

    def test_along_a_run_of_reinforce_it_agrees_with_the_closed_form(self):
        """The gains of a scalar LQR, seen by sampling, and the second derivative from Lyapunov's equation."""
        world = scalar_lqr(dynamics=0.9, disturbance=0.05, time_limit=40)
        sampled = SampledReturn(
            world, linear_gaussian(1, 1, sigma=0.1), n_episodes=200, discount=world.discount
        )
        rng = np.random.default_rng(0)
        training = train(sampled, np.zeros(2), n_updates=4, step=0.05, rng=rng, keep_every=2)
        thetas = np.where([True, False], training.thetas, 0)  # the closed form has no bias
        exact = LQRReturn(world, sigma=0.1)
        slopes = gradient(exact, thetas[:, :1])
        found = probe_run(
            sampled,
            thetas,
            training.kept,
            alpha=0.02,
            n_directions=2,
            rng=rng,
            gradients=np.pad(slopes, ((0, 0), (0, 1))),
        ).gradient
        assert (np.abs(found.slope - np.abs(slopes[:, 0])) < 4 * found.slope_stderr).all()
        bends = [hessian(exact, theta)[0, 0] for theta in thetas[:, :1]]
        assert (np.abs(found.curvature - bends) < 4 * found.curvature_stderr).all()
        assert (found.curvature_stderr < 0.3 * np.abs(bends)).all()


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

    def test_distances_that_differ_by_rounding_are_equal(self):
        found = probe()
        alpha = found.alpha * np.where(np.arange(len(found.alpha)) % 2, 1.0, 1 - 2e-16)
        assert np.ptp(alpha) > 0
        rounded = most_improving(replace(found, alpha=alpha))
        np.testing.assert_array_equal(rounded.directions, most_improving(found).directions)

    def test_improvements_at_different_distances_cannot_be_compared(self):
        with pytest.raises(ValueError, match="alpha must be the same for all directions"):
            most_improving(probe(alpha=np.linspace(0.1, 0.5, 20)))

    def test_runs(self):
        rng = np.random.default_rng(0)
        look = {"alpha": 0.5, "n_directions": 2, "rng": rng}
        with pytest.raises(ValueError, match=r"thetas must have shape \(2, 6\), got \(3, 6\)"):
            probe_run(BOWL, THETAS, [0, 1], **look)
        with pytest.raises(ValueError, match=r"gradients must have shape \(3, 6\), got \(2, 6\)"):
            probe_run(BOWL, THETAS, UPDATES, gradients=np.ones((2, N)), **look)
        with pytest.raises(ValueError, match="none of them zero"):
            probe_run(BOWL, THETAS, UPDATES, gradients=np.zeros((3, N)), **look)
        for updates in ([], [0.5, 1.0, 2.0], [[0, 1, 2]]):
            with pytest.raises(ValueError, match="updates must be one or more integers, one per checkpoint"):
                probe_run(BOWL, THETAS, updates, **look)
        with pytest.raises(ValueError, match="probed without gradients: pass gradients"):
            _ = run().gradient
        with pytest.raises(TypeError, match="rng must be a Generator"):
            probe_run(BOWL, THETAS, UPDATES, **(look | {"rng": 0}))
