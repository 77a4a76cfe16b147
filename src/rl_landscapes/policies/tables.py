"""Probabilities back to parameters: the table of logits that acts as a given policy does."""

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, as_finite

LEAST = 1e-300  # below it a logarithm would soon be minus infinity


def tabular_theta(probs: npt.ArrayLike) -> Array:
    """Return parameters (S A,) of the tabular softmax with probabilities `probs` (S, A): their logarithms.

    Probabilities below 1e-300 are raised to it, for a softmax has none that are zero.

    Raises
    ------
    ValueError
        If a probability is negative or a row does not sum to one within 1e-9.

    Examples
    --------
    >>> from rl_landscapes import objectives, policies, worlds
    >>> world = worlds.paper_gridworld()
    >>> theta = policies.tabular_theta(objectives.optimal(world).probs)
    >>> round(objectives.value_at(objectives.ExactReturn(world), theta), 6)
    4.80298
    """
    table = as_finite("probs", probs, (None, None))
    if (table < 0).any():
        raise ValueError(f"probs must not be negative, the least is {table.min():g}")
    if (off := np.abs(table.sum(axis=1) - 1)).max(initial=0.0) > 1e-9:
        worst = int(off.argmax())
        raise ValueError(f"probs must sum to one in each state, row {worst} sums to {table[worst].sum():g}")
    return np.log(np.maximum(table, LEAST)).ravel()
