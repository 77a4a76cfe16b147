"""Training runs on MuJoCo's bodies that the studies of continuous control share.

Whatever is compared meets the same chance: runs of one body from one start have the same initial policy and
the same episodes in every update, under every sigma, step size and estimator.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.evaluation import Evaluation
from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import SGD, Adam, Optimiser
from rl_landscapes.ascent.training import train
from rl_landscapes.objectives.baselines import LEAST_SPREAD, Baseline, Credit, per_step, standardised
from rl_landscapes.objectives.policy_gradient import reward_to_go_from_here
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.policies import glorot, linear_gaussian
from rl_landscapes.studies.chance import generator_named

HOPPER, WALKER, CHEETAH = "Hopper-v5", "Walker2d-v5", "HalfCheetah-v5"


@dataclass(frozen=True)
class Arm:
    """How the gradient is estimated and followed; credit is `reward_to_go_from_here`, as the authors'."""

    n_episodes: int
    baseline: Baseline
    optimiser: Optimiser
    scaled: bool  # whether the step is given in multiples of sigma


def per_step_over_spread(credit: Credit) -> Array:
    """Return the credit less the mean of the other episodes' at that step, over the spread of all credit.

    The steps that fit `standardised` fit it as well.
    """
    return per_step(credit) / (credit.made.std() + LEAST_SPREAD)


ARMS: Mapping[str, Arm] = {
    "plain": Arm(16, standardised, SGD(), scaled=True),
    "large": Arm(128, standardised, SGD(), scaled=True),
    "per-step": Arm(16, per_step_over_spread, SGD(), scaled=True),
    "adam": Arm(16, per_step, Adam(), scaled=False),
}


@dataclass(frozen=True)
class Run:
    """One training run, from one of its body's starts."""

    body: str
    arm: str
    sigma: float
    step: float  # in multiples of sigma where the arm is scaled
    start: int
    n_updates: int
    discount: float
    horizon: int


def sampled(body_name: str, sigma: float, n_episodes: int, discount: float, horizon: int) -> SampledReturn:
    """Return the sampled return of a linear policy with noise `sigma` in a body."""
    from rl_landscapes.worlds.physics import body  # needs MuJoCo, which listing the studies does not

    world = body(body_name)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=sigma)
    return SampledReturn(world, policy, n_episodes, discount=discount, horizon=horizon, n_threads=1)


def start_of(body_name: str, start: int, seed: int) -> Array:
    """Return the initial policy (n,) of a start: uniform as Glorot and Bengio (2010) have it."""
    policy = sampled(body_name, 1.0, 1, 1.0, 1).policy
    return glorot(policy, generator_named(seed, f"start-{body_name}-{start}"))


def train_run(
    run: Run, seed: int, evaluation: Evaluation, *, evaluate_every: int, keep_every: int
) -> Training:
    """Train it; `evaluation` draws the same episodes in all runs from one start."""
    arm = ARMS[run.arm]
    return train(
        sampled(run.body, run.sigma, arm.n_episodes, run.discount, run.horizon),
        start_of(run.body, run.start, seed),
        n_updates=run.n_updates,
        step=run.step * (run.sigma if arm.scaled else 1.0),
        rng=generator_named(seed, f"run-{run.body}-{run.start}"),
        optimiser=arm.optimiser,
        weighting=reward_to_go_from_here,
        baseline=arm.baseline,
        evaluation=evaluation,
        evaluate_every=evaluate_every,
        keep_every=keep_every,
    )


def travelled(training: Training) -> float:
    """Return the length of the way from start to end, in a straight line."""
    return float(np.linalg.norm(training.end - training.start))
