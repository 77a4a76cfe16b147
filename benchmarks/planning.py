"""Planning in 10,001 states against QuantEcon: no target, for orientation."""

from collections.abc import Iterator
from importlib.util import find_spec

from benchmarks.comparison import Plan, alone, compare
from benchmarks.row import Row
from benchmarks.timing import Work
from rl_landscapes.arrays import IntArray
from rl_landscapes.objectives import ExactReturn, optimal
from rl_landscapes.policies import deterministic_theta, tabular
from rl_landscapes.worlds import MDP, paper_gridworld

CERTAIN = 800.0  # a logit gap at which the other actions have probability 0


def rows(size: int = 100) -> Iterator[Row]:
    """Measure policy iteration, and the value of the policy it finds."""
    world = paper_gridworld(size, sparse=True)
    actions = optimal(world).probs.argmax(axis=1)
    policy = tabular(world.mdp.n_states, world.mdp.n_actions)
    objective, thetas = ExactReturn(world, policy), deterministic_theta(policy, actions, CERTAIN)[None]

    solve, evaluate = _theirs(world.mdp, actions)
    yield _row(f"optimal policy, {size}x{size}", "policy iteration", lambda: optimal(world).values, solve)
    name = f"value of a deterministic policy, {size}x{size}"
    yield _row(name, "evaluate_policy", lambda: objective.state_values(thetas), evaluate)


def _theirs(mdp: MDP, actions: IntArray) -> tuple[Work | None, Work | None]:
    if find_spec("quantecon") is None:
        return None, None
    from benchmarks.peers.by_quantecon import discrete_dp

    other = discrete_dp(mdp)
    return lambda: other.solve(method="policy_iteration").v, lambda: other.evaluate_policy(actions)


def _row(name: str, what: str, ours: Work, theirs: Work | None) -> Row:
    plan = Plan(name, f"QuantEcon DiscreteDP, sparse, {what}", seconds=2.0)
    return alone(plan, ours, "quantecon is not installed") if theirs is None else compare(plan, ours, theirs)
