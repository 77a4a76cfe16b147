"""Spectra: against dense decompositions, with residuals that tell the truth."""

from dataclasses import replace

import numpy as np
import pytest

from rl_landscapes.objectives import (
    ExactReturn,
    from_function,
    hessian,
    plateau,
    quadratic,
    quadratic_of_spectrum,
    ramp,
)
from rl_landscapes.policies import paper_policy
from rl_landscapes.probes import extreme_eigenpairs, full_spectrum, spectral_density
from rl_landscapes.probes.spectrum import TOLERANCE
from rl_landscapes.worlds import from_map, paper_gridworld


def of_spectrum(values, seed=0):
    return quadratic_of_spectrum(np.asarray(values), np.random.default_rng(seed))


def paper(tau=0.0):
    return ExactReturn(paper_gridworld(), paper_policy(), tau=tau)


def down(logit):
    theta = np.zeros(108)
    theta[3:104:4] = logit
    return theta


SPREAD = {
    "even": np.linspace(-1, 1, 300),
    "crowded at the top": np.concatenate([-np.geomspace(1e-6, 1, 100), np.zeros(200)]),
    "crowded at the bottom": np.concatenate([np.zeros(200), np.geomspace(1e-6, 1, 100)]),
    "one large": np.concatenate([[-50.0], np.linspace(-1, 0, 299)]),
    "very small": 1e-200 * np.linspace(-1, 1, 300),
}


class TestOracles:
    @pytest.mark.parametrize("tau", [0.0, 0.1])
    def test_the_full_spectrum_is_numpys(self, tau):
        objective, theta = paper(tau), np.random.default_rng(0).normal(size=108)
        found, matrix = full_spectrum(objective, theta), hessian(objective, theta)
        np.testing.assert_allclose(found.values, np.linalg.eigvalsh(matrix), atol=1e-12)
        np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(108), atol=1e-12)
        np.testing.assert_allclose(found.vectors.T * found.values @ found.vectors, matrix, atol=1e-12)
        assert found.converged.all()

    @pytest.mark.parametrize("k", [1, 3])
    @pytest.mark.parametrize("theta", [np.random.default_rng(0).normal(size=108), np.zeros(108), down(6.0)])
    @pytest.mark.parametrize("tau", [0.0, 0.1])
    def test_extreme_pairs_are_the_ends_of_the_full_spectrum(self, k, theta, tau):
        found, full = extreme_eigenpairs(paper(tau), theta, k=k), full_spectrum(paper(tau), theta)
        scale = np.abs(full.values).max()
        assert found.converged.all()
        expected = np.concatenate([full.values[:k], full.values[-k:]])
        np.testing.assert_allclose(found.values, expected, atol=1e-6 * scale)
        np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, rtol=1e-8)
        curvatures = np.einsum("ki,ij,kj->k", found.vectors, hessian(paper(tau), theta), found.vectors)
        np.testing.assert_allclose(curvatures, found.values, atol=1e-6 * scale)

    @pytest.mark.parametrize("spread", SPREAD)
    def test_extremes_wherever_the_others_crowd(self, spread):
        found = extreme_eigenpairs(of_spectrum(SPREAD[spread]), np.zeros(300))
        scale = np.abs(SPREAD[spread]).max()
        np.testing.assert_allclose(
            found.values / scale, [SPREAD[spread].min() / scale, SPREAD[spread].max() / scale], atol=1e-5
        )
        assert found.converged.all() or "crowded" in spread

    def test_an_eigenvalue_that_symmetry_doubles_is_found_twice(self):
        """Four equal goals around the start: the lowest and the highest curvature occur twice each."""
        world = from_map(["..G..", ".....", "G.S.G", ".....", "..G.."], rewards={"G": 5.0}, discount=0.99)
        objective = ExactReturn(world)
        found = extreme_eigenpairs(objective, np.zeros(objective.n_parameters), k=2)
        np.testing.assert_allclose(found.values, [-0.041046, -0.041046, 0.051304, 0.051304], atol=1e-6)
        assert found.converged.all()
        np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(4), atol=1e-12)

    @pytest.mark.parametrize("scale", [1.0, 1e-200])
    @pytest.mark.parametrize("k", [2, 3, 5])
    @pytest.mark.parametrize("counts", [(1, 2, 3), (5, 1, 1), (2, 20, 2), (1, 1, 4), (30, 0, 30)])
    def test_multiples_at_either_end(self, counts, k, scale):
        ends = np.repeat([1.0, 1.1, 1.2], counts)
        spectrum = scale * np.concatenate([3 + ends, np.linspace(5, 6, 40), 9 - ends])
        found = extreme_eigenpairs(of_spectrum(spectrum), np.zeros(spectrum.size), k=k)
        expected = np.sort(spectrum)[np.r_[:k, -k:0]]
        np.testing.assert_allclose(found.values / scale, expected / scale, atol=1e-7)
        np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(2 * k), atol=1e-12)
        assert found.converged.all()

    @pytest.mark.parametrize("k", [1, 2, 3])
    def test_multiples_where_nearly_all_are_wanted(self, k):
        found = extreme_eigenpairs(of_spectrum(np.array([1.0, 1, 1, 2, 2, 2, 2])), np.zeros(7), k=k)
        np.testing.assert_allclose(found.values, np.repeat([1.0, 2.0], k), atol=1e-12)
        assert found.converged.all()

    @pytest.mark.parametrize(("theta", "tau"), [(np.zeros(108), 0.0), (np.zeros(108), 1.0), (down(5.0), 0.1)])
    def test_the_largest_stable_step_divides_falling_from_rising(self, theta, tau):
        """Along the eigenvector of the most negative curvature, shorter steps climb and longer ones fall."""
        objective = paper(tau)
        found = full_spectrum(objective, theta)
        assert found.largest_stable_step == pytest.approx(2 / abs(found.values[0]))
        bowl = quadratic(hessian(objective, theta))
        for share, rises in ((0.99, True), (1.01, False)):
            start = found.vectors[0][None]
            end = start + share * found.largest_stable_step * bowl.gradient(start)
            assert (bowl.evaluate(end) > bowl.evaluate(start)).all() == rises

    def test_without_negative_curvature_every_step_is_stable(self):
        assert full_spectrum(ramp(np.ones(3)), np.zeros(3)).largest_stable_step == np.inf
        assert full_spectrum(quadratic(np.eye(3)), np.zeros(3)).largest_stable_step == np.inf


