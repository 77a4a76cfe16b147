"""Linear maps from parameters to logits: one number for each state and action, or features.

Batches lie with the batch axis last in memory, (S, A, D) seen as (D, S, A): the solvers that eliminate many
chains at once read them without a copy.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rl_landscapes.arrays import Array


class LogitMap(Protocol):
    """A linear map from parameters to logits."""

    @property
    def n_states(self) -> int:
        """Number of states S."""

    @property
    def n_actions(self) -> int:
        """Number of actions A."""

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""

    def logits(self, thetas: Array) -> Array:
        """(D, n) -> (D, S, A)."""

    def transpose(self, cotangents: Array) -> Array:
        """(D, S, A) -> (D, n)."""


@dataclass(frozen=True)
class Table:
    """One logit per state and action, then, with `shared_bias`, one per action that all states share."""

    n_states: int
    n_actions: int
    shared_bias: bool = False

    @property
    def n_parameters(self) -> int:
        """S A, and A more with the bias."""
        return (self.n_states + self.shared_bias) * self.n_actions

    def logits(self, thetas: Array) -> Array:
        """Theta[s, a] + bias[a], shape (D, S, A)."""
        rows = np.ascontiguousarray(thetas.T).reshape(-1, self.n_actions, len(thetas))
        table = rows[:-1] + rows[-1:] if self.shared_bias else rows
        return table.transpose(2, 0, 1)

    def transpose(self, cotangents: Array) -> Array:
        """Collect what each parameter moved, shape (D, n)."""
        table = cotangents.transpose(1, 2, 0)
        if self.shared_bias:
            table = np.concatenate([table, table.sum(axis=0, keepdims=True)])
        return table.reshape(self.n_parameters, -1).T


@dataclass(frozen=True, eq=False)
class Features:
    """Logits linear in features phi(s, a), shape (S, A, n): z = phi theta."""

    features: Array

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return self.features.shape[0]

    @property
    def n_actions(self) -> int:
        """Number of actions A."""
        return self.features.shape[1]

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.features.shape[2]

    def logits(self, thetas: Array) -> Array:
        """Phi(s, a)'theta, shape (D, S, A)."""
        flat = self.features.reshape(-1, self.n_parameters) @ thetas.T
        return flat.reshape(self.n_states, self.n_actions, -1).transpose(2, 0, 1)

    def transpose(self, cotangents: Array) -> Array:
        """Sum phi(s, a) times the cotangent over states and actions, shape (D, n)."""
        return np.tensordot(cotangents, self.features, axes=2)
