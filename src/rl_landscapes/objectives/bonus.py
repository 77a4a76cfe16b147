"""The other entropy objective: a bonus in the loss, whose state weights do not depend on the policy."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite
from rl_landscapes.objectives.base import HessianProduct
from rl_landscapes.objectives.exact import ExactReturn


class EntropyBonus:
    """O(theta) + tau sum_s w(s) H(pi(.|s)): true return plus a weighted mean of entropies.

    Unlike the soft return it pays nothing for going where entropy will be high: the weights are fixed.

    Parameters
    ----------
    exact
        The return; its own tau must be 0.
    tau
        Weight of the bonus; below zero it is a penalty.
    weights
        w (S,), non-negative; by default 1/S' on each of the S' states that are not absorbing.

    Raises
    ------
    ValueError
        If the return already has entropy in it, tau is not finite, or a weight is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.paper_gridworld())
    >>> both, theta = [exact, objectives.EntropyBonus(exact, tau=1.0)], np.zeros((1, 104))
    >>> plain, paid = (float(objectives.evaluate(each, theta)[0, 0]) for each in both)
    >>> round(paid - plain, 6), round(float(np.log(4)), 6)  # uniform over four actions
    (1.386294, 1.386294)
    """

    n_episodes = 1

    def __init__(self, exact: ExactReturn, *, tau: float, weights: Array | None = None) -> None:
        self.exact, self.tau = _true(exact), as_finite("tau", tau, ()).item()
        living = ~exact.mdp.absorbing
        chosen = living / living.sum() if weights is None else weights
        self.weights = as_finite("weights", chosen, (exact.mdp.n_states,))
        if (self.weights < 0).any():
            raise ValueError(f"weights must not be negative, the least is {self.weights.min()}")

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self.exact.n_parameters

    def evaluate(self, thetas: Array, rng: np.random.Generator | None = None) -> Array:
        """Return the objective at each of `thetas` (D, n), shape (D, 1)."""
        point = self.exact.policy.at(thetas)
        entropies = -(point.probs * point.log_probs).sum(axis=-1)
        return self.exact.evaluate(thetas) + self.tau * (entropies @ self.weights)[:, None]

    def gradient(self, thetas: Array) -> Array:
        """Return its gradient, shape (D, n); dH/dx(s, a) = -pi (x + 1)."""
        point = self.exact.policy.at(thetas)
        return self.exact.gradient(thetas) + point.pull(self._cotangent(point.probs, point.log_probs))

    def hessian_at(self, theta: Array) -> HessianProduct:
        """Return v (k, n) -> H v (k, n) at `theta` (n,)."""
        point = self.exact.policy.at(theta[None])
        product = self.exact.hessian_at(theta)
        flat = self._cotangent(point.probs, point.log_probs)

        def bonus(vectors: Array) -> Array:
            pushed = point.push(vectors)
            moved = self._weigh(point.probs * pushed * (point.log_probs + 2))
            return product(vectors) + point.pull(moved) + point.pull_tangent(vectors, flat)

        return bonus

    def _cotangent(self, probs: Array, log_probs: Array) -> Array:
        return self._weigh(probs * (log_probs + 1))

    def _weigh(self, by_action: Array) -> Array:
        return -self.tau * self.weights[:, None] * by_action


def visited_bonus_gradient(exact: ExactReturn, thetas: Array, *, tau: float) -> Array:
    """Return grad O + tau sum_s d(s) grad H(pi(.|s)) with d held fixed, shape (D, n).

    This is what actor-critic code follows. Because d moves with the policy it is the gradient of no function:
    its Jacobian is not symmetric.

    Raises
    ------
    ValueError
        If `thetas` is not a finite (D, n) array, the return already has entropy in it, or tau is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.paper_gridworld())
    >>> theta = np.random.default_rng(0).normal(size=(1, 104))
    >>> objectives.visited_bonus_gradient(exact, theta, tau=0.1).shape
    (1, 104)
    """
    weight, exact = as_finite("tau", tau, ()).item(), _true(exact)
    point = exact.policy.at(as_finite("thetas", thetas, (None, exact.n_parameters)))
    visits = exact.occupancy(thetas)[..., None]
    return exact.gradient(thetas) + point.pull(-weight * visits * point.probs * (point.log_probs + 1))


def _true(exact: ExactReturn) -> ExactReturn:
    if exact.tau != 0:
        raise ValueError(f"exact must be the true return, tau = 0, got tau = {exact.tau:g}")
    return exact
