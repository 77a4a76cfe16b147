"""The pieces of the study: annealed ascents, cell by cell, and the curvatures they meet."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent import anneal, ascend, exponential_decay
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.probes import extreme_eigenpairs
from rl_landscapes.studies.common import (
    STEP,
    UPDATES,
    paper_return,
    paper_starts,
    true_returns,
    updates_until,
)
from rl_landscapes.studies.results import Values

SMALL_TAU = 1e-3  # annealing goes on until the weight is below this


@dataclass(frozen=True)
class Cell:
    """One annealed ascent: tau0 * decay^update, at a step, for a number of updates."""

    tau: float
    decay: float
    step: float
    n_updates: int
    counted: bool = True

    @property
    def name(self) -> str:
        """What its file is called."""
        entropy = "counted" if self.counted else "masked"
        return f"{entropy}-{self.tau:g}-{self.decay:.6g}-{self.step:g}-{self.n_updates}"

    def compute(self, settings: "Settings", rng: np.random.Generator) -> Values:
        """Climb from the paper's starts and look at the true return at the end."""
        objective = paper_return(count_absorbing=self.counted)
        climb = ascend(
            anneal(objective, exponential_decay(self.tau, self.decay)),
            paper_starts(settings.n_starts, settings.seed),
            n_updates=self.n_updates,
            step=self.step,
            record_every=self.n_updates,
        )
        returns = true_returns(objective, climb.end)
        return {"returns": returns, "falls": climb.falls, "diverged": climb.diverged}


@dataclass(frozen=True)
class Curvature:
    """The steepest downward curvature met at one entropy weight."""

    tau: float

    def compute(self, settings: "Settings", rng: np.random.Generator) -> Values:
        """Look at the uniform policy, at starts, and along annealed ascents at a small step."""
        objective = paper_return(tau=self.tau)
        starts = paper_starts(settings.n_curvature, settings.seed)
        visited: list[Array] = []
        n, step = settings.path_updates, settings.path_step
        decay = settings.decay ** (step / STEP)
        every = max(n // settings.n_path, 1)
        ascend(
            anneal(objective, exponential_decay(self.tau, decay)),
            starts,
            n_updates=n,
            step=step,
            record_every=every,
            callback=lambda update, thetas: visited.append(thetas),
        )
        updates = np.minimum(every * np.arange(len(visited)), n)
        along = [
            [lowest(objective.with_tau(self.tau * decay**update), theta) for theta in thetas]
            for update, thetas in zip(updates, visited, strict=True)
        ]
        return {
            "uniform": lowest(objective, np.zeros(objective.n_parameters)),
            "along": np.array(along),
            "time": step * updates,
        }


Piece = Cell | Curvature


@dataclass(frozen=True)
class Settings:
    """The paper's row in tau0, two cuts through (tau0, decay, step) along it, and rows beside it.

    The cuts stop once tau is small and the ascent has settled, the paper's row only after all its updates.
    """

    seed: int = 2019
    n_starts: int = 200
    taus: tuple[float, ...] = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
    decay: float = 0.99
    decays: tuple[float, ...] = (0.99, 0.995, 0.998)
    steps: tuple[float, ...] = (0.025, 0.05, 0.1, 0.2)
    n_updates: int = UPDATES
    settling: float = (
        30.0  # step * updates; without entropy every ascent is decided after 4, and arrives after 20
    )
    constant_taus: tuple[float, ...] = (0.01, 0.05, 0.1)
    n_curvature: int = 4
    path_step: float = 0.02
    path_updates: int = 2000
    n_path: int = 20

    def enough(self, tau: float, decay: float, step: float) -> int:
        """Return how many updates bring tau below 0.001 and let the ascent settle after that."""
        return updates_until(SMALL_TAU, tau=tau, decay=decay) + ceil(self.settling / step)

    def paper(self) -> Iterator[Cell]:
        """Cells (tau0) at the paper's step, decay and number of updates."""
        return (Cell(tau, self.decay, STEP, self.n_updates) for tau in self.taus)

    def masked(self) -> Iterator[Cell]:
        """Cells (tau0) like the paper's, with the entropy of the absorbing state masked."""
        return (Cell(tau, self.decay, STEP, self.n_updates, counted=False) for tau in self.taus)

    def by_step(self) -> Iterator[Cell]:
        """Cells (tau0, step) with the decay such that tau is the same function of step * updates."""
        for tau in self.taus:
            for step in self.steps:
                decay = self.decay ** (step / STEP)
                yield Cell(tau, decay, step, self.enough(tau, decay, step))

    def by_decay(self) -> Iterator[Cell]:
        """Cells (tau0, decay) at the paper's step."""
        for tau in self.taus:
            for decay in self.decays if tau > 0 else self.decays[:1] * len(self.decays):
                yield Cell(tau, decay, STEP, self.enough(tau, decay, STEP))

    def constant(self) -> Iterator[Cell]:
        """Cells (tau) without decay, counted and then masked."""
        for counted in (True, False):
            for tau in self.constant_taus:
                yield Cell(tau, 1.0, STEP, self.n_updates, counted=counted)


def lowest(objective: ExactReturn, theta: Array) -> float:
    """Return the most negative curvature of the objective at `theta` (n,)."""
    return float(extreme_eigenpairs(objective, theta).values[0])


def pieces(settings: Settings) -> dict[str, Piece]:
    """List the cells of both cuts (they share their middle), the rows, and the curvatures."""
    cells = [
        *settings.paper(),
        *settings.by_step(),
        *settings.masked(),
        *settings.by_decay(),
        *settings.constant(),
    ]
    return {cell.name: cell for cell in cells} | {
        f"curvature-{tau:g}": Curvature(tau) for tau in settings.taus
    }


SMOKE = Settings(
    n_starts=4,
    taus=(0.0, 0.1),
    decays=(0.9, 0.99),
    steps=(0.05, 0.1),
    n_updates=20,
    settling=1.0,
    constant_taus=(0.01,),
    n_curvature=2,
    path_updates=10,
    n_path=2,
)
PAPER = Settings(
    n_starts=2000, decays=(0.98, 0.99, 0.995, 0.998, 0.9995), steps=(0.0125, 0.025, 0.05, 0.1, 0.2, 0.4)
)
