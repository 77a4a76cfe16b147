"""Train the linear policies in tests/data/trained_bodies.npz: `python -m tests.worlds.physics.train`.

Augmented random search, Mania et al. (2018): steps along the best of some random directions, with
observations scaled by what a random policy sees. It keeps the best policy met on the way.
"""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.objectives import SampledReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.worlds.physics import body
from tests.worlds.physics.stock import TRAINED


@dataclass(frozen=True)
class Search:
    horizon: int
    width: float
    n_directions: int
    n_updates: int
    seed: int = 0
    step: float = 0.05


SEARCHES = {
    "Hopper-v5": Search(500, 0.03, 16, 80, seed=1),
    "Walker2d-v5": Search(300, 0.05, 16, 20),
    "HalfCheetah-v5": Search(200, 0.05, 8, 20),
    "Swimmer-v5": Search(300, 0.05, 8, 20),
    "InvertedPendulum-v5": Search(1000, 0.1, 16, 20),
    "Reacher-v5": Search(50, 0.05, 16, 70),
}


def train(name, search):
    """Return the best parameters that were met, and their mean return over 8 whole episodes."""
    world, rng = body(name), np.random.default_rng(search.seed)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=0.0)
    objective = SampledReturn(world, policy, n_episodes=2, horizon=search.horizon)
    whole = SampledReturn(world, policy, n_episodes=8)
    theta = np.zeros(policy.n_parameters)
    scale = scales(whole, rng)
    met = []
    for update in range(1, search.n_updates + 1):
        directions = rng.standard_normal((search.n_directions, theta.size))
        moves = search.width * directions * scale
        values = objective.evaluate(np.concatenate([theta + moves, theta - moves]), rng).mean(axis=1)
        plus, minus = np.split(values, 2)
        best = np.argsort(-np.maximum(plus, minus))[: search.n_directions // 2]
        spread = np.concatenate([plus[best], minus[best]]).std() + 1e-9
        theta = theta + search.step * scale * ((plus - minus)[best] @ directions[best]) / (len(best) * spread)
        if update % 10 == 0:
            met.append((whole.evaluate(theta[None], np.random.default_rng(1)).mean(), theta))
            print(name, update, round(met[-1][0], 1))
    return max(met, key=lambda pair: pair[0])[1]


def scales(objective, rng):
    """What a weight is to be multiplied by so that all observations count alike, shape (n,)."""
    seen = (
        objective.with_sigma(1.0).with_episodes(32).trajectories(np.zeros((1, objective.n_parameters)), rng)
    )
    spread = seen.observations[seen.alive].std(axis=0)
    n_actions = objective.world.n_actions
    return np.concatenate([np.tile(1 / (spread + 1e-8), n_actions), np.ones(n_actions)])


if __name__ == "__main__":
    np.savez(TRAINED, **{name: train(name, search) for name, search in SEARCHES.items()})
