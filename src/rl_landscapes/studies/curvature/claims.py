"""The claim that curvature along training decides: C10. Statistic and threshold were set before the runs."""

from collections.abc import Callable

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.statistics import Interval, mean_interval
from rl_landscapes.studies.curvature.swings import Parts, decompose
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import Verdict, at_least, both
from rl_landscapes.studies.results import Arrays, Result

SMALL, LARGE = (0.0, 0.1), 1.0  # sigmas of evaluation
TWICE = 2.0
"""How much larger a swing must be to be large beside a little one.

What limits a step is curvature over slope, so one swing twice as large as another halves the safe step at
most. The least that the paper has larger sigma gain is twofold (C8), and it is to follow from this swing.
"""
BODIES = {"Hopper": "hopper", "HalfCheetah": "halfcheetah"}


def c10(study: Result) -> Entry:
    """Judge whether curvature swings along training for small sigma only, and on HalfCheetah for none."""
    a = study.arrays
    raw, matched = (_verdict(a, matched=matched) for matched in (False, True))
    return Entry(
        id="C10",
        short="Small sigma: curvature swings wildly",
        claim="Curvature in the direction of most improvement swings wildly along training for small sigma"
        " and little for large sigma (Hopper); on HalfCheetah it hardly depends on sigma.",
        paper="On Hopper, evaluated at sigma = 0 and 0.1, size and sign of the curvature in the direction of"
        " most improvement change between neighbouring iterations, for large sigma little; on HalfCheetah it"
        " is stable for every sigma.",
        sharpened=f"The relative swing of the curvature at sigma = 0 and 0.1 is at least {TWICE:g} times that"
        f" at sigma = {LARGE:g} on Hopper, and at most {TWICE:g} times on HalfCheetah; also where the returns"
        " of the checkpoints are matched. The relative swing is the standard deviation of the curvature"
        " between the checkpoints of a run, less what the draw of directions makes of it, times alpha / 2,"
        " over the mean size of the slope along the same directions: how much of the slope the swing undoes"
        " at the distance looked at, whatever the unit of the return and wherever its zero.",
        source=f"{PAPER}, section 3.2.3, figure 6",
        experiment="training runs of which every checkpoint is seen under each sigma in several sets of"
        " random directions; each set chooses the direction at the 90th percentile of improvement and"
        " measures along it in new episodes; analysis of variance between checkpoints and sets",
        statistic=f"relative swing at the small sigma less {TWICE:g} times that at sigma = {LARGE:g}, for"
        " HalfCheetah the other way round, mean over starts, the weaker of all returns and matched returns",
        verdict=both(raw, matched),
        n=", ".join(f"{_starts(a, body)} starts ({name})" for name, body in BODIES.items()),
        budget=study.budget,
        rule="the difference is above 0, at all returns and at matched returns",
        details=_details(a),
        limits="Neighbouring checkpoints are tens of updates apart, so swings from one update to the next"
        " are seen only as part of this. Returns are matched by a straight line within a run. Linear"
        " policies, one alpha and one step size; Student's intervals over starts. Where the swings are not"
        " told from the draw of directions, nobody can tell.",
    )


def relative_swing(a: Arrays, body: str, sigma: float, *, matched: bool = False) -> Array:
    """Return the relative swing under one sigma of evaluation, by training sigma and start (M, B)."""
    slope = np.abs(_at(a, f"{body}_slope", sigma).mean(axis=-1)).mean(axis=-1)
    return np.asarray(a["alpha"] / 2 * _parts(a, body, sigma, matched=matched).swing / slope)


def _verdict(a: Arrays, *, matched: bool) -> Verdict:
    contrasts = {}
    for name, body in BODIES.items():
        large = relative_swing(a, body, LARGE, matched=matched).mean(axis=0)
        for sigma in SMALL:
            small = relative_swing(a, body, sigma, matched=matched).mean(axis=0)
            difference = small - TWICE * large if name == "Hopper" else TWICE * large - small
            contrasts[f"{name}, sigma = {sigma:g}"] = mean_interval(difference)
    return at_least(contrasts, 0.0)


def _details(a: Arrays) -> dict[str, Interval]:
    found: dict[str, Interval] = {}
    for name, body in BODIES.items():
        for sigma in a["sigmas"]:
            found |= {
                f"{name}, sigma = {sigma:g}: {what}": mean_interval(numbers(a, body, sigma).mean(axis=0))
                for what, numbers in NUMBERS.items()
            }
            found[f"{name}, sigma = {sigma:g}: neighbours of unlike sign, both told from 0"] = share(
                sign_changes(_at(a, f"{body}_curvature", sigma))
            )
    return found


NUMBERS: dict[str, Callable[[Arrays, str, float], Array]] = {  # each (M, B)
    "relative swing": relative_swing,
    "relative swing at matched return": lambda a, body, sigma: relative_swing(a, body, sigma, matched=True),
    "swing": lambda a, body, sigma: _parts(a, body, sigma).swing,
    "deviation by the draw of one set": lambda a, body, sigma: np.sqrt(_parts(a, body, sigma).within),
    "share of checkpoints in the variance": lambda a, body, sigma: _parts(a, body, sigma).share,
    "mean curvature": lambda a, body, sigma: _at(a, f"{body}_curvature", sigma).mean(axis=(-2, -1)),
    "deviation uphill, noise left in": lambda a, body, sigma: np.asarray(
        _at(a, f"{body}_uphill_curvature", sigma).std(axis=-1, ddof=1)
    ),
}


def sign_changes(curvature: Array) -> BoolArray:
    """Tell for neighbouring checkpoints whether their curvatures (..., K, G) differ in sign for certain.

    Each must be told from 0 by Student's 95% interval over its sets.
    """
    intervals = np.apply_along_axis(_ends, -1, curvature)
    sign = (intervals[..., 0] > 0).astype(int) - (intervals[..., 1] < 0)
    return np.asarray(sign[..., 1:] * sign[..., :-1] < 0, dtype=np.bool_)


def _ends(samples: Array) -> Array:
    interval = mean_interval(samples)
    return np.array([interval.low, interval.high])


def _parts(a: Arrays, body: str, sigma: float, *, matched: bool = False) -> Parts:
    returns = _at(a, f"{body}_return", sigma) if matched else None
    return decompose(_at(a, f"{body}_curvature", sigma), returns)


def _at(a: Arrays, name: str, sigma: float) -> Array:
    """Return what was seen under one sigma of evaluation: the axis after (M, B, K) is theirs."""
    return np.take(a[name], int(np.flatnonzero(a["sigmas"] == sigma)[0]), axis=3)


def _starts(a: Arrays, body: str) -> int:
    return int(a[f"{body}_curvature"].shape[1])
