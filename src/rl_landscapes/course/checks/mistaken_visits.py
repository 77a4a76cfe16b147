"""Occupancies that are right, and others with a mistake: what a student's test has to tell apart.

Mistakes hide where a world is even: a start that is everywhere, a policy that rolls a die, a chain that goes
back the way it came, an end that is never reached.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course.checks import worlds

Visits = Callable[[Array, float, Array, Array], Array]
STEPS = 50  # after which one of the mistaken ones stops


def _given(P: Array, gamma: float, rho: Array, pi: Array) -> tuple[Array, float, Array, Array]:
    """Return what visits were asked for, as floats.

    Raises
    ------
    ValueError
        If the shapes are not (S, A, S), none, (S,) and (S, A), or gamma is not in [0, 1).
    """
    moves, start, policy = (np.array(x, dtype=float) for x in (P, rho, pi))
    patience = np.array(gamma, dtype=float)
    fits = moves.ndim == 3 and policy.shape == moves.shape[:2] and start.shape == moves.shape[:1]
    if not fits or moves.shape[0] != moves.shape[2] or patience.ndim:
        shapes = ", ".join(str(x.shape) for x in (moves, patience, start, policy))
        raise ValueError(f"P, gamma, rho and pi must be (S, A, S), (), (S,) and (S, A), got {shapes}")
    if not 0 <= patience < 1:
        raise ValueError(f"gamma must be from 0 to below 1, got {patience}")
    return moves, float(patience), start, policy


def by_solving(
    P: Array,
    gamma: float,
    rho: Array,
    pi: Array,
    *,
    turned: bool = True,
    played: Callable[[Array], Array] = np.asarray,
    begun: Callable[[Array], Array] = np.asarray,
    told: Callable[[Array, Array, float], Array] = lambda d, rho, gamma: d,
) -> Array:
    """Return the discounted visits; each keyword spoils one part of them.

    Without `turned` the system is that of the values; `played` and `begun` change the policy and the start,
    `told` makes something else of the visits.
    """
    P, gamma, rho, pi = _given(P, gamma, rho, pi)
    chain = np.einsum("sa,sap->sp", played(pi), P)
    system = np.eye(len(rho)) - gamma * (chain.T if turned else chain)
    return told(np.linalg.solve(system, begun(rho)), rho, gamma)


def _added_up(P: Array, gamma: float, rho: Array, pi: Array) -> Array:
    return worlds.occupancy(*_given(P, gamma, rho, pi))


def _for_a_while(P: Array, gamma: float, rho: Array, pi: Array) -> Array:
    P, gamma, rho, pi = _given(P, gamma, rho, pi)
    chain, now, total = np.einsum("sa,sap->sp", pi, P), rho, np.zeros(len(rho))
    for _ in range(STEPS):
        now, total = gamma * now @ chain, total + now
    return total


def _until_the_end(P: Array, gamma: float, rho: Array, pi: Array) -> Array:
    d = by_solving(P, gamma, rho, pi)
    stays = np.diagonal(np.asarray(P, dtype=float), axis1=0, axis2=2).min(axis=0) == 1
    return np.where(stays, 0.0, d)


def _even(x: Array) -> Array:
    return np.full_like(x, 1 / x.shape[-1])


def _surest(pi: Array) -> Array:
    return np.asarray(np.eye(pi.shape[1])[pi.argmax(axis=1)])


RIGHT: list[Visits] = [by_solving, _added_up, partial(by_solving, told=lambda d, rho, gamma: d * (1 + 1e-13))]
SUMS: dict[str, Visits] = {
    "divided by the sum": partial(by_solving, told=lambda d, rho, gamma: d / d.sum()),
    "the first state is not counted": partial(by_solving, told=lambda d, rho, gamma: d - rho),
    f"nothing is counted after {STEPS} steps": _for_a_while,
}
WAYS: dict[str, Visits] = {
    "the system of the values, not transposed": partial(by_solving, turned=False),
    "actions are averaged, whatever the policy": partial(by_solving, played=_even),
    "an even start, whatever rho is": partial(by_solving, begun=_even),
}
ENDS: dict[str, Visits] = {"time in a state that is never left does not count": _until_the_end}
FURTHER: dict[str, Visits] = {
    "discounted once too often": partial(by_solving, told=lambda d, rho, gamma: gamma * d),
    "the likeliest action is always taken": partial(by_solving, played=_surest),
    "the start counts twice": partial(by_solving, told=lambda d, rho, gamma: d + rho),
}
