"""One decision under Gaussian noise: the blurred landscape, the heat equation, and what estimates cost."""

from itertools import pairwise

import numpy as np
import pytest
from autograd import grad
from autograd import hessian as autograd_hessian
from autograd import numpy as anp

from rl_landscapes.ascent import ascend
from rl_landscapes.objectives import evaluate, gradient, hessian, two_hills
from rl_landscapes.objectives.bandit import GaussianBandit
from rl_landscapes.objectives.base import TwiceDifferentiable
from rl_landscapes.probes import extreme_eigenpairs, perturb

CENTRES = np.array([[0.0, 1.0, -0.5], [1.5, 0.0, 0.3], [-1.0, -1.0, 0.0], [0.2, 0.4, 0.6]])
WIDTHS, HEIGHTS = np.array([0.5, 1.0, 0.7, 1.3]), np.array([1.0, 0.6, -0.8, 0.3])
BANDIT = GaussianBandit(CENTRES, WIDTHS, HEIGHTS)
THETAS = np.random.default_rng(7).normal(size=(4, 3))
SIGMAS = [0.0, 0.3, 2.0]
NODES = np.linspace(-8, 8, 81)  # the trapezoidal rule is exact to rounding for what is this smooth
WEIGHTS = np.exp(-(NODES**2) / 2) / np.sqrt(2 * np.pi) * (NODES[1] - NODES[0])


def blurred(sigma, centres=CENTRES, widths=WIDTHS, heights=HEIGHTS):
    """theta -> E f(theta + sigma eps), coordinate by coordinate: E exp(-(x - c)^2 / 2 s^2) for Gaussian x."""

    def function(theta):
        total = 0.0
        for centre, s, h in zip(centres, widths, heights, strict=True):
            factors = anp.exp(-((theta - centre) ** 2) / (2 * (s**2 + sigma**2))) / anp.sqrt(
                1 + sigma**2 / s**2
            )
            total = total + h * anp.prod(factors)
        return total

    return function


def peaks(bandit, low=-3.0, high=6.0):
    """Local optima along the first axis, on a grid of 0.005."""
    x = np.linspace(low, high, 1801)
    points = np.zeros((1801, bandit.n_parameters))
    points[:, 0] = x
    slopes = gradient(bandit, points)[:, 0]
    return x[[i for i, (a, b) in enumerate(pairwise(slopes)) if a > 0 >= b]]


@pytest.mark.parametrize("sigma", SIGMAS)
class TestOracles:
    @pytest.mark.no_cover
    def test_value_by_quadrature(self, sigma):
        """On a grid of 81^3 values of the noise, over the rewards themselves."""
        noise = np.stack(np.meshgrid(NODES, NODES, NODES, indexing="ij"), axis=-1)
        weights = np.multiply.outer(np.multiply.outer(WEIGHTS, WEIGHTS), WEIGHTS)
        for theta in THETAS[:2]:
            expected = (weights * BANDIT.rewards(theta + sigma * noise)).sum()
            found = evaluate(BANDIT.with_sigma(sigma), theta[None]).item()
            assert found == pytest.approx(expected, rel=1e-11)

    def test_value_gradient_and_hessian_against_autograd(self, sigma):
        objective, oracle = BANDIT.with_sigma(sigma), blurred(sigma)
        np.testing.assert_allclose(evaluate(objective, THETAS)[:, 0], [oracle(t) for t in THETAS], rtol=1e-12)
        np.testing.assert_allclose(gradient(objective, THETAS), [grad(oracle)(t) for t in THETAS], atol=1e-14)
        for theta in THETAS:
            expected = autograd_hessian(oracle)(theta)
            np.testing.assert_allclose(hessian(objective, theta), expected, atol=1e-13)

    def test_heat_equation(self, sigma):
        """dO / d sigma^2 = tr H / 2, the left side by a complex step in sigma^2."""
        objective = BANDIT.with_sigma(sigma)
        for theta in THETAS:
            moved = blurred(np.sqrt(sigma**2 + 1e-30j))(theta).imag / 1e-30
            assert np.trace(hessian(objective, theta)) / 2 == pytest.approx(moved, rel=1e-9)


