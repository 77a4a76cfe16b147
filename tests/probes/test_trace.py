"""The trace: known traces of every kind of objective, what alpha smooths, and errors that cover."""

from dataclasses import replace

import autograd.numpy as anp
import numpy as np
import pytest
from scipy.special import stdtrit

from rl_landscapes.objectives import (
    ExactReturn,
    Noisy,
    SampledReturn,
    evaluate,
    from_function,
    hessian,
    quadratic,
    quadratic_of_spectrum,
)
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian, paper_policy
from rl_landscapes.probes import Trace, hutchinson_trace, mean_trace, perturb, trace_from_probe
from rl_landscapes.statistics import mean_interval
from rl_landscapes.worlds import double_integrator, paper_gridworld

LEVEL = 0.95
SPECTRUM = np.array([-4.0, -2.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0])
TOY = quadratic_of_spectrum(SPECTRUM, np.random.default_rng(5))
HERE = np.linspace(-1, 1, 8)
PAPER = ExactReturn(paper_gridworld(), paper_policy())
CART = double_integrator(disturbance=0.05, time_limit=60)
CLOSED = LQRReturn(CART, sigma=0.1, bias=True)
STABLE = np.array([-0.6, -0.9, 0.3])


def rng(seed=0):
    return np.random.default_rng(seed)


def probe(objective=TOY, theta=HERE, seed=0, alpha=0.3, n_directions=20):
    return perturb(objective, theta, alpha=alpha, n_directions=n_directions, rng=rng(seed))


def covers(found, truth):
    interval = found.interval(LEVEL)
    return interval.low <= truth <= interval.high


def as_stated(covered, n):
    return abs(covered - n * LEVEL) < 4 * np.sqrt(n * LEVEL * (1 - LEVEL))


