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

LARGEST_DENSE = 300  # states; above it one SuperLU factorisation is quicker than one dense one
LARGEST_ELIMINATION = 1000  # states; above it the list of steps grows too long to walk in Python
SMALLEST_BATCH = 24  # policies; below it the walk costs more than LAPACK
WORTHWHILE_SHARE = 1 / 3  # of the S^3 / 3 multiply-adds of a dense factorisation
ENTRIES_AT_ONCE = 2**20  # stored numbers of a batch; keeps the factors near the processor


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

    @property
    def chunk(self) -> int:
        """How many policies to factorise at once, at most."""
        if self._worthwhile:
            return max(SMALLEST_BATCH, ENTRIES_AT_ONCE // self.plan.n_stored)
        return max(1, ENTRIES_AT_ONCE // self.mdp.n_states**2)

    def factor(self, probs: Array) -> Factors:
        """Factorise the systems of the policies `probs` (D, S, A) by whatever is quickest."""
        n_states = self.mdp.n_states
        if len(probs) >= SMALLEST_BATCH and self._worthwhile:
            return factor_by_elimination(self.plan, probs)
        if n_states <= LARGEST_DENSE:
            return factor_dense(self.pattern, probs)
        return factor_sparse(self.pattern, probs)

    @cached_property
    def _worthwhile(self) -> bool:
        n = self.mdp.n_states
        if n > LARGEST_ELIMINATION or self.pattern.nnz > WORTHWHILE_SHARE * n**2:
            return False
        return self.plan.n_operations < WORTHWHILE_SHARE * n**3 / 3
