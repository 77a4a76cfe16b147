r"""One decision, a ~ N(theta, sigma^2 I), paid by a landscape of hills: what a Gaussian policy does to it.

    f(a) = sum_i h_i exp(-|a - c_i|^2 / 2 s_i^2)
    O(theta) = E f(a) = sum_i h_i (s_i^2 / v_i)^(n/2) exp(-|theta - c_i|^2 / 2 v_i),    v_i = s_i^2 + sigma^2

The expected reward is f blurred by a Gaussian of width sigma: hills grow wide and low, narrow ones fastest,
and sigma^2 / 2 plays the part of time in the heat equation, dO/dsigma^2 = tr(Hessian) / 2. Mobahi and Fisher
(2015).
"""

from dataclasses import dataclass, replace

import numpy as np

from rl_landscapes.arrays import Array, as_finite, as_generator, at_least, non_negative, positive
from rl_landscapes.objectives.base import HessianProduct
from rl_landscapes.worlds.checks import sealed


@dataclass(frozen=True, eq=False)
class GaussianBandit:
    """O(theta) = E f(a) for a ~ N(theta, sigma^2 I), f a sum of M Gaussian hills; f itself if sigma is 0.

    Parameters
    ----------
    centres : array (M, n)
        c, the tops of the hills.
    widths : array (M,)
        s, their standard deviations.
    heights : array (M,)
        h; a hole where below 0.
    sigma : float
        Standard deviation of the policy in each of the n coordinates.

    Notes
    -----
    Arrays are copied and made read-only.
    """

    centres: Array
    widths: Array
    heights: Array
    sigma: float = 0.0

    def __post_init__(self) -> None:
        """Check every part and keep read-only copies."""
        centres = as_finite("centres", self.centres, (None, None))
        if centres.size == 0:
            raise ValueError(
                f"centres must hold at least one hill in one dimension, got shape {centres.shape}"
            )
        widths = as_finite("widths", self.widths, (len(centres),))
        if (widths <= 0).any():
            raise ValueError(f"widths must be above 0, the least is {widths.min():g}")
        object.__setattr__(self, "centres", sealed(centres))
        object.__setattr__(self, "widths", sealed(widths))
        object.__setattr__(self, "heights", sealed(as_finite("heights", self.heights, (len(centres),))))
        object.__setattr__(self, "sigma", non_negative("sigma", self.sigma))

    @property
    def n_parameters(self) -> int:
        """Number of coordinates n of the action, and of theta."""
        return self.centres.shape[1]

    @property
    def n_episodes(self) -> int:
        """Always 1: it is exact."""
        return 1

    def with_sigma(self, sigma: float) -> "GaussianBandit":
        """Return the same hills under a policy of another width."""
        return replace(self, sigma=sigma)

    def rewards(self, actions: Array) -> Array:
        """Return f(a) for `actions` (..., n), shape (...)."""
        return self.with_sigma(0.0)._hills(actions).sum(axis=-1)

    def evaluate(self, thetas: Array, rng: np.random.Generator | None = None) -> Array:
        """Return O at `thetas` (D, n), shape (D, 1)."""
        return self._hills(thetas).sum(axis=1, keepdims=True)

    def gradient(self, thetas: Array) -> Array:
        """Return sum_i O_i (c_i - theta) / v_i at `thetas` (D, n), shape (D, n)."""
        pull = (self.centres - thetas[:, None]) / self._variances[:, None]
        return np.einsum("dm,dmn->dn", self._hills(thetas), pull)

    def hessian_at(self, theta: Array) -> HessianProduct:
        """Return v (k, n) -> H v at `theta` (n,), H = sum_i O_i [(c - theta)(c - theta)'/v^2 - I/v]."""
        matrix = self._hessian(theta)
        return lambda vectors: vectors @ matrix

    def score_samples(
        self, theta: Array, *, n_samples: int, rng: np.random.Generator, baseline: float = 0.0
    ) -> Array:
        """Return N estimates (f(a) - baseline) (a - theta) / sigma^2 of the gradient at `theta` (n,), (N, n).

        Each comes from one action and is unbiased whatever the baseline; `evaluate` gives the usual one, the
        mean reward. The same seed draws the same noise at every sigma and baseline. Williams (1992).
        """
        sigma, mean = self._noisy(), as_finite("theta", theta, (self.n_parameters,))
        level = as_finite("baseline", baseline, ()).item()
        noise = as_generator(rng).normal(size=(at_least("n_samples", n_samples, 1), mean.size))
        return (self.rewards(mean + sigma * noise) - level)[:, None] * noise / sigma

    def score_covariance(self, theta: Array, *, baseline: float = 0.0) -> Array:
        """Return the exact covariance of one row of `score_samples` at `theta` (n,), shape (n, n).

        With G(theta) = E (f(a) - baseline)^2 it is G I / sigma^2 + Hessian of G - (grad O)(grad O)'. It grows
        like 1 / sigma^2 as sigma falls, unless the baseline is O(theta), for then G falls like sigma^2 and
        the covariance tends to |grad f|^2 I + (grad f)(grad f)'.
        """
        sigma, mean = self._noisy(), as_finite("theta", theta, (self.n_parameters,))
        level, slope = as_finite("baseline", baseline, ()).item(), self.gradient(mean[None])[0]
        squared, value = self.squared(), self._hills(mean).sum()
        spread = squared._hills(mean).sum() - 2 * level * value + level**2
        bend = squared._hessian(mean) - 2 * level * self._hessian(mean)
        return spread / sigma**2 * np.eye(mean.size) + bend - np.outer(slope, slope)

    def squared(self) -> "GaussianBandit":
        """Return the bandit paid by f(a)^2: products of Gaussians are Gaussians, M^2 of them."""
        precision = 1 / self.widths**2
        total = precision[:, None] + precision
        weighted = self.centres * precision[:, None]
        centres = (weighted[:, None] + weighted) / total[..., None]
        apart = ((self.centres[:, None] - self.centres) ** 2).sum(axis=-1)
        overlap = np.exp(-apart * np.multiply.outer(precision, precision) / total / 2)
        heights = np.multiply.outer(self.heights, self.heights) * overlap
        flat = centres.reshape(-1, self.n_parameters)
        return GaussianBandit(flat, (1 / np.sqrt(total)).ravel(), heights.ravel(), self.sigma)

    @property
    def _variances(self) -> Array:
        return self.widths**2 + self.sigma**2

    def _hills(self, points: Array) -> Array:
        """Return what each hill adds at `points` (..., n), shape (..., M)."""
        variances = self._variances
        lowered = self.heights * (self.widths**2 / variances) ** (self.n_parameters / 2)
        with np.errstate(over="ignore"):  # so far away nothing is left of a hill
            distances = ((points[..., None, :] - self.centres) ** 2).sum(axis=-1)
        return lowered * np.exp(-distances / (2 * variances))

    def _hessian(self, theta: Array) -> Array:
        pull = (self.centres - theta) / self._variances[:, None]
        hills = self._hills(theta)
        bowl = (hills / self._variances).sum() * np.eye(theta.size)
        return np.einsum("m,mi,mj->ij", hills, pull, pull) - bowl

    def _noisy(self) -> float:
        if self.sigma == 0:
            raise ValueError(
                "sigma must be above 0 for a gradient from samples: without noise nothing is tried"
            )
        return self.sigma


def two_hills(
    *,
    sigma: float = 0.0,
    n: int = 1,
    distance: float = 3.0,
    heights: tuple[float, float] = (0.6, 1.0),
    widths: tuple[float, float] = (0.4, 1.2),
) -> GaussianBandit:
    """Return two hills on the first axis, at 0 and at `distance`; by default the first is narrow, and poor.

    A policy wide enough sees one hill only, near the wider of the two: with the heights swapped it is led
    away from the better one.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives
    >>> tops = np.array([[0.0], [3.0]])
    >>> objectives.evaluate(objectives.two_hills(), tops).round(2)
    array([[0.64],
           [1.  ]])
    >>> objectives.evaluate(objectives.two_hills(sigma=1.0), tops).round(2)  # the narrow one is gone
    array([[0.34],
           [0.77]])
    """
    centres = np.zeros((2, at_least("n", n, 1)))
    centres[1, 0] = positive("distance", distance)
    return GaussianBandit(centres, np.asarray(widths), np.asarray(heights), sigma)
