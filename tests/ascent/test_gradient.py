"""Ascent: the path a formula gives, and flags that say when a step was too long."""

import numpy as np
import pytest

from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.ascent.schedules import constant
from rl_landscapes.objectives import (
    ExactReturn,
    Noisy,
    evaluate,
    goodfellow_saddle,
    gradient,
    quadratic,
    quadratic_of_spectrum,
)
from rl_landscapes.objectives.toys import Function
from rl_landscapes.policies import paper_policy, uniform_starts
from rl_landscapes.records import generator
from rl_landscapes.worlds import paper_gridworld

EIGENVALUES = np.array([-4.0, -1.0, -0.25])
HILL = quadratic_of_spectrum(EIGENVALUES, np.random.default_rng(0))
STARTS = np.random.default_rng(1).normal(size=(5, 3))


def paper(tau=0.0):
    return ExactReturn(paper_gridworld(), paper_policy(), tau=tau)


def paper_starts(n_starts, seed=0):
    return uniform_starts(paper_policy(), n_starts, np.random.default_rng(seed))


class TestOracles:
    @pytest.mark.parametrize("step", [0.05, 0.3, 0.45])
    def test_on_a_quadratic_the_end_is_a_matrix_power(self, step):
        tilt = np.array([1.0, -2.0, 0.5])
        matrix = HILL.hessian(None)
        top = np.linalg.solve(-matrix, tilt)
        climb = ascend(quadratic(matrix, slope=tilt), STARTS, n_updates=25, step=step)
        power = np.linalg.matrix_power(np.eye(3) + step * matrix, 25)
        np.testing.assert_allclose(climb.end, top + (STARTS - top) @ power.T, atol=1e-12)

    def test_a_plain_loop_takes_the_same_path(self):
        objective, theta = goodfellow_saddle(), np.array([[0.3, 1.2]])
        climb = ascend(objective, theta, n_updates=10, step=exponential_decay(0.2, 0.9))
        for update in range(10):
            theta = theta + 0.2 * 0.9**update * gradient(objective, theta)
        np.testing.assert_allclose(climb.end, theta, rtol=1e-14)

    @pytest.mark.parametrize("axis", [0, 1, 2])
    @pytest.mark.parametrize(("share", "falls"), [(0.5, 0), (0.999, 0), (1.001, 6), (1.5, 6)])
    def test_an_update_falls_exactly_when_the_step_exceeds_2_over_the_curvature(self, axis, share, falls):
        _, vectors = np.linalg.eigh(HILL.hessian(None))
        step = share * 2 / abs(EIGENVALUES[axis])
        climb = ascend(HILL, vectors[:, axis][None], n_updates=6, step=step)
        assert climb.falls.tolist() == [falls]
        assert climb.first_fall.tolist() == [0 if falls else -1]

    def test_the_first_fall_is_the_first(self):
        climb = ascend(HILL, STARTS, n_updates=6, step=lambda update: 0.1 if update < 4 else 5.0)
        assert climb.first_fall.tolist() == [4] * 5
        assert climb.falls.tolist() == [2] * 5

    def test_exact_ascent_in_the_papers_world_never_falls_at_its_step(self):
        climb = ascend(paper(), paper_starts(20), n_updates=300, step=0.1)
        assert not climb.falls.any()
        assert (np.diff(climb.values, axis=0) >= 0).all()

    def test_rounding_at_the_top_is_no_fall(self):
        tilted = quadratic(HILL.hessian(None), slope=np.array([30.0, -50.0, 70.0]))
        climb = ascend(tilted, STARTS, n_updates=400, step=0.3)
        assert (np.diff(climb.values, axis=0) < 0).any()
        assert not climb.falls.any()

    def test_a_tau_that_fades_lowers_the_objective_but_is_no_fall(self):
        climb = ascend(anneal(paper(), exponential_decay(0.5, 0.9)), paper_starts(5), n_updates=20, step=0.05)
        assert (np.diff(climb.values, axis=0) < 0).all()
        assert not climb.falls.any()

    def test_at_tau_1_the_step_of_the_paper_is_too_long(self):
        climb = ascend(paper(1.0), paper_starts(20), n_updates=50, step=0.1)
        assert (climb.falls > 0).all()


