"""The pieces of the study: one pair of policies, the line between them, and bent paths beside it."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.probes import interpolate, largest_fall, unit_directions
from rl_landscapes.studies.connections.settings import Ends, Settings
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.runs import Run, sampled, train_run

BENDS = (0.25, 0.5)  # how far from the middle a corner lies, in lengths of the line


@dataclass(frozen=True)
class Pair:
    """A policy trained at the small sigma from `start`, and one at the large sigma from `other`."""

    ends: Ends
    start: int
    other: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Train both, and look along the line between them and along bent paths."""
        small, large = settings.trained_at
        thetas = np.stack(
            [trained(settings, self.ends, small, self.start), trained(settings, self.ends, large, self.other)]
        )
        seed = int(rng.integers(2**63))  # the same episodes under every sigma
        lines = [
            interpolate(
                seen(settings, self.ends, sigma),
                thetas,
                n_points=settings.n_points,
                extrapolate=settings.extrapolate,
                rng=np.random.default_rng(seed),
            )
            for sigma in settings.sigmas
        ]
        falls = [largest_fall(line) for line in lines]
        corners = _corners(thetas, settings.n_bends, rng)
        bent = [
            _best_bend(settings, seen(settings, self.ends, sigma), thetas, corners, seed)
            for sigma in settings.bent_sigmas
        ]
        return {
            "thetas": thetas,
            "positions": lines[0].positions,
            "values": np.stack([line.values for line in lines]).astype(np.float32),
            "fall": np.array([fall.value for fall in falls]),
            "fall_stderr": np.array([fall.stderr for fall in falls]),
            "fall_above": np.array([fall.above for fall in falls]),
            "fall_below": np.array([fall.below for fall in falls]),
            "bent_fall": np.array(bent),
        }


@cache
def trained(settings: Settings, ends: Ends, sigma: float, start: int) -> Array:
    """Return where a training ends (n,); once in each process."""
    run = Run(
        ends.body,
        ends.arm,
        sigma,
        ends.step,
        start,
        ends.n_updates,
        ends.discount,
        settings.training_horizon,
    )
    last = run.n_updates
    evaluation = Evaluation(1, horizon=settings.horizon)  # it is not looked at
    return train_run(run, settings.seed, evaluation, evaluate_every=last, keep_every=last).end


def seen(settings: Settings, ends: Ends, sigma: float) -> SampledReturn:
    """Return the objective along the lines."""
    return sampled(ends.body, sigma, ends.n_episodes, 1.0, settings.horizon)


def _corners(thetas: Array, n_bends: int, rng: np.random.Generator) -> Array:
    """Draw corners (n_bends, n) around the middle of a line, at right angles to it."""
    way = thetas[1] - thetas[0]
    length = np.linalg.norm(way)
    units = unit_directions(n_bends, len(way), rng)
    units -= np.outer(units @ way, way) / length**2
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    far = np.resize(BENDS, n_bends)[:, None]
    return np.asarray(thetas.mean(axis=0) + far * length * units)


def _best_bend(
    settings: Settings, objective: SampledReturn, thetas: Array, corners: Array, seed: int
) -> tuple[float, float]:
    """Return the largest fall, with its error, on the bent path that falls least in half of the episodes.

    The other half measures it, so that having chosen among paths makes none look good.
    """
    half = objective.n_episodes // 2
    paths = [
        interpolate(
            objective,
            np.stack([thetas[0], corner, thetas[1]]),
            n_points=settings.n_bent_points,
            rng=np.random.default_rng(seed),
        ).values
        for corner in corners
    ]
    chosen = min(paths, key=lambda values: _fall(values[:, :half].mean(axis=1)))
    above, below = _where(chosen[:, :half].mean(axis=1))
    measured = chosen[above, half:] - chosen[below, half:]
    return float(measured.mean()), float(measured.std(ddof=1) / np.sqrt(len(measured)))


def _fall(values: Array) -> float:
    return float((np.maximum.accumulate(values) - values).max())


def _where(values: Array) -> tuple[int, int]:
    below = int((np.maximum.accumulate(values) - values).argmax())
    return int(values[: below + 1].argmax()), below


def pieces(settings: Settings) -> dict[str, Pair]:
    """List the pairs from the same start, then those from different ones."""
    return {
        f"{ends.body}-{start}-{(start + shift) % ends.n_starts}": Pair(
            ends, start, (start + shift) % ends.n_starts
        )
        for ends in settings.ends
        for start in range(ends.n_starts)
        for shift in (0, 1)
    }