class TestHonesty:
    HARD = of_spectrum(np.linspace(0, 1, 1000) ** 2)

    def test_residuals_are_those_of_the_pairs_returned(self):
        for objective in (paper(), self.HARD):
            theta = np.zeros(objective.n_parameters)
            found = extreme_eigenpairs(objective, theta, k=2)
            recomputed = found.vectors @ hessian(objective, theta) - found.values[:, None] * found.vectors
            np.testing.assert_allclose(found.residuals, np.linalg.norm(recomputed, axis=1), atol=1e-14)

    def test_what_did_not_converge_says_so_and_what_says_it_did_is_right(self):
        found = extreme_eigenpairs(self.HARD, np.zeros(1000), k=5, max_restarts=1)
        truth = np.linspace(0, 1, 1000) ** 2
        assert not found.converged.all()
        assert (found.residuals[~found.converged] > TOLERANCE * np.abs(found.values).max()).all()
        distance = np.abs(found.values[:, None] - truth).min(axis=1)
        assert (distance <= found.residuals + 1e-12).all()

    def test_converged_means_a_residual_below_a_millionth_of_the_largest_eigenvalue(self):
        found = full_spectrum(quadratic(np.diag([-2.0, 1.0, 0.5])), np.zeros(3))
        marked = replace(found, residuals=np.array([1.9e-6, 2.1e-6, 0.0]))
        assert marked.converged.tolist() == [True, False, True]

    @pytest.mark.parametrize("objective", [plateau(40), ramp(np.arange(40.0))])
    def test_a_hessian_of_zeros(self, objective):
        found = extreme_eigenpairs(objective, np.zeros(40), k=3)
        assert found.values.tolist() == [0.0] * 6
        assert found.residuals.tolist() == [0.0] * 6
        assert found.converged.all()
        np.testing.assert_allclose(found.vectors @ found.vectors.T, np.eye(6), atol=1e-14)

    @pytest.mark.parametrize("diagonal", [np.ones(40), np.repeat([-1.0, 1.0], 20), np.eye(40)[0]])
    def test_a_hessian_of_few_different_eigenvalues(self, diagonal):
        found = extreme_eigenpairs(quadratic(np.diag(diagonal)), np.zeros(40))
        np.testing.assert_allclose(found.values, [diagonal.min(), diagonal.max()], atol=1e-7)
        assert found.converged.all()

    def test_the_seed_decides(self):
        one, other = (
            extreme_eigenpairs(paper(), np.zeros(108), rng=np.random.default_rng(4)) for _ in range(2)
        )
        np.testing.assert_array_equal(one.vectors, other.vectors)


