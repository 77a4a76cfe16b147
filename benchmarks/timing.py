"""Time two things in turns, so that whatever else the machine does meets both."""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array

Work = Callable[[], Any]


@dataclass(frozen=True, eq=False)
class Race:
    """Seconds of each round, ours and theirs. The quickest round is the one least disturbed."""

    ours: Array  # (rounds,)
    theirs: Array  # (rounds,)

    @property
    def note(self) -> str:
        """How many rounds, and the quartiles of the ratio over them."""
        low, middle, high = np.quantile(self.theirs / self.ours, [0.25, 0.5, 0.75])
        return (
            f"{len(self.ours)} rounds; ratio by round: median {middle:.3g}, quartiles {low:.3g} to {high:.3g}"
        )


def race(ours: Work, theirs: Work, *, seconds: float, least: int = 5, warm_up: int = 2) -> Race:
    """Run both in turns for about `seconds`, at least `least` rounds each, after `warm_up` untimed rounds.

    Who goes first changes from round to round. Compilation, plans and caches fall into the warm-up.
    """
    for _ in range(warm_up):
        ours()
        theirs()
    rounds: list[tuple[float, float]] = []
    end = perf_counter() + seconds
    while len(rounds) < least or perf_counter() < end:
        if len(rounds) % 2:
            second, first = timed(theirs), timed(ours)
        else:
            first, second = timed(ours), timed(theirs)
        rounds.append((first, second))
    return Race(*np.array(rounds).T)


def repeated(work: Work, *, seconds: float, least: int = 5, warm_up: int = 2) -> Array:
    """Return the seconds of each run of `work`."""
    return race(work, lambda: None, seconds=seconds, least=least, warm_up=warm_up).ours


def timed(work: Work) -> float:
    """Return the seconds of one run."""
    start = perf_counter()
    work()
    return perf_counter() - start
