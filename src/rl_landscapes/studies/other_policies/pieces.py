"""The pieces of the study: ascents, and what random directions show where they got stuck."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.ascent import ascend, exponential_decay
from rl_landscapes.objectives import evaluate
from rl_landscapes.probes import unit_directions
from rl_landscapes.studies.common import STEP, goals, true_returns
from rl_landscapes.studies.other_policies.settings import Settings, draw_starts, regularised, true_return
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.views import SMALLEST


@dataclass(frozen=True)
class Plain:
    """Ascent without a regulariser, on to ten times as many updates; random directions where it got stuck."""

    policy: str

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep true returns at both horizons, and what improves at the first stuck points."""
        objective = true_return(self.policy)
        starts = draw_starts(self.policy, settings.n_starts, settings.seed)
        n, later = settings.n_updates, settings.n_updates * (settings.longer - 1)
        first = ascend(objective, starts, n_updates=n, step=STEP, record_every=n)
        last = ascend(objective, first.end, n_updates=later, step=STEP, record_every=later)
        returns = true_returns(objective, first.end)
        stuck = first.end[goals().failed(returns)][: settings.n_points]
        return {
            "returns": returns,
            "later_returns": true_returns(objective, last.end),
            "falls": first.falls,
            "improves": improving(settings, self.policy, stuck, rng),
        }


@dataclass(frozen=True)
class Annealed:
    """Ascent with a regulariser that fades, from every start."""

    policy: str
    regulariser: str
    tau: float

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Keep the true returns, and how often the objective fell."""
        with_tau, schedule = (
            regularised(self.policy, self.regulariser),
            exponential_decay(self.tau, settings.decay),
        )
        climb = ascend(
            lambda update: with_tau(schedule(update)),
            draw_starts(self.policy, settings.n_starts, settings.seed),
            n_updates=settings.n_updates,
            step=STEP,
            record_every=settings.n_updates,
        )
        returns = true_returns(true_return(self.policy), climb.end)
        return {"returns": returns, "falls": climb.falls, "diverged": climb.diverged}


Piece = Plain | Annealed


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the ascents: each policy alone, and with each regulariser at each weight."""
    plain: dict[str, Piece] = {f"plain-{i}": Plain(policy) for i, policy in enumerate(settings.policies)}
    return plain | {
        f"annealed-{i}-{j}-{tau:g}": Annealed(policy, regulariser, tau)
        for i, policy in enumerate(settings.policies)
        for j, regulariser in enumerate(settings.regularisers)
        for tau in settings.taus
    }


def improving(settings: Settings, policy: str, stuck: Array, rng: np.random.Generator) -> IntArray:
    """Return how many directions improve at the points `stuck` (P, n), shape (1 + regularisers, P).

    First without a regulariser, then with each at the small weight; the same directions for all.
    """
    smallest, true = SMALLEST * goals().gap, true_return(policy)
    seen = [true, *(regularised(policy, name)(settings.small_tau) for name in settings.regularisers)]
    found = np.zeros((len(seen), len(stuck)), dtype=np.int64)
    for p, theta in enumerate(stuck):
        steps = settings.alpha * unit_directions(settings.n_directions, true.n_parameters, rng)
        for i, objective in enumerate(seen):
            gains = evaluate(objective, theta + steps) - evaluate(objective, theta[None])
            found[i, p] = (gains[:, 0] > smallest).sum()
    return found
