"""The sampled return: against a plain loop, its common random numbers, its standard errors, its refusals."""

import pickle
import tracemalloc

import numpy as np
import pytest

from rl_landscapes.objectives import Objective, SampledReturn, evaluate, rollouts, run_episodes, slots
from rl_landscapes.objectives.closed_form import LQRReturn
from rl_landscapes.policies import linear_gaussian, mlp_gaussian
from rl_landscapes.probes import perturb
from rl_landscapes.worlds.lqr import double_integrator
from tests.point_mass import PointMass

WORLD = PointMass(edge=0.6)
POLICY = linear_gaussian(2, 1, sigma=0.8)
THETAS = np.random.default_rng(0).normal(size=(5, 3))


def rng():
    return np.random.default_rng(7)


def objective(world=WORLD, policy=POLICY, **settings):
    return SampledReturn(world, policy, **({"n_episodes": 6, "discount": 0.9} | settings))


def lived(world, point, number, *, seed, horizon, clip):
    """One episode in a plain loop, the mass moved by its formula: seen, drawn, rewards, terminated."""
    chance = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    x, v = world.starts(1, chance)[0]
    noise = chance.standard_normal((horizon, 1))
    seen, drawn, rewards, terminated = [], [], [], False
    while len(rewards) < horizon and not terminated:
        state = np.array([[x, v]])
        action = (point.means(np.zeros(1, int), state) + point.sigmas * noise[len(rewards)])[0, 0]
        a = np.clip(action, -2, 2) if clip else action
        seen.append([x, v])
        drawn.append([action])
        rewards.append(1 - x**2 - a**2 / 10)
        x, v = x + v / 10, v + a / 10
        terminated = abs(x) > world.edge
    return seen, drawn, rewards, terminated


class TestAgainstAPlainLoop:
    @pytest.mark.parametrize("clip", [True, False])
    @pytest.mark.parametrize("horizon", [None, 9])
    @pytest.mark.parametrize("policy", [POLICY, mlp_gaussian(2, 1, (4,), sigma=0.8)], ids=["linear", "mlp"])
    def test_every_step_of_every_episode(self, policy, horizon, clip):
        thetas = 4 * np.random.default_rng(1).normal(size=(5, policy.n_parameters))
        sampled = objective(policy=policy, horizon=horizon, clip=clip)
        kept = sampled.trajectories(thetas, rng())
        seed = int(rng().integers(2**63))
        longest = 0
        for p, theta in enumerate(thetas):
            for j in range(6):
                point = policy.at(theta[None])
                life = lived(WORLD, point, j, seed=seed, horizon=sampled.n_steps, clip=clip)
                seen, drawn, rewards, terminated = life
                steps, longest = len(rewards), max(longest, len(rewards))
                assert (kept.lengths[p, j], kept.terminated[p, j]) == (steps, terminated)
                np.testing.assert_array_equal(kept.observations[p, j, :steps], seen)
                np.testing.assert_array_equal(kept.actions[p, j, :steps], drawn)
                np.testing.assert_allclose(kept.rewards[p, j, :steps], rewards, rtol=1e-15, atol=1e-15)
                for after in (kept.observations, kept.actions, kept.rewards):
                    assert not after[p, j, steps:].any()
        assert kept.rewards.shape == (5, 6, longest)
        assert np.abs(kept.actions).max() > 2  # so that it matters whether they are clipped
        assert len(np.unique(kept.lengths)) > 2

    @pytest.mark.parametrize("discount", [0.0, 0.5, 1.0])
    def test_returns_are_those_of_the_trajectories(self, discount):
        sampled = objective(discount=discount)
        kept = sampled.trajectories(THETAS, rng())
        weights = np.array([discount**t for t in range(kept.rewards.shape[-1])])
        np.testing.assert_allclose(sampled.evaluate(THETAS, rng()), kept.rewards @ weights, atol=1e-12)
        np.testing.assert_allclose(kept.returns, kept.rewards @ weights, atol=1e-12)
        assert kept.discount == discount

    def test_without_noise_the_actions_are_the_means(self):
        kept = objective().with_sigma(0).trajectories(THETAS, rng())
        weights, biases = THETAS[:, None, None, :2], THETAS[:, None, None, 2]
        means = (kept.observations * weights).sum(axis=-1) + biases
        np.testing.assert_allclose(kept.actions[..., 0], means * kept.alive, atol=1e-14)

    def test_the_function_is_the_method(self):
        by_function = run_episodes(
            WORLD, POLICY, THETAS, n_episodes=6, rng=rng(), horizon=9, discount=0.9, clip=False, n_threads=1
        )
        by_method = objective(horizon=9, clip=False).trajectories(THETAS, rng())
        assert vars(by_function).keys() == vars(by_method).keys()
        for name, values in vars(by_function).items():
            np.testing.assert_array_equal(values, getattr(by_method, name))


