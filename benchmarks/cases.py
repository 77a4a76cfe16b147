"""What is measured: the paper's world at several sizes, and policies in it."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn
from rl_landscapes.policies import paper_policy, uniform_starts
from rl_landscapes.probes import unit_directions
from rl_landscapes.worlds import paper_gridworld

TAU = 0.1


@dataclass(frozen=True, eq=False)
class Case:
    """An objective and points to evaluate it at, (D, n)."""

    objective: ExactReturn
    thetas: Array


def perturbed(n_policies: int = 2000) -> Case:
    """Return the paper's probe: its 26 states, 108 parameters, one start seen in `n_policies` directions."""
    rng, policy = np.random.default_rng(0), paper_policy()
    start = uniform_starts(policy, 1, rng)
    thetas = start + 0.1 * unit_directions(n_policies, policy.n_parameters, rng)
    return Case(ExactReturn(paper_gridworld(), policy, tau=TAU), thetas)


def large(size: int, *, n_policies: int = 1, tau: float = TAU) -> Case:
    """Return the paper's world with `size` x `size` cells, and tabular policies of standard normal logits."""
    objective = ExactReturn(paper_gridworld(size), tau=tau)
    return Case(objective, np.random.default_rng(1).normal(size=(n_policies, objective.n_parameters)))
