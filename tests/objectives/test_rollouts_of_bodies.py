"""The sampled return of MuJoCo's bodies: a plain loop over stock Gymnasium has the same bits."""

import numpy as np
import pytest

pytest.importorskip("mujoco.batch")

from rl_landscapes.objectives import SampledReturn, slots
from rl_landscapes.policies import glorot, linear_gaussian, mlp_gaussian
from rl_landscapes.worlds.physics import body, known_bodies
from rl_landscapes.worlds.physics.quiet import quiet
from tests.worlds.physics.stock import made, stock

N, HORIZON = 3, 40


def rng():
    return np.random.default_rng(7)


def objective(name, **settings):
    world = made(name)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=0.7)
    return SampledReturn(world, policy, **({"n_episodes": N, "horizon": HORIZON} | settings))


def some_thetas(sampled, n):
    return np.stack([2 * glorot(sampled.policy, np.random.default_rng(p)) for p in range(n)])


def lived(sampled, theta, number):
    """One episode of Gymnasium's environment in a plain loop: observations, actions and rewards."""
    env, point = stock(sampled.world.name), sampled.policy.at(theta[None])
    seed = int(rng().integers(2**63))
    chance = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    env.unwrapped.np_random = chance
    seen, _ = env.reset()
    life, noise, over = [], chance.standard_normal((sampled.n_steps, sampled.world.n_actions)), False
    while not over and len(life) < sampled.n_steps:
        drawn = (point.means(np.zeros(1, int), seen[None]) + point.sigmas * noise[len(life)])[0]
        acted = np.clip(drawn, env.action_space.low, env.action_space.high) if sampled.clip else drawn
        with quiet():
            after, reward, terminated, truncated, _ = env.step(acted.astype(np.float64))
        life.append((seen, drawn, reward))
        seen, over = after, terminated or truncated
    return [np.array(column) for column in zip(*life, strict=True)]


@pytest.mark.no_cover
@pytest.mark.parametrize("clip", [True, False])
@pytest.mark.parametrize("name", known_bodies())
def test_every_step_is_that_of_a_plain_loop(name, clip):
    sampled = objective(name, clip=clip)
    thetas = some_thetas(sampled, 2)
    kept, values = sampled.trajectories(thetas, rng()), sampled.evaluate(thetas, rng())
    for p, theta in enumerate(thetas):
        for j in range(N):
            seen, drawn, rewards = lived(sampled, theta, j)
            steps = len(rewards)
            assert kept.lengths[p, j] == steps
            np.testing.assert_array_equal(kept.observations[p, j, :steps], seen)
            np.testing.assert_array_equal(kept.actions[p, j, :steps], drawn)
            np.testing.assert_array_equal(kept.rewards[p, j, :steps], rewards)
            assert values[p, j] == sum(rewards, start=0.0)


@pytest.mark.no_cover
@pytest.mark.parametrize("name", known_bodies())
def test_neither_threads_nor_slots_nor_company_change_a_bit(name, monkeypatch):
    alone = objective(name, n_threads=1)
    thetas = some_thetas(alone, 4)
    values = alone.evaluate(thetas, rng())
    np.testing.assert_array_equal(objective(name, n_threads=3).evaluate(thetas, rng()), values)
    np.testing.assert_array_equal(alone.with_episodes(9).evaluate(thetas[2:], rng())[:, :N], values[2:])
    monkeypatch.setattr(slots, "SLOTS", 5)
    np.testing.assert_array_equal(objective(name, n_threads=2).evaluate(thetas, rng()), values)


def test_an_mlp_moves_them_too():
    world = made("Hopper-v5")
    sampled = SampledReturn(world, mlp_gaussian(11, 3, (8, 5), sigma=0.5), n_episodes=2, horizon=HORIZON)
    theta = glorot(sampled.policy, np.random.default_rng(0))
    kept = sampled.trajectories(theta[None], rng())
    for j in range(2):
        rewards = lived(sampled, theta, j)[-1]
        np.testing.assert_array_equal(kept.rewards[0, j, : len(rewards)], rewards)


def test_the_time_limit_cuts_and_is_no_end():
    world = body("HalfCheetah-v5", horizon=12)
    sampled = SampledReturn(world, linear_gaussian(17, 6, sigma=0.5), n_episodes=2)
    kept = sampled.trajectories(np.zeros((1, 108)), rng())
    assert (kept.lengths == 12).all()
    assert not kept.terminated.any()
    with pytest.raises(ValueError, match="at most the time limit of HalfCheetah-v5, 12, got 13"):
        SampledReturn(world, sampled.policy, n_episodes=2, horizon=13)


def test_a_policy_that_leaves_the_finite_range_is_flagged(capfd, tmp_path, monkeypatch):
    """inf - inf: the first action is no number. Nothing is printed, no file is written."""
    monkeypatch.chdir(tmp_path)
    sampled = objective("Reacher-v5", clip=False)
    theta = np.concatenate([np.full(20, 1e308) * np.tile([1, -1], 10), np.zeros(2)])
    thetas = np.stack([theta, np.zeros(22)])
    with pytest.warns(RuntimeWarning, match="3 of 6 episodes of Reacher-v5 diverged"):
        values = sampled.evaluate(thetas, rng())
    np.testing.assert_array_equal(np.isnan(values), [[True] * 3, [False] * 3])
    np.testing.assert_array_equal(values[1], sampled.evaluate(thetas[1:], rng())[0])
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
