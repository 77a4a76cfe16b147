"""By QuantEcon: the same world as a sparse DiscreteDP."""

from typing import Any

import numpy as np
import quantecon as qe
from scipy import sparse

from rl_landscapes.worlds import MDP


def discrete_dp(mdp: MDP) -> Any:
    """Return the world in state-action pairs."""
    states, actions = np.divmod(np.arange(mdp.rewards.size), mdp.n_actions)
    transitions = sparse.csr_matrix(mdp.successors)
    return qe.markov.DiscreteDP(mdp.rewards.ravel(), transitions, mdp.discount, states, actions)
