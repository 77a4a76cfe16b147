"""Optimisers: against the linear filters that their memories are, and runs whose path is known."""

import numpy as np
import pytest
from scipy.signal import lfilter

from rl_landscapes.ascent import SGD, Adam, Momentum, RMSProp

ALL = [SGD(), Momentum(0.8), RMSProp(0.7), Adam(0.8, 0.95)]
GRADIENTS = np.random.default_rng(0).normal(size=(30, 4))


def directions(optimiser, gradients):
    memory, found = optimiser.start(gradients.shape[1]), []
    for gradient in gradients:
        direction, memory = optimiser.direction(gradient, memory)
        found.append(direction)
    return np.array(found)


class TestOracles:
    def test_sgd_is_the_gradient(self):
        np.testing.assert_array_equal(directions(SGD(), GRADIENTS), GRADIENTS)

    def test_momentum_is_a_filter(self):
        expected = lfilter([1], [1, -0.8], GRADIENTS, axis=0)
        np.testing.assert_allclose(directions(Momentum(0.8), GRADIENTS), expected, rtol=1e-12, atol=1e-14)

    def test_rmsprop_divides_by_a_filter(self):
        squares = lfilter([0.3], [1, -0.7], GRADIENTS**2, axis=0)
        expected = GRADIENTS / (np.sqrt(squares) + 1e-8)
        np.testing.assert_allclose(directions(RMSProp(0.7), GRADIENTS), expected, rtol=1e-12)

    def test_adam_is_two_filters_corrected(self):
        i = np.arange(1, 31)[:, None]
        mean = lfilter([0.2], [1, -0.8], GRADIENTS, axis=0) / (1 - 0.8**i)
        square = lfilter([0.05], [1, -0.95], GRADIENTS**2, axis=0) / (1 - 0.95**i)
        expected = mean / (np.sqrt(square) + 1e-8)
        np.testing.assert_allclose(directions(Adam(0.8, 0.95), GRADIENTS), expected, rtol=1e-9)

    def test_in_a_steady_gradient(self):
        """Momentum goes 1 / (1 - factor) times as fast; Adam one step a time whatever the size."""
        steady = np.tile([1e-3, -2.0, 50.0], (400, 1))
        np.testing.assert_allclose(directions(Momentum(0.8), steady)[-1], 5 * steady[0], rtol=1e-12)
        signs = np.tile(np.sign(steady[0]), (400, 1))
        np.testing.assert_allclose(directions(Adam(), steady), signs, rtol=2e-5)

    def test_momentum_on_a_quadratic_is_a_matrix_power(self):
        """(theta, v) moves by a fixed matrix."""
        curvature, step, factor = -2.0, 0.1, 0.9
        move = np.array([[1 + step * curvature, step * factor], [curvature, factor]])
        theta, memory = np.array([1.0]), Momentum(factor).start(1)
        for _ in range(25):
            direction, memory = Momentum(factor).direction(curvature * theta, memory)
            theta = theta + step * direction
        assert theta[0] == pytest.approx((np.linalg.matrix_power(move, 25) @ [1, 0])[0], rel=1e-10)


class TestIdentities:
    @pytest.mark.parametrize("optimiser", ALL)
    def test_nothing_is_changed_in_place(self, optimiser):
        gradient = GRADIENTS[0].copy()
        _, memory = optimiser.direction(gradient, optimiser.start(4))
        before = [part.copy() for part in memory]
        one, _ = optimiser.direction(gradient, memory)
        other, _ = optimiser.direction(gradient, memory)
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(gradient, GRADIENTS[0])
        for part, old in zip(memory, before, strict=True):
            np.testing.assert_array_equal(part, old)

    @pytest.mark.parametrize("optimiser", [RMSProp(), Adam()])
    def test_the_scale_of_the_objective_does_not_matter(self, optimiser):
        one, other = directions(optimiser, GRADIENTS), directions(optimiser, 1000 * GRADIENTS)
        np.testing.assert_allclose(one, other, rtol=1e-4)

    @pytest.mark.parametrize("optimiser", ALL)
    def test_a_zero_gradient_moves_nothing(self, optimiser):
        assert not directions(optimiser, np.zeros((3, 2))).any()


class TestBadInput:
    @pytest.mark.parametrize("bad", [-0.1, 1.0, np.nan])
    def test_factors(self, bad):
        for name, make in (
            ("factor", Momentum),
            ("decay", RMSProp),
            ("beta_1", Adam),
            ("beta_2", lambda b: Adam(beta_2=b)),
        ):
            with pytest.raises(ValueError, match=f"{name} must lie between 0 and 1, got {bad}"):
                make(bad)

    @pytest.mark.parametrize("kind", [RMSProp, Adam])
    def test_epsilon(self, kind):
        with pytest.raises(ValueError, match="epsilon must be a finite number above 0, got 0"):
            kind(epsilon=0)
