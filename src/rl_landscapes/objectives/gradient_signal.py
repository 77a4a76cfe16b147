"""How much of an estimated policy gradient is signal: measured, not assumed."""

import numpy as np

from rl_landscapes.arrays import Array, as_generator, at_least
from rl_landscapes.objectives import baselines
from rl_landscapes.objectives.base import as_point
from rl_landscapes.objectives.baselines import Baseline
from rl_landscapes.objectives.policy_gradient import Weighting, policy_gradient, reward_to_go
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.statistics.signal import SignalToNoise, signal_to_noise


def gradient_signal(
    objective: SampledReturn,
    theta: Array,
    *,
    n_batches: int,
    rng: np.random.Generator,
    weighting: Weighting = reward_to_go,
    baseline: Baseline = baselines.none,
) -> SignalToNoise:
    """Compare the gradient that `train` would follow at `theta` (n,) with its noise.

    A sample is the estimate from one batch of the objective's N episodes, made `n_batches` times anew: so a
    baseline that ties the episodes of a batch together is judged as it is used. Noise falls like 1 / sqrt(N),
    so N times `samples_needed` episodes have a gradient whose signal equals its noise.

    The signal is the length of what the estimate is the estimate *of*: the gradient for unbiased choices,
    something else for others (`reward_to_go_from_here`, `baselines.standardised`).

    Raises
    ------
    ValueError
        If there are less than 3 batches, all episodes of one diverged, or sigma is 0.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import SampledReturn, gradient_signal
    >>> from rl_landscapes.policies import linear_gaussian
    >>> from rl_landscapes.worlds import double_integrator
    >>> world, policy = double_integrator(time_limit=20), linear_gaussian(2, 1, sigma=0.5)
    >>> objective = SampledReturn(world, policy, n_episodes=16)
    >>> seen = gradient_signal(objective, np.zeros(3), n_batches=90, rng=np.random.default_rng(0))
    >>> f"ratio {seen.of_mean():.1f}, batches needed {seen.samples_needed:.1f}"
    'ratio 0.7 [0.4, 0.9], batches needed 2.0 [1.3, 5.0]'
    """
    at, generator = as_point(objective, theta), as_generator(rng)
    estimates = [
        policy_gradient(
            objective.policy,
            at,
            objective.trajectories(at[None], generator),
            weighting=weighting,
            baseline=baseline,
        ).gradient
        for _ in range(at_least("n_batches", n_batches, 3))
    ]
    return signal_to_noise(np.stack(estimates))
