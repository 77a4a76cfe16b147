"""Verdicts: what random perturbations show about a point, at a stated error rate, and what they cannot show.

Along direction d a step of length alpha changes the objective by slope +/- alpha d'g and by bend
alpha^2 d'Hd / 2. Both are in the objective's own units and are compared with `smallest`, the least change
one cares about:

    flat      no slope, no bend                        optimum   bends down somewhere, up nowhere
    linear    slope, no bend                           minimum   bends up somewhere, down nowhere
                                                       saddle    bends up somewhere and down somewhere

"Somewhere" is an existence claim over all directions, so it is made with family-wise control; "nowhere" and
"no" are made by showing that every effect is smaller than `smallest`. What is neither shown nor excluded
makes the verdict "cannot tell", and so does a slope that outweighs the bends, for then the point is not
stationary at this alpha.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr

from rl_landscapes.arrays import Array, BoolArray, non_negative, within
from rl_landscapes.probes.perturbations import Perturbations
from rl_landscapes.statistics import Interval, binomial_interval, standard_error
from rl_landscapes.statistics.multiple_tests import discoveries, max_t_quantile

Kind = Literal["optimum", "minimum", "saddle", "linear", "flat", "cannot tell"]
ROUNDING = 1024 * np.finfo(np.float64).eps  # of the largest |value|: what a linear solve may lose


@dataclass(frozen=True)
class Verdict:
    """What the directions tried say about the point; sizes are changes of the objective at distance alpha."""

    kind: Kind
    reason: str
    slope: float  # largest |alpha d'g|
    bend_up: float  # largest alpha^2 d'Hd / 2, at least 0
    bend_down: float  # most negative alpha^2 d'Hd / 2, at most 0
    margin: float  # simultaneous error margin of the least certain effect
    share_up: Interval  # of directions found to bend up, false-discovery rate controlled
    share_down: Interval
    smallest: float
    error_rate: float

    def __str__(self) -> str:
        """Say the verdict and why."""
        return f"{self.kind}: {self.reason}"


@dataclass(frozen=True, eq=False)
class _Effects:
    """Effects (D,) and the half-widths (D,) of intervals that hold for all of them at once."""

    value: Array
    margin: Array

    def above(self, size: float) -> BoolArray:
        return self.value - self.margin > size

    def below(self, size: float) -> BoolArray:
        return self.value + self.margin < size

    def shown_at_most(self, size: float) -> bool:
        return bool((self.value + self.margin <= size).all())

    def shown_at_least(self, size: float) -> bool:
        return bool((self.value - self.margin >= size).all())


def classify(
    perturbations: Perturbations,
    *,
    smallest: float | None = None,
    error_rate: float = 0.05,
    rng: np.random.Generator | None = None,
) -> Verdict:
    """Return the verdict on the point that `perturbations` probed.

    Parameters
    ----------
    perturbations
        The probe; with noise it needs at least two episodes.
    smallest
        The least change of the objective at distance alpha that counts. By default twice what rounding may
        lose: right for exact objectives, while with noise nothing can then be shown absent and many verdicts
        are "cannot tell".
    error_rate
        Probability, at most, that any of the existence claims is wrong; also the false-discovery rate of the
        shares.
    rng
        For the resampling of episodes; needed with noise only.

    Raises
    ------
    ValueError
        If `smallest` is negative, `error_rate` not in (0, 0.5], a value is not finite, or `rng` is missing.
    """
    _refuse_unusable(perturbations, smallest)
    rate = within("error_rate", error_rate, 1e-6, 0.5)
    rounding = ROUNDING * float(np.abs([perturbations.plus, perturbations.minus]).max())
    size = max(smallest or 0.0, 2 * rounding)
    slopes, bends = _simultaneous(perturbations, rate, rounding, rng)
    up, down = _discovered(perturbations, rate, rounding)
    kind, reason = _decide(slopes, bends, size)
    return Verdict(
        kind,
        reason,
        slope=float(np.abs(slopes.value).max()),
        bend_up=float(max(bends.value.max(), 0)),
        bend_down=float(min(bends.value.min(), 0)),
        margin=float(max(slopes.margin.max(), bends.margin.max())),
        share_up=binomial_interval(int(up.sum()), len(up)),
        share_down=binomial_interval(int(down.sum()), len(down)),
        smallest=size,
        error_rate=rate,
    )


def _refuse_unusable(perturbations: Perturbations, smallest: float | None) -> None:
    if smallest is not None:
        non_negative("smallest", smallest)
    for name in ("plus", "minus", "centre"):
        if not np.isfinite(getattr(perturbations, name)).all():
            raise ValueError(f"perturbations.{name} holds values that are not finite: no verdict is possible")


def _simultaneous(
    perturbations: Perturbations, rate: float, rounding: float, rng: np.random.Generator | None
) -> tuple[_Effects, _Effects]:
    """Return intervals for all slopes and bends at once; noise is resampled by whole episodes."""
    slopes, bends = perturbations.slope_episodes, perturbations.bend_episodes
    critical = 0.0
    if slopes.shape[1] > 1:
        if rng is None:
            raise ValueError("rng must be a numpy Generator for an objective with noise, got None")
        critical = max_t_quantile(np.concatenate([slopes, bends]), rate, rng)
    effects = [_Effects(e.mean(axis=1), critical * standard_error(e) + rounding) for e in (slopes, bends)]
    return effects[0], effects[1]


def _discovered(perturbations: Perturbations, rate: float, rounding: float) -> tuple[BoolArray, BoolArray]:
    """Directions found to bend up and to bend down, with the false-discovery rate controlled."""
    bends = perturbations.bend_episodes
    mean, n = bends.mean(axis=1), bends.shape[1]
    if n == 1:
        return mean > rounding, mean < -rounding
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.nan_to_num(mean / standard_error(bends), nan=0.0)
    found = discoveries(2 * stdtr(n - 1, -np.abs(t)), rate)
    return found & (mean > 0), found & (mean < 0)


def _decide(slopes: _Effects, bends: _Effects, size: float) -> tuple[Kind, str]:
    slope, bend = float(np.abs(slopes.value).max()), float(np.abs(bends.value).max())
    sloped = bool((slopes.above(size) | slopes.below(-size)).any())
    level = slopes.shown_at_most(size) and slopes.shown_at_least(-size)
    up, down = bool(bends.above(size).any()), bool(bends.below(-size).any())
    never_up, never_down = bends.shown_at_most(size), bends.shown_at_least(-size)
    if never_up and never_down:
        if level:
            return "flat", f"no direction changes the objective by more than {size:.2g}"
        if sloped:
            return "linear", f"slopes up to {slope:.2g}, and no direction bends by more than {size:.2g}"
        return (
            "cannot tell",
            f"no direction bends by more than {size:.2g}, but slopes are neither shown nor excluded",
        )
    if up and down:
        return _unless_sloped("saddle", "some directions bend up, others down", slope, bend)
    if down and never_up:
        return _unless_sloped(
            "optimum", f"directions bend down, none up by more than {size:.2g}", slope, bend
        )
    if up and never_down:
        return _unless_sloped(
            "minimum", f"directions bend up, none down by more than {size:.2g}", slope, bend
        )
    return "cannot tell", _what_is_open(bends, up, down, size)


def _unless_sloped(kind: Kind, reason: str, slope: float, bend: float) -> tuple[Kind, str]:
    if slope <= bend:
        return kind, reason
    hidden = f"{reason}, but the slope ({slope:.2g}) outweighs the bends ({bend:.2g}) at this alpha"
    return "cannot tell", hidden + ": the point is not stationary, or alpha is too small"


def _what_is_open(bends: _Effects, up: bool, down: bool, size: float) -> str:
    highest, lowest = float((bends.value + bends.margin).max()), float((bends.value - bends.margin).min())
    shown = "bends down are shown" if down else "bends up are shown" if up else "no bend is shown"
    return (
        f"{shown}; bends between {lowest:.2g} and {highest:.2g} are not excluded, and only those within"
        f" {size:.2g} count as none. More episodes, or a larger `smallest`, would decide"
    )
