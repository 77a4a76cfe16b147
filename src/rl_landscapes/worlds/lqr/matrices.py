"""Small matrices: what they must satisfy, and products whose bits do not depend on how many there are."""

import numpy as np

from rl_landscapes.arrays import Array, as_finite

ROUNDING = 1e-12  # of the largest eigenvalue: smaller ones count as zero


def positive_definite(name: str, values: Array, size: int) -> Array:
    """Return `values` (size, size) made exactly symmetric, if they are a positive definite matrix.

    Raises
    ------
    ValueError
        Otherwise.
    """
    matrix, eigenvalues = _symmetric(name, values, size)
    if eigenvalues[0] <= ROUNDING * abs(eigenvalues[-1]):
        raise ValueError(f"{name} must be positive definite, but has the eigenvalue {eigenvalues[0]:.3g}")
    return matrix


def semi_definite(name: str, values: Array, size: int) -> Array:
    """Return `values` (size, size) made exactly symmetric, if they are a positive semi-definite matrix.

    Raises
    ------
    ValueError
        Otherwise.
    """
    matrix, eigenvalues = _symmetric(name, values, size)
    if eigenvalues[0] < -ROUNDING * abs(eigenvalues[-1]):
        raise ValueError(
            f"{name} must be positive semi-definite, but has the eigenvalue {eigenvalues[0]:.3g}"
        )
    return matrix


def square_root(covariance: Array) -> Array:
    """Return the symmetric square root, which exists for singular matrices too."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def product(matrix: Array, rows: Array) -> Array:
    """Return M x for each row x: one product per row, so that its bits do not depend on the other rows."""
    return (matrix @ rows[..., None])[..., 0]


def quadratic_form(matrix: Array, rows: Array) -> Array:
    """Return x'M x for each row x."""
    return (rows * product(matrix, rows)).sum(axis=-1)


def _symmetric(name: str, values: Array, size: int) -> tuple[Array, Array]:
    """Return a symmetric matrix and its eigenvalues, ascending."""
    matrix = as_finite(name, values, (size, size))
    if np.abs(matrix - matrix.T).max() > 1e-9 * np.abs(matrix).max():
        raise ValueError(f"{name} must be symmetric, got {matrix.tolist()}")
    return (matrix + matrix.T) / 2, np.asarray(np.linalg.eigvalsh(matrix), dtype=np.float64)
