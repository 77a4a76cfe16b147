"""The return of linear-quadratic worlds: against the same formula under autograd, sums over time, samples."""

from dataclasses import replace

import numpy as np
import pytest
from autograd import grad
from autograd import hessian as autograd_hessian
from autograd import numpy as anp
from scipy.linalg import solve_discrete_lyapunov

from rl_landscapes.ascent import ascend
from rl_landscapes.objectives import LQRReturn, SampledReturn, evaluate, gradient, hessian, hessian_at
from rl_landscapes.objectives.base import Batched, TwiceDifferentiable, ValueAndGradient, value_and_gradient
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import extreme_eigenpairs, full_spectrum, interpolate, perturb, plane
from rl_landscapes.statistics import standard_error
from rl_landscapes.worlds import LQR, double_integrator, scalar_lqr
from tests.linear import build

WORLDS = {
    "three states, two actions": build(),
    "double integrator": double_integrator(disturbance=0.05),
    "scalar": scalar_lqr(1.3, control=-0.7, action_cost=0.4),
    "far-sighted": double_integrator(discount=0.999, disturbance=0.01),
    "one step": build(discount=0.0),
    "one state, two actions": LQR([[1.1]], [[1.0, -0.5]], [[1.0]], [[1.0, 0.3], [0.3, 2.0]], 0.95),
}
SIGMAS = [0.0, 0.7, None]
CASES = [pytest.param(w, s, id=f"{w}-{s}") for w in WORLDS for s in SIGMAS]


def written_again(world, sigma):
    """theta -> return, the Lyapunov equation of P as one linear system, for real or complex theta."""
    m, k = world.n_observations, world.n_actions
    gamma, states, actions = world.discount, world.state_cost, world.action_cost
    pushed = world.start_moment + gamma / (1 - gamma) * world.disturbance

    def function(theta):
        gain = anp.reshape(theta[: k * m], (k, m))
        variances = anp.exp(2 * theta[k * m :]) if sigma is None else np.full(k, sigma**2)
        closed = world.dynamics + anp.dot(world.control, gain)
        paid = states + anp.dot(gain.T, anp.dot(actions, gain))
        system = np.eye(m * m) - gamma * anp.kron(closed.T, closed.T)
        costs = anp.reshape(anp.linalg.solve(system, anp.reshape(paid, -1)), (m, m))
        price = anp.diag(actions + gamma * anp.dot(world.control.T, anp.dot(costs, world.control)))
        return -(anp.sum(costs * pushed) + anp.sum(variances * price) / (1 - gamma))

    return function


def case(name, sigma, seed=0, n_points=3):
    """An objective, its oracle, and stable points near the optimum."""
    world = WORLDS[name]
    objective, rng = LQRReturn(world, sigma), np.random.default_rng(seed)
    best = np.concatenate([world.optimal_gain.ravel(), np.full(world.n_actions, -0.5)])
    points = best + 0.2 * rng.normal(size=(40, best.size))
    points = points[:, : objective.n_parameters]
    return objective, written_again(world, sigma), points[objective.stable(points)][:n_points]


def summed(world, gain, sigma, n_steps):
    """The first `n_steps` steps of the return, and the second moment of the state after them."""
    moment, total = world.start_moment, 0.0
    closed = world.dynamics + world.control @ gain
    noise = world.disturbance + sigma**2 * world.control @ world.control.T
    paid = world.state_cost + gain.T @ world.action_cost @ gain
    for step in range(n_steps):
        total -= world.discount**step * (np.trace(paid @ moment) + sigma**2 * np.trace(world.action_cost))
        moment = closed @ moment @ closed.T + noise
    return total, moment


