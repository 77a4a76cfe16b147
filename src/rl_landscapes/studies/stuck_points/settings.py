"""What is looked at from every stuck point, from how far away, and how escapes are tried."""

from dataclasses import dataclass

from rl_landscapes.studies.common import UPDATES, updates_until
from rl_landscapes.studies.views import View, views


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
    line_taus: tuple[float, ...] = (0.0, 0.001, 0.003, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.3, 1.0)
    line_masked_taus: tuple[float, ...] = (0.001, 0.003, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.3, 1.0)
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
PAPER = Settings(n_starts=10_000, n_directions=5000, n_bent=100)
