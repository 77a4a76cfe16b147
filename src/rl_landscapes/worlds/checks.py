"""What a decision process must satisfy, and the one form its parts are kept in."""

from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from rl_landscapes.arrays import Array, BoolArray, as_finite, as_shaped

if TYPE_CHECKING:
    CSR: TypeAlias = sparse.csr_array[np.float64, tuple[int, int]]
else:  # not every SciPy can subscript its arrays at run time
    CSR = sparse.csr_array
_Scalar = TypeVar("_Scalar", bound=np.generic)
_TOLERANCE = 1e-9


def sealed(array: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    """Return a read-only copy."""
    copy = np.array(array)
    copy.setflags(write=False)
    return copy


def as_csr(source: Any, shape: tuple[int, int] | None = None) -> CSR:
    """Copy into read-only CSR form: float64, sorted, no duplicates or zeros, int32 indices where they fit."""
    rows: CSR = sparse.csr_array(source, shape=shape, dtype=np.float64, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    fits = max(*rows.shape, rows.nnz) <= np.iinfo(np.int32).max
    index = np.int32 if fits else np.int64
    rows.indices, rows.indptr = rows.indices.astype(index, copy=False), rows.indptr.astype(index, copy=False)
    for part in (rows.data, rows.indices, rows.indptr):
        part.setflags(write=False)
    return rows


def as_rows(transitions: Any, n_states: int, n_actions: int) -> Any:
    """Return P as (S A, S), dense or sparse as given."""
    n_rows = n_states * n_actions
    if not sparse.issparse(transitions):
        dense = as_shaped("transitions", transitions, (n_states, n_actions, n_states))
        return sealed(dense.reshape(n_rows, n_states))
    rows = as_csr(transitions)
    if rows.shape != (n_rows, n_states):
        raise ValueError(
            f"sparse transitions must have shape (S A, S) = {(n_rows, n_states)} "
            f"to match rewards (S, A) = {(n_states, n_actions)}, got {rows.shape}"
        )
    return rows


def check_distributions(rows: Any, n_actions: int) -> None:
    """Refuse rows of P with a negative entry or a sum other than one, and name the first."""
    entries = rows if isinstance(rows, np.ndarray) else rows.data
    if not (entries >= 0).all():
        stored = sparse.coo_array(rows)
        first = np.flatnonzero(~(stored.data >= 0))[0]
        row, successor = (int(index[first]) for index in stored.coords)
        state, action = divmod(row, n_actions)
        raise ValueError(
            f"transitions[{state}, {action}, {successor}] is {stored.data[first]}; "
            "a probability must be at least 0"
        )
    sums = rows.sum(axis=1)
    bad = np.flatnonzero(~(np.abs(sums - 1) <= _TOLERANCE))
    if bad.size:
        state, action = divmod(int(bad[0]), n_actions)
        raise ValueError(
            f"transitions must sum to 1 over next states, but those of (state {state}, action {action}) "
            f"sum to {sums[bad[0]]:.12g}"
        )


def check_absorbing(rows: Any, rewards: Array, absorbing: BoolArray) -> None:
    """Refuse an absorbing state that some action leaves, or that is paid."""
    n_actions = rewards.shape[1]
    states = np.flatnonzero(absorbing)
    home = np.repeat(states, n_actions)
    block = sparse.coo_array(rows[(states[:, None] * n_actions + np.arange(n_actions)).ravel()])
    row, column = block.coords
    stays = np.bincount(row, weights=block.data * (column == home[row]), minlength=home.size)
    wrong = (np.abs(stays - 1) > _TOLERANCE) | (rewards[absorbing].ravel() != 0)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        state, action = int(home[first]), first % n_actions
        raise ValueError(
            f"absorbing state {state} must keep every action in place with reward 0, but action {action} "
            f"stays with probability {stays[first]:.12g} and is paid {rewards[state, action]:.12g}"
        )


def as_mask(absorbing: Any, n_states: int) -> BoolArray:
    """Return a bool array (S,); the empty array stands for no absorbing states."""
    mask = np.asarray(absorbing)
    if mask.shape == (0,):
        return np.zeros(n_states, dtype=np.bool_)
    if mask.dtype != np.bool_ or mask.shape != (n_states,):
        raise ValueError(
            f"absorbing must be a bool array of shape ({n_states},), got {mask.dtype} of shape {mask.shape}"
        )
    return mask


def as_distribution(name: str, values: npt.ArrayLike, n_states: int) -> Array:
    """Return probabilities (S,) that sum to one."""
    chances = as_finite(name, values, (n_states,))
    if (chances < 0).any():
        first = int(np.flatnonzero(chances < 0)[0])
        raise ValueError(f"{name}[{first}] is {chances[first]}; a probability must be at least 0")
    if abs(chances.sum() - 1) > _TOLERANCE:
        raise ValueError(f"{name} must sum to 1, but it sums to {chances.sum():.12g}")
    return chances


def as_discount(discount: Any) -> float:
    """Return a discount in [0, 1)."""
    if isinstance(discount, bool) or not isinstance(discount, Real):
        raise TypeError(f"discount must be a number in [0, 1), got {discount!r}")
    gamma = float(discount)
    if gamma == 1:
        raise ValueError(
            "discount must lie in [0, 1), got 1: without discounting an endless return need not be finite, "
            "and I - gamma P has no inverse; take a value just below 1, for example 0.999"
        )
    if not 0 <= gamma < 1:
        raise ValueError(f"discount must lie in [0, 1), got {gamma}")
    return gamma
