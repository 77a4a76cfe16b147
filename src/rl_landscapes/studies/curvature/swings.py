"""How much a quantity swings between checkpoints, beyond what the draw of directions makes of it."""

from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array


@dataclass(frozen=True, eq=False)
class Parts:
    """The two parts of the variance of a quantity known at K checkpoints from G sets of directions each."""

    between: Array  # (...) of checkpoints; unbiased, so below 0 where the draw explains more than all
    within: Array  # (...) of the sets at one checkpoint

    @property
    def swing(self) -> Array:
        """Deviation between checkpoints, with the sign of its square: around 0 where there is none."""
        return signed_root(self.between)

    @property
    def share(self) -> Array:
        """Share of the checkpoints in the variance of what a single set gives."""
        return np.asarray(self.between / (self.between + self.within))


def decompose(values: Array, returns: Array | None = None) -> Parts:
    r"""Split the variance of `values` (..., K, G): analysis of variance with checkpoints as random effect.

        between = sum_k (m_k - m)^2 / (K - 1) - within / G,    m_k the mean over sets.

    With the `returns` (..., K) of the checkpoints, between them what a straight line in the return does not
    explain, with K - 2 degrees of freedom: the swing at matched return.
    Searle, Casella and McCulloch (1992), chapter 3.
    """
    within = values.var(axis=-1, ddof=1).mean(axis=-1)
    means = centred(values.mean(axis=-1))
    lost = 1
    if returns is not None:
        line = centred(returns)
        squares = (line**2).sum(axis=-1, keepdims=True)
        products = (line * means).sum(axis=-1, keepdims=True)
        means = means - line * np.divide(products, squares, out=np.zeros_like(products), where=squares > 0)
        lost = 2
    between = (means**2).sum(axis=-1) / (means.shape[-1] - lost) - within / values.shape[-1]
    return Parts(between, within)


def centred(values: Array) -> Array:
    """Return values (..., K) less their mean."""
    return values - values.mean(axis=-1, keepdims=True)


def signed_root(squares: Array) -> Array:
    """Return sign(x) sqrt(|x|): of unbiased squares, numbers around 0 where the truth is 0."""
    return np.sign(squares) * np.sqrt(np.abs(squares))
