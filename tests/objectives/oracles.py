"""The soft return written out a second time, from P, r, gamma and rho: for autograd and complex steps."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np

from rl_landscapes.policies import linear, mixed, tabular
from rl_landscapes.worlds import four_rooms, from_map, paper_gridworld, random_mdp

FEATURES = np.random.default_rng(5).normal(size=(6, 3, 8))
MAP = ["S.#.", "..S.", "g..G"]

WORLDS = {
    "paper": paper_gridworld().mdp,
    "paper that goes on": paper_gridworld(3, at_goal="stay").mdp,
    "several starts and slip": from_map(MAP, rewards={"G": 5, "g": -2}, discount=0.9, slip=0.3).mdp,
    "dense random": random_mdp(6, 3, discount=0.95, rng=np.random.default_rng(1)),
    "sparse random": random_mdp(30, 2, discount=0.8, rng=np.random.default_rng(2), branching=2, sparse=True),
    "one step": random_mdp(5, 2, discount=0.0, rng=np.random.default_rng(3)),
    "far-sighted": random_mdp(5, 2, discount=0.9999, rng=np.random.default_rng(4)),
    "sparse rooms": four_rooms(slip=0.1, sparse=True).mdp,
}
Logits = Callable[[Any], Any]


def policies(n_states: int, n_actions: int) -> dict[str, tuple[Any, Logits, float]]:
    """Library policy, its logits written out again, and how much of the uniform policy is mixed in."""

    def table(theta: Any) -> Any:
        return anp.reshape(theta, (n_states, n_actions))

    def biased(theta: Any) -> Any:
        cells = n_states * n_actions
        return anp.reshape(theta[:cells], (n_states, n_actions)) + theta[cells:]

    found = {
        "tabular": (tabular(n_states, n_actions), table, 0.0),
        "shared bias": (tabular(n_states, n_actions, shared_bias=True), biased, 0.0),
        "mixed": (mixed(tabular(n_states, n_actions, shared_bias=True), 0.2), biased, 0.2),
    }
    if (n_states, n_actions) == FEATURES.shape[:2]:
        found["linear"] = (linear(FEATURES), lambda theta: anp.dot(FEATURES, theta), 0.0)
    return found


def soft_return(
    mdp: Any, logits: Logits, mix: float, *, tau: float, count_absorbing: bool
) -> Callable[[Any], Any]:
    """theta -> rho' (I - gamma P_pi)^-1 sum_a pi (r - tau log pi), dense, for real or complex theta."""
    transitions = np.asarray(mdp.to_dense().transitions)
    weights = tau * (np.ones(mdp.n_states) if count_absorbing else 1.0 - mdp.absorbing)

    def function(theta: Any) -> Any:
        exponentials = anp.exp(logits(theta))
        probs = (1 - mix) * exponentials / anp.sum(exponentials, axis=1, keepdims=True) + mix / mdp.n_actions
        earned = anp.sum(probs * (mdp.rewards - weights[:, None] * anp.log(probs)), axis=1)
        chain = anp.einsum("sa,sat->st", probs, transitions)
        return anp.dot(mdp.start, anp.linalg.solve(anp.eye(mdp.n_states) - mdp.discount * chain, earned))

    return function


def summed_return(mdp: Any, probs: np.ndarray, tau: float, n_steps: int) -> float:
    """Add up the discounted reward of `n_steps` steps, following the state distribution: no linear system."""
    transitions = np.asarray(mdp.to_dense().transitions)
    entropies = -np.sum(probs * np.log(probs), axis=1)
    earned = (probs * mdp.rewards).sum(axis=1) + tau * entropies
    distribution, total = np.array(mdp.start), 0.0
    for step in range(n_steps):
        total += mdp.discount**step * float(distribution @ earned)
        distribution = np.einsum("s,sa,sat->t", distribution, probs, transitions)
    return total
