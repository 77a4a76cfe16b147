"""Distances and directions that belong to the policy, not to its parameters: KL, Fisher, gauge."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite, unit_rows
from rl_landscapes.policies.base import Policy
from rl_landscapes.policies.logits import Table
from rl_landscapes.policies.softmax import Softmax

LARGEST_DENSE = 4000


def kl_moved(policy: Policy, theta: Array, thetas: Array, weights: Array) -> Array:
    """Return sum_s w(s) KL(pi_theta(.|s) || pi_theta'(.|s)) for each theta' in `thetas` (D, n), shape (D,).

    `weights` (S,) may be the occupancy (normalised or not) or any other non-negative numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> thetas = np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    >>> policies.kl_moved(policies.tabular(1, 2), thetas[0], thetas, weights=np.ones(1)).round(3)
    array([0.  , 0.  , 0.12])
    """
    n = policy.n_parameters
    here = policy.at(as_finite("theta", theta, (n,))[None])
    there = policy.at(as_finite("thetas", thetas, (None, n)))
    by_state = (here.probs * (here.log_probs - there.log_probs)).sum(axis=-1)
    return by_state @ as_finite("weights", weights, (policy.n_states,))


def fisher(policy: Policy, theta: Array, occupancy: Array) -> Array:
    """Return the Fisher information sum_s d(s) sum_a pi(a|s) score score', shape (n, n). Kakade (2001).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policies.fisher(policies.tabular(1, 2), theta=np.zeros(2), occupancy=np.ones(1))
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """
    n = policy.n_parameters
    point = policy.at(as_finite("theta", theta, (n,))[None])
    scores = point.push(np.eye(n)).reshape(n, -1)
    visits = as_finite("occupancy", occupancy, (policy.n_states,))
    weights = (visits[:, None] * point.probs[0]).ravel()
    return (scores * weights) @ scores.T


def gauge(policy: Policy) -> Array:
    """Return an orthonormal basis (k, n) of the directions that change no probability of the policy.

    Adding a constant to all logits of a state changes nothing; with a shared bias there are more such
    directions. They are the null space of theta -> logits minus their mean over actions.

    Raises
    ------
    ValueError
        For more parameters than a dense decomposition can take; `without_gauge` works for tables of any size.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> (direction,) = policies.gauge(policies.tabular(1, 2))
    >>> abs(direction).round(3)  # both logits together
    array([0.707, 0.707])
    """
    n = policy.n_parameters
    if n > LARGEST_DENSE:
        raise ValueError(f"gauge needs a dense decomposition, at most {LARGEST_DENSE} parameters; got {n}")
    centred = policy.at(np.zeros((1, n))).push(np.eye(n)).reshape(n, -1)
    vectors, lengths, _ = np.linalg.svd(centred, full_matrices=True)
    rank = int((lengths > 1e-10 * lengths[0]).sum())
    return vectors[:, rank:].T


def without_gauge(policy: Policy, directions: Array) -> Array:
    """Return `directions` (D, n) with their gauge part taken out and unit length restored.

    Raises
    ------
    ValueError
        If a direction is zero, or lies wholly in the gauge.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policies.without_gauge(policies.tabular(1, 2), np.array([[1.0, 0.0]])).round(3)
    array([[ 0.707, -0.707]])
    """
    directions = as_finite("directions", directions, (None, policy.n_parameters))
    directions, _ = unit_rows("directions", directions)
    if (
        isinstance(policy, Softmax)
        and isinstance(policy.logit_map, Table)
        and not policy.logit_map.shared_bias
    ):
        table = directions.reshape(len(directions), policy.n_states, policy.n_actions)
        left = (table - table.mean(axis=-1, keepdims=True)).reshape(directions.shape)
    else:
        basis = gauge(policy)
        left = directions - directions @ basis.T @ basis
    lengths = np.linalg.norm(left, axis=1, keepdims=True)
    if (lengths < 1e-12).any():
        raise ValueError("directions must not lie wholly in the gauge: such a step changes no probability")
    return left / lengths
