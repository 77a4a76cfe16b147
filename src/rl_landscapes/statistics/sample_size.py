"""How many episodes it takes to see a change of a given size, and what a given number of them can see."""

from math import ceil

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from rl_landscapes.arrays import Array, at_least, open_unit, positive


def episodes_needed(
    change: float, deviation: float, *, error_rate: float = 0.05, power: float = 0.8, n_tests: int = 1
) -> int:
    """Return the number of paired episodes whose t test finds a mean `change` with probability `power`.

    N = (z_{1 - e/2} + z_power)^2 (deviation / change)^2 + z_{1 - e/2}^2 / 2, at least 2. `deviation` is that
    of one episode's difference, e the two-sided `error_rate` over `n_tests`: with as many directions, at most
    that share of probes finds a change where there is none (Bonferroni). Below N = 8 or so the power falls
    short of what is asked.

    References
    ----------
    Guenther (1981), The American Statistician 35 (4).

    Examples
    --------
    >>> from rl_landscapes import statistics
    >>> statistics.episodes_needed(change=1.0, deviation=4.0)
    128
    """
    size = positive("change", abs(change))
    critical, both = _quantiles(error_rate, power, n_tests)
    return max(2, ceil((both * positive("deviation", deviation) / size) ** 2 + critical**2 / 2))


def smallest_change(
    n_episodes: int,
    deviation: npt.ArrayLike,
    *,
    error_rate: float = 0.05,
    power: float = 0.8,
    n_tests: int = 1,
) -> Array:
    """Return the smallest mean change that `n_episodes` paired episodes find; see `episodes_needed`.

    For deviations of any shape. Infinite where the episodes are too few to find anything at that rate, but 0
    where nothing deviates.

    Examples
    --------
    >>> from rl_landscapes import statistics
    >>> statistics.smallest_change(128, [2.0, 4.0]).round(2)
    array([0.5, 1. ])
    """
    n = at_least("n_episodes", n_episodes, 2)
    critical, both = _quantiles(error_rate, power, n_tests)
    deviations = np.asarray(deviation, dtype=np.float64)
    if not (deviations >= 0).all():
        raise ValueError(f"deviation must be at least 0, got {deviations[~(deviations >= 0)].flat[0]}")
    left = n - critical**2 / 2
    if left <= 0:
        return np.where(deviations > 0, np.inf, 0.0)
    return np.asarray(deviations * both / np.sqrt(left))


def _quantiles(error_rate: float, power: float, n_tests: int) -> tuple[float, float]:
    rate = open_unit("error_rate", error_rate) / at_least("n_tests", n_tests, 1)
    critical = -float(ndtri(rate / 2))
    return critical, critical + float(ndtri(open_unit("power", power)))
