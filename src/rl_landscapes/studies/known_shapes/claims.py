"""Claim C2, which verdicts at points of known shape decide."""

import numpy as np

from rl_landscapes.statistics import Interval
from rl_landscapes.studies.known_shapes.settings import EXACT
from rl_landscapes.studies.ledger.entry import PAPER, Entry, share
from rl_landscapes.studies.ledger.rules import at_least
from rl_landscapes.studies.results import Result

NEARLY_ALL = 0.9  # of the points of a shape: with fewer right answers it is not told apart


def c2(study: Result) -> Entry:
    """Judge verdicts against the truth, shape by shape and budget by budget."""
    a = study.arrays
    told, shapes = a["kinds"][a["verdict"]], a["shapes"][a["shape"]]
    right, wrong = told == shapes[:, None], (told != shapes[:, None]) & (told != "cannot tell")
    cells = {
        f"{shape}, {'exact' if n == EXACT else f'{n} episodes'}": (shapes == shape, budget)
        for shape in a["shapes"].tolist()
        for budget, n in enumerate(a["episodes"].tolist())
    }
    settings = {name: share(right[cell]) for name, cell in cells.items()}
    return Entry(
        id="C2",
        short="Random directions tell shapes apart",
        claim="Steps along many random directions tell optima, saddles, linear and flat regions apart, in"
        " high dimension too.",
        paper="The scatter of both ends tells optima, saddles, slopes and plateaus apart in high dimension;"
        " the appendix concedes that few improving directions are missed.",
        sharpened=f"At {NEARLY_ALL:.0%} of the points whose shape is known it is named, for every shape,"
        ' exactly and through noise; "cannot tell" is no name.',
        source=f"{PAPER}, section 2.1.2",
        experiment=f"{study.settings['n_directions']} random directions, alpha = {a['alpha']:g}, at"
        " stationary points of the gridworld with entropy, at saturated policies, and at functions of 2 to"
        " 108 parameters",
        statistic="share of the points of a shape that are given their own name",
        verdict=at_least(settings, NEARLY_ALL),
        n=", ".join(f"{(shapes == shape).sum()} {shape}" for shape in a["shapes"].tolist()),
        budget=study.budget,
        rule=f"{NEARLY_ALL:.0%} or more are named rightly, for every shape at every number of episodes",
        details=settings
        | {f"given another shape's name, {name}": share(wrong[cell]) for name, cell in cells.items()}
        | _saddles(study),
        limits=f"Relative to alpha, to a smallest change of {a['smallest']:.2g} and to noise of deviation"
        f" {a['noise']:.2g} an episode. Saddles of many parameters with few ways up are mostly"
        " taken for optima, at every number of episodes tried and without noise: random directions hardly"
        " meet the way up.",
    )


def _saddles(study: Result) -> dict[str, Interval]:
    """Return how many saddles are named without noise, by the number of parameters."""
    a = study.arrays
    saddle, n = a["shapes"][a["shape"]] == "saddle", a["n_parameters"]
    exact = int(np.flatnonzero(a["episodes"] == EXACT)[0])
    named = a["kinds"][a["verdict"][:, exact]] == "saddle"
    sizes = np.unique(n[saddle]).tolist()
    return {
        f"saddles of {size} parameters named, exact": share(named[saddle & (n == size)]) for size in sizes
    }
