"""Claims that the landscape at stuck points decides: C2, C4, C6, C7, each by a stated rule."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import mean_interval
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger.entry import PAPER, Entry, mean_share, share
from rl_landscapes.studies.ledger.rules import at_least
from rl_landscapes.studies.results import Result

Strings = npt.NDArray[np.str_]
NEARLY_ALL = 0.9  # of the points, or lines
MORE = 0.1  # C6: additional share of directions that counts as "many"
DEEP = 0.1  # C4: of the gap between the solutions; a lower barrier is no valley
LEVEL = 0.01  # C7: of the gap; what an increasing path may fall in all


def c2(study: Result) -> Entry:
    """Judge what random directions say about a point against what its gradient and Hessian say."""
    a, (plain, here) = study.arrays, _reference(study)
    told = a["kinds"][a["verdict"][:, here]]
    norms, low, high = a["gradient_norm"], a["eigen_low"], a["eigen_high"]
    agrees = told == exact_kinds(norms, low, high, float(a["alpha"]), float(a["smallest"]))
    by_view = {name: share(row) for name, row in zip(view_names(a), agrees, strict=True)}
    all_down = a["bends_down"][plain, here] == a["n_directions"]
    sampled, true = (a["curvature_low"] - a["curvature_high"])[plain], (low - high)[plain]
    return Entry(
        id="C2",
        claim="Steps along many random directions tell optima, saddles, linear and flat regions apart, in"
        " high dimension too.",
        source=f"{PAPER}, section 2.1.2",
        experiment="500 random directions at every stuck point, alpha = 0.5, beside gradient and all"
        " eigenvalues",
        statistic="share of points where directions and Hessian give the same verdict, without entropy",
        interval=share(agrees[plain]),
        n=f"{agrees.shape[1]} stuck points, {len(agrees)} objectives",
        budget=study.budget,
        verdict=at_least(by_view.values(), NEARLY_ALL),
        rule=f"they agree at {NEARLY_ALL:.0%} of the points or more for every objective; in a window if for"
        " some",
        details={
            "Hessian bends up somewhere, all 500 directions down": share(
                all_down & (a["eigen_positive"][plain] > 0)
            ),
            "range of sampled curvatures over range of eigenvalues": mean_interval(sampled / true),
        }
        | {f"same verdict, {name}": interval for name, interval in by_view.items()},
        limits="Verdicts are relative to alpha, and to a smallest change of interest, 1% of the gap between"
        " the solutions. Random directions give the mean curvature well and its extremes badly.",
    )


def c4(study: Result) -> Entry:
    """Judge whether stuck points are flat, bend down, and are cut off on the straight line."""
    a, (plain, here) = study.arrays, _reference(study)
    line = view_at(a, "line_")
    flat = a["kinds"][a["verdict"][plain, here]] == "flat"
    down = a["bends_down"][plain, here] == a["n_directions"]
    valley = a["line_height"][line] >= DEEP * goals().gap
    return Entry(
        id="C4",
        claim="The worse solution lies in a flat region that bends down slightly, and on the straight line"
        " to the better one there is a valley.",
        source=f"{PAPER}, figure 4",
        experiment="500 random directions at every stuck point, alpha = 0.5; the line to a good end point",
        statistic="share of stuck points that are flat, bend down in every direction tried, and lie behind a"
        " valley",
        interval=share(flat & down & valley),
        n=f"{flat.size} stuck points",
        budget=study.budget,
        verdict=at_least([share(flat & down & valley)], NEARLY_ALL),
        rule=f"at {NEARLY_ALL:.0%} of the points or more; flat: no change above 1% of the gap between the"
        f" solutions; a valley: at least {DEEP:.0%} of it deep",
        details={
            "flat": share(flat),
            "all directions tried bend down": share(down),
            "valley on the line": share(valley),
            "depth of the valley": mean_interval(a["line_height"][line]),
            "largest eigenvalue of the Hessian above zero": share(a["eigen_positive"][plain] > 0),
            "a bent path without a valley was found": share(a["bent_height"][0] < DEEP * goals().gap),
        },
        limits="The Hessian has small positive eigenvalues at these points, which random directions do not"
        " meet; and the valley belongs to the straight line: there are bent paths that avoid it.",
    )


def c6(study: Result) -> Entry:
    """Judge directions of improvement with and without entropy or mixing, at every distance."""
    a, (plain, here) = study.arrays, _reference(study)
    d, ratio = int(a["n_directions"]), a["slope"] / a["slope"][plain]
    first, masked = view_at(a, tau=0.01), view_at(a, tau=0.01, counted=False)
    gains = {
        f"{view_names(a)[i]}, alpha = {alpha:g}": mean_interval((a["up"][i, j] - a["up"][plain, j]) / d)
        for i in [first, *np.flatnonzero(a["mixes"] > 0)]
        for j, alpha in enumerate(a["alphas"])
    }
    far = [x for x in a["alphas"] if all(i.low >= MORE for k, i in gains.items() if k.endswith(f" = {x:g}"))]
    return Entry(
        id="C6",
        claim="At the worse solution, the entropy reward with tau = 0.01, or mixing with the uniform policy,"
        " reveals many directions of improvement.",
        source=f"{PAPER}, figure 4a",
        experiment="the same 500 random directions at every stuck point, with and without entropy or mixing",
        statistic="further share of directions that improve the probed objective, tau = 0.01, alpha = 0.5",
        interval=mean_interval((a["up"][first, here] - a["up"][plain, here]) / d),
        n=f"{a['up'].shape[-1]} stuck points",
        budget=study.budget,
        verdict=at_least(gains.values(), MORE),
        rule=f"the share grows by {MORE:.0%} or more for tau = 0.01 and every mix, at every alpha; in a"
        " window if at some",
        details={
            "share up without entropy": mean_share(a["up"][plain, here] / d),
            "share up at tau = 0.01": mean_share(a["up"][first, here] / d),
            "of these, up in the true return": mean_share(a["up_both"][first, here] / a["up"][first, here]),
            "slopes at tau = 0.01 over those without entropy": mean_interval(ratio[first]),
            "the same with the absorbing state's entropy masked": mean_interval(ratio[masked]),
            "share bending down without entropy": mean_share(a["bends_down"][plain, here] / d),
            "share bending down at tau = 0.01": mean_share(a["bends_down"][first, here] / d),
        }
        | {f"gain, {name}": interval for name, interval in gains.items() if interval.low >= MORE},
        limits=f"Holds at alpha = {', '.join(f'{x:g}' for x in far) or 'none of those tried'}."
        " Close to a point half of all directions improve any objective that has a slope. There entropy"
        " changes the size of slopes and the sign of curvature, not the share; and it does so through the"
        " entropy counted in the absorbing state, for masked it changes little.",
    )


def c7(study: Result) -> Entry:
    """Judge lines to the good solution: valleys, and paths that only rise."""
    a, gap = study.arrays, goals().gap
    plain, names = view_at(a, "line_"), view_names(a, "line_")
    rises = [share(row) for row in (a["line_falls"] <= LEVEL * gap) & (a["line_rise"] > 0)]
    level = [share(row) for row in a["line_height"] <= LEVEL * gap]
    tried = {
        name: interval for i, (name, interval) in enumerate(zip(names, rises, strict=True)) if i != plain
    }
    best = max(tried, key=lambda name: tried[name].estimate)
    holds = [name for name, interval in tried.items() if interval.low >= NEARLY_ALL]
    return Entry(
        id="C7",
        claim="Entropy and mixing both turn the valley between the solutions into a path that only rises to"
        " the better one.",
        source=f"{PAPER}, figure 4b",
        experiment="the straight line from every stuck point to a good end point, through each objective",
        statistic=f"share of lines that only rise, for the best objective tried ({best})",
        interval=tried[best],
        n=f"{a['line_height'].shape[1]} lines, {len(tried)} objectives",
        budget=study.budget,
        verdict=at_least(tried.values(), NEARLY_ALL),
        rule=f"{NEARLY_ALL:.0%} of the lines or more rise, falling by no more than {LEVEL:.0%} of the gap in"
        " all, for every tau and every mix tried; in a window if for some",
        details={f"only rises, {name}": interval for name, interval in tried.items() if interval.estimate > 0}
        | {f"no valley, {name}": interval for name, interval in zip(names, level, strict=True)},
        limits=f"Holds for {', '.join(holds) or 'none of those tried'}."
        " The valley has a depth, which shrinks steadily with tau and with the mix. Where entropy has"
        " removed it, the line rises above its end and comes down again: the regularised optimum lies"
        " elsewhere.",
    )


def exact_kinds(norms: Array, lows: Array, highs: Array, alpha: float, smallest: float) -> Strings:
    """Return the verdict from gradient lengths and extreme eigenvalues, by the rules of `probes.classify`."""
    slope, up, down = alpha * norms, alpha**2 * highs / 2, -(alpha**2) * lows / 2
    rises, sinks = up > smallest, down > smallest
    curved = np.select([rises & sinks, rises], ["saddle", "minimum"], "optimum")
    still = np.where(slope > smallest, "linear", "flat")
    hidden = (slope > smallest) & (np.maximum(up, down) - slope <= smallest)
    return np.where(rises | sinks, np.where(hidden, "cannot tell", curved), still)


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


def _reference(study: Result) -> tuple[int, int]:
    """Return the place of the plain return among the objectives, and of the reference alpha."""
    a = study.arrays
    return view_at(a), int(np.flatnonzero(a["alphas"] == a["alpha"])[0])
