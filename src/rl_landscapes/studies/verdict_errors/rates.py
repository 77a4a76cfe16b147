"""The realised error rates, and their table."""

import numpy as np

from rl_landscapes.arrays import IntArray
from rl_landscapes.studies.results import Arrays
from rl_landscapes.studies.verdict_errors.pieces import KINDS, NOISES, TRUTHS


def wrong(arrays: Arrays) -> IntArray:
    """Return how many verdicts were another than the truth and than "cannot tell", by cell (6, 4, E)."""
    truths = [truth(50, 0.1).kind for truth in TRUTHS.values()]
    false = [[kind not in (truth, "cannot tell") for kind in KINDS] for truth in truths]
    return np.einsum("tnek,tk->tne", arrays["counts"], np.array(false, dtype=np.int64))


def table(arrays: Arrays) -> str:
    """Write the realised error rates as a Markdown table: a row for each noise and number of episodes."""
    rates = wrong(arrays) / arrays["counts"].sum(axis=3)
    missed = arrays["missed"] / arrays["n_intervals"]
    rows = [["noise", "episodes", *TRUTHS, "an interval misses"], ["---", *["--:"] * (len(TRUTHS) + 2)]]
    for i, noise in enumerate(NOISES):
        for j, n in enumerate(arrays["n_episodes"]):
            rows.append([noise, str(n), *(f"{rate:.1%}" for rate in [*rates[:, i, j], missed[i, j]])])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
