"""By the dense inverse of I - gamma P_pi, as github.com/zafarali/emdp evaluates policies."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.worlds import MDP


def value_and_gradient(objective: ExactReturn) -> Callable[[Array], tuple[float, Array]]:
    """Return theta (n,) -> soft return and gradient (n,), for tabular policies, with a shared bias or not."""
    mdp, tau = objective.mdp, objective.tau
    n_logits, discount = mdp.n_states * mdp.n_actions, mdp.discount

    def at(theta: Array) -> tuple[float, Array]:
        logits = theta[:n_logits].reshape(mdp.n_states, -1)
        if theta.size > n_logits:
            logits = logits + theta[n_logits:]
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        probs = np.exp(log_probs)
        visits = np.linalg.inv(np.eye(mdp.n_states) - discount * _chain(mdp, probs))
        values = visits @ (probs * (mdp.rewards - tau * log_probs)).sum(axis=1)
        q = mdp.rewards + discount * mdp.expect(values)
        slope = (mdp.start @ visits)[:, None] * probs * (q - tau * log_probs - values[:, None])
        gradient = slope.ravel()
        if theta.size > n_logits:
            gradient = np.concatenate([gradient, slope.sum(axis=0)])
        return float(mdp.start @ values), gradient

    return at


def _chain(mdp: MDP, probs: Array) -> Array:
    """P_pi (S, S); in sparse worlds without the dense (S, A, S) that emdp keeps, which would cost it more."""
    if isinstance(mdp.transitions, np.ndarray):
        return np.einsum("sa,sat->st", probs, mdp.transitions)
    rows = np.repeat(np.arange(mdp.n_states), mdp.n_actions)
    choice = sparse.csr_array((probs.ravel(), (rows, np.arange(rows.size))), shape=(mdp.n_states, rows.size))
    dense: Array = (choice @ mdp.successors).toarray()
    return dense
