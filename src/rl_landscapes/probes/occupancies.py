"""The path between two policies that is straight in what they do: in their occupancies."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite
from rl_landscapes.objectives.base import as_point
from rl_landscapes.objectives.exact import ExactReturn
from rl_landscapes.policies import shortest_theta
from rl_landscapes.policies.softmax import Softmax


def occupancy_path(objective: ExactReturn, start: Array, end: Array, shares: Array) -> Array:
    """Return (K, n), policies whose occupancies are means of those of two, by `shares` (K,) of `end`.

        mu_u(s, a) = (1 - u) mu_0(s, a) + u mu_1(s, a),  pi_u(a|s) = mu_u(s, a) / sum_a' mu_u(s, a')

    with mu(s, a) = d(s) pi(a|s). The return is linear in mu, so on this path it is the mean of the returns of
    its ends, and the return with entropy is no less. The policies are given by their shortest parameters.
    Puterman (1994).

    Raises
    ------
    ValueError
        If a share is not in [0, 1], or the policy cannot be any table of probabilities.
    TypeError
        If the policy is no softmax.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, probes, worlds
    >>> world, policy = worlds.paper_gridworld(), policies.paper_policy()
    >>> exact = objectives.ExactReturn(world, policy)
    >>> down, right = (policies.deterministic_theta(policy, np.full(26, a), 5.0) for a in (3, 1))
    >>> path = probes.occupancy_path(exact, down, right, shares=np.array([0.0, 0.25, 1.0]))
    >>> exact.evaluate(path)[:, 0].round(3)
    array([4.241, 4.359, 4.712])
    """
    if not isinstance(objective.policy, Softmax):
        raise TypeError(f"the policy must be a softmax, got {type(objective.policy).__name__}")
    weights = as_finite("shares", shares, (None,))
    if weights.size and not 0 <= weights.min() <= weights.max() <= 1:
        raise ValueError(f"shares must be from 0 to 1, got {weights.min():g} to {weights.max():g}")
    ends = np.stack([as_point(objective, start, "start"), as_point(objective, end, "end")])
    visits = np.log(objective.occupancy(ends))[..., None] + objective.policy.at(ends).log_probs
    with np.errstate(divide="ignore"):
        parts = np.log1p(-weights)[:, None, None] + visits[0], np.log(weights)[:, None, None] + visits[1]
    mixed = np.logaddexp(*parts)
    mixed -= np.logaddexp.reduce(mixed, axis=-1, keepdims=True)
    return shortest_theta(objective.policy, mixed)
