"""The two policies of each body in the study, and the objective through which it probes them."""

from dataclasses import replace
from functools import cache

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.history import Training
from rl_landscapes.ascent.optimisers import Adam
from rl_landscapes.ascent.training import train
from rl_landscapes.objectives.baselines import per_step
from rl_landscapes.objectives.policy_gradient import reward_to_go_from_here
from rl_landscapes.objectives.rollouts import SampledReturn
from rl_landscapes.policies import glorot, linear_gaussian
from rl_landscapes.studies.bodies.settings import BODIES, Settings
from rl_landscapes.studies.chance import generator_named


def objective(settings: Settings, name: str, n_episodes: int) -> SampledReturn:
    """Return the plain sum of rewards of the linear policy in a body, at the sigma of training."""
    from rl_landscapes.worlds.physics import body  # needs MuJoCo, which listing the studies does not

    world = body(name)
    policy = linear_gaussian(world.n_observations, world.n_actions, sigma=settings.sigma)
    return SampledReturn(world, policy, n_episodes=n_episodes, horizon=settings.horizon)


@cache
def train_body(settings: Settings, name: str) -> Training:
    """Train a body from its start by REINFORCE; once per process, and the same in every one."""
    which = BODIES.index(name)
    begin, rng = start(settings, name)
    plain = objective(settings, name, settings.training_episodes[which])
    return train(
        replace(plain, discount=settings.discounts[which]),
        begin,
        n_updates=settings.n_updates[which],
        step=settings.steps[which],
        rng=rng,
        optimiser=Adam(),
        weighting=reward_to_go_from_here,
        baseline=per_step,
    )


def start(settings: Settings, name: str) -> tuple[Array, np.random.Generator]:
    """Return the untrained policy (n,) of a body, and the generator with which its training goes on."""
    rng = generator_named(settings.seed, f"training-{name}-{settings.starts[BODIES.index(name)]}")
    return glorot(objective(settings, name, 1).policy, rng), rng


def point(settings: Settings, name: str, policy: str) -> Array:
    """Return the parameters (n,) of the trained or untrained policy of a body."""
    return train_body(settings, name).end if policy == "trained" else start(settings, name)[0]
