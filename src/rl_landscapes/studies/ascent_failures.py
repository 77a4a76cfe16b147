"""How often exact ascent fails in the paper's world, and what decides it: updates, bias, scale, discount.

Claims C3 and C15. Ahmed et al. (2019), section 3.1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.ascent import Ascent, ascend
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.studies.common import (
    STEP,
    UPDATES,
    bias_only,
    goals,
    masked_gradient,
    paper_return,
    paper_starts,
    true_returns,
)
from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.results import Arrays, Values


@dataclass(frozen=True)
class Role:
    """What the shared bias does: factors on the initial logits and bias, and whether the bias is trained."""

    name: str
    logits: float
    bias: float
    trained: bool


ROLES = (
    Role("random, trained", 1, 1, True),
    Role("zero, trained", 1, 0, True),
    Role("random, frozen", 1, 1, False),
    Role("none", 1, 0, False),
    Role("random, trained, logits zero", 0, 1, True),
)


@dataclass(frozen=True)
class Settings:
    """How many starts each question gets; one seed for all, so that smaller sets begin the larger ones."""

    seed: int = 2019
    n_starts: int = 1000
    block: int = 500
    long_updates: int = 5000
    record_every: int = 5
    n_curves: int = 40
    n_roles: int = 500
    n_grid: int = 200
    scales: tuple[float, ...] = (1 / 26**0.5, 0.455, 1.0, 2.0)
    discounts: tuple[float, ...] = (0.9, 0.95, 0.99)
    n_gaps: int = 100
    n_continued: int = 200
    continued_to: tuple[int, ...] = (5000, 10_000, 20_000)

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """Updates at which the share of failures is told."""
        return (min(1500, self.long_updates), min(UPDATES, self.long_updates), self.long_updates)

    @property
    def curve_updates(self) -> IntArray:
        """Recorded updates, spaced more widely the later, shape (K,)."""
        spaced = np.geomspace(self.record_every, self.long_updates, self.n_curves)
        nearest = self.record_every * np.round(spaced / self.record_every)
        return np.unique(np.concatenate([[0], nearest, self.checkpoints])).astype(np.int64)


@dataclass(frozen=True)
class Baseline:
    """The paper's setting from one block of starts."""

    first: int

    def compute(self, settings: Settings) -> Values:
        """Climb to the long horizon; keep curves, plateaus, and the points after the paper's updates."""
        starts = paper_starts(settings.n_starts, settings.seed)[self.first : self.first + settings.block]
        objective = paper_return()
        middle = settings.checkpoints[1]
        begun = _climb(objective, starts, middle, settings.record_every)
        ended = _climb(objective, begun.end, max(settings.long_updates - middle, 1), settings.record_every)
        updates = np.concatenate([begun.updates, middle + ended.updates[1:]])
        values = np.concatenate([begun.values, ended.values[1:]])
        return {
            "curves": values[np.searchsorted(updates, settings.curve_updates)],
            "ends": begun.end,
            "plateau": settings.record_every * _records_on_plateau(values),
            "falls": begun.falls + ended.falls,
        }


@dataclass(frozen=True)
class Bias:
    """One role of the shared bias."""

    role: Role
    n_updates: int

    def compute(self, settings: Settings) -> Values:
        """Count failures from the paper's starts, with logits and bias scaled and perhaps the bias frozen."""
        bias = bias_only()
        starts = paper_starts(settings.n_roles, settings.seed)
        starts = starts * (self.role.logits * (1 - bias) + self.role.bias * bias)
        returns = _end_returns(paper_return(), starts, self.n_updates, trained=self.role.trained)
        return {"returns": returns}


