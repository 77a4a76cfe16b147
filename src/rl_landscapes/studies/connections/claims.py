"""Claims that lines between policies decide: C12 and C13.

Statistics and thresholds were set before the runs.
"""

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.statistics import mean_interval
from rl_landscapes.studies.connections.settings import KINDS
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import at_least, at_most, both
from rl_landscapes.studies.results import Arrays, Result

SMALL = 0.1  # of the gain along the line: a smaller fall counts as none, as a shallower valley does in C4
MOST = 0.5  # of the lines
SURE = 2.0  # standard errors by which the end of a line must lie above its beginning
CLAIMED = {"Hopper": "hopper", "Walker2d": "walker2d"}


def c12(study: Result) -> Entry:
    """Judge whether lines from poor to good policies rise under much noise, and fall less than without."""
    a = study.arrays
    lines = {f"{name}, {kind}": (short, k) for name, short in CLAIMED.items() for k, kind in enumerate(KINDS)}
    rising = {name: share(_rises(a, *where, 1.0)) for name, where in lines.items()}
    less = {name: mean_interval(_relative(a, *where, 0.0) - _relative(a, *where, 1.0))
            for name, where in lines.items()}  # fmt: skip
    return Entry(
        id="C12",
        short="Paths rise under large sigma",
        claim="Under the high-entropy objective the straight path from a poor to a good solution rises.",
        paper="On Hopper, from the same random start: the path from a solution found with sigma = 0.1 to one"
        " found with sigma = 1 is increasing under the objective of large sigma. One pair is shown.",
        sharpened=f"Pairs whose second end returns more, by {SURE:g} standard errors at sigma = 1. A path"
        f" rises if its largest fall is below {SMALL:.0%} of its gain; most paths rise at sigma = 1, and the"
        f" fall in units of the gain is smaller there than at sigma = 0 by {SMALL:.0%} or more.",
        source=f"{PAPER}, section 3.2.4 and figure 7b",
        experiment="straight lines between ends of training at sigma = 0.1 and at sigma = 1, from the same"
        " and from different starts",
        statistic="share of lines that rise at sigma = 1, and what the relative fall loses from sigma = 0",
        verdict=both(at_least(less, SMALL), at_least(rising, MOST)),
        n=", ".join(f"{interval.n} lines for {name}" for name, interval in rising.items()),
        budget=study.budget,
        rule=f"most lines ({MOST:.0%}) rise, and the relative fall loses {SMALL:.0%} or more",
        details={
            f"{name}: lines that rise at sigma = {sigma:g}": share(_rises(a, *where, sigma))
            for name, where in lines.items()
            for sigma in a["sigmas"]
        }
        | {f"{name}: relative fall lost from sigma = 0 to 1": interval for name, interval in less.items()},
        limits="Returns shrink as sigma grows, so falls are measured by the gain at the same sigma. A line is"
        " one path of many: see the bent ones.",
    )


def c13(study: Result) -> Entry:
    """Judge whether HalfCheetah has no rising lines at any sigma."""
    a, short = study.arrays, "halfcheetah"
    by_sigma = {f"sigma = {sigma:g}": _both_kinds(a, short, float(sigma)) for sigma in a["sigmas"]}
    settings = {name: share(hits) for name, hits in by_sigma.items()}
    return Entry(
        id="C13",
        short="HalfCheetah has no rising path",
        claim="All this depends on the environment: HalfCheetah has no rising path at any sigma.",
        paper="For HalfCheetah no sigma gives an increasing path between the pair that is shown; the authors"
        " say that such pairs are examples.",
        sharpened="Lines as for C12, from the same and from different starts together; at every sigma less"
        " than half of them rise.",
        source=f"{PAPER}, figure S17",
        experiment="straight lines between ends of training at sigma = 0.1 and at sigma = 1",
        statistic="share of lines that rise",
        verdict=at_most(settings, MOST),
        n=", ".join(f"{interval.n} lines at {name}" for name, interval in settings.items()),
        budget=study.budget,
        rule=f"at every sigma at most {MOST:.0%} of the lines rise",
        details=settings
        | {
            f"{name}, sigma = {sigma:g}": share(_both_kinds(a, short, float(sigma)))
            for name, short in CLAIMED.items()
            for sigma in a["sigmas"]
        },
        limits="Ends come from Adam with a baseline per step: with the authors' estimator HalfCheetah hardly"
        " learns within the budget.",
    )


def eligible(a: Arrays, short: str, kind: int, sigma: float) -> BoolArray:
    """Tell which pairs (B,) have their better end second, at `sigma`, beyond what noise explains."""
    s = _row(a, sigma)
    gain, error = a[f"{short}_gain"][kind, :, s], a[f"{short}_gain_stderr"][kind, :, s]
    return np.asarray(gain > SURE * error)


def _relative(a: Arrays, short: str, kind: int, sigma: float) -> Array:
    """Return the largest fall over the gain, of the pairs that are eligible at sigma = 1 and at sigma = 0."""
    s, which = _row(a, sigma), eligible(a, short, kind, 1.0) & eligible(a, short, kind, 0.0)
    return np.asarray(a[f"{short}_fall"][kind, which, s] / a[f"{short}_gain"][kind, which, s])


def _rises(a: Arrays, short: str, kind: int, sigma: float) -> BoolArray:
    s, which = _row(a, sigma), eligible(a, short, kind, sigma)
    fall, gain = (a[f"{short}_{name}"][kind, which, s] for name in ("fall", "gain"))
    return np.asarray(fall < SMALL * gain)


def _both_kinds(a: Arrays, short: str, sigma: float) -> BoolArray:
    return np.concatenate([_rises(a, short, kind, sigma) for kind in range(len(KINDS))])


def _row(a: Arrays, sigma: float) -> int:
    return int(np.flatnonzero(a["sigmas"] == sigma)[0])
