"""Which runs are looked at, at how many checkpoints, and through how many directions and episodes.

Most episodes go where noise decides. A set of directions gives one number, the curvature along the direction
it chose; so few episodes choose and many new ones measure, more where sigma makes returns noisier.

The runs are runs of the study of learning: the same starts, the same chance, the same steps.

What the laptop budget costs, in core-minutes at 8,000 steps a second for Hopper and 18,000 for HalfCheetah.
`perturb` runs the episodes of its centre twice. So four sets of 21 points to choose, and five measurements at
3 points, are 592, 592, 928 and 1,328 episodes of Hopper at the four sigmas; with 17 points to choose, 448,
448, 528 and 528 of HalfCheetah. These have 400 steps. Hopper's have about 30 where training has sigma = 0.1,
and where it has 1 about 160, 150, 130 and 110 at the four: .1 and .45 million steps a checkpoint.

    Hopper       6 starts x 6 checkpoints x (13 + 56) seconds   41
                 training, 6 x (8 + 35) seconds                  4
    HalfCheetah  6 starts x 6 checkpoints x 43 seconds          26
                 training, 6 x 31 seconds                        3

in all about 74. With as much swing at sigma = 0 as at 1, in made-up runs whose swings scatter by their mean,
six starts tell that it is below twice as much in half of all cases with two sigmas of training, in a third
with one; with four times as much, they tell that it is above in .8 and .4. Two starts never do.
"""

from dataclasses import dataclass

from rl_landscapes.studies.runs import CHEETAH, HOPPER


@dataclass(frozen=True)
class Runs:
    """Training runs of one body, one from each start under each sigma, and how their checkpoints are seen."""

    body: str
    arm: str
    sigmas: tuple[float, ...]  # of training
    step: float  # in multiples of sigma where the arm is scaled
    n_starts: int
    n_updates: int
    discount: float
    choosing: tuple[int, ...]  # episodes that choose a direction, by sigma of evaluation
    measuring: tuple[int, ...]  # and new ones that measure along it
    n_directions: int  # of a set
    horizon: int = 400


@dataclass(frozen=True)
class Settings:
    """The runs, and what is done at each checkpoint: returns are not discounted there."""

    seed: int = 2019
    runs: tuple[Runs, ...] = (
        Runs(HOPPER, "plain", (0.1, 1.0), 0.01, 6, 100, 0.995, (4, 4, 6, 6), (12, 12, 20, 40), 10),
        Runs(CHEETAH, "adam", (1.0,), 0.01, 6, 80, 0.98, (4, 4, 4, 4), (8, 8, 12, 12), 8),
    )
    n_checkpoints: int = 6  # from the start to the end, evenly
    sigmas: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)  # of evaluation
    n_sets: int = 4
    alpha: float = 0.5
    n_evaluation: int = 8
    evaluation_horizon: int | None = None


SMOKE = Settings(
    runs=(
        Runs(HOPPER, "plain", (0.1, 1.0), 0.01, 2, 2, 0.995, (2, 2, 2, 2), (2, 2, 2, 2), 3, 10),
        Runs(CHEETAH, "adam", (1.0,), 0.01, 2, 2, 0.98, (2, 2, 2, 2), (2, 2, 2, 2), 3, 10),
    ),
    n_checkpoints=3,
    n_sets=2,
    n_evaluation=2,
    evaluation_horizon=15,
)
PAPER = Settings(
    runs=(
        Runs(HOPPER, "plain", (0.1, 1.0), 0.01, 40, 1000, 0.995, (128,) * 4, (512,) * 4, 500, 1000),
        Runs(CHEETAH, "adam", (0.1, 1.0), 0.01, 40, 1000, 0.98, (128,) * 4, (512,) * 4, 500, 1000),
    ),
    n_checkpoints=41,
    n_evaluation=32,
)
