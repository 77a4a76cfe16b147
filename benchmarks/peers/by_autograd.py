"""By HIPS/autograd: the return in dense NumPy, its derivatives by the library."""

from collections.abc import Callable
from typing import Any

import autograd.numpy as anp
import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn


def soft_return(objective: ExactReturn) -> Callable[[Array], Any]:
    """Return theta (n,) -> soft return, differentiable by autograd."""
    mdp, tau = objective.mdp, objective.tau
    transitions = np.asarray(mdp.to_dense().transitions)
    n_logits, identity = mdp.n_states * mdp.n_actions, np.eye(mdp.n_states)

    def at(theta: Any) -> Any:
        logits = anp.reshape(theta[:n_logits], (mdp.n_states, mdp.n_actions))
        if theta.size > n_logits:
            logits = logits + theta[n_logits:]
        shifted = logits - anp.max(logits, axis=1, keepdims=True)
        log_probs = shifted - anp.log(anp.sum(anp.exp(shifted), axis=1, keepdims=True))
        probs = anp.exp(log_probs)
        rewards = anp.sum(probs * (mdp.rewards - tau * log_probs), axis=1)
        chain = anp.einsum("sa,sat->st", probs, transitions)
        return anp.dot(mdp.start, anp.linalg.solve(identity - mdp.discount * chain, rewards))

    return at
