"""Claim C5, which annealed ascents decide."""

from rl_landscapes.arrays import IntArray
from rl_landscapes.statistics import Interval, binomial_interval
from rl_landscapes.studies.ledger.entry import PAPER, Entry
from rl_landscapes.studies.ledger.rules import at_most
from rl_landscapes.studies.results import Result

NEARLY_NONE = 0.05  # of the starts: what "about zero" means, a quarter of what fails without entropy


def c5(study: Result) -> Entry:
    """Judge annealed entropy at the paper's step and decay, counted and masked in the absorbing state."""
    a = study.arrays
    taus = [float(tau) for tau in a["taus"]]

    def shares(failures: IntArray, name: str) -> dict[str, Interval]:
        rows = zip(taus, failures.tolist(), strict=True)
        return {f"tau0 = {t:g}, {name}": binomial_interval(int(k), int(a["n"])) for t, k in rows if t > 0}

    settings = shares(a["paper_failures"], "counted") | shares(a["masked_failures"], "masked")
    small = f"counted, step {a['steps'][0]:g}"
    without = binomial_interval(int(a["paper_failures"][taus.index(0.0)]), int(a["n"]))
    return Entry(
        id="C5",
        short="Fading entropy ends the failures",
        claim="Entropy that is annealed during ascent takes the share of failures to about zero, with exact"
        " gradients.",
        paper="With decayed entropy nearly no start ends at the worse solution; the weights tried are not"
        " known.",
        sharpened=f"{len(taus) - 1} weights at the paper's step and decay, each with the entropy of the"
        " absorbing state counted and masked; about zero is below 5%.",
        source=f"{PAPER}, section 3.1.3",
        experiment="exact ascent with tau = tau0 * 0.99^update, step 0.1, 2000 updates",
        statistic="share of starts that fail",
        verdict=at_most(settings, NEARLY_NONE),
        n=f"{int(a['n'])} starts for each of {len(settings)} settings",
        budget=study.budget,
        rule=f"the interval lies below {NEARLY_NONE:.0%} for every tau0 > 0 tried, counted and masked",
        details={"without entropy": without, **settings, **shares(a["step_failures"][:, 0], small)},
        limits="A smaller weight changes too little; with a larger one the step of 0.1 is beyond 2 /"
        " |curvature| and ascent jumps: see the map over steps.",
    )
