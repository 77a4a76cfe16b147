"""What is trained: bodies, estimators, sigmas, steps and starts, set before the runs.

From a pilot: the best steps of plain ascent move the parameters by .03 to .1 in an update at every sigma, so
steps go in multiples of sigma around that. Starts decide much of where a run ends, so all settings share
them; eight show a factor of two where ends scatter by their mean. A policy that stands costs 400 steps an
episode, which bounds the number of updates: about three hours of one core at 7,000 steps a second.
"""

from dataclasses import dataclass

from rl_landscapes.studies.runs import CHEETAH, HOPPER, WALKER

ALL = (0.1, 0.25, 0.5, 0.75, 1.0)  # the paper's
THREE = (0.1, 0.5, 1.0)


@dataclass(frozen=True)
class Grid:
    """Runs of one body under one estimator: every sigma with every step from every start."""

    body: str
    arm: str
    sigmas: tuple[float, ...]
    steps: tuple[float, ...]  # in multiples of sigma, but for Adam
    n_starts: int
    n_updates: int
    discount: float = 0.995
    horizon: int = 400


@dataclass(frozen=True)
class Paths:
    """Ascents without the score's noise: by central differences, on paths that are equally long."""

    body: str
    sigmas: tuple[float, ...]
    n_episodes: tuple[int, ...]  # by sigma: the noisier the returns, the more
    n_starts: int
    n_updates: int
    length: float  # of each update
    alpha: float = 0.1
    discount: float = 0.995
    horizon: int = 400


@dataclass(frozen=True)
class Settings:
    """The grids, and how a policy is judged: without noise or discount, over the body's own limit."""

    seed: int = 2019
    grids: tuple[Grid, ...] = (
        Grid(HOPPER, "plain", THREE, (1e-3, 3e-3, 1e-2, 3e-2), 8, 100),
        Grid(WALKER, "plain", THREE, (3e-4, 1e-3, 3e-3, 1e-2), 8, 150),
        Grid(HOPPER, "large", THREE, (1e-2, 3e-2), 8, 24),
        Grid(HOPPER, "per-step", THREE, (3e-3, 1e-2), 8, 100),
        Grid(HOPPER, "adam", THREE, (1e-2, 3e-2), 8, 80),
        Grid(WALKER, "large", THREE, (3e-3, 1e-2), 8, 24),
        Grid(CHEETAH, "adam", THREE, (1e-2, 3e-2), 4, 80, discount=0.98),
        Grid(CHEETAH, "plain", THREE, (1e-2, 3e-2), 4, 60),
    )
    paths: tuple[Paths, ...] = (Paths(HOPPER, THREE, (4, 8, 12), 8, 16, 0.12),)
    n_evaluation: int = 4
    evaluation_horizon: int | None = None
    n_evaluations: int = 10  # along a run, evenly
    n_late: int = 3  # the last of them, whose mean is the final return
    n_batches: int = 16  # of 128 episodes, for signal and noise at the starts


SMOKE = Settings(
    grids=(
        Grid(HOPPER, "plain", (0.1, 1.0), (3e-3, 1e-2), 2, 4, horizon=20),
        Grid(WALKER, "large", (0.1, 1.0), (3e-3,), 2, 2, horizon=10),
        Grid(CHEETAH, "adam", (0.1, 1.0), (1e-2,), 2, 2, horizon=10),
    ),
    paths=(Paths(HOPPER, (0.1, 1.0), (2, 2), 2, 2, 0.1, horizon=10),),
    n_evaluation=2,
    evaluation_horizon=30,
    n_evaluations=2,
    n_late=2,
    n_batches=3,
)
PAPER = Settings(
    grids=(
        *(
            Grid(body, arm, ALL, (3e-4, 1e-3, 3e-3, 1e-2, 3e-2), 40, n_updates)
            for body in (HOPPER, WALKER, CHEETAH)
            for arm, n_updates in (("plain", 1000), ("large", 500), ("per-step", 1000), ("adam", 1000))
        ),
    ),
    paths=tuple(Paths(body, ALL, (8, 16, 32, 64, 64), 40, 100, 0.05) for body in (HOPPER, WALKER, CHEETAH)),
    n_evaluation=32,
    n_evaluations=100,
    n_late=10,
    n_batches=100,
)
