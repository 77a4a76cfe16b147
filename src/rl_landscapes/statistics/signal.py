"""Signal and noise of a vector that is known from samples, such as a gradient."""

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.special import stdtrit

from rl_landscapes.arrays import Array, as_finite, open_unit
from rl_landscapes.statistics.intervals import Interval


@dataclass(frozen=True)
class SignalToNoise:
    """How long the mean of a random vector is, against the noise of one sample of it.

    `squared` is |E x|^2 / tr Cov x. Its estimate is unbiased in the numerator, so it may come out negative:
    then the samples do not tell the mean from zero.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import statistics
    >>> seen = statistics.signal_to_noise(1 + np.random.default_rng(0).normal(size=(400, 2)))
    >>> f"{seen.of_mean():.1f}, samples needed {seen.samples_needed:.1f}"
    '1.0 [0.9, 1.1], samples needed 1.1 [0.9, 1.3]'
    """

    squared: Interval

    def of_mean(self, n: int = 1) -> Interval:
        """Return the signal-to-noise ratio |E x| / sqrt(tr Cov x / n) of a mean over `n` samples."""
        bounds = (self.squared.estimate, self.squared.low, self.squared.high)
        estimate, low, high = (sqrt(max(0.0, n * bound)) for bound in bounds)
        return Interval(estimate, low, high, self.squared.level, self.squared.n)

    @property
    def samples_needed(self) -> Interval:
        """How many samples have a mean whose signal equals its noise; infinite where it cannot be told."""
        squared = self.squared
        estimate, low, high = (1 / s if s > 0 else inf for s in (squared.estimate, squared.high, squared.low))
        return Interval(estimate, low, high, squared.level, squared.n)


def signal_to_noise(samples: Array, level: float = 0.95) -> SignalToNoise:
    r"""Compare the mean of independent vectors `samples` (N, n) with their noise; N is at least 3.

    |E x|^2 is estimated by the mean of x_i . x_j over all pairs i != j, tr Cov x by the sum of the sample
    variances. The interval is Student's, with the jackknife's error of their ratio or, where that is larger,
    the error that the ratio has at a mean of zero, sqrt(2 tr Cov^2 / (N (N - 1))) / tr Cov: there the
    jackknife is too small just when the estimate is too low. Efron and Stein (1981).

    Raises
    ------
    ValueError
        If `samples` is not a finite (N, n) array with N of at least 3, all are equal, or the level is not in
        (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import statistics
    >>> seen = statistics.signal_to_noise(1 + np.random.default_rng(0).normal(size=(400, 2)))
    >>> f"{seen.of_mean():.1f}"  # |(1, 1)| over sqrt(2)
    '1.0 [0.9, 1.1]'
    """
    rows = as_finite("samples", samples, (None, None))
    n = len(rows)
    if n < 3:
        raise ValueError(f"samples must be at least 3 vectors, got {n}")
    products = rows @ rows.T
    if not np.ptp(rows, axis=0).any():
        raise ValueError("samples must not all be equal: then there is no noise to compare with")
    own, total = np.diag(products), products.sum()
    without = total - 2 * products.sum(axis=1) + own  # |sum of the others|^2
    ratio = _ratio(total, own.sum(), n)
    left_out = _ratio(without, own.sum() - own, n - 1)
    jackknife = sqrt((n - 1) / n * float(np.square(left_out - left_out.mean()).sum()))
    error = max(jackknife, _error_at_zero(rows - rows.mean(axis=0)))
    margin = float(stdtrit(n - 1, (1 + open_unit("level", level)) / 2)) * error
    return SignalToNoise(Interval(float(ratio), float(ratio - margin), float(ratio + margin), level, n))


def _ratio(total: Array, own: Array, n: int) -> Array:
    """Return |E x|^2 / tr Cov x from |sum x|^2 and sum |x|^2 over `n` samples."""
    return np.asarray(((total - own) / (n * (n - 1))) / ((own - total / n) / (n - 1)))


def _error_at_zero(centred: Array) -> float:
    """Return the standard error of the ratio where the mean is zero, from samples (N, n) less their mean."""
    products, n = centred @ centred.T, len(centred)
    own = np.diag(products)
    squares = np.square(products).sum() - np.square(own).sum()  # of all pairs: N (N - 1) tr Cov^2
    return sqrt(2 * squares) / (n * float(own.sum()))
