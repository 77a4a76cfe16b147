"""Lanczos iteration: a large symmetric matrix, known by its products alone, seen in a small Krylov space."""

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from rl_landscapes.arrays import Array
from rl_landscapes.objectives.base import HessianProduct

SHORT_RUN = 60  # steps with all vectors kept, before ARPACK takes over with restarts
LOOK_EVERY = 2  # steps
EPSILON = float(np.finfo(np.float64).eps)
LOOSE = EPSILON**0.5  # overlap of basis vectors that leaves the Ritz values exact to rounding
PRECISION = 5e-7  # of the largest |eigenvalue|: residual at which the iteration stops


def lanczos(
    product: HessianProduct,
    start: Array,
    steps: int,
    enough: Callable[[Array, Array], bool] = lambda diagonal, beside: False,
    *,
    size: float | None = None,
) -> tuple[float, Array, Array, Array]:
    """Return the size of H, and H over it in a Krylov space: diagonal (j,), beside it (j,), basis (j, n).

    On plateaus H is so small that norms would underflow; so it is divided by its size on `start`, if none is
    given. The last entry beside the diagonal leads out of the space. Vectors that rounding has moved are made
    orthogonal again. Stops after `steps`, when the space closes, or, looking at every second step, when what
    was found is `enough`. Lanczos (1950).
    """
    first = product(start[None])[0]
    size = size or float(np.abs(first).max()) or 1.0
    basis, diagonal, beside = np.zeros((steps, start.size)), np.zeros(steps), np.zeros(steps)
    basis[0], before, now, again = start, np.zeros(0), np.ones(1), False
    for used in range(1, steps + 1):
        known, last = basis[:used], used - 1
        image = (product(known[-1:])[0] if last else first) / size
        diagonal[last] = image @ known[-1]
        image -= diagonal[last] * known[-1]
        if last:
            image -= beside[last - 1] * known[-2]
        beside[last] = np.linalg.norm(image)
        before, now = now, _overlaps(before, now, diagonal[:used], beside[:used])
        if again or np.abs(now[:-1]).max() > LOOSE:  # then the next one too: both enter what follows
            image, again = _orthogonal(image, known), not again
            beside[last], now[:-1] = np.linalg.norm(image), EPSILON
        found = diagonal[:used], beside[:used]
        if used == steps or _closed(*found) or (used % LOOK_EVERY == 0 and enough(*found)):
            break
        basis[used] = image / beside[last]
    return size, *found, basis[:used]


def _overlaps(before: Array, now: Array, diagonal: Array, beside: Array) -> Array:
    """Estimate the next vector's inner products with all others, from those of the last two. Simon (1984)."""
    last, noise = len(now) - 1, EPSILON * np.abs([diagonal, beside]).max()
    overlap = beside[:last] * now[1:] + (diagonal[:last] - diagonal[last]) * now[:-1]
    overlap[1:] += beside[: max(last - 1, 0)] * now[: max(last - 1, 0)]
    overlap -= beside[last - 1] * before
    overlap = (overlap + np.copysign(noise, overlap)) / max(beside[last], np.finfo(np.float64).tiny)
    return np.concatenate([overlap, [EPSILON, 1.0]])


def _orthogonal(image: Array, known: Array) -> Array:
    """Take out of `image` (n,) its part in the span of `known`; again if little is left."""
    for _ in range(2):
        before = np.linalg.norm(image)
        image = image - (image @ known.T) @ known
        if np.linalg.norm(image) > 0.7 * before:
            break
    return image


def extreme_pairs(
    product: HessianProduct, n: int, k: int, rng: np.random.Generator, max_restarts: int
) -> tuple[Array, Array]:
    """Return the k lowest and k highest eigenvalues (2k,) and vectors (2k, n), as precise as could be had.

    A run sees each eigenvalue once, however often it occurs: in a Krylov space it occurs once. So, if k > 1,
    further runs search the space outside of all that was found, until nothing there lies beyond the k-th.
    """
    values, vectors, settled = _run(product, _drawn(n, rng), k, max_restarts)
    if not values.any():  # only the zero matrix does that to a random vector
        return np.zeros(2 * k), np.eye(2 * k, n)
    size = float(np.abs(values).max())
    while settled and len(values) < n and (k > 1 or len(values) < 2):
        low, high = np.sort(values)[:k][-1], np.sort(values)[-k:][0]
        outside, start = _outside(product, vectors, (low + high) / 2), _drawn(n, rng, vectors)
        more, columns, settled = _run(outside, start, 1, max_restarts, size)
        slack = PRECISION * size
        if len(values) >= 2 * k and low <= more.min() + slack and more.max() <= high + slack:
            break
        values, vectors = np.concatenate([values, more]), np.concatenate([vectors, columns])
    if k > 1:
        values, vectors = _best_within(product, vectors)
    ends = np.concatenate([np.arange(len(values))[:k], np.arange(len(values))[-k:]])
    return values[ends], vectors[ends]


