"""What numbers from samples can say: intervals, tests of many at once, sample sizes, paired outcomes.

Arrays are finite and of the shape stated, counts are positive integers, `rng` is a generator; else a
ValueError or TypeError names argument, value and what is accepted. A Raises section tells what else is
refused.
"""

from rl_landscapes.statistics.intervals import (
    Interval,
    binomial_interval,
    deviation_interval,
    difference_of_shares,
    mean_interval,
    ratio_interval,
    standard_error,
)
from rl_landscapes.statistics.multiple_tests import discoveries, max_t_quantile
from rl_landscapes.statistics.paired import paired
from rl_landscapes.statistics.resampling import bootstrap_interval
from rl_landscapes.statistics.sample_size import episodes_needed, smallest_change
from rl_landscapes.statistics.signal import SignalToNoise, signal_to_noise

__all__ = [
    "Interval",
    "SignalToNoise",
    "binomial_interval",
    "bootstrap_interval",
    "deviation_interval",
    "difference_of_shares",
    "discoveries",
    "episodes_needed",
    "max_t_quantile",
    "mean_interval",
    "paired",
    "ratio_interval",
    "signal_to_noise",
    "smallest_change",
    "standard_error",
]
