"""Second derivatives: the full Hessian against autograd's, both extreme eigenvalues against one gradient."""

from collections.abc import Iterator

import numpy as np
from autograd import hessian as autograd_hessian
from scipy.sparse.linalg import LinearOperator, eigsh

from benchmarks.cases import Case, large, perturbed
from benchmarks.comparison import Plan, agree, clock, compare
from benchmarks.peers import by_autograd
from benchmarks.row import Row
from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn, hessian
from rl_landscapes.probes import extreme_eigenpairs


def rows(size: int = 100) -> Iterator[Row]:
    """Measure the small Hessian, and the large one's extreme eigenvalues with entropy and without."""
    yield full_hessian(perturbed(1))
    for tau in (0.1, 0.0):
        yield extremes(large(size, n_policies=4, tau=tau))


def full_hessian(case: Case) -> Row:
    """All n^2 second derivatives at one point."""
    theta, theirs = case.thetas[0], autograd_hessian(by_autograd.soft_return(case.objective))
    plan = Plan(f"full Hessian, 5x5, {theta.size} parameters", "HIPS/autograd hessian", 50.0)
    return compare(plan, lambda: hessian(case.objective, theta), lambda: theirs(theta))


def extremes(case: Case) -> Row:
    """Lowest and highest curvature, by products alone; a ratio of 0.2 is five times the gradient."""
    objective, n = case.objective, len(case.thetas)
    for theta in case.thetas:
        found = extreme_eigenpairs(objective, theta)
        if not found.converged.all():
            raise ArithmeticError(f"eigenvalues did not converge: residuals {found.residuals}")
        agree(found.values, by_arpack(objective, theta))
    plan = Plan(
        f"both extreme eigenvalues, {objective.n_parameters:,} parameters, tau = {objective.tau:g}",
        f"value + gradient of the same world, mean over {n} points",
        target=0.2,
        times=n,
        each="point",
    )
    return clock(
        plan,
        lambda: [extreme_eigenpairs(objective, theta) for theta in case.thetas],
        lambda: [objective.value_and_gradient(theta[None]) for theta in case.thetas],
    )


def by_arpack(objective: ExactReturn, theta: Array) -> list[float]:
    """Return what SciPy's eigsh finds to machine precision."""
    product, n = objective.hessian_at(theta), theta.size
    operator = LinearOperator((n, n), matvec=lambda v: product(v.reshape(1, n))[0], dtype=np.float64)
    start = np.random.default_rng(2).normal(size=n)
    return sorted(eigsh(operator, k=2, which="BE", v0=start, return_eigenvectors=False))