class TestIdentities:
    @pytest.mark.parametrize("objective", [goodfellow_saddle(), paper(0.1)])
    def test_starts_do_not_see_each_other(self, objective):
        starts = 0.3 * np.random.default_rng(0).normal(size=(40, objective.n_parameters))
        together = ascend(objective, starts, n_updates=20, step=0.1)
        alone = [ascend(objective, start[None], n_updates=20, step=0.1).end[0] for start in starts[:4]]
        np.testing.assert_allclose(together.end[:4], alone, atol=1e-12)

    def test_what_is_recorded(self):
        climb = ascend(paper(), paper_starts(3), n_updates=10, step=0.1, record_every=4)
        assert climb.updates.tolist() == [0, 4, 8, 10]
        assert climb.values.shape == climb.gradient_norms.shape == (4, 3)
        for k, thetas in ((0, climb.start), (-1, climb.end)):
            np.testing.assert_allclose(climb.values[k], evaluate(paper(), thetas)[:, 0], rtol=1e-12)
            norms = np.linalg.norm(gradient(paper(), thetas), axis=1)
            np.testing.assert_allclose(climb.gradient_norms[k], norms, rtol=1e-10)

    def test_recording_less_changes_nothing_else(self):
        often, seldom = (
            ascend(paper(), paper_starts(3), n_updates=9, step=0.1, record_every=every) for every in (1, 7)
        )
        np.testing.assert_array_equal(often.end, seldom.end)
        np.testing.assert_array_equal(often.values[[0, 7, 9]], seldom.values)

    def test_one_long_run_is_two_short_ones(self):
        whole = ascend(paper(), paper_starts(3), n_updates=9, step=0.1)
        half = ascend(paper(), paper_starts(3), n_updates=4, step=0.1)
        np.testing.assert_array_equal(ascend(paper(), half.end, n_updates=5, step=0.1).end, whole.end)

    def test_the_callback_sees_what_is_recorded_and_can_spoil_nothing(self):
        seen = []

        def spoil(update, thetas):
            seen.append((update, thetas.copy()))
            thetas[:] = np.nan

        climb = ascend(HILL, STARTS, n_updates=7, step=0.1, record_every=3, callback=spoil)
        quiet = ascend(HILL, STARTS, n_updates=7, step=0.1)
        assert [update for update, _ in seen] == climb.updates.tolist() == [0, 3, 6, 7]
        np.testing.assert_array_equal(seen[0][1], STARTS)
        np.testing.assert_array_equal(seen[-1][1], climb.end)
        np.testing.assert_array_equal(climb.end, quiet.end)

    def test_an_annealed_objective_is_ascended_at_the_tau_of_its_update(self):
        objective_at = anneal(paper(), exponential_decay(0.5, 0.9))
        climb = ascend(objective_at, paper_starts(2), n_updates=6, step=0.05)
        thetas = climb.start
        for update in range(6):
            objective = paper(0.5 * 0.9**update)
            np.testing.assert_allclose(climb.values[update], objective.evaluate(thetas)[:, 0], rtol=1e-12)
            thetas = thetas + 0.05 * objective.gradient(thetas)
        np.testing.assert_allclose(climb.end, thetas, atol=1e-12)

    def test_a_constant_is_the_schedule_that_stays(self):
        by_number = ascend(HILL, STARTS, n_updates=5, step=np.float32(0.125))
        by_schedule = ascend(HILL, STARTS, n_updates=5, step=constant(0.125))
        np.testing.assert_array_equal(by_number.end, by_schedule.end)

    def test_inputs_are_neither_changed_nor_shared(self):
        starts = STARTS.copy()
        climb = ascend(HILL, starts, n_updates=3, step=0.1)
        np.testing.assert_array_equal(starts, STARTS)
        assert not np.shares_memory(climb.start, starts)
        assert not np.shares_memory(climb.end, climb.start)

    def test_two_identical_calls_agree_in_every_bit(self):
        one, other = (ascend(paper(0.1), paper_starts(30), n_updates=20, step=0.1) for _ in range(2))
        np.testing.assert_array_equal(one.end, other.end)
        np.testing.assert_array_equal(one.values, other.values)

    def test_the_generator_it_was_given_is_on_record(self):
        climb = ascend(HILL, STARTS, n_updates=1, step=0.1, rng=np.random.default_rng(7))
        assert generator(climb.provenance).random() == np.random.default_rng(7).random()


class TestDivergence:
    def test_who_diverges_stops_and_is_flagged_while_the_others_go_on(self):
        starts = np.array([[0.0, 0.0], [1.0, 1.0], [30.0, 30.0], [0.9, 1.0]])
        climb = ascend(goodfellow_saddle(), starts, n_updates=50, step=0.1)
        assert climb.diverged.tolist() == [False, False, True, False]
        assert np.isfinite(climb.end).all()
        assert np.isnan(climb.values[-1]).tolist() == [False, False, True, False]
        alone = ascend(goodfellow_saddle(), starts[3:], n_updates=50, step=0.1)
        np.testing.assert_allclose(climb.end[3], alone.end[0], rtol=1e-14)

    def test_if_all_diverge_the_rest_is_not_computed(self):
        calls = []
        climb = ascend(
            goodfellow_saddle(),
            np.full((2, 2), 30.0),
            n_updates=1000,
            step=0.1,
            callback=lambda update, _: calls.append(update),
        )
        assert climb.diverged.all()
        assert len(calls) < 20
        assert climb.updates[-1] == 1000
        assert np.isnan(climb.values[-1]).all()

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_a_value_that_is_not_finite_is_a_divergence(self, bad):
        cliff = Function(
            1,
            value=lambda t: np.where(t[:, 0] < 0.5, t[:, 0], bad),
            slope=lambda t: np.ones_like(t),
            hessian=lambda t: np.zeros((1, 1)),
        )
        climb = ascend(cliff, np.array([[0.0], [-10.0]]), n_updates=20, step=0.1)
        assert climb.diverged.tolist() == [True, False]
        assert climb.end[0, 0] == pytest.approx(0.4, abs=0.1)
        assert climb.end[1, 0] == pytest.approx(-8.0)


