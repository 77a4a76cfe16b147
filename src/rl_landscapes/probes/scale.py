"""How far is a step? The same move in parameter norm and in behaviour."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite, positive
from rl_landscapes.policies.base import Policy
from rl_landscapes.policies.geometry import kl_moved

LARGEST_STEP = 1e6


def alpha_for_kl(policy: Policy, theta: Array, directions: Array, weights: Array, *, kl: float) -> Array:
    """Return for each direction d (D, n) the alpha at which steps +/- alpha d move the policy by `kl`.

    The move is sum_s w(s) KL(pi_theta || pi_theta+-alpha d), the mean over both signs. It grows with alpha,
    because the KL of an exponential family is convex in its parameters; bisection finds alpha. A direction
    along which the policy never moves so far gets infinity.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies, probes
    >>> policy, theta, weights = policies.tabular(1, 2), np.zeros(2), np.ones(1)
    >>> alpha = probes.alpha_for_kl(policy, theta, np.array([[1.0, 0.0], [0.0, 1.0]]), weights, kl=0.01)
    >>> there = theta + alpha[:, None] * np.eye(2)
    >>> policies.kl_moved(policy, theta, there, weights).round(6)
    array([0.01, 0.01])
    """
    target = positive("kl", kl)
    here = as_finite("theta", theta, (policy.n_parameters,))
    rows = as_finite("directions", directions, (None, policy.n_parameters))
    low, high = np.zeros(len(rows)), np.ones(len(rows))
    while (short := (_moved(policy, here, rows, high, weights) < target) & (high < LARGEST_STEP)).any():
        high[short] *= 2
    for _ in range(60):
        middle = (low + high) / 2
        below = _moved(policy, here, rows, middle, weights) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(high < LARGEST_STEP / 2, high, np.inf)


def _moved(policy: Policy, theta: Array, directions: Array, alphas: Array, weights: Array) -> Array:
    steps = alphas[:, None] * directions
    forward = kl_moved(policy, theta, theta + steps, weights)
    return (forward + kl_moved(policy, theta, theta - steps, weights)) / 2
