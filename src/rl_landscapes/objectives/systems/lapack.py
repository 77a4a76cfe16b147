"""Dense systems: LAPACK's factorisation of each policy's, or for small ones batched solves."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dgetrf, dgetrs

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.objectives.systems.pattern import ChainPattern

LARGEST_STACK = 40  # states; up to here one call for all costs less, though it factorises anew for each solve


@dataclass(frozen=True, eq=False)
class DenseFactors:
    """LU factors and pivots of D dense systems, transposed: LAPACK goes by columns, NumPy by rows."""

    factors: tuple[tuple[Array, IntArray], ...]

    def solve(self, right: Array) -> Array:
        """Solve for right-hand sides (D, S, k)."""
        return np.stack([dgetrs(*lu, b, trans=1)[0] for lu, b in zip(self.factors, right, strict=True)])

    def solve_transposed(self, right: Array) -> Array:
        """Solve the transposed systems for right-hand sides (D, S, k)."""
        return np.stack([dgetrs(*lu, b)[0] for lu, b in zip(self.factors, right, strict=True)])


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
    if len(probs) == 1 or size > LARGEST_STACK:
        return DenseFactors(tuple(_factors(pattern, p) for p in probs))
    stack = np.zeros((len(probs), size, size))
    stack[:, pattern.indices, pattern.columns] = (pattern.assembly @ probs.reshape(len(probs), -1).T).T
    stack[:, np.arange(size), np.arange(size)] += 1
    return DenseStack(stack)


def _factors(pattern: ChainPattern, probs: Array) -> tuple[Array, IntArray]:
    matrix = np.zeros((pattern.n_states, pattern.n_states))
    matrix[pattern.indices, pattern.columns] = pattern.entries(probs)
    factors, pivots, _ = dgetrf(matrix.T, overwrite_a=True)
    return factors, pivots
