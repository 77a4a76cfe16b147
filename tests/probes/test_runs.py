"""Probes along a training run: known values at every checkpoint, sets of directions, and what is refused."""

import numpy as np
import pytest

from rl_landscapes.ascent import train
from rl_landscapes.objectives import Noisy, SampledReturn, gradient, hessian, plateau, quadratic
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import (
    gradient_estimate,
    mean_trace,
    most_improving,
    most_improving_sets,
    perturb,
    probe_run,
    trace_from_probe,
)
from rl_landscapes.records import equal
from rl_landscapes.worlds import scalar_lqr

N = 6
MATRIX = np.diag([-3.0, -1.0, 0.0, 1.0, 2.0, 5.0])
TILT = np.array([1.0, -2.0, 0.5, 0.0, 0.3, 1.5])
BOWL = quadratic(MATRIX, slope=TILT)
THETA = np.full(N, 0.2)


def true_curvature(direction):
    return direction @ MATRIX @ direction


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


class TestSets:
    NOISY = Noisy(BOWL, noise=1.0, n_episodes=8)

    def test_one_set_is_the_first_draw_of_each_checkpoint(self):
        children = np.random.default_rng(3).spawn(3)
        for theta, child, found in zip(THETAS, children, run(self.NOISY).probes, strict=True):
            assert equal(found, perturb(self.NOISY, theta, alpha=0.5, n_directions=15, rng=child))

    def test_profiles_are_means_over_sets_with_the_error_between_them(self):
        found = run(self.NOISY, n_sets=4)
        assert (found.n_sets, len(found.probes)) == (4, 12)
        for k, theta in enumerate(THETAS):
            probes = found.probes[4 * k : 4 * k + 4]
            for each in probes:
                np.testing.assert_array_equal(each.theta, theta)
            for profile, quantile in ((found.paper, 0.9), (found.greatest, 1.0)):
                sets = most_improving_sets(probes, quantile=quantile)
                assert profile.slope[k] == sets.slope_mean
                assert profile.slope_stderr[k] == sets.slope_stderr > 0
                assert profile.curvature[k] == sets.curvature_mean
                assert profile.curvature_stderr[k] == sets.curvature_stderr > 0
            assert equal(found.sets()[k], most_improving_sets(probes))
            whole = most_improving_sets(probes, quantile=0.5, split=False)
            assert found.most_improving(0.5, split=False).curvature[k] == whole.curvature_mean
            assert equal(
                found.sets(0.5, split=False)[k], most_improving_sets(probes, quantile=0.5, split=False)
            )

    def test_each_set_has_directions_and_episodes_of_its_own(self):
        probes = run(self.NOISY, n_sets=3).probes
        assert len({each.directions.tobytes() for each in probes}) == 9
        assert len({each.centre.tobytes() for each in probes}) == 9

    def test_the_gradient_is_probed_once(self):
        found = run(n_sets=3, gradients=TILT + THETAS @ MATRIX)
        assert len(found.gradients) == 3
        np.testing.assert_allclose(found.gradient.slope, np.linalg.norm(TILT + THETAS @ MATRIX, axis=1))

    def test_the_objective_of_a_schedule_is_that_of_every_set(self):
        found = run(lambda update: quadratic(-(1.0 + update) * np.eye(N)), n_sets=2)
        np.testing.assert_allclose(found.paper.curvature, -(1.0 + UPDATES), rtol=1e-7)
        np.testing.assert_allclose(found.paper.curvature_stderr, 0, atol=1e-7)

    def test_the_number_of_jobs_does_not_matter(self):
        pytest.importorskip("joblib")
        one, two = (run(self.NOISY, n_sets=2, gradients=np.ones((3, N)), n_jobs=n) for n in (1, 2))
        for name in ("paper", "gradient"):
            assert equal(getattr(one, name), getattr(two, name))

    def test_refusals(self):
        with pytest.raises(ValueError, match="n_sets must be an integer of at least 1, got 0"):
            run(n_sets=0)
        with pytest.raises(ValueError, match="probed with one set of directions: pass n_sets to probe_run"):
            run().sets()


class TestTraces:
    def test_one_for_each_checkpoint_from_all_directions(self):
        for n_sets in (1, 3):
            found = run(Noisy(BOWL, noise=1.0, n_episodes=8), n_sets=n_sets)
            assert len(found.traces) == 3
            for k, trace in enumerate(found.traces):
                parts = found.probes[n_sets * k : n_sets * (k + 1)]
                assert trace == mean_trace([trace_from_probe(each) for each in parts])
                assert trace.n_directions == 15 * n_sets

    def test_they_are_the_trace(self):
        for trace in run(n_directions=400, n_sets=2).traces:
            assert abs(trace.value - MATRIX.trace()) < 4 * trace.stderr


@pytest.mark.no_cover
class TestGradientRule:
    def test_it_is_asked_at_every_checkpoint(self):
        given, made = run(gradients=TILT + THETAS @ MATRIX), run(gradients=gradient_estimate)
        np.testing.assert_array_equal(made.gradient.slope, given.gradient.slope)

    def test_its_episodes_are_its_own(self):
        """What the rule draws, neither probe sees: at a plateau the slope along the noise is centred at 0."""
        flat = Noisy(plateau(N), noise=1.0, n_episodes=4)

        def rule(objective, theta, rng):
            return perturb(objective, theta, alpha=0.5, directions=np.eye(N), rng=rng).slope

        slopes = np.concatenate([run(flat, seed=seed, gradients=rule).gradient.slope for seed in range(200)])
        assert abs(slopes.mean()) < 4 * slopes.std() / np.sqrt(len(slopes))

    def test_everything_else_is_as_without(self):
        noisy = Noisy(BOWL, noise=1.0, n_episodes=4)
        plain, ruled = run(noisy), run(noisy, gradients=lambda objective, theta, rng: rng.normal(size=N))
        assert equal(plain.paper, ruled.paper)


class TestBadInput:
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
