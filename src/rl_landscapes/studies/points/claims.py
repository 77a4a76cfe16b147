"""Claim that probes at the ends of training decide: C11. Its thresholds were set before the runs."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import Interval
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import at_least, at_most, both
from rl_landscapes.studies.results import Result

MOST = 0.7  # of the directions: below the paper's 84 or 85%, above what a saddle shows
LINEAR = 0.25  # mean bend^2 over mean slope^2: the bend is half of the slope in size
Z = 1.959963984540054


def c11(study: Result) -> Entry:
    """Judge whether poor ends look like optima without noise and almost linear under much of it."""
    a, d = study.arrays, study.arrays["bend"].shape[-1]
    names = [point["name"] for point in study.settings["points"]]
    poor = [i for i, point in enumerate(study.settings["points"]) if point["poor"]]
    cells = {f"{names[p]}, alpha = {alpha:g}": (p, i) for p in poor for i, alpha in enumerate(a["alphas"])}
    quiet, loud = _column(a["sigmas"], 0.0), _column(a["sigmas"], 1.0)
    optimum = {name: _share(int(a["down"][where][quiet]), d) for name, where in cells.items()}
    linear = {name: relative(a["relative_bend"][where][loud], d) for name, where in cells.items()}
    everywhere = {
        f"{name}, alpha = {alpha:g}, sigma = {sigma:g}": (p, i, s)
        for p, name in enumerate(names)
        for i, alpha in enumerate(a["alphas"])
        for s, sigma in enumerate(a["sigmas"])
    }
    return Entry(
        id="C11",
        short="Poor ends: concave, and linear if noisy",
        claim="A poor end of training looks like a local optimum to the deterministic objective, and almost"
        " linear to the objective of large sigma.",
        paper="At one poor solution on Hopper about 85% of the directions have detectable negative curvature"
        " at sigma = 0; at sigma = 1 nearly all curvatures are inside the noise.",
        sharpened=f"At every poor end and distance alpha: {MOST:.0%} or more of the directions bend down by"
        " two standard errors at sigma = 0; and at sigma = 1 the bend at distance alpha is at most half of"
        " the slope in size. Being inside the noise does not count: with few episodes everything is.",
        source=f"{PAPER}, section 3.2.4 and figure 7a",
        experiment=f"{d} random directions at ends of training, the same at every sigma",
        statistic="share of directions that bend down at sigma = 0, or mean square of the bend over mean"
        " square of the slope at sigma = 1, noise taken out: the one of the weaker half",
        verdict=both(at_least(optimum, MOST), at_most(linear, LINEAR)),
        n=f"{d} directions at each of {len(poor)} poor ends",
        budget=study.budget,
        rule=f"{MOST:.0%} or more bend down at sigma = 0, and the ratio is {LINEAR:g} or less at sigma = 1",
        details={
            f"{name}: bends down": _share(int(a["down"][where]), d) for name, where in everywhere.items()
        }
        | {
            f"{name}: squared bend over slope": relative(a["relative_bend"][where], d)
            for name, where in everywhere.items()
            if np.isfinite(a["relative_bend"][where]).all()
        },
        limits="Shares of directions depend on alpha, on the number of episodes and on the draw; the ratio"
        " depends on alpha. Few points of one body.",
    )


def relative(found: Array, n: int) -> Interval:
    """Return the interval of a relative bend from its value and error (2,); all that can be if it is NaN."""
    value, error = found.tolist()
    if not np.isfinite([value, error]).all():
        return Interval(value, 0.0, np.inf, 0.95, n)
    return Interval(value, max(0.0, value - Z * error), value + Z * error, 0.95, n)


def _share(hits: int, n: int) -> Interval:
    return share(np.arange(n) < hits)


def _column(sigmas: Array, sigma: float) -> int:
    return int(np.flatnonzero(sigmas == sigma)[0])
