"""Policy gradients that are right, and others with a mistake each: what a student's test has to tell apart.

A mistake shows on some examples only: forgotten surprise where there is entropy, one weight for all states
where weights differ, a start that is not looked at where it is not even.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course.checks import worlds

Gradient = Callable[[Array, Array, float, Array, Array, Array], Array]


def by_the_theorem(
    P: Array,
    r: Array,
    gamma: float,
    rho: Array,
    theta: Array,
    tau: Array,
    *,
    ahead: float | None = None,
    visited: float = 1.0,
    surprised: float = 1.0,
    paid: float = 1.0,
    baseline: float = 1.0,
    likely: bool = True,
) -> Array:
    """Return d pi A; each keyword spoils one part of it.

    `ahead` is the discount in Q; `visited`, `surprised`, `paid` and `baseline` are factors of the visits, of
    the surprise in A, of that in the pay, and of V in A; without `likely` pi is left out.
    """
    P, r, theta, tau = (np.asarray(given, dtype=float) for given in (P, r, theta, tau))
    x, cost = worlds.log_probs(theta), tau[:, None]
    pi = np.exp(x)
    V = worlds.values(P, r - paid * cost * x, gamma, pi)
    d = visited * worlds.occupancy(P, gamma, np.asarray(rho, dtype=float), pi)
    A = r + (gamma if ahead is None else ahead) * P @ V - surprised * cost * x - baseline * V[:, None]
    found: Array = d[:, None] * (pi if likely else 1.0) * A
    return found


def _normalised(P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array) -> Array:
    return (1 - gamma) * by_the_theorem(P, r, gamma, rho, theta, tau)


def _one_weight(P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array) -> Array:
    return by_the_theorem(P, r, gamma, rho, theta, np.full_like(tau, np.asarray(tau)[0], dtype=float))


def _any_start(P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array) -> Array:
    return by_the_theorem(P, r, gamma, np.full(len(rho), 1 / len(rho)), theta, tau)


def _unshifted(P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        weights = np.exp(np.asarray(theta, dtype=float))
        return by_the_theorem(P, r, gamma, rho, np.log(weights / weights.sum(axis=1, keepdims=True)), tau)


def _rounded(P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array) -> Array:
    return (1 + 1e-13) * by_the_theorem(P, r, gamma, rho, theta, tau)


RIGHT: list[Gradient] = [by_the_theorem, worlds.gradient, _rounded]
SCALE: dict[str, Gradient] = {
    "visits normalised to sum to 1": _normalised,
    "no discount in Q": partial(by_the_theorem, ahead=1.0),
}
ENTROPY: dict[str, Gradient] = {
    "entropy with the wrong sign in the pay": partial(by_the_theorem, paid=-1.0),
    "the surprise of the action left out of the advantage": partial(by_the_theorem, surprised=0.0),
    "the weight of the first state for all": _one_weight,
}
EDGES: dict[str, Gradient] = {
    "exponentials of the logits as they are, which overflow": _unshifted,
    "visits from an even start, whatever rho is": _any_start,
}
FURTHER: dict[str, Gradient] = {
    "no baseline": partial(by_the_theorem, baseline=0.0),
    "the probability left out": partial(by_the_theorem, likely=False),
    "entropy at visited states, not in the values": partial(by_the_theorem, paid=0.0),
}
