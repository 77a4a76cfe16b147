"""Small worlds and policies for tests, as plain arrays, and what is exactly true of them."""

from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array, BoolArray


class World(NamedTuple):
    """A finite world as plain arrays."""

    P: Array  # (S, A, S)
    r: Array  # (S, A)
    gamma: float
    rho: Array  # (S,)
    absorbing: BoolArray  # (S,)


def random_world(rng: np.random.Generator, gamma: float) -> World:
    """Return four to seven states with two to four actions; the last state is absorbing."""
    n_states, n_actions = int(rng.integers(4, 8)), int(rng.integers(2, 5))
    transitions = rng.dirichlet(np.ones(n_states), size=(n_states, n_actions))
    rewards = rng.normal(size=(n_states, n_actions))
    absorbing = np.arange(n_states) == n_states - 1
    transitions[-1], rewards[-1] = absorbing, 0.0
    return World(transitions, rewards, gamma, rng.dirichlet(np.ones(n_states)), absorbing)


def two_ends(rng: np.random.Generator, gamma: float) -> World:
    """Return such a world with a second absorbing state, both somewhere before the last place."""
    world = random_world(rng, gamma)
    absorbing = world.absorbing | (np.arange(len(world.rho)) == 0)
    P, r = world.P.copy(), world.r.copy()
    P[0], r[0] = np.arange(len(world.rho)) == 0, 0.0
    order = np.roll(np.arange(len(world.rho)), int(rng.integers(1, len(world.rho) - 1)))
    return World(P[order][..., order], r[order], gamma, world.rho[order], absorbing[order])


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


def random_policy(rng: np.random.Generator, world: World) -> Array:
    """Return probabilities (S, A) with full support."""
    return rng.dirichlet(np.ones(world.r.shape[1]), size=len(world.rho))


def log_probs(logits: Array) -> Array:
    """Return log softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def entropies(logits: Array) -> Array:
    """Return the entropy of softmax over the last axis."""
    log_p = log_probs(logits)
    entropy: Array = -(np.exp(log_p) * log_p).sum(axis=-1)
    return entropy


def chain(world: World, pi: Array) -> Array:
    """Return P_pi (S, S)."""
    moves: Array = np.einsum("sa,sap->sp", pi, world.P)
    return moves


def value(world: World, pi: Array, pay: Array) -> Array:
    """Return the values (S,) of a policy that is paid `pay` (S,)."""
    values: Array = np.linalg.solve(np.eye(len(pay)) - world.gamma * chain(world, pi), pay).astype(float)
    return values


def soft(world: World, logits: Array, tau: float, *, counted: bool) -> float:
    """Return the soft return."""
    pi, weights = np.exp(log_probs(logits)), tau * (counted | ~world.absorbing)
    pay = (pi * world.r).sum(axis=1) + weights * entropies(logits)
    return float(world.rho @ value(world, pi, pay))
