"""Policies mixed with the uniform one; as precise as the inner policy at any logit gap, see `softmax`."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, within
from rl_landscapes.policies.base import Policy, PolicyPoint


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


def mixed(policy: Policy, mix: float) -> Mixed:
    """Return (1 - mix) pi + mix / A, for 0 <= mix <= 1.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policy = policies.mixed(policies.tabular(1, 2), 0.2)
    >>> policy.at(np.array([[50.0, 0.0]])).probs.round(6)
    array([[[0.9, 0.1]]])
    """
    return Mixed(policy, within("mix", mix, 0.0, 1.0))
