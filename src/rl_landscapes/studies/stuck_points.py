"""Every point where ascent got stuck: how the objective looks there, through entropy too, and how to leave.

Claims C2, C4, C6, C7. Ahmed et al. (2019), sections 2.1.2 and 3.1.2, figure 4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.policies import deterministic_theta, without_gauge
from rl_landscapes.probes import bent_barrier, line_barrier, unit_directions
from rl_landscapes.studies.common import (
    STEP,
    UPDATES,
    baseline_ends,
    goals,
    paper_return,
    split_by_outcome,
    true_returns,
    updates_until,
)
from rl_landscapes.studies.engine import Study
from rl_landscapes.studies.results import Arrays, Values
from rl_landscapes.studies.views import KINDS, SMALLEST, View, line, probe, shape_of, spectrum, views
from rl_landscapes.worlds.gridworld import DOWN, RIGHT

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Settings:
    """The starts of `ascent_failures`; what is looked at, from how far away, and how escapes are tried."""

    seed: int = 2019
    n_starts: int = 1000
    block: int = 250
    n_updates: int = UPDATES
    n_directions: int = 500
    taus: tuple[float, ...] = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)
    mixes: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75)
    masked_taus: tuple[float, ...] = (0.01, 0.1)
    alphas: tuple[float, ...] = (0.01, 0.03, 0.1, 0.5, 1.0, 3.0, 10.0)
    alpha: float = 0.5
    line_taus: tuple[float, ...] = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    line_masked_taus: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    line_mixes: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)
    n_line: int = 101
    n_bent: int = 10
    bent_views: tuple[View, ...] = (View(), View(tau=0.01), View(tau=0.03), View(mix=0.25))
    bent_iterations: int = 100
    logits: tuple[float, ...] = (2.0, 4.0, 6.0, 8.0, 10.0)
    escape_taus: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0)
    escape_decays: tuple[float, ...] = (0.99, 0.998, 0.999)
    constant_taus: tuple[float, ...] = (0.01, 0.1)
    small_tau: float = 1e-3

    @property
    def views(self) -> tuple[View, ...]:
        """What is perturbed."""
        return views(self.taus, self.masked_taus, self.mixes)

    @property
    def line_views(self) -> tuple[View, ...]:
        """What lines are drawn through."""
        return views(self.line_taus, self.line_masked_taus, self.line_mixes)

    def escape_updates(self, tau: float, decay: float) -> int:
        """Return how many updates bring tau below `small_tau`, at least the paper's number."""
        return max(self.n_updates, updates_until(self.small_tau, tau=tau, decay=decay))


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


def compute(settings: Settings, piece: Piece, rng: np.random.Generator) -> Values:
    """Do one piece."""
    return piece.compute(settings, rng)


COUNTS = ("up", "up_true", "up_both", "both_lower", "both_higher", "bends_down", "verdict")
SIZES = ("slope", "steepest", "curvature", "curvature_low", "curvature_high")
EIGEN = ("eigen_low", "eigen_high", "eigen_mean", "eigen_positive", "eigen_negative", "gradient_norm")


