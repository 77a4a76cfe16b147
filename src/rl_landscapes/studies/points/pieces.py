"""The pieces of the study: one end of training, seen at one sigma from one distance."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.probes import perturb
from rl_landscapes.studies.chance import generator_named
from rl_landscapes.studies.points.settings import Point, Settings
from rl_landscapes.studies.points.sizes import relative_bend
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.runs import sampled, train_run


@dataclass(frozen=True)
class Seen:
    """One point, in the same random directions and episodes at every sigma and distance."""

    point: Point
    sigma: float
    alpha: float

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Probe it, and compare the bend of the objective with its slope."""
        seen = sampled(
            self.point.run.body, self.sigma, settings.episodes_at(self.sigma), 1.0, settings.horizon
        )
        theta = end_of(self.point, settings)
        probe = perturb(
            seen,
            theta,
            alpha=self.alpha,
            n_directions=settings.n_directions,
            rng=generator_named(settings.seed, f"probe-{self.point.name}"),
        )
        return {
            "theta": theta,
            "return": probe.centre.mean(),
            "return_stderr": probe.centre.std(ddof=1) / np.sqrt(probe.centre.shape[1]),
            "slope": probe.slope_episodes.mean(axis=1),
            "slope_stderr": self.alpha * probe.slope_stderr,
            "bend": probe.bend_episodes.mean(axis=1),
            "bend_stderr": self.alpha**2 / 2 * probe.curvature_stderr,
            "relative_bend": relative_bend(probe),
        }


def end_of(point: Point, settings: Settings) -> Array:
    """Train to the point, shape (n,)."""
    evaluation = Evaluation(1, horizon=settings.horizon)  # it is not looked at
    last = point.run.n_updates
    return train_run(point.run, settings.seed, evaluation, evaluate_every=last, keep_every=last).end


def pieces(settings: Settings) -> dict[str, Seen]:
    """List points, distances and sigmas."""
    return {
        f"{point.name}-{alpha}-{sigma}".replace(",", "").replace(" ", "-"): Seen(point, sigma, alpha)
        for point in settings.points
        for alpha in settings.alphas
        for sigma in settings.sigmas
    }