class TestSmoothing:
    def test_without_noise_it_is_the_reward(self):
        by_hand = [
            sum(HEIGHTS[i] * np.exp(-((t - CENTRES[i]) ** 2).sum() / (2 * WIDTHS[i] ** 2)) for i in range(4))
            for t in THETAS
        ]
        np.testing.assert_allclose(evaluate(BANDIT, THETAS)[:, 0], by_hand, rtol=1e-13)
        np.testing.assert_array_equal(BANDIT.with_sigma(2.0).rewards(THETAS), BANDIT.rewards(THETAS))

    def test_blurring_twice_is_blurring_once(self):
        """A hill seen at sigma 1.2 is a wider, lower hill; seen at 0.9 that one looks as the first at 1.5."""
        wide = np.sqrt(WIDTHS**2 + 1.2**2)
        once = GaussianBandit(CENTRES, wide, HEIGHTS * (WIDTHS / wide) ** 3, 0.9)
        np.testing.assert_allclose(
            evaluate(once, THETAS), evaluate(BANDIT.with_sigma(1.5), THETAS), rtol=1e-13
        )

    @pytest.mark.parametrize("n", [1, 2])
    def test_two_hills_become_one(self, n):
        hills = two_hills(n=n)
        counts = [len(peaks(hills.with_sigma(s))) for s in (0.0, 0.3, 0.8, 1.5)]
        assert counts == [2, 2, 1, 1]

    def test_the_optimum_moves(self):
        """Towards the poor hill, and all the way beyond the better one if that is the narrow one."""
        hills, swapped = two_hills(), two_hills(heights=(1.0, 0.6))
        best = [peaks(hills.with_sigma(s))[-1] for s in (0.8, 1.5, 2.0)]
        assert 3.0 > best[0] > best[1] > best[2] > 2.5
        assert len(peaks(swapped.with_sigma(1.5))) == 1
        assert peaks(swapped.with_sigma(1.5))[0] > 1.5
        assert swapped.rewards(np.array([[0.0], [1.86]])).tolist() == pytest.approx([1.03, 0.38], abs=0.01)

    def test_ascent_from_the_poor_hill_arrives_only_if_it_is_smoothed(self):
        start, hills = np.array([[-0.5]]), two_hills()
        stuck = ascend(hills, start, n_updates=400, step=0.2).end.item()
        freed = ascend(hills.with_sigma(1.0), start, n_updates=400, step=0.2).end.item()
        assert abs(stuck) < 0.1
        assert abs(freed - 3) < 0.1

    def test_curvatures_shrink_with_sigma(self):
        sharpest = [np.abs(hessian(two_hills(n=2, sigma=s), np.zeros(2))).max() for s in (0.0, 0.5, 1.0, 2.0)]
        assert sharpest == sorted(sharpest, reverse=True)


