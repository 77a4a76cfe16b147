"""The largest fall on a line: exact curves, unbiasedness under noise, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from rl_landscapes.objectives import from_function
from rl_landscapes.probes import interpolate, largest_fall

LINE = interpolate(from_function(lambda t: t[0], 1), np.array([[0.0], [1.0]]), n_points=7)


def with_values(values):
    return replace(LINE, values=np.asarray(values, dtype=float).reshape(7, -1))


@pytest.mark.parametrize(
    ("values", "fall", "above", "below"),
    [
        ([0, 1, 2, 3, 4, 5, 6], 0, 0, 0),
        ([6, 5, 4, 3, 2, 1, 0], 6, 0, 6),
        ([0, 3, 1, 5, 2, 2, 9], 3, 3, 4),  # not from the highest to the lowest: what lies later counts
        ([5, 0, 6, 4, 7, 3, 8], 5, 0, 1),
        ([1, 1, 1, 1, 1, 1, 1], 0, 0, 0),
    ],
)
def test_of_an_exact_curve(values, fall, above, below):
    found = largest_fall(with_values(values))
    assert (found.value, found.stderr) == (fall, 0)
    assert (found.above, found.below) == (LINE.positions[above], LINE.positions[below])


def test_what_lies_beyond_the_ends_does_not_count():
    hill = from_function(lambda t: -((t[0] - 1) ** 2), 1)
    line = interpolate(hill, np.array([[0.0], [1.0]]), n_points=21, extrapolate=0.5)
    assert largest_fall(line).value == 0


def test_under_noise_it_is_unbiased_where_the_plain_largest_is_not():
    rng, truth = np.random.default_rng(0), np.array([0, 1, 2, 1.5, 2.5, 3, 4.0])
    found, plain = [], []
    for _ in range(500):
        values = truth[:, None] + rng.normal(size=(7, 16))
        found.append(largest_fall(with_values(values)))
        mean = values.mean(axis=1)
        plain.append((np.maximum.accumulate(mean) - mean).max())
    values, errors = np.array([[each.value, each.stderr] for each in found]).T
    assert np.mean(plain) > values.mean() + 0.1
    assert 0.2 < values.mean() < 0.5  # 0.5 where the right pair is chosen, less where another one is
    flat = [largest_fall(with_values(rng.normal(size=(7, 16)))).value for _ in range(500)]
    assert abs(np.mean(flat)) < 0.05
    deep = truth - 3 * (np.arange(7) == 3)
    sure = [largest_fall(with_values(deep[:, None] + rng.normal(size=(7, 16)))) for _ in range(500)]
    values, errors = np.array([[each.value, each.stderr] for each in sure]).T
    assert values.mean() == pytest.approx(3.5, abs=0.05)
    assert np.sqrt((errors**2).mean()) == pytest.approx(values.std(), rel=0.15)


def test_too_few_episodes():
    with pytest.raises(ValueError, match="at least 4 episodes, two for each half, got 3"):
        largest_fall(with_values(np.zeros((7, 3))))
