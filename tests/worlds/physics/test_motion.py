"""Motions: replays have the bits of the episode, and the parts are where Gymnasium's simulator has them."""

import subprocess
import sys

import mujoco
import numpy as np
import pytest

from rl_landscapes import records
from rl_landscapes.objectives import SampledReturn, evaluate, record_motions
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.worlds import Motion, body, known_bodies, scalar_lqr
from rl_landscapes.worlds.motion import window
from rl_landscapes.worlds.physics.replay import replay, replay_all
from tests.worlds.physics.stock import TRAINED, made, same, stock

HORIZON = 40


def sampled(name, *, sigma=0.3, n_episodes=3, horizon=HORIZON, clip=True):
    world = made(name)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=sigma)
    return SampledReturn(world, policy, n_episodes=n_episodes, horizon=horizon, clip=clip, n_threads=1)


def policies(name, n=3):
    trained = np.load(TRAINED)[name]
    return trained + 0.1 * np.arange(n)[:, None] * np.random.default_rng(4).normal(size=trained.shape)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", known_bodies())
@pytest.mark.parametrize("clip", [True, False])
def test_replay_has_the_bits_of_the_episode(name, clip):
    objective, thetas = sampled(name, clip=clip), policies(name)
    motions = record_motions(objective, thetas, np.random.default_rng(5), episode=2)
    inner = np.random.default_rng(int(np.random.default_rng(5).integers(2**63)))
    lived = objective.trajectories(thetas, inner)
    for p, motion in enumerate(motions):
        length = lived.lengths[p, 2]
        assert len(motion.rewards) == length
        assert same(motion.observations[:-1], lived.observations[p, 2, :length])
        assert same(motion.rewards, lived.rewards[p, 2, :length])
        assert motion.terminated == lived.terminated[p, 2]


@pytest.mark.parametrize("name", known_bodies())
def test_returns_are_those_of_the_objective(name):
    objective, thetas = sampled(name), policies(name)
    values = evaluate(objective, thetas, np.random.default_rng(8))
    motions = record_motions(objective, thetas, np.random.default_rng(8), episode=1)
    np.testing.assert_allclose([motion.total() for motion in motions], values[:, 1], rtol=1e-12)


def test_total_is_discounted():
    motion = record_motions(sampled("Hopper-v5"), policies("Hopper-v5", 1), np.random.default_rng(0))[0]
    expected = sum(0.9**t * reward for t, reward in enumerate(motion.rewards))
    assert motion.total(0.9) == pytest.approx(expected, rel=1e-12)
    assert motion.total(0.9) != pytest.approx(motion.total())


@pytest.mark.parametrize("name", known_bodies())
def test_parts_are_where_the_simulator_has_them(name):
    world, rng = made(name), np.random.default_rng(1)
    start = world.starts(1, rng)[0]
    actions = rng.uniform(world.low, world.high, (10, world.n_actions))
    motion = replay(world, start, actions)
    env = stock(name).unwrapped
    env.reset(seed=0)
    n_positions = env.model.nq
    env.set_state(start[:n_positions], start[n_positions:])
    for t in range(len(motion.rewards)):
        env.step(actions[t])
    mujoco.mj_forward(env.model, env.data)
    assert same(motion.states[-1], env.data.qpos)
    solid = np.flatnonzero(env.model.geom_type != mujoco.mjtGeom.mjGEOM_PLANE.value)
    assert len(solid) == len(motion.parts)
    for g, geom in enumerate(solid):
        np.testing.assert_allclose(motion.centres[-1, g], env.data.geom_xpos[geom], atol=1e-12)
        np.testing.assert_allclose(
            motion.axes[-1, g], env.data.geom_xmat[geom].reshape(3, 3)[:, 2], atol=1e-12
        )
    assert motion.times[-1] == pytest.approx(len(motion.rewards) * env.dt)


def test_ends_of_a_capsule_are_its_own():
    motion = replay(
        made("Hopper-v5"), made("Hopper-v5").starts(1, np.random.default_rng(0))[0], np.zeros((1, 3))
    )
    torso = motion.ends[0, motion.parts.index("torso_geom")]
    assert sorted(torso[:, 1]) == pytest.approx(
        [1.05, 1.45], abs=0.02
    )  # hopper.xml: fromto 0 0 1.45 0 0 1.05
    assert motion.radii[0] == 0.05


@pytest.mark.parametrize(
    ("name", "view", "limbs"),
    [
        ("Hopper-v5", "side", [0, 0, 0, 0]),
        ("Walker2d-v5", "side", [0, 1, 1, 1, 2, 2, 2]),
        ("HalfCheetah-v5", "side", [0, 0, 1, 1, 1, 2, 2, 2]),
        ("Swimmer-v5", "top", [0, 0, 0]),
        ("InvertedPendulum-v5", "side", [-1, 0, 0]),
        ("Reacher-v5", "top", [-1, -1, -1, -1, -1, 0, 0, 0, 0]),
    ],
)
def test_view_and_limbs(name, view, limbs):
    world = made(name)
    motion = replay(world, world.starts(1, np.random.default_rng(0))[0], np.zeros((1, world.n_actions)))
    assert motion.view == view
    assert motion.limbs.tolist() == limbs
    assert motion.moving.tolist() == [limb >= 0 for limb in limbs]


