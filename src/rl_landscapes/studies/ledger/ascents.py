"""Claims that ascents decide: C1, C3, C5, C15. Each function judges one by a stated rule."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import binomial_interval, difference_of_shares, mean_interval
from rl_landscapes.statistics.paired import paired
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import all_of, at_least, at_most, inside
from rl_landscapes.studies.results import Result

FAILS_OFTEN = 0.05  # C1: exact ascent that fails less often would leave the geometry nothing to explain
QUARTER = (0.15, 0.35)  # C3: what "about a quarter" means
NEARLY_NONE = 0.05  # C5: of the starts
DIES = -0.5  # C15: exponent of the gradient in the logit gap that counts as dying exponentially
DIFFERS = 0.1  # C15: difference of shares that counts as another landscape


def c1(study: Result) -> Entry:
    """Judge noise against geometry: sampled and exact ascents from the same starts."""
    a, line = study.arrays, goals()
    exact, sampled = line.failed(a["exact_returns"]), line.failed(a["returns"])
    excess = [mean_interval(row.astype(float) - 2 * exact) for row in sampled]
    rows = list(zip(_estimators(study), sampled, strict=True))
    holds = [name for (name, _), more in zip(rows, excess, strict=True) if more.high <= 0]
    return Entry(
        id="C1",
        claim="What makes policy gradients fail is the shape of the objective, more than the gradient's"
        " noise.",
        source=f"{PAPER}, section 3.1",
        experiment="ascent with exact and with sampled gradients from the same starts, step 0.1, 2000"
        " updates",
        statistic="share of starts that fail with the exact gradient",
        interval=share(exact),
        n=f"{exact.size} starts",
        budget=study.budget,
        verdict=all_of(at_least([share(exact)], FAILS_OFTEN), at_most(excess, 0.0)),
        rule=f"exact ascent fails in at least {FAILS_OFTEN:.0%} of the starts, and sampling adds no more"
        " failures than that; in a window if only for some estimators",
        details={f"failing, {name}": share(row) for name, row in rows}
        | {f"added by {name}": paired(exact, row).difference() for name, row in rows},
        limits=f"Holds for {'; '.join(holds) or 'no estimator tried'}. One step size. With few episodes"
        " REINFORCE fails far more often than the exact gradient: noise is a second cause, not none."
        f" Episodes are cut after {int(a['horizon'])} steps, which changes the return at the starts by at"
        f" most {a['cut_error'].max():.2g}.",
    )


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


def c5(study: Result) -> Entry:
    """Judge annealed entropy at the paper's step and decay."""
    a = study.arrays
    taus, n = [float(tau) for tau in a["taus"]], int(a["n"])
    row = {t: binomial_interval(int(k), n) for t, k in zip(taus, a["paper_failures"], strict=True)}
    masked = {t: binomial_interval(int(k), n) for t, k in zip(taus, a["masked_failures"], strict=True)}
    on = {tau: interval for tau, interval in row.items() if tau > 0}
    small = {t: binomial_interval(int(k[0]), n) for t, k in zip(taus, a["step_failures"], strict=True)}
    works = [f"{tau:g}" for tau, interval in on.items() if interval.high <= NEARLY_NONE]
    return Entry(
        id="C5",
        claim="Entropy that is annealed during ascent takes the share of failures to about zero, with exact"
        " gradients.",
        source=f"{PAPER}, section 3.1.3",
        experiment="exact ascent with tau = tau0 * 0.99^update, step 0.1, 2000 updates",
        statistic="share of starts that fail, at the best tau0 tried",
        interval=min(on.values(), key=lambda interval: interval.estimate),
        n=f"{n} starts for each of {len(on)} values of tau0",
        budget=study.budget,
        verdict=at_most(on.values(), NEARLY_NONE),
        rule=f"the interval lies below {NEARLY_NONE:.0%} for every tau0 > 0 tried; in a window if for some",
        details={f"tau0 = {tau:g}": interval for tau, interval in row.items()}
        | {
            f"tau0 = {tau:g}, step {a['steps'][0]:g}": interval
            for tau, interval in small.items()
            if tau > 0.1
        }
        | {f"tau0 = {tau:g}, masked": interval for tau, interval in masked.items() if tau > 0},
        limits=f"Works at tau0 = {', '.join(works) or 'none of those tried'}. A smaller weight changes too"
        " little; with a larger one the step of 0.1 is beyond 2 / |curvature| and ascent jumps: see the map"
        " over steps.",
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


def _estimators(study: Result) -> list[str]:
    pairs = zip(study.arrays["n_episodes"].tolist(), study.arrays["with_baseline"].tolist(), strict=True)
    return [f"{n} episode{'s' if n > 1 else ''}, {'' if with_it else 'no '}baseline" for n, with_it in pairs]
