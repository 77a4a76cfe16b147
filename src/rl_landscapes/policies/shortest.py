"""From probabilities back to parameters: the shortest vector that describes a policy."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite
from rl_landscapes.policies.geometry import LARGEST_DENSE
from rl_landscapes.policies.softmax import Softmax

FITS = 1e-8  # how far, at most, a log-probability may be off


def shortest_theta(policy: Softmax, log_probs: Array) -> Array:
    """Return the shortest parameters with these log-probabilities, (..., S, A) -> (..., n).

    The gauge leaves a choice, and the shortest vector has no part in it. Entries of `log_probs` may all be
    raised by the same number in a state: they are logits.

    Raises
    ------
    ValueError
        If no parameters of the policy give these probabilities, or it has too many of them for a dense
        decomposition.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policies.shortest_theta(policies.tabular(1, 2), np.log([[0.75, 0.25]])).round(3)
    array([ 0.549, -0.549])
    """
    n, n_states, n_actions = policy.n_parameters, policy.n_states, policy.n_actions
    wanted = np.asarray(log_probs, dtype=np.float64)
    rows = as_finite("log_probs", wanted.reshape(-1, *wanted.shape[-2:]), (None, n_states, n_actions))
    if n > LARGEST_DENSE:
        raise ValueError(
            f"shortest_theta needs a dense decomposition, at most {LARGEST_DENSE} parameters; got {n}"
        )
    moved = policy.at(np.zeros((1, n))).push(np.eye(n)).reshape(n, -1)
    centred = (rows - rows.mean(axis=-1, keepdims=True)).reshape(len(rows), -1)
    thetas = np.linalg.lstsq(moved.T, centred.T, rcond=None)[0].T
    reached = policy.at(thetas).log_probs
    reached = (reached - reached.mean(axis=-1, keepdims=True)).reshape(centred.shape)
    off = float(np.abs(reached - centred).max(initial=0.0))
    if off > FITS * max(1.0, float(np.abs(centred).max(initial=0.0))):
        raise ValueError(
            f"log_probs must be those of the policy at some parameters, the nearest are off by {off:.2g}"
        )
    return np.asarray(thetas.reshape(*wanted.shape[:-2], n), dtype=np.float64)
