"""REINFORCE: the path of a plain loop, what is written down on the way, and how it stops."""

import numpy as np
import pytest

from rl_landscapes.ascent import AUTHORS, SGD, Adam, Evaluation, Training, exponential_decay, train
from rl_landscapes.objectives import SampledReturn, baselines, policy_gradient, reward_to_go_from_here
from rl_landscapes.objectives.baselines import Linear
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import glorot, linear_gaussian
from rl_landscapes.records import equal, generator, load, save
from rl_landscapes.statistics import standard_error
from rl_landscapes.worlds.lqr import double_integrator
from tests.point_mass import PointMass

POLICY = linear_gaussian(2, 1, sigma=0.5)
LEARNED = linear_gaussian(2, 1, sigma=None)
OBJECTIVE = SampledReturn(PointMass(), POLICY, n_episodes=6, discount=0.95)
START = np.array([0.3, -0.2, 0.1])


def go(objective=OBJECTIVE, theta=START, *, n_updates=7, step=0.1, seed=3, **settings):
    return train(
        objective, theta, n_updates=n_updates, step=step, rng=np.random.default_rng(seed), **settings
    )


def by_hand(objective_at, theta, *, n_updates, step_at, seed=3, **settings):
    """Plain ascent, with the chance of update u made from the seed and u."""
    seed, seen = int(np.random.default_rng(seed).integers(2**63)), []
    for update in range(n_updates):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0, update)))
        objective = objective_at(update)
        episodes = objective.trajectories(theta[None], rng)
        taken = {
            name: value(update) if callable(value) and name == "tau" else value
            for name, value in settings.items()
        }
        seen.append(policy_gradient(objective.policy, theta, episodes, **taken))
        theta = theta + step_at(update) * seen[-1].gradient
    return theta, seen


class TestPath:
    def test_a_plain_loop_takes_the_same_one(self):
        run = go(baseline=baselines.per_step, step=exponential_decay(0.2, 0.9))
        end, seen = by_hand(
            lambda _: OBJECTIVE,
            START,
            n_updates=7,
            step_at=exponential_decay(0.2, 0.9),
            baseline=baselines.per_step,
        )
        np.testing.assert_array_equal(run.end, end)
        np.testing.assert_array_equal(run.gradient_norms, [np.linalg.norm(s.gradient) for s in seen])
        np.testing.assert_array_equal(run.noise, [s.noise for s in seen])
        np.testing.assert_array_equal(run.returns, [s.returns.mean() for s in seen])
        np.testing.assert_array_equal(run.returns_stderr, [standard_error(s.returns) for s in seen])
        np.testing.assert_array_equal(run.lengths, [s.lengths.mean() for s in seen])
        np.testing.assert_allclose(run.steps, 0.2 * 0.9 ** np.arange(7))

    def test_the_authors_weigh_late_steps_as_early_ones_and_follow_the_plain_gradient(self):
        end, _ = by_hand(
            lambda _: OBJECTIVE,
            START,
            n_updates=7,
            step_at=lambda u: 0.1,
            weighting=reward_to_go_from_here,
            baseline=baselines.standardised,
        )
        np.testing.assert_array_equal(go(**AUTHORS).end, end)
        assert (go().end != end).any()
        assert AUTHORS["optimiser"] == SGD()

    def test_sigma_and_tau_follow_their_schedules(self):
        theta = np.append(START, np.log(0.5))
        learned = SampledReturn(PointMass(), LEARNED, n_episodes=6)
        sigma, tau = exponential_decay(0.8, 0.7), exponential_decay(0.3, 0.5)
        run = go(learned, theta, sigma=sigma, tau=tau, baseline=baselines.none, step=0.01)
        end, _ = by_hand(
            lambda u: learned.with_sigma(sigma(u)),
            theta,
            n_updates=7,
            step_at=lambda u: 0.01,
            tau=tau,
            baseline=baselines.none,
        )
        np.testing.assert_array_equal(run.end, end)
        np.testing.assert_allclose(run.sigmas[:, 0], 0.8 * 0.7 ** np.arange(7))
        np.testing.assert_allclose(run.taus, 0.3 * 0.5 ** np.arange(7))

    def test_entropy_keeps_a_learned_sigma_larger(self):
        theta = np.append(START, np.log(0.5))
        learned = SampledReturn(PointMass(edge=np.inf), LEARNED, n_episodes=20)
        cold, warm = (go(learned, theta, n_updates=20, step=0.01, tau=tau) for tau in (0.0, 1.0))
        assert warm.sigmas[-1, 0] > 1.5 * cold.sigmas[-1, 0]
        assert cold.sigmas[0, 0] == warm.sigmas[0, 0] == pytest.approx(0.5)

    @pytest.mark.no_cover
    def test_in_a_linear_quadratic_world_it_comes_close_to_the_optimum(self):
        world = double_integrator(discount=0.8, time_limit=30)
        objective = SampledReturn(world, POLICY, n_episodes=64, discount=0.8)
        run = go(objective, np.zeros(3), n_updates=150, step=0.2, optimiser=Adam(), baseline=Linear(2))
        exact = LQRReturn(world, sigma=0.5)
        at = exact.evaluate(np.stack([run.start[:2], run.end[:2], world.optimal_gain[0]]))[:, 0]
        assert at[2] - at[1] < 0.02 * (at[2] - at[0])

    def test_the_seed_decides(self):
        assert equal(go(seed=5), go(seed=5))
        assert (go(seed=5).end != go(seed=6).end).any()

    def test_updates_meet_new_episodes(self):
        """With a step of 0 only chance differs from update to update."""
        run = go(step=0.0)
        assert len(set(run.returns)) == 7
        np.testing.assert_array_equal(run.end, START)

    def test_inputs_are_neither_changed_nor_shared(self):
        theta = START.copy()
        run = go(theta=theta)
        np.testing.assert_array_equal(theta, START)
        assert not np.shares_memory(run.start, theta)


