"""Claim C14: whether entropy smooths, and whether it helps where nothing is left to explore.

Statistics, settings and thresholds were set before the runs.
"""

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.statistics import Interval, bootstrap_interval, mean_interval, paired
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import at_least, at_most, both
from rl_landscapes.studies.results import Result

SMOOTHER = 0.9  # C14a: of the largest curvature; what is left of it where an objective counts as smoother
FAILS_OFTEN = 0.05  # C14b: with fewer failures than that there is nothing to take away
SAID = "Entropy acts as a smoother of the objective, and this goes beyond exploration."


def c14a(study: Result) -> Entry:
    """Judge whether the largest curvature falls when entropy, noise or mixing is added."""
    a = study.arrays
    names, values = a["scene"].tolist(), a["knob"].tolist()
    without = {name: row for name, value, row in zip(names, values, a["largest"], strict=True) if value == 0}
    settings = {
        f"{name} {value:g}": _ratio(row, without[name])
        for name, value, row in zip(names, values, a["largest"], strict=True)
        if value > 0
    }
    return Entry(
        id="C14a",
        short="Entropy makes objectives smoother",
        claim="Entropy, noise in the actions and mixing make the objective smoother.",
        paper=SAID,
        sharpened="Smoother is a largest curvature, over all directions and without its sign, that is at"
        f" least {1 - SMOOTHER:.0%} smaller: it bounds the step that ascent bears.",
        source=f"{PAPER}, section 5",
        experiment="exact Hessians with and without, at common points: means around two hills, stable gains"
        " of a linear-quadratic cart, and random starts in the room",
        statistic="mean of the largest |curvature|, over that without",
        verdict=at_most(settings, SMOOTHER),
        n=f"{a['largest'].shape[1]} points in each setting",
        budget=study.budget,
        rule=f"the ratio is {SMOOTHER:g} or less for every objective and knob",
        details={f"largest |curvature| without, {name}": mean_interval(row) for name, row in without.items()},
        limits="Objectives small enough to be exact; in the room only at random starts, for where ascent"
        " gets stuck hardly anything bends. Of bodies the claims C10 and C11 ask the same.",
    )


def c14b(study: Result) -> Entry:
    """Judge whether annealed entropy prevents failures when nothing is left to explore."""
    a = study.arrays
    plain = a["plain_failed"]
    rows = {
        f"tau0 = {tau:g}, {'counted' if counted else 'masked'}": failed
        for tau, counted, failed in zip(a["weights"].tolist(), a["counted"], a["failed"], strict=True)
    }
    excess = {name: mean_interval(failed - plain / 2) for name, failed in rows.items()}
    return Entry(
        id="C14b",
        short="Entropy helps beyond exploration",
        claim="Entropy helps beyond exploration: also where every state is visited and gradients are exact.",
        paper=SAID,
        sharpened="With exact gradients, and episodes that begin in every cell, annealed entropy takes away"
        " at least half of the failures, for the weights of claim C5, counted and masked.",
        source=f"{PAPER}, section 5",
        experiment="exact ascent with tau = tau0 * 0.99^update, step 0.1; trained on starts from every cell,"
        " judged by the true return from the corner",
        statistic="share failing with entropy less half of the share failing without",
        verdict=both(at_least({"without entropy": share(plain)}, FAILS_OFTEN), at_most(excess, 0.0)),
        n=f"{plain.size} starts for each of {len(rows)} settings",
        budget=study.budget,
        rule=f"without entropy at least {FAILS_OFTEN:.0%} fail, and with it at most half as many",
        details={"failing without entropy": share(plain)}
        | {f"failing, {name}": share(failed) for name, failed in rows.items()}
        | {f"added by {name}": paired(plain, failed).difference() for name, failed in rows.items()},
        limits="One room. That something other than exploration helps does not say that it is smoothing.",
    )


def _ratio(largest: Array, without: Array) -> Interval:
    def of(points: IntArray) -> float:
        return float(largest[points].mean() / without[points].mean())

    return bootstrap_interval(of, len(without), rng=np.random.default_rng(0))
