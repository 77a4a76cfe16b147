r"""Softmax policies: parameters -> log-probabilities, with first and second derivatives.

Everything stays in log space: x(s, a) = log pi(a|s) is finite at any logit gap, so p log p never meets
0 * inf. A policy at given parameters is a point with three linear maps, all of one chain rule:

    push            theta'     ->  x'                    the Jacobian J = dx/dtheta
    pull            g          ->  J' g                  its transpose
    pull_tangent    theta', g  ->  (d/de J(theta + e theta'))' g    its derivative, g held fixed

Batches lie with the batch axis last in memory, (S, A, D) seen as (D, S, A): the solvers that eliminate many
chains at once read them without a copy.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rl_landscapes.arrays import Array, as_finite, at_least, within


class PolicyPoint(Protocol):
    """A policy at D parameter vectors, and its derivatives there."""

    @property
    def log_probs(self) -> Array:
        """Log pi(a|s), shape (D, S, A)."""

    @property
    def probs(self) -> Array:
        """pi(a|s), shape (D, S, A)."""

    def push(self, tangents: Array) -> Array:
        """Move parameters by `tangents` (D, n); return the change of the log-probabilities (D, S, A)."""

    def pull(self, cotangents: Array) -> Array:
        """Transpose of `push`: (D, S, A) -> (D, n)."""

    def pull_tangent(self, tangents: Array, cotangents: Array) -> Array:
        """Change of `pull(cotangents)` as the parameters move by `tangents`, shape (D, n)."""


class Policy(Protocol):
    """A map from parameters to the probabilities of A actions in each of S states."""

    @property
    def n_states(self) -> int:
        """Number of states S."""

    @property
    def n_actions(self) -> int:
        """Number of actions A."""

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""

    def at(self, thetas: Array) -> PolicyPoint:
        """Return the policy at parameter vectors `thetas` (D, n)."""


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
        return np.moveaxis(table, -1, 0)

    def transpose(self, cotangents: Array) -> Array:
        """Collect what each parameter moved, shape (D, n)."""
        table = np.moveaxis(cotangents, 0, -1)
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
        return np.moveaxis(flat.reshape(self.n_states, self.n_actions, -1), -1, 0)

    def transpose(self, cotangents: Array) -> Array:
        """Sum phi(s, a) times the cotangent over states and actions, shape (D, n)."""
        return np.tensordot(cotangents, self.features, axes=2)


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


@dataclass(frozen=True, eq=False)
class Mixed:
    """(1 - mix) pi + mix / A: the policy mixed with the uniform one. Ahmed et al. (2019), section 3.1."""

    policy: Policy
    mix: float

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return self.policy.n_states

    @property
    def n_actions(self) -> int:
        """Number of actions A."""
        return self.policy.n_actions

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.policy.n_parameters

    def at(self, thetas: Array) -> "MixedPoint":
        """Return the mixed policy at parameter vectors `thetas` (D, n)."""
        inner = self.policy.at(thetas)
        with np.errstate(divide="ignore"):
            kept, uniform = np.log1p(-self.mix), np.log(self.mix) - np.log(self.n_actions)
        log_probs = np.logaddexp(kept + inner.log_probs, uniform)
        return MixedPoint(inner, np.exp(kept + inner.log_probs - log_probs), log_probs)


@dataclass(frozen=True, eq=False)
class MixedPoint:
    """A mixed policy at D parameter vectors; `share` of each probability comes from the inner policy."""

    inner: PolicyPoint
    share: Array
    log_probs: Array

    @property
    def probs(self) -> Array:
        """pi(a|s), shape (D, S, A)."""
        return np.exp(self.log_probs)

    def push(self, tangents: Array) -> Array:
        """X' = share y', with y the inner log-probabilities."""
        return self.share * self.inner.push(tangents)

    def pull(self, cotangents: Array) -> Array:
        """Transpose of `push`."""
        return self.inner.pull(self.share * cotangents)

    def pull_tangent(self, tangents: Array, cotangents: Array) -> Array:
        """Move both factors of `pull`: the share, by share (1 - share) y', and the inner policy."""
        inner_tangent = self.inner.push(tangents)
        share_tangent = self.share * (1 - self.share) * inner_tangent
        return self.inner.pull(share_tangent * cotangents) + self.inner.pull_tangent(
            tangents, self.share * cotangents
        )


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


def mixed(policy: Policy, mix: float) -> Mixed:
    """Return (1 - mix) pi + mix / A, for 0 <= mix <= 1.

    Raises
    ------
    ValueError
        If `mix` lies outside [0, 1].
    """
    return Mixed(policy, within("mix", mix, 0.0, 1.0))
