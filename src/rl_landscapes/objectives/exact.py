r"""The exact soft return of a softmax policy, with exact first and second derivatives.

With x = log pi, entropy weight tau(s) (tau, or 0 where entropy is not counted) and occupancy
d' = rho' (I - gamma P_pi)^-1, the unnormalised discounted visits:

    V = (I - gamma P_pi)^-1 sum_a pi (r - tau x)            O = rho' V
    dO/dx(s, a) = d(s) pi(a|s) [Q(s, a) - tau(s) x(s, a) - tau(s)],   Q = r + gamma P V

and the policy's chain rule turns dO/dx into the gradient. Both solves share one factorisation; so do the two
more of a Hessian-vector product. Sutton et al. (2000), theorem 1; Ahmed et al. (2019), section 2 and
appendix.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar

import numpy as np
from scipy import sparse

from rl_landscapes.arrays import Array, as_finite, non_negative
from rl_landscapes.objectives.base import HessianProduct, as_points
from rl_landscapes.objectives.systems import ChainSystems, Factors
from rl_landscapes.policies.base import Policy, PolicyPoint
from rl_landscapes.policies.softmax import SoftmaxPoint, tabular
from rl_landscapes.worlds.gridworld import Gridworld, as_mdp
from rl_landscapes.worlds.mdp import MDP

VECTORS_AT_ONCE = 512
Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Policies of one world evaluated: what gradient and Hessian are made of."""

    point: PolicyPoint
    factors: Factors
    values: Array  # (D, S)
    surprise: Array  # (D, S, A): Q - tau x


@dataclass(frozen=True, eq=False)
class Climb:
    """What all Hessian-vector products at one policy share, each (1, S, A); A is the soft advantage."""

    flows: Array  # d pi
    lean: Array  # pi A
    gradient: Array  # d pi A, the gradient with respect to x
    tilt: Array  # A - tau
    into: sparse.csc_array  # (S, S A), the transitions into each state


