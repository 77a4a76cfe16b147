"""The pieces of the study: a short training, and the gradient and the curvature at its two ends."""

from dataclasses import dataclass, replace

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.ascent.training import AUTHORS, train
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.probes.perturbations import Perturbations, perturb
from rl_landscapes.probes.trace import trace_from_probe
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.environments.settings import BODIES, POINTS, TERMINATIONS, Settings
from rl_landscapes.studies.environments.signals import signals
from rl_landscapes.studies.environments.variants import variant
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.runs import start_of


@dataclass(frozen=True)
class Lived:
    """One policy's life in a body with or without termination."""

    body: str
    termination: bool
    sigma: float
    start: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Train it, and look at its start and its end.

        All lives from one start meet the same chance.
        """
        plain = variant(
            self.body,
            termination=self.termination,
            sigma=self.sigma,
            n_episodes=settings.n_episodes,
            discount=settings.discount,
            horizon=settings.training_horizon,
        )
        training = train(
            plain,
            start_of(self.body, self.start, settings.seed),
            n_updates=settings.n_updates,
            step=settings.step * self.sigma,
            rng=self._chance(settings, "run"),
            evaluation=Evaluation(settings.n_evaluation, horizon=settings.evaluation_horizon),
            evaluate_every=settings.n_updates // settings.n_evaluations,
            **AUTHORS,
        )
        values, n = training.evaluations[: settings.n_evaluations + 1], settings.n_evaluations + 1
        points = dict(zip(POINTS, (training.start, training.end), strict=True))
        looks = [self._look(settings, plain, point, theta) for point, theta in points.items()]
        return {name: np.stack([each[name] for each in looks]) for name in looks[0]} | {
            "evaluations": np.pad(values, (0, n - len(values)), mode="edge"),  # of a run that stopped
            "thetas": np.stack([training.start, training.end]),
            "stopped": bool(training.stopped),
        }

    def _look(self, settings: Settings, plain: SampledReturn, point: str, theta: Array) -> Values:
        found = [
            signals(
                replace(plain, horizon=max(each.horizons)),
                theta,
                each.horizons,
                n_batches=each.n,
                rng=self._chance(settings, f"signal-{point}"),
            )
            for each in settings.batches
        ]
        probe = perturb(
            replace(
                plain, n_episodes=settings.n_probe_episodes, discount=1.0, horizon=settings.probe_horizon
            ),
            theta,
            alpha=settings.alpha,
            n_directions=settings.n_directions,
            rng=self._chance(settings, f"look-{point}"),
        )
        return {name: np.concatenate([each[name] for each in found]) for name in found[0]} | bends(probe)

    def _chance(self, settings: Settings, what: str) -> np.random.Generator:
        return generator_named(settings.seed, f"{what}-{self.body}-{self.start}")


Piece = Lived


def bends(probe: Perturbations) -> Values:
    """Return the trace of the Hessian, and mean squares of what slope and curvature change at alpha.

    The squares are free of the noise of episodes on average, and so may be below 0.
    """
    trace = trace_from_probe(probe)
    slope, bend = probe.slope * probe.alpha, probe.curvature * probe.alpha**2 / 2
    slope_error, bend_error = probe.slope_stderr * probe.alpha, probe.curvature_stderr * probe.alpha**2 / 2
    return {
        "trace": trace.value,
        "trace_stderr": trace.stderr,
        "slope_square": np.mean(slope**2 - slope_error**2),
        "bend_square": np.mean(bend**2 - bend_error**2),
        "both_lower": probe.both_lower.mean(),
    }


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the lives."""
    return {
        f"{body}-{'falls' if termination else 'goes-on'}-{sigma}-{start}": Lived(
            body, termination, sigma, start
        )
        for body in BODIES
        for start in range(settings.n_starts)
        for termination in TERMINATIONS
        for sigma in settings.sigmas
    }
