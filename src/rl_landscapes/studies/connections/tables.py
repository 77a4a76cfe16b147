"""What is kept of the study: the lines of each body, by kind of pair, and their falls."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.connections.pieces import Pair
from rl_landscapes.studies.connections.settings import Settings
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Pair, Arrays]) -> Values:
    """Stack pairs: kind (2), start (B), and then sigmas (S), positions (K), episodes as the piece has them.

    Of the values along the lines mean and standard error are kept; ends are kept whole.
    """
    found: Values = {"sigmas": np.array(settings.sigmas), "bent_sigmas": np.array(settings.bent_sigmas)}
    for ends in settings.ends:
        short, n = ends.body.split("-")[0].lower(), ends.n_starts
        cells = [[done[Pair(ends, b, (b + shift) % n)] for b in range(n)] for shift in (0, 1)]
        stacked = {k: np.array([[cell[k] for cell in row] for row in cells]) for k in cells[0][0]}
        values = stacked.pop("values")
        positions = stacked.pop("positions")[0, 0]
        at_ends = values[..., np.searchsorted(positions, [0.0, 1.0]), :]
        gain = at_ends[..., 1, :] - at_ends[..., 0, :]
        stacked |= {
            "mean": values.mean(axis=-1, dtype=np.float64).astype(np.float32),
            "stderr": (values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])).astype(np.float32),
            "gain": gain.mean(axis=-1, dtype=np.float64),
            "gain_stderr": gain.std(axis=-1, ddof=1, dtype=np.float64) / np.sqrt(gain.shape[-1]),
        }
        found |= {f"{short}_{name}": array for name, array in stacked.items()}
        found["positions"] = positions
    return found
