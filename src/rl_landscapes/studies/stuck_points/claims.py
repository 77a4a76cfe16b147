"""Claims that the landscape at stuck points decides: C4, C6, C7, and the part of C15 on redundancy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.policies import gauge
from rl_landscapes.statistics import Interval, mean_interval, paired
from rl_landscapes.studies.common import goals, paper_return
from rl_landscapes.studies.ledger.entry import PAPER, Entry, mean_share, share
from rl_landscapes.studies.ledger.rules import at_least
from rl_landscapes.studies.results import Result
from rl_landscapes.studies.views import SMALLEST

NEARLY_ALL = 0.9  # of the points, or lines
MORE = 0.1  # C6: additional share of directions that counts as "many"
DEEP = 0.1  # C4: of the gap between the solutions; a lower barrier is no valley
DIFFERS = 0.1  # C15b: difference of shares that counts


def c4(study: Result) -> Entry:
    """Judge whether stuck points are flat, bend down, and are cut off on the straight line."""
    a, plain = study.arrays, view_at(study.arrays)
    flat = a["kinds"][a["verdict"][plain]] == "flat"
    down = a["bends_down"][plain] == a["n_directions"]
    valley = a["line_height"][view_at(a, "line_")] >= DEEP * goals().gap
    rows = zip(a["alphas"], flat & down & valley, strict=True)
    here = int(np.flatnonzero(a["alphas"] == a["alpha"])[0])
    return Entry(
        id="C4",
        short="The worse end: flat, behind a valley",
        claim="The worse solution lies in a flat region that bends down slightly, and on the straight line"
        " to the better one there is a valley.",
        paper="At one sub-optimal solution: a flat region with tiny negative curvature, and a valley on the"
        " straight line to the optimum.",
        sharpened=f"All stuck points, at distances over three decades; flat: no change above {SMALLEST:.0%}"
        f" of the gap between the solutions; a valley: at least {DEEP:.0%} of it deep.",
        source=f"{PAPER}, figure 4",
        experiment=f"{int(a['n_directions'])} random directions at every stuck point; the line to a good end"
        " point",
        statistic="share of stuck points that are flat, bend down in every direction tried, and lie behind a"
        " valley",
        verdict=at_least({f"alpha = {alpha:g}": share(row) for alpha, row in rows}, NEARLY_ALL),
        n=f"{flat.shape[1]} stuck points",
        budget=study.budget,
        rule=f"at {NEARLY_ALL:.0%} of the points or more, at every distance alpha",
        details={f"flat, alpha = {alpha:g}": share(row) for alpha, row in zip(a["alphas"], flat, strict=True)}
        | {
            "all directions tried bend down": share(down[here]),
            "valley on the line": share(valley),
            "depth of the valley": mean_interval(a["line_height"][view_at(a, "line_")]),
            "largest eigenvalue of the Hessian above zero": share(a["eigen_positive"][plain] > 0),
            "a bent path without a valley was found": share(a["bent_height"][0] < DEEP * goals().gap),
        },
        limits="The Hessian has small positive eigenvalues at these points, which random directions do not"
        " meet; and the valley belongs to the straight line: there are bent paths that avoid it.",
    )


def c6(study: Result) -> Entry:
    """Judge directions of improvement with and without entropy or mixing."""
    a, plain, d = study.arrays, view_at(study.arrays), int(study.arrays["n_directions"])
    here = int(np.flatnonzero(a["alphas"] == a["alpha"])[0])
    counted, masked = view_at(a, tau=0.01), view_at(a, tau=0.01, counted=False)
    steeper = a["slope"] / a["slope"][plain]
    looked_at = {view_names(a)[i]: i for i in [counted, masked, *np.flatnonzero(a["mixes"] > 0)]}

    def gains(at: int) -> dict[str, Interval]:
        more = (a["improves"][:, at] - a["improves"][plain, at]) / d
        return {name: mean_interval(more[i]) for name, i in looked_at.items()}

    return Entry(
        id="C6",
        short="Entropy opens ways up where it is stuck",
        claim="At the worse solution, the entropy reward with tau = 0.01, or mixing with the uniform policy,"
        " reveals many directions of improvement.",
        paper="Entropy with tau = 0.01, and mixing, reveal many directions of improvement at a sub-optimal"
        " solution.",
        sharpened=f"A direction improves if the probed objective rises by more than {SMALLEST:.0%} of the gap"
        f" between the solutions; many is {MORE:.0%} of all directions more than without.",
        source=f"{PAPER}, figure 4a",
        experiment=f"the same {d} random directions at every stuck point, alpha = {a['alpha']:g}, with and"
        " without entropy or mixing",
        statistic="further share of directions that improve the probed objective",
        verdict=at_least(gains(here), MORE),
        n=f"{a['improves'].shape[-1]} stuck points",
        budget=study.budget,
        rule=f"the share grows by {MORE:.0%} or more for tau = 0.01, counted and masked, and for every mix",
        details={
            "share improving without entropy": mean_share(a["improves"][plain, here] / d),
            "share improving at tau = 0.01, counted": mean_share(a["improves"][counted, here] / d),
            "share improving the true return at tau = 0.01, counted": mean_share(
                a["improves_true"][counted, here] / d
            ),
            "slopes at tau = 0.01 over those without entropy": mean_interval(steeper[counted]),
            "the same with the absorbing state's entropy masked": mean_interval(steeper[masked]),
        }
        | {
            f"{name}, alpha = {alpha:g}": interval
            for j, alpha in enumerate(a["alphas"])
            if j != here
            for name, interval in gains(j).items()
        },
        limits="What entropy adds at the point itself comes from the absorbing state, whose entropy is"
        f" counted: masked, at most {a['improves'][masked].mean(axis=-1).max() / d:.1%} of the directions"
        f" improve at any distance up to {a['alphas'][-1]:g}. Counted, it is"
        f" {a['improves'][counted, here - 1].mean() / d:.1%} at alpha = {a['alphas'][here - 1]:g}: the"
        " closer, the less a direction can change.",
    )


def c7a(study: Result) -> Entry:
    """Judge whether entropy turns the valley into a path that only rises."""
    return _increasing(
        study,
        mixing=False,
        id="C7a",
        short="Entropy turns the valley into a path up",
        claim="Entropy turns the valley between the solutions into a path that only rises to the better one.",
        paper="The entropy reward turns the valley into an increasing path; the weight in the figure is not"
        " known.",
        limits="Where entropy has removed the valley, the line rises above its end and comes down again: the"
        " regularised optimum lies elsewhere. The valley's depth shrinks steadily with tau.",
    )


def c7b(study: Result) -> Entry:
    """Judge whether mixing turns the valley into a path that only rises."""
    return _increasing(
        study,
        mixing=True,
        id="C7b",
        short="Mixing turns the valley into a path up",
        claim="Mixing with the uniform policy turns the valley between the solutions into a path that only"
        " rises to the better one.",
        paper="A mixed policy turns the valley into an increasing path; the share in the figure is not"
        " known.",
        limits="The valley's depth shrinks steadily with the mix.",
    )


def _increasing(study: Result, *, mixing: bool, **words: str) -> Entry:
    a, gap = study.arrays, goals().gap
    tried = {
        name: i
        for i, name in enumerate(view_names(a, "line_"))
        if (a["line_mixes"][i] > 0 if mixing else a["line_taus"][i] > 0)
    }
    rises = (a["line_falls"] <= SMALLEST * gap) & (a["line_rise"] > 0)
    level = a["line_height"] <= SMALLEST * gap
    return Entry(
        sharpened=f"Every {'mix' if mixing else 'weight, counted and masked,'} tried; a path only rises if it"
        f" falls by no more than {SMALLEST:.0%} of the gap between the solutions in all.",
        source=f"{PAPER}, figure 4b",
        experiment="the straight line from every stuck point to a good end point, through each objective",
        statistic="share of lines that only rise",
        verdict=at_least({name: share(rises[i]) for name, i in tried.items()}, NEARLY_ALL),
        n=f"{rises.shape[1]} lines",
        budget=study.budget,
        rule=f"{NEARLY_ALL:.0%} of the lines or more only rise",
        details={f"only rises, {name}": share(rises[i]) for name, i in tried.items()}
        | {f"no valley, {name}": share(level[i]) for name, i in tried.items()}
        | {
            f"all that the line falls, {name}": mean_interval(a["line_falls"][i])
            for name, i in tried.items()
            if level[i].mean() > 0.5
        },
        **words,
    )


def c15b(study: Result) -> Entry:
    """Judge whether redundancy makes plateaus: flat points with and without directions that do nothing."""
    a = study.arrays
    here = int(np.flatnonzero(a["alphas"] == a["alpha"])[0])
    flat = a["kinds"][a["verdict"][:, here]] == "flat"
    policy = paper_return().policy
    longer = np.sqrt(policy.n_parameters / (policy.n_parameters - len(gauge(policy))))
    without = a["kinds"][a["free_verdict"]] == "flat"
    rows = zip(view_names(a), without, flat, strict=True)
    return Entry(
        id="C15b",
        short="Redundancy makes plateaus",
        claim="Redundancy makes plateaus: many parameters give the same policy, and so much is flat.",
        paper="Many parameters give the same distribution, hence plateaus; said in the discussion, without an"
        " experiment.",
        sharpened="If redundancy made them, stuck points would be flat less often once the directions that"
        f" leave the policy unchanged are taken out: by {DIFFERS:.0%} or more.",
        source=f"{PAPER}, discussion",
        experiment=f"random directions at every stuck point, alpha = {a['alpha']:g}, with the directions that"
        " change no policy and without them",
        statistic="share of points that are flat, with those directions less without",
        verdict=at_least({name: paired(one, two).difference() for name, one, two in rows}, DIFFERS),
        n=f"{flat.shape[1]} stuck points",
        budget=study.budget,
        rule=f"the share is larger by {DIFFERS:.0%} or more for every objective",
        details={f"flat, {name}": share(row) for name, row in zip(view_names(a), flat, strict=True)},
        limits="Directions that change no policy are exactly flat, but they lead nowhere: along them the"
        " policy, its gradient and its curvature stay what they are. Taking them out makes the rest of a"
        f" unit step longer, by a factor of {longer:.2f} in the mean, and so can lift a slope from just below"
        " the smallest change.",
    )


def view_names(arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "") -> list[str]:
    """Name the objectives that were looked at; `prefix` is `line_` for those along lines."""
    columns = (arrays[f"{prefix}{key}"] for key in ("taus", "mixes", "counted"))
    return [
        f"mix = {mix:g}" if mix > 0 else f"tau = {tau:g}" + ("" if counted else ", masked")
        for tau, mix, counted in zip(*columns, strict=True)
    ]


def view_at(
    arrays: Mapping[str, npt.NDArray[Any]], prefix: str = "", *, tau: float = 0.0, counted: bool = True
) -> int:
    """Return the place of the objective with entropy weight `tau` and no mixing."""
    taus, mixes, counts = (arrays[f"{prefix}{key}"] for key in ("taus", "mixes", "counted"))
    return int(np.flatnonzero((taus == tau) & (mixes == 0) & (counts == counted))[0])
