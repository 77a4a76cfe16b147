"""The gradient by central differences: of any objective, from its values alone."""

import numpy as np

from rl_landscapes.arrays import Array, positive
from rl_landscapes.objectives.base import Objective, as_point, evaluate


def central_differences(
    objective: Objective,
    theta: Array,
    *,
    alpha: float,
    rng: np.random.Generator | None = None,
    n_jobs: int = 1,
) -> tuple[Array, Array]:
    r"""Return the values (N,) at `theta` (n,) and the gradient as each of the N episodes sees it, (N, n).

    g_i = (O(theta + alpha e_i) - O(theta - alpha e_i)) / (2 alpha) for the n unit vectors e_i. All 2n + 1
    points meet the same episodes (common random numbers), so what they have in common cancels: where the
    score's noise grows like 1 / sigma, this has a noise that hardly depends on sigma, at the price of 2n + 1
    evaluations. It is the gradient of the objective smoothed over [-alpha, alpha] along each axis.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> bowl = objectives.quadratic(np.diag([-1.0, -4.0]))
    >>> values, gradients = objectives.central_differences(bowl, np.ones(2), alpha=0.1)
    >>> values.round(6), gradients.round(6)
    (array([-2.5]), array([[-1., -4.]]))
    """
    centre = as_point(objective, theta)
    steps = positive("alpha", alpha) * np.eye(len(centre))
    values = evaluate(
        objective, np.concatenate([centre[None], centre + steps, centre - steps]), rng, n_jobs=n_jobs
    )
    plus, minus = np.split(values[1:], 2)
    return values[0], ((plus - minus) / (2 * alpha)).T
