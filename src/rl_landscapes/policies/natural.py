r"""The natural gradient F^+ g: the gradient measured in behaviour, not in parameters.

It is the shortest w that minimises

    sum_s d(s) sum_a pi(a|s) [A(s, a) - w'score(s, a)]^2

Kakade (2001), theorem 1. How rarely a state is visited only decides whose error counts where not all can be
zero; a cut-off on the eigenvalues of F would take what moves rarely visited states for what moves none. So
there is none. In a table all errors can be zero, and d and pi drop out. Otherwise directions are told apart
by their angles before anything is weighted: from the heaviest score to the lightest, one that leaves the span
of those before it opens a new direction, to be fitted by that score, and by lighter ones only as far as they
weigh against it. With unknowns of that kind the normal equations are the identity plus squares of numbers of
order one, whatever the weights.
"""

import numpy as np
from scipy.linalg import solve_triangular

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.policies.base import Policy
from rl_landscapes.policies.logits import Table
from rl_landscapes.policies.softmax import Softmax

SAME = 1e-10  # a unit score with less than this outside of the span of others lies in it


def natural_direction(policy: Policy, thetas: Array, advantages: Array, occupancy: Array) -> Array:
    """Return F^+ g at each of `thetas` (D, n), shape (D, n), from advantages (D, S, A) and occupancy (D, S).

    The advantages must have mean 0 under the policy.
    """
    if isinstance(policy, Softmax) and isinstance(policy.logit_map, Table):
        return _of_table(policy.logit_map, advantages)
    moves = [_shortest(policy, *row) for row in zip(thetas, advantages, occupancy, strict=True)]
    return np.stack(moves)


def _of_table(table: Table, advantages: Array) -> Array:
    """Return A less its mean over actions; of that a shared bias takes the sum over states / (S + 1)."""
    moves = advantages - advantages.mean(axis=-1, keepdims=True)
    if table.shared_bias:
        bias = moves.sum(axis=1, keepdims=True) / (table.n_states + 1)
        moves = np.concatenate([moves - bias, bias], axis=1)
    return moves.reshape(len(moves), -1)


def _shortest(policy: Policy, theta: Array, advantage: Array, visits: Array) -> Array:
    """Return w (n,) at one `theta` (n,).

    Errors have mean 0 in a state, so that of its likeliest action is -sum of the others' pi error / pi(a*).
    """
    point = policy.at(theta[None])
    roots = np.exp(point.log_probs[0] / 2)
    scores = np.moveaxis(point.push(np.eye(theta.size)), 0, -1)
    lengths = np.linalg.norm(scores, axis=-1)
    weights = np.sqrt(np.maximum(visits, 0.0))[:, None] * roots * lengths
    weights[np.arange(len(roots)), roots.argmax(axis=-1)] = 0
    order = np.unravel_index(np.argsort(-weights, axis=None)[: np.count_nonzero(weights)], weights.shape)
    likeliest = np.zeros((len(roots), len(order[0])))
    likeliest[order[0], np.arange(len(order[0]))] = (roots / roots.max(axis=-1, keepdims=True))[order]
    length = lengths[order]
    return _fitted(scores[order] / length[:, None], advantage[order] / length, weights[order], likeliest)


def _fitted(rows: Array, wanted: Array, weights: Array, likeliest: Array) -> Array:
    """Return the shortest w (n,) with the least sum of errors^2 + (likeliest @ errors)^2.

    The errors (m,) are weights (wanted - rows w), for unit `rows` (m, n) and `weights` that fall.
    """
    rows, axes, first = _staircase(rows)
    made = solve_triangular(rows[first].T, rows.T).T  # each row as a sum of the first ones
    share = np.minimum(weights[:, None], weights[first]) / weights[first] * made
    errors = weights * (wanted - made @ wanted[first])
    share, errors = (np.concatenate([part, likeliest @ part]) for part in (share, errors))
    at_first = wanted[first] + np.linalg.solve(share.T @ share, share.T @ errors) / weights[first]
    return solve_triangular(rows[first], at_first, lower=True) @ axes


def _staircase(rows: Array) -> tuple[Array, Array, IntArray]:
    """Return unit `rows` (m, n) as (m, r) times orthonormal axes (r, n), and in which row each axis is first.

    Before that row the axis is exactly 0: no rounding of a heavy row can pass for a light one.
    """
    axes, first = np.zeros((min(rows.shape), rows.shape[1])), np.zeros(0, dtype=np.int64)
    for place, row in enumerate(rows):
        known = axes[: len(first)]
        left = row - (row @ known.T) @ known
        left -= (left @ known.T) @ known
        if len(first) < len(axes) and np.linalg.norm(left) > SAME:
            axes[len(first)] = left / np.linalg.norm(left)
            first = np.append(first, place)
    axes = axes[: len(first)]
    return np.where(np.arange(len(rows))[:, None] >= first, rows @ axes.T, 0.0), axes, first
