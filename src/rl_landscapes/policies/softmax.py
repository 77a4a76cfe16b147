"""Softmax policies: pi(a|s) proportional to exp z(s, a), with logits z linear in the parameters."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, as_finite, at_least
from rl_landscapes.policies.logits import Features, LogitMap, Table


@dataclass(frozen=True, eq=False)
class Softmax:
    """pi(a|s) proportional to exp z(s, a), with logits z linear in the parameters."""

    logit_map: LogitMap

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return self.logit_map.n_states

    @property
    def n_actions(self) -> int:
        """Number of actions A."""
        return self.logit_map.n_actions

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.logit_map.n_parameters

    def at(self, thetas: Array) -> "SoftmaxPoint":
        """Return the policy at parameter vectors `thetas` (D, n)."""
        logits = self.logit_map.logits(thetas)
        shifted = logits - logits.max(axis=-1, keepdims=True)
        weights = np.exp(shifted)
        total = weights.sum(axis=-1, keepdims=True)
        return SoftmaxPoint(self.logit_map, shifted - np.log(total), weights / total)


@dataclass(frozen=True, eq=False)
class SoftmaxPoint:
    """A softmax policy at D parameter vectors; see `PolicyPoint`."""

    logit_map: LogitMap
    log_probs: Array
    probs: Array

    def push(self, tangents: Array) -> Array:
        """x'(s, a) = z'(s, a) - sum_b pi(b|s) z'(s, b)."""
        moved = self.logit_map.logits(tangents)
        return moved - np.einsum("dsa,dsa->ds", self.probs, moved)[..., None]

    def pull(self, cotangents: Array) -> Array:
        """Transpose of `push`."""
        total = np.einsum("dsa->ds", cotangents)[..., None]
        return self.logit_map.transpose(cotangents - self.probs * total)

    def pull_tangent(self, tangents: Array, cotangents: Array) -> Array:
        """Only pi moves in `pull`, by pi x'."""
        total = np.einsum("dsa->ds", cotangents)[..., None]
        return self.logit_map.transpose(-self.probs * self.push(tangents) * total)


def tabular(n_states: int, n_actions: int, *, shared_bias: bool = False) -> Softmax:
    """Return the policy with one logit for each state and action.

    Parameters are the S A logits row by row, then the A entries of the bias if all states share one: what a
    linear layer on one-hot states has.

    Raises
    ------
    ValueError
        If a count is not a positive integer.
    """
    return Softmax(Table(at_least("n_states", n_states, 1), at_least("n_actions", n_actions, 1), shared_bias))


def linear(features: Array) -> Softmax:
    """Return the policy with logits phi(s, a)'theta, for `features` phi of shape (S, A, n).

    Raises
    ------
    ValueError
        If `features` is not a finite (S, A, n) array.
    """
    return Softmax(Features(as_finite("features", features, (None, None, None))))
