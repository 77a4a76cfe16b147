r"""The exact return of a Gaussian policy in a linear-quadratic world, with exact derivatives.

Actions a = K s + sigma eps make the chain s' = M s + B sigma eps + w with M = A + B K. Two Lyapunov equations
hold all there is to know of it: what a state costs, s'P s, and where the state is, Sigma = E sum_t gamma^t
s_t s_t':

    P = Q + K'R K + gamma M'P M                C = R + gamma B'P B                E = R K + gamma B'P M
    Sigma = E s_0 s_0' + gamma / (1 - gamma) (W + B diag(sigma^2) B') + gamma M Sigma M'
    O = -[tr P E s_0 s_0' + gamma tr(P W) / (1 - gamma) + tr(diag(sigma^2) C) / (1 - gamma)]
    dO/dK = -2 E Sigma                         dO/dlog sigma_i = -2 sigma_i^2 C_ii / (1 - gamma)

Along a direction (U, u) of K and log sigma the same equations with other sources give the Hessian:

    P' = U'E + E'U + gamma M'P'M               E' = C U + gamma B'P'M
    Sigma' = gamma [B U Sigma M' + (B U Sigma M')' + B diag(2 u sigma^2) B' / (1 - gamma) + M Sigma' M']

So sigma adds -sigma^2 tr(C) / (1 - gamma) to the landscape of the gains and nothing else: the optimum, E = 0,
stays where it is, the same gains are stable, and no curvature at the optimum shrinks, for the Hessian there
is the Kronecker product -2 C x Sigma. Fazel et al. (2018) have the gradient without noise and discount.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, BoolArray, IntArray, as_finite, non_negative
from rl_landscapes.objectives.base import HessianProduct, as_points
from rl_landscapes.objectives.gain_points import GainPoints, WithConstant, closed_loop, spectral_radius
from rl_landscapes.worlds.lqr import LQR


@dataclass(frozen=True, eq=False)
class LQRReturn:
    """O(theta) = E sum_t gamma^t r_t of the policy a = K s + sigma eps, without sampling and without an end.

    theta is K (k, m) row by row, with `bias` then b (k,) of a = K s + b + sigma eps, and, if sigma is
    learned, log sigma (k,): the order of `policies.linear_gaussian`. A gain that is not stable has infinite
    cost: value -inf and gradient NaN, not an error. In the formulas a bias is the last column of K, and the
    state ends with a constant 1.

    Parameters
    ----------
    world
        A linear-quadratic world.
    sigma
        Standard deviation of the noise in every action, 0 for none; None if theta holds its logarithm, one
        for each action.
    ignored
        Number of entries at the end of theta that are not looked at; see `with_sigma`.
    bias
        Whether the mean action has a bias.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> world = worlds.double_integrator()
    >>> best = objectives.LQRReturn(world, sigma=0.0)
    >>> theta = world.optimal_gain.reshape(1, -1)
    >>> objectives.evaluate(best, theta).round(3), abs(objectives.gradient(best, theta)).round(6)
    (array([[-4.442]]), array([[0., 0.]]))
    """

    world: LQR
    sigma: float | None = 0.5
    ignored: int = 0
    bias: bool = False

    def __post_init__(self) -> None:
        """Refuse a sigma that is no standard deviation."""
        if self.sigma is not None:
            non_negative("sigma", self.sigma)

    @property
    def n_parameters(self) -> int:
        """Number of parameters n."""
        return self._n_mean + self._n_learned + self.ignored

    @property
    def n_episodes(self) -> int:
        """Always 1: it is exact."""
        return 1

    @property
    def points_at_once(self) -> int:
        """How many points are evaluated together."""
        return max(1, 10**6 // self.world.n_observations**2)

    def with_sigma(self, sigma: float) -> "LQRReturn":
        """Return the same objective at a fixed sigma; a learned log sigma stays in theta, ignored."""
        fixed = non_negative("sigma", sigma)
        return replace(self, sigma=fixed, ignored=self.ignored + self._n_learned)

    def over_sigmas(self, thetas: Array, sigmas: npt.ArrayLike) -> Array:
        """Return O at each of `thetas` (D, n) for each of `sigmas` (G,), shape (G, D)."""
        points = as_points(self, thetas)
        fixed = as_finite("sigmas", sigmas, (None,))
        return np.stack([self.with_sigma(sigma).evaluate(points)[:, 0] for sigma in fixed])

    def gains(self, thetas: Array) -> Array:
        """Return K, shape (D, k, m)."""
        return thetas[:, : self._n_gains].reshape(-1, self.world.n_actions, self.world.n_observations)

    def stable(self, thetas: Array) -> BoolArray:
        """Return whether sqrt(gamma) times the spectral radius of A + B K is below 1, shape (D,)."""
        return self.radius(thetas) < 1

    def radius(self, thetas: Array) -> Array:
        """Return sqrt(gamma) times the spectral radius of A + B K, shape (D,)."""
        return spectral_radius(np.sqrt(self.world.discount) * closed_loop(self.world, self.gains(thetas)))

    def evaluate(self, thetas: Array, rng: np.random.Generator | None = None) -> Array:
        """Return O(theta) at each of `thetas` (D, n), shape (D, 1); -inf where K is not stable."""
        return self._at(thetas).values[:, None]

    def gradient(self, thetas: Array) -> Array:
        """Return dO/dtheta at each of `thetas` (D, n), shape (D, n); NaN where K is not stable."""
        return self._in_order(self._at(thetas).gradients)

    def value_and_gradient(self, thetas: Array) -> tuple[Array, Array]:
        """Return values (D,) and gradients (D, n)."""
        point = self._at(thetas)
        return point.values, self._in_order(point.gradients)

    def hessian_at(self, theta: Array) -> HessianProduct:
        """Return v (j, n) -> H v (j, n) at `theta` (n,).

        Raises
        ------
        ValueError
            If K is not stable: infinity has no derivatives.
        """
        point = self._at(theta[None])
        if not np.isfinite(point.values).all():
            raise ValueError(
                "theta must hold a stable gain for its Hessian: sqrt(gamma) times the spectral radius of "
                f"A + B K must be below 1, got {self.radius(theta[None])[0]:.6g}"
            )
        if not self.bias:
            return point.hessian_product
        return lambda vectors: self._in_order(point.hessian_product(vectors[:, self._columns]))

    def state_costs(self, thetas: Array) -> Array:
        """Return P, shape (D, m, m), or one more with a bias; NaN where K is not stable.

        From s on, without any noise, all costs add up to s'P s.
        """
        return self._at(thetas).costs

    def state_moments(self, thetas: Array) -> Array:
        """Return Sigma = E sum_t gamma^t s_t s_t', shaped as `state_costs`; NaN where K is not stable."""
        return self._at(thetas).moments

    def price_of_noise(self, thetas: Array) -> Array:
        """Return tr(C) / (1 - gamma), shape (D,): what O at a fixed sigma loses by it, over sigma^2.

        NaN where K is not stable.
        """
        return self._at(thetas).price

    @property
    def _n_gains(self) -> int:
        return self.world.n_actions * self.world.n_observations

    @property
    def _n_mean(self) -> int:
        return self._n_gains + self.bias * self.world.n_actions

    @property
    def _columns(self) -> IntArray:
        """Where in theta the gain (K, b) stands, row by row, and what comes after it."""
        gains = np.arange(self._n_gains).reshape(self.world.n_actions, -1)
        affine = np.column_stack([gains, np.arange(self._n_gains, self._n_mean)])
        return np.concatenate([affine.ravel(), np.arange(self._n_mean, self.n_parameters)])

    def _in_order(self, gradients: Array) -> Array:
        return gradients[:, np.argsort(self._columns)] if self.bias else gradients

    @property
    def _n_learned(self) -> int:
        return self.world.n_actions if self.sigma is None else 0

    def _at(self, thetas: Array) -> GainPoints:
        if self.sigma is None:
            with np.errstate(over="ignore"):
                variances = np.exp(2 * thetas[:, self._n_mean : self.n_parameters - self.ignored])
        else:
            variances = np.full((len(thetas), self.world.n_actions), self.sigma**2)
        gains, world = self.gains(thetas), WithConstant(self.world) if self.bias else self.world
        if self.bias:
            gains = np.concatenate([gains, thetas[:, self._n_gains : self._n_mean, None]], axis=2)
        gains = np.where(self.stable(thetas)[:, None, None], gains, np.nan)
        return GainPoints(world, gains, variances, self._n_learned, self.ignored)
