"""Signal and noise of the authors' estimate of the gradient at several horizons, from the same episodes."""

from dataclasses import replace

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.training import AUTHORS
from rl_landscapes.objectives.policy_gradient import policy_gradient
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.objectives.trajectories import Trajectories
from rl_landscapes.statistics import signal_to_noise
from rl_landscapes.studies.results import Values


def signals(
    objective: SampledReturn,
    theta: Array,
    horizons: tuple[int, ...],
    *,
    n_batches: int,
    rng: np.random.Generator,
) -> Values:
    """Tell signal from noise as `gradient_signal` does, at `horizons` (H,) up to the objective's.

    Of the squared ratio of an estimate from one episode there are estimate, low and high, (H, 3); of the
    noise of such an estimate the length (H,), and the mean number of steps (H,).
    """
    estimates, lengths = [], []
    for _ in range(n_batches):
        episodes = objective.trajectories(theta[None], rng)
        parts = [
            policy_gradient(
                objective.policy,
                theta,
                cut(episodes, horizon),
                weighting=AUTHORS["weighting"],
                baseline=AUTHORS["baseline"],
            )
            for horizon in horizons
        ]
        estimates.append([part.gradient for part in parts])
        lengths.append([part.lengths.mean() for part in parts])
    rows, n = np.array(estimates), objective.n_episodes  # (batches, H, parameters)
    squares = [signal_to_noise(rows[:, h]).squared for h in range(len(horizons))]
    return {
        "signal": np.array([[each.estimate, each.low, each.high] for each in squares]) / n,
        "noise": np.sqrt(n * rows.var(axis=0, ddof=1).sum(axis=-1)),
        "length": np.mean(lengths, axis=0),
    }


def cut(episodes: Trajectories, horizon: int) -> Trajectories:
    """Return the episodes as they would have been had they been cut after `horizon` steps."""
    within = episodes.lengths <= horizon
    return replace(
        episodes,
        observations=episodes.observations[:, :, :horizon],
        actions=episodes.actions[:, :, :horizon],
        rewards=episodes.rewards[:, :, :horizon],
        lengths=np.minimum(episodes.lengths, horizon),
        terminated=episodes.terminated & within,
        diverged=episodes.diverged & within,
    )
