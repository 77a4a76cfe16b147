"""Which policies are connected, and how the lines between them are looked at; set before the runs."""

from dataclasses import dataclass

from rl_landscapes.studies.runs import CHEETAH, HOPPER, WALKER

KINDS = ("same start", "different starts")


@dataclass(frozen=True)
class Ends:
    """How the two ends are trained: at the small and at the large sigma, from each of the starts."""

    body: str
    arm: str
    step: float
    n_updates: int
    n_starts: int
    n_episodes: int  # at each point of a line
    discount: float = 0.995


@dataclass(frozen=True)
class Settings:
    """Lines from alpha = -0.5 to 1.5 under every sigma, returns not discounted.

    Steps and updates are those with which plain ascent learns in a pilot. More than half of 12 lines can be
    told from half of them only if 10 or more are alike, so fewer would decide nothing.
    """

    seed: int = 2019
    ends: tuple[Ends, ...] = (
        Ends(HOPPER, "plain", 1e-2, 100, 12, 16),
        Ends(WALKER, "plain", 3e-3, 150, 12, 16),
        Ends(CHEETAH, "adam", 1e-2, 80, 6, 32, discount=0.98),
    )
    trained_at: tuple[float, float] = (0.1, 1.0)
    sigmas: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)
    training_horizon: int = 400
    horizon: int = 400
    n_points: int = 21
    extrapolate: float = 0.5
    n_bends: int = 8  # paths with one corner that are tried beside each line
    n_bent_points: int = 11
    bent_sigmas: tuple[float, ...] = (0.0, 1.0)


SMOKE = Settings(
    ends=(Ends(HOPPER, "plain", 1e-2, 2, 2, 4), Ends(CHEETAH, "adam", 1e-2, 2, 2, 4, discount=0.98)),
    training_horizon=10,
    horizon=10,
    n_points=5,
    n_bends=2,
    n_bent_points=5,
)
PAPER = Settings(
    ends=(
        Ends(HOPPER, "plain", 1e-2, 1000, 40, 128),
        Ends(WALKER, "plain", 3e-3, 1000, 40, 128),
        Ends(CHEETAH, "adam", 1e-2, 1000, 40, 128, discount=0.98),
    ),
    training_horizon=1000,
    horizon=1000,
    n_points=101,
    n_bends=32,
    n_bent_points=41,
    bent_sigmas=(0.0, 0.1, 0.5, 1.0),
)