def gather(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    """Keep counts for every view, alpha and point; sizes as quantiles, at one alpha for every point."""
    return (
        {
            "taus": np.array([view.tau for view in settings.views]),
            "mixes": np.array([view.mix for view in settings.views]),
            "counted": np.array([view.counted for view in settings.views]),
            "alphas": np.array(settings.alphas),
            "alpha": np.array(settings.alpha),
            "n_directions": np.array(settings.n_directions),
            "smallest": np.array(SMALLEST * goals().gap),
            "kinds": np.array(KINDS),
            "quantiles": np.array(QUANTILES),
            "line_taus": np.array([view.tau for view in settings.line_views]),
            "line_mixes": np.array([view.mix for view in settings.line_views]),
            "line_counted": np.array([view.counted for view in settings.line_views]),
        }
        | _gather_probes(settings, done)
        | _gather_lines(settings, done)
        | _gather_escapes(settings, done)
    )


def _gather_probes(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    parts = [piece for name, piece in done.items() if name.startswith("probes") and piece]
    if not parts:
        return {}
    joined = {key: np.concatenate([part[key] for part in parts], axis=-1) for key in parts[0]}
    here = settings.alphas.index(settings.alpha)
    return (
        {key: joined[key].astype(np.int16) for key in COUNTS}
        | {f"{key}_quantiles": np.quantile(joined[key], QUANTILES, axis=-1) for key in SIZES}
        | {key: joined[key][:, here] for key in SIZES}
        | {f"free_{key}": joined[f"free_{key}"].astype(np.int16) for key in COUNTS}
        | {f"free_{key}_quantiles": np.quantile(joined[f"free_{key}"], QUANTILES, axis=-1) for key in SIZES}
        | {key: joined[key] for key in EIGEN}
    )


def _gather_lines(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    parts = [p["values"] for name, p in done.items() if name.startswith("lines") and p["values"].ndim == 3]
    hand = np.stack([done[f"hand-{logit:g}"]["values"] for logit in settings.logits])
    bent = [done[f"bent-{view.tau:g}-{view.mix:g}"] for view in settings.bent_views]
    lines = (
        np.concatenate(parts, axis=1) if parts else np.zeros((len(settings.line_views), 0, settings.n_line))
    )
    return {
        **{f"line_{key}": value for key, value in shape_of(lines).items()},
        **{f"hand_{key}": value for key, value in shape_of(hand).items()},
        "line_positions": np.linspace(0, 1, settings.n_line),
        "line_quantiles": np.quantile(lines, QUANTILES[1:4], axis=1) if parts else np.zeros(0),
        "hand_values": hand,
        "logits": np.array(settings.logits),
        "bent_taus": np.array([view.tau for view in settings.bent_views]),
        "bent_mixes": np.array([view.mix for view in settings.bent_views]),
        **{f"bent_{key}": np.stack([part[part_key] for part in bent]) for key, part_key in _BENT.items()},
    }


_BENT = {"height": "bent", "line_height": "line", "falls": "bent_falls"}


def _gather_escapes(settings: Settings, done: Mapping[str, Arrays]) -> Values:
    cells = [done[Escape(t, d).name] for t in settings.escape_taus for d in settings.escape_decays]
    constant = [done[Escape(t, 1.0).name] for t in settings.constant_taus]
    shape = (len(settings.escape_taus), len(settings.escape_decays))
    return {
        "escape_taus": np.array(settings.escape_taus),
        "escape_decays": np.array(settings.escape_decays),
        "escaped": np.stack([(~cell["failed"]).sum() for cell in cells]).reshape(shape),
        "escape_falls": np.stack([cell["falls"].sum() for cell in cells]).reshape(shape),
        "escape_n": np.array(cells[0]["failed"].size),
        "escape_constant_taus": np.array(settings.constant_taus),
        "escaped_constant": np.array([(~cell["failed"]).sum() for cell in constant]),
    }


SMOKE = Settings(
    n_starts=12,
    block=6,
    n_updates=60,
    n_directions=10,
    taus=(0.0, 0.01),
    masked_taus=(0.01,),
    mixes=(0.25,),
    alphas=(0.1, 0.5),
    line_taus=(0.0, 0.1),
    line_masked_taus=(0.1,),
    line_mixes=(0.25,),
    n_line=11,
    n_bent=1,
    bent_views=(View(),),
    bent_iterations=3,
    logits=(2.0, 8.0),
    escape_taus=(0.5,),
    escape_decays=(0.9,),
    small_tau=0.1,
    constant_taus=(0.01,),
)
STUDY: Study[Settings, Piece] = Study(
    "stuck_points",
    {"smoke": SMOKE, "laptop": Settings(), "paper": Settings(n_starts=10_000, n_directions=5000, n_bent=100)},
    pieces,
    compute,
    gather,
    "every point where ascent got stuck: perturbations, spectra, lines, bent paths, escapes",
)