class TestBadInput:
    def test_thetas(self):
        with pytest.raises(ValueError, match=r"thetas must have shape \(any, 3\), got \(3,\)"):
            ascend(HILL, STARTS[0], n_updates=1, step=0.1)
        with pytest.raises(ValueError, match=r"thetas must be finite, but thetas\[0, 0\] is nan"):
            ascend(HILL, np.full((1, 3), np.nan), n_updates=1, step=0.1)
        with pytest.raises(ValueError, match=r"thetas must hold at least one point, got shape \(0, 3\)"):
            ascend(HILL, np.zeros((0, 3)), n_updates=1, step=0.1)

    @pytest.mark.parametrize("name", ["n_updates", "record_every"])
    def test_counts(self, name):
        settings = {"n_updates": 2, "record_every": 1} | {name: 0}
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, got 0"):
            ascend(HILL, STARTS, step=0.1, **settings)

    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    def test_steps(self, bad):
        with pytest.raises(ValueError, match=f"step must be finite at every update, got {bad} at update 0"):
            ascend(HILL, STARTS, n_updates=2, step=bad)
        with pytest.raises(ValueError, match=f"got {bad} at update 1"):
            ascend(HILL, STARTS, n_updates=2, step=lambda update: bad if update else 0.1)

    def test_an_objective_without_gradient(self):
        noisy = Noisy(HILL, noise=1.0, n_episodes=2)
        with pytest.raises(TypeError, match="objective must have a method gradient, Noisy has none"):
            ascend(noisy, STARTS, n_updates=1, step=0.1)


@pytest.mark.slow
@pytest.mark.no_cover
class TestPaper:
    """What the book rests on, at a size that takes seconds; bands are 1 - 1e-4 of binomial counts."""

    def test_about_one_start_in_five_ends_at_the_poorer_goal(self):
        """100 starts; between the 1e-4 quantiles of Binomial(100, 0.15) and (100, 0.25)."""
        from scipy.stats import binom

        end = ascend(paper(), paper_starts(100), n_updates=1500, step=0.1, record_every=1500).end
        earned = evaluate(paper(), end)[:, 0]
        poor = earned < 4.5
        assert binom.ppf(1e-4, 100, 0.15) <= poor.sum() <= binom.ppf(1 - 1e-4, 100, 0.25)
        np.testing.assert_allclose(earned[poor], 4.322682045, atol=0.02)
        np.testing.assert_allclose(earned[~poor], 4.80298005, atol=0.02)
        assert earned.max() < 4.80298005

    def test_entropy_that_fades_brings_all_to_the_better_goal(self):
        fading = anneal(paper(), exponential_decay(0.5, 0.99))
        end = ascend(fading, paper_starts(30), n_updates=1500, step=0.1, record_every=1500).end
        assert (evaluate(paper(), end)[:, 0] > 4.7).all()


def test_what_is_no_objective():
    with pytest.raises(TypeError, match="must be an objective, or a function of the update, got None"):
        ascend(None, STARTS, n_updates=1, step=0.1)


class TestKeep:
    def test_the_parameters_kept_are_those_of_shorter_climbs(self):
        climb = ascend(HILL, STARTS, n_updates=7, step=0.3, record_every=3, keep=[0, 2, 7])
        assert climb.kept.tolist() == [0, 2, 7]
        shorter = ascend(HILL, STARTS, n_updates=2, step=0.3)
        np.testing.assert_array_equal(climb.thetas, [STARTS, shorter.end, climb.end])

    def test_nothing_is_kept_unless_asked_for(self):
        climb = ascend(HILL, STARTS, n_updates=2, step=0.3)
        assert (climb.kept.shape, climb.thetas.shape) == ((0,), (0, 5, 3))

    def test_of_climbs_that_all_stopped_the_last_points_are_kept(self):
        pit, starts = quadratic(np.array([[2.0]])), np.ones((2, 1))
        climb = ascend(pit, starts, n_updates=500, step=1.0, keep=[1, 400, 500])
        assert climb.diverged.all()
        np.testing.assert_array_equal(climb.thetas[1:], [climb.end, climb.end])

    @pytest.mark.parametrize("keep", [[-1], [3], [1, 1], [2, 0], [0.5], [[0]], [True], ["1"]])
    def test_what_cannot_be_kept_is_refused(self, keep):
        with pytest.raises(ValueError, match=r"keep must be whole numbers that rise, from 0 to n_updates 2"):
            ascend(HILL, STARTS, n_updates=2, step=0.3, keep=keep)
