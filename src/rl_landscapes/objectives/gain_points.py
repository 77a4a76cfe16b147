"""Gains of a linear-quadratic world, many at once, and all that two Lyapunov equations say of them.

The symbols are those of `objectives.closed_form`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.worlds.lqr import LQR

DOUBLINGS = 64


@dataclass(frozen=True, eq=False)
class WithConstant:
    """A linear-quadratic world with a constant 1 at the end of its state: the gain (K, b) is a = K s + b.

    The constant costs nothing and nothing moves it.
    """

    world: LQR

    @property
    def discount(self) -> float:
        """Gamma."""
        return self.world.discount

    @property
    def dynamics(self) -> Array:
        """A, shape (m + 1, m + 1)."""
        return _bordered(self.world.dynamics, corner=1.0)

    @property
    def control(self) -> Array:
        """B, shape (m + 1, k)."""
        return np.pad(self.world.control, [(0, 1), (0, 0)])

    @property
    def state_cost(self) -> Array:
        """Q, shape (m + 1, m + 1)."""
        return _bordered(self.world.state_cost)

    @property
    def action_cost(self) -> Array:
        """R, shape (k, k)."""
        return self.world.action_cost

    @property
    def disturbance(self) -> Array:
        """W, shape (m + 1, m + 1)."""
        return _bordered(self.world.disturbance)

    @property
    def start_moment(self) -> Array:
        """E s_0 s_0', shape (m + 1, m + 1)."""
        mean = self.world.start_mean
        moment = _bordered(self.world.start_moment, corner=1.0)
        moment[-1, :-1] = moment[:-1, -1] = mean
        return moment


@dataclass(frozen=True, eq=False)
class GainPoints:
    """D gains and their noise, and what follows from them; a gain that is not stable is given as NaN."""

    world: LQR | WithConstant
    gains: Array  # (D, k, m), or (D, k, m + 1)
    variances: Array  # (D, k)
    n_learned: int
    n_ignored: int

    @property
    def tail(self) -> float:
        """1 / (1 - gamma)."""
        return 1 / (1 - self.world.discount)

    @cached_property
    def closed(self) -> Array:
        """M, shape (D, m, m)."""
        return closed_loop(self.world, self.gains)

    @cached_property
    def factor(self) -> Array:
        """sqrt(gamma) M, shape (D, m, m)."""
        return np.sqrt(self.world.discount) * self.closed

    @cached_property
    def costs(self) -> Array:
        """P, shape (D, m, m)."""
        paid = self.world.state_cost + _t(self.gains) @ self.world.action_cost @ self.gains
        return geometric_sum(_t(self.factor), paid)

    @cached_property
    def ahead(self) -> Array:
        """B'P, discounted, shape (D, k, m)."""
        return self.world.discount * (self.world.control.T @ self.costs)

    @cached_property
    def action_costs(self) -> Array:
        """C, shape (D, k, k): what a deviation of the action costs, now and later."""
        return self.world.action_cost + self.ahead @ self.world.control

    @property
    def price(self) -> Array:
        """tr(C) / (1 - gamma), shape (D,)."""
        return self.tail * _diagonal(self.action_costs).sum(axis=1)

    @cached_property
    def lean(self) -> Array:
        """E, shape (D, k, m): zero for the optimal gain."""
        return self.world.action_cost @ self.gains + self.ahead @ self.closed

    @cached_property
    def moments(self) -> Array:
        """Sigma, shape (D, m, m)."""
        pushed = self.world.disturbance + self._spread(self.variances)
        return geometric_sum(self.factor, self.world.start_moment + self.world.discount * self.tail * pushed)

    @cached_property
    def values(self) -> Array:
        """O, shape (D,); -inf where it is not finite."""
        pushed = self.world.start_moment + self.world.discount * self.tail * self.world.disturbance
        with np.errstate(invalid="ignore"):
            noise = (self.variances * _diagonal(self.action_costs)).sum(axis=1)
            paid = (self.costs * pushed).sum(axis=(1, 2)) + self.tail * noise
        return np.where(np.isfinite(paid), -paid, -np.inf)

    @property
    def gradients(self) -> Array:
        """dO/dtheta, shape (D, n)."""
        by_gain = -2 * self.lean @ self.moments
        by_log_sigma = -2 * self.tail * self.variances * _diagonal(self.action_costs)
        gradients = self._flat(by_gain, by_log_sigma)
        gradients[np.isinf(self.values)] = np.nan
        return gradients

    def hessian_product(self, vectors: Array) -> Array:
        """Return v (j, n) -> H v (j, n) at the only point."""
        gamma, control, n_gains = self.world.discount, self.world.control, self.gains[0].size
        gain = vectors[:, :n_gains].reshape(-1, *self.gains.shape[1:])
        variances = np.zeros((len(vectors), self.variances.shape[1]))
        if self.n_learned:
            variances += 2 * self.variances * vectors[:, n_gains : n_gains + self.n_learned]
        costs = geometric_sum(_t(self.factor), _plus_transposed(_t(gain) @ self.lean))
        ahead = gamma * (control.T @ costs)
        lean = self.action_costs @ gain + ahead @ self.closed
        moved = _plus_transposed(control @ gain @ self.moments @ _t(self.closed))
        moments = geometric_sum(self.factor, gamma * (moved + self.tail * self._spread(variances)))
        by_gain = -2 * (lean @ self.moments + self.lean @ moments)
        priced = variances * _diagonal(self.action_costs) + self.variances * _diagonal(ahead @ control)
        return self._flat(by_gain, -2 * self.tail * priced)

    def _spread(self, variances: Array) -> Array:
        """Return B diag(v) B' for each row of (j, k), shape (j, m, m)."""
        return (self.world.control * variances[:, None, :]) @ self.world.control.T

    def _flat(self, by_gain: Array, by_log_sigma: Array) -> Array:
        rows = len(by_gain)
        unseen = np.zeros((rows, self.n_ignored))
        return np.concatenate([by_gain.reshape(rows, -1), by_log_sigma[:, : self.n_learned], unseen], axis=1)


def closed_loop(world: LQR | WithConstant, gains: Array) -> Array:
    """Return M = A + B K for each of `gains` (D, k, m), shape (D, m, m)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return world.dynamics + world.control @ gains


def spectral_radius(matrices: Array) -> Array:
    """Return the spectral radius of each of (D, m, m), shape (D,); inf where an entry is not finite."""
    usable = np.asarray(np.isfinite(matrices).all(axis=(1, 2)))
    eigenvalues = np.linalg.eigvals(np.where(usable[:, None, None], matrices, 0.0))
    return np.where(usable, np.abs(eigenvalues).max(axis=1), np.inf)


def geometric_sum(factor: Array, source: Array) -> Array:
    """Return X = sum_t F^t S F'^t, that is X = S + F X F', by doubling the number of terms. Smith (1968).

    All points at once, and a positive S has a positive X whatever the rounding.
    """
    total = source
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(DOUBLINGS):
            longer = total + factor @ total @ _t(factor)
            if np.array_equal(longer, total, equal_nan=True):
                break
            total, factor = longer, factor @ factor
    return total


def _bordered(matrix: Array, corner: float = 0.0) -> Array:
    wider = np.pad(matrix, (0, 1))
    wider[-1, -1] = corner
    return wider


def _plus_transposed(matrices: Array) -> Array:
    return matrices + _t(matrices)


def _t(matrices: Array) -> Array:
    return matrices.swapaxes(-1, -2)


def _diagonal(matrices: Array) -> Array:
    return np.diagonal(matrices, axis1=-2, axis2=-1)
