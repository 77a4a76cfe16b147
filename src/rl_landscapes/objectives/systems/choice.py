"""Which solver for which world and batch; the thresholds are measured in benchmarks/crossover.py."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from rl_landscapes.arrays import Array
from rl_landscapes.objectives.systems.elimination import (
    EliminationPlan,
    factor_by_elimination,
    plan_elimination,
)
from rl_landscapes.objectives.systems.lapack import factor_dense
from rl_landscapes.objectives.systems.pattern import ChainPattern, chain_pattern
from rl_landscapes.objectives.systems.superlu import factor_sparse
from rl_landscapes.worlds.mdp import MDP

LARGEST_DENSE = 190  # states; above it SuperLU is quicker than LAPACK
LARGEST_SHARE = 0.1  # of a dense factorisation's S^3 / 3 multiply-adds; above it LAPACK is quicker than both
LARGEST_ELIMINATION = 2000  # states; above it the list of steps grows too long to walk in Python
SMALLEST_BATCH = 40  # policies; below it that walk costs more than it saves
SMALLEST_ROWS = 2400  # policies times states; the same for small worlds, where LAPACK costs least
ENTRIES_AT_ONCE = 2**20  # stored numbers of a batch; keeps the factors near the processor
SMALLEST_CHUNK = 128  # policies; spreads the cost of the walk


class Factors(Protocol):
    """Factorised systems of D policies."""

    def solve(self, right: Array) -> Array:
        """Solve (I - gamma P_pi) x = b for right-hand sides b (D, S, k)."""

    def solve_transposed(self, right: Array) -> Array:
        """Solve (I - gamma P_pi)' x = b for right-hand sides b (D, S, k)."""


@dataclass(frozen=True, eq=False)
class ChainSystems:
    """The systems I - gamma P_pi of one world, for any batch of policies."""

    mdp: MDP

    @cached_property
    def pattern(self) -> ChainPattern:
        """Where the systems can be nonzero."""
        return chain_pattern(self.mdp)

    @cached_property
    def plan(self) -> EliminationPlan:
        """How to eliminate many of them at once."""
        return plan_elimination(self.pattern)

    @cached_property
    def chunk(self) -> int:
        """How many policies to factorise at once, at most."""
        if self._eliminates:
            return max(SMALLEST_CHUNK, self.smallest_batch, ENTRIES_AT_ONCE // self.pattern.ordering.n_stored)
        return max(1, ENTRIES_AT_ONCE // self.mdp.n_states**2)

    @cached_property
    def smallest_batch(self) -> int:
        """From how many policies on elimination pays, if it ever does."""
        return max(SMALLEST_BATCH, SMALLEST_ROWS // self.mdp.n_states)

    def factor(self, probs: Array) -> Factors:
        """Factorise the systems of the policies `probs` (D, S, A) by whatever is quickest."""
        if len(probs) >= self.smallest_batch and self._eliminates:
            return factor_by_elimination(self.plan, probs)
        if self.mdp.n_states <= LARGEST_DENSE or self._fills_up:
            return factor_dense(self.pattern, probs)
        return factor_sparse(self.pattern, probs)

    @property
    def _eliminates(self) -> bool:
        return self.mdp.n_states <= LARGEST_ELIMINATION and not self._fills_up

    @cached_property
    def _fills_up(self) -> bool:
        """Whether sparse factors would be nearly dense; in very large worlds judged by the systems alone."""
        n = self.mdp.n_states
        if self.pattern.nnz > LARGEST_SHARE * n**2 and n > SMALLEST_BATCH:
            return True
        return n <= LARGEST_ELIMINATION and self.pattern.ordering.n_operations > LARGEST_SHARE * n**3 / 3
