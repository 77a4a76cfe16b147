"""Spectra: the true curvatures that random directions only sample."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from rl_landscapes.arrays import Array, BoolArray, at_least, positive
from rl_landscapes.objectives.base import HessianProduct, Objective, hessian, hessian_at
from rl_landscapes.records import Provenance, provenance

TOLERANCE = 1e-6  # of the largest |eigenvalue|: residuals below it count as converged


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenpairs of the Hessian at theta, eigenvalues ascending, and how well each solves H v = lambda v."""

    theta: Array  # (n,)
    values: Array  # (k,)
    vectors: Array  # (k, n)
    residuals: Array  # (k,)

    @property
    def converged(self) -> BoolArray:
        """Residual below 1e-6 of the largest |eigenvalue| found, shape (k,)."""
        scale = np.abs(self.values).max(initial=0.0)
        return self.residuals <= TOLERANCE * max(scale, np.finfo(np.float64).tiny)

    @property
    def largest_stable_step(self) -> float:
        """2 / |most negative eigenvalue|: beyond it gradient ascent overshoots; infinite without one.

        For L-smooth functions steps below 2/L never descend. Nesterov (2018), section 1.2.3.
        """
        steepest = -float(self.values.min())
        return 2 / steepest if steepest > 0 else np.inf


def full_spectrum(objective: Objective, theta: Array) -> Spectrum:
    """Return all n eigenpairs of the Hessian at `theta` (n,), by a dense decomposition."""
    matrix = hessian(objective, theta)
    values, columns = np.linalg.eigh(matrix)
    return _spectrum(theta, values, columns.T, lambda v: v @ matrix)


def extreme_eigenpairs(
    objective: Objective,
    theta: Array,
    *,
    k: int = 1,
    rng: np.random.Generator | None = None,
    max_iterations: int = 1000,
) -> Spectrum:
    """Return the k lowest and the k highest eigenpairs of the Hessian at `theta` (n,), by Lanczos iteration.

    Works on Hessian-vector products alone. Pairs that did not converge are returned too, with their
    residuals; the iteration starts from a random vector drawn from `rng` (seed 0 if None). Lehoucq, Sorensen
    and Yang (1998).

    Raises
    ------
    ValueError
        If k is not a positive integer with 2 k < n.
    """
    product = hessian_at(objective, theta)
    n = objective.n_parameters
    if 2 * at_least("k", k, 1) >= n:
        raise ValueError(f"k must be less than n / 2 = {n / 2:g}, got {k}; full_spectrum gives all of them")
    operator = LinearOperator((n, n), matvec=lambda v: product(v.reshape(1, n))[0], dtype=np.float64)
    start = (np.random.default_rng(0) if rng is None else rng).normal(size=n)
    try:
        values, columns = eigsh(operator, k=2 * k, which="BE", v0=start, maxiter=max_iterations)
    except ArpackNoConvergence as stopped:
        values, columns = stopped.eigenvalues, stopped.eigenvectors
    order = np.argsort(values)
    return _spectrum(theta, values[order], columns[:, order].T, product)


def _spectrum(theta: Array, values: Array, vectors: Array, product: HessianProduct) -> Spectrum:
    residuals = np.linalg.norm(product(vectors) - values[:, None] * vectors, axis=1)
    return Spectrum(np.array(theta, dtype=np.float64), values, vectors, residuals)


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """An estimate of the eigenvalue density: weights at nodes, one Gauss rule for each random probe vector.

    Each row of `weights` sums to 1; the mean over rows estimates (1/n) sum_i delta(lambda - lambda_i).
    """

    theta: Array  # (n,)
    nodes: Array  # (n_probes, n_steps)
    weights: Array  # (n_probes, n_steps)
    provenance: Provenance

    @property
    def mean(self) -> float:
        """Estimate of tr H / n."""
        return float((self.nodes * self.weights).sum(axis=1).mean())

    def smoothed(self, at: Array, width: float) -> Array:
        """Return the density at points `at` (K,), each node widened to a Gaussian of the given `width`."""
        distance = (at[:, None, None] - self.nodes) / positive("width", width)
        bumps = np.exp(-(distance**2) / 2) / (width * np.sqrt(2 * np.pi))
        return (bumps * self.weights).sum(axis=2).mean(axis=1)


def spectral_density(
    objective: Objective, theta: Array, *, n_probes: int, n_steps: int, rng: np.random.Generator
) -> SpectralDensity:
    """Estimate the density of the Hessian's eigenvalues at `theta` by stochastic Lanczos quadrature.

    Each probe costs `n_steps` Hessian-vector products and no memory beyond its Krylov basis. Golub and Welsch
    (1969); Ubaru, Chen and Saad (2017).
    """
    product, n, origin = hessian_at(objective, theta), objective.n_parameters, provenance(rng)
    steps = min(at_least("n_steps", n_steps, 1), n)
    rules = [
        _gauss_rule(product, _unit(rng.normal(size=n)), steps)
        for _ in range(at_least("n_probes", n_probes, 1))
    ]
    nodes, weights = (np.stack(part) for part in zip(*rules, strict=True))
    return SpectralDensity(np.array(theta, dtype=np.float64), nodes, weights, origin)


def _gauss_rule(product: HessianProduct, start: Array, steps: int) -> tuple[Array, Array]:
    """Lanczos with full reorthogonalisation; an early breakdown leaves nodes of weight zero."""
    basis = np.zeros((steps, start.size))
    diagonal, beside = np.zeros(steps), np.zeros(steps)
    basis[0] = start
    used = steps
    for j in range(steps):
        image = product(basis[j : j + 1])[0]
        diagonal[j] = image @ basis[j]
        for _ in range(2):
            image = image - (image @ basis[: j + 1].T) @ basis[: j + 1]
        beside[j] = np.linalg.norm(image)
        if j + 1 == steps or beside[j] <= 1e-12 * max(np.abs(diagonal[: j + 1]).max(), 1e-300):
            used = j + 1
            break
        basis[j + 1] = image / beside[j]
    nodes, vectors = eigh_tridiagonal(diagonal[:used], beside[: used - 1])
    pad = (0, steps - used)
    return np.pad(nodes, pad, mode="edge"), np.pad(vectors[0] ** 2, pad)


def _unit(vector: Array) -> Array:
    return vector / float(np.linalg.norm(vector))
