"""Which points of known shape are probed, and through how much noise."""

from dataclasses import dataclass

SHAPES = ("optimum", "saddle", "linear", "flat")
EXACT = 0  # the number of episodes that stands for no noise at all


@dataclass(frozen=True)
class Settings:
    """Points of the gridworld found by their vanishing gradient, and functions made with a known shape.

    The step is the paper's. An episode's noise deviates by a quarter of the gap between the two solutions:
    by `episodes_needed` a change of one percent of the gap along one of 500 directions is then found in about
    3,800 episodes where it is a slope, and in about 700 where it is a bend, so that the budgets lie on both
    sides of what can be decided.
    """

    seed: int = 2019
    alpha: float = 0.5
    n_directions: int = 500
    episodes: tuple[int, ...] = (EXACT, 4096, 1024, 256, 64, 16)
    noise: float = 0.25  # of one episode, in units of the gap between the two solutions
    taus: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
    n_searches: int = 200
    farthest: float = 12.0  # a parameter beyond it has run off towards a deterministic policy
    dimensions: tuple[int, ...] = (2, 10, 36, 108)
    n_made: int = (
        12  # functions of each kind and dimension: 36 right ones of a shape must be able to show 90%
    )
    logits: tuple[float, ...] = (16.0, 20.0, 24.0)


SMOKE = Settings(
    n_directions=12,
    episodes=(EXACT, 8),
    taus=(0.2,),
    n_searches=4,
    dimensions=(2, 4),
    n_made=1,
    logits=(20.0,),
)
PAPER = Settings(n_directions=5000, n_searches=2000, n_made=50)
