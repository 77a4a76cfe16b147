"""A mass on a line, in NumPy: episodes end where it leaves the line, and it can be made to diverge."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.worlds.control import Step


@dataclass(frozen=True)
class PointMass:
    """Position x and velocity v, pushed by a: x' = x + v / 10, v' = v + a / 10; r = 1 - x^2 - a^2 / 10."""

    edge: float = 1.0  # |x| beyond it ends the episode
    cliff: float = np.inf  # |x| beyond it makes the simulation diverge
    time_limit: int = 30
    name: str = "point mass"
    n_observations: int = 2
    n_actions: int = 1

    @property
    def low(self):
        return np.array([-2.0])

    @property
    def high(self):
        return np.array([2.0])

    def starts(self, n, rng):
        return rng.uniform(-0.5, 0.5, size=(n, 2))

    def bodies(self, n, *, n_threads=1):
        return Masses(self, np.zeros((n, 2)))


@dataclass
class Masses:
    world: PointMass
    states: np.ndarray

    def place(self, ids, starts):
        self.states[ids] = starts
        return self.states[ids]

    def step(self, ids, actions):
        x, v = self.states[ids].T
        a = actions[:, 0]
        self.states[ids] = np.stack([x + v / 10, v + a / 10], axis=1)
        parts = {"alive": np.ones(len(ids)), "place": -(x**2), "push": -(a**2) / 10}
        far = np.abs(self.states[ids, 0])
        return Step(
            self.states[ids], sum(parts.values()), parts, far > self.world.edge, far > self.world.cliff
        )
