"""The pieces of the study: one truth under one noise, and the intervals behind all verdicts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import plateau
from rl_landscapes.probes import Perturbations, classify, perturb
from rl_landscapes.probes.verdicts import Kind
from rl_landscapes.statistics import standard_error
from rl_landscapes.statistics.multiple_tests import max_t_quantile
from rl_landscapes.studies.results import Values

KINDS: tuple[str, ...] = get_args(Kind)
Noise = Callable[[int, int, np.random.Generator], tuple[Array, Array, Array]]


@dataclass(frozen=True)
class Settings:
    """Sizes are in units of the largest change of the objective at distance alpha.

    `noise` is the standard error of the mean at one point, whatever the number of episodes.
    """

    seed: int = 1964
    n_probes: int = 300
    n_intervals: int = 1000
    n_resamples: int = 400
    n_directions: int = 50
    n_episodes: tuple[int, ...] = (8, 32, 128, 512)
    smallest: float = 0.1
    noise: float = 0.01
    error_rate: float = 0.05


@dataclass(frozen=True)
class Effects:
    """What slopes and bends change, each (D,), and the kind that this is."""

    slopes: Array
    bends: Array
    kind: Kind

    def seen(self, ends: tuple[Array, Array, Array]) -> Perturbations:
        """Return the probe that sees these effects under the noise of plus, minus and centre."""
        n = len(self.slopes)
        blank = perturb(
            plateau(1), np.zeros(1), alpha=1.0, directions=np.ones((n, 1)), rng=np.random.default_rng(0)
        )
        plus, minus, centre = ends
        up, down = self.bends + self.slopes, self.bends - self.slopes
        return Perturbations(
            blank.theta,
            blank.alpha,
            blank.directions,
            up[:, None] + plus,
            down[:, None] + minus,
            centre,
            blank.provenance,
        )


def _optimum(n: int, c: float) -> Effects:
    """Bend half of the directions down, the others up by a little less than counts."""
    return Effects(
        np.zeros(n), np.where(np.arange(n) < n // 2, 0.99 * c, np.linspace(-0.2, -1, n)), "optimum"
    )


def _weak_saddle(n: int, c: float) -> Effects:
    """Bend one direction up, by a little more than counts."""
    return Effects(np.zeros(n), np.append(np.linspace(-1, -0.2, n - 1), 1.01 * c), "saddle")


def _saddle(n: int, c: float) -> Effects:
    """Bend one direction up by a little more than counts, and one strongly."""
    return Effects(np.zeros(n), np.append(np.linspace(-1, -0.2, n - 2), [1.01 * c, 1.0]), "saddle")


def _linear(n: int, c: float) -> Effects:
    """Give one direction a slope, of a little more than counts."""
    return Effects(np.append(np.zeros(n - 1), 1.01 * c), np.zeros(n), "linear")


def _flat(n: int, c: float) -> Effects:
    """Bend all directions up, by a little less than counts."""
    return Effects(np.zeros(n), np.full(n, 0.99 * c), "flat")


def _slope_and_bend(n: int, c: float) -> Effects:
    """Let the largest bend exceed the largest slope by a little less than is told apart."""
    line = np.linspace(-1, 1, n)
    return Effects((1 - 0.99 * c) * line[::-1], line, "cannot tell")


def _each_point(draw: Callable[[tuple[int, int], np.random.Generator], Array]) -> Noise:
    """Return noise that every point has of its own."""

    def noise(n: int, n_episodes: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        plus, minus = (draw((n, n_episodes), rng) for _ in range(2))
        return plus, minus, draw((1, n_episodes), rng)

    return noise


def _losses(n: int, n_episodes: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return rare losses of an episode at both ends of a direction: bends are as skewed as an exponential."""
    both = 1 - rng.exponential(size=(n, n_episodes))
    return both, both, np.zeros((1, n_episodes))


TRUTHS: dict[str, Callable[[int, float], Effects]] = {
    "optimum": _optimum,
    "weak saddle": _weak_saddle,
    "saddle": _saddle,
    "linear": _linear,
    "flat": _flat,
    "slope and bend": _slope_and_bend,
}
NOISES: dict[str, Noise] = {
    "normal": _each_point(lambda size, rng: rng.normal(size=size)),
    "t3": _each_point(lambda size, rng: rng.standard_t(3, size=size) / np.sqrt(3)),
    "skewed": _each_point(lambda size, rng: rng.exponential(size=size) - 1),
    "losses": _losses,
}


@dataclass(frozen=True)
class Verdicts:
    """Verdicts on one truth, under one noise, of a number of episodes."""

    truth: str
    noise: str
    n_episodes: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Probe again and again; count the verdicts by kind."""
        n, scale = settings.n_directions, settings.noise * np.sqrt(self.n_episodes)
        effects = TRUTHS[self.truth](n, settings.smallest)
        counts = np.zeros(len(KINDS), dtype=np.int64)
        for _ in range(settings.n_probes):
            plus, minus, centre = NOISES[self.noise](n, self.n_episodes, rng)
            probe = effects.seen((scale * plus, scale * minus, scale * centre))
            shown = classify(probe, smallest=settings.smallest, error_rate=settings.error_rate, rng=rng)
            counts[KINDS.index(shown.kind)] += 1
        return {"counts": counts}


@dataclass(frozen=True)
class Intervals:
    """The intervals of all slopes and bends at once, under one noise, of a number of episodes."""

    noise: str
    n_episodes: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Count how often one of them misses its effect, which is zero."""
        n, missed = settings.n_directions, 0
        for _ in range(settings.n_intervals):
            probe = _flat(n, 0.0).seen(NOISES[self.noise](n, self.n_episodes, rng))
            rows = np.concatenate([probe.slope_episodes, probe.bend_episodes])
            critical = max_t_quantile(rows, settings.error_rate, rng, settings.n_resamples)
            missed += bool((np.abs(rows.mean(axis=1)) > critical * standard_error(rows)).any())
        return {"missed": missed}


Piece = Verdicts | Intervals


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the intervals, and every truth, under every noise and for every number of episodes."""
    cells = [(noise, n) for noise in NOISES for n in settings.n_episodes]
    intervals: dict[str, Piece] = {f"intervals-{noise}-{n}": Intervals(noise, n) for noise, n in cells}
    return intervals | {
        f"{truth.replace(' ', '_')}-{noise}-{n}": Verdicts(truth, noise, n)
        for truth in TRUTHS
        for noise, n in cells
    }
