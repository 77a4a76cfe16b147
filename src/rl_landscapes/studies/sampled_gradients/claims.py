"""Claim C1, which sampled gradients decide."""

from rl_landscapes.statistics import mean_interval
from rl_landscapes.statistics.paired import paired
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import all_of, at_least, at_most
from rl_landscapes.studies.results import Result

FAILS_OFTEN = 0.05  # C1: exact ascent that fails less often would leave the geometry nothing to explain


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


def _estimators(study: Result) -> list[str]:
    pairs = zip(study.arrays["n_episodes"].tolist(), study.arrays["with_baseline"].tolist(), strict=True)
    return [f"{n} episode{'s' if n > 1 else ''}, {'' if with_it else 'no '}baseline" for n, with_it in pairs]
