"""Slopes and curvatures from pairs, right and mistaken ones: what a student's test has to tell apart.

A mistake hides where alpha is 1, where there is one direction, and where the luck of an episode is small.
"""

from collections.abc import Callable
from functools import partial
from math import sqrt

import numpy as np

from rl_landscapes.arrays import Array

Seen = dict[str, Array]
Paired = Callable[[Array, Array, Array, float], Seen]


def _given(plus: Array, minus: Array, centre: Array, alpha: float) -> tuple[Array, Array, Array, float]:
    """Return what was looked at, as floats.

    Raises
    ------
    ValueError
        If the shapes are not (D, N), (D, N), (N,) and none, N being at least 2, or alpha is 0.
    """
    a, b, c, step = (np.array(x, dtype=float) for x in (plus, minus, centre, alpha))
    if a.ndim != 2 or a.shape != b.shape or c.shape != a.shape[1:] or a.shape[1] < 2 or step.ndim:
        shapes = ", ".join(str(x.shape) for x in (a, b, c, step))
        raise ValueError(f"plus, minus, centre and alpha must be (D, N), (D, N), (N,) and (), got {shapes}")
    if not len(a) or not step:
        raise ValueError(f"there must be a direction and a step that is not 0, got {len(a)} and {step}")
    return a, b, c, float(step)


def by_episode(
    plus: Array,
    minus: Array,
    centre: Array,
    alpha: float,
    *,
    width: float = 2.0,
    power: int = 2,
    middle: float = 2.0,
    ddof: int = 1,
    of_one: bool = False,
    apart: bool = False,
    pooled: bool = False,
    independent: bool = False,
) -> Seen:
    """Return what pairs show; each keyword spoils one part of it.

    A slope is a difference over `width` alpha, a curvature one over alpha to the `power`, less `middle` times
    the centre. Errors have `ddof`, are those `of_one` episode, of points `apart`, of all D N numbers
    `pooled`, or of directions that are `independent`.
    """
    a, b, c, alpha = _given(plus, minus, centre, alpha)
    n = a.shape[1]
    slopes, bends = (a - b) / (width * alpha), (a + b - middle * c) / alpha**power

    def error(samples: Array) -> Array:
        return np.asarray(samples.std(axis=-1, ddof=ddof)) / (1.0 if of_one else sqrt(n))

    found = {
        "slope": slopes.mean(axis=1),
        "slope_stderr": error(slopes),
        "curvature": bends.mean(axis=1),
        "curvature_stderr": error(bends),
        "mean_curvature": np.asarray(bends.mean()),
        "mean_curvature_stderr": error(bends.mean(axis=0)),
    }
    if apart:
        found["slope_stderr"] = np.sqrt((a.var(axis=1, ddof=1) + b.var(axis=1, ddof=1)) / n) / (2 * alpha)
    if pooled:
        found["mean_curvature_stderr"] = np.asarray(bends.std(ddof=1) / sqrt(bends.size))
    if independent:
        found["mean_curvature_stderr"] = np.asarray(sqrt((found["curvature_stderr"] ** 2).mean() / len(a)))
    return found


def _over_pairs(plus: Array, minus: Array, centre: Array, alpha: float) -> Seen:
    """Find every variance from differences of two episodes."""
    a, b, c, alpha = _given(plus, minus, centre, alpha)
    n, bends = a.shape[1], (a + b - 2 * c) / alpha**2
    found: Seen = {}
    for name, x in (
        ("slope", (a - b) / (2 * alpha)),
        ("curvature", bends),
        ("mean_curvature", bends.mean(axis=0)),
    ):
        squares = ((x[..., :, None] - x[..., None, :]) ** 2).sum(axis=(-1, -2)) / (2 * n * (n - 1))
        found |= {name: np.asarray(x.sum(axis=-1) / n), f"{name}_stderr": np.sqrt(squares / n)}
    return found


def _rounded(plus: Array, minus: Array, centre: Array, alpha: float) -> Seen:
    return {key: x * (1 + 1e-13) for key, x in by_episode(plus, minus, centre, alpha).items()}


RIGHT: list[Paired] = [by_episode, _over_pairs, _rounded]
STEPS: dict[str, Paired] = {
    "slopes over alpha, not over two alpha": partial(by_episode, width=1.0),
    "curvatures over alpha, not over its square": partial(by_episode, power=1),
    "the centre is taken off once, not twice": partial(by_episode, middle=1.0),
}
ERRORS: dict[str, Paired] = {
    "the deviation of one episode, not of their mean": partial(by_episode, of_one=True),
    "N in the denominator of the variance": partial(by_episode, ddof=0),
    "the errors of slopes are those of points that share nothing": partial(by_episode, apart=True),
}
SHARED: dict[str, Paired] = {
    "directions count as samples in the error of the mean curvature": partial(by_episode, pooled=True)
}
FURTHER: dict[str, Paired] = {
    "errors of directions are combined as if they shared nothing": partial(by_episode, independent=True),
    "minus less plus": lambda plus, minus, centre, alpha: by_episode(minus, plus, centre, alpha),
    "the centre is not taken off": partial(by_episode, middle=0.0),
}
