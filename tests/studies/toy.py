"""A study small enough for tests: it writes down every piece it computes, and can be made to hang."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rl_landscapes.studies import Study, run, save_result

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Settings:
    seed: int = 7
    points: tuple[float, ...] = (0.1, 0.2, 0.5, 1.0, 2.0)
    n_draws: int = 300


@dataclass(frozen=True)
class Point:
    x: float

    def compute(self, settings: Settings, rng: np.random.Generator) -> Arrays:
        note(f"begin {self.x} {os.getpid()}")
        time.sleep(float(os.environ.get("TOY_PAUSE", "0")))
        if os.environ.get("TOY_HANG_AT") == str(self.x):
            time.sleep(120)
        draws = self.x * rng.normal(size=settings.n_draws)
        return {"draws": draws, "mean": draws.mean()}


def pieces(settings: Settings) -> dict[str, Point]:
    return {f"x={x:g}": Point(x) for x in settings.points}


def gather(settings: Settings, done: Mapping[Point, Arrays]) -> Arrays:
    return {
        "x": np.array(settings.points),
        "draws": np.array([piece["draws"] for piece in done.values()]),
        "mean": np.array([piece["mean"] for piece in done.values()]),
    }


def note(line: str) -> None:
    """Append a line to the log in one write, so that several processes can share it."""
    if "TOY_LOG" in os.environ:
        with open(os.environ["TOY_LOG"], "a") as log:
            log.write(line + "\n")


BUDGETS = {
    "smoke": Settings(points=(0.1, 0.2), n_draws=3),
    "laptop": Settings(),
    "paper": Settings(n_draws=9),
}
STUDY: Study[Any, Any] = Study("toy", BUDGETS, pieces, gather, "draws numbers")

if __name__ == "__main__":
    save_result(run(STUDY, "laptop", store=Path(sys.argv[1])), sys.argv[2])
