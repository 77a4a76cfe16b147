"""Bodies by name: what they take, what they are, and what they refuse."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

from rl_landscapes import worlds
from rl_landscapes.objectives import SampledReturn, evaluate
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.worlds.control import ControlWorld
from rl_landscapes.worlds.physics import Body, body, known_bodies
from tests.worlds.physics.stock import made, same, stock


@pytest.mark.parametrize("name", known_bodies())
class TestBody:
    def test_it_is_a_world_of_continuous_control(self, name):
        world, env = made(name), stock(name)
        assert isinstance(world, ControlWorld)
        assert world.n_observations == env.observation_space.shape[0]
        assert world.n_actions == env.action_space.shape[0]
        np.testing.assert_array_equal(world.low, env.action_space.low)
        np.testing.assert_array_equal(world.high, env.action_space.high)
        assert world.low.dtype == np.float64
        assert world.time_limit == env.spec.max_episode_steps
        assert world.control_step == env.unwrapped.dt

    def test_starts_are_those_of_reset(self, name):
        world, env = made(name), stock(name).unwrapped
        starts = world.starts(4, np.random.default_rng(3))
        env.np_random = np.random.default_rng(3)
        for start in starts:
            env.reset()
            assert same(start, np.concatenate([env.data.qpos, env.data.qvel]))

    def test_one_start_at_a_time_is_the_same(self, name):
        world, rng = made(name), np.random.default_rng(3)
        singly = np.concatenate([world.starts(1, rng) for _ in range(4)])
        assert same(singly, world.starts(4, np.random.default_rng(3)))

    def test_a_pickled_copy(self, name):
        world = body(name, max_episode_steps=7, frame_skip=2)
        copy = pickle.loads(pickle.dumps(world))
        assert repr(copy) == repr(world) == f"body({name!r}, horizon=7, frame_skip=2)"
        assert (copy.time_limit, copy.frame_skip) == (7, 2)
        assert same(copy.starts(2, np.random.default_rng(0)), world.starts(2, np.random.default_rng(0)))


@pytest.mark.no_cover
class TestThreads:
    def test_starts_drawn_in_several_threads_are_not_mixed_up(self):
        """There is one environment that draws them."""
        world = made("Reacher-v5")
        alone = [world.starts(20, np.random.default_rng(seed)) for seed in range(16)]
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(lambda s: world.starts(20, np.random.default_rng(s)), range(16)))
        assert same(together, alone)

    def test_a_sampled_return_in_joblibs_threads(self):
        joblib = pytest.importorskip("joblib")
        world = made("Reacher-v5")
        sampled = SampledReturn(world, linear_gaussian(10, 2, sigma=0.5), n_episodes=1024, horizon=3)
        thetas = np.random.default_rng(0).normal(size=(4, 22))
        alone = evaluate(sampled, thetas, np.random.default_rng(1))
        with joblib.parallel_config(backend="threading"):
            assert same(evaluate(sampled, thetas, np.random.default_rng(1), n_jobs=4), alone)


class TestRefusals:
    def test_unknown_names_are_answered_with_the_known_ones(self):
        known = "Hopper-v5, Walker2d-v5, HalfCheetah-v5, Swimmer-v5, InvertedPendulum-v5, Reacher-v5"
        for name in ("CartPole-v1", "hopper", "", None, 3):
            with pytest.raises(ValueError, match=f"name must be one of {known}, got {name!r}$"):
                body(name)

    @pytest.mark.parametrize("name", ["Hopper-v4", "Swimmer-v3", "Reacher-v6"])
    def test_other_versions_are_refused_with_the_reason(self, name):
        with pytest.raises(ValueError, match=f"got '{name}': versions differ in rewards and observations"):
            body(name)

    @pytest.mark.parametrize(
        ("settings", "reason"),
        [
            ({"gravity": 1.0}, "unexpected keyword argument 'gravity'"),
            ({"frame_skip": 0}, "division by zero"),
            ({"frame_skip": -1}, "frame_skip must be an integer of at least 1, got -1"),
            ({"frame_skip": "four"}, "can't multiply"),
            ({"reset_noise_scale": -1.0}, "high - low"),
            ({"reset_noise_scale": np.nan}, "high - low"),
            ({"healthy_z_range": 3}, "cannot unpack"),
            ({"healthy_reward": "much"}, "ufunc 'add'"),
            ({"xml_file": "nowhere.xml"}, "nowhere.xml does not exist"),
            ({"render_mode": "human"}, "a body has no render_mode"),
        ],
    )
    def test_settings_that_do_not_fit_are_refused_at_once(self, settings, reason):
        with pytest.raises(ValueError, match=f"^settings .* do not fit Hopper-v5: .*{reason}"):
            body("Hopper-v5", **settings)

    def test_counts(self):
        world = made("Hopper-v5")
        with pytest.raises(ValueError, match="n must be an integer of at least 1, got 0"):
            world.bodies(0)
        with pytest.raises(ValueError, match="n_threads must be an integer of at least 1, got 0"):
            world.bodies(1, n_threads=0)
        with pytest.raises(ValueError, match="n must be an integer"):
            world.starts(0, np.random.default_rng(0))
        with pytest.raises(TypeError, match="rng must be a Generator"):
            world.starts(1, 0)

    def test_settings_are_not_kept_by_reference(self):
        limits = [0.7, 2.0]
        world = body("Hopper-v5", healthy_z_range=limits)
        limits[0] = 0.5
        assert world.settings == {"healthy_z_range": [0.7, 2.0]}


class TestImports:
    def run(self, code):
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    def test_worlds_load_neither_mujoco_nor_gymnasium(self):
        code = "import sys, rl_landscapes.worlds as w; assert not {'mujoco', 'gymnasium'} & set(sys.modules)"
        assert self.run(code).returncode == 0
        assert worlds.Body is Body

    def test_without_mujoco_the_error_says_what_to_install(self):
        code = "import sys; sys.modules['mujoco'] = None; from rl_landscapes.worlds import body"
        answer = self.run(code)
        assert answer.returncode == 1
        last = answer.stderr.strip().splitlines()[-1]
        assert last.startswith("ImportError: bodies need MuJoCo 4 and Gymnasium: pip install")
        assert "rl-landscapes[control]" in last

    def test_an_opengl_that_cannot_be_used_is_named_with_what_to_set(self):
        code = "import os; os.environ['MUJOCO_GL'] = 'no such library'; from rl_landscapes.worlds import body"
        last = self.run(code).stderr.strip().splitlines()[-1]
        assert last.startswith(
            "ImportError: MuJoCo cannot be imported with MUJOCO_GL=no such library: Runtime"
        )
        assert last.endswith("set MUJOCO_GL=disabled")

    @pytest.mark.parametrize("station", ["physics", "gymnasium_bridge"])
    def test_an_attribute_that_an_import_misses_is_not_taken_for_the_name_asked_for(self, station):
        """Python reads an AttributeError as `cannot import name`, and hides what it was about."""
        name = {"physics": "body", "gymnasium_bridge": "from_gymnasium"}[station]
        fake = "import sys, types; sys.modules['gymnasium'] = fake = types.ModuleType('gymnasium'); "
        fake += "fake.wrappers = None; "
        last = self.run(f"{fake}from rl_landscapes.worlds import {name}").stderr.strip().splitlines()[-1]
        assert last.startswith("ImportError")
        assert f"cannot import name '{name}'" not in last
        assert "gymnasium" in last
