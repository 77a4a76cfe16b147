"""Claims C3 and C15, which exact ascents decide."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import difference_of_shares, mean_interval
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import all_of, at_least, at_most, inside
from rl_landscapes.studies.results import Result

QUARTER = (0.15, 0.35)  # C3: what "about a quarter" means
DIES = -0.5  # C15: exponent of the gradient in the logit gap that counts as dying exponentially
DIFFERS = 0.1  # C15: difference of shares that counts as another landscape


def c3(study: Result) -> Entry:
    """Judge the share of starts from which exact ascent fails."""
    a, line = study.arrays, goals()
    failed = share(a["failed"][1])
    updates = zip(a["checkpoints"], a["failed"], strict=True)
    roles = zip(a["role_names"], a["role_returns"], strict=True)
    return Entry(
        id="C3",
        claim="With the exact gradient about a quarter of random starts end at the worse of the two"
        " solutions.",
        source=f"{PAPER}, section 3.1.2",
        experiment="exact ascent without entropy, step 0.1, 2000 updates",
        statistic="share of starts that fail",
        interval=failed,
        n=f"{failed.n} starts",
        budget=study.budget,
        verdict=inside(failed, *QUARTER),
        rule=f"the interval lies between {QUARTER[0]} and {QUARTER[1]}",
        details={f"after {n} updates": share(row) for n, row in updates}
        | {f"shared bias {name}": share(line.failed(returns)) for name, returns in roles},
        limits="A property of the paper's parametrisation: with a shared bias that starts at zero, or with"
        " none, hardly any start fails in this world.",
    )


def c15(study: Result) -> Entry:
    """Judge plateaus, and how much the landscape depends on the problem."""
    a = study.arrays
    exponents = mean_interval(gap_exponents(a["gap"], a["gap_gradient_norm"]))
    counts, n = a["scale_failures"][1], int(a["scale_n"])
    row = int(np.argmax(np.ptp(counts, axis=1)))
    differs = difference_of_shares(int(counts[row].max()), n, int(counts[row].min()), n)
    left, stuck = a["plateau"][~a["failed"][1]], a["plateau"][a["failed"][1]]
    return Entry(
        id="C15",
        claim="Many parameters give the same behaviour, so there are plateaus; and landscapes depend on the"
        " problem.",
        source=f"{PAPER}, discussion",
        experiment="length of the gradient against the logit gap along exact ascents; failures without a"
        " shared bias at several scales and discounts",
        statistic="exponent k in |gradient| ~ exp(k * logit gap), mean over ascents",
        interval=exponents,
        n=f"{a['gap'].shape[1]} ascents; {n} starts for each scale and discount",
        budget=study.budget,
        verdict=all_of(at_most([exponents], DIES), at_least([differs], DIFFERS)),
        rule=f"the exponent lies below {DIES:g}, and between discounts the share of failures differs by"
        f" {DIFFERS:.0%} or more",
        details={
            f"difference between discounts at scale {a['scales'][row]:.2g}": differs,
            "updates near the worse solution, of those that leave it": mean_interval(left),
            "updates near the worse solution, of those that fail": mean_interval(stuck),
        },
        limits="The gradient dies at every nearly deterministic policy, good or bad: saturation makes the"
        " plateau. That many parameters give exactly the same policy adds flat directions, and no plateau by"
        " itself.",
    )


def gap_exponents(gaps: Array, norms: Array, from_gap: float = 2.0) -> Array:
    """Return for each ascent the slope of log |gradient| against the gap (K, B) beyond `from_gap`, (B,)."""
    late = gaps > from_gap
    columns = zip(gaps.T, norms.T, late.T, strict=True)
    return np.array([np.polyfit(g[on], np.log(norm[on]), 1)[0] for g, norm, on in columns if on.sum() > 2])
