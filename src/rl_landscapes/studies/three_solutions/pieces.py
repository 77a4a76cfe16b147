"""The pieces of the study: the whole plane under one noise."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives.chance import columns
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.policies import linear_gaussian
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.three_solutions.settings import BODY, Settings, corners


@dataclass(frozen=True)
class Piece:
    """The plane through `corners` (3, n) under noise of width `sigma`."""

    sigma: float
    corners: tuple[tuple[float, ...], ...]

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep the returns (A, B, N) and the first episode's start; all pieces have the same episodes."""
        seen, first, second = objective(settings).with_sigma(self.sigma), *settings.positions()
        thetas = points(np.array(self.corners), first, second)
        chance = np.random.default_rng(settings.seed)
        seed = int(np.random.default_rng(settings.seed).integers(2**63))  # as `evaluate` draws it
        returns = seen.evaluate(thetas, chance)
        start = columns(seen.world, range(1), 1, seed).starts[0]
        return {"returns": returns.reshape(first.size, second.size, -1), "start": start}


def objective(settings: Settings) -> SampledReturn:
    """Return the plain sum of rewards of the linear policy, without noise."""
    from rl_landscapes.worlds.physics import body  # needs MuJoCo, which listing the studies does not

    world = body(BODY)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=0.0)
    return SampledReturn(world, policy, n_episodes=settings.n_episodes, horizon=settings.horizon)


def points(corners: Array, first: Array, second: Array) -> Array:
    """Return stands + a (hops - stands) + b (falls - hops) for all a and b, row by row: (A B, n)."""
    stands, hops, falls = corners
    a, b = (grid.reshape(-1, 1) for grid in np.meshgrid(first, second, indexing="ij"))
    return np.asarray(stands + a * (hops - stands) + b * (falls - hops))


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the plane noise by noise."""
    policies = tuple(map(tuple, corners().tolist()))
    return {f"sigma-{sigma:g}": Piece(sigma, policies) for sigma in settings.sigmas}
