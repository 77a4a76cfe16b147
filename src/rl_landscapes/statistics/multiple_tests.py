"""Tests of many directions at once, with a stated rate of error over all of them."""

from math import ceil

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, BoolArray, as_finite, at_least, open_unit

CHUNK = 256  # sign flips at a time, to bound memory


def max_t_quantile(
    columns: npt.ArrayLike, error_rate: float, rng: np.random.Generator, n_resamples: int = 2000
) -> float:
    """Critical value c: if all means are zero, max_m |mean_m / stderr_m| exceeds c with at most `error_rate`.

    The rows of `columns` (M, N) are M quantities seen in the same N episodes. Each resample multiplies
    whole episodes of the centred rows by random signs, so the dependence between the rows is kept. Rows
    without any variation cannot exceed. The rate is asymptotic in N: from N = 8 on symmetric episodes, normal
    or Student's, exceed in 4% to 7% of families at 0.05. Skewed ones exceed it, the more so the more rows
    there are: 50 independent exponential rows exceed in 55% of families at N = 8, 44% at 32, 16% at 128, 7%
    at 512 (`studies.verdict_errors`).

    Raises
    ------
    ValueError
        If there is no row, there are fewer than two episodes, an entry is not finite, `error_rate` is not
        inside (0, 1), or `n_resamples` is too small to resolve it.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing, algorithm 2.5.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import statistics
    >>> rng = np.random.default_rng(0)
    >>> round(statistics.max_t_quantile(rng.normal(size=(1, 1000)), 0.05, rng), 1)  # one test: nearly 1.96
    1.9
    """
    values = as_finite("columns", columns, (None, None))
    at_least("number of rows", values.shape[0], 1)
    n = at_least("number of episodes", values.shape[1], 2)
    rank = ceil((1 - open_unit("error_rate", error_rate)) * (at_least("n_resamples", n_resamples, 1) + 1))
    if rank > n_resamples:
        needed = ceil(1 / error_rate) - 1
        raise ValueError(f"error_rate {error_rate} needs n_resamples of at least {needed}, got {n_resamples}")
    signs = 2 * rng.integers(0, 2, size=(n_resamples, n), dtype=np.int8) - 1
    varied = values[np.ptp(values, axis=1) > 0]
    maxima = [_max_t(varied, signs[i : i + CHUNK]) for i in range(0, n_resamples, CHUNK)]
    return float(np.sort(np.concatenate(maxima))[rank - 1])


def discoveries(p_values: npt.ArrayLike, rate: float) -> BoolArray:
    """Tell which of the hypotheses (M,) to reject so that at most a share `rate` of them is false on average.

    Holds under any dependence between the p-values.

    References
    ----------
    Benjamini and Yekutieli (2001), Annals of Statistics 29, theorem 1.3.

    Examples
    --------
    >>> from rl_landscapes import statistics
    >>> statistics.discoveries([0.001, 0.04, 0.5], rate=0.05)
    array([ True, False, False])
    """
    p = as_finite("p_values", p_values, (None,))
    open_unit("rate", rate)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must lie between 0 and 1, got {p[(p < 0) | (p > 1)][0]}")
    if p.size == 0:
        return np.zeros(0, dtype=np.bool_)
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p, method="by") <= rate)


def _max_t(values: Array, signs: npt.NDArray[np.int8]) -> Array:
    if values.shape[0] == 0:
        return np.zeros(signs.shape[0])
    n = values.shape[1]
    centred = values - values.mean(1, keepdims=True)
    centred /= np.abs(centred).max(1, keepdims=True)
    means = signs @ centred.T / n
    spread = np.maximum((centred**2).mean(1) - means**2, 0) / (n - 1)
    with np.errstate(divide="ignore"):
        return np.asarray(np.sqrt(np.max(means**2 / spread, axis=1)))
