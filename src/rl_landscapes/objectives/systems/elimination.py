"""Sparse elimination of many policies at once: one pattern for all, and each pivot one array operation.

All policies of a world share the pattern of I - gamma P_pi. So the order of elimination and the fill are
found once per world, and the arithmetic for D policies runs along the last axis of an array (nonzeros, D). No
pivoting is needed: I - gamma P_pi is strictly diagonally dominant by rows for gamma < 1, and so stays every
Schur complement; the growth factor is at most 2. Higham (2002), Accuracy and Stability of Numerical
Algorithms, theorem 9.9.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from rl_landscapes.arrays import Array, BoolArray, IntArray
from rl_landscapes.objectives.systems.pattern import ChainPattern


@dataclass(frozen=True, eq=False)
class Pivot:
    """One step of the elimination: which states it touches and where their entries are stored."""

    place: int
    below: IntArray  # (r,) states still to be eliminated with an entry in this column
    right: IntArray  # (c,) the same for this row
    lower: IntArray  # (r,) where the entries below are stored
    upper: IntArray  # (c,) where the entries to the right are stored
    target: IntArray  # (r, c) which entries the step changes


@dataclass(frozen=True, eq=False)
class EliminationPlan:
    """The whole elimination of one world, for any policy."""

    order: IntArray  # (S,)
    pivots: tuple[Pivot, ...]
    assembly: sparse.csr_array  # (stored entries, S A)
    diagonal: IntArray  # (S,)

    @property
    def n_operations(self) -> int:
        """Multiply-adds of one factorisation."""
        return sum(pivot.target.size for pivot in self.pivots)

    @property
    def n_stored(self) -> int:
        """Entries of both factors."""
        return int(self.assembly.shape[0])


def plan_elimination(pattern: ChainPattern) -> EliminationPlan:
    """Choose the order, find the fill, and list every step."""
    order = pattern.ordering.order
    position = np.argsort(order)
    rows, columns = position[pattern.indices], position[pattern.columns]
    filled, touched = _fill(rows, columns, pattern.n_states)
    stored = np.full(filled.shape, -1, dtype=np.int64)
    stored[filled] = np.arange(filled.sum())
    pivots = tuple(_pivot(stored, k, below, right) for k, (below, right) in enumerate(touched))
    scatter = sparse.csr_array(
        (np.ones(pattern.nnz), (stored[rows, columns], np.arange(pattern.nnz))),
        shape=(filled.sum(), pattern.nnz),
    )
    return EliminationPlan(
        order, pivots, sparse.csr_array(scatter @ pattern.assembly), stored.diagonal().copy()
    )


def _fill(rows: IntArray, columns: IntArray, n: int) -> tuple[BoolArray, list[tuple[IntArray, IntArray]]]:
    filled = np.zeros((n, n), dtype=bool)
    filled[rows, columns] = True
    touched = []
    for k in range(n):
        below = np.flatnonzero(filled[k + 1 :, k]) + k + 1
        right = np.flatnonzero(filled[k, k + 1 :]) + k + 1
        filled[np.ix_(below, right)] = True
        touched.append((below, right))
    return filled, touched


def _pivot(stored: IntArray, k: int, below: IntArray, right: IntArray) -> Pivot:
    return Pivot(
        place=int(stored[k, k]),
        below=below,
        right=right,
        lower=stored[below, k],
        upper=stored[k, right],
        target=stored[np.ix_(below, right)],
    )


@dataclass(frozen=True, eq=False)
class EliminationFactors:
    """L and U of D systems, entries (stored, D); the diagonal of U is stored inverted."""

    plan: EliminationPlan
    entries: Array

    def solve(self, right: Array) -> Array:
        """Solve for right-hand sides (D, S, k)."""
        return self._each(right, self._forward_backward)

    def solve_transposed(self, right: Array) -> Array:
        """Solve the transposed systems for right-hand sides (D, S, k)."""
        return self._each(right, self._transposed)

    def _each(self, right: Array, sweep: Callable[[Array], Array]) -> Array:
        columns = [sweep(right[..., j].T[self.plan.order]) for j in range(right.shape[-1])]
        position = np.argsort(self.plan.order)
        return np.moveaxis(np.stack([x[position] for x in columns]), (0, 1, 2), (2, 1, 0))

    def _forward_backward(self, x: Array) -> Array:
        entries, pivots = self.entries, self.plan.pivots
        for k, pivot in enumerate(pivots):
            x[pivot.below] -= entries[pivot.lower] * x[k]
        for k in range(len(pivots) - 1, -1, -1):
            pivot = pivots[k]
            x[k] -= np.einsum("cd,cd->d", entries[pivot.upper], x[pivot.right])
            x[k] *= entries[pivot.place]
        return x

    def _transposed(self, x: Array) -> Array:
        entries, pivots = self.entries, self.plan.pivots
        for k, pivot in enumerate(pivots):
            x[k] *= entries[pivot.place]
            x[pivot.right] -= entries[pivot.upper] * x[k]
        for k in range(len(pivots) - 1, -1, -1):
            pivot = pivots[k]
            x[k] -= np.einsum("rd,rd->d", entries[pivot.lower], x[pivot.below])
        return x


def factor_by_elimination(plan: EliminationPlan, probs: Array) -> EliminationFactors:
    """Factorise the systems of the policies `probs` (D, S, A), all at once."""
    entries = plan.assembly @ np.ascontiguousarray(probs.reshape(len(probs), -1).T)
    entries[plan.diagonal] += 1
    for pivot in plan.pivots:
        entries[pivot.place] = 1 / entries[pivot.place]
        multipliers = entries[pivot.lower] * entries[pivot.place]
        entries[pivot.lower] = multipliers
        entries[pivot.target] -= multipliers[:, None] * entries[pivot.upper]
    return EliminationFactors(plan, entries)
