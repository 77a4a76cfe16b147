"""Policies and parameter vectors that the book names: the paper's policy, its starts, hand-made ones."""

from collections.abc import Sequence

import numpy as np

from rl_landscapes.arrays import Array, IntArray, as_finite, as_generator, at_least, positive
from rl_landscapes.policies.base import Policy
from rl_landscapes.policies.logits import Table
from rl_landscapes.policies.softmax import Softmax, linear, tabular
from rl_landscapes.worlds.gridworld import DOWN, RIGHT, Gridworld


def paper_policy(n_states: int = 26, n_actions: int = 4, *, untrained: Sequence[int] = ()) -> Softmax:
    """Return the paper's policy: a linear layer with bias on one-hot states, 26 * 4 + 4 = 108 parameters.

    In the states `untrained` every action is equally likely, whatever the parameters. With the absorbing
    state among them nothing is learned where nothing is to be decided.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policies.paper_policy().n_parameters
    108
    >>> policy = policies.paper_policy(untrained=[25])
    >>> policy.at(np.ones((1, 108)).cumsum(axis=1)).probs[0, 25]
    array([0.25, 0.25, 0.25, 0.25])
    """
    policy = tabular(n_states, n_actions, shared_bias=True)
    if len(untrained) == 0:
        return policy
    states = np.array([at_least("untrained", state, 0) for state in untrained])
    if states.max() >= n_states:
        raise ValueError(f"untrained must name states from 0 to {n_states - 1}, got {states.max()}")
    features = np.moveaxis(policy.logit_map.logits(np.eye(policy.n_parameters)), 0, -1).copy()
    features[states] = 0
    return linear(features)


def two_parameter_policy(world: Gridworld) -> Softmax:
    """Return the policy of two numbers, the logits of RIGHT and of DOWN in every cell; the others are 0.

    Its whole landscape can be drawn, so it serves for first pictures.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies, worlds
    >>> policy = policies.two_parameter_policy(worlds.paper_gridworld())
    >>> policy.at(np.log([[2.0, 4.0]])).probs[0, 0].round(6)  # left, right, up, down
    array([0.125, 0.25 , 0.125, 0.5  ])
    """
    features = np.zeros((world.mdp.n_states, world.mdp.n_actions, 2))
    features[:, RIGHT, 0] = features[:, DOWN, 1] = 1
    return linear(features)


def uniform_starts(
    policy: Policy, n_starts: int, rng: np.random.Generator, *, scale: float | None = None
) -> Array:
    """Draw `n_starts` parameter vectors uniformly from [-scale, scale]^n, shape (B, n).

    Without `scale` it is 1/sqrt(S), the default of a linear layer with S inputs and the paper's choice.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> starts = policies.uniform_starts(policies.paper_policy(), 200, np.random.default_rng(0))
    >>> starts.shape, bool(abs(starts).max() < 1 / np.sqrt(26))
    ((200, 108), True)
    """
    width = 1 / np.sqrt(policy.n_states) if scale is None else positive("scale", scale)
    shape = (at_least("n_starts", n_starts, 1), policy.n_parameters)
    return as_generator(rng).uniform(-width, width, size=shape)


def deterministic_theta(policy: Policy, actions: IntArray, logit: float) -> Array:
    """Return parameters (n,) that put `logit` on one action per state, `actions` (S,), and 0 on the others.

    Raises
    ------
    ValueError
        If an action does not exist, the logit is not finite, or the policy has not one logit for each state
        and action.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policies.deterministic_theta(policies.tabular(2, 2), np.array([1, 0]), logit=5.0)
    array([0., 5., 5., 0.])
    """
    if not (isinstance(policy, Softmax) and isinstance(policy.logit_map, Table)):
        raise ValueError(f"policy must be tabular (see `tabular`), got {policy!r}")
    n_states, n_actions = policy.n_states, policy.n_actions
    chosen = np.asarray(actions)
    fits = chosen.shape == (n_states,) and np.issubdtype(chosen.dtype, np.integer)
    if not fits or chosen.min() < 0 or chosen.max() >= n_actions:
        raise ValueError(f"actions must be {n_states} integers from 0 to {n_actions - 1}, got {actions}")
    theta = np.zeros(policy.n_parameters)
    theta[np.arange(n_states) * n_actions + chosen] = as_finite("logit", logit, ())
    return theta
