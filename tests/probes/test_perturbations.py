"""Perturbations: exact on quadratics, paired, and honest about what they evaluated."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import kstest, norm

from rl_landscapes.objectives import (
    ExactReturn,
    Noisy,
    evaluate,
    gradient,
    hessian,
    quadratic,
    quadratic_of_spectrum,
)
from rl_landscapes.policies import paper_policy
from rl_landscapes.probes import perturb, unit_directions
from rl_landscapes.records import generator
from rl_landscapes.worlds import MDP, paper_gridworld, random_mdp

N = 6
MATRIX = np.random.default_rng(0).normal(size=(N, N))
MATRIX = MATRIX + MATRIX.T
TILT = np.random.default_rng(1).normal(size=N)
BOWL = quadratic(MATRIX, slope=TILT)
THETA = np.random.default_rng(2).normal(size=N)


def probe(objective=BOWL, theta=THETA, alpha=0.5, n_directions=20, seed=0, **settings):
    return perturb(
        objective,
        theta,
        alpha=alpha,
        n_directions=n_directions,
        rng=np.random.default_rng(seed),
        **settings,
    )


@dataclass(frozen=True)
class Half:
    """A number where the first parameter is positive, and something else where it is not."""

    otherwise: float
    n_parameters: int = N
    n_episodes: int = 1

    def evaluate(self, thetas, rng):
        return np.where(thetas[:, :1] > 0, thetas[:, :1], self.otherwise)


@dataclass(frozen=True)
class Own:
    """An objective with noise of its own, whatever `rng` it is given."""

    noise: np.random.Generator
    n_episodes: int
    points_at_once: int = 64
    n_parameters: int = N

    def evaluate(self, thetas, rng):
        return self.noise.normal(size=(len(thetas), self.n_episodes))


@dataclass(frozen=True)
class Rounded:
    """An objective that rounds, and meets episodes, otherwise when it is asked for fewer points."""

    n_parameters: int = N
    n_episodes: int = 5

    def evaluate(self, thetas, rng):
        return thetas[:, :1] + np.spacing(1.0) * len(thetas) + rng.normal(size=(len(thetas), 5))


class TestOracles:
    @pytest.mark.parametrize("alpha", [1e-2, 0.5, 7.0, np.linspace(0.1, 2, 20)])
    def test_slope_and_curvature_of_a_quadratic_are_exact(self, alpha):
        """d'g and d'Hd: with the 1/2 and with alpha squared."""
        found = probe(alpha=alpha)
        directions = found.directions
        np.testing.assert_allclose(found.slope, directions @ (TILT + MATRIX @ THETA), rtol=1e-9)
        expected = np.einsum("di,ij,dj->d", directions, MATRIX, directions)
        np.testing.assert_allclose(found.curvature, expected, rtol=1e-7, atol=1e-9)

    def test_a_small_alpha_sees_gradient_and_hessian_of_the_return(self):
        exact = ExactReturn(paper_gridworld(), paper_policy(), tau=0.1)
        theta = np.random.default_rng(0).normal(size=108)
        found = probe(exact, theta, alpha=1e-3)
        d = found.directions
        np.testing.assert_allclose(found.slope, d @ gradient(exact, theta[None])[0], atol=1e-6)
        expected = np.einsum("di,ij,dj->d", d, hessian(exact, theta), d)
        np.testing.assert_allclose(found.curvature, expected, atol=1e-5)

    def test_the_two_rotated_axes_of_the_paper(self):
        found = probe()
        np.testing.assert_allclose(
            found.delta_plus - found.delta_minus, 2 * found.alpha * found.slope, atol=1e-12
        )
        np.testing.assert_allclose(
            found.delta_plus + found.delta_minus, found.alpha**2 * found.curvature, atol=1e-12
        )

    def test_standard_errors_are_those_of_the_paired_differences(self):
        found = probe(Noisy(BOWL, noise=1.0, n_episodes=30), alpha=0.3)
        slopes = (found.plus - found.minus) / 0.6
        bends = (found.plus + found.minus - 2 * found.centre) / 0.09
        for episodes, mean, stderr in [
            (slopes, found.slope, found.slope_stderr),
            (bends, found.curvature, found.curvature_stderr),
        ]:
            np.testing.assert_allclose(mean, episodes.mean(axis=1), rtol=1e-10, atol=1e-10)
            np.testing.assert_allclose(stderr, episodes.std(axis=1, ddof=1) / np.sqrt(30), rtol=1e-9)


class TestIdentities:
    def test_the_ends_are_exact_opposites_and_the_centre_is_theta(self):
        found = probe()
        for end, sign in ((found.plus, 1), (found.minus, -1)):
            direct = evaluate(BOWL, THETA + sign * 0.5 * found.directions)
            np.testing.assert_array_equal(end, direct)
        np.testing.assert_array_equal(found.centre, evaluate(BOWL, THETA[None]))

    def test_turning_every_direction_swaps_the_ends(self):
        found = probe()
        turned = probe(directions=-found.directions, n_directions=None)
        np.testing.assert_allclose(turned.plus, found.minus, rtol=1e-14)
        np.testing.assert_allclose(turned.minus, found.plus, rtol=1e-14)
        np.testing.assert_allclose(turned.slope, -found.slope, rtol=1e-12)
        np.testing.assert_allclose(turned.curvature, found.curvature, rtol=1e-10)

    def test_alpha_scales(self):
        near, far = probe(alpha=0.01), probe(alpha=10.0)
        assert np.abs(near.delta_plus).max() < 0.1 < np.abs(far.delta_plus).min()

    def test_signs_of_both_ends(self):
        found = probe(quadratic(np.diag([-1.0, -2.0])), np.zeros(2))
        assert found.both_lower.all()
        assert not found.both_higher.any()
        found = probe(quadratic(np.diag([1.0, 2.0])), np.zeros(2))
        assert found.both_higher.all()
        steep = quadratic(np.eye(2), slope=np.array([100.0, 0.0]))
        found = probe(steep, np.zeros(2), n_directions=None, directions=np.eye(2)[:1])
        assert not (found.both_higher | found.both_lower).any()

    def test_given_directions_are_made_unit_and_duplicates_kept(self):
        given = np.array([3 * np.eye(N)[0], 3 * np.eye(N)[0], np.ones(N)])
        found = probe(n_directions=None, directions=given)
        np.testing.assert_allclose(np.linalg.norm(found.directions, axis=1), 1, rtol=1e-15)
        np.testing.assert_array_equal(found.plus[0], found.plus[1])

    def test_shifting_the_objective_changes_nothing_but_the_level(self):
        mdp = random_mdp(6, 2, discount=0.9, rng=np.random.default_rng(0))
        theta = np.random.default_rng(1).normal(size=12)
        found = []
        for shift in (0, -1000, 1000):
            world = MDP(mdp.transitions, mdp.rewards + shift, mdp.discount, mdp.start)
            found.append(probe(ExactReturn(world), theta))
        for other in found[1:]:
            np.testing.assert_allclose(other.slope, found[0].slope, atol=1e-9)
            np.testing.assert_allclose(other.curvature, found[0].curvature, atol=1e-8)
            np.testing.assert_array_equal(other.both_lower, found[0].both_lower)

    def test_the_seed_decides_everything(self):
        noisy = Noisy(BOWL, noise=1.0, n_episodes=5)
        one, other, third = (probe(noisy, seed=seed) for seed in (1, 1, 2))
        for name in ("directions", "plus", "minus", "centre"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert not np.array_equal(getattr(one, name), getattr(third, name))

    def test_the_record_can_be_made_again_from_its_provenance(self):
        noisy = Noisy(BOWL, noise=1.0, n_episodes=5)
        one = probe(noisy, seed=9)
        again = perturb(noisy, THETA, alpha=0.5, n_directions=20, rng=generator(one.provenance))
        np.testing.assert_array_equal(one.plus, again.plus)

    def test_no_bit_depends_on_the_number_of_jobs(self):
        pytest.importorskip("joblib")
        noisy = Noisy(BOWL, noise=1.0, n_episodes=5)
        one, two = (probe(noisy, n_directions=100, n_jobs=n) for n in (1, 2))
        np.testing.assert_array_equal(one.plus, two.plus)

    def test_inputs_are_neither_changed_nor_shared(self):
        theta, directions, alpha = THETA.copy(), 2 * np.eye(N), np.full(N, 0.5)
        found = probe(theta=theta, directions=directions, n_directions=None, alpha=alpha)
        np.testing.assert_array_equal(theta, THETA)
        np.testing.assert_array_equal(directions, 2 * np.eye(N))
        for given, kept in ((theta, found.theta), (directions, found.directions), (alpha, found.alpha)):
            assert not np.shares_memory(given, kept)

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_what_is_not_finite_reaches_the_caller(self, bad):
        found = probe(Half(bad), np.eye(N)[0] * 0.1)
        assert np.isin(found.plus, bad).any() or np.isnan(found.plus).any()
        broken = ~np.isfinite(found.plus[:, 0] + found.minus[:, 0])
        assert broken.any()
        assert not broken.all()
        assert not np.isfinite(found.curvature[broken]).any()
        assert np.isfinite(found.curvature[~broken]).all()

    def test_exact_objectives_have_no_standard_error(self):
        assert not probe().slope_stderr.any()
        assert not probe().curvature_stderr.any()


class TestNoise:
    @pytest.mark.parametrize("n_episodes", [1, 4])
    @pytest.mark.parametrize("points_at_once", [1, 64])
    def test_noise_that_does_not_come_from_rng_is_refused(self, n_episodes, points_at_once):
        with pytest.raises(ValueError, match="objective must draw all its noise from rng"):
            probe(Own(np.random.default_rng(0), n_episodes, points_at_once))

    @pytest.mark.parametrize("points_at_once", [1, 7, 64])
    def test_the_same_from_rng_passes(self, points_at_once):
        class FromRng(Own):
            def evaluate(self, thetas, rng):
                return np.repeat(rng.normal(size=(1, self.n_episodes)), len(thetas), axis=0)

        assert not probe(FromRng(np.random.default_rng(0), 4, points_at_once)).slope_episodes.any()

    def test_an_objective_that_is_another_one_for_fewer_points_passes(self):
        assert probe(Rounded()).plus.shape == (20, 5)

    def test_asking_again_draws_nothing_from_rng(self):
        rng, other = np.random.default_rng(0), np.random.default_rng(0)
        found = perturb(BOWL, THETA, alpha=0.5, n_directions=3, rng=rng)
        ends = THETA + 0.5 * unit_directions(3, N, other)
        assert np.array_equal(found.plus, evaluate(BOWL, ends, other))
        assert rng.random() == other.random()


class TestStatistics:
    DRAWS = unit_directions(20_000, 5, np.random.default_rng(0))

    def test_unit_length(self):
        np.testing.assert_allclose(np.linalg.norm(self.DRAWS, axis=1), 1, rtol=1e-14)

    def test_no_sign_is_preferred(self):
        """Means of 20,000 draws: each coordinate has variance 1/n; Bonferroni at 1e-3."""
        z = self.DRAWS.mean(axis=0) * np.sqrt(5 * 20_000)
        assert np.abs(z).max() < norm.isf(1e-3 / 10)

    def test_uniform_on_the_sphere(self):
        """On the sphere in 3 dimensions each coordinate is uniform on [-1, 1] (Archimedes)."""
        draws = unit_directions(5000, 3, np.random.default_rng(1))
        axis = np.array([0.6, 0.0, 0.8])
        for projections in (draws[:, 0], draws @ axis):
            assert kstest(projections, "uniform", args=(-1, 2)).pvalue > 1e-3

    def test_covariance_is_identity_over_n(self):
        covariance = self.DRAWS.T @ self.DRAWS / len(self.DRAWS)
        np.testing.assert_allclose(covariance, np.eye(5) / 5, atol=0.01)

    @pytest.mark.parametrize("n", [4, 40])
    def test_what_the_curvatures_of_random_directions_can_be(self, n):
        """Mean tr H / n; variance 2/(n+2) [tr H^2 / n - (tr H / n)^2], both within 4 standard errors."""
        eigenvalues = np.random.default_rng(3).normal(size=n) - 0.5
        objective = quadratic_of_spectrum(eigenvalues, np.random.default_rng(4))
        curvatures = probe(objective, np.zeros(n), n_directions=20_000, alpha=1.0).curvature
        variance = 2 / (n + 2) * ((eigenvalues**2).mean() - eigenvalues.mean() ** 2)
        mean_error = np.sqrt(variance / 20_000)
        assert curvatures.mean() == pytest.approx(eigenvalues.mean(), abs=4 * mean_error)
        fourth = ((curvatures - curvatures.mean()) ** 4).mean()
        variance_error = np.sqrt((fourth - variance**2) / 20_000)
        assert curvatures.var() == pytest.approx(variance, abs=4 * variance_error)

    @pytest.mark.no_cover
    def test_standard_errors_cover(self):
        """The 95% interval slope +- t stderr covers the true slope in 1,000 probes: within 4 deviations."""
        noisy = Noisy(BOWL, noise=1.0, n_episodes=20, wavelength=3.0)
        direction = np.eye(N)[:1]
        covered = 0
        for seed in range(1000):
            found = probe(noisy, directions=direction, n_directions=None, seed=seed)
            covered += abs(found.slope - (TILT + MATRIX @ THETA)[0])[0] < 2.093 * found.slope_stderr[0]
        assert abs(covered - 950) < 4 * np.sqrt(1000 * 0.95 * 0.05)


class TestBadInput:
    @pytest.mark.parametrize("alpha", [0, -0.5, np.nan, np.inf, np.array([0.5] * 19 + [-3.0])])
    def test_alpha(self, alpha):
        bad = np.ravel(alpha)[-1]
        with pytest.raises(ValueError, match=rf"alpha must be finite and above 0, got {bad}"):
            probe(alpha=alpha)

    def test_alphas_for_another_number_of_directions(self):
        with pytest.raises(
            ValueError, match=r"alpha must be one number or one for each of 20 .*, got \(3,\)"
        ):
            probe(alpha=np.ones(3))

    @pytest.mark.parametrize("count", [0, -1, 2.5, True])
    def test_numbers_of_directions(self, count):
        with pytest.raises(ValueError, match="n_directions must be an integer of at least 1, got"):
            probe(n_directions=count)

    def test_numpy_integers_are_counts(self):
        assert len(probe(n_directions=np.int64(3)).slope) == 3

    def test_directions_that_are_zero_or_none(self):
        for rows in (np.zeros((1, N)), np.zeros((0, N)), np.stack([np.ones(N), np.zeros(N)])):
            with pytest.raises(ValueError, match="directions must be one or more rows, none of them zero"):
                probe(n_directions=None, directions=rows)

    def test_directions_of_another_length_or_not_finite(self):
        with pytest.raises(ValueError, match=r"directions must have shape \(any, 6\), got \(2, 5\)"):
            probe(n_directions=None, directions=np.ones((2, 5)))
        with pytest.raises(ValueError, match=r"directions must be finite, but directions\[0, 0\] is nan"):
            probe(n_directions=None, directions=np.full((2, N), np.nan))

    def test_both_or_neither(self):
        with pytest.raises(ValueError, match="either n_directions or directions, got both"):
            probe(n_directions=2, directions=np.ones((1, N)))
        with pytest.raises(ValueError, match="either n_directions or directions, got neither"):
            probe(n_directions=None)

    def test_theta(self):
        with pytest.raises(ValueError, match=r"theta must have shape \(6,\), got \(1, 6\)"):
            probe(theta=THETA[None])
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[0\] is nan"):
            probe(theta=np.full(N, np.nan))

    def test_alpha_that_is_no_number(self):
        with pytest.raises(ValueError, match="alpha must be a number, or one for each direction, got 'far'"):
            probe(alpha="far")

    @pytest.mark.parametrize("seed", [0, None])
    def test_a_seed_is_no_generator(self, seed):
        with pytest.raises(TypeError, match=f"rng must be a Generator, such as .*, got {seed}"):
            perturb(BOWL, THETA, alpha=0.1, n_directions=2, rng=seed)
