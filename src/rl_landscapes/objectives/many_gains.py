"""REINFORCE for many gains of a linear-quadratic world at once, through the same chance.

`policy_gradient` reads the recorded episodes of one policy. A thousand short ascents need no record.
"""

from collections.abc import Callable

import numpy as np

from rl_landscapes.arrays import Array, as_finite, as_generator, at_least
from rl_landscapes.worlds.lqr import LQR
from rl_landscapes.worlds.lqr.matrices import square_root

CreditRule = Callable[[Array, float], Array]


def less_mean_of_others(rewards: Array, discount: float) -> Array:
    """Return rewards to go less the mean of the other episodes at the same step; unbiased.

    `rewards` (T, ..., N) are discounted to the start, gamma^t r_t.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives.many_gains import less_mean_of_others
    >>> less_mean_of_others(np.array([[1.0, 3.0], [2.0, 2.0]]), 0.9)
    array([[-2.,  2.],
           [ 0.,  0.]])
    """
    to_go, n = _to_go(rewards), rewards.shape[-1]
    return (to_go - to_go.mean(axis=-1, keepdims=True)) * n / (n - 1)


def standardised(rewards: Array, discount: float) -> Array:
    """Return rewards to go, discounted from the step on, with mean 0 and variance 1 over the batch.

    As in the code of Ahmed et al. (2019). The batch are all T steps of all N episodes of a gain; `rewards`
    (T, ..., N) are discounted to the start. Biased, and in other units than the gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives.many_gains import standardised
    >>> standardised(np.array([[1.0, 3.0], [0.0, 0.0]]), 0.9).round(2)
    array([[ 0.  ,  1.63],
           [-0.82, -0.82]])
    """
    steps = np.arange(len(rewards)).reshape(-1, *(1,) * (rewards.ndim - 1))
    from_here = _to_go(rewards) / discount**steps
    batch = (0, rewards.ndim - 1)
    return (from_here - from_here.mean(batch, keepdims=True)) / from_here.std(batch, keepdims=True)


def estimated_gradients(
    world: LQR,
    gains: Array,
    sigmas: Array,
    *,
    n_episodes: int,
    horizon: int,
    rng: np.random.Generator,
    credit: CreditRule = less_mean_of_others,
) -> Array:
    """Estimate the gradient of O_sigma at gains (C, R, k, m) of widths `sigmas` (C,); same shape as `gains`.

    R runs have a chance of their own each, which all C climbers share: starts, disturbances, and the noise
    of the actions. With weights w = credit(gamma^t r_t) of N episodes of T steps the estimate is

        (1 / N) sum_j sum_t w_jt epsilon_jt s_jt' / sigma.

    Gains that are not finite, and episodes that leave the finite range, give NaN. Williams (1992).

    Raises
    ------
    ValueError
        If there are less than 2 episodes, a width is not above 0, or a shape does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives.many_gains import estimated_gradients
    >>> from rl_landscapes.worlds import double_integrator
    >>> gains, rng = np.full((2, 5, 1, 2), -0.5), np.random.default_rng(0)
    >>> widths = np.array([0.1, 1.0])
    >>> cart = double_integrator()
    >>> estimated_gradients(cart, gains, widths, n_episodes=32, horizon=30, rng=rng).shape
    (2, 5, 1, 2)
    """
    climbers, runs = np.shape(gains)[:2]
    if np.shape(gains) != (climbers, runs, world.n_actions, world.n_observations):
        raise ValueError(
            f"gains must have shape (C, R, {world.n_actions}, {world.n_observations}), got {np.shape(gains)}"
        )
    widths = as_finite("sigmas", sigmas, (climbers,))
    if not (widths > 0).all():
        raise ValueError(f"sigmas must be above 0, got {widths.min():g}: without noise there is no score")
    n, m = at_least("n_episodes", n_episodes, 2), world.n_observations
    chance = as_generator(rng).standard_normal(
        (at_least("horizon", horizon, 1) + 1, runs, n, m + world.n_actions)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        rewards, scores = _live(world, gains, widths[:, None, None, None], chance)
        return np.asarray(np.einsum("tcrn,tcrnkm->crkm", credit(rewards, world.discount), scores) / n)


def _live(world: LQR, gains: Array, widths: Array, chance: Array) -> tuple[Array, Array]:
    """Return gamma^t r_t, shape (T, C, R, N), and the scores epsilon s' / sigma, shape (T, C, R, N, k, m)."""
    m, horizon = world.n_observations, len(chance) - 1
    states = world.start_mean + chance[horizon, ..., :m] @ square_root(world.start_covariance)
    pushes, rewards, scores = chance[..., :m] @ square_root(world.disturbance), [], []
    for t in range(horizon):
        noise = chance[t, ..., m:]
        actions = states @ gains.swapaxes(-1, -2) + widths * noise
        costs = _form(world.state_cost, states) + _form(world.action_cost, actions)
        rewards.append(-(world.discount**t) * costs)
        scores.append(noise[..., None] * states[..., None, :] / widths[..., None])
        states = states @ world.dynamics.T + actions @ world.control.T + pushes[t]
    shape = rewards[-1].shape
    return np.stack([np.broadcast_to(r, shape) for r in rewards]), _stacked(scores, shape)


def _stacked(scores: list[Array], shape: tuple[int, ...]) -> Array:
    return np.stack([np.broadcast_to(s, (*shape, *s.shape[-2:])) for s in scores])


def _form(matrix: Array, rows: Array) -> Array:
    return np.asarray((rows @ matrix * rows).sum(axis=-1))


def _to_go(rewards: Array) -> Array:
    return np.cumsum(rewards[::-1], axis=0)[::-1]
