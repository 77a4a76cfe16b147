"""What is chosen beyond Gymnasium's defaults: the integrator, what ends an episode, and when it is cut."""

import pickle
from dataclasses import replace

import gymnasium
import mujoco
import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

from rl_landscapes.ascent import Evaluation, train
from rl_landscapes.objectives import SampledReturn, evaluate
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.probes import perturb
from rl_landscapes.worlds.physics import BodyVectorEnv, body, known_bodies
from rl_landscapes.worlds.physics.quiet import quiet
from tests.worlds.physics.stock import made, random_actions, same

INTEGRATORS = {"Euler": 0, "RK4": 1, "implicit": 2, "implicitfast": 3}


def lived(world, *, n=3, seed=0, n_steps=60):
    """Observations, rewards and ends (T, n) of bodies that go on, whatever happens."""
    act, bodies, ids = random_actions(world, seed), world.bodies(n), np.arange(n)
    seen, found = bodies.place(ids, world.starts(n, np.random.default_rng(seed))), []
    for _ in range(n_steps):
        step = bodies.step(ids, act(seen))
        seen = step.observations
        found.append((step.observations, step.rewards, step.terminated, bodies.snapshot(ids).qpos))
    return [np.array(column) for column in zip(*found, strict=True)]


def sampled(world, n_episodes=3):
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=0.5)
    return SampledReturn(world, policy, n_episodes=n_episodes, horizon=min(20, world.time_limit))


class TestIntegrator:
    @pytest.mark.parametrize("integrator", INTEGRATORS)
    @pytest.mark.parametrize("name", known_bodies())
    def test_it_is_the_one_that_a_hand_sets_in_gymnasium(self, name, integrator):
        world = body(name, integrator=integrator, horizon=40)
        with quiet():
            env = gymnasium.make(name)
        env.unwrapped.model.opt.integrator = INTEGRATORS[integrator]
        env.unwrapped.np_random = np.random.default_rng(5)
        bodies, act = world.bodies(2), random_actions(world, 1)
        seen = bodies.place(np.array([1]), world.starts(1, np.random.default_rng(5)))
        assert same(seen[0], env.reset()[0])
        for _ in range(40):
            actions = act(seen)
            step = bodies.step(np.array([1]), actions)
            with quiet():
                there, reward, terminated, _, _ = env.unwrapped.step(actions[0])
            assert same(step.observations[0], there)
            assert same(step.rewards[0], reward)
            assert step.terminated[0] == terminated
            seen = step.observations

    def test_every_one_leads_elsewhere_but_the_model_s_own(self):
        """All but implicitfast, which for damping alone is what Euler does in MuJoCo."""
        ends = [lived(body("HalfCheetah-v5", integrator=kind))[0] for kind in ("Euler", "RK4", "implicit")]
        assert [same(lived(made("HalfCheetah-v5"))[0], end) for end in ends] == [True, False, False]
        assert not same(ends[1], ends[2])
        assert made("HalfCheetah-v5").env.model.opt.integrator == mujoco.mjtIntegrator.mjINT_EULER


