"""Claim C1, which sampled gradients decide."""

from rl_landscapes.statistics import mean_interval
from rl_landscapes.statistics.paired import paired
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import at_least, at_most, both
from rl_landscapes.studies.results import Result

FAILS_OFTEN = 0.05  # exact ascent that fails less often would leave the geometry nothing to explain


def c1(study: Result) -> Entry:
    """Judge noise against geometry: sampled and exact ascents from the same starts."""
    a, line = study.arrays, goals()
    exact, sampled = line.failed(a["exact_returns"]), line.failed(a["returns"])
    rows = dict(zip(_estimators(study), sampled, strict=True))
    excess = {name: mean_interval(row.astype(float) - 2 * exact) for name, row in rows.items()}
    return Entry(
        id="C1",
        short="Noise is not the main difficulty",
        claim="What makes policy gradients fail is the shape of the objective, more than the gradient's"
        " noise.",
        paper="High variance of the estimate is not the main difficulty: ascent fails with the exact"
        " gradient, too.",
        sharpened="Failures are counted from common starts, for five estimators and one step; the shape"
        " explains more than the noise if sampling adds no more failures than exact ascent has itself.",
        source=f"{PAPER}, section 3.1",
        experiment="ascent with exact and with sampled gradients from the same starts, step 0.1, 2000"
        " updates",
        statistic="share failing with sampled gradients less twice the share failing with exact ones",
        verdict=both(at_least({"exact gradient": share(exact)}, FAILS_OFTEN), at_most(excess, 0.0)),
        n=f"{exact.size} starts",
        budget=study.budget,
        rule=f"exact ascent fails in at least {FAILS_OFTEN:.0%} of the starts, and sampling adds no more"
        " failures than the exact ascent has itself, for every estimator",
        details={"failing, exact gradient": share(exact)}
        | {f"failing, {name}": share(row) for name, row in rows.items()}
        | {f"added by {name}": paired(exact, row).difference() for name, row in rows.items()},
        limits="One step size. With few episodes REINFORCE fails far more often than the exact gradient:"
        f" noise is a second cause, not none. Episodes are cut after {int(a['horizon'])} steps, which"
        f" changes the return at the starts by at most {a['cut_error'].max():.2g}.",
    )


def _estimators(study: Result) -> list[str]:
    pairs = zip(study.arrays["n_episodes"].tolist(), study.arrays["with_baseline"].tolist(), strict=True)
    return [f"{n} episode{'s' if n > 1 else ''}, {'' if with_it else 'no '}baseline" for n, with_it in pairs]
