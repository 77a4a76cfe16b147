"""Along the gradient: a direction that no draw of directions decides."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite, as_generator, positive
from rl_landscapes.objectives import baselines
from rl_landscapes.objectives.base import Objective, as_point, gradient
from rl_landscapes.objectives.policy_gradient import policy_gradient
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.probes.perturbations import Perturbations, perturb


def along_direction(
    objective: Objective, theta: Array, direction: Array, *, alpha: float, rng: np.random.Generator
) -> Perturbations:
    """Probe `objective` along one `direction` (n,) only, such as an estimate of the gradient: D = 1.

    The direction must not come from the same episodes, or their noise is in both; `rng` draws new ones.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, rng = objectives.quadratic(np.diag([-1.0, -9.0])), np.random.default_rng(0)
    >>> seen = probes.along_direction(bowl, np.zeros(2), np.array([0.0, 5.0]), alpha=0.1, rng=rng)
    >>> seen.curvature.round(6)
    array([-9.])
    """
    row = as_finite("direction", direction, (objective.n_parameters,))
    return perturb(objective, theta, alpha=positive("alpha", alpha), directions=row[None], rng=rng)


def along_gradient(
    objective: Objective,
    theta: Array,
    *,
    alpha: float,
    rng: np.random.Generator,
    n_episodes: int | None = None,
) -> Perturbations:
    """Probe `objective` along its gradient at `theta` (n,), as `gradient_estimate` has it: D = 1.

    The probe's episodes are not those of the estimate, so slope and curvature are unbiased for the direction
    that was found. A slope that its standard error does not tell from 0 says that the estimate was noise:
    take more `n_episodes` for it.

    Raises
    ------
    ValueError
        If the gradient is zero, or for what `gradient_estimate` refuses.
    TypeError
        If `objective` is neither a `SampledReturn` nor knows its gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, rng = objectives.quadratic(np.diag([-1.0, -9.0])), np.random.default_rng(0)
    >>> seen = probes.along_gradient(bowl, np.array([2.0, 0.0]), alpha=0.1, rng=rng)
    >>> seen.slope.round(6), seen.curvature.round(6)
    (array([2.]), array([-1.]))
    """
    found = gradient_estimate(objective, theta, rng, n_episodes=n_episodes)
    if not found.any():
        raise ValueError("theta must be where the gradient is not zero, but it is: it has no direction there")
    return along_direction(objective, theta, found, alpha=alpha, rng=rng)


def gradient_estimate(
    objective: Objective, theta: Array, rng: np.random.Generator, *, n_episodes: int | None = None
) -> Array:
    """Return the gradient of `objective` at `theta` (n,), shape (n,): exact if it knows it, else REINFORCE's.

    For a `SampledReturn` it is the unbiased estimate from `n_episodes` episodes of its own (None: as many as
    the objective has), with the mean credit of the other episodes at each step as baseline. For an objective
    that knows its gradient `n_episodes` must be None.

    Raises
    ------
    ValueError
        If all episodes diverged, or sigma is 0.
    TypeError
        If `objective` is neither a `SampledReturn` nor knows its gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, probes, worlds
    >>> world, policy = worlds.double_integrator(), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> objective = objectives.SampledReturn(world, policy, n_episodes=16, discount=0.9)
    >>> probes.gradient_estimate(objective, np.zeros(3), np.random.default_rng(0), n_episodes=64).shape
    (3,)
    """
    point = as_point(objective, theta)
    if isinstance(objective, SampledReturn):
        return _reinforce(
            objective if n_episodes is None else objective.with_episodes(n_episodes), point, rng
        )
    if n_episodes is not None:
        raise ValueError(f"n_episodes must be None where no SampledReturn is probed, got {n_episodes}")
    return gradient(objective, point[None])[0]


def _reinforce(objective: SampledReturn, theta: Array, rng: np.random.Generator) -> Array:
    episodes = objective.trajectories(theta[None], as_generator(rng))
    found = policy_gradient(objective.policy, theta, episodes, baseline=baselines.per_step)
    if len(found.returns) == 0:
        raise ValueError(f"theta must be where episodes end, but all {found.n_diverged} diverged")
    return found.gradient
