"""A training run in a process of its own, to be killed: python -m tests.ascent.killed CHECKPOINT RESULT."""

import sys
from pathlib import Path

import numpy as np

from rl_landscapes.ascent import Adam, exponential_decay, train
from rl_landscapes.objectives import SampledReturn
from rl_landscapes.policies import mlp_gaussian
from rl_landscapes.records import save
from tests.point_mass import PointMass

POLICY = mlp_gaussian(2, 1, (4,), sigma=None)
OBJECTIVE = SampledReturn(PointMass(), POLICY, n_episodes=4, discount=0.95)


def run(checkpoint, n_updates=250):
    return train(
        OBJECTIVE,
        0.1 * np.random.default_rng(1).normal(size=POLICY.n_parameters),
        n_updates=n_updates,
        step=exponential_decay(0.05, 0.99),
        tau=exponential_decay(0.1, 0.98),
        optimiser=Adam(),
        rng=np.random.default_rng(2),
        evaluate_every=20,
        keep_every=30,
        checkpoint=checkpoint,
        checkpoint_every=1,
    )


if __name__ == "__main__":
    save(run(Path(sys.argv[1])), sys.argv[2])
