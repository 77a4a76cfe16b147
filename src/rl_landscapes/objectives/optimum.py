"""The best any policy can do: hard and soft policy iteration, and value iteration to check them."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, at_least, non_negative, positive
from rl_landscapes.objectives.systems import ChainSystems
from rl_landscapes.records.outline import summary
from rl_landscapes.worlds.gridworld import Gridworld, as_mdp
from rl_landscapes.worlds.mdp import MDP

ROUNDING = 1e-12  # of the largest |Q|: smaller differences of values are rounding


@dataclass(frozen=True, eq=False)
class Optimum:
    """An optimal policy and what it earns; `residual` is the largest error of Bellman's equation."""

    return_: float
    values: Array  # (S,)
    q: Array  # (S, A)
    probs: Array  # (S, A)
    residual: float
    converged: bool

    __repr__ = summary


def optimal(
    world: MDP | Gridworld, *, tau: float = 0.0, count_absorbing: bool = True, max_iterations: int = 1000
) -> Optimum:
    """Return the policy that maximises the soft return from every state, by policy iteration.

    For tau > 0 each step takes pi = softmax(Q / tau); for tau = 0 the first best action. Puterman (1994),
    section 6.4; the soft form converges because each step improves every state: Haarnoja et al. (2018), lemma
    2.

    Examples
    --------
    >>> from rl_landscapes import objectives, worlds
    >>> best = objectives.optimal(worlds.paper_gridworld())
    >>> round(best.return_, 4), round(5 * 0.99**4, 4), best.converged
    (4.803, 4.803, True)
    """
    mdp, weights = _world_and_weights(world, tau, count_absorbing)
    systems = ChainSystems(mdp)
    probs = np.full((mdp.n_states, mdp.n_actions), 1 / mdp.n_actions)
    values = np.full(mdp.n_states, -np.inf)
    for _ in range(at_least("max_iterations", max_iterations, 1)):
        earlier, values = values, _evaluate(systems, probs, weights)
        q = mdp.rewards + mdp.discount * mdp.expect(values)
        if np.all(values <= earlier + ROUNDING * np.abs(q).max()):
            break
        probs = _greedy(q, weights)
    return _optimum(mdp, values, weights, probs)


def value_iteration(
    world: MDP | Gridworld,
    *,
    tau: float = 0.0,
    count_absorbing: bool = True,
    tolerance: float = 1e-10,
    max_iterations: int = 100_000,
) -> Optimum:
    """Return the same by V <- max_a Q, or tau logsumexp(Q / tau): slower, and nothing to go wrong.

    Stops when the sup-norm error, at most gamma / (1 - gamma) times the last change, is below `tolerance`.
    """
    enough = positive("tolerance", tolerance)
    mdp, weights = _world_and_weights(world, tau, count_absorbing)
    values = np.zeros(mdp.n_states)
    for _ in range(at_least("max_iterations", max_iterations, 1)):
        earlier, values = values, _best(mdp.rewards + mdp.discount * mdp.expect(values), weights)
        if mdp.discount * np.abs(values - earlier).max() <= enough * (1 - mdp.discount):
            break
    return _optimum(mdp, values, weights, _greedy(mdp.rewards + mdp.discount * mdp.expect(values), weights))


def _world_and_weights(world: MDP | Gridworld, tau: float, count_absorbing: bool) -> tuple[MDP, Array]:
    mdp = as_mdp(world)
    counted = np.ones(mdp.n_states) if count_absorbing else (~mdp.absorbing).astype(np.float64)
    return mdp, non_negative("tau", tau) * counted


def _evaluate(systems: ChainSystems, probs: Array, weights: Array) -> Array:
    log_probs = np.log(probs, where=probs > 0, out=np.zeros_like(probs))
    reward = (probs * (systems.mdp.rewards - weights[:, None] * log_probs)).sum(axis=1)
    return systems.factor(probs[None]).solve(reward[None, :, None])[0, :, 0]


def _greedy(q: Array, weights: Array) -> Array:
    """Softmax of Q / tau(s); where tau(s) = 0 the first best action, ties within rounding."""
    best = q.max(axis=1, keepdims=True)
    ties = q >= best - ROUNDING * np.abs(q).max()
    hard = np.eye(q.shape[1])[ties.argmax(axis=1)]
    safe = np.where(weights > 0, weights, 1.0)[:, None]
    soft = np.exp((q - best) / safe)
    return np.where(weights[:, None] > 0, soft / soft.sum(axis=1, keepdims=True), hard)


def _best(q: Array, weights: Array) -> Array:
    best = q.max(axis=1)
    safe = np.where(weights > 0, weights, 1.0)
    soft = best + weights * np.log(np.exp((q - best[:, None]) / safe[:, None]).sum(axis=1))
    return np.where(weights > 0, soft, best)


def _optimum(mdp: MDP, values: Array, weights: Array, probs: Array) -> Optimum:
    q = mdp.rewards + mdp.discount * mdp.expect(values)
    residual = float(np.abs(_best(q, weights) - values).max())
    converged = residual <= 1e-8 * float(np.abs(q).max())
    return Optimum(float(values @ mdp.start), values, q, probs, residual, converged)
