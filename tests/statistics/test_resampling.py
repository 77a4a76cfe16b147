"""The bootstrap: against SciPy's own call, its coverage, and what it keeps together."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from rl_landscapes.statistics import bootstrap_interval

SAMPLES = np.array([3.0, 1.0, 2.0, 7.0, 4.0, 4.5])


def test_of_a_mean_it_is_scipys():
    found = bootstrap_interval(lambda i: SAMPLES[i].mean(), 6, rng=np.random.default_rng(1), level=0.9)
    theirs = bootstrap(
        (SAMPLES,), np.mean, method="percentile", confidence_level=0.9, n_resamples=2000,
        rng=np.random.default_rng(1), vectorized=False,
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == (theirs.low, theirs.high)
    assert (found.estimate, found.level, found.n) == (SAMPLES.mean(), 0.9, 6)


def test_what_belongs_to_a_sample_stays_with_it():
    """Paired differences are all alike, however the parts scatter."""
    pairs = np.stack([SAMPLES, SAMPLES + 2])
    found = bootstrap_interval(
        lambda i: pairs[1, i].mean() - pairs[0, i].mean(), 6, rng=np.random.default_rng(0)
    )
    assert (found.low, found.high) == pytest.approx((2, 2))


@pytest.mark.no_cover
def test_how_often_it_covers_the_mean_of_eight():
    hits = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        values = rng.normal(size=8)
        found = bootstrap_interval(lambda i, v=values: v[i].mean(), 8, rng=rng, n_resamples=300)
        hits += found.low <= 0 <= found.high
    assert 0.83 < hits / 300 < 0.93


def test_bad_input():
    with pytest.raises(ValueError, match="n must be an integer of at least 2, got 1"):
        bootstrap_interval(lambda i: 0.0, 1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1, got 0"):
        bootstrap_interval(lambda i: 0.0, 5, rng=np.random.default_rng(0), level=0)
