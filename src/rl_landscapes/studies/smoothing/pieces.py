"""The pieces of the study: how much an objective bends, and who fails when episodes begin everywhere."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.probes import full_spectrum
from rl_landscapes.studies.common import STEP, paper_return, paper_starts, true_returns
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.smoothing.settings import Scene, Settings, begins_everywhere


@dataclass(frozen=True)
class Bends:
    """The largest |curvature| in any direction, at every point of a scene."""

    scene: Scene

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep the largest |eigenvalue| of the Hessian, (P,)."""
        objective = self.scene.objective
        thetas = self.scene.points(settings.n_points, settings.seed)
        spectra = [full_spectrum(objective, theta).values for theta in thetas]
        return {"largest": np.abs(spectra).max(axis=1)}


@dataclass(frozen=True)
class Climb:
    """Exact ascent from the paper's starts, entropy annealed, in a world that begins everywhere."""

    tau: float
    counted: bool = True

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep the true returns from the corner, (B,)."""
        climb = ascend(
            anneal(begins_everywhere(counted=self.counted), exponential_decay(self.tau, settings.decay)),
            paper_starts(settings.n_starts, settings.seed),
            n_updates=settings.n_updates,
            step=STEP,
            record_every=settings.n_updates,
        )
        return {"returns": true_returns(paper_return(), climb.end), "falls": climb.falls}


Piece = Bends | Climb


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the scenes, and the climbs: without entropy, and with every weight counted and masked."""
    bends: dict[str, Piece] = {f"bends-{i}": Bends(scene) for i, scene in enumerate(settings.scenes())}
    climbs = [Climb(0.0), *(Climb(tau, counted) for counted in (True, False) for tau in settings.weights)]
    return bends | {
        f"climb-{'counted' if climb.counted else 'masked'}-{climb.tau:g}": climb for climb in climbs
    }