class TestEstimates:
    N = 100_000

    @pytest.mark.parametrize("sigma", [0.2, 1.0])
    @pytest.mark.parametrize("baseline", [0.0, "value", -1.5])
    def test_unbiased_with_the_covariance_stated(self, sigma, baseline):
        """Means within 4.5 standard errors; the covariance within 6% of its largest entry."""
        objective, theta = BANDIT.with_sigma(sigma), THETAS[1]
        level = evaluate(objective, theta[None]).item() if baseline == "value" else baseline
        samples = objective.score_samples(
            theta, n_samples=self.N, rng=np.random.default_rng(0), baseline=level
        )
        assert samples.shape == (self.N, 3)
        error = samples.std(axis=0) / np.sqrt(self.N)
        assert (np.abs(samples.mean(axis=0) - gradient(objective, theta[None])[0]) < 4.5 * error).all()
        stated = objective.score_covariance(theta, baseline=level)
        np.testing.assert_allclose(np.cov(samples.T), stated, atol=0.06 * stated.max())

    def test_covariance_by_quadrature(self):
        """In one dimension, to ten digits: E g^2 - (E g)^2 of g = (f - b) eps / sigma."""
        objective, theta = two_hills(sigma=0.6), np.array([0.7])
        estimates = (objective.rewards((theta + 0.6 * NODES)[:, None]) - 0.2) * NODES / 0.6
        mean, square = (WEIGHTS @ estimates**p for p in (1, 2))
        assert gradient(objective, theta[None]).item() == pytest.approx(mean, rel=1e-9)
        assert objective.score_covariance(theta, baseline=0.2).item() == pytest.approx(
            square - mean**2, rel=1e-9
        )

    def test_variance_grows_like_one_over_sigma_squared_without_a_baseline(self):
        theta = THETAS[1]
        scaled = [s**2 * np.trace(BANDIT.with_sigma(s).score_covariance(theta)) for s in (0.1, 0.01, 1e-3)]
        limit = 3 * BANDIT.rewards(theta) ** 2
        np.testing.assert_allclose(scaled, limit, rtol=0.2)
        assert scaled[-1] == pytest.approx(limit, rel=1e-4)

    def test_variance_stays_bounded_with_the_mean_reward_as_baseline(self):
        """Its limit is |grad f|^2 I + (grad f)(grad f)'."""
        theta, objective = THETAS[1], BANDIT.with_sigma(1e-3)
        level, slope = evaluate(objective, theta[None]).item(), gradient(BANDIT, theta[None])[0]
        limit = slope @ slope * np.eye(3) + np.outer(slope, slope)
        found = objective.score_covariance(theta, baseline=level)
        np.testing.assert_allclose(found, limit, atol=1e-4 * limit.max())

    def test_squared_is_the_square(self):
        np.testing.assert_allclose(BANDIT.squared().rewards(THETAS), BANDIT.rewards(THETAS) ** 2, rtol=1e-12)

    def test_seeds_decide_and_draw_the_same_noise_at_every_baseline(self):
        objective, theta = BANDIT.with_sigma(0.5), THETAS[0]
        draws = [objective.score_samples(theta, n_samples=5, rng=np.random.default_rng(s)) for s in (1, 1, 2)]
        np.testing.assert_array_equal(draws[0], draws[1])
        assert not np.isclose(draws[0], draws[2]).any()
        shifted = objective.score_samples(theta, n_samples=5, rng=np.random.default_rng(1), baseline=1.0)
        noise = np.random.default_rng(1).normal(size=(5, 3))
        np.testing.assert_allclose(draws[0] - shifted, noise / 0.5, rtol=1e-12)


class TestProbes:
    def test_they_work_on_it(self):
        objective = two_hills(n=3, sigma=0.4)
        assert isinstance(objective, TwiceDifferentiable)
        theta, matrix = THETAS[0], hessian(objective, THETAS[0])
        seen = perturb(objective, theta, alpha=1e-3, n_directions=10, rng=np.random.default_rng(0))
        true = np.einsum("di,ij,dj->d", seen.directions, matrix, seen.directions)
        np.testing.assert_allclose(seen.curvature, true, atol=1e-5)
        extremes = np.linalg.eigvalsh(matrix)[[0, -1]]
        np.testing.assert_allclose(extreme_eigenpairs(objective, theta).values, extremes, atol=1e-12)


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"centres": np.zeros((0, 1))}, "centres must hold at least one hill in one dimension"),
            ({"widths": [1.0, 0.0]}, "widths must be above 0, the least is 0"),
            ({"widths": [1.0]}, r"widths must have shape \(2,\), got \(1,\)"),
            ({"heights": [1.0, np.nan]}, "heights must be finite"),
            ({"sigma": -0.1}, "sigma must be a finite number of at least 0, got -0.1"),
        ],
    )
    def test_is_refused_by_name(self, changes, message):
        parts = {"centres": np.zeros((2, 1)), "widths": np.ones(2), "heights": np.ones(2)} | changes
        with pytest.raises(ValueError, match=message):
            GaussianBandit(**parts)

    def test_no_noise_no_estimate(self):
        theta, rng = np.zeros(1), np.random.default_rng(0)
        with pytest.raises(ValueError, match="sigma must be above 0 for a gradient from samples"):
            two_hills().score_samples(theta, n_samples=3, rng=rng)
        with pytest.raises(ValueError, match="sigma must be above 0 for a gradient from samples"):
            two_hills().score_covariance(theta)

    def test_numbers(self):
        with pytest.raises(ValueError, match="distance must be a finite number above 0, got 0"):
            two_hills(distance=0)
        with pytest.raises(ValueError, match="n_samples must be an integer of at least 1, got 0"):
            two_hills(sigma=1).score_samples(np.zeros(1), n_samples=0, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match=r"theta must have shape \(1,\), got \(2,\)"):
            two_hills(sigma=1).score_covariance(np.zeros(2))


def test_far_away_nothing_is_left_and_nothing_warns():
    far = np.array([[1e200]])
    assert evaluate(two_hills(sigma=0.3), far).item() == gradient(two_hills(sigma=0.3), far).item() == 0
