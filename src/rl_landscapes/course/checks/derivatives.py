"""Worlds as plain arrays, and exact derivatives of their soft returns by the complex step.

For f analytic, f(theta + i h v) = f(theta) + i h v'grad f + O(h^2), and the imaginary part loses no digits,
be h as small as it will. So gradients come from the return alone, without occupancies and advantages, and
Hessian-vector products from the gradient. Squire and Trapp (1998), SIAM Review 40.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array

TINY = 1e-30


class World(NamedTuple):
    """A finite world as plain arrays."""

    P: Array  # (S, A, S)
    r: Array  # (S, A)
    gamma: float
    rho: Array  # (S,)


def random_world(rng: np.random.Generator, n_states: int = 5, n_actions: int = 3) -> World:
    """Return a world in which every state can follow every other, and may be the first."""
    transitions = rng.dirichlet(np.ones(n_states), size=(n_states, n_actions))
    rewards = rng.normal(size=(n_states, n_actions))
    return World(transitions, rewards, float(rng.uniform(0.7, 0.95)), rng.dirichlet(np.ones(n_states)))


def ending(world: World) -> World:
    """Return the world with its last state made absorbing, and its first one unreachable."""
    P, r, rho = world.P.copy(), world.r.copy(), world.rho.copy()
    P[..., 0], rho[0] = 0.0, 0.0
    P[-1] = np.arange(len(rho)) == len(rho) - 1
    r[-1] = 0.0
    return World(P / P.sum(axis=-1, keepdims=True), r, world.gamma, rho / rho.sum())


def log_probs(logits: Array) -> Array:
    """Return log softmax over the last axis; logits may be complex."""
    shifted = logits - logits.real.max(axis=-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def values(world: World, log_pi: Array, tau: Array) -> tuple[Array, Array]:
    """Return V (..., S) of policies (..., S, A), and the matrix (..., S, S) that it solves."""
    pi = np.exp(log_pi)
    pay = (pi * (world.r - tau[:, None] * log_pi)).sum(axis=-1)
    system = np.eye(len(tau)) - world.gamma * np.einsum("...sa,sap->...sp", pi, world.P)
    return np.linalg.solve(system, pay[..., None])[..., 0], system


def true_gradient(world: World, theta: Array, tau: Array) -> Array:
    """Return the gradient (S, A) of the soft return of softmax(theta), from the return alone."""

    def soft_return(points: Array) -> Array:
        return values(world, log_probs(points.reshape(-1, *theta.shape)), tau)[0] @ world.rho

    return complex_step(soft_return, theta.ravel()).reshape(theta.shape)


def mixed_return(world: World, points: Array, tau: Array, mix: float) -> Array:
    """Return the soft return (D,) of (1 - mix) pi + mix / A with a bias that states share, points (D, n)."""
    n_states, n_actions = world.r.shape
    table = points[:, :-n_actions].reshape(-1, n_states, n_actions)
    learned = np.exp(log_probs(table + points[:, None, -n_actions:]))
    played = learned if mix == 0 else (1 - mix) * learned + mix / n_actions
    return values(world, np.log(played), tau)[0] @ world.rho


def complex_step(f: Callable[[Array], Array], theta: Array) -> Array:
    """Return the gradient (n,) of f: (D, n) -> (D,), to rounding."""
    return f(theta + 1j * TINY * np.eye(theta.size)).imag / TINY


def true_hessian_vectors(world: World, theta: Array, tau: Array, vectors: Array) -> Array:
    """Return the derivatives (k, S, A) of d pi A along `vectors`, to rounding."""
    log_pi = log_probs(theta + 1j * TINY * vectors)
    V, system = values(world, log_pi, tau)
    rho = np.broadcast_to(world.rho, V.shape)[..., None]
    d = np.linalg.solve(system.swapaxes(-1, -2), rho)
    after = world.gamma * np.einsum("sap,...p->...sa", world.P, V)
    advantage = world.r + after - tau[:, None] * log_pi - V[..., None]
    moved: Array = (d * np.exp(log_pi) * advantage).imag / TINY
    return moved