@pytest.mark.parametrize(("name", "sigma"), CASES)
class TestOracles:
    def test_value(self, name, sigma):
        objective, oracle, points = case(name, sigma)
        np.testing.assert_allclose(evaluate(objective, points)[:, 0], [oracle(p) for p in points], rtol=1e-10)

    def test_gradient_against_autograd(self, name, sigma):
        objective, oracle, points = case(name, sigma)
        expected = np.stack([grad(oracle)(p) for p in points])
        np.testing.assert_allclose(gradient(objective, points), expected, atol=1e-9 * np.abs(expected).max())

    def test_gradient_against_complex_steps(self, name, sigma):
        objective, oracle, points = case(name, sigma)
        steps = 1e-30j * np.eye(objective.n_parameters)
        expected = [oracle(points[0] + step).imag / 1e-30 for step in steps]
        found = gradient(objective, points[:1])[0]
        np.testing.assert_allclose(found, expected, atol=1e-9 * np.abs(expected).max())

    def test_hessian_against_autograd(self, name, sigma):
        objective, oracle, points = case(name, sigma)
        expected = autograd_hessian(oracle)(points[0])
        columns = hessian_at(objective, points[0])(np.eye(objective.n_parameters))
        np.testing.assert_allclose(columns, expected, atol=1e-8 * np.abs(expected).max())
        np.testing.assert_allclose(columns, columns.T, atol=1e-10 * np.abs(expected).max())

    def test_hessian_against_differences_of_the_gradient(self, name, sigma):
        objective, _, points = case(name, sigma)
        vectors = np.random.default_rng(1).normal(size=(4, objective.n_parameters))
        h = 1e-6
        ahead, behind = (objective.gradient(points[1] + s * h * vectors) for s in (1, -1))
        expected = (ahead - behind) / (2 * h)
        found = hessian_at(objective, points[1])(vectors)
        np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())

    def test_value_and_gradient_together(self, name, sigma):
        objective, _, points = case(name, sigma)
        values, gradients = value_and_gradient(objective, points)
        np.testing.assert_array_equal(values, evaluate(objective, points)[:, 0])
        np.testing.assert_array_equal(gradients, gradient(objective, points))


@pytest.mark.no_cover
class TestOverTime:
    @pytest.mark.parametrize("name", [name for name in WORLDS if name != "far-sighted"])
    def test_value_is_the_sum_over_steps(self, name):
        objective, _, points = case(name, 0.7)
        found = evaluate(objective, points)[:, 0]
        n_steps = 2000 if objective.world.discount else 3
        expected = [summed(objective.world, k, 0.7, n_steps)[0] for k in objective.gains(points)]
        np.testing.assert_allclose(found, expected, rtol=1e-11)

    def test_costs_and_moments_against_scipy(self):
        objective, _, points = case("three states, two actions", 0.7)
        world, gamma = objective.world, objective.world.discount
        noise = world.disturbance + 0.49 * world.control @ world.control.T
        for point, costs, moments in zip(
            points, objective.state_costs(points), objective.state_moments(points), strict=True
        ):
            gain = objective.gains(point[None])[0]
            closed = np.sqrt(gamma) * (world.dynamics + world.control @ gain)
            paid = world.state_cost + gain.T @ world.action_cost @ gain
            source = world.start_moment + gamma / (1 - gamma) * noise
            np.testing.assert_allclose(costs, solve_discrete_lyapunov(closed.T, paid), rtol=1e-10)
            np.testing.assert_allclose(moments, solve_discrete_lyapunov(closed, source), rtol=1e-10)

    @pytest.mark.parametrize("sigma", [0.0, 0.7])
    def test_long_rollouts(self, sigma):
        """20,000 episodes of 120 steps: within 4 standard errors, the cut a hundredth of one."""
        world = build(time_limit=120)
        gain = world.optimal_gain + 0.1
        objective, theta = LQRReturn(world, sigma), gain.reshape(1, -1)
        rng, ids, n = np.random.default_rng(0), np.arange(20_000), 20_000
        bodies, returns = world.bodies(n), np.zeros(n)
        states = bodies.place(ids, world.starts(n, rng))
        for step in range(120):
            taken = bodies.step(ids, states @ gain.T + sigma * rng.normal(size=(n, 2)))
            returns += world.discount**step * taken.rewards
            states = taken.observations
        error = returns.std(ddof=1) / np.sqrt(n)
        value = evaluate(objective, theta).item()
        cut, last = summed(world, gain, sigma, 120)
        missed = world.discount**120 * evaluate(LQRReturn(starting(world, last), sigma), theta).item()
        assert cut + missed == pytest.approx(value, rel=1e-12)
        assert abs(missed) < 0.01 * error
        assert abs(returns.mean() - value) < 4 * error
        assert error < 0.02 * abs(value)

    @pytest.mark.parametrize("sigma", SIGMAS)
    def test_sampled_return_of_the_linear_policy(self, sigma):
        """4,000 episodes of 120 steps through `SampledReturn`, within 4 standard errors; its bias is zero."""
        world = build(time_limit=120)
        learned = np.log([0.5, 0.9]) if sigma is None else np.zeros(0)
        gain = (world.optimal_gain + 0.1).ravel()
        policy = linear_gaussian(3, 2, sigma=sigma)
        sampled = SampledReturn(world, policy, n_episodes=4000, discount=world.discount)
        theta = np.concatenate([gain, np.zeros(2), learned])
        returns = evaluate(sampled, theta[None], np.random.default_rng(1))[0]
        value = evaluate(LQRReturn(world, sigma), np.concatenate([gain, learned])[None]).item()
        assert abs(returns.mean() - value) < 4 * standard_error(returns) < 0.05 * abs(value)