class TestTermination:
    def test_off_is_gymnasium_s_own_switch(self):
        ours = body("Walker2d-v5", termination=False)
        theirs = body("Walker2d-v5", terminate_when_unhealthy=False)
        assert ours.settings == theirs.settings == {"terminate_when_unhealthy": False}
        assert repr(ours) == repr(theirs) == "body('Walker2d-v5', termination=False)"
        assert not lived(ours)[2].any()
        assert lived(body("Walker2d-v5", termination=True))[2].any()

    @pytest.mark.parametrize("name", known_bodies())
    def test_none_is_gymnasium_s_own_rule(self, name):
        world = body(name, termination=None, integrator=None, horizon=None)
        assert all(map(same, lived(world), lived(made(name))))
        assert repr(world) == f"body({name!r})"

    def test_a_pole_that_has_fallen_goes_on_unpaid(self):
        with_end, without = made("InvertedPendulum-v5"), body("InvertedPendulum-v5", termination=False)
        ours, theirs = lived(without), lived(with_end)
        assert not ours[2].any()
        assert theirs[2].any()
        assert same(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1] == 0, theirs[2])

    @pytest.mark.parametrize("ends", [True, False])
    @pytest.mark.parametrize(
        ("name", "ranges"),
        [
            ("HalfCheetah-v5", {"healthy_z_range": (-0.15, -0.05)}),
            ("HalfCheetah-v5", {"healthy_angle_range": (-0.1, 0.1)}),
            ("HalfCheetah-v5", {"healthy_angle_range": (-0.1, 0.3), "healthy_z_range": (-0.2, np.inf)}),
            ("Swimmer-v5", {"healthy_angle_range": [-0.05, 0.1]}),
        ],
    )
    def test_health_that_gymnasium_does_not_give(self, name, ranges, ends):
        """The same physics; the formula of health and its pay by hand."""
        world = body(name, termination=ends, healthy_reward=0.25, **ranges)
        seen, rewards, ended, places = lived(world)
        plain = lived(made(name))
        assert same(seen, plain[0])
        healthy = np.ones(ended.shape, dtype=bool)
        for column, key in ((1, "healthy_z_range"), (2, "healthy_angle_range")):
            low, high = ranges.get(key, (-np.inf, np.inf))
            healthy &= (low < places[..., column]) & (places[..., column] < high)
        assert 10 < healthy.sum() < healthy.size - 10
        np.testing.assert_array_equal(ended, ~healthy if ends else np.zeros_like(healthy))
        np.testing.assert_allclose(rewards, plain[1] + 0.25 * healthy, rtol=0, atol=1e-12)

    def test_health_pays_nothing_unless_told(self):
        ranges = {"healthy_angle_range": (-0.1, 0.1)}
        world = body("HalfCheetah-v5", termination=True, **ranges)
        assert same(lived(world)[1], lived(made("HalfCheetah-v5"))[1])
        paid = body("HalfCheetah-v5", healthy_reward=1.0, **ranges)
        assert not lived(paid)[2].any()

    def test_a_vector_environment_of_them(self):
        envs = BodyVectorEnv("HalfCheetah-v5", 3, termination=True, healthy_z_range=(-0.05, 0.05), horizon=9)
        envs.reset(seed=0)
        seen = [envs.step(np.full((3, 6), 0.5)) for _ in range(9)]
        assert any(step[2].any() for step in seen)
        assert "reward_survive" in seen[0][-1]
        assert "z_distance_from_origin" not in seen[0][-1]


WORLDS = [
    {"integrator": "implicit", "termination": False},
    {"integrator": "RK4", "termination": True, "healthy_z_range": (-0.3, 0.3), "healthy_reward": 0.5},
    {"horizon": 7, "frame_skip": 2, "healthy_angle_range": (-1.0, 1.0), "termination": False},
]