class TestCommonRandomNumbers:
    def test_the_same_point_twice(self):
        values = objective().evaluate(THETAS[[0, 1, 0]], rng())
        np.testing.assert_array_equal(values[0], values[2])
        assert (values[0] != values[1]).any()

    def test_a_point_does_not_see_the_others(self):
        values = objective().evaluate(THETAS, rng())
        for row, theta in enumerate(THETAS):
            np.testing.assert_array_equal(objective().evaluate(theta[None], rng())[0], values[row])

    def test_an_episode_does_not_see_the_others(self):
        np.testing.assert_array_equal(
            objective().with_episodes(40).evaluate(THETAS, rng())[:, :6], objective().evaluate(THETAS, rng())
        )

    def test_a_shorter_horizon_is_a_cut(self):
        whole, cut = (objective(horizon=h).trajectories(THETAS, rng()) for h in (None, 7))
        np.testing.assert_array_equal(cut.rewards, whole.rewards[:, :, :7])
        np.testing.assert_array_equal(cut.terminated, whole.terminated & (whole.lengths <= 7))
        assert (cut.lengths == np.minimum(whole.lengths, 7)).all()

    @pytest.mark.parametrize("n_slots", [1, 3, 29])
    def test_the_number_of_slots_changes_no_bit(self, n_slots, monkeypatch):
        values, kept = objective().evaluate(THETAS, rng()), objective().trajectories(THETAS, rng())
        monkeypatch.setattr(slots, "SLOTS", n_slots)
        np.testing.assert_array_equal(objective().evaluate(THETAS, rng()), values)
        again = objective().trajectories(THETAS, rng())
        np.testing.assert_array_equal(again.observations, kept.observations)
        np.testing.assert_array_equal(again.rewards, kept.rewards)

    @pytest.mark.parametrize("n_at_once", [1, 12, 10**6])
    def test_chunks_of_points_change_no_bit(self, n_at_once, monkeypatch):
        values = evaluate(objective(), THETAS, rng())
        monkeypatch.setattr(rollouts, "EPISODES_AT_ONCE", n_at_once)
        np.testing.assert_array_equal(evaluate(objective(), THETAS, rng()), values)

    @pytest.mark.slow
    def test_processes_change_no_bit(self):
        pytest.importorskip("joblib")
        values = evaluate(objective(n_episodes=500), THETAS, rng())
        np.testing.assert_array_equal(evaluate(objective(n_episodes=500), THETAS, rng(), n_jobs=2), values)

    def test_the_generator_decides(self):
        values = objective().evaluate(THETAS, rng())
        np.testing.assert_array_equal(objective().evaluate(THETAS, rng()), values)
        assert (objective().evaluate(THETAS, np.random.default_rng(8)) != values).all()

    def test_another_sigma_meets_the_same_noise(self):
        """action = mean(s) + sigma noise: at the first step the means agree, so the rest is proportional."""
        first = [objective().with_sigma(s).trajectories(THETAS, rng()).actions[:, :, 0] for s in (0, 1, 3)]
        np.testing.assert_allclose(first[2] - first[0], 3 * (first[1] - first[0]), atol=1e-14)

    def test_a_pickled_copy_gives_the_same_bits(self):
        copy = pickle.loads(pickle.dumps(objective()))
        np.testing.assert_array_equal(copy.evaluate(THETAS, rng()), objective().evaluate(THETAS, rng()))


