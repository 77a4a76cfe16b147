"""REINFORCE in continuous control: the gradient of the return, estimated from episodes that were run."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, IntArray, as_finite
from rl_landscapes.objectives import baselines
from rl_landscapes.objectives.baselines import Baseline, Credit
from rl_landscapes.objectives.trajectories import Trajectories
from rl_landscapes.policies.gaussian import Gaussian
from rl_landscapes.statistics import standard_error

Weighting = Callable[[Array, float], Array]


@dataclass(frozen=True, eq=False)
class PolicyGradient:
    """An estimate of the gradient, the mean over N episodes; those that diverged are left out, and counted.

    `returns` are those of the reward alone, whatever tau was.
    """

    per_episode: Array  # (N, n)
    returns: Array  # (N,)
    lengths: IntArray  # (N,)
    n_diverged: int

    @property
    def gradient(self) -> Array:
        """The mean over episodes, shape (n,); NaN if there is none."""
        if len(self.per_episode) == 0:
            return np.full(self.per_episode.shape[1], np.nan)
        return self.per_episode.mean(axis=0)

    @property
    def noise(self) -> float:
        """Length of the standard error of `gradient`; NaN for fewer than two episodes.

        Baselines tie the episodes of a batch together a little, which it does not see.
        """
        if len(self.per_episode) < 2:
            return np.nan
        return float(np.linalg.norm(standard_error(self.per_episode, axis=0)))


def reward_to_go(rewards: Array, discount: float) -> Array:
    """Return sum_{u >= t} gamma^u r_u for rewards (N, T): to come, discounted to the start. Unbiased.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.reward_to_go(np.ones((1, 3)), 0.5)
    array([[1.75, 0.75, 0.25]])
    """
    return np.cumsum((_discounts(rewards, discount) * rewards)[:, ::-1], axis=1)[:, ::-1]


def whole_return(rewards: Array, discount: float) -> Array:
    """Return sum_u gamma^u r_u at every step, shape (N, T). Unbiased; noisier, for the past is in it.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.whole_return(np.ones((1, 3)), 0.5)
    array([[1.75, 1.75, 1.75]])
    """
    total = (_discounts(rewards, discount) * rewards).sum(axis=1, keepdims=True)
    return np.broadcast_to(total, rewards.shape)


def reward_to_go_from_here(rewards: Array, discount: float) -> Array:
    """Return sum_{u >= t} gamma^(u-t) r_u, shape (N, T): discounted to step t, as most code has it.

    Late steps weigh more than in the gradient of the discounted return, so it is biased unless gamma is 1.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> objectives.reward_to_go_from_here(np.ones((1, 3)), 0.5)
    array([[1.75, 1.5 , 1.  ]])
    """
    credit = np.array(rewards, dtype=np.float64)
    for t in reversed(range(credit.shape[1] - 1)):
        credit[:, t] += discount * credit[:, t + 1]
    return credit


def policy_gradient(
    policy: Gaussian,
    theta: Array,
    trajectories: Trajectories,
    *,
    weighting: Weighting = reward_to_go,
    baseline: Baseline = baselines.none,
    tau: float = 0.0,
) -> PolicyGradient:
    r"""Return the gradient of O_tau at `theta` (n,), estimated from the episodes of that one policy.

    Episode j gives sum_t w_jt grad log pi(a_t|s_t) + tau grad H sum_t gamma^t, where the weights w are the
    credit (`weighting` of the rewards r_t + tau H) less the `baseline`, and H is the policy's entropy, paid
    for every step that is made. The last term is there only if sigma is learned; it is discounted to the
    start whatever the weighting, and no baseline scales it. Williams (1992).

    Raises
    ------
    ValueError
        If the episodes are not those of one policy, a shape does not fit, sigma is 0, or tau is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, policies, worlds
    >>> world, policy = worlds.double_integrator(), policies.linear_gaussian(2, 1, sigma=0.5)
    >>> theta, rng = np.zeros(3), np.random.default_rng(0)
    >>> lived = objectives.run_episodes(world, policy, theta[None], n_episodes=64, rng=rng)
    >>> objectives.policy_gradient(policy, theta, lived).gradient.shape
    (3,)
    """
    if len(trajectories.lengths) != 1:
        raise ValueError(f"trajectories must be of one policy, got {len(trajectories.lengths)}")
    if policy.sigma == 0:
        raise ValueError("policy_gradient needs sigma above 0, got 0: a deterministic policy has no score")
    weight = as_finite("tau", tau, ()).item()
    kept = ~trajectories.diverged[0]
    alive, observations = trajectories.alive[0, kept], trajectories.observations[0, kept]
    rewards = trajectories.rewards[0, kept]
    bonus = weight * policy.entropy(theta) * alive if weight else 0.0
    per_episode = np.zeros((0, policy.n_parameters))
    if kept.any():
        credit = Credit(weighting(rewards + bonus, trajectories.discount), alive, observations)
        weights = np.where(alive, baseline(credit), 0.0)
        per_episode = policy.score_sums(theta, observations, trajectories.actions[0, kept], weights)
        time = (_discounts(rewards, trajectories.discount) * alive).sum(axis=1)
        per_episode = per_episode + weight * time[:, None] * policy.entropy_gradient(theta)
    return PolicyGradient(
        per_episode, trajectories.returns[0, kept], trajectories.lengths[0, kept], int((~kept).sum())
    )


def _discounts(rewards: Array, discount: float) -> Array:
    return np.asarray(discount ** np.arange(rewards.shape[1], dtype=np.float64))