class TestKept:
    @pytest.mark.parametrize("arguments", WORLDS)
    def test_in_another_process_and_in_the_call_that_makes_it(self, arguments):
        world = body("HalfCheetah-v5", **arguments)
        copy = pickle.loads(pickle.dumps(world))
        again = eval(repr(world))
        assert repr(copy) == repr(again) == repr(world)
        for other in (copy, again):
            assert all(map(same, lived(other), lived(world)))
            assert other.time_limit == world.time_limit

    def test_the_order_of_arguments_is_no_difference(self):
        one = body("Hopper-v5", frame_skip=2, ctrl_cost_weight=0.1)
        assert repr(one) == repr(body("Hopper-v5", ctrl_cost_weight=0.1, frame_skip=2))

    def test_by_workers(self):
        pytest.importorskip("joblib")
        objective = sampled(body("HalfCheetah-v5", **WORLDS[1]))
        thetas = np.random.default_rng(0).normal(size=(4, objective.n_parameters))
        alone = evaluate(objective, thetas, np.random.default_rng(1))
        assert same(evaluate(objective, thetas, np.random.default_rng(1), n_jobs=2), alone)

    def test_by_a_record(self):
        objective = sampled(body("Hopper-v5", integrator="Euler"))
        theta = np.zeros(objective.n_parameters)
        found = perturb(objective, theta, alpha=0.1, n_directions=2, rng=np.random.default_rng(0))
        world = found.provenance.objective["objective.world"]
        assert world == "body('Hopper-v5', integrator='Euler')"

    @pytest.mark.parametrize(
        "other",
        [
            {"integrator": "implicit"},
            {"termination": True, "healthy_z_range": (-0.3, 0.3)},
            {"horizon": 30},
            {"healthy_reward": 0.5, "healthy_angle_range": (-0.3, 0.3)},
            {"ctrl_cost_weight": 0.0},
        ],
    )
    def test_by_a_checkpoint(self, other, tmp_path):
        def go(world):
            objective = replace(sampled(world), horizon=20)
            settings = {"n_updates": 1, "step": 0.1, "checkpoint": tmp_path / "run.npz"}
            settings["evaluation"] = Evaluation(n_episodes=1, horizon=20)
            theta = np.zeros(objective.n_parameters)
            return train(objective, theta, rng=np.random.default_rng(0), **settings)

        go(body("HalfCheetah-v5"))
        world = body("HalfCheetah-v5", **other)
        with pytest.raises(
            ValueError, match=r"world was body\('HalfCheetah-v5'\), is now body\(.*\); name"
        ) as told:
            go(world)
        assert repr(world) in str(told.value)


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "arguments", "message"),
        [
            (
                "Hopper-v5",
                {"integrator": "euler"},
                "'implicitfast', or None for the model's own, got 'euler'",
            ),
            ("Hopper-v5", {"integrator": 1}, "integrator must be 'Euler', .* got 1"),
            ("Hopper-v5", {"termination": 1}, "termination must be True, False or None, got 1"),
            ("Hopper-v5", {"termination": "off"}, "termination must be True, False or None, got 'off'"),
            ("Hopper-v5", {"horizon": 0}, "horizon .* must be an integer of at least 1, got 0"),
            ("Hopper-v5", {"max_episode_steps": -1}, "max_episode_steps.* must be an integer of at least 1"),
            ("Hopper-v5", {"horizon": 5, "max_episode_steps": 6}, "two names for one thing, got 5 and 6"),
            (
                "Hopper-v5",
                {"termination": True, "terminate_when_unhealthy": False},
                "termination and terminate_when_unhealthy are two names for one thing, got True and False",
            ),
            (
                "HalfCheetah-v5",
                {"termination": True},
                r"give healthy_z_range=\(low, high\) or healthy_angle_range=\(low, high\)$",
            ),
            (
                "HalfCheetah-v5",
                {"healthy_reward": 1.0},
                "needs to know .* give healthy_z_range",
            ),
            (
                "HalfCheetah-v5",
                {"healthy_z_range": (0, 1)},
                "decides nothing .* give termination",
            ),
            (
                "HalfCheetah-v5",
                {"termination": True, "healthy_z_range": (1, 0)},
                r"low below high, got \(1, 0\)",
            ),
            ("HalfCheetah-v5", {"termination": True, "healthy_z_range": 3}, r"must have shape \(2,\)"),
            (
                "HalfCheetah-v5",
                {"healthy_reward": np.nan, "healthy_z_range": (0, 1)},
                "healthy_reward must be finite",
            ),
            ("Swimmer-v5", {"termination": True}, r"healthy: give healthy_angle_range=\(low, high\)$"),
            (
                "Swimmer-v5",
                {"termination": True, "healthy_z_range": (0, 1)},
                "no height: give healthy_angle",
            ),
            ("Reacher-v5", {"termination": True}, "Reacher-v5: it has no height or angle"),
            ("InvertedPendulum-v5", {"healthy_angle_range": (0, 1)}, "unexpected keyword argument"),
        ],
    )
    def test_what_does_not_fit(self, name, arguments, message):
        with pytest.raises(ValueError, match=message):
            body(name, **arguments)

    def test_one_thing_under_both_of_its_names(self):
        world = body(
            "Hopper-v5", horizon=5, max_episode_steps=5, termination=True, terminate_when_unhealthy=True
        )
        assert repr(world) == "body('Hopper-v5', termination=True, horizon=5)"
