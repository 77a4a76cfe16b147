"""What is varied, and how much each look takes.

What the laptop budget costs, in core-minutes at 8,000, 7,000 and 18,000 steps a second for Hopper, Walker2d
and HalfCheetah, without termination; with it episodes of some 50 steps cost a tenth of that:

    training     3 bodies x 2 sigmas x 6 starts x 60 updates x 16 episodes x 200 steps      13
    judging      ... x 4 times 8 episodes of 400 steps                                       1
    signals      ... x 2 points x (16 x 16 episodes of 400 steps and 4 x 16 of 1,000)       22
    curvature    ... x 2 points x 25 points x 6 episodes of 400 steps                        8

with termination about 4 more, in all about 48.
"""

from dataclasses import dataclass

from rl_landscapes.studies.runs import CHEETAH, HOPPER, WALKER

BODIES = (HOPPER, WALKER, CHEETAH)
TERMINATIONS = (True, False)
POINTS = ("start", "end")


@dataclass(frozen=True)
class Batches:
    """How many batches of episodes tell signal from noise at some horizons: the same ones, cut."""

    n: int
    horizons: tuple[int, ...]


@dataclass(frozen=True)
class Settings:
    """Short trainings as the authors', judged without noise or discount in the body they were made for.

    They are cut after 200 steps: untrained bodies fall within tens, so termination decides their length.
    """

    seed: int = 2019
    sigmas: tuple[float, ...] = (0.1, 1.0)
    n_starts: int = 6
    n_updates: int = 60
    n_episodes: int = 16  # of an update, and of a batch
    step: float = 0.01  # in multiples of sigma
    discount: float = 0.995
    training_horizon: int = 200
    n_evaluation: int = 8
    evaluation_horizon: int = 400
    n_evaluations: int = 3  # along a run, evenly, after that of the start
    n_late: int = 2  # the last of them, whose mean is the final return
    batches: tuple[Batches, ...] = (Batches(16, (100, 200, 400)), Batches(4, (1000,)))
    alpha: float = 0.5
    n_directions: int = 12
    n_probe_episodes: int = 6
    probe_horizon: int = 400

    @property
    def horizons(self) -> tuple[int, ...]:
        """At which signal and noise are told apart."""
        return tuple(horizon for each in self.batches for horizon in each.horizons)


SMOKE = Settings(
    n_starts=2,
    n_updates=2,
    n_episodes=4,
    training_horizon=15,
    n_evaluation=2,
    evaluation_horizon=20,
    n_evaluations=2,
    batches=(Batches(3, (10, 20)), Batches(3, (30,))),
    n_directions=3,
    n_probe_episodes=2,
    probe_horizon=20,
)
PAPER = Settings(
    n_starts=40,
    n_updates=500,
    n_episodes=128,
    training_horizon=400,
    n_evaluation=32,
    evaluation_horizon=1000,
    n_evaluations=20,
    n_late=4,
    batches=(Batches(64, (100, 200, 400, 1000)),),
    n_directions=500,
    n_probe_episodes=128,
)