class TestStandardErrors:
    """A linear-quadratic world, whose gradient is known in closed form."""

    GAMMA, SIGMA, GAIN = 0.7, 0.3, np.array([-0.4, -0.7])

    def slopes(self, n_runs, **settings):
        """z scores and standard errors of slopes along the same direction, by independent runs."""
        world = double_integrator(discount=self.GAMMA, disturbance=0.05, time_limit=40)  # 0.7^40 is 6e-7
        sampled = SampledReturn(world, linear_gaussian(2, 1, sigma=self.SIGMA), **settings)
        exact = LQRReturn(world, sigma=self.SIGMA).gradient(self.GAIN[None])[0]
        theta, runs = np.array([*self.GAIN, 0.0]), []
        for seed in range(n_runs):
            probed = perturb(sampled, theta, alpha=1e-3, n_directions=1, rng=np.random.default_rng(seed))
            true = probed.directions[:, :2] @ exact  # the bias has no slope: the world is symmetric
            runs.append([(probed.slope - true)[0], probed.slope_stderr[0]])
        errors, stderrs = np.array(runs).T
        return errors / stderrs, stderrs

    @pytest.mark.no_cover
    def test_intervals_of_slopes_cover_the_exact_gradient(self):
        """Of 120 intervals of 95%, 114 are expected to cover; 106 or fewer by chance once in 200."""
        z, _ = self.slopes(120, n_episodes=30, discount=self.GAMMA)
        assert (np.abs(z) < 1.96).sum() > 106
        assert 0.8 < z.std() < 1.25
        assert abs(z.mean()) < 4 / np.sqrt(120)

    def test_pairing_makes_differences_of_near_points_quiet(self):
        """Without common random numbers a slope over 2 alpha has the error sqrt(2/N) std / 2 alpha."""
        world = double_integrator(discount=self.GAMMA, disturbance=0.05, time_limit=40)
        sampled = SampledReturn(
            world, linear_gaussian(2, 1, sigma=self.SIGMA), n_episodes=40, discount=self.GAMMA
        )
        spread = sampled.evaluate(np.array([[*self.GAIN, 0.0]]), rng()).std()
        _, stderrs = self.slopes(5, n_episodes=40, discount=self.GAMMA)
        assert stderrs.max() < np.sqrt(2 / 40) * spread / 2e-3 / 100


class TestDivergence:
    LOST = PointMass(edge=0.6, cliff=0.55)

    def test_lost_episodes_are_nan_and_warned_of(self):
        kept = objective(self.LOST).trajectories(THETAS, rng())
        assert 0 < kept.diverged.sum() < kept.diverged.size
        with pytest.warns(RuntimeWarning, match=f"^{kept.diverged.sum()} of 30 episodes of point mass div"):
            values = objective(self.LOST).evaluate(THETAS, rng())
        np.testing.assert_array_equal(np.isnan(values), kept.diverged)
        np.testing.assert_array_equal(np.isnan(kept.returns), kept.diverged)
        assert not (kept.terminated & kept.diverged).any()

    def test_the_others_are_untouched(self):
        kept = objective(self.LOST).trajectories(THETAS, rng())
        whole = objective(PointMass(edge=0.6)).trajectories(THETAS, rng())
        well = ~kept.diverged
        np.testing.assert_allclose(kept.returns[well], whole.returns[well], rtol=1e-14)
        assert (kept.lengths[well] == whole.lengths[well]).all()

    def test_the_step_that_was_lost_pays_nothing(self):
        kept = objective(self.LOST).trajectories(THETAS, rng())
        p, j = np.argwhere(kept.diverged)[0]
        assert kept.rewards[p, j, kept.lengths[p, j] - 1] == 0
        assert kept.alive[p, j].sum() == kept.lengths[p, j]

    def test_parameters_beyond_all_bounds_are_flagged_in_silence(self):
        """Warnings are errors here: NumPy's own overflow would end the test."""
        sampled = SampledReturn(double_integrator(discount=0.9), POLICY, n_episodes=4)
        kept = sampled.trajectories(np.full((1, 3), 1e308), rng())
        assert kept.diverged.all()
        assert not np.isfinite(kept.actions).all()


