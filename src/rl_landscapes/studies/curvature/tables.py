"""What is kept of the study: the looks of all runs of a body, stacked."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.curvature.pieces import Piece, Watched
from rl_landscapes.studies.curvature.settings import Runs, Settings
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Stack training sigmas (M), starts (B), checkpoints (K), evaluation sigmas (S) and sets (G)."""
    found: Values = {"sigmas": np.array(settings.sigmas), "alpha": np.array(settings.alpha)}
    for runs in settings.runs:
        cells = [[done[Watched(runs, sigma, b)] for b in range(runs.n_starts)] for sigma in runs.sigmas]
        stacked = {name: np.array([[cell[name] for cell in row] for row in cells]) for name in cells[0][0]}
        found |= {f"{key(runs)}_{name}": values for name, values in stacked.items()}
        every = runs.n_updates // (settings.n_checkpoints - 1)
        found[f"{key(runs)}_trained"] = np.array(runs.sigmas)
        found[f"{key(runs)}_updates"] = every * np.arange(settings.n_checkpoints)
    return found


def key(runs: Runs) -> str:
    """Return what the arrays of a body are called, such as `hopper`."""
    return runs.body.split("-")[0].lower()
