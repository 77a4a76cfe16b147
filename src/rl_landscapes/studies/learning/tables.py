"""What is kept of the study: curves, ends and estimates of each grid, and of the paths without noise."""

from collections.abc import Mapping

import numpy as np

from rl_landscapes.studies.learning.pieces import Path, Piece, Signal, Trained
from rl_landscapes.studies.learning.settings import Grid, Paths, Settings
from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.runs import Run


def gather(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Stack each grid: sigmas (S), steps (M), starts (B), evaluations (E); and each set of paths (S, B)."""
    found: Values = {}
    for grid in settings.grids:
        found |= {f"{key(grid)}_{name}": values for name, values in _stacked(grid, done).items()}
        if grid.arm == "plain":
            found |= {f"{key(grid)}_signal_{name}": v for name, v in _signals(grid, done).items()}
    for paths in settings.paths:
        found |= {f"{key(paths)}_{name}": values for name, values in _climbed(paths, done).items()}
    return found


def key(grid: Grid | Paths) -> str:
    """Return what the arrays of a grid are called, such as `hopper_plain`."""
    arm = grid.arm.replace("-", "_") if isinstance(grid, Grid) else "path"
    return f"{grid.body.split('-')[0].lower()}_{arm}"


def _stacked(grid: Grid, done: Mapping[Piece, Arrays]) -> Values:
    runs = [
        [[done[Trained(_run(grid, s, m, b))] for b in range(grid.n_starts)] for m in grid.steps]
        for s in grid.sigmas
    ]
    names = runs[0][0][0]
    stacked = {n: np.array([[[run[n] for run in row] for row in rows] for rows in runs]) for n in names}
    stacked["evaluations"] = stacked["evaluations"].astype(np.float32)
    return stacked | {"sigmas": np.array(grid.sigmas), "steps": np.array(grid.steps)}


def _run(grid: Grid, sigma: float, step: float, start: int) -> Run:
    return Run(grid.body, grid.arm, sigma, step, start, grid.n_updates, grid.discount, grid.horizon)


def _signals(grid: Grid, done: Mapping[Piece, Arrays]) -> Values:
    cells = [
        [done[Signal(grid.body, s, b, grid.discount, grid.horizon)] for b in range(grid.n_starts)]
        for s in grid.sigmas
    ]
    return {name: np.array([[cell[name] for cell in row] for row in cells]) for name in cells[0][0]}


def _climbed(paths: Paths, done: Mapping[Piece, Arrays]) -> Values:
    cells = [[done[Path(paths, s, b)] for b in range(paths.n_starts)] for s in paths.sigmas]
    stacked = {name: np.array([[cell[name] for cell in row] for row in cells]) for name in cells[0][0]}
    return stacked | {"sigmas": np.array(paths.sigmas)}
