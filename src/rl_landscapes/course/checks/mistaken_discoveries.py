"""Discoveries at a false discovery rate, right and mistaken ones: what a student's test has to tell apart.

A mistake hides where p-values come sorted, where each lies on the same side of its line as those before it,
and where something is found in any case.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.stats import false_discovery_control

from rl_landscapes.arrays import Array, BoolArray

Discoveries = Callable[[Array, float], BoolArray]


def _given(p_values: Array, rate: float) -> tuple[Array, float]:
    """Return what discoveries were asked of, as floats.

    Raises
    ------
    ValueError
        If they are not p-values (M,), at least one, and a rate between 0 and 1.
    """
    p, q = np.array(p_values, dtype=float), np.array(rate, dtype=float)
    if p.ndim != 1 or not p.size or q.ndim:
        raise ValueError(f"p_values and rate must be (M,), M from 1, and (), got {p.shape} and {q.shape}")
    if not ((p >= 0) & (p <= 1)).all() or not 0 < q < 1:
        raise ValueError(f"p_values must be from 0 to 1 and rate between them, got {p} and {q}")
    return p, float(q)


def by_ranks(
    p_values: Array,
    rate: float,
    *,
    line: Callable[[Array, float], Array] = lambda ranks, rate: ranks / len(ranks) * rate,
    under: Callable[[Array, Array], BoolArray] = np.less_equal,
    counted: Callable[[BoolArray], int] = lambda below: int(below.nonzero()[0].max(initial=-1)) + 1,
    own: bool = False,
    put_back: bool = True,
) -> BoolArray:
    """Return the discoveries; each keyword spoils one part of them.

    `line` has a number for each rank, `under` compares with it, `counted` says how many are found; with `own`
    those above their own line are not, and without `put_back` the answer is in the order of size.
    """
    p, rate = _given(p_values, rate)
    order = np.argsort(p)
    below = under(p[order], line(np.arange(1.0, len(p) + 1), rate))
    sorted_ = np.arange(len(p)) < counted(below)
    sorted_ = sorted_ & below if own else sorted_
    found = np.zeros(len(p), dtype=bool)
    found[order if put_back else np.arange(len(p))] = sorted_
    return found


def _adjusted(p_values: Array, rate: float) -> BoolArray:
    p, rate = _given(p_values, rate)
    return np.asarray(false_discovery_control(p, method="bh") <= rate)


def _by_counting(p_values: Array, rate: float) -> BoolArray:
    p, rate = _given(p_values, rate)
    fits = [k for k in range(1, len(p) + 1) if (p <= k / len(p) * rate).sum() >= k]
    return np.asarray(p <= max(fits, default=0) / len(p) * rate) & bool(fits)


def _in_a_row(below: BoolArray) -> int:
    return int(np.cumprod(below).sum())


def _last(below: BoolArray) -> int:
    return int(below.nonzero()[0].max(initial=-1)) + 1


RIGHT: list[Discoveries] = [by_ranks, _adjusted, _by_counting]
LINES: dict[str, Discoveries] = {
    "every p-value is compared with the rate": partial(by_ranks, line=lambda k, rate: np.full(len(k), rate)),
    "every p-value is compared with the rate over M": partial(
        by_ranks, line=lambda k, rate: np.full(len(k), rate / len(k))
    ),
    "the first line is at 0": partial(by_ranks, line=lambda k, rate: (k - 1) / len(k) * rate),
}
RANKS: dict[str, Discoveries] = {
    "the search stops at the first p-value above its line": partial(by_ranks, counted=_in_a_row),
    "those above their own line are left out": partial(by_ranks, own=True),
    "the answer is in the order of size": partial(by_ranks, put_back=False),
}
TIES: dict[str, Discoveries] = {"a p-value on its line lies above it": partial(by_ranks, under=np.less)}
FURTHER: dict[str, Discoveries] = {
    "the last one under its line is left out": partial(
        by_ranks, counted=lambda below: max(_last(below) - 1, 0)
    ),
    "the smallest p-value is always found": partial(by_ranks, counted=lambda below: max(_last(below), 1)),
    "the rate is divided by 1 + 1/2 + ... + 1/M": partial(
        by_ranks, line=lambda k, rate: k / len(k) * rate / (1 / k).sum()
    ),
}
