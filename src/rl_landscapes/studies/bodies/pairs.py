"""What episodes in pairs gain: the noise of slope and bend with common random numbers and without."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.statistics import mean_interval, ratio_interval
from rl_landscapes.statistics.sample_size import episodes_needed, smallest_change
from rl_landscapes.studies.bodies.limits import take_root, with_limits
from rl_landscapes.studies.bodies.pieces import Pairs, Piece
from rl_landscapes.studies.bodies.settings import BODIES, POLICIES, Settings
from rl_landscapes.studies.results import Arrays, Values

PAPER_EPISODES, PAPER_DIRECTIONS = 128, 500  # of one of the paper's probes


def gather_pairs(settings: Settings, done: Mapping[Piece, Arrays]) -> Values:
    """Keep the pairs, and sum up slope and bend: bodies (B = 3), policies (2), and alphas (A) last."""
    plus, minus, centre = (_stack(done, name) for name in ("plus", "minus", "centre"))
    sides = plus.var(axis=-1, ddof=1) + minus.var(axis=-1, ddof=1)  # (B, 2, D, A)
    middle = centre.var(axis=-1, ddof=1)[..., None]
    return {
        "alphas": np.array(settings.alphas),
        "pair_plus": plus.astype(np.float32),
        "pair_minus": minus.astype(np.float32),
        "pair_centre": centre.astype(np.float32),
        **_sum_up("slope", (plus - minus) / 2, sides / 4),
        **_sum_up("bend", (plus + minus) / 2 - centre[:, :, :, None], sides / 4 + middle),
    }


def _stack(done: Mapping[Piece, Arrays], name: str) -> Array:
    return np.array([[done[Pairs(body, policy)][name] for policy in POLICIES] for body in BODIES])


def _sum_up(name: str, paired: Array, independent: Array) -> Values:
    """Sum up a change seen in pairs (B, 2, D, A, N), whose variance is `independent` (B, 2, D, A) without."""
    spread = paired.var(axis=-1, ddof=1)
    squares = paired.mean(axis=-1) ** 2 - spread / paired.shape[-1]  # unbiased for the square
    found = with_limits(f"{name}_gain", _last(independent), ratio_interval, _last(spread))
    found |= take_root(f"{name}_deviation", with_limits("", _last(spread), mean_interval))
    found |= take_root(f"{name}_size", with_limits("", _last(squares), mean_interval))
    return found | _budget(name, found)


def _budget(name: str, found: Values) -> Values:
    """Return how many episodes show a change as large as is usual here, and what the paper's number shows."""
    deviation = found[f"{name}_deviation"]
    see = partial(smallest_change, PAPER_EPISODES, deviation)
    return {f"{name}_seen": see(), f"{name}_seen_by_all": see(n_tests=PAPER_DIRECTIONS)} | {
        f"{name}_episodes{end}": _episodes(found[f"{name}_size{size}"], deviation)
        for end, size in (("", ""), ("_low", "_high"), ("_high", "_low"))
    }


def _episodes(change: Array, deviation: Array) -> Array:
    """Return the episodes needed for each change, infinite where it is 0."""
    pairs = zip(change.ravel(), deviation.ravel(), strict=True)
    counts = [episodes_needed(c, d) if c > 0 else np.inf for c, d in pairs]
    return np.array(counts, dtype=np.float64).reshape(change.shape)


def _last(values: Array) -> Array:
    """Move the directions (B, 2, D, A) to the end."""
    return np.moveaxis(values, 2, -1)
