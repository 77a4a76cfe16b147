"""Toy functions: the derivatives they claim, and noise that is common to near points."""

import numpy as np
import pytest
from autograd import grad
from autograd import hessian as autograd_hessian
from autograd import numpy as anp

from rl_landscapes.objectives import (
    Noisy,
    evaluate,
    from_function,
    goodfellow_saddle,
    gradient,
    hessian,
    monkey_saddle,
    plateau,
    quadratic,
    quadratic_of_spectrum,
    ramp,
)
from rl_landscapes.objectives.toys import ridge

MATRIX = np.array([[2.0, -1.0], [-1.0, -3.0]])
TILT = np.array([0.5, -2.0])
TOYS = {
    "quadratic": (
        quadratic(MATRIX, slope=TILT),
        lambda t: anp.dot(TILT, t) + anp.dot(t, anp.dot(MATRIX, t)) / 2,
    ),
    "ramp": (ramp(TILT), lambda t: anp.dot(TILT, t) + 0 * t[0] * t[1]),
    "plateau": (plateau(2), lambda t: 0 * t[0] * t[1]),
    "goodfellow": (goodfellow_saddle(), lambda t: -((1 - t[0] * t[1]) ** 2)),
    "monkey": (monkey_saddle(), lambda t: t[0] ** 3 - 3 * t[0] * t[1] ** 2),
    "ridge": (ridge(7.0), lambda t: t[0] - 7 * (t[1] - t[0] ** 2) ** 2 / 2),
    "from autograd": (from_function(lambda t: anp.sin(t[0]) * t[1], 2), lambda t: anp.sin(t[0]) * t[1]),
}
THETAS = np.random.default_rng(0).normal(size=(4, 2))


@pytest.mark.parametrize("toy", TOYS)
class TestOracles:
    def test_value(self, toy):
        objective, formula = TOYS[toy]
        np.testing.assert_allclose(
            evaluate(objective, THETAS)[:, 0], [formula(t) for t in THETAS], rtol=1e-13
        )

    def test_gradient(self, toy):
        objective, formula = TOYS[toy]
        expected = np.stack([grad(formula)(t) for t in THETAS])
        np.testing.assert_allclose(gradient(objective, THETAS), expected, atol=1e-13)

    def test_hessian(self, toy):
        objective, formula = TOYS[toy]
        for theta in THETAS:
            np.testing.assert_allclose(
                hessian(objective, theta), autograd_hessian(formula)(theta), atol=1e-12
            )


class TestIdentities:
    def test_the_spectrum_asked_for_is_the_spectrum_got(self):
        wanted = np.array([-3.0, -0.5, 0.0, 2.0])
        objective = quadratic_of_spectrum(wanted, np.random.default_rng(0))
        np.testing.assert_allclose(np.linalg.eigvalsh(hessian(objective, np.zeros(4))), wanted, atol=1e-14)
        assert np.abs(hessian(objective, np.zeros(4)) - np.diag(wanted)).max() > 0.1

    def test_goodfellow_has_its_saddle_and_its_optima(self):
        objective = goodfellow_saddle()
        assert not gradient(objective, np.zeros((1, 2))).any()
        assert np.linalg.eigvalsh(hessian(objective, np.zeros(2))).tolist() == pytest.approx([-2, 2])
        assert evaluate(objective, np.array([[4.0, 0.25]]))[0, 0] == 0

    def test_the_monkey_sits_where_gradient_and_hessian_vanish(self):
        assert not gradient(monkey_saddle(), np.zeros((1, 2))).any()
        assert not hessian(monkey_saddle(), np.zeros(2)).any()

    def test_the_crest_of_the_ridge_rises_along_a_parabola(self):
        crest = np.array([[x, x**2] for x in (0.0, 0.5, 2.0)])
        assert evaluate(ridge(), crest)[:, 0].tolist() == [0.0, 0.5, 2.0]


class TestNoise:
    NOISY = Noisy(quadratic(MATRIX), noise=0.7, n_episodes=50)

    def test_points_meet_the_same_noise_however_many_are_asked_for(self):
        alone = self.NOISY.evaluate(THETAS[:1], np.random.default_rng(3))
        together = self.NOISY.evaluate(THETAS, np.random.default_rng(3))
        np.testing.assert_allclose(alone[0], together[0], rtol=1e-14)

    def test_episodes_differ_and_seeds_decide(self):
        values = [self.NOISY.evaluate(THETAS, np.random.default_rng(seed)) for seed in (1, 1, 2)]
        np.testing.assert_array_equal(values[0], values[1])
        assert not np.allclose(values[0], values[2])
        assert np.ptp(values[0][0]) > 0.1

    def test_mean_and_deviation_are_as_said(self):
        """20,000 episodes: mean within 4 standard errors, deviation within 3%."""
        noisy = Noisy(quadratic(MATRIX), noise=0.7, n_episodes=20_000)
        values = noisy.evaluate(THETAS, np.random.default_rng(0))
        exact = quadratic(MATRIX).evaluate(THETAS)[:, 0]
        np.testing.assert_allclose(values.mean(axis=1), exact, atol=4 * 0.7 / np.sqrt(20_000))
        np.testing.assert_allclose(values.std(axis=1), 0.7, rtol=0.03)

    def test_differences_of_near_points_are_quieter_than_either(self):
        near = THETAS[:1] + np.array([[0.0, 0.0], [0.01, 0.0], [30.0, -20.0]])
        values = self.NOISY.evaluate(near, np.random.default_rng(0))
        values -= quadratic(MATRIX).evaluate(near)
        assert (values[1] - values[0]).std() < 0.05 * values[0].std()
        assert (values[2] - values[0]).std() > values[0].std()

    @pytest.mark.parametrize(("name", "bad"), [("noise", 0.0), ("n_episodes", 1), ("wavelength", -1.0)])
    def test_noise_that_is_none(self, name, bad):
        settings = {"noise": 1.0, "n_episodes": 4, "wavelength": 1.0} | {name: bad}
        with pytest.raises(ValueError, match=f"{name} must be .*, got {bad}"):
            Noisy(plateau(2), **settings)


class TestBadInput:
    def test_hessians_that_are_none(self):
        with pytest.raises(ValueError, match=r"hessian must be a symmetric matrix, got shape \(2, 3\)"):
            quadratic(np.zeros((2, 3)))
        with pytest.raises(ValueError, match="hessian must be a symmetric matrix"):
            quadratic(np.array([[1.0, 2.0], [0.0, 1.0]]))

    def test_numbers(self):
        with pytest.raises(ValueError, match=r"slope must have shape \(2,\), got \(3,\)"):
            quadratic(MATRIX, slope=np.zeros(3))
        with pytest.raises(ValueError, match="curvature must be a finite number above 0, got -1"):
            ridge(-1)
        with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
            plateau(0)
