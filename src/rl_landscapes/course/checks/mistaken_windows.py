"""Windows of weights that are right, and others with a mistake: what a student's test has to tell apart.

A window is the interval of weights at which a path rises all the way, from its returns and its entropies.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from rl_landscapes.arrays import Array

Interval = tuple[float, float] | None
Window = Callable[[Array, Array], Interval]


def _steps(returns: Array, entropies: Array) -> tuple[Array, Array]:
    """Return by how much both change from point to point.

    Raises
    ------
    ValueError
        If they are not of one shape (K,), K being at least 2.
    """
    a, b = np.array(returns, dtype=float), np.array(entropies, dtype=float)
    if a.ndim != 1 or a.shape != b.shape or len(a) < 2:
        raise ValueError(f"returns and entropies must both be (K,), K from 2, got {a.shape} and {b.shape}")
    return np.diff(a), np.diff(b)


def by_bounds(
    returns: Array,
    entropies: Array,
    *,
    changes: Callable[[Array, Array], tuple[Array, Array]] = _steps,
    least: float = 0.0,
    most: float = np.inf,
    tightest: bool = True,
    sign: float = 1.0,
    seen: bool = True,
    level: bool = True,
    single: bool = True,
    empty: bool = False,
) -> Interval:
    """Return the window; each keyword spoils one part of it.

    `changes` are those that must not be negative, `least` and `most` the ends if nothing bounds them,
    `tightest` whether the tightest bounds count, `sign` that of the entropy. Steps that entropy does not see
    forbid all if they fall and are `seen`, and if they stay and are not allowed to be `level`. A `single`
    weight is a window, and an `empty` one is returned as it is.
    """
    a, b = changes(returns, entropies)
    b = sign * b
    if seen and ((b == 0) & ((a < 0) if level else (a <= 0))).any():
        return None
    lower, upper = -a[b > 0] / b[b > 0], a[b < 0] / -b[b < 0]
    low = max(least, float(lower.max() if tightest else lower.min())) if lower.size else max(least, 0.0)
    high = min(most, float(upper.min() if tightest else upper.max())) if upper.size else most
    fits = low <= high if single else low < high
    return (low, high) if fits or empty else None


def step_by_step(returns: Array, entropies: Array) -> Interval:
    """Narrow the window at one step after the other."""
    low, high = 0.0, np.inf
    for a, b in zip(*_steps(returns, entropies), strict=True):
        if b > 0:
            low = max(low, float(-a / b))
        elif b < 0:
            high = min(high, float(-a / b))
        elif a < 0:
            return None
    return (low, high) if low <= high else None


def _rounded(returns: Array, entropies: Array) -> Interval:
    found = by_bounds(returns, entropies)
    return found and (found[0] * (1 + 1e-13), found[1] * (1 + 1e-13))


def _whole(returns: Array, entropies: Array) -> tuple[Array, Array]:
    a, b = _steps(returns, entropies)
    return a.sum(keepdims=True), b.sum(keepdims=True)


def _from_the_start(returns: Array, entropies: Array) -> tuple[Array, Array]:
    a, b = _steps(returns, entropies)
    return a.cumsum(), b.cumsum()


RIGHT: list[Window] = [by_bounds, step_by_step, _rounded]
BOUNDS: dict[str, Window] = {
    "the weight may be negative": partial(by_bounds, least=-np.inf),
    "the two ends of the path are compared alone": partial(by_bounds, changes=_whole),
    "the loosest bounds in the place of the tightest": partial(by_bounds, tightest=False),
}
ENDS: dict[str, Window] = {
    "every window ends at 10 at the latest": partial(by_bounds, most=10.0),
    "low and high in the wrong order, where no weight will do": partial(by_bounds, empty=True),
    "None where there is one weight and no other": partial(by_bounds, single=False),
}
LEVEL: dict[str, Window] = {
    "steps that change neither return nor entropy count as falls": partial(by_bounds, level=False),
    "steps down that entropy does not see are passed over": partial(by_bounds, seen=False),
}
FURTHER: dict[str, Window] = {
    "every point is compared with the first, not with the one before": partial(
        by_bounds, changes=_from_the_start
    ),
    "entropy with the wrong sign": partial(by_bounds, sign=-1.0),
    "None where nothing bounds the weight from above": lambda returns, entropies: (
        found if (found := by_bounds(returns, entropies)) and found[1] < np.inf else None
    ),
}
