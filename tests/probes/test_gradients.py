"""Along a direction and along the gradient: known values, new episodes, and what is refused."""

import numpy as np
import pytest

from rl_landscapes.objectives import Noisy, SampledReturn, gradient, hessian, plateau, quadratic
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import along_direction, along_gradient, gradient_estimate
from rl_landscapes.worlds import double_integrator

N = 6
MATRIX = np.diag([-3.0, -1.0, 0.0, 1.0, 2.0, 5.0])
TILT = np.array([1.0, -2.0, 0.5, 0.0, 0.3, 1.5])
BOWL = quadratic(MATRIX, slope=TILT)
THETA = np.full(N, 0.2)


def true_curvature(direction):
    return direction @ MATRIX @ direction


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


CART = double_integrator(disturbance=0.05, time_limit=60)
STABLE = np.array([-0.6, -0.9, 0.3])


def closed(sigma=0.1):
    return LQRReturn(CART, sigma=sigma, bias=True)


def sampled(sigma=0.1, n_episodes=16):
    return SampledReturn(CART, linear_gaussian(2, 1, sigma=sigma), n_episodes, discount=CART.discount)


class TestEstimate:
    def test_an_objective_that_knows_its_gradient_is_asked(self):
        np.testing.assert_array_equal(
            gradient_estimate(BOWL, THETA, np.random.default_rng(0)), TILT + MATRIX @ THETA
        )
        found = gradient_estimate(closed(), STABLE, np.random.default_rng(0))
        np.testing.assert_array_equal(found, gradient(closed(), STABLE[None])[0])

    @pytest.mark.no_cover
    def test_from_episodes_it_is_unbiased_for_the_closed_form(self):
        found = np.array([gradient_estimate(sampled(), STABLE, np.random.default_rng(i)) for i in range(200)])
        error = found.std(axis=0) / np.sqrt(200)
        assert (np.abs(found.mean(axis=0) - gradient(closed(), STABLE[None])[0]) < 4 * error).all()

    def test_more_episodes_point_nearer_to_it(self):
        truth = gradient(closed(), STABLE[None])[0]

        def cosine(n):
            found = gradient_estimate(sampled(), STABLE, np.random.default_rng(1), n_episodes=n)
            return found @ truth / np.linalg.norm(found) / np.linalg.norm(truth)

        assert cosine(4000) > max(0.9, cosine(8))

    def test_refusals(self):
        rng = np.random.default_rng(0)
        with pytest.raises(
            ValueError, match="n_episodes must be None where no SampledReturn is probed, got 9"
        ):
            gradient_estimate(BOWL, THETA, rng, n_episodes=9)
        with pytest.raises(ValueError, match="n_episodes must be an integer of at least 1, got 0"):
            gradient_estimate(sampled(), STABLE, rng, n_episodes=0)
        with pytest.raises(ValueError, match="needs sigma above 0, got 0"):
            gradient_estimate(sampled(sigma=0.0), STABLE, rng)
        with pytest.raises(TypeError, match="must have a method gradient, Noisy has none"):
            gradient_estimate(Noisy(BOWL, noise=1.0, n_episodes=4), THETA, rng)
        with pytest.raises(ValueError, match=r"theta must have shape \(3,\), got \(6,\); 3 = "):
            gradient_estimate(sampled(), THETA, rng)
        with pytest.raises(TypeError, match="rng must be a Generator"):
            gradient_estimate(sampled(), STABLE, 0)

    def test_where_every_episode_diverges_there_is_none(self):
        with pytest.raises(ValueError, match="theta must be where episodes end, but all 16 diverged"):
            gradient_estimate(sampled(), np.full(3, 1e80), np.random.default_rng(0))


class TestAlongGradient:
    def test_of_a_known_gradient_slope_and_curvature_are_known(self):
        for objective, theta, alpha in ((BOWL, THETA, 0.3), (closed(), STABLE, 1e-3)):
            found = along_gradient(objective, theta, alpha=alpha, rng=np.random.default_rng(0))
            slope, matrix = gradient(objective, theta[None])[0], hessian(objective, theta)
            assert found.slope[0] == pytest.approx(np.linalg.norm(slope), rel=1e-3)
            assert found.curvature[0] == pytest.approx(slope @ matrix @ slope / (slope @ slope), rel=1e-3)

    @pytest.mark.slow
    @pytest.mark.no_cover
    def test_of_a_sampled_return_they_are_those_of_the_direction_found(self):
        """Unbiased, for the probe has episodes of its own: intervals cover as stated."""
        matrix, slope = hessian(closed(), STABLE), gradient(closed(), STABLE[None])[0]
        z = []
        for seed in range(120):
            rng = np.random.default_rng(seed)
            found = along_gradient(sampled(), STABLE, alpha=0.01, rng=rng, n_episodes=64)
            (d,) = found.directions
            z.append(
                [
                    (found.slope[0] - slope @ d) / found.slope_stderr[0],
                    (found.curvature[0] - d @ matrix @ d) / found.curvature_stderr[0],
                ]
            )
        share = (np.abs(z) < 2.13).mean(axis=0)  # Student's t of 15 degrees of freedom: 95%
        assert (np.abs(share - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 120) + 0.03).all()  # returns are skewed
        assert (np.abs(np.mean(z, axis=0)) < 0.5).all()

    def test_where_it_is_zero_there_is_no_direction(self):
        for flat in (plateau(N), quadratic(MATRIX)):
            with pytest.raises(ValueError, match="theta must be where the gradient is not zero"):
                along_gradient(flat, np.zeros(N), alpha=0.3, rng=np.random.default_rng(0))