class TestWrittenDown:
    def test_when_it_was_evaluated_and_kept(self):
        run = go(n_updates=7, evaluate_every=3, keep_every=2)
        assert run.evaluated.tolist() == [0, 3, 6, 7]
        assert run.kept.tolist() == [0, 2, 4, 6, 7]
        for k, updates in enumerate([0, 2, 4, 6, 7]):
            np.testing.assert_array_equal(run.thetas[k], go(n_updates=updates).end if updates else START)

    def test_without_being_asked_it_keeps_the_ends(self):
        run = go()
        assert run.kept.tolist() == [0, 7]
        np.testing.assert_array_equal(run.thetas, [run.start, run.end])

    def test_evaluations_are_of_the_policy_without_noise_on_the_same_episodes(self):
        run = go(evaluate_every=1, keep_every=1, evaluation=Evaluation(n_episodes=5))
        seed = int(np.random.default_rng(3).integers(2**63))
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
        judge = SampledReturn(PointMass(), POLICY.with_sigma(0.0), n_episodes=5)  # whole and undiscounted
        values = judge.evaluate(run.thetas, rng)
        np.testing.assert_array_equal(run.evaluations, [row.mean() for row in values])
        np.testing.assert_array_equal(run.evaluations_stderr, [standard_error(row) for row in values])

    def test_it_is_judged_as_asked_whatever_it_is_trained_on(self):
        short = SampledReturn(PointMass(), POLICY, n_episodes=6, discount=0.5, horizon=3)
        asked = Evaluation(n_episodes=4, discount=0.9, horizon=5, sigma=0.2)
        run = go(short, n_updates=2, evaluation=asked)
        seed = int(np.random.default_rng(3).integers(2**63))
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
        judge = SampledReturn(PointMass(), POLICY.with_sigma(0.2), n_episodes=4, discount=0.9, horizon=5)
        np.testing.assert_array_equal(run.evaluations[-1], judge.evaluate(run.end[None], rng).mean())
        assert run.settings["evaluation.horizon"] == "5"

    def test_looking_more_often_changes_nothing_else(self):
        seldom, often = go(), go(evaluate_every=1, keep_every=1, evaluation=Evaluation(n_episodes=3))
        np.testing.assert_array_equal(seldom.end, often.end)

    def test_shapes(self):
        run = go(SampledReturn(PointMass(), LEARNED, n_episodes=4), np.append(START, 0.0), keep_every=3)
        assert run.sigmas.shape == (7, 1)
        assert run.thetas.shape == (4, 4)
        assert run.n_updates == run.n_moves == 7
        assert run.stopped == ""

    def test_it_is_a_record(self, tmp_path):
        run = go()
        assert equal(load(Training, save(run, tmp_path / "run.npz")), run)
        assert generator(run.provenance).random() == np.random.default_rng(3).random()
        assert run.settings["objective.world.edge"] == "1.0"
        assert run.settings["objective.policy.sigma"] == "0.5"


