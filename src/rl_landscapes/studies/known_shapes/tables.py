"""What is kept of the study: every point's true shape and its verdicts; and the table of both."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from rl_landscapes.arrays import IntArray
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.known_shapes.pieces import Found, Piece
from rl_landscapes.studies.known_shapes.settings import SHAPES, Settings
from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.views import KINDS, SMALLEST


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Put the points of all pieces together, (P,), with their verdicts at every budget, (P, K)."""
    parts = list(done.values())
    found = [np.full(len(part["shape"]), isinstance(piece, Found)) for piece, part in done.items()]
    return {
        **{key: np.concatenate([part[key] for part in parts]) for key in parts[0]},
        "in_gridworld": np.concatenate(found),
        "shapes": np.array(SHAPES),
        "kinds": np.array(KINDS),
        "episodes": np.array(settings.episodes),
        "alpha": np.array(settings.alpha),
        "noise": np.array(settings.noise * goals().gap),
        "smallest": np.array(SMALLEST * goals().gap),
    }


def confusion(arrays: Mapping[str, Any]) -> IntArray:
    """Return how often each shape got each verdict at each budget, (K, shapes, kinds)."""
    counts = np.zeros((len(arrays["episodes"]), len(arrays["shapes"]), len(arrays["kinds"])), dtype=np.int64)
    for budget, verdicts in enumerate(arrays["verdict"].T):
        np.add.at(counts[budget], (arrays["shape"], verdicts), 1)
    return counts
