"""Which ends of training are looked at, and from where."""

from dataclasses import dataclass

from rl_landscapes.studies.runs import HOPPER, Run


@dataclass(frozen=True)
class Point:
    """Where one training run ends; `poor` if it is what the claim speaks of."""

    name: str
    run: Run
    poor: bool


def _plain(sigma: float, step: float, start: int, n_updates: int) -> Run:
    return Run(HOPPER, "plain", sigma, step, start, n_updates, 0.995, 400)


# Chosen by where the runs of the study of learning end: returns without noise of 165, 174 and 92, of 3, which
# is that of the start, and of 976 and 1,035, which is standing still and hardly more.
POINTS = (
    Point("poor end, start 1", _plain(0.1, 1e-2, 1, 100), poor=True),
    Point("poor end, start 3", _plain(0.1, 1e-2, 3, 100), poor=True),
    Point("poor end, start 6", _plain(0.1, 1e-2, 6, 100), poor=True),
    Point("plateau", _plain(0.1, 1e-3, 0, 100), poor=False),
    Point("standing", _plain(0.5, 1e-2, 2, 100), poor=False),
    Point("good end", _plain(1.0, 1e-2, 4, 100), poor=False),
)


@dataclass(frozen=True)
class Settings:
    """Hopper's return without discount. Large sigmas have noisier returns, and so more episodes.

    In a pilot 16 episodes at sigma = 1 showed 6% of the directions at a stuck point to bend down, and 128
    showed 81%: fewer than a hundred cannot tell "linear" from "not seen".
    """

    seed: int = 2019
    points: tuple[Point, ...] = POINTS
    alphas: tuple[float, ...] = (0.1, 0.5, 1.0)
    sigmas: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)
    n_directions: int = 30
    n_episodes: tuple[int, int] = (16, 96)  # up to sigma = 0.1, and above
    horizon: int = 400

    def episodes_at(self, sigma: float) -> int:
        """Return the number of episodes at each point of a probe."""
        return self.n_episodes[0] if sigma <= 0.1 else self.n_episodes[1]


SMOKE = Settings(
    points=(
        Point("poor", _plain(0.1, 1e-2, 0, 2), poor=True),
        Point("good", _plain(1.0, 1e-2, 0, 2), poor=False),
    ),
    alphas=(0.5,),
    sigmas=(0.0, 1.0),
    n_directions=3,
    n_episodes=(8, 8),
    horizon=10,
)
PAPER = Settings(n_directions=500, n_episodes=(128, 1024), horizon=1000)
