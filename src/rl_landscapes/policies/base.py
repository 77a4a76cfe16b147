r"""What a policy is: parameters -> log-probabilities, with first and second derivatives.

Everything stays in log space: x(s, a) = log pi(a|s) is finite at any logit gap, so p log p never meets
0 * inf. A policy at given parameters is a point with three linear maps, all of one chain rule:

    push           theta'     ->  x'       the Jacobian J = dx/dtheta
    pull           g          ->  J' g     its transpose
    pull_tangent   theta', g  ->  K' g     K = dJ/de at theta + e theta', g held fixed
"""

from typing import Protocol

from rl_landscapes.arrays import Array


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