def starting(world, moment):
    """The same world from starts of mean zero with the given second moment."""
    return LQR(
        world.dynamics,
        world.control,
        world.state_cost,
        world.action_cost,
        world.discount,
        start_covariance=moment,
        disturbance=world.disturbance,
    )


class TestWhatSigmaDoes:
    @pytest.mark.parametrize("name", WORLDS)
    def test_the_optimum_is_the_riccati_gain_at_every_sigma(self, name):
        world = WORLDS[name]
        best, rng = world.optimal_gain.ravel(), np.random.default_rng(0)
        for sigma in (0.0, 0.3, 5.0):
            objective = LQRReturn(world, sigma)
            scale = np.abs(np.diag(hessian(objective, best))).max()
            np.testing.assert_allclose(gradient(objective, best[None]), 0, atol=1e-9 * scale)
            around = best + 0.05 * rng.normal(size=(200, best.size))
            assert (evaluate(objective, around) < evaluate(objective, best[None])).all()
            assert np.linalg.eigvalsh(hessian(objective, best)).max() < 0

    def test_costs_there_are_those_of_the_riccati_equation(self):
        world = build()
        found = LQRReturn(world).state_costs(world.optimal_gain.reshape(1, -1))[0]
        np.testing.assert_allclose(found, world.optimal_costs, rtol=1e-10)

    def test_sigma_adds_a_multiple_of_one_landscape_and_no_stable_gain(self):
        world = double_integrator()
        objective = LQRReturn(world)
        gains = world.optimal_gain + np.random.default_rng(0).normal(size=(300, 2))
        sigmas = np.array([0.0, 0.5, 1.0, 3.0])
        values = objective.over_sigmas(gains, sigmas)
        finite = np.isfinite(values)
        assert 0.2 < finite[0].mean() < 0.9
        assert (finite == objective.stable(gains)).all()
        expected = values[0] - np.multiply.outer(sigmas**2, objective.price_of_noise(gains))
        np.testing.assert_allclose(values[:, finite[0]], expected[:, finite[0]], rtol=1e-12)

    def test_curvature_at_the_optimum_only_grows(self):
        """Noise makes this landscape sharper, not smoother: the largest stable step falls."""
        world = double_integrator()
        best = world.optimal_gain.ravel()
        steps = [full_spectrum(LQRReturn(world, s), best).largest_stable_step for s in (0.0, 0.5, 1.0, 2.0)]
        assert steps == sorted(steps, reverse=True)
        assert steps[0] > 1.5 * steps[-1]

    def test_hessian_at_the_optimum_is_a_kronecker_product(self):
        """-2 (R + gamma B'P B) x Sigma, for E = 0 there."""
        world = build()
        best = world.optimal_gain.ravel()
        objective = LQRReturn(world, 0.7)
        bent = world.action_cost + world.discount * world.control.T @ world.optimal_costs @ world.control
        expected = -2 * np.kron(bent, objective.state_moments(best[None])[0])
        np.testing.assert_allclose(hessian(objective, best), expected, rtol=1e-8)


