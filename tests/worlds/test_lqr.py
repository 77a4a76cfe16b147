"""Linear-quadratic worlds: what they refuse, the Riccati equation, and bodies that follow the formulas."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from rl_landscapes.worlds import LQR, double_integrator, scalar_lqr
from rl_landscapes.worlds.control import ControlWorld
from tests.linear import PARTS, build


def episode(world, start, gain, n_steps):
    """States (n_steps + 1, b, m) and rewards (n_steps, b) written out from the definition."""
    states, rewards = [start[:, 0]], []
    for step in range(n_steps):
        s = states[-1]
        a = s @ gain.T
        forms = [(s, world.state_cost), (a, world.action_cost)]
        rewards.append(-sum(np.einsum("bi,ij,bj->b", x, matrix, x) for x, matrix in forms))
        states.append(s @ world.dynamics.T + a @ world.control.T + start[:, 1 + step])
    return np.array(states), np.array(rewards)


class TestRiccati:
    @pytest.mark.parametrize("world", [build(), double_integrator(), scalar_lqr(1.4, discount=0.99)])
    def test_costs_solve_the_discounted_equation(self, world):
        costs, gamma = world.optimal_costs, world.discount
        across = world.control.T @ costs @ world.dynamics
        inner = np.linalg.solve(world.action_cost + gamma * world.control.T @ costs @ world.control, across)
        expected = world.state_cost + gamma * world.dynamics.T @ costs @ world.dynamics
        np.testing.assert_allclose(costs, expected - gamma**2 * across.T @ inner, rtol=1e-10)

    def test_value_iteration_arrives_at_the_same_gain(self):
        """No Riccati solver: minimise over one action at a time, 400 steps ahead."""
        world = build()
        costs = np.zeros((3, 3))
        for _ in range(400):
            bent = world.action_cost + world.discount * world.control.T @ costs @ world.control
            gain = -np.linalg.solve(bent, world.discount * world.control.T @ costs @ world.dynamics)
            closed = world.dynamics + world.control @ gain
            paid = world.state_cost + gain.T @ world.action_cost @ gain
            costs = paid + world.discount * closed.T @ costs @ closed
        np.testing.assert_allclose(world.optimal_gain, gain, rtol=1e-10)

    def test_scalar_by_hand(self):
        """A = B = Q = R = 1, gamma = 1/2: P = 1 + P/2 - P^2/4 / (1 + P/2), so P^2 = 2, K = -P / (2 + P)."""
        world = scalar_lqr(discount=0.5)
        assert world.optimal_costs.item() == pytest.approx(np.sqrt(2))
        assert world.optimal_gain.item() == pytest.approx(-np.sqrt(2) / (2 + np.sqrt(2)))

    def test_without_a_future_the_best_action_is_none(self):
        world = build(discount=0.0)
        np.testing.assert_allclose(world.optimal_gain, np.zeros((2, 3)), atol=1e-15)
        np.testing.assert_allclose(world.optimal_costs, world.state_cost)

    def test_a_world_nobody_can_steady(self):
        world = scalar_lqr(2.0, control=0.0)
        with pytest.raises(ValueError, match="no gain makes sqrt"):
            _ = world.optimal_gain
        assert scalar_lqr(1.05, control=0.0).optimal_gain.item() == 0  # 0.9 x 1.05^2 < 1: discounting does


class TestBodies:
    def test_it_is_a_control_world(self):
        world = build()
        assert isinstance(world, ControlWorld)
        assert (world.n_observations, world.n_actions, world.time_limit) == (3, 2, 30)
        assert (world.low == -np.inf).all()
        assert (world.high == np.inf).all()

    @pytest.mark.parametrize("disturbance", [PARTS["disturbance"], np.zeros((3, 3))])
    def test_episodes_follow_the_definition(self, disturbance):
        world = build(disturbance=disturbance)
        starts, gain = world.starts(5, np.random.default_rng(0)), world.optimal_gain
        pushes = starts if starts.shape[1] > 1 else np.pad(starts, ((0, 0), (0, 30), (0, 0)))
        states, rewards = episode(world, pushes, gain, 30)
        bodies, ids = world.bodies(5), np.arange(5)
        seen = bodies.place(ids, starts)
        np.testing.assert_array_equal(seen, states[0])
        for step in range(30):
            taken = bodies.step(ids, seen @ gain.T)
            np.testing.assert_allclose(taken.observations, states[step + 1], rtol=1e-12, atol=1e-13)
            np.testing.assert_allclose(taken.rewards, rewards[step], rtol=1e-12)
            np.testing.assert_array_equal(taken.rewards, taken.parts["state"] + taken.parts["action"])
            assert not (taken.terminated | taken.diverged).any()
            seen = taken.observations

    def test_bits_do_not_depend_on_company(self):
        """300 bodies together, and three of them alone or in pairs, some placed later than others."""
        world, rng = build(), np.random.default_rng(1)
        starts, actions = world.starts(300, rng), rng.normal(size=(20, 300, 2))
        crowd, few = world.bodies(300), world.bodies(2, n_threads=3)
        crowd.place(np.arange(300), starts)
        together = [crowd.step(np.arange(300), row) for row in actions]
        few.place(np.array([1, 0]), starts[[7, 250]])
        for step, row in enumerate(actions):
            pair = few.step(np.array([0, 1]), row[[250, 7]])
            np.testing.assert_array_equal(pair.observations, together[step].observations[[250, 7]])
            np.testing.assert_array_equal(pair.rewards, together[step].rewards[[250, 7]])
        few.place(np.array([0]), starts[[99]])
        alone = [few.step(np.array([0]), row[[99]]).observations[0] for row in actions]
        np.testing.assert_array_equal(alone, [step.observations[99] for step in together])

    def test_starts_have_the_moments_asked_for(self):
        """100,000 starts: means and covariances within 5 standard errors."""
        world = build(time_limit=2)
        starts = world.starts(100_000, np.random.default_rng(2))
        assert starts.shape == (100_000, 3, 3)
        wanted = [(world.start_mean, world.start_covariance), *[(np.zeros(3), world.disturbance)] * 2]
        for step, (mean, covariance) in enumerate(wanted):
            scale = np.sqrt(np.diag(covariance))
            assert (np.abs(starts[:, step].mean(axis=0) - mean) <= 5 * scale / np.sqrt(1e5)).all()
            allowed = 5 * np.sqrt((np.outer(scale, scale) ** 2 + covariance**2) / 1e5)
            assert (np.abs(np.cov(starts[:, step].T) - covariance) <= allowed + 1e-15).all()
        across = np.corrcoef(starts[:, :, 0].T)
        assert np.abs(across - np.eye(3)).max() < 5 / np.sqrt(1e5)

    def test_seeds_decide(self):
        world = build()
        rows = [world.starts(2, np.random.default_rng(seed)) for seed in (3, 3, 4)]
        np.testing.assert_array_equal(rows[0], rows[1])
        assert not np.isclose(rows[0], rows[2])[:, 0].any()
        assert scalar_lqr().starts(2, np.random.default_rng(0)).shape == (2, 1, 1)

    def test_a_body_that_leaves_the_finite_range_is_flagged(self):
        world = scalar_lqr(10.0, time_limit=1000)
        bodies = world.bodies(2)
        bodies.place(np.arange(2), np.array([[[1.0]], [[0.0]]]))
        flags = np.array([bodies.step(np.arange(2), np.zeros((2, 1))).diverged for _ in range(400)])
        assert not flags[:, 1].any()
        first = int(np.argmax(flags[:, 0]))
        assert flags[first:, 0].all()
        assert 100 < first < 310  # 10^308 is the end, squared already at 10^154

    def test_disturbances_end_at_the_time_limit(self):
        world = scalar_lqr(disturbance=1.0, time_limit=2)
        bodies, ids = world.bodies(1), np.array([0])
        bodies.place(ids, world.starts(1, np.random.default_rng(0)))
        for _ in range(2):
            bodies.step(ids, np.zeros((1, 1)))
        with pytest.raises(ValueError, match="more than time_limit = 2 times"):
            bodies.step(ids, np.zeros((1, 1)))

    def test_what_is_returned_is_not_the_state_itself(self):
        world = scalar_lqr()
        bodies, ids = world.bodies(1), np.array([0])
        seen = bodies.place(ids, np.array([[[1.0]]]))
        step = bodies.step(ids, np.zeros((1, 1)))
        seen[:], step.observations[:] = 9.0, 9.0
        assert bodies.step(ids, np.zeros((1, 1))).observations.item() == 1.0


class TestWorlds:
    def test_parts_are_copied_and_sealed(self):
        dynamics = np.eye(3)
        world = build(dynamics=dynamics)
        dynamics[0, 0] = 7
        assert world.dynamics[0, 0] == 1
        with pytest.raises(ValueError, match="read-only"):
            world.dynamics[0, 0] = 7

    def test_defaults(self):
        world = LQR(np.eye(2), np.ones((2, 1)), np.eye(2), np.eye(1), 0.5)
        np.testing.assert_array_equal(world.start_moment, np.eye(2))
        assert not world.disturbance.any()
        np.testing.assert_array_equal(
            build().start_moment, build().start_covariance + np.outer(build().start_mean, build().start_mean)
        )

    def test_a_force_held_for_a_step(self):
        """Halving the step and pushing twice is the same as one step."""
        whole, half = double_integrator(step=0.5), double_integrator(step=0.25)
        np.testing.assert_allclose(half.dynamics @ half.dynamics, whole.dynamics)
        np.testing.assert_allclose(half.dynamics @ half.control + half.control, whole.control)

    def test_survives_a_pickle(self):
        world = pickle.loads(pickle.dumps(build()))
        np.testing.assert_array_equal(world.optimal_gain, build().optimal_gain)

    def test_needs_no_simulator(self):
        code = (
            "import sys, rl_landscapes.worlds.lqr, rl_landscapes.objectives.closed_form;"
            "assert not {'mujoco', 'gymnasium', 'joblib', 'tqdm', 'dask'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True)


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"control": np.zeros((0, 2))}, "control must have at least one state and one action"),
            ({"dynamics": np.eye(2)}, r"dynamics must have shape \(3, 3\), got \(2, 2\)"),
            ({"dynamics": np.full((3, 3), np.nan)}, "dynamics must be finite"),
            ({"state_cost": np.diag([1.0, 1.0, 0.0])}, "state_cost must be positive definite.*eigenvalue 0"),
            ({"action_cost": -np.eye(2)}, "action_cost must be positive definite.*eigenvalue -1"),
            ({"action_cost": [[1.0, 0.5], [0.0, 1.0]]}, "action_cost must be symmetric, got"),
            ({"start_mean": [1.0]}, r"start_mean must have shape \(3,\), got \(1,\)"),
            ({"start_covariance": np.diag([1.0, 1.0, -0.1])}, "start_covariance must be positive semi-def"),
            ({"disturbance": np.ones((2, 2))}, r"disturbance must have shape \(3, 3\)"),
            ({"discount": 1.0}, r"discount must lie in \[0, 1\), got 1"),
            ({"time_limit": 0}, "time_limit must be an integer of at least 1, got 0"),
        ],
    )
    def test_is_refused_by_name(self, changes, message):
        with pytest.raises(ValueError, match=message):
            build(**changes)

    def test_a_mode_that_nothing_excites(self):
        """From one certain start, without disturbance, an unstable gain can have finite cost."""
        still = {"start_covariance": np.zeros((3, 3)), "disturbance": np.zeros((3, 3))}
        with pytest.raises(ValueError, match=r"E s_0 s_0' \+ W.* must be positive definite"):
            build(**still)
        build(**still | {"disturbance": 0.01 * np.eye(3)})
        build(**still | {"start_covariance": 0.01 * np.eye(3)})
        replace(scalar_lqr(), start_mean=np.ones(1), start_covariance=np.zeros((1, 1)))

    def test_numbers(self):
        with pytest.raises(ValueError, match="step must be a finite number above 0, got 0"):
            double_integrator(step=0)
        with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
            scalar_lqr().starts(0, np.random.default_rng(0))
        with pytest.raises(ValueError, match="n_threads must be an integer of at least 1, got 0"):
            scalar_lqr().bodies(1, n_threads=0)
        with pytest.raises(TypeError, match="rng must be a Generator"):
            scalar_lqr().starts(1, 0)
