r"""Gaussian policies: actions drawn from N(mu_theta(s), diag sigma^2), the same sigma in every state.

Actions are the ones drawn, before a world clips them to its box: the density is that of the draw.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import (
    Array,
    IntArray,
    as_generator,
    as_parameters,
    as_shaped,
    at_least,
    non_negative,
    positive,
)
from rl_landscapes.policies.means import BodyMeans, Layer, Network, for_rows

LOG_2_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Gaussian:
    """N(mu_theta(s), diag sigma^2): `sigma` is a number at least 0, or None if theta holds its logarithms.

    `learned` says whether theta ends with k log sigmas; with a number for `sigma` they are there, unused.

    Examples
    --------
    >>> from rl_landscapes import policies
    >>> policy = policies.linear_gaussian(3, 2, sigma=0.5)
    >>> policy.n_parameters, policy.made_of
    (8, '2*3 weights + 2 biases')
    """

    mean: Network
    sigma: float | None
    learned: bool

    @property
    def n_observations(self) -> int:
        """Length o of an observation."""
        return self.mean.n_observations

    @property
    def n_actions(self) -> int:
        """Length k of an action."""
        return self.mean.n_actions

    @property
    def n_parameters(self) -> int:
        """Parameters n of the mean, and k more if sigma is learned."""
        return self.mean.n_parameters + self.learned * self.n_actions

    @property
    def made_of(self) -> str:
        """The sum that gives the number of parameters."""
        return self.mean.count + (f" + {self.n_actions} log sigmas" if self.learned else "")

    def with_sigma(self, sigma: float) -> "Gaussian":
        """Return the policy with a fixed sigma and as many parameters; 0 makes it deterministic."""
        return replace(self, sigma=non_negative("sigma", sigma))

    def at(self, thetas: npt.ArrayLike) -> "GaussianPoint":
        """Return the policy at parameter vectors `thetas` (P, n).

        Raises
        ------
        ValueError
            If `thetas` is not finite, or not of that shape; the message says what n is made of.
        """
        points = self.as_thetas(thetas)
        return GaussianPoint(self.mean.layers(points), self._sigmas(points))

    def as_theta(self, theta: npt.ArrayLike) -> Array:
        """Return `theta` if it is a finite (n,) array.

        Raises
        ------
        ValueError
            Otherwise; the message says what n is made of.
        """
        return as_parameters("theta", theta, (self.n_parameters,), self.made_of)

    def as_thetas(self, thetas: npt.ArrayLike) -> Array:
        """Return `thetas` if it is a finite (P, n) array.

        Raises
        ------
        ValueError
            Otherwise; the message says what n is made of.
        """
        return as_parameters("thetas", thetas, (None, self.n_parameters), self.made_of)

    def log_density(self, theta: Array, observations: Array, actions: Array) -> Array:
        r"""Return log pi(a|s) for observations (..., o) and actions (..., k), shape (...).

        -1/2 sum_i [ z_i^2 + 2 log sigma_i + log 2 pi ], with z = (a - mu(s)) / sigma.

        Raises
        ------
        ValueError
            If a shape does not fit, or sigma is 0: a deterministic policy has no density.
        """
        here, sigmas = self._noisy(theta, "log_density")
        z = self._residuals(here, observations, actions) / sigmas
        return np.asarray(-0.5 * (z**2 + 2 * np.log(sigmas) + LOG_2_PI).sum(axis=-1))

    def score_sums(self, theta: Array, observations: Array, actions: Array, weights: Array) -> Array:
        r"""Return sum_t w_t grad log pi(a_t|s_t) of each episode, shape (N, n).

        For (N, T, o), (N, T, k) and (N, T). In the mean it is sum_t w_t J_t' (a_t - mu_t) / sigma^2 with
        J_t = d mu(s_t) / d theta, which for the linear mean is (a - W s - b) [s, 1]' / sigma^2; in log sigma
        it is sum_t w_t (z_t^2 - 1).

        Raises
        ------
        ValueError
            If a shape does not fit, or sigma is 0: a deterministic policy has no score.
        """
        here, sigmas = self._noisy(theta, "score_sums")
        states = as_shaped("observations", observations, (None, None, self.n_observations))
        by_step = as_shaped("weights", weights, states.shape[:2])[..., None]
        z = self._residuals(here, states, as_shaped("actions", actions, (*states.shape[:2], self.n_actions)))
        z /= sigmas
        in_mean = self.mean.pull(here[: self.mean.n_parameters], states, by_step * z / sigmas)
        if not self.learned:
            return in_mean
        in_log_sigma = (by_step * (z**2 - 1)).sum(axis=1) * (self.sigma is None)
        return np.concatenate([in_mean, in_log_sigma], axis=1)

    def entropy(self, theta: Array) -> float:
        r"""Return k/2 log(2 pi e) + sum_i log sigma_i, the same in every state; -inf at sigma = 0."""
        sigmas = self._sigmas(self.as_theta(theta)[None])
        with np.errstate(divide="ignore"):
            return float(self.n_actions / 2 * (LOG_2_PI + 1) + np.log(sigmas).sum())

    def entropy_gradient(self, theta: Array) -> Array:
        """Return the gradient of the entropy, shape (n,): 1 for each learned log sigma, 0 elsewhere."""
        slope = np.zeros_like(self.as_theta(theta))
        if self.sigma is None:
            slope[-self.n_actions :] = 1
        return slope

    def _sigmas(self, thetas: Array) -> Array:
        if self.sigma is not None:
            return np.full((len(thetas), self.n_actions), self.sigma)
        with np.errstate(over="ignore"):
            return np.exp(thetas[:, -self.n_actions :])

    def _noisy(self, theta: Array, what: str) -> tuple[Array, Array]:
        if self.sigma == 0:
            raise ValueError(f"{what} needs sigma above 0, got 0: a deterministic policy has no density")
        here = self.as_theta(theta)
        return here, self._sigmas(here[None])[0]

    def _residuals(self, theta: Array, observations: Array, actions: Array) -> Array:
        return np.asarray(
            actions - self.mean.means(theta[: self.mean.n_parameters], np.asarray(observations))
        )


@dataclass(frozen=True, eq=False)
class GaussianPoint:
    """A Gaussian policy at P parameter vectors."""

    layers: list[Layer]
    sigmas: Array  # (P, k)

    def for_rows(self, rows: IntArray) -> BodyMeans:
        """Return the map from observations (m, o) to means (m, k) in which body i follows policy `rows[i]`.

        Parameters are gathered once: keep it for as long as the bodies keep their policies.
        """
        return for_rows(self.layers, rows)

    def means(self, rows: IntArray, observations: Array) -> Array:
        """Return mu(s) of policy `rows[i]` at observation i: (m,), (m, o) -> (m, k)."""
        return self.for_rows(rows)(observations)


def linear_gaussian(n_observations: int, n_actions: int, *, sigma: float | None) -> Gaussian:
    """Return the policy N(W s + b, sigma^2), the paper's; with `sigma` None it learns a sigma per dimension.

    Parameters: W (k, o) row by row, b (k,), then log sigma (k,) if learned.

    Examples
    --------
    >>> from rl_landscapes import policies
    >>> policy = policies.linear_gaussian(2, 1, sigma=None)
    >>> policy.made_of
    '1*2 weights + 1 biases + 1 log sigmas'
    """
    return _gaussian((n_observations, n_actions), sigma)


def mlp_gaussian(
    n_observations: int, n_actions: int, hidden: tuple[int, ...], *, sigma: float | None
) -> Gaussian:
    """Return the policy whose mean has one or two tanh layers, of the sizes `hidden`, before the linear one.

    Parameters: weights (out, in) row by row and biases (out,), layer by layer, then log sigma (k,) if
    learned.

    Raises
    ------
    ValueError
        If `hidden` has neither one nor two entries, a count is not a positive integer, or `sigma` is neither
        None nor a finite number of at least 0.

    Examples
    --------
    >>> from rl_landscapes import policies
    >>> policies.mlp_gaussian(11, 3, (16, 16), sigma=0.1).made_of
    '16*11 weights + 16 biases + 16*16 weights + 16 biases + 3*16 weights + 3 biases'
    """
    if len(hidden) not in (1, 2):
        raise ValueError(f"hidden must hold the sizes of one or two layers, got {hidden}")
    return _gaussian((n_observations, *(at_least("hidden", size, 1) for size in hidden), n_actions), sigma)


def glorot(policy: Gaussian, rng: np.random.Generator, *, initial_sigma: float = 1.0) -> Array:
    """Draw a start (n,): weights uniform in +-sqrt(6 / (in + out)), biases 0, log sigma log(initial_sigma).

    The paper's initialisation; Glorot and Bengio (2010).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import policies
    >>> policy = policies.mlp_gaussian(3, 1, (8,), sigma=None)
    >>> theta = policies.glorot(policy, np.random.default_rng(0), initial_sigma=0.5)
    >>> theta.shape, round(float(np.exp(theta[-1])), 6)
    ((42,), 0.5)
    """
    generator = as_generator(rng)
    theta = np.zeros(policy.n_parameters)
    for weights, _ in policy.mean.layers(theta[None]):
        width = np.sqrt(6 / sum(weights.shape[1:]))
        weights[0] = generator.uniform(-width, width, size=weights.shape[1:])
    theta[policy.mean.n_parameters :] = np.log(positive("initial_sigma", initial_sigma))
    return theta


def _gaussian(sizes: tuple[int, ...], sigma: float | None) -> Gaussian:
    ends = at_least("n_observations", sizes[0], 1), at_least("n_actions", sizes[-1], 1)
    network = Network((ends[0], *sizes[1:-1], ends[1]))
    return Gaussian(network, None if sigma is None else non_negative("sigma", sigma), sigma is None)