class TestLearnedSigma:
    def test_equal_logarithms_are_one_fixed_sigma(self):
        learned, _, points = case("three states, two actions", None)
        points[:, -2:] = np.log(0.7)
        fixed = LQRReturn(learned.world, 0.7)
        np.testing.assert_allclose(evaluate(learned, points), evaluate(fixed, points[:, :-2]), rtol=1e-13)
        np.testing.assert_allclose(gradient(learned, points)[:, :-2], gradient(fixed, points[:, :-2]))

    def test_fixing_it_keeps_theta_as_it_is(self):
        learned, _, points = case("three states, two actions", None)
        fixed = learned.with_sigma(0.7)
        short = LQRReturn(learned.world, 0.7)
        assert fixed.n_parameters == learned.n_parameters == short.n_parameters + 2
        assert fixed.with_sigma(0.2).n_parameters == learned.n_parameters
        np.testing.assert_array_equal(evaluate(fixed, points), evaluate(short, points[:, :-2]))
        np.testing.assert_array_equal(gradient(fixed, points)[:, :-2], gradient(short, points[:, :-2]))
        assert not gradient(fixed, points)[:, -2:].any()
        curved = hessian(fixed, points[0])
        np.testing.assert_array_equal(curved[:-2, :-2], hessian(short, points[0, :-2]))
        assert not curved[-2:].any()

    def test_less_noise_is_always_better(self):
        learned, _, points = case("double integrator", None)
        assert (gradient(learned, points)[:, -1] < 0).all()
        points[:, -1] = -800.0  # exp underflows: no noise at all
        silent = learned.with_sigma(0.0)
        np.testing.assert_array_equal(evaluate(learned, points), evaluate(silent, points))

    def test_noise_beyond_all_numbers_costs_infinitely(self):
        learned, _, points = case("double integrator", None)
        points[:, -1] = 800.0
        assert (evaluate(learned, points) == -np.inf).all()
        assert np.isnan(gradient(learned, points)).all()


class TestUnstable:
    WORLD = scalar_lqr(discount=0.25)  # |1 + K| < 2 is stable: K in (-3, 1)

    def test_value_and_gradient_at_either_side(self):
        objective = LQRReturn(self.WORLD, 0.0)
        gains = np.array([[-3.001], [-3.0], [-2.999], [0.999], [1.0], [1.001]])
        inside = np.array([False, False, True, True, False, False])
        np.testing.assert_array_equal(objective.stable(gains), inside)
        np.testing.assert_array_equal(evaluate(objective, gains)[:, 0] > -np.inf, inside)
        np.testing.assert_array_equal(np.isnan(gradient(objective, gains)[:, 0]), ~inside)
        assert objective.radius(gains)[4] == 1

    @pytest.mark.no_cover
    @pytest.mark.parametrize("sigma", [0.0, 1.0])
    def test_infinite_if_and_only_if_the_sum_over_steps_grows_without_end(self, sigma):
        world = double_integrator(discount=0.8)
        gains = world.optimal_gain + 1.5 * np.random.default_rng(0).normal(size=(120, 2))
        objective = LQRReturn(world, sigma)
        radius, values = objective.radius(gains), evaluate(objective, gains)[:, 0]
        clear = np.abs(radius - 1) > 0.02
        assert 20 < (radius[clear] < 1).sum() < 100
        for gain, r, value in zip(gains[clear], radius[clear], values[clear], strict=True):
            n_steps = 1000 if r < 1 else int(12 / np.log10(r)) // 2  # r^(2 n) is 10^12 then
            total = summed(world, gain[None], sigma, n_steps)[0]
            if r < 1:
                assert total == pytest.approx(value, rel=1e-8)
            else:
                assert value == -np.inf
                assert total < -1e6

    def test_the_hessian_is_refused(self):
        with pytest.raises(ValueError, match=r"theta must hold a stable gain .* must be below 1, got 1.5"):
            hessian(LQRReturn(self.WORLD), np.array([2.0]))

    @pytest.mark.parametrize("gain", [1e8, 1e160, 1.7e308])
    def test_however_large(self, gain):
        objective = LQRReturn(build())
        thetas = np.full((2, 6), gain)
        thetas[0] = build().optimal_gain.ravel()
        np.testing.assert_array_equal(np.isfinite(evaluate(objective, thetas)[:, 0]), [True, False])

    def test_as_near_to_the_edge_as_one_likes(self):
        """In one dimension O = -(1 + K^2) / (1 - gamma (1 + K)^2) without noise."""
        gaps = 10.0 ** -np.arange(1, 13)
        gains = 1 - gaps[:, None]
        expected = -(1 + gains**2) / (1 - 0.25 * (1 + gains) ** 2)
        np.testing.assert_allclose(evaluate(LQRReturn(self.WORLD, 0.0), gains), expected, rtol=1e-3)
        np.testing.assert_allclose(evaluate(LQRReturn(self.WORLD, 0.0), gains)[:6], expected[:6], rtol=1e-9)

    def test_bits_do_not_depend_on_company(self):
        objective = LQRReturn(build(), None)
        points = np.random.default_rng(0).normal(size=(60, 8))
        points[:, :6] *= 0.5
        values, gradients = value_and_gradient(objective, points)
        assert 0.1 < np.isfinite(values).mean() < 0.95
        alone = [value_and_gradient(objective, point[None]) for point in points]
        np.testing.assert_array_equal(values, [value.item() for value, _ in alone])
        np.testing.assert_array_equal(gradients, np.concatenate([g for _, g in alone]))


