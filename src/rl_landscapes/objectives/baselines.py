"""Baselines: what is taken from the credit of a step, so that the estimated gradient is less noisy.

A baseline takes the credit of every step to the weights that the scores get, (N, T). Adding b(s_t, t) to the
credit changes no expected gradient, for E[score | s_t] = 0, as long as b is not fitted to the very episode it
is used on; each baseline says whether it keeps to that.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rl_landscapes.arrays import Array, BoolArray, at_least, non_negative

LEAST_SPREAD = 1e-8  # the authors' guard against division by zero


@dataclass(frozen=True, eq=False)
class Credit:
    """What each step of N episodes of one policy is credited with, if it was made, and what was observed.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import baselines
    >>> values, made = np.array([[3.0, 1.0], [1.0, 0.0]]), np.array([[True, True], [True, False]])
    >>> credit = baselines.Credit(values, made, np.zeros((2, 2, 1)))
    >>> credit.made
    array([3., 1., 1.])
    """

    values: Array  # (N, T)
    alive: BoolArray  # (N, T)
    observations: Array  # (N, T, o)

    @property
    def made(self) -> Array:
        """The credit of the steps that were made, one after the other."""
        return self.values[self.alive]


Baseline = Callable[[Credit], Array]


def none(credit: Credit) -> Array:
    """Return the credit itself. Unbiased.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import baselines
    >>> values, made = np.array([[3.0, 1.0], [1.0, 0.0]]), np.array([[True, True], [True, False]])
    >>> credit = baselines.Credit(values, made, np.zeros((2, 2, 1)))
    >>> baselines.none(credit)
    array([[3., 1.],
           [1., 0.]])
    """
    return credit.values


def standardised(credit: Credit) -> Array:
    """Return (G - mean) / (std + 1e-8), mean and std over the steps that were made.

    The authors' choice, without their padding. It estimates the gradient over std, a change of step size that
    follows the returns; the mean holds the episode's own credit, a bias of order 1/N.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import baselines
    >>> values, made = np.array([[3.0, 1.0], [1.0, 0.0]]), np.array([[True, True], [True, False]])
    >>> credit = baselines.Credit(values, made, np.zeros((2, 2, 1)))
    >>> baselines.standardised(credit)[credit.alive].round(3)
    array([ 1.414, -0.707, -0.707])
    """
    return _standardised(credit.values, credit.made)


def standardised_with_padding(credit: Credit) -> Array:
    """Return (G - mean) / (std + 1e-8), mean and std over all N T steps, those after an end counting as 0.

    The authors' code does this, T being the longest episode of the batch: where many episodes end early the
    mean is drawn to 0 and the baseline with it. Scores after the end are left out here as everywhere.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import baselines
    >>> values, made = np.array([[3.0, 1.0], [1.0, 0.0]]), np.array([[True, True], [True, False]])
    >>> credit = baselines.Credit(values, made, np.zeros((2, 2, 1)))
    >>> baselines.standardised_with_padding(credit)[credit.alive].round(3)
    array([ 1.606, -0.229, -0.229])
    """
    return _standardised(credit.values, np.where(credit.alive, credit.values, 0.0))


def per_step(credit: Credit) -> Array:
    """Return G_t less the mean of G_t over the *other* episodes that made step t, or less 0 if none did.

    Unbiased.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import baselines
    >>> values, made = np.array([[3.0, 1.0], [1.0, 0.0]]), np.array([[True, True], [True, False]])
    >>> credit = baselines.Credit(values, made, np.zeros((2, 2, 1)))
    >>> baselines.per_step(credit)
    array([[ 2.,  1.],
           [-2., -1.]])
    """
    values = np.where(credit.alive, credit.values, 0.0)
    others = credit.alive.sum(axis=0) - credit.alive
    return values - (values.sum(axis=0) - values) / np.maximum(others, 1)


@dataclass(frozen=True)
class Linear:
    """G_t less a linear function of s, s^2, t, t^2, t^3 and 1, fitted by least squares with a ridge.

    With `folds` of 2 or more the episodes are dealt into that many hands, and each is predicted from the
    others: unbiased. With 1 all are predicted from all, as is common: a little less noise in the fit, and a
    bias of order 1/N. `ridge` is relative to the mean square of each feature. Duan et al. (2016).

    Raises
    ------
    ValueError
        If `folds` is no positive integer or `ridge` below 0; when used, if episodes are fewer than folds.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes.objectives import baselines
    >>> values, made = np.array([[3.0, 1.0], [1.0, 0.0]]), np.array([[True, True], [True, False]])
    >>> credit = baselines.Credit(values, made, np.zeros((2, 2, 1)))
    >>> baselines.Linear(folds=1)(credit).shape
    (2, 2)
    """

    folds: int = 4
    ridge: float = 1e-5

    def __post_init__(self) -> None:
        """Refuse what could not be fitted."""
        at_least("folds", self.folds, 1)
        non_negative("ridge", self.ridge)

    def __call__(self, credit: Credit) -> Array:
        """Return the credit less what the features predict, shape (N, T)."""
        n = len(credit.values)
        if n < self.folds:
            raise ValueError(
                f"baseline Linear(folds={self.folds}) needs n_episodes of at least that, got {n}"
            )
        rest = credit.values.copy()
        features = _features(credit.observations)
        hands = np.arange(n) % self.folds
        for hand in range(self.folds):
            fitted = credit.alive & ((hands != hand) | (self.folds == 1))[:, None]
            rest[hands == hand] -= features[hands == hand] @ self._fit(
                features[fitted], credit.values[fitted]
            )
        return rest

    def _fit(self, features: Array, values: Array) -> Array:
        scale = np.sqrt((features**2).mean(axis=0))
        scale[scale == 0] = 1
        scaled = features / scale
        gram = scaled.T @ scaled / len(scaled) + self.ridge * np.eye(len(scale))
        return np.linalg.lstsq(gram, scaled.T @ values / len(scaled))[0] / scale


def _standardised(values: Array, batch: Array) -> Array:
    return (values - batch.mean()) / (batch.std() + LEAST_SPREAD)


def _features(observations: Array) -> Array:
    """Return (N, T, 2 o + 4); observations are cut to +-10 first, so that no outlier decides the fit."""
    near = np.clip(observations, -10, 10)
    time = np.arange(observations.shape[1]) / 100
    powers = np.broadcast_to(
        np.stack([time, time**2, time**3, np.ones_like(time)], axis=-1), (*near.shape[:2], 4)
    )
    return np.concatenate([near, near**2, powers], axis=-1)