@dataclass(frozen=True)
class Scale:
    """One initial scale at one discount, with or without the bias."""

    scale: float
    discount: float
    bias: bool

    def compute(self, settings: Settings) -> Values:
        """Count failures and ascents that reached neither solution."""
        starts = paper_starts(settings.n_grid, settings.seed, scale=self.scale)
        objective, line = paper_return(self.discount), goals(self.discount)
        starts = starts * (1 - (not self.bias) * bias_only())
        returns = _end_returns(objective, starts, settings.checkpoints[1], trained=self.bias)
        return {"failures": line.failed(returns).sum(), "unfinished": line.unfinished(returns).sum()}


@dataclass(frozen=True)
class Gaps:
    """How the gradient dies as the policy becomes deterministic."""

    def compute(self, settings: Settings) -> Values:
        """Record gradient norm and logit gap along the first ascents."""
        objective, gaps = paper_return(), []
        climb = ascend(
            objective,
            paper_starts(settings.n_gaps, settings.seed),
            n_updates=settings.checkpoints[1],
            step=STEP,
            record_every=max(settings.checkpoints[1] // 40, 1),
            callback=lambda update, thetas: gaps.append(path_gap(objective, thetas)),
        )
        return {
            "updates": climb.updates,
            "gap": np.stack(gaps),
            "norm": climb.gradient_norms,
            "value": climb.values,
        }


@dataclass(frozen=True)
class Continued:
    """Failed ascents, continued."""

    def compute(self, settings: Settings) -> Values:
        """Count how many are still failing after each of the later updates."""
        objective, line = paper_return(), goals()
        thetas = _climb(
            objective, paper_starts(settings.n_continued, settings.seed), settings.checkpoints[1]
        ).end
        thetas = thetas[line.failed(true_returns(objective, thetas))]
        counts, done = [len(thetas)], settings.checkpoints[1]
        for until in settings.continued_to:
            thetas = _climb(objective, thetas, until - done).end if len(thetas) else thetas
            counts.append(int(line.failed(true_returns(objective, thetas)).sum()) if len(thetas) else 0)
            done = until
        return {"failures": np.array(counts)}


Piece = Baseline | Bias | Scale | Gaps | Continued


def path_gap(objective: ExactReturn, thetas: Array) -> Array:
    """Return the least gap between best and second-best logit along the greedy policy's path, shape (D,).

    It measures the distance to the nearest deterministic policy where that policy goes. States from which
    every action ends the episode are left out: all actions are paid alike there, nothing is to be learned.
    """
    log_probs = objective.policy.at(thetas).log_probs
    ordered = np.sort(log_probs, axis=-1)
    gaps = ordered[..., -1] - ordered[..., -2]
    moves = objective.mdp.to_dense().transitions.argmax(axis=-1)
    decided = objective.mdp.absorbing[moves].all(axis=-1)
    chosen = np.take_along_axis(moves[None], log_probs.argmax(axis=-1)[..., None], axis=-1)[..., 0]
    rows, states = np.arange(len(thetas)), np.full(len(thetas), objective.mdp.start.argmax())
    least = np.full(len(thetas), np.inf)
    for _ in range(objective.mdp.n_states):
        here = np.where(decided[states], np.inf, gaps[rows, states])
        least, states = np.minimum(least, here), chosen[rows, states]
    return least


def pieces(settings: Settings) -> dict[str, Piece]:
    """List every question as an independent piece."""
    middle = settings.checkpoints[1]
    blocks = range(0, settings.n_starts, settings.block)
    found: dict[str, Piece] = {f"baseline-{first}": Baseline(first) for first in blocks}
    found |= {f"bias-{i}": Bias(role, middle) for i, role in enumerate(ROLES)}
    found |= {"bias-none-long": Bias(ROLES[3], settings.long_updates)}
    found |= {_scale_name(*cell): Scale(*cell) for cell in _grid(settings)}
    return found | {"gaps": Gaps(), "continued": Continued()}


def compute(settings: Settings, piece: Piece, rng: np.random.Generator) -> Values:
    """Do one piece; everything here is exact, so only the starts are random, and they belong to the seed."""
    return piece.compute(settings)


def gather(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    """Put the blocks together, and keep the parameters of every failed ascent."""
    blocks = [piece for name, piece in done.items() if name.startswith("baseline")]
    curves = np.concatenate([block["curves"] for block in blocks], axis=1)
    ends = np.concatenate([block["ends"] for block in blocks])
    places = np.searchsorted(settings.curve_updates, settings.checkpoints)
    failed = goals().failed(curves[places])
    scales = {
        key: np.array([done[_scale_name(*cell)][key] for cell in _grid(settings)]) for key in _SCALE_COUNTS
    }
    shape = (2, len(settings.scales), len(settings.discounts))
    return {
        "updates": settings.curve_updates,
        "curves": curves,
        "checkpoints": np.array(settings.checkpoints),
        "failed": failed,
        "plateau": np.concatenate([block["plateau"] for block in blocks]),
        "falls": np.concatenate([block["falls"] for block in blocks]),
        "stuck": np.flatnonzero(failed[1]),
        "stuck_ends": ends[failed[1]],
        "good_ends": ends[~failed[1]][:20],
        "role_names": np.array([role.name for role in ROLES]),
        "role_returns": np.stack([done[f"bias-{i}"]["returns"] for i in range(len(ROLES))]),
        "role_none_long_returns": done["bias-none-long"]["returns"],
        "scales": np.array(settings.scales),
        "discounts": np.array(settings.discounts),
        "scale_failures": scales["failures"].reshape(shape),
        "scale_unfinished": scales["unfinished"].reshape(shape),
        "scale_n": np.array(settings.n_grid),
        "gap_updates": done["gaps"]["updates"],
        "gap": done["gaps"]["gap"],
        "gap_gradient_norm": done["gaps"]["norm"],
        "gap_value": done["gaps"]["value"],
        "continued_updates": np.array([settings.checkpoints[1], *settings.continued_to]),
        "continued_failures": done["continued"]["failures"],
    }


_SCALE_COUNTS = ("failures", "unfinished")


def _climb(objective: ExactReturn, thetas: Array, n_updates: int, record_every: int | None = None) -> Ascent:
    return ascend(objective, thetas, n_updates=n_updates, step=STEP, record_every=record_every or n_updates)


def _end_returns(objective: ExactReturn, starts: Array, n_updates: int, *, trained: bool) -> Array:
    rule = masked_gradient(1 - (not trained) * bias_only())
    climb = ascend(objective, starts, n_updates=n_updates, step=STEP, record_every=n_updates, rule=rule)
    return true_returns(objective, climb.end)


def _records_on_plateau(values: Array) -> IntArray:
    """Count the records in `values` (K, B) that are close to the worse solution, shape (B,)."""
    line = goals()
    return line.near(values, line.worse).sum(axis=0)


def _grid(settings: Settings) -> list[tuple[float, float, bool]]:
    return [(s, g, bias) for bias in (True, False) for s in settings.scales for g in settings.discounts]


def _scale_name(scale: float, discount: float, bias: bool) -> str:
    return f"scale-{scale:.3g}-{discount:g}-{'with' if bias else 'without'}"


SMOKE = Settings(
    n_starts=12,
    block=6,
    long_updates=60,
    n_curves=6,
    n_roles=6,
    n_grid=4,
    scales=(1 / 26**0.5, 1.0),
    discounts=(0.9, 0.99),
    n_gaps=4,
    n_continued=6,
    continued_to=(65, 70),
)
PAPER = Settings(
    n_starts=10_000, n_roles=5000, n_grid=2000, n_continued=2000, continued_to=(5000, 20_000, 100_000)
)
STUDY: Study[Settings, Piece] = Study(
    "ascent_failures",
    {"smoke": SMOKE, "laptop": Settings(), "paper": PAPER},
    pieces,
    compute,
    gather,
    "how often exact ascent fails, and what the bias, the scale and the discount have to do with it",
)
