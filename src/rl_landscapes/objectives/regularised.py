r"""The exact return with other regularisers than Shannon's entropy: Tsallis entropy, closeness to a prior.

With a regulariser Omega of the policy in a state, weight tau(s) (tau, or 0 where it is not counted) and
x = log pi:

    V = (I - gamma P_pi)^-1 [sum_a pi r + tau Omega]        O = rho' V
    dO/dx(s, a) = d(s) [pi(a|s) (Q(s, a) - V(s)) + tau(s) dOmega/dx(s, a)],   Q = r + gamma P V

up to multiples of pi(a|s), which no change of a policy sees: probabilities sum to 1. Geist, Scherrer and
Pietquin (2019), A theory of regularized Markov decision processes, section 3.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rl_landscapes.arrays import Array, as_shaped, non_negative, positive
from rl_landscapes.objectives.base import as_points
from rl_landscapes.objectives.exact import ExactReturn
from rl_landscapes.objectives.systems import Factors
from rl_landscapes.policies.base import Policy, PolicyPoint
from rl_landscapes.worlds.gridworld import Gridworld
from rl_landscapes.worlds.mdp import MDP


class Regulariser(Protocol):
    """A number Omega for the policy in a state; what it is largest at is what it pulls towards."""

    def value(self, log_probs: Array) -> Array:
        """Return Omega of `log_probs` (D, S, A), shape (D, S)."""

    def slope(self, log_probs: Array) -> Array:
        """Return dOmega/dx of each log-probability, shape (D, S, A)."""


@dataclass(frozen=True)
class Tsallis:
    """(1 - sum_a pi^q) / (q - 1), largest at the uniform policy; Shannon's entropy as q -> 1.

    For q > 1 its slope stays finite where a probability goes to 0, so that regularised optima can be
    deterministic. Tsallis (1988).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.Tsallis(2.0).value(np.log([[[0.5, 0.5]], [[0.75, 0.25]]]))
    array([[0.5  ],
           [0.375]])
    """

    q: float = 2.0

    def __post_init__(self) -> None:
        """Refuse an index of no such entropy."""
        if positive("q", self.q) == 1:
            raise ValueError("q must be a positive number other than 1, at which it is Shannon's entropy")

    def value(self, log_probs: Array) -> Array:
        """Return the entropies, shape (D, S)."""
        return (1 - np.exp(self.q * log_probs).sum(axis=-1)) / (self.q - 1)

    def slope(self, log_probs: Array) -> Array:
        """-q pi^q / (q - 1)."""
        return -self.q / (self.q - 1) * np.exp(self.q * log_probs)


@dataclass(frozen=True, eq=False)
class CloseTo:
    """-KL(pi || prior) = -sum_a pi (x - log prior): 0 at the prior, less everywhere else."""

    log_prior: Array  # (S, A)

    def value(self, log_probs: Array) -> Array:
        """Return the negative divergences, shape (D, S)."""
        return -(np.exp(log_probs) * (log_probs - self.log_prior)).sum(axis=-1)

    def slope(self, log_probs: Array) -> Array:
        """-pi (x - log prior), up to a multiple of pi."""
        return -np.exp(log_probs) * (log_probs - self.log_prior)


def close_to(policy: Policy, theta: Array) -> CloseTo:
    """Return the regulariser that is largest at `policy` with parameters `theta` (n,).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies
    >>> prior = objectives.close_to(policies.tabular(1, 2), np.zeros(2))
    >>> prior.value(np.log([[[0.75, 0.25]]])).round(4)
    array([[-0.1308]])
    """
    point = as_shaped("theta", theta, (policy.n_parameters,))
    return CloseTo(policy.at(point[None]).log_probs[0])


class RegularisedReturn:
    """O(theta) = E sum_t gamma^t [r_t + tau Omega(pi(.|s_t))], computed without sampling.

    Parameters
    ----------
    world
        A finite MDP or a gridworld.
    regulariser
        `Tsallis(q)`, `close_to(policy, theta)`, or any other `Regulariser`.
    policy
        A softmax policy on the world's states; the tabular one if None.
    tau
        Weight of the regulariser; 0 gives the true return.
    count_absorbing
        Whether absorbing states are regularised too, as in the paper's code, or masked.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> world = worlds.paper_gridworld()
    >>> exact = objectives.RegularisedReturn(world, objectives.Tsallis(2.0), tau=0.1)
    >>> objectives.evaluate(exact, np.zeros((1, 104))).round(3)
    array([[10.789]])
    """

    n_episodes = 1

    def __init__(
        self,
        world: MDP | Gridworld,
        regulariser: Regulariser,
        policy: Policy | None = None,
        *,
        tau: float,
        count_absorbing: bool = True,
    ) -> None:
        self.true = ExactReturn(world, policy, count_absorbing=count_absorbing)
        self.regulariser = regulariser
        self.tau = non_negative("tau", tau)

    def __repr__(self) -> str:
        """Say what is regularised how."""
        return f"RegularisedReturn({self.regulariser!r}, tau={self.tau:g}, {self.true!r})"

    @property
    def policy(self) -> Policy:
        """The policy that is regularised."""
        return self.true.policy

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.true.n_parameters

    @property
    def points_at_once(self) -> int:
        """How many points are evaluated together."""
        return self.true.points_at_once

    def with_tau(self, tau: float) -> "RegularisedReturn":
        """Return the same objective at another weight; the work done once per world is shared."""
        other = RegularisedReturn(
            self.true.mdp,
            self.regulariser,
            self.policy,
            tau=tau,
            count_absorbing=self.true.count_absorbing,
        )
        other.true = self.true
        return other

    def evaluate(self, thetas: Array, rng: np.random.Generator | None = None) -> Array:
        """Return O(theta) at each of `thetas` (D, n), shape (D, 1)."""
        parts = [self._solved(part)[2] @ self.true.mdp.start for part in self._in_chunks(thetas)]
        return np.concatenate(parts)[:, None]

    def gradient(self, thetas: Array) -> Array:
        """Return dO/dtheta at each of `thetas` (D, n), shape (D, n)."""
        return self.value_and_gradient(thetas)[1]

    def value_and_gradient(self, thetas: Array) -> tuple[Array, Array]:
        """Return values (D,) and gradients (D, n)."""
        parts = [self._value_and_gradient(part) for part in self._in_chunks(thetas)]
        values, gradients = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(gradients)

    @property
    def _weights(self) -> Array:
        """tau(s), shape (S,)."""
        counted = self.true.count_absorbing | ~self.true.mdp.absorbing
        return self.tau * counted.astype(np.float64)

    def _in_chunks(self, thetas: Array) -> list[Array]:
        points, size = as_points(self, thetas), self.points_at_once
        return np.split(points, range(size, len(points), size))

    def _solved(self, thetas: Array) -> tuple[PolicyPoint, Factors, Array]:
        """Return the policies, their equations factored, and V (D, S)."""
        point = self.policy.at(thetas)
        factors = self.true.systems.factor(point.probs)
        bonus = self._weights * self.regulariser.value(point.log_probs)
        reward = (point.probs * self.true.mdp.rewards).sum(axis=-1) + bonus
        return point, factors, factors.solve(reward[..., None])[..., 0]

    def _value_and_gradient(self, thetas: Array) -> tuple[Array, Array]:
        mdp = self.true.mdp
        point, factors, values = self._solved(thetas)
        start = np.broadcast_to(mdp.start, values.shape)
        visits = factors.solve_transposed(start[..., None])
        ahead = (mdp.successors @ values.T).reshape(mdp.n_states, mdp.n_actions, -1).transpose(2, 0, 1)
        advantage = mdp.rewards + mdp.discount * ahead - values[..., None]
        slope = self._weights[:, None] * self.regulariser.slope(point.log_probs)
        return values @ mdp.start, point.pull(visits * (point.probs * advantage + slope))
