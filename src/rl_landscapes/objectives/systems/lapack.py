"""Dense systems: one LAPACK factorisation for one policy, batched solves for a few."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lu_factor, lu_solve

from rl_landscapes.arrays import Array
from rl_landscapes.objectives.systems.pattern import ChainPattern


@dataclass(frozen=True, eq=False)
class DenseFactors:
    """LU factors of one dense I - gamma P_pi."""

    factors: tuple[Array, Array]

    def solve(self, right: Array) -> Array:
        """Solve for right-hand sides (1, S, k)."""
        return lu_solve(self.factors, right[0], check_finite=False)[None]

    def solve_transposed(self, right: Array) -> Array:
        """Solve the transposed system for right-hand sides (1, S, k)."""
        return lu_solve(self.factors, right[0], trans=1, check_finite=False)[None]


@dataclass(frozen=True, eq=False)
class DenseStack:
    """A stack (D, S, S) of dense systems, solved by batched LAPACK calls."""

    matrices: Array

    def solve(self, right: Array) -> Array:
        """Solve for right-hand sides (D, S, k)."""
        return np.asarray(np.linalg.solve(self.matrices, right), dtype=np.float64)

    def solve_transposed(self, right: Array) -> Array:
        """Solve the transposed systems for right-hand sides (D, S, k)."""
        return np.asarray(np.linalg.solve(self.matrices.transpose(0, 2, 1), right), dtype=np.float64)


def factor_dense(pattern: ChainPattern, probs: Array) -> DenseFactors | DenseStack:
    """Set up the systems of the policies `probs` (D, S, A)."""
    n_states = pattern.n_states
    columns = np.repeat(np.arange(n_states), np.diff(pattern.indptr))
    entries = (pattern.assembly @ probs.reshape(len(probs), -1).T).T
    stack = np.zeros((len(probs), n_states, n_states))
    stack[:, pattern.indices, columns] = entries
    stack[:, np.arange(n_states), np.arange(n_states)] += 1
    if len(stack) == 1:
        return DenseFactors(lu_factor(stack[0], overwrite_a=True, check_finite=False))
    return DenseStack(stack)
