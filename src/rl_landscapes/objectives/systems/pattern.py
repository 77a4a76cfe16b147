"""Where I - gamma P_pi can be nonzero, whatever the policy, and how to fill those places in."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.worlds.mdp import MDP

MINIMUM_DEGREE = {"permc_spec": "MMD_AT_PLUS_A", "diag_pivot_thresh": 0.0, "options": {"SymmetricMode": True}}


@dataclass(frozen=True, eq=False)
class Ordering:
    """An order of elimination that keeps fill low, and what one factorisation in it costs."""

    order: IntArray  # (S,)
    n_operations: int  # multiply-adds
    n_stored: int  # entries of both factors


@dataclass(frozen=True, eq=False)
class ChainPattern:
    """The union over all policies of the nonzeros of I - gamma P_pi, in compressed columns.

    `slot` says for each stored transition (s, a, s') which nonzero it adds to; `diagonal` which nonzero is
    (s, s).
    """

    indices: IntArray  # (nnz,) rows
    indptr: IntArray  # (S + 1,)
    slot: IntArray  # (transitions,)
    diagonal: IntArray  # (S,)
    state_action: IntArray  # (transitions,)
    probability: Array  # (transitions,)
    discount: float

    @property
    def n_states(self) -> int:
        """S."""
        return len(self.diagonal)

    @property
    def nnz(self) -> int:
        """How many entries can be nonzero."""
        return len(self.indices)

    @cached_property
    def assembly(self) -> sparse.csr_array:
        """The matrix (nnz, S A) that takes pi(a|s) to the nonzeros of -gamma P_pi."""
        size = int(self.state_action.max()) + 1
        entries = (-self.discount * self.probability, (self.slot, self.state_action))
        return sparse.csr_array(entries, shape=(self.nnz, size))

    @cached_property
    def columns(self) -> IntArray:
        """The column of each nonzero, (nnz,)."""
        return np.repeat(np.arange(self.n_states), np.diff(self.indptr))

    def entries(self, probs: Array) -> Array:
        """Nonzeros (nnz,) of I - gamma P_pi for one policy `probs` (S, A)."""
        weights = self.probability * probs.ravel()[self.state_action]
        data = np.bincount(self.slot, weights=-self.discount * weights, minlength=self.nnz)
        data[self.diagonal] += 1
        return np.asarray(data, dtype=np.float64)

    def matrix(self, probs: Array) -> sparse.csc_array:
        """I - gamma P_pi for one policy `probs` (S, A), without the entries of actions never taken."""
        data, size = self.entries(probs), self.n_states
        matrix = sparse.csc_array((data, self.indices, self.indptr), shape=(size, size), copy=not data.all())
        if not data.all():
            matrix.eliminate_zeros()
        return matrix

    @cached_property
    def ordering(self) -> Ordering:
        """SuperLU's minimum degree order, for the uniform policy."""
        n_actions = self.assembly.shape[1] // self.n_states
        factors = splu(self.matrix(np.full((self.n_states, n_actions), 1 / n_actions)), **MINIMUM_DEGREE)
        below = np.diff(factors.L.indptr) - 1
        right = np.bincount(factors.U.indices, minlength=self.n_states) - 1
        operations, stored = int(below.astype(np.int64) @ right), self.n_states + below.sum() + right.sum()
        return Ordering(np.argsort(factors.perm_c), operations, int(stored))


def chain_pattern(mdp: MDP) -> ChainPattern:
    """Find the pattern of I - gamma P_pi from the transitions of `mdp`."""
    successors = mdp.successors.tocoo()
    n_states = mdp.n_states
    states = np.arange(n_states, dtype=np.int64)
    keys = np.concatenate(
        [successors.col * np.int64(n_states) + successors.row // mdp.n_actions, states * (n_states + 1)]
    )
    places, slots = np.unique(keys, return_inverse=True)
    starts = np.searchsorted(places, np.arange(n_states + 1, dtype=np.int64) * n_states)
    return ChainPattern(
        indices=(places % n_states).astype(np.int32),
        indptr=starts.astype(np.int32),
        slot=slots[:-n_states],
        diagonal=slots[-n_states:],
        state_action=successors.row.astype(np.int64),
        probability=successors.data,
        discount=mdp.discount,
    )