class TestProbes:
    WORLD = double_integrator()
    BEST = WORLD.optimal_gain.ravel()

    def test_protocols(self):
        assert all(
            isinstance(LQRReturn(self.WORLD), p) for p in (TwiceDifferentiable, ValueAndGradient, Batched)
        )

    def test_ascent_arrives_at_the_optimum(self):
        """And a start from an unstable gain is flagged, as is a step that leaves the stable ones."""
        objective, starts = LQRReturn(self.WORLD), np.array([[-0.2, -0.5], [-1.5, -1.0], [5.0, 5.0]])
        climbed = ascend(objective, starts, n_updates=400, step=0.05)
        assert climbed.diverged.tolist() == [False, False, True]
        np.testing.assert_allclose(climbed.end[:2], [self.BEST] * 2, atol=1e-9)
        np.testing.assert_array_equal(climbed.end[2], starts[2])
        assert not climbed.falls.any()
        assert ascend(objective, starts[:1], n_updates=5, step=50.0).diverged.all()

    def test_perturbations_see_the_curvature(self):
        objective = LQRReturn(self.WORLD)
        seen = perturb(objective, self.BEST, alpha=1e-3, n_directions=20, rng=np.random.default_rng(0))
        true = np.einsum("di,ij,dj->d", seen.directions, hessian(objective, self.BEST), seen.directions)
        np.testing.assert_allclose(seen.curvature, true, rtol=1e-4)
        assert seen.both_lower.all()

    def test_extreme_eigenpairs(self):
        objective, theta = (
            LQRReturn(build(), None),
            np.append(build().optimal_gain.ravel() + 0.05, [0.1, -0.3]),
        )
        found = extreme_eigenpairs(objective, theta)
        assert found.converged.all()
        np.testing.assert_allclose(found.values, np.linalg.eigvalsh(hessian(objective, theta))[[0, -1]])

    def test_lines_and_planes_through_the_edge(self):
        """No warning on the way to a figure: warnings are errors here."""
        line = interpolate(LQRReturn(scalar_lqr(discount=0.25)), np.array([[-2.0], [0.0]]), extrapolate=1.0)
        assert np.isinf(line.mean).any()
        assert not line.stderr.any()
        cut = plane(LQRReturn(self.WORLD), self.BEST, np.eye(2)[0], np.eye(2)[1], radius=3.0, n_points=21)
        assert 0 < np.isinf(cut.mean).mean() < 1
        assert cut.mean.max() == cut.mean[10, 10]


class TestBadInput:
    @pytest.mark.parametrize("sigma", [-1.0, np.nan, np.inf])
    def test_sigma(self, sigma):
        with pytest.raises(ValueError, match="sigma must be a finite number of at least 0, got"):
            LQRReturn(scalar_lqr(), sigma)
        with pytest.raises(ValueError, match="sigma must be a finite number of at least 0, got"):
            LQRReturn(scalar_lqr(), None).with_sigma(sigma)

    def test_theta_of_another_length(self):
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 3\), got \(1, 2\)"):
            evaluate(LQRReturn(double_integrator(), None), np.zeros((1, 2)))


