"""Rules: the direction in which an update moves. Each returns values (B,) and directions (B, n).

A rule is a function of objective, parameters and generator, and is passed as it is, `rule=natural_gradient`;
one with settings is made by calling its name with them, `rule=reinforce(n_episodes=16, horizon=100)`.
"""

from collections.abc import Callable

import numpy as np

from rl_landscapes.arrays import Array, as_finite
from rl_landscapes.objectives.base import Objective, value_and_gradient
from rl_landscapes.objectives.episodes import Baseline, leave_one_out, sampled_gradient
from rl_landscapes.objectives.exact import ExactReturn
from rl_landscapes.policies.natural import natural_direction

Rule = Callable[[Objective, Array, np.random.Generator | None], tuple[Array, Array]]


def exact_gradient(
    objective: Objective, thetas: Array, rng: np.random.Generator | None = None
) -> tuple[Array, Array]:
    """Return the exact value and gradient; `rng` is not used.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives
    >>> ascent.exact_gradient(objectives.monkey_saddle(), np.array([[1.0, 1.0]]))
    (array([-2.]), array([[ 0., -6.]]))
    """
    return value_and_gradient(objective, thetas)


def scaled_gradient(scale: Array) -> Rule:
    """Return the rule that multiplies the exact gradient by `scale` (n,): how fast each parameter learns.

    What is scaled by 0 is not trained.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives
    >>> rule = ascent.scaled_gradient(np.array([1.0, 0.0]))
    >>> ascent.ascend(objectives.quadratic(-np.eye(2)), np.ones((1, 2)), n_updates=1, step=0.5, rule=rule).end
    array([[0.5, 1. ]])
    """
    factors = as_finite("scale", scale, (None,))

    def rule(objective: Objective, thetas: Array, rng: np.random.Generator | None) -> tuple[Array, Array]:
        if factors.shape != (objective.n_parameters,):
            raise ValueError(
                f"scale must hold one number per parameter, {objective.n_parameters}, got {factors.size}"
            )
        values, directions = exact_gradient(objective, thetas, rng)
        return values, factors * directions

    return rule


def natural_gradient(
    objective: Objective, thetas: Array, rng: np.random.Generator | None = None
) -> tuple[Array, Array]:
    """Return the exact value and F^+ g, the gradient measured in behaviour; `rng` is not used. Kakade (2001).

    F is the Fisher information under the unnormalised occupancy. For a tabular softmax the result is the
    advantage, less its mean over actions, however rarely a state is visited; for other policies see
    `policies.natural`: there is no cut-off on the eigenvalues of F. So it moves masked actions, too.

    Raises
    ------
    TypeError
        If the objective is no `ExactReturn`.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.paper_gridworld())
    >>> starts = np.zeros((1, exact.n_parameters))
    >>> climb = ascent.ascend(exact, starts, n_updates=50, step=1.0, rule=ascent.natural_gradient)
    >>> climb.values[-1].round(2)  # nearly the best, 4.80
    array([4.8])
    """
    exact = _exact_return(objective)
    values, advantages = exact.evaluate(thetas)[:, 0], exact.advantages(thetas)
    return values, natural_direction(exact.policy, thetas, advantages, exact.occupancy(thetas))


def reinforce(*, n_episodes: int, horizon: int, baseline: Baseline = leave_one_out) -> Rule:
    """Return the rule that samples the gradient of the true return from `n_episodes` episodes.

    The values stay exact. Episodes end at `horizon` T, so the gradient is that of the return up to T: where
    an action pays k steps later, gamma^(T - k) of it is missing. At gamma = 0.9 and T = 20 that is 12% if it
    pays at once, 23% if after six steps.

    Raises
    ------
    TypeError
        When used, if the objective is no `ExactReturn`.
    ValueError
        When used, if its tau is not 0, `rng` is missing, or a count is not a positive integer.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import ascent, objectives, worlds
    >>> exact = objectives.ExactReturn(worlds.from_map("SG", rewards={"G": 1.0}, discount=0.9))
    >>> rule, starts = ascent.reinforce(n_episodes=32, horizon=20), np.zeros((3, exact.n_parameters))
    >>> rng = np.random.default_rng(0)
    >>> climb = ascent.ascend(exact, starts, n_updates=30, step=1.0, rule=rule, rng=rng)
    >>> bool((climb.values[-1] > climb.values[0]).all())
    True
    """

    def rule(objective: Objective, thetas: Array, rng: np.random.Generator | None) -> tuple[Array, Array]:
        exact = _exact_return(objective)
        if exact.tau != 0:
            raise ValueError(
                f"reinforce samples the true return, tau = 0; the objective has tau = {exact.tau:g}"
            )
        if rng is None:
            raise ValueError("rng must be a numpy Generator for a gradient from samples, got None")
        estimate = sampled_gradient(
            exact, thetas, n_episodes=n_episodes, horizon=horizon, rng=rng, baseline=baseline
        )
        return exact.evaluate(thetas)[:, 0], estimate

    return rule


def _exact_return(objective: Objective) -> ExactReturn:
    if not isinstance(objective, ExactReturn):
        raise TypeError(f"this rule needs an ExactReturn, got {type(objective).__name__}")
    return objective
