"""The pieces of the study: ascents from many starts, each answering one question."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.ascent import Ascent, ascend, scaled_gradient
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.studies.ascent_failures.settings import ROLES, WITHOUT, Role, Settings
from rl_landscapes.studies.common import (
    STEP,
    bias_only,
    goals,
    paper_return,
    paper_starts,
    true_returns,
)
from rl_landscapes.studies.results import Values


@dataclass(frozen=True)
class Baseline:
    """The paper's setting from one block of starts."""

    first: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Climb to the long horizon; keep curves, plateaus, and the points after the paper's updates."""
        starts = paper_starts(settings.n_starts, settings.seed)[self.first : self.first + settings.block]
        objective = paper_return()
        middle = settings.checkpoints[1]
        early = _climb(objective, starts, middle, settings.record_every)
        late = _climb(objective, early.end, max(settings.long_updates - middle, 1), settings.record_every)
        updates = np.concatenate([early.updates, middle + late.updates[1:]])
        values = np.concatenate([early.values, late.values[1:]])
        return {
            "curves": values[np.searchsorted(updates, settings.curve_updates)],
            "ends": early.end,
            "plateau": settings.record_every * _records_on_plateau(values),
            "falls": early.falls + late.falls,
        }


@dataclass(frozen=True)
class Bias:
    """One role of the shared bias."""

    role: Role
    n_updates: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
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

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"scale-{self.scale:.3g}-{self.discount:g}-{'with' if self.bias else 'without'}"

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Count failures and ascents that reached neither solution."""
        starts = paper_starts(settings.n_grid, settings.seed, scale=self.scale)
        objective, line = paper_return(self.discount), goals(self.discount)
        starts = starts * (1 - (not self.bias) * bias_only())
        returns = _end_returns(objective, starts, settings.checkpoints[1], trained=self.bias)
        return {"failures": line.failed(returns).sum(), "unfinished": line.unfinished(returns).sum()}


@dataclass(frozen=True)
class Gaps:
    """How the gradient dies as the policy becomes deterministic."""

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
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

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
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


def pieces(settings: Settings) -> dict[str, Piece]:
    """List every question as an independent piece."""
    middle = settings.checkpoints[1]
    blocks = range(0, settings.n_starts, settings.block)
    found: dict[str, Piece] = {f"baseline-{first}": Baseline(first) for first in blocks}
    found |= {f"bias-{i}": Bias(role, middle) for i, role in enumerate(ROLES)}
    found |= {"bias-none-long": Bias(WITHOUT, settings.long_updates)}
    found |= {scale.name: scale for scale in (Scale(*cell) for cell in settings.grid)}
    return found | {"gaps": Gaps(), "continued": Continued()}


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


def _climb(objective: ExactReturn, thetas: Array, n_updates: int, record_every: int | None = None) -> Ascent:
    return ascend(objective, thetas, n_updates=n_updates, step=STEP, record_every=record_every or n_updates)


def _end_returns(objective: ExactReturn, starts: Array, n_updates: int, *, trained: bool) -> Array:
    rule = scaled_gradient(1 - (not trained) * bias_only())
    climb = ascend(objective, starts, n_updates=n_updates, step=STEP, record_every=n_updates, rule=rule)
    return true_returns(objective, climb.end)


def _records_on_plateau(values: Array) -> IntArray:
    """Count the records in `values` (K, B) that are close to the worse solution, shape (B,)."""
    line = goals()
    return line.near(values, line.worse).sum(axis=0)
