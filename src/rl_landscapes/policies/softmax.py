r"""Softmax policies: pi(a|s) proportional to exp z(s, a), with logits z linear in the parameters.

Where an action a* is nearly certain, 1 - pi(a*) is lost in the rounding of pi(a*). So whatever belongs to it
is made of the others', to full relative precision at any logit gap:

    log pi(a*) = -log1p(sum of the others' exp(z - z*))        x'(a*) = -sum_b pi(b) [z'(b) - z'(a*)]
    (J'g)(a*) = -sum of the others' (J'g)(a), for the derivatives with respect to a state's logits sum to 0

What stays: below e^-745 a probability is 0, and so are all derivatives along its logit.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rl_landscapes.arrays import Array, as_finite, at_least
from rl_landscapes.policies.logits import Features, LogitMap, Table

SURE = 0.99  # up to here rounding costs 1 - pi two digits at most


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

    def bias(self, thetas: Array) -> Array:
        """Return the part (..., A) of `thetas` (..., n) that all states share, as a view.

        Raises
        ------
        ValueError
            If the policy has no shared bias, or `thetas` another length.
        """
        if not (isinstance(self.logit_map, Table) and self.logit_map.shared_bias):
            raise ValueError(
                f"the policy has no shared bias, see `tabular`: its logits are {self.logit_map!r}"
            )
        if np.shape(thetas)[-1:] != (self.n_parameters,):
            raise ValueError(f"thetas must have shape (..., {self.n_parameters}), got {np.shape(thetas)}")
        return thetas[..., -self.n_actions :]

    def at(self, thetas: Array) -> "SoftmaxPoint":
        """Return the policy at parameter vectors `thetas` (D, n).

        To mask an action give it a finite logit 800 or more below another one's: it has probability 0, no
        derivative, and no part in the entropy.

        Raises
        ------
        ValueError
            If logits, or the gaps between those of a state, are not finite numbers.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            logits = self.logit_map.logits(thetas)
            shifted = logits - logits.max(axis=-1, keepdims=True)
        if not shifted.min() > -np.inf:
            raise ValueError(
                f"thetas must give logits with finite gaps, but reach {np.abs(thetas).max():.3g}; "
                "to mask an action, -1e4 is enough: its probability is 0"
            )
        weights = np.exp(shifted)
        others = (weights * (shifted < 0)).sum(axis=-1, keepdims=True)
        others += (shifted == 0).sum(axis=-1, keepdims=True) - 1
        return SoftmaxPoint(self.logit_map, shifted - np.log1p(others), weights / (1 + others))


@dataclass(frozen=True, eq=False)
class SoftmaxPoint:
    """A softmax policy at D parameter vectors; see `PolicyPoint`."""

    logit_map: LogitMap
    log_probs: Array
    probs: Array

    @cached_property
    def sure(self) -> Array | None:
        """1 at actions that are nearly certain and 0 elsewhere, shape (D, S, A); None if there are none."""
        above = self.probs > SURE
        return above.astype(np.float64) if above.any() else None

    def push(self, tangents: Array) -> Array:
        """x'(s, a) = z'(s, a) - sum_b pi(b|s) z'(s, b)."""
        moved = self.logit_map.logits(tangents)
        if self.sure is not None:
            moved = moved - _over_actions(self.sure, moved)
        return moved - _over_actions(self.probs, moved)

    def pull(self, cotangents: Array) -> Array:
        """Transpose of `push`."""
        by_logit = cotangents - self.probs * _over_actions(cotangents)
        if self.sure is not None:
            others = by_logit * (1 - self.sure)
            by_logit = others - self.sure * _over_actions(others)
        return self.logit_map.transpose(by_logit)

    def pull_tangent(self, tangents: Array, cotangents: Array) -> Array:
        """Only pi moves in `pull`, by pi x'."""
        return self.logit_map.transpose(-self.probs * self.push(tangents) * _over_actions(cotangents))


def _over_actions(first: Array, *others: Array) -> Array:
    """Sum products over actions: (D, S, A) -> (D, S, 1)."""
    return np.asarray(np.einsum(",".join(["dsa"] * (1 + len(others))) + "->ds", first, *others))[..., None]


def tabular(n_states: int, n_actions: int, *, shared_bias: bool = False) -> Softmax:
    """Return the policy with one logit for each state and action.

    Parameters are the S A logits row by row, then the A entries of the bias if all states share one: what a
    linear layer on one-hot states has.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policies.tabular(1, 2).at(np.log([[3.0, 1.0]])).probs.round(6)
    array([[[0.75, 0.25]]])
    """
    return Softmax(Table(at_least("n_states", n_states, 1), at_least("n_actions", n_actions, 1), shared_bias))


def linear(features: Array) -> Softmax:
    """Return the policy with logits phi(s, a)'theta, for `features` phi of shape (S, A, n).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policy = policies.linear(features=np.array([[[1.0], [0.0]]]))
    >>> policy.at(np.log([[3.0]])).probs.round(6)
    array([[[0.75, 0.25]]])
    """
    return Softmax(Features(as_finite("features", features, (None, None, None))))
