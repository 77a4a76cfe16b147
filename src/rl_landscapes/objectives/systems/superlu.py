"""Sparse systems: one SuperLU factorisation per policy."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import SuperLU, splu

from rl_landscapes.arrays import Array
from rl_landscapes.objectives.systems.pattern import MINIMUM_DEGREE, ChainPattern


@dataclass(frozen=True, eq=False)
class SparseFactors:
    """LU factors of D sparse systems."""

    factors: tuple[SuperLU, ...]

    def solve(self, right: Array) -> Array:
        """Solve for right-hand sides (D, S, k)."""
        return np.stack([lu.solve(b) for lu, b in zip(self.factors, right, strict=True)])

    def solve_transposed(self, right: Array) -> Array:
        """Solve the transposed systems for right-hand sides (D, S, k)."""
        return np.stack([lu.solve(b, trans="T") for lu, b in zip(self.factors, right, strict=True)])


def factor_sparse(pattern: ChainPattern, probs: Array) -> SparseFactors:
    """Factorise the systems of the policies `probs` (D, S, A), one after the other."""
    return SparseFactors(tuple(splu(pattern.matrix(p), **MINIMUM_DEGREE) for p in probs))
