"""Outcomes of two treatments of the same starts, compared start by start."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtri

from rl_landscapes.arrays import BoolArray
from rl_landscapes.statistics.intervals import Interval, binomial_interval


@dataclass(frozen=True)
class Paired:
    """The two-by-two table of failures under a first and a second treatment."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @property
    def n(self) -> int:
        """How many starts."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def agreement(self) -> Interval:
        """Share of starts with the same outcome."""
        return binomial_interval(self.both + self.neither, self.n)

    def difference(self, level: float = 0.95) -> Interval:
        """Share failing under the second treatment less that under the first, for matched pairs.

        Wald's interval with half a start added to each cell of the table. If b and c starts fail only under
        the second and only under the first treatment, it is, with n' = n + 2,
        (b - c) / n' +- z sqrt(b + c + 1 - (b - c)^2 / n') / n'. The estimate itself is (b - c) / n.

        References
        ----------
        Agresti and Min (2005), Statistics in Medicine 24, 729-740.
        """
        b, c, size = self.only_second, self.only_first, self.n + 2
        middle = (b - c) / size
        half = float(ndtri((1 + level) / 2)) * sqrt(b + c + 1 - (b - c) ** 2 / size) / size
        return Interval((b - c) / self.n, max(-1.0, middle - half), min(1.0, middle + half), level, self.n)


def paired(first: BoolArray, second: BoolArray) -> Paired:
    """Count who failed under which treatment; `first` and `second` (B,) belong to the same starts.

    Raises
    ------
    ValueError
        If they are not two arrays of truth values of the same length, at least one.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import statistics
    >>> before, after = np.array([True, True, True, False]), np.array([False, False, True, False])
    >>> statistics.paired(before, after)
    Paired(both=1, only_first=2, only_second=0, neither=1)
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.dtype != np.bool_ or b.dtype != np.bool_ or a.ndim != 1 or a.shape != b.shape or a.size == 0:
        raise ValueError(
            f"first and second must be truth values (B,) alike, got {a.dtype} {a.shape} and {b.dtype}"
            f" {b.shape}"
        )
    cells = [int(np.sum(cell)) for cell in (a & b, a & ~b, ~a & b, ~a & ~b)]
    return Paired(*cells)