def test_motions_do_not_depend_on_their_neighbours():
    world, rng = made("Hopper-v5"), np.random.default_rng(3)
    starts = world.starts(3, rng)
    actions = [rng.uniform(-1, 1, (n, 3)) for n in (5, 30, 1)]
    together = replay_all(world, starts, actions, n_threads=2)
    alone = [replay(world, start, given) for start, given in zip(starts, actions, strict=True)]
    assert all(records.equal(a, b) for a, b in zip(together, alone, strict=True))


def test_motion_stops_where_the_body_falls():
    world = made("Hopper-v5")
    motion = replay(world, world.starts(1, np.random.default_rng(0))[0], np.ones((500, 3)))
    assert motion.terminated
    assert not motion.diverged
    assert len(motion.rewards) < 500
    assert len(motion.times) == len(motion.rewards) + 1


def test_divergence_is_flagged():
    world = made("Hopper-v5")
    start = world.starts(1, np.random.default_rng(0))[0]
    start[-1] = 1e9
    motion = replay(world, start, np.zeros((5, 3)))
    assert motion.diverged
    assert not motion.terminated
    assert np.isnan(motion.total())


def test_motion_is_saved_bit_for_bit(tmp_path):
    motion = record_motions(sampled("Walker2d-v5"), policies("Walker2d-v5", 1), np.random.default_rng(0))[0]
    assert records.equal(records.load(Motion, records.save(motion, tmp_path / "walk.npz")), motion)


def test_every_counts_from_the_start_and_ends_within():
    motion = record_motions(
        sampled("HalfCheetah-v5"), policies("HalfCheetah-v5", 1), np.random.default_rng(0)
    )[0]
    assert motion.every(0.5) == [0, 10, 20, 30, 40]
    assert motion.every(0.05) == list(range(41))
    with pytest.raises(ValueError, match=r"at least 0.05, one step of HalfCheetah-v5, got 0.04"):
        motion.every(0.04)


def test_window_holds_all_and_goes_along():
    motions = record_motions(sampled("HalfCheetah-v5"), policies("HalfCheetah-v5"), np.random.default_rng(0))
    seen = window(motions)
    assert seen.follow.tolist() == [True, False]
    for motion in motions:
        for frame in range(len(motion.times)):
            away = motion.ends[frame] - seen.middle(motion, frame)
            assert (np.abs(away) <= (seen.high - seen.low) / 2 + 1e-9).all()


def test_window_stands_where_the_world_does():
    motion = record_motions(sampled("Reacher-v5"), policies("Reacher-v5", 1), np.random.default_rng(0))[0]
    seen = window([motion])
    assert not seen.follow.any()
    np.testing.assert_allclose([seen.low, seen.high], [[-0.32, -0.32], [0.32, 0.32]], atol=1e-9)


def test_refusals():
    world, rng = made("Hopper-v5"), np.random.default_rng(0)
    start = world.starts(1, rng)[0]
    with pytest.raises(ValueError, match=r"actions must have shape \(any, 3\), got \(4, 2\)"):
        replay(world, start, np.zeros((4, 2)))
    with pytest.raises(ValueError, match="actions must hold at least one action"):
        replay(world, start, np.zeros((0, 3)))
    with pytest.raises(ValueError, match="starts must have shape"):
        replay(world, start[1:], np.zeros((4, 3)))
    motion = replay(world, start, np.zeros((1, 3)))
    with pytest.raises(ValueError, match="frame must be one of 0 to 1, or negative from the end, got 2"):
        motion.frame(2)
    with pytest.raises(TypeError, match="rng must be a Generator"):
        record_motions(sampled("Hopper-v5"), policies("Hopper-v5"), 5)
    with pytest.raises(ValueError, match="episode must be an integer of at least 0"):
        record_motions(sampled("Hopper-v5"), policies("Hopper-v5"), rng, episode=-1)


def test_other_worlds_have_no_motion():
    world = scalar_lqr()
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=0.1)
    objective = SampledReturn(world, policy, n_episodes=1, horizon=5)
    with pytest.raises(TypeError, match="objective must be of a MuJoCo body"):
        record_motions(objective, np.zeros((1, policy.n_parameters)), np.random.default_rng(0))


def test_another_body_is_noticed(monkeypatch):
    """A replay that leaves its episode is refused, not shown."""
    objective = sampled("Hopper-v5")
    other = body("Hopper-v5", frame_skip=5)
    monkeypatch.setattr(
        "rl_landscapes.worlds.physics.replay.replay_all", lambda world, *a, **k: replay_all(other, *a, **k)
    )
    with pytest.raises(ValueError, match=r"the replay of thetas\[0\] left its episode"):
        record_motions(objective, policies("Hopper-v5", 1), np.random.default_rng(0))


def test_motions_are_read_without_mujoco():
    code = "import sys; from rl_landscapes.worlds import Motion; sys.exit('mujoco' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
