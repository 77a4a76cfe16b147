"""The Krylov basis stays orthonormal where plain Lanczos loses it, and the pairs are those of the matrix."""

import numpy as np
import pytest

from rl_landscapes.arrays import Array
from rl_landscapes.probes import lanczos as module
from rl_landscapes.probes.lanczos import extreme_pairs, lanczos


def lonely(n: int = 300) -> Array:
    """Eigenvalues: one far above a crowd, so that its pair converges at once and keeps coming back."""
    return np.concatenate([np.linspace(-1, 1, n - 1), [50.0]])


def unit(n: int) -> Array:
    start = np.random.default_rng(0).normal(size=n)
    return start / np.linalg.norm(start)


def test_basis_stays_orthonormal_and_tridiagonalises() -> None:
    spectrum = lonely()
    size, diagonal, beside, basis = lanczos(lambda v: v * spectrum, unit(300), 60)
    overlap = basis @ basis.T - np.eye(60)
    assert np.abs(overlap).max() < 10 * module.LOOSE
    tridiagonal = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    np.testing.assert_allclose(size * tridiagonal, (basis * spectrum) @ basis.T, atol=1e-6)


def test_basis_would_not_stay_orthonormal_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOSE", np.inf)
    basis = lanczos(lambda v: v * lonely(), unit(300), 60)[-1]
    assert np.abs(basis @ basis.T - np.eye(60)).max() > 0.1


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 1e-250, 1e100])
def test_extremes_of_a_known_spectrum(k: int, scale: float) -> None:
    spectrum = scale * lonely()
    values, vectors = extreme_pairs(lambda v: v * spectrum, 300, k, np.random.default_rng(0), 100)
    np.testing.assert_allclose(values / scale, np.r_[lonely()[:k], lonely()[-k:]], atol=1e-6)
    np.testing.assert_allclose(np.abs(vectors).max(axis=1), 1, atol=1e-4)


def test_closed_space_ends_the_run() -> None:
    _, diagonal, _, basis = lanczos(lambda v: v * np.repeat([1.0, 2.0], 5), unit(10), 10)
    assert len(diagonal) == len(basis) == 2
    assert np.linalg.eigvalsh(basis * np.repeat([1.0, 2.0], 5) @ basis.T) == pytest.approx([1, 2])