class TestStopped:
    def test_episodes_that_diverge_are_counted_and_told(self):
        """Those of the evaluations too, by the objective itself."""
        objective = SampledReturn(PointMass(edge=np.inf, cliff=0.8), POLICY, n_episodes=20)
        with pytest.warns(RuntimeWarning) as told:
            run = go(objective, n_updates=3)
        count = run.diverged.sum()
        assert 0 < count < 50
        assert str(told[-1].message) == f"{count} episodes diverged and were left out"
        assert not run.stopped
        assert np.isfinite(run.end).all()
        assert np.isfinite(run.returns).all()

    def test_if_all_diverge_it_stops_where_it_is(self, tmp_path):
        objective = SampledReturn(PointMass(edge=np.inf, cliff=0.0), POLICY, n_episodes=6)
        with pytest.warns(RuntimeWarning) as told:
            run = go(objective, checkpoint=tmp_path / "run.npz")
        assert str(told[-1].message) == "training stopped at update 0: the gradient is not finite"
        assert run.stopped == "update 0: the gradient is not finite"
        assert (run.n_updates, run.n_moves) == (1, 0)
        assert run.diverged.tolist() == [6]
        assert np.isnan(run.evaluations).all()
        np.testing.assert_array_equal(run.end, START)
        with pytest.warns(RuntimeWarning) as told:
            assert equal(go(objective, checkpoint=tmp_path / "run.npz"), run)
        assert str(told[-1].message) == "training stopped at update 0: the gradient is not finite"

    def test_a_step_out_of_the_finite_range_is_not_taken(self):
        with pytest.warns(RuntimeWarning, match=r"stopped at update 4: a parameter would leave \+-1e\+08"):
            run = go(step=lambda update: 0.1 if update < 4 else 1e200)
        np.testing.assert_array_equal(run.end, go(n_updates=4).end)
        assert (run.n_updates, run.n_moves) == (5, 4)
        assert run.kept.tolist() == [0, 4]
        assert run.evaluated.tolist() == [0, 4]
        assert np.isfinite(run.gradient_norms).all()

    def test_noise_that_rounding_swallows(self):
        """Then action - mean is not sigma times the noise any more, and the score is nonsense."""
        with pytest.warns(RuntimeWarning, match=r"update 3: sigma .*e-17 is lost in the rounding of actions"):
            run = go(sigma=lambda update: 0.5 if update < 3 else 1e-17, optimiser=Adam())
        np.testing.assert_array_equal(run.end, go(sigma=0.5, n_updates=3, optimiser=Adam()).end)
        assert run.n_moves == 3

    def test_gradient_beyond_what_can_be_squared_is_no_warning(self):
        with pytest.warns(RuntimeWarning) as told:
            run = go(tau=1e300, objective=SampledReturn(PointMass(), LEARNED, 4), theta=np.append(START, 0.0))
        assert [str(warning.message)[:16] for warning in told] == ["training stopped"]
        assert run.gradient_norms.tolist() == [np.inf]


class TestBadInput:
    def test_evaluation(self):
        with pytest.raises(ValueError, match="sigma of the evaluation must be a finite number of at least 0"):
            Evaluation(sigma=-0.1)
        with pytest.raises(ValueError, match="horizon must be at most the time limit of point mass, 30"):
            go(evaluation=Evaluation(horizon=31))
        with pytest.raises(TypeError, match=r"evaluation must be an Evaluation, .* got 16"):
            go(evaluation=16)

    @pytest.mark.parametrize("name", ["n_updates", "evaluate_every", "keep_every", "checkpoint_every"])
    def test_counts(self, name):
        with pytest.raises(ValueError, match=f"{name} must be an integer of at least 1, got 0"):
            go(**{name: 0})

    def test_theta(self):
        with pytest.raises(
            ValueError, match=r"theta must have shape \(3,\), got \(4,\); 3 = 1\*2 weights \+ 1 biases"
        ):
            go(theta=np.zeros(4))
        with pytest.raises(ValueError, match=r"theta must be finite, but theta\[1\] is nan"):
            go(theta=np.array([0, np.nan, 0]))

    @pytest.mark.parametrize("name", ["step", "tau"])
    def test_schedules_that_give_nonsense(self, name):
        with pytest.raises(ValueError, match=f"{name} must be finite at every update, got nan at update 2"):
            go(**{name: lambda update: np.nan if update == 2 else 0.1})

    def test_sigma_where_noise_is_needed(self):
        with pytest.raises(ValueError, match="sigma at update 1 must be a finite number above 0, got 0"):
            go(sigma=lambda update: 0.5 * (update < 1))
        with pytest.raises(ValueError, match="policy_gradient needs sigma above 0, got 0"):
            go(OBJECTIVE.with_sigma(0))

    def test_rng(self):
        with pytest.raises(TypeError, match="rng must be a Generator"):
            train(OBJECTIVE, START, n_updates=1, step=0.1, rng=3)


@pytest.mark.no_cover
@pytest.mark.slow
def test_it_learns_to_balance_a_pendulum():
    """InvertedPendulum pays 1 for each step upright, here of 200."""
    pytest.importorskip("mujoco.batch")
    from rl_landscapes.worlds.physics import body

    world = body("InvertedPendulum-v5")
    policy = linear_gaussian(4, 1, sigma=0.5)
    objective = SampledReturn(world, policy, n_episodes=32, horizon=200)
    theta = glorot(policy, np.random.default_rng(0))
    run = go(objective, theta, n_updates=40, step=0.3, optimiser=Adam(), baseline=baselines.per_step)
    assert run.evaluations[0] < 20
    assert run.evaluations[-1] > 150
