"""Spectra: the true curvatures that random directions only sample."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh_tridiagonal

from rl_landscapes.arrays import Array, BoolArray, as_generator, at_least, positive
from rl_landscapes.objectives.base import HessianProduct, Objective, hessian, hessian_at
from rl_landscapes.probes.lanczos import extreme_pairs, lanczos
from rl_landscapes.records import Provenance, provenance
from rl_landscapes.records.outline import summary

TOLERANCE = 1e-6  # of the largest |eigenvalue|: residuals below it count as converged


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenpairs of the Hessian at theta, eigenvalues ascending, and how well each solves H v = lambda v.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> spectrum = probes.full_spectrum(objectives.quadratic(np.diag([-4.0, 0.0, 1.0])), np.zeros(3))
    >>> spectrum.values, spectrum.converged, spectrum.largest_stable_step
    (array([-4.,  0.,  1.]), array([ True,  True,  True]), 0.5)
    """

    theta: Array  # (n,)
    values: Array  # (k,)
    vectors: Array  # (k, n)
    residuals: Array  # (k,)
    provenance: Provenance

    __repr__ = summary

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
    """Return all n eigenpairs of the Hessian at `theta` (n,), by a dense decomposition.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> probes.full_spectrum(objectives.goodfellow_saddle(), np.zeros(2)).values.round(6)
    array([-2.,  2.])
    """
    matrix = hessian(objective, theta)
    values, columns = np.linalg.eigh(matrix)
    return _spectrum(theta, values, columns.T, lambda v: v @ matrix, provenance(None, objective))


def extreme_eigenpairs(
    objective: Objective,
    theta: Array,
    *,
    k: int = 1,
    rng: np.random.Generator | None = None,
    max_restarts: int = 100,
) -> Spectrum:
    """Return the k lowest and the k highest eigenpairs of the Hessian at `theta` (n,), by Lanczos iteration.

    Works on Hessian-vector products alone, from a random vector drawn from `rng` (seed 0 if None): one short
    run with all vectors kept and, where that is not enough, at most `max_restarts` restarts by ARPACK. If
    these do not converge either, as happens where many eigenvalues crowd at one end, the pairs of the short
    run are returned with their residuals. Lehoucq, Sorensen and Yang (1998).

    An eigenvalue that occurs m times counts m times. One run sees it once, so for k > 1 another one looks
    for it outside of what was found, and more follow as long as they find something: k = 2 costs about twice
    as much as k = 1, and more only where there are multiples. A residual says how well a pair solves
    H v = lambda v, not that no other was missed; all runs start at random for that.

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> saddle = objectives.quadratic(np.diag(np.arange(-5.0, 6.0)))
    >>> ends = probes.extreme_eigenpairs(saddle, np.zeros(11), k=2)
    >>> ends.values.round(6), ends.converged.all().tolist()
    (array([-5., -4.,  4.,  5.]), True)
    """
    product = hessian_at(objective, theta)
    n = objective.n_parameters
    if 2 * at_least("k", k, 1) >= n:
        raise ValueError(f"k must be less than n / 2 = {n / 2:g}, got {k}; full_spectrum gives all of them")
    origin = provenance(rng, objective)
    generator = np.random.default_rng(0) if rng is None else rng
    values, vectors = extreme_pairs(product, n, k, generator, at_least("max_restarts", max_restarts, 1))
    return _spectrum(theta, values, vectors, product, origin)


def _spectrum(
    theta: Array, values: Array, vectors: Array, product: HessianProduct, origin: Provenance
) -> Spectrum:
    missing = product(vectors) - values[:, None] * vectors
    size = float(np.abs(missing).max()) or 1.0
    residuals = size * np.linalg.norm(missing / size, axis=1)
    return Spectrum(np.array(theta, dtype=np.float64), values, vectors, residuals, origin)


@dataclass(frozen=True, eq=False)
class SpectralDensity:
    """An estimate of the eigenvalue density: weights at nodes, one Gauss rule for each random probe vector.

    Each row of `weights` sums to 1; the mean over rows estimates (1/n) sum_i delta(lambda - lambda_i).

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> saddle, rng = objectives.quadratic(np.diag([-2.0, 1.0, 1.0])), np.random.default_rng(0)
    >>> density = probes.spectral_density(saddle, np.zeros(3), n_probes=2, n_steps=2, rng=rng)
    >>> density.nodes.round(6)
    array([[-2.,  1.],
           [-2.,  1.]])
    """

    theta: Array  # (n,)
    nodes: Array  # (n_probes, n_steps)
    weights: Array  # (n_probes, n_steps)
    provenance: Provenance

    __repr__ = summary

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

    Examples
    --------
    >>> import numpy as np
    >>> from rl_landscapes import objectives, probes
    >>> bowl, rng = objectives.quadratic(np.diag([-3.0, -1.0])), np.random.default_rng(0)
    >>> density = probes.spectral_density(bowl, np.zeros(2), n_probes=4, n_steps=2, rng=rng)
    >>> density.nodes.round(6), density.weights.sum(axis=1).round(6)
    (array([[-3., -1.],
           [-3., -1.],
           [-3., -1.],
           [-3., -1.]]), array([1., 1., 1., 1.]))
    """
    product, n = hessian_at(objective, theta), objective.n_parameters
    origin = provenance(as_generator(rng), objective)
    steps = min(at_least("n_steps", n_steps, 1), n)
    rules = [
        _gauss_rule(product, _unit(rng.normal(size=n)), steps)
        for _ in range(at_least("n_probes", n_probes, 1))
    ]
    nodes, weights = (np.stack(part) for part in zip(*rules, strict=True))
    return SpectralDensity(np.array(theta, dtype=np.float64), nodes, weights, origin)


def _gauss_rule(product: HessianProduct, start: Array, steps: int) -> tuple[Array, Array]:
    """Return nodes and weights (steps,); a Krylov space that is smaller leaves nodes of weight zero."""
    size, diagonal, beside, _ = lanczos(product, start, steps)
    nodes, vectors = eigh_tridiagonal(diagonal, beside[:-1])
    pad = (0, steps - len(nodes))
    return size * np.pad(nodes, pad, mode="edge"), np.pad(vectors[0] ** 2, pad)


def _unit(vector: Array) -> Array:
    return vector / float(np.linalg.norm(vector))
