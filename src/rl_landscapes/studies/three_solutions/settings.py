"""Which three policies span the plane, and how finely it is looked at."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.studies.results import load_result

BODY = "Hopper-v5"
NAMES = ("stands", "hops", "falls")


@dataclass(frozen=True)
class Settings:
    """A point is stands + a (hops - stands) + b (falls - hops); the same episodes everywhere."""

    seed: int = 2019
    sigmas: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0)
    n_episodes: int = 4
    horizon: int | None = None
    first: tuple[int, int, int] = (-3, 17, 14)  # a from -3/14 to 17/14
    second: tuple[int, int, int] = (-3, 11, 8)  # b from -3/8 to 11/8

    def positions(self) -> tuple[Array, Array]:
        """Return a (A,) and b (B,); 0 and 1 are among both."""
        first, second = ((np.arange(low, high + 1) / n) for low, high, n in (self.first, self.second))
        return first, second


SMOKE = Settings(sigmas=(0.0, 0.5), n_episodes=2, horizon=20, first=(0, 2, 2), second=(0, 1, 1))
PAPER = Settings(n_episodes=128, first=(-9, 51, 42), second=(-9, 33, 24))


def corners() -> Array:
    """Return the policies (3, n) that stand, hop and fall, from committed results of other studies.

    The one that stands is the end of a training of `learning`, by Adam with the larger step at the widest
    sigma. The one that hops is the peak of the plane of `bodies`; the one that falls began its training.

    Raises
    ------
    FileNotFoundError
        If neither the working directory nor a folder above it has them.
    """
    learning, bodies = (load_result(_data() / f"{name}.npz").arrays for name in ("learning", "bodies"))
    start, end = bodies["hopper_thetas"]
    peak = np.unravel_index(np.argmax(bodies["plane_mean"][0, 0]), bodies["plane_mean"].shape[2:])
    hops = end + bodies["plane_positions"][0][list(peak)] @ bodies["hopper_plane_axes"]
    return np.stack([learning["hopper_adam_end"][-1, -1, 3], hops, start])


def _data() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "book" / "data" / "bodies.npz").is_file():
            return folder / "book" / "data"
    raise FileNotFoundError(
        f"no book/data/bodies.npz in {here} or above it: run this study in a clone of the book"
    )
