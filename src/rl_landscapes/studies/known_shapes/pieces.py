"""The pieces of the study: points of known shape, each probed at every budget of noise."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import Objective
from rl_landscapes.objectives.toys import Noisy
from rl_landscapes.probes import classify, perturb
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.known_shapes.points import Point, found_points, made_points, saturated_points
from rl_landscapes.studies.known_shapes.settings import EXACT, SHAPES, Settings
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.views import KINDS, SMALLEST


@dataclass(frozen=True)
class Found:
    """Optima and saddles of the gridworld's return with entropy."""

    tau: float
    counted: bool

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Find them, and probe each."""
        points = found_points(settings, self.tau, self.counted, SMALLEST * goals().gap, rng)
        return judged(settings, points, rng)


@dataclass(frozen=True)
class Made:
    """Functions of known shape with one number of parameters."""

    n_parameters: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Make them, and probe each at the origin."""
        return judged(settings, made_points(settings, self.n_parameters, rng), rng)


@dataclass(frozen=True)
class Saturated:
    """Nearly deterministic policies of the gridworld."""

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Probe each."""
        return judged(settings, saturated_points(settings), rng)


Piece = Found | Made | Saturated


def judged(settings: Settings, points: Iterable[Point], rng: np.random.Generator) -> Values:
    """Return the true shape, the number of parameters, and the verdict at every budget, (P,) and (P, K)."""
    known, sizes, told = [], [], []
    for objective, theta, shape in points:
        known.append(SHAPES.index(shape))
        sizes.append(theta.size)
        told.append([verdict(settings, objective, theta, n, rng) for n in settings.episodes])
    return {
        "shape": np.array(known, dtype=np.int8),
        "n_parameters": np.array(sizes, dtype=np.int16),
        "verdict": np.array(told, dtype=np.int8).reshape(-1, len(settings.episodes)),
    }


def verdict(
    settings: Settings, objective: Objective, theta: Array, n_episodes: int, rng: np.random.Generator
) -> int:
    """Return the place in `KINDS` of what `classify` says of a point seen in `n_episodes` episodes."""
    gap = goals().gap
    if n_episodes != EXACT:
        objective = Noisy(objective, settings.noise * gap, n_episodes)
    probe = perturb(objective, theta, alpha=settings.alpha, n_directions=settings.n_directions, rng=rng)
    return KINDS.index(classify(probe, smallest=SMALLEST * gap, rng=rng).kind)


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the weights of entropy in both conventions, the dimensions, and the saturated policies."""
    found = [Found(tau, counted) for tau in settings.taus for counted in (True, False)]
    return (
        {f"found-{p.tau:g}-{'counted' if p.counted else 'masked'}": p for p in found}
        | {f"made-{n}": Made(n) for n in settings.dimensions}
        | {"saturated": Saturated()}
    )