class TestDensity:
    VALUES = np.random.default_rng(1).normal(size=30)

    def density(self, objective=None, n_probes=3, n_steps=30, seed=0):
        found = of_spectrum(self.VALUES) if objective is None else objective
        return spectral_density(
            found,
            np.zeros(found.n_parameters),
            n_probes=n_probes,
            n_steps=n_steps,
            rng=np.random.default_rng(seed),
        )

    def test_with_all_steps_the_nodes_are_the_eigenvalues(self):
        found = self.density(n_steps=99)
        assert found.nodes.shape == (3, 30)
        for nodes in found.nodes:
            np.testing.assert_allclose(nodes, np.sort(self.VALUES), atol=1e-8)

    @pytest.mark.parametrize("n_steps", [1, 4, 10])
    def test_each_rule_has_the_moments_of_its_probe(self, n_steps):
        """A Gauss rule with m nodes integrates polynomials up to degree 2 m - 1: sum w x^p = v'H^p v."""
        matrix = np.diag(self.VALUES)
        found = self.density(quadratic(matrix), n_probes=1, n_steps=n_steps, seed=7)
        probe = np.random.default_rng(7).normal(size=30)
        probe /= np.linalg.norm(probe)
        for p in range(2 * n_steps):
            moment = (probe**2 * self.VALUES**p).sum()
            assert (found.weights * found.nodes**p).sum() == pytest.approx(moment, rel=1e-9, abs=1e-12)

    def test_trace_and_second_moment_within_four_standard_errors(self):
        found = self.density(n_probes=400, n_steps=8)
        for p in (1, 2):
            powers = self.VALUES**p
            deviation = np.sqrt(2 / 32 * powers.var() / 400)
            estimate = (found.weights * found.nodes**p).sum(axis=1).mean()
            assert estimate == pytest.approx(powers.mean(), abs=4 * deviation)
        assert found.mean == pytest.approx((found.weights * found.nodes).sum(axis=1).mean())

    @pytest.mark.parametrize(
        "objective", [plateau(9), quadratic(np.eye(9)), quadratic(np.diag(np.arange(9) > 6))]
    )
    def test_a_krylov_space_that_closes_early(self, objective):
        found = self.density(objective, n_steps=9)
        assert (found.weights >= 0).all()
        np.testing.assert_allclose(found.weights.sum(axis=1), 1, rtol=1e-12)
        shares = [found.weights[np.abs(found.nodes - v) < 1e-9].sum() / 3 for v in (0, 1)]
        assert sum(shares) == pytest.approx(1)

    def test_smoothed_is_a_density(self):
        found = self.density()
        at = np.linspace(-6, 6, 2001)
        curve = found.smoothed(at, 0.2)
        assert np.trapezoid(curve, at) == pytest.approx(1, rel=1e-6)
        assert np.trapezoid(curve * at, at) == pytest.approx(found.mean, rel=1e-6)
        lone = self.density(quadratic(2 * np.eye(3)), n_steps=1)
        assert lone.smoothed(np.array([2.0]), 0.5)[0] == pytest.approx(1 / (0.5 * np.sqrt(2 * np.pi)))


class TestBadInput:
    def test_k(self):
        with pytest.raises(ValueError, match="k must be less than n / 2 = 54, got 54"):
            extreme_eigenpairs(paper(), np.zeros(108), k=54)
        with pytest.raises(ValueError, match="k must be an integer of at least 1, got 0"):
            extreme_eigenpairs(paper(), np.zeros(108), k=0)

    @pytest.mark.parametrize("function", [full_spectrum, extreme_eigenpairs])
    def test_theta(self, function):
        with pytest.raises(ValueError, match=r"theta must have shape \(108,\), got \(104,\)"):
            function(paper(), np.zeros(104))
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[0\] is nan"):
            function(paper(), np.full(108, np.nan))

    @pytest.mark.parametrize("name", ["n_probes", "n_steps"])
    def test_counts_of_the_density(self, name):
        settings = {"n_probes": 1, "n_steps": 1} | {name: 0}
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, got 0"):
            spectral_density(plateau(3), np.zeros(3), **settings, rng=np.random.default_rng(0))

    def test_width(self):
        found = spectral_density(plateau(3), np.zeros(3), n_probes=1, n_steps=1, rng=np.random.default_rng(0))
        with pytest.raises(ValueError, match="width must be a finite number above 0, got 0"):
            found.smoothed(np.zeros(1), 0)

    def test_an_objective_without_hessian(self):
        class Plain:
            n_parameters, n_episodes = 2, 1

            def evaluate(self, thetas, rng):
                return thetas[:, :1]

        with pytest.raises(TypeError, match="objective must have a method hessian_at, Plain has none"):
            full_spectrum(Plain(), np.zeros(2))


def test_curvature_of_any_function_through_autograd():
    objective = from_function(lambda t: t[0] ** 2 * t[1] ** 3, 2)
    found = full_spectrum(objective, np.array([1.0, 1.0]))
    np.testing.assert_allclose(found.values, np.linalg.eigvalsh([[2.0, 6.0], [6.0, 6.0]]), rtol=1e-12)
