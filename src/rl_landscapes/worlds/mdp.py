"""Finite Markov decision processes: checked once, then never changed."""

import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from rl_landscapes.arrays import Array, BoolArray, as_finite, at_least
from rl_landscapes.worlds.checks import (
    CSR,
    as_csr,
    as_discount,
    as_distribution,
    as_mask,
    as_rows,
    check_absorbing,
    check_distributions,
    sealed,
)

EPSILON = float(np.finfo(np.float64).eps)
LEAST_PRECISION = 1e-6
SPARSE_ABOVE = 300  # states; dense LAPACK is quicker up to about 16 x 16 cells


def _few_digits(discount: float) -> str:
    left = EPSILON / (1 - discount)
    return (
        f"discount is so near 1, by {1 - discount:.2g}, that values have a relative error of up to "
        f"{left:.1g}: fewer than six digits are right"
    )


def _none() -> BoolArray:
    return np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class MDP:
    r"""A finite Markov decision process with discounted returns :math:`\sum_t \gamma^t r(s_t, a_t)`.

    Parameters
    ----------
    transitions : array (S, A, S) or sparse array (S A, S)
        P(s' | s, a). In a sparse array the pair (s, a) is row s A + a.
    rewards : array (S, A)
        Expected reward of taking action a in state s.
    discount : float
        :math:`\gamma` in [0, 1). Near 1 all sums grow like 1 / (1 - gamma) and keep -log10(eps / (1 - gamma))
        digits, eps = 2.2e-16: ten at 1 - 1e-6, four at 1 - 1e-12.
    start : array (S,)
        Distribution of the first state.
    absorbing : bool array (S,), optional
        States that mark the end: every action stays there and is paid nothing. None by default.

    Raises
    ------
    ValueError
        If shapes disagree, a number is not finite, a distribution has a negative entry or does not sum to one
        within 1e-9, the discount lies outside [0, 1), or an absorbing state can be left or is paid.

    Warns
    -----
    UserWarning
        If the discount leaves fewer than six digits, from 1 - 2.2e-10 on.

    Notes
    -----
    Arrays are copied and made read-only.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, worlds
    >>> over = np.broadcast_to([0.0, 1.0], (2, 2, 2))  # whatever is done, the second state is next
    >>> rewards, absorbing = np.array([[1.0, 3.0], [0.0, 0.0]]), np.array([False, True])
    >>> mdp = worlds.MDP(over, rewards, discount=0.9, start=np.array([1.0, 0.0]), absorbing=absorbing)
    >>> objectives.optimal(mdp).return_
    3.0
    """

    transitions: Array | CSR
    rewards: Array
    discount: float
    start: Array
    absorbing: BoolArray = field(default_factory=_none)

    def __post_init__(self) -> None:
        """Check every part and keep read-only copies."""
        rewards = as_finite("rewards", self.rewards, (None, None))
        if rewards.size == 0:
            raise ValueError(
                f"rewards must have at least one state and one action, got shape {rewards.shape}"
            )
        n_states, n_actions = rewards.shape
        rows = as_rows(self.transitions, n_states, n_actions)
        check_distributions(rows, n_actions)
        absorbing = as_mask(self.absorbing, n_states)
        check_absorbing(rows, rewards, absorbing)
        transitions = rows if sparse.issparse(rows) else rows.reshape(n_states, n_actions, n_states)
        self._set(transitions=transitions, rewards=sealed(rewards), discount=as_discount(self.discount))
        if LEAST_PRECISION * (1 - self.discount) < EPSILON:
            warnings.warn(_few_digits(self.discount), UserWarning, stacklevel=3)
        self._set(start=sealed(as_distribution("start", self.start, n_states)), absorbing=sealed(absorbing))

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def n_states(self) -> int:
        """Number of states S."""
        return len(self.rewards)

    @property
    def n_actions(self) -> int:
        """Number of actions A."""
        return len(self.rewards[0])

    @property
    def is_sparse(self) -> bool:
        """Whether `transitions` is a sparse array."""
        return not isinstance(self.transitions, np.ndarray)

    @cached_property
    def successors(self) -> CSR:
        """P as a sparse array (S A, S), whichever way it is stored; pair (s, a) is row s A + a."""
        if isinstance(self.transitions, np.ndarray):
            return as_csr(self.transitions.reshape(-1, self.n_states))
        return self.transitions

    def expect(self, values: npt.ArrayLike) -> Array:
        r"""Average a function of the next state, :math:`\sum_{s'} P(s' | s, a) v(s')`.

        Maps (..., S) to (..., S, A).
        """
        v = np.asarray(values, dtype=np.float64)
        if v.ndim == 0 or v.shape[-1] != self.n_states:
            raise ValueError(f"values must have shape (..., {self.n_states}), got {v.shape}")
        if isinstance(self.transitions, np.ndarray):
            expected = v @ self.transitions.reshape(-1, self.n_states).T
        else:
            expected = (self.transitions @ v.reshape(-1, self.n_states).T).T
        return np.ascontiguousarray(expected).reshape(*v.shape, self.n_actions)

    def with_discount(self, discount: float) -> "MDP":
        """Return the same process with another discount."""
        return replace(self, discount=discount)

    def to_sparse(self) -> "MDP":
        """Return the same process with sparse transitions."""
        return self if self.is_sparse else replace(self, transitions=self.successors)

    def to_dense(self) -> "MDP":
        """Return the same process with dense transitions."""
        if isinstance(self.transitions, np.ndarray):
            return self
        dense = self.transitions.toarray().reshape(self.n_states, self.n_actions, self.n_states)
        return replace(self, transitions=dense)


