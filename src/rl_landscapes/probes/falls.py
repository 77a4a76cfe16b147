"""The largest fall along a line: how far down one must go on the way, as far as noise lets one say."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.probes.interpolation import Interpolation
from rl_landscapes.statistics import standard_error


@dataclass(frozen=True)
class Fall:
    """A fall of the objective from position `above` to `below`; below 0 is a rise that looked like a fall.

    Examples
    --------
    >>> from rl_landscapes.probes import Fall
    >>> Fall(above=0.0, below=0.4, value=30.0, stderr=5.0).value
    30.0
    """

    above: float
    below: float
    value: float
    stderr: float


def largest_fall(line: Interpolation) -> Fall:
    """Return the largest fall from any position of a line to a later one, between its first and last point.

    The largest of many noisy differences is too large. So one half of the episodes chooses the two positions
    and the other half measures the fall between them, then the other way round; `value` is the mean of both,
    unbiased for the pairs that were chosen. `above` and `below` are what all episodes choose. An exact
    objective has nothing to split. A line that does not fall gives 0 where both halves agree on that.

    Raises
    ------
    ValueError
        If there are 2 or 3 episodes: each half needs two.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import from_function
    >>> from rl_landscapes.probes import interpolate, largest_fall
    >>> valley = from_function(lambda theta: theta[0] ** 2, 1)
    >>> line = interpolate(valley, np.array([[-1.0], [2.0]]), n_points=31)
    >>> fall = largest_fall(line)
    >>> f"falls by {fall.value:.2f}, to {fall.below:.2f}"
    'falls by 1.00, to 0.33'
    """
    between = (line.positions >= 0) & (line.positions <= len(line.thetas) - 1)
    positions, values = line.positions[between], line.values[between]
    n = values.shape[1]
    above, below = _steepest(values.mean(axis=1))
    if n == 1:
        return Fall(positions[above], positions[below], float(values[above, 0] - values[below, 0]), 0.0)
    if n < 4:
        raise ValueError(f"a line of noisy values needs at least 4 episodes, two for each half, got {n}")
    halves = values[:, : n // 2], values[:, n // 2 :]
    falls = [_measured(chooses, measures) for chooses, measures in (halves, halves[::-1])]
    return Fall(
        positions[above],
        positions[below],
        float(np.mean([each.mean() for each in falls])),
        float(np.hypot(*(standard_error(each) for each in falls)) / 2),
    )


def _measured(chooses: Array, measures: Array) -> Array:
    above, below = _steepest(chooses.mean(axis=1))
    return measures[above] - measures[below]


def _steepest(values: Array) -> tuple[int, int]:
    """Return between which two of the values (K,), one after the other, the fall is largest."""
    below = int((np.maximum.accumulate(values) - values).argmax())
    return int(values[: below + 1].argmax()), below