def _run(
    product: HessianProduct, start: Array, k: int, max_restarts: int, size: float | None = None
) -> tuple[Array, Array, bool]:
    """Return up to k eigenvalues at each end, ascending, their vectors, and whether they are precise.

    Precise for a matrix of the given `size`, the largest |eigenvalue| found if None.
    """
    scale = 0.0 if size is None else 1.0
    steps = min(start.size, max(4 * k, SHORT_RUN))
    size, diagonal, beside, basis = lanczos(
        product, start, steps, lambda a, b: _settled(a, b, k, scale), size=size
    )
    values, vectors = eigh_tridiagonal(diagonal, beside[:-1])
    ends = np.unique(np.concatenate([np.arange(len(values))[:k], np.arange(len(values))[-k:]]))
    values, columns = values[ends], vectors[:, ends].T @ basis
    settled = _settled(diagonal, beside, k, scale)
    if not settled and values.any():
        values, columns, settled = _restarted(lambda v: product(v) / size, values, columns, k, max_restarts)
    return size * values, columns, settled


def _settled(diagonal: Array, beside: Array, k: int, scale: float) -> bool:
    """Whether the k lowest and k highest Ritz pairs are precise; a residual is beside[-1] |last entry|."""
    if _closed(diagonal, beside):
        return True
    values, vectors = eigh_tridiagonal(diagonal, beside[:-1])
    last = np.concatenate([vectors[-1, :k], vectors[-1, -k:]])
    precise = beside[-1] * np.abs(last) <= PRECISION * max(np.abs(values).max(), scale)
    return len(values) >= 2 * k and bool(precise.all())


def _closed(diagonal: Array, beside: Array) -> bool:
    """Whether the Krylov space is one that H does not lead out of."""
    return bool(beside[-1] <= 1e-12 * max(np.abs(diagonal).max(), 1e-300))


def _drawn(n: int, rng: np.random.Generator, known: Array | None = None) -> Array:
    """Draw a unit vector (n,), orthogonal to the rows of `known`."""
    vector = rng.normal(size=n)
    if known is not None:
        vector = _orthogonal(vector / np.linalg.norm(vector), known)
    return vector / float(np.linalg.norm(vector))


def _outside(product: HessianProduct, known: Array, value: float) -> HessianProduct:
    """Return the products of H outside the span of the rows of `known`; in it every eigenvalue is `value`."""

    def outside(vectors: Array) -> Array:
        inside = vectors @ known.T
        moved = product(vectors - inside @ known)
        return moved + (value * inside - moved @ known.T) @ known

    return outside


def _best_within(product: HessianProduct, vectors: Array) -> tuple[Array, Array]:
    """Return all eigenpairs of H seen in the span of `vectors` (m, n): Rayleigh and Ritz."""
    basis = np.linalg.qr(vectors.T)[0].T
    images = product(basis)
    size = float(np.abs(images).max()) or 1.0
    matrix = images / size @ basis.T
    values, columns = np.linalg.eigh((matrix + matrix.T) / 2)
    return size * values, columns.T @ basis


def _restarted(
    product: HessianProduct, values: Array, vectors: Array, k: int, max_restarts: int
) -> tuple[Array, Array, bool]:
    """Carry Ritz pairs on by ARPACK; return them as they are if it does not converge, and whether it did.

    Its tolerance is relative to each eigenvalue, ours to the largest: so it works on H + shift.
    """
    n, shift = vectors.shape[1], 2 * float(np.abs(values).max())
    operator = LinearOperator(
        (n, n), matvec=lambda v: product(v.reshape(1, n))[0] + shift * v.ravel(), dtype=np.float64
    )
    settings = {"which": "BE", "v0": vectors.sum(axis=0), "tol": PRECISION / 3, "maxiter": max_restarts}
    try:
        shifted, columns = eigsh(operator, k=2 * k, **settings)
    except ArpackError:
        return values, vectors, False
    order = np.argsort(shifted)
    return shifted[order] - shift, columns.T[order], True
