"""Small worlds as plain arrays, what is exactly true of their policies, and derivatives by the complex step.

Answers solve linear systems; here rewards and visits are added up, over 2^24 steps in 24 doublings. Gradients
come from the return alone, without occupancies and advantages, and Hessian-vector products from the gradient:
for f analytic, f(theta + i h v) = f(theta) + i h v'grad f + O(h^2), and the imaginary part loses no digits,
be h as small as it will. Squire and Trapp (1998), SIAM Review 40.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.special

from rl_landscapes.arrays import Array, BoolArray

TINY = 1e-30


class World(NamedTuple):
    """A finite world as plain arrays."""

    P: Array  # (S, A, S)
    r: Array  # (S, A)
    gamma: float
    rho: Array  # (S,)
    absorbing: BoolArray  # (S,)


def random_world(rng: np.random.Generator, gamma: float, shape: tuple[int, int] | None = None) -> World:
    """Return a world in which every state can follow every other, and may be the first; none is absorbing."""
    n_states, n_actions = shape or (int(rng.integers(4, 8)), int(rng.integers(2, 5)))
    transitions = rng.dirichlet(np.ones(n_states), size=(n_states, n_actions))
    rewards, start = rng.normal(size=(n_states, n_actions)), rng.dirichlet(np.ones(n_states))
    return World(transitions, rewards, gamma, start, np.zeros(n_states, dtype=bool))


def ending(world: World, *places: int) -> World:
    """Return the world with absorbing states at `places`, into which it goes once in a thousand steps or so.

    So nobody who stops adding up after some hundreds of steps is near the truth.
    """
    P, r, absorbing = world.P.copy(), world.r.copy(), world.absorbing.copy()
    absorbing[list(places)] = True
    P[..., absorbing] *= 1e-3
    P[absorbing], r[absorbing] = np.eye(len(P))[absorbing][:, None], 0.0
    return World(P / P.sum(axis=-1, keepdims=True), r, world.gamma, world.rho, absorbing)


def any_world(rng: np.random.Generator, gamma: float) -> World:
    """Draw a world that ends, though not soon, in its last state."""
    world = random_world(rng, gamma)
    return ending(world, len(world.rho) - 1)


def unreachable(world: World) -> World:
    """Return the world with a first state that is never visited."""
    P, rho = world.P.copy(), world.rho.copy()
    P[..., 0], rho[0] = 0.0, 0.0
    return world._replace(P=P / P.sum(axis=-1, keepdims=True), rho=rho / rho.sum())


def corridor(length: int, n_actions: int, gamma: float) -> World:
    """Return a line of states in which every action goes one step on, into an absorbing state at its end."""
    n_states = length + 1
    after = np.minimum(np.arange(n_states) + 1, length)
    transitions = np.repeat(np.eye(n_states)[after][:, None], n_actions, axis=1)
    here = np.arange(n_states)
    return World(transitions, np.zeros((n_states, n_actions)), gamma, 1.0 * (here == 0), here == length)


def turnstile(reward: float, n_actions: int, gamma: float) -> World:
    """Return one state in which action 0 is paid and ends the episode, and the others stay, unpaid."""
    transitions = np.zeros((2, n_actions, 2))
    transitions[0, 1:, 0] = transitions[0, 0, 1] = transitions[1, :, 1] = 1.0
    rewards = np.zeros((2, n_actions))
    rewards[0, 0] = reward
    return World(transitions, rewards, gamma, np.array([1.0, 0.0]), np.array([False, True]))


def way_out(rng: np.random.Generator) -> tuple[World, Array, Array]:
    """Return a world whose action 0 is paid and mostly the end, a policy that takes it, one that does not.

    With at most 5 actions `home` takes action 0 with probability 0.98 or more, `wander` with 0.006 or less:
    the true returns are at least 0.98 and at most 0.24. Per step the entropy of `wander` is at least 0.57
    while it lives, 17 discounted steps or more; that of `home` is at most 0.12, for ever if need be. Thus the
    two lines differ by more than 0.7 in height and by more than 7 in slope, whatever the seed.
    """
    n_states, n_actions = int(rng.integers(3, 7)), int(rng.integers(3, 6))
    absorbing = np.arange(n_states + 1) == n_states
    transitions = np.zeros((n_states + 1, n_actions, n_states + 1))
    transitions[:-1, :, :-1] = rng.dirichlet(np.ones(n_states), size=(n_states, n_actions))
    ends = rng.uniform(0.8, 0.95, size=n_states)
    transitions[:-1, 0] *= 1 - ends[:, None]
    transitions[:-1, 0, -1] = ends
    transitions[-1] = absorbing
    rewards = np.zeros((n_states + 1, n_actions))
    rewards[:-1, 0] = rng.uniform(1.0, 2.0, size=n_states)
    home, wander = rng.uniform(-0.5, 0.5, size=(2, n_states + 1, n_actions))
    home[:, 0], wander[:, 0] = 6.0, -5.0
    start = np.append(rng.dirichlet(np.ones(n_states)), 0)
    return World(transitions, rewards, 0.95, start, absorbing), home, wander


def random_policy(rng: np.random.Generator, world: World) -> Array:
    """Return probabilities (S, A) above 0 in steps of 1/1024, so that they add up to 1 without rounding."""
    n_states, n_actions = world.r.shape
    likely = rng.dirichlet(np.ones(n_actions), size=n_states)
    return (1 + rng.multinomial(1024 - n_actions, likely)) / 1024


def log_probs(logits: Array) -> Array:
    """Return log softmax over the last axis."""
    log_p: Array = scipy.special.log_softmax(logits, axis=-1)
    return log_p


def entropies(logits: Array) -> Array:
    """Return the entropy of softmax over the last axis."""
    entropy: Array = scipy.special.entr(scipy.special.softmax(logits, axis=-1)).sum(axis=-1)
    return entropy


def added_up(chain: Array, pay: Array, gamma: float) -> Array:
    """Return the sum over t of gamma^t chain^t pay, shape (..., S), which may be complex.

    With M = gamma chain it is ... (1 + M^4) (1 + M^2) (1 + M) pay: each factor doubles the number of steps.
    """
    power, total = gamma * chain, pay[..., None]
    for _ in range(24):
        total, power = total + power @ total, power @ power
    return total[..., 0]


def values(P: Array, r: Array, gamma: float, pi: Array) -> Array:
    """Return the values (S,) of a policy."""
    return added_up(np.einsum("sa,sap->sp", pi, P), (pi * r).sum(axis=1), gamma)


def occupancy(P: Array, gamma: float, rho: Array, pi: Array) -> Array:
    """Return the discounted visits (S,)."""
    return added_up(np.einsum("sa,sap->ps", pi, P), rho, gamma)


def returns(P: Array, r: Array, gamma: float, rho: Array, pi: Array, tau: Array) -> Array:
    """Return the soft returns (...,) of policies (..., S, A), which may be complex; tau (S,)."""
    surprise = -np.log(np.where(pi == 0, 1.0, pi))
    pay = (pi * (r + tau[:, None] * surprise)).sum(axis=-1)
    return added_up(np.einsum("...sa,sap->...sp", pi, P), pay, gamma) @ rho


def soft_return(P: Array, r: Array, gamma: float, rho: Array, logits: Array, tau: float, *ends: Any) -> Array:
    """Return the soft returns (...,) of softmax(logits); `ends` as for `soft_returns`."""
    return soft_returns(P, r, gamma, rho, logits, tau, 0.0, *ends)


def soft_returns(
    P: Array,
    r: Array,
    gamma: float,
    rho: Array,
    logits: Array,
    tau: float,
    mix: float,
    absorbing: BoolArray,
    counted: bool,
) -> Array:
    """Return the soft returns (...,) of (1 - mix) softmax(logits) + mix / A.

    `absorbing` states (S,) have entropy that counts or does not.
    """
    weights: Array = tau * np.where(counted, True, ~absorbing).astype(np.float64)
    return returns(P, r, gamma, rho, mixed(logits, mix), weights)


def mixed(logits: Array, mix: float = 0.0) -> Array:
    """Return (1 - mix) softmax + mix / A over the last axis; logits may be complex."""
    weights = np.exp(logits - logits.real.max(axis=-1, keepdims=True))
    played: Array = (1 - mix) * weights / weights.sum(axis=-1, keepdims=True) + mix / logits.shape[-1]
    return played


def gradient(P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array) -> Array:
    """Return the gradient (S, A) of the soft return of softmax(theta), from the return alone."""

    def soft(points: Array) -> Array:
        return returns(P, r, gamma, rho, mixed(points.reshape(-1, *theta.shape)), tau)

    return complex_step(soft, theta.ravel()).reshape(theta.shape)


def mixed_return(
    P: Array, r: Array, gamma: float, rho: Array, points: Array, tau: Array, mix: float
) -> Array:
    """Return the soft returns (D,) of mixed policies with a bias that states share, points (D, n)."""
    n_states, n_actions = r.shape
    table = points[:, :-n_actions].reshape(-1, n_states, n_actions)
    return returns(P, r, gamma, rho, mixed(table + points[:, None, -n_actions:], mix), tau)


def mixed_gradient(P: Array, r: Array, gamma: float, rho: Array, theta: Array, mix: float) -> Array:
    """Return the gradient (n,) of the true return of a mixed policy with a shared bias."""

    def true(points: Array) -> Array:
        return mixed_return(P, r, gamma, rho, points, np.zeros(len(rho)), mix)

    return complex_step(true, theta)


def value_and_gradient(
    P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array
) -> tuple[float, Array]:
    """Return the return with tau(s) (1 - sum pi^2) paid in each state, and its gradient (n,); bias shared."""

    def undecided(points: Array) -> Array:
        n_states, n_actions = r.shape
        table = points[:, :-n_actions].reshape(-1, n_states, n_actions)
        pi = mixed(table + points[:, None, -n_actions:])
        pay = (pi * r).sum(axis=-1) + tau * (1 - (pi * pi).sum(axis=-1))
        return added_up(np.einsum("...sa,sap->...sp", pi, P), pay, gamma) @ rho

    return float(undecided(theta[None])[0]), complex_step(undecided, theta)


def sensitivities(
    P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array
) -> dict[str, float | Array]:
    """Return the derivatives of the soft return in gamma, in each weight tau(s) and in each reward."""
    pi, patient = mixed(theta), complex(gamma, TINY)
    surprise = -np.log(np.where(pi == 0, 1.0, pi))
    chain, pay = np.einsum("sa,sap->sp", pi, P), (pi * (r + tau[:, None] * surprise)).sum(axis=1)
    power, total = patient * chain, pay[:, None].astype(complex)
    for _ in range(24):  # as in `added_up`
        total, power = total + power @ total, power @ power

    def by_weights(weights: Array) -> Array:
        return np.array([returns(P, r, gamma, rho, pi, each) for each in weights])

    def by_rewards(rewards: Array) -> Array:
        return np.array([returns(P, each.reshape(r.shape), gamma, rho, pi, tau) for each in rewards])

    return {
        "gamma": float((rho @ total[:, 0]).imag / TINY),
        "tau": complex_step(by_weights, tau),
        "r": complex_step(by_rewards, r.ravel()).reshape(r.shape),
    }


def hessian_vectors(
    P: Array, r: Array, gamma: float, rho: Array, theta: Array, tau: Array, vectors: Array
) -> Array:
    """Return the derivatives (k, S, A) of d pi A along `vectors`, to rounding."""
    logits = theta + 1j * TINY * vectors
    pi = mixed(logits)
    gain = r - tau[:, None] * np.log(np.where(pi == 0, 1.0, pi))
    chains = np.einsum("...sa,sap->...sp", pi, P)
    V = added_up(chains, (pi * gain).sum(axis=-1), gamma)
    d = added_up(chains.swapaxes(-1, -2), np.broadcast_to(rho, V.shape), gamma)
    advantage = gain + gamma * np.einsum("sap,...p->...sa", P, V) - V[..., None]
    moved: Array = (d[..., None] * pi * advantage).imag / TINY
    return moved


def complex_step(f: Callable[[Array], Array], theta: Array) -> Array:
    """Return the gradient (n,) of f: (D, n) -> (D,), to rounding."""
    return f(theta + 1j * TINY * np.eye(theta.size)).imag / TINY
