"""Objectives that are known exactly, and the knobs that are to smooth them; set before the runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn, LQRReturn, two_hills
from rl_landscapes.objectives.base import Objective
from rl_landscapes.policies import paper_policy
from rl_landscapes.studies.common import UPDATES, paper_starts
from rl_landscapes.studies.views import View
from rl_landscapes.worlds import LQR, MDP, double_integrator, paper_gridworld

HILLS = (-2.0, 6.0)  # where means are drawn: around both hills
AROUND = 0.3  # half-width of the gains that are drawn around the best: all of them stable
SCENES = ("two hills, sigma", "cart, sigma", "room, mix", "room, tau counted", "room, tau masked")


@dataclass(frozen=True)
class Scene:
    """An objective with its knob at `value`; 0 is without."""

    name: str
    value: float

    @property
    def objective(self) -> Objective:
        """The objective, exact and with a Hessian."""
        if self.name == "two hills, sigma":
            return two_hills().with_sigma(self.value)
        if self.name == "cart, sigma":
            return LQRReturn(_cart(), self.value)
        if self.name == "room, mix":
            return View(mix=self.value).objective
        return View(tau=self.value, counted=self.name == "room, tau counted").objective

    def points(self, n: int, seed: int) -> Array:
        """Return `n` points, the same at every value of the knob: means, gains, or the paper's starts."""
        rng = np.random.default_rng(seed)
        if self.name == "two hills, sigma":
            return rng.uniform(*HILLS, size=(n, 1))
        if self.name == "cart, sigma":
            best = _cart().optimal_gain.ravel()
            return best + rng.uniform(-AROUND, AROUND, size=(n, best.size))
        return paper_starts(n, seed)


@cache
def _cart() -> LQR:
    return double_integrator(disturbance=0.01, time_limit=60)


@cache
def begins_everywhere(*, counted: bool) -> ExactReturn:
    """Return the paper's return with episodes that begin in a cell drawn at random: nothing is unvisited."""
    mdp = paper_gridworld().mdp
    alive = ~mdp.absorbing
    world = MDP(
        mdp.to_dense().transitions,
        mdp.rewards,
        start=alive / alive.sum(),
        discount=mdp.discount,
        absorbing=mdp.absorbing,
    )
    return ExactReturn(world, paper_policy(), count_absorbing=counted)


@dataclass(frozen=True)
class Settings:
    """Knobs for the curvatures, and the weights of claim C5 for the ascents."""

    seed: int = 2019
    n_points: int = 100
    sigmas: tuple[float, ...] = (0.5, 1.0)
    mixes: tuple[float, ...] = (0.05, 0.2, 0.5)
    taus: tuple[float, ...] = (0.01, 0.1, 1.0)
    n_starts: int = 200
    n_updates: int = UPDATES
    decay: float = 0.99
    weights: tuple[float, ...] = (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)

    def knobs(self, scene: str) -> tuple[float, ...]:
        """Return the values of a scene's knob, first of all 0."""
        found = {"sigma": self.sigmas, "mix": self.mixes}.get(scene.split(", ")[1], self.taus)
        return (0.0, *found)

    def scenes(self) -> Iterator[Scene]:
        """Yield every scene at every value of its knob."""
        return (Scene(name, value) for name in SCENES for value in self.knobs(name))


SMOKE = Settings(
    n_points=4, sigmas=(1.0,), mixes=(0.2,), taus=(0.1,), n_starts=4, n_updates=20, weights=(0.5,)
)
PAPER = Settings(n_points=1000, n_starts=2000)
