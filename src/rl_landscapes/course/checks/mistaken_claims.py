"""Verdicts on a claim that are right, and mistaken ones: what a student's test has to tell apart.

A mistake hides where starts are alike, where the level is the usual one, and where `smallest` is 0.
"""

from collections.abc import Callable
from functools import partial
from math import sqrt

import numpy as np
from scipy.special import ndtri

from rl_landscapes.arrays import Array
from rl_landscapes.course.checks import claims

Said = dict[str, float | str]
Verdict = Callable[[Array, Array, float, float], Said]


def _given(with_: Array, without: Array, smallest: float, level: float) -> tuple[Array, Array, float, float]:
    """Return what a verdict was asked for, as floats.

    Raises
    ------
    ValueError
        If there are not two outcomes or more of each kind, and as many, or a level that is none.
    """
    a, b, c, p = (np.array(x, dtype=float) for x in (with_, without, smallest, level))
    if a.ndim != 1 or a.shape != b.shape or len(a) < 2 or c.ndim or p.ndim:
        shapes = ", ".join(str(x.shape) for x in (a, b, c, p))
        raise ValueError(f"with_, without, smallest and level must be (B,), (B,), () and (), got {shapes}")
    if not 0 < p < 1:
        raise ValueError(f"level must be between 0 and 1, got {p}")
    return a, b, float(c), float(p)


def by_pairs(
    with_: Array,
    without: Array,
    smallest: float,
    level: float,
    *,
    sign: float = 1.0,
    paired: bool = True,
    error: Callable[[Array], float] = lambda x: float(x.std(ddof=1)) / sqrt(len(x)),
    tail: Callable[[float], float] = lambda level: (1 + level) / 2,
    rule: Callable[[float, float, float, float], str] | None = None,
) -> Said:
    """Return effect, interval and verdict; each keyword spoils one part of it.

    `sign` turns the differences; the error is that of separate groups unless `paired`, else what `error`
    makes of the differences; `tail` is the chance below the upper end, and `rule` says the verdict from
    effect, low, high and smallest.
    """
    a, b, smallest, level = _given(with_, without, smallest, level)
    effect = sign * float((a - b).mean())
    apart = sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))
    margin = float(ndtri(tail(level))) * (error(a - b) if paired else apart)
    low, high = effect - margin, effect + margin
    return {
        "effect": effect,
        "low": low,
        "high": high,
        "verdict": (rule or _rule)(effect, low, high, smallest),
    }


def _rule(effect: float, low: float, high: float, smallest: float) -> str:
    return "supported" if low > smallest else "refuted" if high < smallest else "cannot tell"


def _over_pairs(with_: Array, without: Array, smallest: float, level: float) -> Said:
    return claims.judged(*_given(with_, without, smallest, level))


def _rounded(with_: Array, without: Array, smallest: float, level: float) -> Said:
    said = by_pairs(with_, without, smallest, level)
    return {key: x if isinstance(x, str) else x * (1 + 1e-13) for key, x in said.items()}


def _on_the_line(effect: float, low: float, high: float, smallest: float) -> str:
    return "supported" if low >= smallest else _rule(effect, low, high, smallest)


def _below_zero(effect: float, low: float, high: float, smallest: float) -> str:
    return "supported" if low > smallest else "refuted" if high < 0 else "cannot tell"


def _either(effect: float, low: float, high: float, smallest: float) -> str:
    return "supported" if high < -smallest else _rule(effect, low, high, smallest)


RIGHT: list[Verdict] = [by_pairs, _over_pairs, _rounded]
ERRORS: dict[str, Verdict] = {
    "errors of two separate groups": partial(by_pairs, paired=False),
    "the interval of one difference, not of their mean": partial(
        by_pairs, error=lambda x: float(x.std(ddof=1))
    ),
    "B in the denominator of the variance": partial(by_pairs, error=lambda x: float(x.std()) / sqrt(len(x))),
}
LEVELS: dict[str, Verdict] = {
    "one tail only": partial(by_pairs, tail=lambda level: level),
    "1.96 whatever the level": partial(by_pairs, tail=lambda level: 0.975),
}
WORDS: dict[str, Verdict] = {
    "judged against zero": partial(
        by_pairs, rule=lambda effect, low, high, smallest: _rule(effect, low, high, 0.0)
    ),
    "refuted only if the effect is below zero": partial(by_pairs, rule=_below_zero),
    "the line belongs to the claim": partial(by_pairs, rule=_on_the_line),
}
FURTHER: dict[str, Verdict] = {
    "without less with": partial(by_pairs, sign=-1.0),
    "judged by the estimate alone": partial(
        by_pairs, rule=lambda effect, low, high, smallest: "supported" if effect > smallest else "refuted"
    ),
    "an effect of either sign will do": partial(by_pairs, rule=_either),
}
