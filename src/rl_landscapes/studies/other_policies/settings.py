"""Which policies climb, with which regularisers; set before the runs.

Thresholds are those of claims C3, C5 and C6, and so are step, updates, decay, alpha and smallest change. A
share of 100 starts is known to about 9 points, enough to tell a quarter from the 5% that count as about zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn, RegularisedReturn, Tsallis, close_to
from rl_landscapes.policies import coordinates, network, paper_policy, tabular, uniform_starts
from rl_landscapes.policies.base import Policy
from rl_landscapes.policies.network import NetworkPolicy
from rl_landscapes.studies.common import paper_return
from rl_landscapes.worlds import paper_gridworld
from rl_landscapes.worlds.gridworld import DOWN

WIDE = 2.0  # half-width of starts without a shared bias: near the uniform policy hardly any of these fails
LEANING = 1.0  # logit of DOWN, towards the worse solution, in the prior that leans

WORLD = paper_gridworld()
N_STATES, N_ACTIONS = WORLD.mdp.n_states, WORLD.mdp.n_actions

POLICIES: dict[str, Policy] = {
    "table, shared bias": paper_policy(),
    "table, wide starts": tabular(N_STATES, N_ACTIONS),
    "network on states": network(np.eye(N_STATES), N_ACTIONS, (16,)),
    "network on coordinates": network(coordinates(WORLD), N_ACTIONS, (16,)),
}
REGULARISERS = (
    "entropy, counted",
    "entropy, masked",
    "Tsallis, counted",
    "Tsallis, masked",
    "uniform prior, masked",
    "leaning prior, masked",
)


def draw_starts(policy: str, n: int, seed: int) -> Array:
    """Return the first `n` of the starts of a policy, shape (B, n)."""
    found, rng = POLICIES[policy], np.random.default_rng(seed)
    if isinstance(found, NetworkPolicy):
        return found.starts(n, rng)
    return uniform_starts(found, n, rng, scale=WIDE if policy == "table, wide starts" else None)


def regularised(policy: str, regulariser: str) -> Callable[[float], ExactReturn | RegularisedReturn]:
    """Return the map from a weight to the return that it regularises."""
    kind, counted = regulariser.split(", ")
    climbs, count = POLICIES[policy], counted == "counted"
    if kind == "entropy":
        return ExactReturn(WORLD, climbs, count_absorbing=count).with_tau
    logits = np.zeros((N_STATES, N_ACTIONS))
    logits[:, DOWN] = LEANING * (kind == "leaning prior")
    prior = close_to(tabular(N_STATES, N_ACTIONS), logits.ravel())
    omega = Tsallis(2.0) if kind == "Tsallis" else prior
    return RegularisedReturn(WORLD, omega, climbs, tau=0.0, count_absorbing=count).with_tau


def true_return(policy: str) -> ExactReturn:
    """Return the objective without regulariser."""
    return paper_return().with_policy(POLICIES[policy])


@dataclass(frozen=True)
class Settings:
    """Ascents from common starts of each policy, and random directions where they got stuck.

    A prior that is counted after the end is left out: with a uniform one it is the entropy less a constant.
    """

    seed: int = 2019
    n_starts: int = 100
    policies: tuple[str, ...] = tuple(POLICIES)
    regularisers: tuple[str, ...] = REGULARISERS
    taus: tuple[float, ...] = (0.05, 0.2, 0.5)  # at the first update
    decay: float = 0.99
    n_updates: int = 2000
    longer: int = 10  # times as many updates, without a regulariser
    n_points: int = 20
    n_directions: int = 500
    alpha: float = 0.5
    small_tau: float = 0.01


SMOKE = Settings(
    n_starts=3,
    policies=("table, wide starts", "network on coordinates"),
    regularisers=("entropy, counted", "leaning prior, masked"),
    taus=(0.2,),
    n_updates=20,
    longer=2,
    n_points=2,
    n_directions=5,
)
PAPER = Settings(n_starts=1000, taus=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), n_points=100)