class TestFromProbe:
    def test_it_is_n_times_the_mean_of_the_true_quadratic_forms(self):
        found = probe()
        matrix = hessian(TOY, HERE)
        forms = np.einsum("di,ij,dj->d", found.directions, matrix, found.directions)
        trace = trace_from_probe(found)
        assert trace.value == pytest.approx(8 * forms.mean(), rel=1e-9)
        assert trace.stderr == pytest.approx(8 * forms.std(ddof=1) / np.sqrt(20), rel=1e-9)
        assert (trace.degrees, trace.n_directions) == (19, 20)

    @pytest.mark.parametrize(
        ("objective", "theta", "alpha"),
        [(TOY, HERE, 0.3), (TOY, HERE, 30.0), (PAPER, np.full(108, 0.1), 0.01), (CLOSED, STABLE, 0.003)],
    )
    def test_exact_objectives_have_the_trace_of_their_hessian(self, objective, theta, alpha):
        found = trace_from_probe(probe(objective, theta, alpha=alpha, n_directions=3000))
        truth = np.trace(hessian(objective, theta))
        assert abs(found.value - truth) < 4 * found.stderr
        assert found.stderr < 0.1 * np.abs(np.linalg.eigvalsh(hessian(objective, theta))).sum()

    def test_a_sphere_is_known_from_two_directions(self):
        found = trace_from_probe(probe(quadratic(3 * np.eye(8)), n_directions=2))
        assert found.value == pytest.approx(24, rel=1e-9)
        assert found.stderr < 1e-9

    @pytest.mark.parametrize("alpha", [0.1, 1.0, 2.5])
    def test_of_the_fourth_power_of_the_length_it_is_2_n_alpha_squared(self, alpha):
        """Laplacian 4 (n + 2) |x|^2, of mean n / (n + 2) alpha^2 / 2 over the points that are looked at."""
        quartic = from_function(lambda x: anp.sum(x**2) ** 2, 5)
        found = trace_from_probe(probe(quartic, np.zeros(5), alpha=alpha))
        assert found.value == pytest.approx(2 * 5 * alpha**2, rel=1e-9)

    def test_it_is_the_mean_trace_around_theta(self):
        """At theta + r x, x uniform in the unit ball, r^2 uniform on [0, alpha^2]; far from a quadratic."""
        wave = from_function(lambda x: anp.sin(2 * x[0]) * anp.exp(x[1]) + x[2] ** 4, 3)
        theta, alpha, draws = np.array([0.4, -0.2, 0.1]), 1.5, rng(1)
        directions = draws.normal(size=(4000, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        radius = alpha * np.sqrt(draws.uniform(size=4000)) * draws.uniform(size=4000) ** (1 / 3)
        x, y, z = (theta + radius[:, None] * directions).T
        laplacians = -3 * np.sin(2 * x) * np.exp(y) + 12 * z**2
        found = trace_from_probe(probe(wave, theta, alpha=alpha, n_directions=4000))
        error = np.hypot(found.stderr, laplacians.std() / np.sqrt(4000))
        assert abs(found.value - laplacians.mean()) < 4 * error
        here = -3 * np.sin(0.8) * np.exp(-0.2) + 12 * 0.01
        assert abs(found.value - here) > 8 * error

    def test_each_direction_may_have_its_own_alpha(self):
        found = probe(alpha=np.linspace(0.1, 0.5, 20))
        assert trace_from_probe(found).value == pytest.approx(trace_from_probe(probe()).value, rel=1e-9)

    @pytest.mark.parametrize("size", [1e-290, 1e-200, 1e200, 1e290])
    def test_no_size_is_too_small_or_large(self, size):
        found = probe(Noisy(TOY, noise=1.0, n_episodes=6), alpha=1.0)
        scaled = replace(found, **{name: size * getattr(found, name) for name in ("plus", "minus", "centre")})
        trace, plain = trace_from_probe(scaled), trace_from_probe(found)
        assert trace.value == pytest.approx(size * plain.value, rel=1e-9)
        assert trace.stderr == pytest.approx(size * plain.stderr, rel=1e-9)
        assert trace.degrees == pytest.approx(plain.degrees, rel=1e-6)

    def test_a_plateau_has_the_trace_0_without_error(self):
        found = trace_from_probe(probe(quadratic(np.zeros((8, 8)))))
        assert (found.value, found.stderr, found.degrees) == (0, 0, 19)
        assert str(found.interval()) == "0.0000 [0.0000, 0.0000]"

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_what_is_not_finite_reaches_the_caller(self, value):
        found = probe()
        found.plus[3] = value
        trace = trace_from_probe(found)
        np.testing.assert_array_equal([trace.value, trace.stderr, trace.degrees], [value, np.nan, np.nan])

    def test_one_direction_has_no_spread(self):
        with pytest.raises(ValueError, match="number of directions must be an integer of at least 2, got 1"):
            trace_from_probe(probe(n_directions=1))


def crossed(seed, n_directions, n_episodes, *, a, b, c):
    """Return a probe of n = 1 whose curvatures are a_d + b_j + c_dj, of these deviations, around 3."""
    draws = rng(seed)
    shape = (n_directions, n_episodes)
    values = 3 + a * draws.normal(size=(n_directions, 1)) + b * draws.normal(size=n_episodes)
    values = values + c * draws.standard_exponential(shape) - c
    found = probe(quadratic(np.eye(1)), np.zeros(1), alpha=1.0, n_directions=n_directions)
    return replace(found, plus=values, minus=np.zeros(shape), centre=np.zeros((1, n_episodes)))


@pytest.mark.slow
@pytest.mark.no_cover
class TestError:
    KINDS = (
        (20, 20, {"a": 1.0, "b": 1.0, "c": 1.0}),
        (40, 8, {"a": 0.2, "b": 2.0, "c": 1.0}),
        (8, 40, {"a": 2.0, "b": 0.2, "c": 1.0}),
        (5, 5, {"a": 1.0, "b": 1.0, "c": 3.0}),
    )

    @pytest.mark.parametrize(("d", "n", "deviations"), KINDS)
    def test_the_square_of_the_error_is_the_variance_of_the_mean(self, d, n, deviations):
        a, b, c = (deviations[key] for key in "abc")
        truth = a**2 / d + b**2 / n + c**2 / (d * n)
        squares = [trace_from_probe(crossed(seed, d, n, **deviations)).stderr ** 2 for seed in range(1000)]
        error = np.std(squares) / np.sqrt(1000)
        never_below = 0.25 * truth if c > 2 else 0.0  # rest dominates: the guard acts, towards caution
        assert -4 * error < np.mean(squares) - truth < 4 * error + never_below

    @pytest.mark.parametrize(("d", "n", "deviations"), KINDS[:3])
    def test_intervals_cover(self, d, n, deviations):
        found = [trace_from_probe(crossed(seed, d, n, **deviations)) for seed in range(1000)]
        assert as_stated(sum(covers(each, 3) for each in found), 1000)

    def test_the_formula_by_hand(self):
        found = crossed(2, 4, 5, a=1.0, b=1.0, c=1.0)
        y = found.plus
        rest = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
        by_direction, by_episode = 5 * y.mean(axis=1).var(ddof=1), 4 * y.mean(axis=0).var(ddof=1)
        by_both = (rest**2).sum() / 12
        total = by_direction + by_episode - by_both
        assert total > max(by_direction, by_episode)
        trace = trace_from_probe(found)
        assert trace.stderr == pytest.approx(np.sqrt(total / 20))
        degrees = total**2 / (by_direction**2 / 3 + by_episode**2 / 4 + by_both**2 / 12)
        assert trace.degrees == pytest.approx(max(degrees, 3))
        margin = stdtrit(trace.degrees, 0.975) * trace.stderr
        assert trace.interval().high - trace.value == pytest.approx(margin)

    def test_a_quadratic_with_noise_is_covered_and_by_neither_error_alone(self):
        """The noise of an episode has a trace of its own, which all directions meet."""
        noisy = Noisy(TOY, noise=0.6, n_episodes=16)
        covered = {"both": 0, "directions": 0, "episodes": 0}
        for seed in range(600):
            found = probe(noisy, seed=seed, n_directions=24)
            samples = 16 * found.bend_episodes / 0.3**2
            covered["both"] += covers(trace_from_probe(found), SPECTRUM.sum())
            for name, axis in (("directions", 1), ("episodes", 0)):
                alone = mean_interval(samples.mean(axis=axis))
                covered[name] += alone.low <= SPECTRUM.sum() <= alone.high
        assert as_stated(covered["both"], 600)
        assert max(covered["directions"], covered["episodes"]) < 600 * 0.9

    def test_the_sampled_return_of_a_cart_is_covered(self):
        """The trace at scale alpha of the closed form, which is known to a fiftieth of the errors."""
        truth = trace_from_probe(probe(CLOSED, STABLE, alpha=0.1, n_directions=20_000)).value
        sampled = SampledReturn(CART, linear_gaussian(2, 1, sigma=0.1), 12, discount=CART.discount)
        found = [
            trace_from_probe(probe(sampled, STABLE, seed=seed, alpha=0.1, n_directions=10))
            for seed in range(300)
        ]
        assert as_stated(sum(covers(each, truth) for each in found), 300)
        values = np.array([each.value for each in found])
        assert abs(values.mean() - truth) < 4 * values.std() / np.sqrt(300)
        typical = np.sqrt(np.mean([each.stderr**2 for each in found]))
        assert typical == pytest.approx(values.std(), rel=0.15)


class TestHutchinson:
    def test_a_diagonal_is_known_from_any_vectors(self):
        found = hutchinson_trace(quadratic(np.diag(SPECTRUM)), HERE, n_vectors=2, rng=rng())
        assert (found.value, found.stderr) == (pytest.approx(SPECTRUM.sum()), pytest.approx(0, abs=1e-12))

    @pytest.mark.parametrize(
        ("objective", "theta"), [(TOY, HERE), (PAPER, np.full(108, 0.1)), (CLOSED, STABLE)]
    )
    def test_known_trace_and_known_variance(self, objective, theta):
        matrix = hessian(objective, theta)
        beside = matrix - np.diag(np.diag(matrix))
        found = hutchinson_trace(objective, theta, n_vectors=2000, rng=rng())
        assert abs(found.value - np.trace(matrix)) < 4 * found.stderr
        assert found.stderr == pytest.approx(np.sqrt(2 * (beside**2).sum() / 2000), rel=0.2)
        assert (found.degrees, found.n_directions) == (1999, 2000)

    def test_intervals_cover(self):
        found = [hutchinson_trace(TOY, HERE, n_vectors=20, rng=rng(seed)) for seed in range(1000)]
        assert as_stated(sum(covers(each, SPECTRUM.sum()) for each in found), 1000)

    def test_refusals(self):
        with pytest.raises(ValueError, match="n_vectors must be an integer of at least 2, got 1"):
            hutchinson_trace(TOY, HERE, n_vectors=1, rng=rng())
        with pytest.raises(TypeError, match="must have a method hessian_at, Noisy has none"):
            hutchinson_trace(Noisy(TOY, noise=1.0, n_episodes=4), HERE, n_vectors=2, rng=rng())
        with pytest.raises(ValueError, match=r"theta must have shape \(8,\)"):
            hutchinson_trace(TOY, HERE[:3], n_vectors=2, rng=rng())
        with pytest.raises(TypeError, match="rng must be a Generator"):
            hutchinson_trace(TOY, HERE, n_vectors=2, rng=0)


class TestMean:
    def test_independent_errors_add_in_squares(self):
        found = mean_trace([Trace(1.0, 3.0, 10.0, 5), Trace(2.0, 4.0, 20.0, 7)])
        assert (found.value, found.stderr, found.n_directions) == (1.5, 2.5, 12)
        assert found.degrees == pytest.approx(25**2 / (3**4 / 10 + 4**4 / 20))

    def test_of_one_it_is_that_one(self):
        one = trace_from_probe(probe())
        assert mean_trace([one]) == replace(one, degrees=pytest.approx(one.degrees))

    def test_without_errors_there_is_none(self):
        assert mean_trace([Trace(1.0, 0.0, 4.0, 5), Trace(3.0, 0.0, 4.0, 5)]) == Trace(2.0, 0.0, 8.0, 10)

    def test_one_that_is_unknown_is_seen(self):
        found = mean_trace([Trace(1.0, 1.0, 4.0, 5), Trace(np.nan, np.nan, np.nan, 5)])
        assert np.isnan([found.value, found.stderr, found.degrees]).all()

    def test_none_is_refused(self):
        with pytest.raises(ValueError, match="number of traces must be an integer of at least 1, got 0"):
            mean_trace([])

    def test_level(self):
        with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got 1"):
            trace_from_probe(probe()).interval(1)


def test_evaluations_of_a_trace_are_those_of_the_probe():
    """No further ones: so the trace comes free with any probe in random directions."""
    found = probe()
    ends = evaluate(TOY, np.concatenate([HERE + 0.3 * found.directions, HERE - 0.3 * found.directions]))
    bend = ends.mean() - evaluate(TOY, HERE[None])[0, 0]
    assert trace_from_probe(found).value == pytest.approx(8 * 2 * bend / 0.3**2, rel=1e-9)
