"""What is kept of the study: the lives in each body, stacked."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.environments.pieces import Lived, Piece
from rl_landscapes.studies.environments.settings import BODIES, TERMINATIONS, Settings
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Stack terminations (on, off), sigmas (S), starts (B); points (start, end) and horizons (H) follow."""
    found: Values = {"sigmas": np.array(settings.sigmas), "horizons": np.array(settings.horizons)}
    for body in BODIES:
        cells = [
            [[done[Lived(body, on, s, b)] for b in range(settings.n_starts)] for s in settings.sigmas]
            for on in TERMINATIONS
        ]
        for name in cells[0][0][0]:
            stacked = [[[cell[name] for cell in row] for row in rows] for rows in cells]
            found[f"{key(body)}_{name}"] = np.array(stacked)
    return found


def key(body: str) -> str:
    """Return what the arrays of a body are called, such as `hopper`."""
    return body.split("-")[0].lower()
