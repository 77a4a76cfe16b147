"""Counts that chance alone explains."""

import scipy.stats


def chance_bounds(n: int, p: float) -> tuple[float, float]:
    """Return the range in which a count of n trials of probability p lies with probability 0.999."""
    low, high = scipy.stats.binom.interval(0.999, n, p)
    return float(low), float(high)
