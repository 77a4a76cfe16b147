"""Claim C5, which annealed ascents decide."""

from rl_landscapes.statistics import binomial_interval
from rl_landscapes.studies.ledger.entry import PAPER, Entry
from rl_landscapes.studies.ledger.rules import at_most
from rl_landscapes.studies.results import Result

NEARLY_NONE = 0.05  # C5: of the starts


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