def random_mdp(
    n_states: int,
    n_actions: int,
    *,
    discount: float,
    rng: np.random.Generator,
    branching: int | None = None,
    sparse: bool = False,
) -> MDP:
    """Draw a process with Dirichlet(1) transition rows and start, and standard normal rewards.

    Every state-action pair reaches exactly `branching` states (all of them by default), drawn uniformly
    without replacement. Source: the Garnet problems of Archibald, McKinnon and Thomas (1995).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import worlds
    >>> mdp = worlds.random_mdp(5, 2, discount=0.9, branching=3, rng=np.random.default_rng(0))
    >>> (mdp.transitions > 0).sum(axis=2).tolist()
    [[3, 3], [3, 3], [3, 3], [3, 3], [3, 3]]
    """
    n_states, n_actions = at_least("n_states", n_states, 1), at_least("n_actions", n_actions, 1)
    width = n_states if branching is None else at_least("branching", branching, 1)
    if width > n_states:
        raise ValueError(f"branching must be at most n_states = {n_states}, got {branching}")
    n_rows = n_states * n_actions
    reached = _distinct(n_rows, width, n_states, rng)
    chances = rng.dirichlet(np.ones(width), size=n_rows)
    pointers = np.arange(n_rows + 1) * width
    rows = as_csr((chances.ravel(), reached.ravel(), pointers), shape=(n_rows, n_states))
    rewards = rng.standard_normal((n_states, n_actions))
    mdp = MDP(rows, rewards, discount, rng.dirichlet(np.ones(n_states)))
    return mdp if sparse else mdp.to_dense()


def _distinct(n_rows: int, width: int, n_states: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Draw `width` distinct states per row, all rows at once. Floyd's algorithm: Bentley and Floyd (1987)."""
    chosen = np.full((n_rows, width), -1, dtype=np.int32)
    if width == n_states:
        return np.broadcast_to(np.arange(n_states, dtype=np.int32), chosen.shape)
    for column, last in enumerate(range(n_states - width, n_states)):
        drawn = rng.integers(0, last, size=n_rows, endpoint=True, dtype=np.int32)
        taken = (chosen == drawn[:, None]).any(axis=1)
        chosen[:, column] = np.where(taken, last, drawn)
    return chosen