class TestMemory:
    def test_the_noise_of_many_episodes_is_drawn_in_blocks_that_change_no_bit(self, monkeypatch):
        values, kept = objective().evaluate(THETAS, rng()), objective().trajectories(THETAS, rng())
        sizes, draw = [], rollouts.columns

        def spy(world, episodes, *rest):
            sizes.append(len(episodes))
            return draw(world, episodes, *rest)

        monkeypatch.setattr(rollouts, "columns", spy)
        monkeypatch.setattr(rollouts, "LARGEST_NOISE", 8 * 30 * 4)  # four episodes of 30 steps
        np.testing.assert_array_equal(objective().evaluate(THETAS, rng()), values)
        assert sizes == [4, 2]
        again = objective().trajectories(THETAS, rng())
        for name, array in vars(kept).items():
            np.testing.assert_array_equal(getattr(again, name), array)

    def test_evaluation_keeps_no_steps(self, monkeypatch):
        """Ten times the episodes, and hardly more memory; their noise alone would be half a megabyte."""
        monkeypatch.setattr(rollouts, "LARGEST_NOISE", 2**15)
        peaks = []
        for n_episodes in (200, 2000):
            sampled = objective(PointMass(edge=np.inf), n_episodes=n_episodes)
            tracemalloc.start()
            sampled.evaluate(THETAS[:1], rng())
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] - peaks[0] < 2**17

    def test_points_come_in_chunks_of_about_a_thousand_episodes(self):
        assert [objective(n_episodes=n).points_at_once for n in (1, 64, 1000, 5000)] == [1024, 16, 1, 1]


class TestRefusals:
    def test_it_is_an_objective(self):
        assert isinstance(objective(), Objective)
        assert (objective().n_parameters, objective().n_episodes, objective().n_steps) == (3, 6, 30)
        assert objective(horizon=4).n_steps == 4

    def test_a_policy_for_another_world(self):
        with pytest.raises(ValueError, match="map the 2 observations of point mass to its 1 actions"):
            objective(policy=linear_gaussian(3, 1, sigma=1.0))
        with pytest.raises(ValueError, match="got one from 2 to 2"):
            objective(policy=linear_gaussian(2, 2, sigma=1.0))

    def test_a_horizon_beyond_the_time_limit(self):
        objective(horizon=30)
        with pytest.raises(ValueError, match="at most the time limit of point mass, 30, got 31"):
            objective(horizon=31)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"n_episodes": 0}, "n_episodes must be an integer of at least 1, got 0"),
            ({"n_episodes": 2.0}, "n_episodes must be an integer"),
            ({"discount": 1.1}, "discount must lie between 0 and 1, got 1.1"),
            ({"discount": np.nan}, "discount must lie between 0 and 1"),
            ({"horizon": 0}, "horizon must be an integer of at least 1, got 0"),
            ({"n_threads": 0}, "n_threads must be an integer of at least 1, got 0"),
        ],
    )
    def test_numbers_out_of_range(self, settings, message):
        with pytest.raises(ValueError, match=message):
            objective(**settings)

    @pytest.mark.parametrize("method", ["evaluate", "trajectories"])
    def test_points(self, method):
        call = getattr(objective(), method)
        with pytest.raises(ValueError, match=r"shape \(any, 3\), got \(2, 4\); 3 = 1\*2 weights \+ 1 biases"):
            call(np.zeros((2, 4)), rng())
        with pytest.raises(ValueError, match="thetas must be finite"):
            call(np.full((1, 3), np.nan), rng())
        with pytest.raises(ValueError, match="at least one point"):
            call(np.zeros((0, 3)), rng())
        with pytest.raises(TypeError, match="rng must be a Generator"):
            call(THETAS, 3)

    def test_inputs_are_left_as_they_were(self):
        before = THETAS.copy()
        objective().trajectories(THETAS, rng())
        np.testing.assert_array_equal(THETAS, before)


@pytest.mark.parametrize(
    "look", [evaluate, lambda f, t, rng: perturb(f, t[0], alpha=0.1, n_directions=2, rng=rng)]
)
def test_wrong_length_is_explained_wherever_it_is_met(look):
    world = PointMass()
    sampled = SampledReturn(world, linear_gaussian(world.n_observations, 1, sigma=None), n_episodes=2)
    n, o = sampled.n_parameters, world.n_observations
    with pytest.raises(
        ValueError, match=rf"got .*{n - 1}.*; {n} = 1\*{o} weights \+ 1 biases \+ 1 log sigmas"
    ):
        look(sampled, np.zeros((2, n - 1)), np.random.default_rng(0))


def test_what_is_no_world_or_no_policy_is_refused_with_what_is():
    gymnasium = pytest.importorskip("gymnasium")
    env = gymnasium.make("Pendulum-v1")
    with pytest.raises(
        TypeError, match=r"world must be a ControlWorld, got <.*Pendulum.*body\('Hopper-v5'\)"
    ):
        SampledReturn(env, POLICY, 4)
    with pytest.raises(TypeError, match=r"policy must be Gaussian, got <function .*linear_gaussian"):
        SampledReturn(WORLD, lambda state: 0.0, 4)
