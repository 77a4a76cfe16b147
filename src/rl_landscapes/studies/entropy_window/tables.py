"""What is kept of the study: who failed in which cell of the maps, and the curvatures beside them."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.common import goals
from rl_landscapes.studies.entropy_window.pieces import Cell, Curvature, Piece, Settings
from rl_landscapes.studies.results import Arrays, Values


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Lay the cells out: counts of failures for the maps, and who failed for comparisons start by start."""
    taus, steps, decays, constant = (
        len(part) for part in (settings.taus, settings.steps, settings.decays, settings.constant_taus)
    )
    shapes = {
        "paper": (list(settings.paper()), (taus,)),
        "step": (list(settings.by_step()), (taus, steps)),
        "decay": (list(settings.by_decay()), (taus, decays)),
        "masked": (list(settings.masked()), (taus,)),
        "constant": (list(settings.constant()), (2, constant)),
    }
    tables = [_table(f"{name}_", cells, shape, done) for name, (cells, shape) in shapes.items()]
    curvatures = [done[Curvature(tau)] for tau in settings.taus]
    along = np.stack([piece["along"] for piece in curvatures])
    return {
        "taus": np.array(settings.taus),
        "steps": np.array(settings.steps),
        "decays": np.array(settings.decays),
        "constant_taus": np.array(settings.constant_taus),
        "n": np.array(settings.n_starts),
        **{key: value for table in tables for key, value in table.items()},
        "lowest_uniform": np.stack([piece["uniform"] for piece in curvatures]),
        "lowest_along": along,
        "along_time": curvatures[0]["time"],
        "stable_step_uniform": 2 / np.abs(np.stack([piece["uniform"] for piece in curvatures])),
        "stable_step_start": 2 / np.abs(along[:, 0].min(axis=-1)),
        "stable_step_along": 2 / np.abs(along.min(axis=(1, 2))),
    }


def _table(prefix: str, cells: list[Cell], shape: tuple[int, ...], done: Mapping[Piece, Arrays]) -> Values:
    returns = np.stack([done[cell]["returns"] for cell in cells]).reshape(*shape, -1)
    falls = np.stack([done[cell]["falls"] for cell in cells]).reshape(*shape, -1)
    line = goals()
    return {
        f"{prefix}failed": line.failed(returns),
        f"{prefix}failures": line.failed(returns).sum(axis=-1),
        f"{prefix}unfinished": line.unfinished(returns).sum(axis=-1),
        f"{prefix}mean_return": returns.mean(axis=-1),
        f"{prefix}mean_falls": falls.mean(axis=-1),
        f"{prefix}falling": (falls > 0).sum(axis=-1),
        f"{prefix}diverged": np.stack([done[cell]["diverged"].sum() for cell in cells]).reshape(shape),
        f"{prefix}updates": np.array([cell.n_updates for cell in cells]).reshape(shape),
    }
