"""One linear-quadratic world: what it is made of, its best gain, and its bodies."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_discrete_are

from rl_landscapes.arrays import Array, as_finite, as_generator, at_least
from rl_landscapes.worlds.checks import as_discount, sealed
from rl_landscapes.worlds.lqr.bodies import LinearBodies
from rl_landscapes.worlds.lqr.matrices import positive_definite, semi_definite, square_root


@dataclass(frozen=True, eq=False)
class LQR:
    """A linear-quadratic world with m states, all observed, and k actions, unbounded.

    Parameters
    ----------
    dynamics : array (m, m)
        A.
    control : array (m, k)
        B.
    state_cost : array (m, m)
        Q, symmetric positive definite.
    action_cost : array (k, k)
        R, symmetric positive definite.
    discount : float
        gamma in [0, 1).
    start_mean : array (m,), optional
        Mean of the first state; zero by default.
    start_covariance : array (m, m), optional
        Its covariance; the identity by default.
    disturbance : array (m, m), optional
        W, the covariance of what is added to the state at every step; none by default.
    time_limit : int
        Number of steps after which a simulated episode is cut; formulas know no end.
    name : str
        What the world is called.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, Q or R is not positive definite, a covariance is not
        positive semi-definite, E s_0 s_0' + W is not positive definite, the discount lies outside [0, 1) or
        the time limit is no positive integer.

    Notes
    -----
    Arrays are copied and made read-only.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import worlds
    >>> one = np.eye(1)
    >>> world = worlds.LQR(dynamics=one, control=one, state_cost=one, action_cost=one, discount=0.9)
    >>> world.optimal_gain.round(4)
    array([[-0.5884]])
    """

    dynamics: Array
    control: Array
    state_cost: Array
    action_cost: Array
    discount: float
    start_mean: Array = None  # type: ignore[assignment]  # an array once it is made, as the next two
    start_covariance: Array = None  # type: ignore[assignment]
    disturbance: Array = None  # type: ignore[assignment]
    time_limit: int = 200
    name: str = "LQR"

    def __post_init__(self) -> None:
        """Check every part and keep read-only copies."""
        control = as_finite("control", self.control, (None, None))
        if control.size == 0:
            raise ValueError(
                f"control must have at least one state and one action, got shape {control.shape}"
            )
        m, k = control.shape
        self._set(control=control, dynamics=as_finite("dynamics", self.dynamics, (m, m)))
        self._set(state_cost=positive_definite("state_cost", self.state_cost, m))
        self._set(action_cost=positive_definite("action_cost", self.action_cost, k))
        self._set(start_mean=as_finite("start_mean", _or(self.start_mean, np.zeros(m)), (m,)))
        for name, default in [("start_covariance", np.eye(m)), ("disturbance", np.zeros((m, m)))]:
            self._set(**{name: semi_definite(name, _or(getattr(self, name), default), m)})
        object.__setattr__(self, "discount", as_discount(self.discount))
        at_least("time_limit", self.time_limit, 1)
        positive_definite("E s_0 s_0' + W, start and disturbance together,", self.excitation, m)

    def _set(self, **arrays: Array) -> None:
        for name, value in arrays.items():
            object.__setattr__(self, name, sealed(value))

    @property
    def n_observations(self) -> int:
        """Number of states m."""
        return len(self.control)

    @property
    def n_actions(self) -> int:
        """Number of actions k."""
        return len(self.action_cost)

    @property
    def low(self) -> Array:
        """Lower ends (k,) of the actions: none, -inf."""
        return np.full(self.n_actions, -np.inf)

    @property
    def high(self) -> Array:
        """Upper ends (k,) of the actions: none, inf."""
        return np.full(self.n_actions, np.inf)

    @property
    def start_moment(self) -> Array:
        """E s_0 s_0', shape (m, m)."""
        return self.start_covariance + np.outer(self.start_mean, self.start_mean)

    @property
    def excitation(self) -> Array:
        """E s_0 s_0' + W, shape (m, m)."""
        return self.start_moment + self.disturbance

    @cached_property
    def optimal_costs(self) -> Array:
        """P of the optimal gain, shape (m, m), from the discounted Riccati equation.

        P = Q + gamma A'P A - gamma^2 A'P B (R + gamma B'P B)^-1 B'P A: the undiscounted one of sqrt(gamma) A
        and sqrt(gamma) B. Bertsekas (2005).

        Raises
        ------
        ValueError
            If no gain is stable.
        """
        root = np.sqrt(self.discount)
        try:
            return sealed(
                solve_discrete_are(
                    root * self.dynamics, root * self.control, self.state_cost, self.action_cost
                )
            )
        except np.linalg.LinAlgError as error:
            raise ValueError(
                "the Riccati equation has no stabilising solution: no gain makes sqrt(gamma) times the "
                f"spectral radius of A + B K less than 1 in this world ({error})"
            ) from None

    @cached_property
    def optimal_gain(self) -> Array:
        """K* = -(R + gamma B'P B)^-1 gamma B'P A, shape (k, m): the best gain whatever start and noise.

        Raises
        ------
        ValueError
            If no gain is stable.
        """
        ahead = self.discount * self.control.T @ self.optimal_costs
        gain = np.linalg.solve(self.action_cost + ahead @ self.control, ahead @ self.dynamics)
        return sealed(np.asarray(-gain, dtype=np.float64))

    def starts(self, n: int, rng: np.random.Generator) -> Array:
        """Draw `n` first states, each with the disturbances of its episode, shape (n, 1 + time_limit, m).

        Without disturbance only the first states, shape (n, 1, m).
        """
        count, m = at_least("n", n, 1), self.n_observations
        first = as_generator(rng).normal(size=(count, 1, m)) @ square_root(self.start_covariance)
        first += self.start_mean
        if not self.disturbance.any():
            return first
        pushes = rng.normal(size=(count, self.time_limit, m)) @ square_root(self.disturbance)
        return np.concatenate([first, pushes], axis=1)

    def bodies(self, n: int, *, n_threads: int = 1) -> LinearBodies:
        """Return `n` bodies; NumPy steps them in one thread, whatever `n_threads`."""
        at_least("n_threads", n_threads, 1)
        return LinearBodies(
            at_least("n", n, 1),
            dynamics=self.dynamics,
            control=self.control,
            state_cost=self.state_cost,
            action_cost=self.action_cost,
            n_disturbances=self.time_limit if self.disturbance.any() else 0,
        )


def _or(given: Array | None, default: Array) -> Array:
    return default if given is None else given
