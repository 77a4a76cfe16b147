"""The pieces of the study: perturbations, spectra and lines at stuck points, and ascents that leave them."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.policies import deterministic_theta, without_gauge
from rl_landscapes.probes import bent_barrier, line_barrier, unit_directions
from rl_landscapes.studies.common import (
    STEP,
    baseline_ends,
    goals,
    paper_return,
    split_by_outcome,
    true_returns,
)
from rl_landscapes.studies.results import Values
from rl_landscapes.studies.stuck_points.settings import Settings
from rl_landscapes.studies.views import View, line, probe, spectrum
from rl_landscapes.worlds.gridworld import DOWN, RIGHT


def block_ends(settings: Settings, first: int) -> tuple[Array, Array]:
    """Return where ascents from one block of starts got stuck (P, n), and where the others ended."""
    ends = baseline_ends(settings.n_starts, settings.seed, settings.n_updates)[first : first + settings.block]
    return split_by_outcome(ends)


@dataclass(frozen=True)
class Probes:
    """Random perturbations and spectra at the stuck points of one block, through every view."""

    first: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Meet the same directions in every view and at every alpha, and look at the true return."""
        stuck, _ = block_ends(settings, self.first)
        parts = [_probe_point(settings, theta, rng) for theta in stuck]
        keys = parts[0] if parts else {}
        return {key: np.stack([part[key] for part in parts], axis=-1) for key in keys}


@dataclass(frozen=True)
class Lines:
    """Straight lines from the stuck points of one block to a good end point each, through every view."""

    first: int

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Stuck point i is joined to good end i of its block."""
        stuck, good = block_ends(settings, self.first)
        pairs = [(theta, good[i % len(good)]) for i, theta in enumerate(stuck)]
        values = [[line(view, *pair, settings.n_line) for pair in pairs] for view in settings.line_views]
        return {"values": np.array(values)}


@dataclass(frozen=True)
class Bent:
    """The lowest bent path found from a few stuck points, through one view."""

    view: View

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Join the same pairs as the first lines of `Lines`."""
        stuck, good = block_ends(settings, 0)
        objective = self.view.objective
        pairs = list(zip(stuck, good, strict=False))[: settings.n_bent]
        bent = [bent_barrier(objective, *p, rng=rng, max_iterations=settings.bent_iterations) for p in pairs]
        straight = [line_barrier(objective, *p) for p in pairs]
        return {
            "bent": np.array([b.height for b in bent]),
            "line": np.array([b.height for b in straight]),
            "bent_falls": np.array([b.falls for b in bent]),
        }


@dataclass(frozen=True)
class HandMade:
    """Lines from the policy that always goes down to the one that always goes right."""

    logit: float

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Both policies put the same logit on their action in every state."""
        policy = paper_return().policy
        down, right = (
            deterministic_theta(policy, np.full(policy.n_states, action), self.logit)
            for action in (DOWN, RIGHT)
        )
        return {
            "values": np.array([line(view, down, right, settings.n_line) for view in settings.line_views])
        }


@dataclass(frozen=True)
class Escape:
    """Annealed ascent from every stuck point."""

    tau: float
    decay: float

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"escape-{self.tau:g}-{self.decay:g}"

    def compute(self, settings: Settings, rng: np.random.Generator) -> Values:
        """Climb, and see whether the true return ends above the midpoint."""
        stuck, _ = split_by_outcome(baseline_ends(settings.n_starts, settings.seed, settings.n_updates))
        if len(stuck) == 0:
            return {"failed": np.zeros(0, dtype=bool), "falls": np.zeros(0, dtype=np.int64)}
        n = settings.escape_updates(self.tau, self.decay)
        objective = paper_return()
        schedule = anneal(objective, exponential_decay(self.tau, self.decay))
        climb = ascend(schedule, stuck, n_updates=n, step=STEP, record_every=n)
        return {"failed": goals().failed(true_returns(objective, climb.end)), "falls": climb.falls}


Piece = Probes | Lines | Bent | HandMade | Escape


def _probe_point(settings: Settings, theta: Array, rng: np.random.Generator) -> Values:
    directions = unit_directions(settings.n_directions, theta.size, rng)
    free = without_gauge(paper_return().policy, directions)
    columns = [probe(settings.views, theta, alpha, directions) for alpha in settings.alphas]
    spectra = [spectrum(view, theta) for view in settings.views]
    return (
        {key: np.stack([column[key] for column in columns], axis=1) for key in columns[0]}
        | {f"free_{key}": value for key, value in probe(settings.views, theta, settings.alpha, free).items()}
        | {key: np.array([each[key] for each in spectra]) for key in spectra[0]}
    )


def pieces(settings: Settings) -> dict[str, Piece]:
    """List probes and lines block by block, bent paths view by view, and one piece for each escape."""
    blocks = range(0, settings.n_starts, settings.block)
    annealed = [Escape(tau, decay) for tau in settings.escape_taus for decay in settings.escape_decays]
    constant = [Escape(tau, 1.0) for tau in settings.constant_taus]
    return (
        {f"lines-{first}": Lines(first) for first in blocks}
        | {f"hand-{logit:g}": HandMade(logit) for logit in settings.logits}
        | {f"probes-{first}": Probes(first) for first in blocks}
        | {f"bent-{view.tau:g}-{view.mix:g}": Bent(view) for view in settings.bent_views}
        | {escape.name: escape for escape in annealed + constant}
    )
