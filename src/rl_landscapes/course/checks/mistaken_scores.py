"""Scores of Gaussian policies, right ones and mistaken ones: what a student's test has to tell apart.

Most mistakes hide where a number is 1 or 0: one action, one observation, a width of 1, no bias.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course.checks import gaussians

Score = Callable[[Array, float, Array, Array], Array]


def by_outer_products(
    theta: Array,
    sigma: float,
    observations: Array,
    actions: Array,
    *,
    power: int = 2,
    sign: float = 1.0,
    centred: float = 1.0,
    biased: float = 1.0,
    by_rows: bool = True,
    bias_last: bool = True,
    seen: Callable[[Array], Array] = np.asarray,
    given: Callable[[Array], Array] = np.asarray,
) -> Array:
    """Return the scores (N, k o + k); each keyword spoils one part of them.

    `power` is that of the width, `sign` that of all; `centred` and `biased` are factors of the mean and of
    its bias; W lies `by_rows`, with the `bias_last`; `seen` and `given` change the observations in the outer
    product, and the scores in the mean.

    Raises
    ------
    ValueError
        If the shapes are not (k o + k,), none, (N, o) and (N, k).
    """
    params, s, a = (np.array(x, dtype=float) for x in (theta, observations, actions))
    width = np.array(sigma, dtype=float)
    if s.ndim != 2 or a.ndim != 2 or len(s) != len(a) or width.ndim:
        shapes = ", ".join(str(x.shape) for x in (width, s, a))
        raise ValueError(f"sigma, observations and actions must be (), (N, o) and (N, k), got {shapes}")
    o, k = s.shape[1], a.shape[1]
    if params.shape != (k * o + k,):
        raise ValueError(f"theta must be ({k * o + k},), got {params.shape}")
    W, b = params[: k * o].reshape(k, o), params[k * o :]
    with np.errstate(all="ignore"):
        z = sign * given((a - centred * (s @ W.T + biased * b)) / width**power)
    outer = z[:, :, None] * seen(s)[:, None, :]
    part = (outer if by_rows else outer.transpose(0, 2, 1)).reshape(len(s), k * o)
    return np.concatenate([part, z] if bias_last else [z, part], axis=1)


def _rounded(theta: Array, sigma: float, observations: Array, actions: Array) -> Array:
    return (1 + 1e-13) * by_outer_products(theta, sigma, observations, actions)


def _pair_by_pair(theta: Array, sigma: float, observations: Array, actions: Array) -> Array:
    by_outer_products(theta, sigma, observations, actions)  # refuses what does not fit
    s, a = np.array(observations, dtype=float), np.array(actions, dtype=float)
    found = [
        gaussians.scores(np.array(theta, dtype=float), sigma, x[None], y[None])
        for x, y in zip(s, a, strict=True)
    ]
    return np.concatenate([np.zeros((0, len(theta))), *found])


RIGHT: list[Score] = [by_outer_products, _pair_by_pair, _rounded]
WIDTHS: dict[str, Score] = {
    "divided by the width, not by its square": partial(by_outer_products, power=1),
    "the width is not looked at": partial(by_outer_products, power=0),
    "the sign is turned": partial(by_outer_products, sign=-1.0),
}
LAYOUTS: dict[str, Score] = {
    "W column by column": partial(by_outer_products, by_rows=False),
    "the bias first": partial(by_outer_products, bias_last=False),
}
MEANS: dict[str, Score] = {
    "the bias is left out of the mean": partial(by_outer_products, biased=0.0),
    "every pair has the observation of the first": partial(
        by_outer_products, seen=lambda s: np.broadcast_to(s[:1], s.shape)
    ),
}
FURTHER: dict[str, Score] = {
    "the mean is not taken from the action": partial(by_outer_products, centred=0.0),
    "observations without their sign": partial(by_outer_products, seen=np.abs),
    "every pair has the average of all": partial(
        by_outer_products, given=lambda z: np.broadcast_to(z.mean(axis=0), z.shape)
    ),
}
