"""Verdicts: what random perturbations show about a point, at a stated error rate, and what they cannot show.

Along direction d a step of length alpha changes the objective by slope +/- alpha d'g and by bend
alpha^2 d'Hd / 2. Both are in the objective's own units, and both are compared with one number: c, the
`smallest` change that counts. Over the directions tried the point is

1. flat, if every slope and every bend lies within +/- c;
2. linear, if every bend lies within +/- c and some slope outside;
3. a saddle, if some bend lies above c and some below -c; an optimum, if some lies below -c and none above c;
   a minimum, if some lies above c and none below -c;
4. none of rule 3 where a slope hides the bends: either every slope lies within +/- c, or the largest bend
   exceeds the largest slope by more than c;
5. "cannot tell" otherwise.

With noise the effects are known to lie in intervals that hold for all of them at once, and a verdict is given
only if it is right for every set of effects inside; else it is "cannot tell". So the verdict as a whole is
wrong no more often than the intervals miss an effect (Aitchison, 1964).
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from scipy.special import stdtr

from rl_landscapes.arrays import Array, BoolArray, non_negative, within
from rl_landscapes.probes.perturbations import Perturbations
from rl_landscapes.statistics import Interval, binomial_interval, episodes_needed, standard_error
from rl_landscapes.statistics.multiple_tests import discoveries, max_t_quantile

Kind = Literal["optimum", "minimum", "saddle", "linear", "flat", "cannot tell"]
ROUNDING = 1024 * np.finfo(np.float64).eps  # of the largest |value|: what a linear solve may lose
FEWEST_EPISODES = (
    8  # with fewer the intervals miss too often even for normal noise; skewed bends need far more
)


@dataclass(frozen=True)
class Verdict:
    """What the directions tried say about the point; sizes are changes of the objective at distance alpha.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> saddle, rng = objectives.quadratic(np.diag([1.0, -1.0])), np.random.default_rng(0)
    >>> verdict = probes.classify(probes.perturb(saddle, np.zeros(2), alpha=0.1, n_directions=20, rng=rng))
    >>> verdict.kind, verdict.bend_up > 0, verdict.bend_down < 0
    ('saddle', True, True)
    """

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

    def largest(self, sign: int) -> "_Bounds":
        """Return what the intervals say about the largest of `sign` times the effects."""
        signed = sign * self.value
        return _Bounds(float((signed - self.margin).max()), float((signed + self.margin).max()))


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float


@dataclass(frozen=True)
class _Evidence:
    """What the intervals say about the largest slope, the largest bend up and the largest bend down."""

    slope: _Bounds
    up: _Bounds
    down: _Bounds

    def kind(self, c: float) -> Kind:
        """Return the verdict that is right for all effects inside the intervals: rules 1 to 5 for `c`."""
        level, never_up, never_down = self.slope.high <= c, self.up.high <= c, self.down.high <= c
        if never_up and never_down:
            return "flat" if level else "linear" if self.slope.low > c else "cannot tell"
        if self.hidden(c):
            return "cannot tell"
        up, down = self.up.low > c, self.down.low > c
        if up and down:
            return "saddle"
        return "optimum" if down and never_up else "minimum" if up and never_down else "cannot tell"

    def hidden(self, c: float) -> bool:
        """Tell whether a slope may hide the bends: rule 4."""
        bend = max(self.up.low, self.down.low)
        return self.slope.high > c and bend - self.slope.high <= c

    def deciding(self, c: float) -> float:
        """Return the least change from `c` on that leaves nothing open: only an upper end can be it."""
        ends = sorted(x.high for x in (self.slope, self.up, self.down) if x.high > c)
        return next((end for end in ends if self.kind(end) != "cannot tell"), np.inf)


def classify(
    perturbations: Perturbations,
    *,
    smallest: float | None = None,
    error_rate: float = 0.05,
    rng: np.random.Generator | None = None,
) -> Verdict:
    """Return the verdict on the point that `perturbations` probed, by the five rules of this module.

    The intervals of all slopes and bends are to hold at once with probability 1 - `error_rate`, by signs
    drawn for whole episodes (`max_t_quantile`), and the verdict is a function of them alone: it is another
    one than "cannot tell", and wrong of the directions tried, no more often than they fail. They hold if

    - episodes are independent: where one carries over into the next the rate does not hold;
    - the differences between points are not skewed much, or episodes are many. At the stated rate of 5%,
      probes of known points were wrong in at most 2% where every point has noise of its own, skewed or not,
      from 8 episodes on (below, the verdict is always "cannot tell"). But where the bends of all directions
      are as skewed as an exponential, up to 43% were wrong at 8 episodes, 35% at 32, 13% at 128 and 6% at
      512 (`studies.verdict_errors`);
    - an effect that is the same in all episodes is exact: what happens too seldom to be met is not seen.

    Parameters
    ----------
    perturbations
        The probe.
    smallest
        The change c of the objective at distance alpha above which it counts. By default twice what rounding
        may lose: right for exact objectives, while with noise nothing can then be shown absent and many
        verdicts are "cannot tell".
    error_rate
        Probability, at most, that the verdict is wrong, if the above holds; also the false-discovery rate of
        the shares.
    rng
        For the resampling of episodes; needed with noise only.

    Raises
    ------
    ValueError
        If `smallest` is negative, `error_rate` not in (0, 0.5], a value is not finite, or `rng` is missing.

    References
    ----------
    Aitchison (1964), Confidence-region tests, Journal of the Royal Statistical Society B 26.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, rng = objectives.quadratic(-np.eye(3)), np.random.default_rng(0)
    >>> noisy = objectives.Noisy(bowl, noise=0.01, n_episodes=64)
    >>> seen = probes.perturb(noisy, np.zeros(3), alpha=1.0, n_directions=20, rng=rng)
    >>> probes.classify(seen, smallest=0.1, rng=rng).kind
    'optimum'
    """
    _refuse_unusable(perturbations, smallest)
    rate = within("error_rate", error_rate, 1e-6, 0.5)
    rounding = ROUNDING * float(np.abs([perturbations.plus, perturbations.minus]).max())
    c = max(smallest or 0.0, 2 * rounding)
    slopes, bends = _simultaneous(perturbations, rate, rounding, rng)
    up, down = _discovered(perturbations, rate, rounding)
    steep = _Effects(np.abs(slopes.value), slopes.margin)
    evidence = _Evidence(steep.largest(1), bends.largest(1), bends.largest(-1))
    few = 0 < _varied_episodes(perturbations) < FEWEST_EPISODES
    kind: Kind = "cannot tell" if few else evidence.kind(c)
    reason = _too_few(perturbations) if few else _because(kind, evidence, c)
    if kind == "cannot tell" and not few:
        reason += _what_would_decide(perturbations, evidence, c, rate)
    return Verdict(
        kind,
        reason,
        slope=float(steep.value.max()),
        bend_up=float(max(bends.value.max(), 0)),
        bend_down=float(min(bends.value.min(), 0)),
        margin=float(max(slopes.margin.max(), bends.margin.max())),
        share_up=binomial_interval(int(up.sum()), len(up)),
        share_down=binomial_interval(int(down.sum()), len(down)),
        smallest=c,
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
    effects = perturbations.slope_episodes, perturbations.bend_episodes
    critical = 0.0
    if effects[0].shape[1] > 1:
        if rng is None:
            raise ValueError("rng must be a numpy Generator for an objective with noise, got None")
        critical = max_t_quantile(np.concatenate(effects), rate, rng)
    slopes, bends = (_Effects(e.mean(axis=1), _margin(e, critical) + rounding) for e in effects)
    return slopes, bends


def _margin(effects: Array, critical: float) -> Array:
    """Return `critical` standard errors, none where nothing varies (and `critical` may be infinite)."""
    errors = standard_error(effects)
    return np.multiply(critical, errors, where=errors > 0, out=np.zeros_like(errors))


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


def _varied_episodes(perturbations: Perturbations) -> int:
    """Return the number of episodes, or 0 where they all agree and so count as exact."""
    effects = np.concatenate([perturbations.slope_episodes, perturbations.bend_episodes])
    return effects.shape[1] if np.ptp(effects, axis=1).any() else 0


def _too_few(perturbations: Perturbations) -> str:
    n = perturbations.centre.shape[1]
    return f"{n} episodes are too few: the error rate can be held from {FEWEST_EPISODES} on"


def _because(kind: Kind, evidence: _Evidence, c: float) -> str:
    size, slope = _number(c), evidence.slope
    if kind == "flat":
        return f"no direction changes the objective by more than {size}"
    if kind == "linear":
        return f"slopes of {_number(slope.low)} or more, and no direction bends by more than {size}"
    if kind == "saddle":
        return f"some directions bend up, others down, by more than {size}"
    if kind in ("optimum", "minimum"):
        one, other = ("down", "up") if kind == "optimum" else ("up", "down")
        return f"directions bend {one}, none {other} by more than {size}"
    up, down = evidence.up, evidence.down
    if up.high <= c and down.high <= c:
        return f"no direction bends by more than {size}, but slopes are neither shown nor excluded"
    shown = " and ".join(name for name, x in (("up", up), ("down", down)) if x.low > c)
    shown = f"bends {shown} are shown" if shown else "no bend is shown"
    if evidence.hidden(c) and max(up.low, down.low) > c:
        return (
            f"{shown}, but the slope (up to {_number(slope.high)}) may outweigh the bends"
            f" ({_number(max(up.low, down.low))}): the point is not stationary, or alpha is too small"
        )
    return (
        f"{shown}; bends between {_number(-down.high)} and {_number(up.high)} are not excluded, and only"
        f" those within {size} count as none"
    )


def _what_would_decide(perturbations: Perturbations, evidence: _Evidence, c: float, rate: float) -> str:
    """Name the smallest change that these intervals decide, and the episodes that tell `c` from nothing."""
    change = evidence.deciding(c)
    found = f". With a `smallest` of {_number(change, up=True)} it is {evidence.kind(change)}"
    effects = np.concatenate([perturbations.slope_episodes, perturbations.bend_episodes])
    n = effects.shape[1]
    if n == 1 or not np.ptp(effects, axis=1).any():
        return found
    deviation = float(effects.std(axis=1, ddof=1).max())
    needed = episodes_needed(c, deviation, error_rate=rate, n_tests=len(effects))
    return found + (
        f"; about {needed:,} episodes tell a change of {_number(c)} from none, {n:,} were seen"
        if needed > n
        else f"; {n:,} episodes tell a change of {_number(c)} from none, so more of them will hardly help"
    )


def _number(x: float, *, up: bool = False) -> str:
    """Write `x` with two significant digits, rounded away from zero if `up`, and never as 5e+02."""
    if x == 0 or not np.isfinite(x):
        return f"{x:g}"
    power = int(np.floor(np.log10(abs(x)))) - 1
    digits = ceil(x / 10.0**power) if up else round(x / 10.0**power)
    if power < -6:
        return f"{digits / 10:g}·10^{power + 1}"
    return f"{round(digits * 10.0**power, max(0, -power)):,.{max(0, -power)}f}"
