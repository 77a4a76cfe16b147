"""What the study asks of exact ascent: of how many starts, for how long, and what the shared bias may do."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import IntArray
from rl_landscapes.studies.common import UPDATES


@dataclass(frozen=True)
class Role:
    """What the shared bias does: factors on the initial logits and bias, and whether the bias is trained."""

    name: str
    logits: float
    bias: float
    trained: bool


WITHOUT = Role("none", 1, 0, False)
ROLES = (
    Role("random, trained", 1, 1, True),
    Role("zero, trained", 1, 0, True),
    Role("random, frozen", 1, 1, False),
    WITHOUT,
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
    def grid(self) -> list[tuple[float, float, bool]]:
        """Every scale at every discount, with the bias and without."""
        return [(s, g, bias) for bias in (True, False) for s in self.scales for g in self.discounts]

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
