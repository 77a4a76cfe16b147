"""Stock Gymnasium beside the batch: whole episodes, step by step, bit by bit."""

from functools import cache
from pathlib import Path

import gymnasium
import numpy as np

from rl_landscapes.worlds.physics import body
from rl_landscapes.worlds.physics.quiet import quiet

TRAINED = Path(__file__).parents[2] / "data" / "trained_bodies.npz"  # made by tests/worlds/physics/train.py
made = cache(body)  # of a name alone


def stock(name, settings=None):
    """Gymnasium's environment, and nothing of ours."""
    with quiet():
        return gymnasium.make(name, **(settings or {}))


def same(ours, theirs):
    """The same bits, NaN included."""
    return np.asarray(ours, dtype=np.float64).tobytes() == np.asarray(theirs, dtype=np.float64).tobytes()


def random_actions(world, seed):
    """Actions in and a little beyond the box, whatever is seen."""
    rng = np.random.default_rng(seed)
    return lambda seen: rng.uniform(1.3 * world.low, 1.3 * world.high, (len(seen), world.n_actions))


def trained_actions(world, *, noise=0.0):
    """The mean of a trained linear policy, clipped, with a little noise before it if so wanted."""
    theta, rng = np.load(TRAINED)[world.name], np.random.default_rng(0)
    split = world.n_actions * world.n_observations
    weights, biases = theta[:split].reshape(world.n_actions, -1), theta[split:]

    def act(seen):
        drawn = seen @ weights.T + biases + noise * rng.standard_normal((len(seen), world.n_actions))
        return np.clip(drawn, world.low, world.high)

    return act


def equal_episodes(world, act, *, n=3, seed=0, n_threads=2):
    """Live through `n` whole episodes in both, comparing every step; return their lengths and returns.

    Starts are drawn in one row by ours, and by one generator that the environments hand on by theirs.
    """
    ids = np.arange(n) + 2  # some bodies stay idle
    bodies = world.bodies(n + 3, n_threads=n_threads)
    seen = bodies.place(ids, world.starts(n, np.random.default_rng(seed)))
    envs, rng = [stock(world.name, world.settings) for _ in range(n)], np.random.default_rng(seed)
    for row, env in enumerate(envs):
        env.unwrapped.np_random = rng
        assert same(seen[row], env.reset()[0])
    alive, lengths, returns = np.arange(n), np.zeros(n, dtype=int), np.zeros(n)
    while len(alive):
        actions = act(seen)
        step = bodies.step(ids[alive], actions)
        lengths[alive] += 1
        returns[alive] += step.rewards
        going = []
        for row, episode in enumerate(alive):
            with quiet():
                seen_there, reward, terminated, truncated, info = envs[episode].step(actions[row])
            assert same(step.observations[row], seen_there)
            assert same(step.rewards[row], reward)
            assert all(same(values[row], info[name]) for name, values in step.parts.items())
            assert step.terminated[row] == terminated
            assert (lengths[episode] == world.time_limit) == truncated
            assert not step.diverged[row]
            going.append(not (terminated or truncated))
        seen, alive = step.observations[going], alive[going]
    return lengths, returns
