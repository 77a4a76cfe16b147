"""Linear-quadratic worlds with a name: one whose landscape is a curve, and one whose landscape is a plane."""

import numpy as np

from rl_landscapes.arrays import positive
from rl_landscapes.worlds.lqr.world import LQR


def scalar_lqr(
    dynamics: float = 1.0,
    *,
    control: float = 1.0,
    state_cost: float = 1.0,
    action_cost: float = 1.0,
    discount: float = 0.9,
    disturbance: float = 0.0,
    time_limit: int = 200,
) -> LQR:
    """Return the world of one state and one action, s' = dynamics s + control a; its landscape is a curve.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> costs = objectives.LQRReturn(worlds.scalar_lqr(), sigma=0.0)
    >>> objectives.evaluate(costs, np.array([[-0.5], [-1.0]])).round(3)
    array([[-1.613],
           [-2.   ]])
    """
    return LQR(
        np.full((1, 1), dynamics),
        np.full((1, 1), control),
        np.full((1, 1), state_cost),
        np.full((1, 1), action_cost),
        discount,
        disturbance=np.full((1, 1), disturbance),
        time_limit=time_limit,
        name="scalar LQR",
    )


def double_integrator(
    *,
    step: float = 0.5,
    action_cost: float = 0.1,
    discount: float = 0.9,
    disturbance: float = 0.0,
    time_limit: int = 200,
) -> LQR:
    """Return a cart on a rail: position and velocity, pushed by a force; its landscape is a plane.

    Between two decisions, `step` apart, the force is constant. Position and velocity both cost their square.
    `disturbance` is the variance of what is added to each of the two at every step.

    Examples
    --------
    >>> from rl_landscapes import worlds
    >>> worlds.double_integrator().optimal_gain.round(3)
    array([[-1.118, -1.928]])
    """
    dt = positive("step", step)
    return LQR(
        np.array([[1.0, dt], [0.0, 1.0]]),
        np.array([[dt**2 / 2], [dt]]),
        np.eye(2),
        np.full((1, 1), action_cost),
        discount,
        disturbance=disturbance * np.eye(2),
        time_limit=time_limit,
        name="double integrator",
    )
