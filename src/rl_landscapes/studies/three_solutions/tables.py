"""What is kept of the study: corners, positions, and the returns under every noise."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.three_solutions.pieces import Piece
from rl_landscapes.studies.three_solutions.settings import Settings


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Lay the returns out by noise: (sigmas, A, B, N)."""
    by_sigma = {piece.sigma: found for piece, found in done.items()}
    first, second = settings.positions()
    return {
        "corners": np.array(next(iter(done)).corners),
        "sigmas": np.array(settings.sigmas),
        "first": first,
        "second": second,
        "returns": np.stack([by_sigma[sigma]["returns"] for sigma in settings.sigmas]),
        "start": by_sigma[settings.sigmas[0]]["start"],
    }
