"""Dense systems: one LAPACK factorisation for one policy, batched solves for a few."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetrs

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.objectives.systems.pattern import ChainPattern


@dataclass(frozen=True, eq=False)
class DenseFactors:
    """LU factors of one dense I - gamma P_pi, transposed: LAPACK goes by columns, NumPy by rows."""

    factors: Array
    pivots: IntArray

    def solve(self, right: Array) -> Array:
        """Solve for right-hand sides (1, S, k)."""
        return dgetrs(self.factors, self.pivots, right[0], trans=1)[0][None]

    def solve_transposed(self, right: Array) -> Array:
        """Solve the transposed system for right-hand sides (1, S, k)."""
        return dgetrs(self.factors, self.pivots, right[0])[0][None]


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
    size = pattern.n_states
    if len(probs) == 1:
        matrix = np.zeros((size, size))
        matrix[pattern.indices, pattern.columns] = pattern.entries(probs[0])
        return DenseFactors(*dgetrf(matrix.T, overwrite_a=True)[:2])
    stack = np.zeros((len(probs), size, size))
    stack[:, pattern.indices, pattern.columns] = (pattern.assembly @ probs.reshape(len(probs), -1).T).T
    stack[:, np.arange(size), np.arange(size)] += 1
    return DenseStack(stack)
