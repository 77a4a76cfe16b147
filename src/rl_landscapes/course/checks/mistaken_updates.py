"""Updates of an ascent that are right, and others with a mistake: what a student's test has to tell apart.

Which rows go on is where they differ most, and that shows only where some row cannot.
"""

from collections.abc import Callable

import numpy as np

from rl_landscapes.arrays import Array

Bools = np.typing.NDArray[np.bool_]
Update = Callable[[Array, Array, float, Bools], tuple[Array, Bools]]
Stays = Callable[[Array, Array, Bools], Bools]  # next points, slopes, who moves -> who moves on


def _given(points: Array, slopes: Array, step: float, moving: Bools) -> tuple[Array, Array, float, Bools]:
    """Return what an update was called with as floats and truths.

    Raises
    ------
    ValueError
        If the shapes are not (B, n), (B, n), none and (B,).
    """
    at, slope = np.array(points, dtype=float), np.array(slopes, dtype=float)
    length, on = np.array(step, dtype=float), np.array(moving, dtype=bool)
    if at.ndim != 2 or slope.shape != at.shape or length.ndim or on.shape != at.shape[:1]:
        shapes = ", ".join(str(x.shape) for x in (at, slope, length, on))
        raise ValueError(f"points, slopes, step and moving must be (B, n), (B, n), () and (B,), got {shapes}")
    return at, slope, float(length), on


def _finite(moved: Array, slopes: Array, moving: Bools) -> Bools:
    return moving & np.isfinite(moved).all(axis=1)


def _by(along: Callable[[Array, Array, float], Array], on: Stays = _finite) -> Update:
    """Return an update that proposes points by one rule, and stops rows by another."""

    def update(points: Array, slopes: Array, step: float, moving: Bools) -> tuple[Array, Bools]:
        points, slopes, step, moving = _given(points, slopes, step, moving)
        with np.errstate(all="ignore"):
            moved = along(points, slopes, step)
            moves = on(moved, slopes, moving)
        return np.where(moves[:, None], moved, points), moves

    return update


def _uphill(points: Array, slopes: Array, step: float) -> Array:
    return points + step * slopes


def row_by_row(points: Array, slopes: Array, step: float, moving: Bools) -> tuple[Array, Bools]:
    """Update one row after the other."""
    points, slopes, step, moving = _given(points, slopes, step, moving)
    for row, slope in enumerate(slopes):
        with np.errstate(all="ignore"):
            moved = points[row] + step * slope
        moving[row] = moving[row] and bool(np.isfinite(moved).all())
        if moving[row]:
            points[row] = moved
    return points, moving


def _entry_by_entry(points: Array, slopes: Array, step: float, moving: Bools) -> tuple[Array, Bools]:
    points, slopes, step, moving = _given(points, slopes, step, moving)
    with np.errstate(all="ignore"):
        moved = points + step * slopes
    return np.where(moving[:, None] & np.isfinite(moved), moved, points), _finite(moved, slopes, moving)


def _back_to_zero(points: Array, slopes: Array, step: float, moving: Bools) -> tuple[Array, Bools]:
    moved, moves = _by(_uphill)(points, slopes, step, moving)
    return np.where(moves[:, None], moved, 0.0), moves


def _forgotten(points: Array, slopes: Array, step: float, moving: Bools) -> tuple[Array, Bools]:
    moved, _ = _by(_uphill)(points, slopes, step, moving)
    return moved, np.array(moving, dtype=bool)


def _rounded(points: Array, slopes: Array, step: float) -> Array:
    return points + (1 + 1e-13) * step * slopes


RIGHT: list[Update] = [_by(_uphill), row_by_row, _by(_rounded)]
STEPS: dict[str, Update] = {
    "downhill": _by(lambda points, slopes, step: points - step * slopes),
    "the step is left out": _by(lambda points, slopes, step: points + slopes),
    "slopes are made one long": _by(
        lambda points, slopes, step: points + step * slopes / np.linalg.norm(slopes, axis=1, keepdims=True)
    ),
}
ROWS: dict[str, Update] = {
    "a row that diverges takes the others with it": _by(
        _uphill, lambda moved, slopes, moving: moving & bool(np.isfinite(moved).all())
    ),
    "a row that has stopped goes on when its slope is finite": _by(
        _uphill, lambda moved, slopes, moving: np.array(np.isfinite(moved).all(axis=1))
    ),
    "one finite entry is enough to move": _by(
        _uphill, lambda moved, slopes, moving: moving & np.isfinite(moved).any(axis=1)
    ),
}
EDGES: dict[str, Update] = {
    "NaN is looked for, infinity is not": _by(
        _uphill, lambda moved, slopes, moving: moving & ~np.isnan(moved).any(axis=1)
    ),
    "minus infinity is not looked for": _by(
        _uphill, lambda moved, slopes, moving: moving & (moved < np.inf).all(axis=1)
    ),
    "slopes must be finite, but the next point need not": _by(
        _uphill, lambda moved, slopes, moving: moving & np.isfinite(slopes).all(axis=1)
    ),
}
FURTHER: dict[str, Update] = {
    "the finite entries of a row that diverges move": _entry_by_entry,
    "a row that stops goes to zero": _back_to_zero,
    "who has stopped is not told": _forgotten,
}
