"""Claims that exact ascents decide: C3, and C15 but for its part on redundancy."""

from itertools import combinations

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import Interval, difference_of_shares, mean_interval
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import at_least, at_most, inside
from rl_landscapes.studies.results import Result

QUARTER = (0.15, 0.35)  # C3: what "about a quarter" means
DIES = -0.5  # C15a: exponent of the gradient in the logit gap that counts as dying exponentially
DIFFERS = 0.1  # C15c: difference of shares that counts as another landscape
FROM_GAPS = (1.0, 2.0, 3.0, 4.0)  # C15a: where "nearly deterministic" may begin


def c3(study: Result) -> Entry:
    """Judge the share of starts from which exact ascent fails, at every horizon."""
    a, line = study.arrays, goals()
    updates = zip(a["checkpoints"], a["failed"], strict=True)
    roles = zip(a["role_names"], a["role_returns"], strict=True)
    settings = {f"after {n} updates": share(row) for n, row in updates}
    return Entry(
        id="C3",
        short="A quarter of exact climbs fail",
        claim="With the exact gradient about a quarter of random starts end at the worse of the two"
        " solutions.",
        paper="About a quarter of 100 or more random starts end at the sub-optimal policy.",
        sharpened=f"About a quarter is a share between {QUARTER[0]} and {QUARTER[1]}, at three horizons"
        " around the paper's.",
        source=f"{PAPER}, section 3.1.2",
        experiment="exact ascent without entropy, step 0.1",
        statistic="share of starts that fail",
        verdict=inside(settings, *QUARTER),
        n=f"{a['failed'].shape[1]} starts",
        budget=study.budget,
        rule=f"the interval lies between {QUARTER[0]} and {QUARTER[1]} at every horizon",
        details=settings | {f"shared bias {name}": share(line.failed(returns)) for name, returns in roles},
        limits="A property of the paper's parametrisation: with a shared bias that starts at zero, or with"
        " none, hardly any start fails in this world.",
    )


def c15a(study: Result) -> Entry:
    """Judge whether saturation makes plateaus: how the gradient dies with the logit gap."""
    a = study.arrays
    settings = {
        f"beyond a gap of {gap:g}": mean_interval(gap_exponents(a["gap"], a["gap_gradient_norm"], gap))
        for gap in FROM_GAPS
    }
    left, stuck = a["plateau"][~a["failed"][1]], a["plateau"][a["failed"][1]]
    return Entry(
        id="C15a",
        short="Saturation makes plateaus",
        claim="Saturation makes plateaus: near every deterministic policy the gradient dies exponentially.",
        paper="Policy optimisation has plateaus of its own making; that is said in the discussion, without an"
        " experiment.",
        sharpened="The length of the gradient falls like exp(k gap) with the logit gap of the greedy policy,"
        f" with k below {DIES:g}, wherever the fit begins.",
        source=f"{PAPER}, discussion",
        experiment="length of the gradient against the logit gap along exact ascents",
        statistic="exponent k in |gradient| ~ exp(k * logit gap), mean over ascents",
        verdict=at_most(settings, DIES),
        n=f"{a['gap'].shape[1]} ascents",
        budget=study.budget,
        rule=f"the exponent lies below {DIES:g} for every gap from which on the line is fitted",
        details=settings
        | {
            "updates near the worse solution, of those that leave it": mean_interval(left),
            "updates near the worse solution, of those that fail": mean_interval(stuck),
        },
        limits="Theory gives -1 in the limit. The intervals are of the scatter between ascents and do not"
        " hold the error of fitting a straight line before the limit is reached: they may leave -1 out.",
    )


def c15c(study: Result) -> Entry:
    """Judge how much the landscape depends on the problem: failures at several discounts and scales."""
    a, n = study.arrays, int(study.arrays["scale_n"])
    pairs = list(combinations(range(len(a["discounts"])), 2))
    level = 1 - 0.05 / (len(a["scales"]) * len(pairs))
    settings: dict[str, Interval] = {}
    for scale, counts in zip(a["scales"], a["scale_failures"][1].tolist(), strict=True):
        gaps = [difference_of_shares(*_ordered(counts[i], counts[j], n), level) for i, j in pairs]
        settings[f"initial scale {scale:.2g}"] = max(gaps, key=lambda gap: gap.low)
    return Entry(
        id="C15c",
        short="Landscapes depend on the problem",
        claim="Landscapes depend on the problem: the discount alone changes how many starts fail.",
        paper="The landscape is problem dependent; that is said in the discussion and shown by other"
        " environments.",
        sharpened=f"Between some two of three discounts the share of failures differs by {DIFFERS:.0%} or"
        " more, at every initial scale.",
        source=f"{PAPER}, discussion",
        experiment="exact ascent in the paper's world without a shared bias, at several discounts and initial"
        " scales",
        statistic="difference of the shares of failures between two discounts, the clearest pair",
        verdict=at_least(settings, DIFFERS),
        n=f"{n} starts for each scale and discount",
        budget=study.budget,
        rule=f"the difference is {DIFFERS:.0%} or more at every scale; intervals hold for all pairs and"
        " scales together (Bonferroni)",
        details=settings,
        limits="One world, whose discount and initial scale are varied: other worlds are not.",
    )


def _ordered(first: int, second: int, n: int) -> tuple[int, int, int, int]:
    return max(first, second), n, min(first, second), n


def gap_exponents(gaps: Array, norms: Array, from_gap: float = 2.0) -> Array:
    """Return for each ascent the slope of log |gradient| against the gap (K, B) beyond `from_gap`, (B,)."""
    late = gaps > from_gap
    columns = zip(gaps.T, norms.T, late.T, strict=True)
    return np.array([np.polyfit(g[on], np.log(norm[on]), 1)[0] for g, norm, on in columns if on.sum() > 2])