class TestBias:
    """The oracle is a world whose last state is a constant 1, at a cost that hardly counts."""

    WORLD = WORLDS["three states, two actions"]

    def wider(self, matrix, corner):
        return np.block([[matrix, np.zeros((3, 1))], [np.zeros((1, 3)), np.full((1, 1), corner)]])

    @pytest.fixture
    def embedded(self):
        world = self.WORLD
        return LQR(
            self.wider(world.dynamics, 1.0),
            np.vstack([world.control, np.zeros((1, 2))]),
            self.wider(world.state_cost, 1e-10),
            world.action_cost,
            world.discount,
            start_mean=np.append(world.start_mean, 1.0),
            start_covariance=self.wider(world.start_covariance, 0.0),
            disturbance=self.wider(world.disturbance, 0.0),
        )

    def points(self, n_log_sigmas):
        """(theta with biases after the gains, theta of the world with a constant)."""
        rng = np.random.default_rng(4)
        gain = self.WORLD.optimal_gain + 0.1 * rng.normal(size=(3, 2, 3))
        bias, logs = rng.normal(size=(3, 2)), rng.normal(size=(3, n_log_sigmas))
        one = np.concatenate([gain.reshape(3, -1), bias, logs], axis=1)
        return one, np.concatenate([np.concatenate([gain, bias[..., None]], 2).reshape(3, -1), logs], axis=1)

    @pytest.mark.parametrize("sigma", SIGMAS)
    def test_value_gradient_and_hessian(self, sigma, embedded):
        one, other = self.points(2 if sigma is None else 0)
        found, expected = LQRReturn(self.WORLD, sigma, bias=True), LQRReturn(embedded, sigma)
        order = [0, 1, 2, 6, 3, 4, 5, 7, *range(8, one.shape[1])]
        np.testing.assert_array_equal(one[:, order], other)
        np.testing.assert_allclose(evaluate(found, one), evaluate(expected, other), rtol=1e-8)
        np.testing.assert_allclose(gradient(found, one)[:, order], gradient(expected, other), rtol=1e-8)
        values, gradients = value_and_gradient(found, one)
        np.testing.assert_array_equal(values, evaluate(found, one)[:, 0])
        np.testing.assert_array_equal(gradients, gradient(found, one))
        bends = hessian(found, one[0])[np.ix_(order, order)]
        np.testing.assert_allclose(bends, hessian(expected, other[0]), rtol=1e-7, atol=1e-7)

    def test_no_bias_is_a_bias_of_zero_and_the_best(self):
        best = np.concatenate([self.WORLD.optimal_gain.ravel(), np.zeros(2)])[None]
        with_bias, without = LQRReturn(self.WORLD, bias=True), LQRReturn(self.WORLD)
        np.testing.assert_allclose(evaluate(with_bias, best), evaluate(without, best[:, :6]), rtol=1e-12)
        np.testing.assert_allclose(gradient(with_bias, best), 0, atol=1e-9)
        np.testing.assert_array_equal(with_bias.radius(best), without.radius(best[:, :6]))

    def test_parameters_are_those_of_the_sampled_policy(self):
        """The mean of many episodes, cut where discounting has left nothing."""
        one, _ = self.points(2)
        policy = linear_gaussian(3, 2, sigma=None)
        world = replace(self.WORLD, time_limit=120)
        sampled = SampledReturn(world, policy, 1000, discount=world.discount)
        exact = LQRReturn(self.WORLD, None, bias=True)
        assert exact.n_parameters == policy.n_parameters
        values = evaluate(sampled, one, np.random.default_rng(0))
        assert (abs(values.mean(1) - exact.evaluate(one)[:, 0]) < 4 * standard_error(values)).all()
        assert exact.with_sigma(0.3).n_parameters == policy.n_parameters
        assert np.isinf(exact.evaluate(one + 9.0 * np.eye(10)[0])).all()