class ExactReturn:
    """O(theta) = E sum_t gamma^t [r_t + tau H(pi(.|s_t))], computed without sampling.

    Parameters
    ----------
    world
        A finite MDP or a gridworld.
    policy
        A softmax policy on its states; the tabular one if None.
    tau
        Weight of the entropy reward; 0 gives the true return.
    count_absorbing
        Whether the entropy of the policy in absorbing states is counted, as the paper's code does, or masked.

    Raises
    ------
    ValueError
        If the policy has other states or actions than the world, or tau is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.paper_gridworld(), tau=0.1)
    >>> objectives.evaluate(exact, np.zeros((1, 104))).round(3)
    array([[17.152]])
    >>> objectives.gradient(exact, np.zeros((1, 104))).shape
    (1, 104)
    """

    n_episodes = 1

    def __init__(
        self,
        world: MDP | Gridworld,
        policy: Policy | None = None,
        *,
        tau: float = 0.0,
        count_absorbing: bool = True,
    ) -> None:
        self.mdp = as_mdp(world)
        self.policy = tabular(self.mdp.n_states, self.mdp.n_actions) if policy is None else policy
        _same_size(self.mdp, self.policy)
        self.tau = non_negative("tau", tau)
        self.count_absorbing = count_absorbing

    @cached_property
    def systems(self) -> ChainSystems:
        """The equations of the world, factored the quickest way."""
        return ChainSystems(self.mdp)

    def __repr__(self) -> str:
        """Say which world size, tau and convention."""
        shape = f"{self.mdp.n_states} states, {self.mdp.n_actions} actions"
        return f"ExactReturn({shape}, tau={self.tau:g}, count_absorbing={self.count_absorbing})"

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.policy.n_parameters

    @property
    def points_at_once(self) -> int:
        """How many points are evaluated together."""
        return self.systems.chunk

    @cached_property
    def entropy_weights(self) -> Array:
        """tau(s), shape (S, 1)."""
        counted = np.ones(self.mdp.n_states, dtype=bool) if self.count_absorbing else ~self.mdp.absorbing
        return self.tau * counted[:, None].astype(np.float64)

    def with_tau(self, tau: float) -> "ExactReturn":
        """Return the same objective at another entropy weight; the work done once per world is shared."""
        other = ExactReturn(self.mdp, self.policy, tau=tau, count_absorbing=self.count_absorbing)
        other.systems = self.systems
        return other

    def with_policy(self, policy: Policy) -> "ExactReturn":
        """Return the same objective for another policy, for example a mixed one."""
        other = ExactReturn(self.mdp, policy, tau=self.tau, count_absorbing=self.count_absorbing)
        other.systems = self.systems
        return other

    def evaluate(self, thetas: Array, rng: np.random.Generator | None = None) -> Array:
        """Return O(theta) at each of `thetas` (D, n), shape (D, 1)."""
        return np.concatenate([part @ self.mdp.start for part in self._in_chunks(thetas, self._values)])[
            :, None
        ]

    def gradient(self, thetas: Array) -> Array:
        """Return dO/dtheta at each of `thetas` (D, n), shape (D, n)."""
        return self.value_and_gradient(thetas)[1]

    def value_and_gradient(self, thetas: Array) -> tuple[Array, Array]:
        """Return values (D,) and gradients (D, n)."""
        parts = self._in_chunks(thetas, self._value_and_gradient)
        values, gradients = zip(*parts, strict=True)
        return np.concatenate(values), np.concatenate(gradients)

    def state_values(self, thetas: Array) -> Array:
        """Return the soft value V of every state, shape (D, S)."""
        return np.concatenate(self._in_chunks(thetas, self._values))

    def occupancy(self, thetas: Array) -> Array:
        """Return the unnormalised discounted visits d, shape (D, S); each row sums to 1 / (1 - gamma)."""
        return np.concatenate(self._in_chunks(thetas, lambda part: self._visits(self._evaluation(part))))

    def soft_q(self, thetas: Array) -> Array:
        """Return Q = r + gamma P V, the soft value after each action, shape (D, S, A)."""
        values = self.state_values(thetas)
        return self.mdp.rewards + self.mdp.discount * _expected(self.mdp, values)

    def advantages(self, thetas: Array) -> Array:
        """Return Q - tau x - V, the soft advantage, shape (D, S, A); its mean under pi is 0."""
        parts = self._in_chunks(thetas, self._evaluation)
        return np.concatenate([part.surprise - part.values[..., None] for part in parts])

    def hessian_at(self, theta: Array) -> HessianProduct:
        """Return v (k, n) -> H v (k, n) at `theta` (n,), on one factorisation."""
        checked = as_finite("theta", theta, (self.n_parameters,))
        evaluation = self._evaluation(checked[None])
        product = partial(self._hessian_product, evaluation, self._climb(evaluation))
        return lambda vectors: np.concatenate([product(part) for part in _split(vectors, VECTORS_AT_ONCE)])

    def hvp(self, theta: Array, vectors: Array) -> Array:
        """Return Hessian-vector products for `vectors` (k, n) at `theta` (n,), shape (k, n)."""
        return self.hessian_at(theta)(as_finite("vectors", vectors, (None, self.n_parameters)))

    def _in_chunks(self, thetas: Array, function: Callable[[Array], Part]) -> list[Part]:
        return [function(part) for part in _split(as_points(self, thetas), self.points_at_once)]

    def _start_solve(self, thetas: Array) -> tuple[PolicyPoint, Factors, Array]:
        point = self.policy.at(thetas)
        factors = self.systems.factor(point.probs)
        reward = (point.probs * (self.mdp.rewards - self.entropy_weights * point.log_probs)).sum(axis=-1)
        return point, factors, factors.solve(reward[..., None])[..., 0]

    def _values(self, thetas: Array) -> Array:
        return self._start_solve(thetas)[2]

    def _evaluation(self, thetas: Array) -> Evaluation:
        point, factors, values = self._start_solve(thetas)
        surprise = self.mdp.rewards + self.mdp.discount * _expected(self.mdp, values)
        return Evaluation(point, factors, values, surprise - self.entropy_weights * point.log_probs)

    def _visits(self, evaluation: Evaluation) -> Array:
        start = np.broadcast_to(self.mdp.start, evaluation.values.shape)
        return evaluation.factors.solve_transposed(start[..., None])[..., 0]

    def _value_and_gradient(self, thetas: Array) -> tuple[Array, Array]:
        evaluation = self._evaluation(thetas)
        weights = self._visits(evaluation)[..., None] * evaluation.point.probs
        advantage = evaluation.surprise - evaluation.values[..., None]
        return evaluation.values @ self.mdp.start, evaluation.point.pull(weights * advantage)

    def _climb(self, evaluation: Evaluation) -> Climb:
        slope, probs = evaluation.surprise - evaluation.values[..., None], evaluation.point.probs
        flows = self._visits(evaluation)[..., None] * probs
        return Climb(flows, probs * slope, flows * slope, slope - self.entropy_weights, self.mdp.successors.T)

    def _hessian_product(self, evaluation: Evaluation, climb: Climb, vectors: Array) -> Array:
        discount, point, factors = self.mdp.discount, evaluation.point, evaluation.factors
        pushed = point.push(vectors)
        flows_moved = climb.flows * pushed
        values_moved = discount * factors.solve(np.einsum("dsa,dsa->sd", climb.lean, pushed)[None])[0].T
        arrivals = discount * (climb.into @ flows_moved.reshape(len(vectors), -1).T).T
        visits_moved = factors.solve_transposed(arrivals.T[None])[0].T
        moved = visits_moved[..., None] * climb.lean + flows_moved * climb.tilt
        moved += climb.flows * _expected(self.mdp, values_moved)
        if isinstance(point, SoftmaxPoint):  # moves `pull` by the sum over actions, and advantages sum to 0
            return point.pull(moved)
        return point.pull(moved) + point.pull_tangent(vectors, climb.gradient)


def _split(rows: Array, size: int) -> list[Array]:
    return np.split(rows, range(size, len(rows), size))


def _expected(mdp: MDP, values: Array) -> Array:
    """P V for each row of `values` (D, S), shape (D, S, A), batch axis last in memory."""
    flat = mdp.successors @ values.T
    return flat.reshape(mdp.n_states, mdp.n_actions, -1).transpose(2, 0, 1)


def _same_size(mdp: MDP, policy: Policy) -> None:
    world, ours = (mdp.n_states, mdp.n_actions), (policy.n_states, policy.n_actions)
    if world != ours:
        raise ValueError(f"policy must have the world's (states, actions) {world}, got {ours}")
