"""What the study looks at: the bodies, their training, and how many episodes each look takes."""

from dataclasses import dataclass

BODIES = ("Hopper-v5", "Walker2d-v5", "HalfCheetah-v5")
POLICIES = ("untrained", "trained")


@dataclass(frozen=True)
class Settings:
    """How each body is trained, and how many episodes each look at it takes. Returns are not discounted."""

    seed: int = 2019
    horizon: int | None = None
    sigma: float = 0.5  # in training, and where nothing else is said
    discounts: tuple[float, ...] = (0.995, 0.995, 0.98)  # in training only, by body
    training_episodes: tuple[int, ...] = (32, 32, 8)  # for each update
    n_updates: tuple[int, ...] = (80, 80, 160)
    steps: tuple[float, ...] = (0.02, 0.02, 0.03)
    starts: tuple[int, ...] = (1, 2, 0)  # which of its Glorot starts: from others a body may get nowhere
    sigmas: tuple[float, ...] = (0.0, 0.1, 0.5, 1.0)
    n_returns: int = 128
    alphas: tuple[float, ...] = (0.01, 0.05, 0.2, 0.5)
    n_pair_directions: int = 20
    n_pair_episodes: int = 6
    alpha: float = 0.5  # of the probe
    n_probe_directions: int = 16
    n_probe_episodes: int = 24
    plane_sigmas: tuple[float, ...] = (0.0, 0.5)
    n_plane_points: int = 13
    n_plane_episodes: int = 6
    plane_reach: float = 1.25  # of the distance from start to end of training


def short_name(body: str) -> str:
    """Return what the arrays of one body are called: `hopper` for `Hopper-v5`."""
    return body.split("-")[0].lower()


SMOKE = Settings(
    horizon=30,
    training_episodes=(4, 4, 4),
    n_updates=(2, 2, 2),
    n_returns=16,
    n_pair_directions=3,
    n_pair_episodes=4,
    n_probe_directions=3,
    n_probe_episodes=4,
    n_plane_points=3,
    n_plane_episodes=4,
)
PAPER = Settings(
    training_episodes=(128, 128, 128),
    n_updates=(500, 500, 500),
    n_returns=4096,
    n_pair_directions=200,
    n_pair_episodes=32,
    n_probe_directions=500,
    n_probe_episodes=128,
    n_plane_points=41,
    n_plane_episodes=128,
)
