"""The batch against stock Gymnasium: whole episodes of every body, no bit of difference."""

import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

from rl_landscapes.worlds.physics import body, known_bodies
from tests.worlds.physics.stock import equal_episodes, made, random_actions, trained_actions

CHANGED = {
    "Hopper-v5": [
        {"healthy_reward": 2, "ctrl_cost_weight": 0.3, "forward_reward_weight": 0.7, "frame_skip": 2},
        {"healthy_z_range": (1.0, 1.3), "healthy_angle_range": (-0.05, 0.1), "reset_noise_scale": 0.02},
        {"healthy_state_range": (-1.5, 2.0)},
    ],
    "Walker2d-v5": [
        {"healthy_reward": 0.25, "ctrl_cost_weight": 0.3, "forward_reward_weight": 0.7, "frame_skip": 2},
        {"healthy_z_range": (1.0, 1.5), "healthy_angle_range": (-0.1, 0.2), "reset_noise_scale": 0.02},
    ],
    "HalfCheetah-v5": [
        {"forward_reward_weight": 2.5, "ctrl_cost_weight": 0, "frame_skip": 3, "reset_noise_scale": 0.3}
    ],
    "Swimmer-v5": [
        {"forward_reward_weight": 2.5, "ctrl_cost_weight": 0.1, "frame_skip": 7, "reset_noise_scale": 0.3}
    ],
    "InvertedPendulum-v5": [{"reset_noise_scale": 0.1, "frame_skip": 3}],
    "Reacher-v5": [{"reward_dist_weight": 3.0, "reward_control_weight": 0.2, "frame_skip": 1}],
}
MOVING = ["Hopper-v5", "Walker2d-v5", "HalfCheetah-v5", "Swimmer-v5"]

# Mean return over whole episodes, and mean length, that a trained policy reaches at least. Random actions
# have about 15, 0, -280, 0, 6 and -43, and fall after about 20 steps where one can fall.
REACHED = {
    "Hopper-v5": (500, 500),
    "Walker2d-v5": (100, 100),
    "HalfCheetah-v5": (500, 1000),
    "Swimmer-v5": (200, 1000),
    "InvertedPendulum-v5": (1000, 1000),
    "Reacher-v5": (-15, 50),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("name", known_bodies())
def test_random_actions(name):
    world = made(name)
    lengths, _ = equal_episodes(world, random_actions(world, 1), n=3)
    falls = name in ("Hopper-v5", "Walker2d-v5", "InvertedPendulum-v5")
    assert (lengths < 200).all() if falls else (lengths == world.time_limit).all()


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.0, 0.1])
@pytest.mark.parametrize("name", known_bodies())
def test_trained_policies(name, noise):
    world = made(name)
    lengths, returns = equal_episodes(world, trained_actions(world, noise=noise), n=3, seed=5)
    if noise == 0:
        least, steps = REACHED[name]
        assert returns.mean() >= least
        assert lengths.mean() >= steps


@pytest.mark.parametrize(("name", "settings"), [(name, s) for name in CHANGED for s in CHANGED[name]])
def test_changed_parameters(name, settings):
    world = body(name, horizon=60, **settings)
    equal_episodes(world, random_actions(world, 2))


SIDES = [
    {"healthy_z_range": (1.24, 9.0)},
    {"healthy_z_range": (0.0, 1.24)},
    {"healthy_angle_range": (-0.02, 9.0)},
    {"healthy_angle_range": (-9.0, 0.02)},
    {"healthy_state_range": (-3.0, 99.0)},
    {"healthy_state_range": (-99.0, 3.0)},
]


@pytest.mark.no_cover
@pytest.mark.parametrize("side", SIDES, ids=str)
@pytest.mark.parametrize("name", ["Hopper-v5", "Walker2d-v5"])
def test_every_side_of_every_healthy_range(name, side):
    """Health pays a hundred: some of 240 steps are healthy, some are not."""
    if name == "Walker2d-v5" and "healthy_state_range" in side:
        return  # it has none
    wide = {"healthy_z_range": (-9.0, 9.0), "healthy_angle_range": (-9.0, 9.0), **side}
    settings = {"healthy_reward": 100.0, "terminate_when_unhealthy": False}
    settings |= {"reset_noise_scale": 0.1, "max_episode_steps": 30}
    world = body(name, **wide, **settings)
    _, returns = equal_episodes(world, random_actions(world, 6), n=8)
    assert 200 < returns.sum() < 23_800


@pytest.mark.parametrize("name", ["Hopper-v5", "Walker2d-v5"])
def test_bodies_that_go_on_when_they_have_fallen(name):
    world = body(name, termination=False, horizon=150)
    lengths, returns = equal_episodes(world, random_actions(world, 3))
    assert (lengths == 150).all()
    assert (returns < 100).all()  # health is not paid for on the ground


def test_the_angle_at_which_a_pole_has_fallen():
    """Many that stand askew, watched so often that some are seen just beyond the angle."""
    settings = {"reset_noise_scale": 0.19, "frame_skip": 1, "max_episode_steps": 60}
    world = body("InvertedPendulum-v5", **settings)
    equal_episodes(world, lambda seen: np.zeros((len(seen), 1)), n=40)


@pytest.mark.parametrize("name", MOVING)
def test_positions_that_are_shown(name):
    settings = {"exclude_current_positions_from_observation": False, "max_episode_steps": 40}
    world = body(name, **settings)
    equal_episodes(world, random_actions(world, 4))
    assert world.n_observations == made(name).n_observations + (2 if name == "Swimmer-v5" else 1)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("name", known_bodies())
def test_actions_of_any_type(name, kind):
    """The cost of a float32 action is a float32, in Gymnasium as here."""
    world = body(name, horizon=30)
    drawn = random_actions(world, 5)
    equal_episodes(
        world,
        lambda seen: np.round(3 * drawn(seen)).astype(kind) if kind == np.int64 else drawn(seen).astype(kind),
    )


def test_every_body_is_covered():
    assert set(CHANGED) == set(REACHED) == set(known_bodies())
