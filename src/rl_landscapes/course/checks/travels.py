"""What is asked of curvatures: along the steps of a path, and of a few axes at once with their residuals."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks import landscapes
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator

PATH = np.array([[1.0, 0.0], [1.0, 2.0], [1.5, 2.0], [4.5, -2.0]])  # steps of length 2, 1/2 and 5
UNITS = np.array([[0.0, 1.0], [1.0, 0.0], [0.6, -0.8]])


def along(student: Student, gradient: landscapes.Function, path: Array, h: float, most: int = 0) -> Array:
    """Return the student's curvatures, one for each step; 2 T points of the gradient may be asked for."""
    asked = landscapes.limited(gradient, most or landscapes.MOST)
    got = student.travel_curvature(asked, path, h)
    return expect.array(got, (len(path) - 1,), "travel_curvature(gradient, path, h)", finite=False)


def demand_along(got: Array, expected: Array, what: str, atol: float = 1e-9) -> None:
    """Demand curvatures, NaN where NaN is expected."""
    expect.agrees(got, expected, what, rtol=1e-8, atol=atol)


def linear(hessian: Array, slope: Array) -> landscapes.Function:
    """Return the gradient (K, n) -> (K, n) of a quadratic."""
    return lambda points: slope + landscapes.rows(points, len(slope)) @ hessian


def power(n: int, degree: int) -> landscapes.Function:
    """Return the gradient of sum_i x_i^degree, divided by degree: x_i^(degree - 1)."""
    return lambda points: landscapes.rows(points, n) ** (degree - 1)


def on_a_quadratic(student: Student, rng: Generator) -> None:
    """Ask along steps of three lengths, for two h: on a quadratic every h is exact."""
    hessian = np.array([[-2.0, 1.0], [1.0, 6.0]])
    expected = np.einsum("ti,ij,tj->t", UNITS, hessian, UNITS)  # 6, -2 and 2.16
    for h in (0.5, 1e-3):
        got = along(student, linear(hessian, np.array([0.3, -0.7])), PATH, h)
        demand_along(
            got, expected, f"H = [[-2, 1], [1, 6]], steps up by 2, right by 1/2, by (3, -4), h = {h:g}"
        )


def where_it_begins(student: Student, rng: Generator) -> None:
    """Ask where the curvature changes: x^3 / 3 has 2 x, and central differences of x^2 are exact."""
    expected = 2 * np.einsum("ti,ti->t", UNITS**2, PATH[:-1])
    got = along(student, power(2, 3), PATH, 0.25)
    demand_along(got, expected, "f = sum of x^3 / 3, whose Hessian is diag(2 x): d'Hd where each step begins")


def at_a_distance(student: Student, rng: Generator) -> None:
    """Ask for what both sides of a step of h show: for x^4 / 4 it is 3 x^2 + h^2 along an axis."""
    path = np.array([[2.0], [6.0], [5.5], [5.0]])
    for h in (1.0, 0.5):
        got = along(student, power(1, 4), path, h)
        expected = 3 * path[:-1, 0] ** 2 + h**2
        demand_along(got, expected, f"f = x^4 / 4 from x = 2, 6 and 5.5: 3 x^2 + h^2, h = {h:g}")


def standing_still(student: Student, rng: Generator) -> None:
    """Ask along a path that does not move in its second step, and hardly in its fourth."""
    path = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 3.0], [1.0, 3.0 + 1e-9]])
    got = along(student, linear(np.diag([-4.0, 1.0]), np.zeros(2)), path, 0.1)
    expected = np.array([-4.0, np.nan, 1.0, 1.0])
    demand_along(got, expected, "H = diag(-4, 1), steps: right by 1, none, up by 3, up by 1e-9")


def asks_little(student: Student, rng: Generator) -> None:
    """Allow 2 T points of the gradient."""
    path = np.cumsum(rng.normal(size=(41, 3)), axis=0)
    along(student, linear(landscapes.symmetric(3, rng), np.zeros(3)), path, 0.1, most=80)


def fresh_motion(student: Student, rng: Generator) -> None:
    """Compare with the same differences, taken here, of f = sum_j c_j sin(a_j'x) along fresh paths.

    |a_j| <= 2 and |c_j| <= 1 for 6 waves: the gradient is at most 12 and rounded to some 1e-14, which a
    division by 2 h >= 0.02 makes 1e-12. The step has the same bits here and there, whatever its length.
    """
    for n, h, scale in ((2, 0.3, 1.0), (7, 0.05, 0.2), (30, 0.01, 1e-4)):
        waves = rng.normal(size=(6, n))
        waves *= rng.uniform(1, 2, size=(6, 1)) / np.linalg.norm(waves, axis=1, keepdims=True)
        heights = rng.uniform(0.5, 1, size=6)

        def gradient(points: Array, waves: Array = waves, heights: Array = heights) -> Array:
            at = landscapes.rows(points, waves.shape[1])
            slopes: Array = (heights * np.cos(at @ waves.T)) @ waves
            return slopes

        path = np.cumsum(scale * rng.normal(size=(13, n)), axis=0)
        steps = np.diff(path, axis=0)
        units = steps / np.linalg.norm(steps, axis=1, keepdims=True)
        ahead, behind = gradient(path[:-1] + h * units), gradient(path[:-1] - h * units)
        expected = ((ahead - behind) * units).sum(axis=1) / (2 * h)
        what = f"a landscape of six waves in {n} dimensions, h = {h:g}"
        demand_along(along(student, gradient, path, h), expected, what)


def top(student: Student, matrix: Array, vectors: Array, n_sweeps: int, most: int = 0) -> tuple[Array, Array]:
    """Return the student's values (k,) and residuals (k,); k vectors per sweep may be given to `product`."""
    count = len(vectors)
    product = landscapes.limited(
        lambda given: landscapes.rows(given, len(matrix)) @ matrix, most or n_sweeps * count
    )
    got = student.top_curvatures(product, vectors, n_sweeps)
    found = expect.arrays(got, {"values": (count,), "residuals": (count,)}, "top_curvatures(...)")
    return found["values"], found["residuals"]


def ritz(matrix: Array, vectors: Array, n_sweeps: int) -> tuple[Array, Array]:
    """Return Ritz values, largest in size first, and residuals in the space H^(n_sweeps - 1) vectors.

    The space is that of all powers at once: the answer makes its basis anew after each. With few sweeps and
    H at size 1 the columns are far from dependent, and singular vectors give it to ten digits and more.
    """
    size = float(np.linalg.norm(matrix, 2))
    columns = np.linalg.matrix_power(matrix / size, n_sweeps - 1) @ vectors.T
    basis = np.linalg.svd(columns, full_matrices=False)[0]
    values, turned = np.linalg.eigh(basis.T @ matrix @ basis)
    axes = basis @ turned
    residuals = np.linalg.norm(matrix @ axes - axes * values, axis=0)
    order = np.argsort(-np.abs(values))
    return values[order], residuals[order]


def one_sweep(student: Student, rng: Generator) -> None:
    """Ask for the space of the vectors themselves."""
    matrix, flat = np.diag([3.0, 1.0, -5.0]), np.array([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0]])
    both = top(student, matrix, flat, 1)
    expect.close(
        both[0], [3.0, 1.0], "values: H = diag(3, 1, -5), vectors (2, 0, 0) and (1, 1, 0), one sweep"
    )
    expect.close(both[1], [0.0, 0.0], "residuals of the same: the space has two eigenvectors", atol=1e-7)
    one = top(student, matrix, np.array([[3.0, 0.0, 3.0]]), 1)
    expect.close(one[0], [-1.0], "values: H = diag(3, 1, -5), one vector (3, 0, 3), one sweep")
    expect.close(one[1], [4.0], "residuals of the same, |H v - value v| for v of length 1")


def by_size(student: Student, rng: Generator) -> None:
    """Ask for the order: -6 before 4 before -2. After 80 sweeps 1/2 has lost against 2 by 4^-79.

    And 4 against -6 by (2/3)^79: the axes of the basis are then those of the space, whoever draws the start.
    """
    matrix = landscapes.of_spectrum(np.array([4.0, -6.0, -2.0, 0.5, 0.3, -0.1]), rng)
    values, residuals = top(student, matrix, rng.normal(size=(3, 6)), 80)
    expect.close(
        values, [-6.0, 4.0, -2.0], "values, largest in size first, of six with -6, 4 and -2", atol=1e-6
    )
    expect.close(residuals, np.zeros(3), "residuals after 80 sweeps", atol=1e-5)


def residuals_belong(
    student: Student, rng: Generator, sizes: tuple[int, ...] = (12,), *, ordered: bool = False
) -> None:
    """Compare values and residuals after few sweeps, and look for an eigenvalue that near.

    All curvatures have one sign, and then the other: where they are to be `ordered`, a wrong order shows with
    one of them.
    """
    for n in sizes:
        half, vectors = landscapes.symmetric(n, rng), rng.normal(size=(3, n))
        raised = 1.2 * np.linalg.norm(half, 2) * np.eye(n)
        for matrix, sign in ((half + raised, "above"), (half - raised, "below")):
            for n_sweeps in (1, 2, 3):
                what = f"curvatures {sign} 0 in {n} dimensions, 3 vectors, sweeps: {n_sweeps}"
                demand_ritz(student, matrix, vectors, n_sweeps, what, ordered=ordered)


def demand_ritz(
    student: Student, matrix: Array, vectors: Array, n_sweeps: int, what: str, *, ordered: bool = False
) -> None:
    """Demand Ritz values and residuals, in any order unless `ordered`, and an eigenvalue within each."""
    values, residuals = top(student, matrix, vectors, n_sweeps)
    if not ordered:
        by_size = np.argsort(-np.abs(values))
        values, residuals = values[by_size], residuals[by_size]
    nearest = np.abs(np.linalg.eigvalsh(matrix) - values[:, None]).min(axis=1)
    held = bool((nearest <= residuals + 1e-7).all())
    expect.true(held, f"an eigenvalue lies within each residual, {what}", got=residuals, expected=nearest)
    expected = ritz(matrix, vectors, n_sweeps)
    expect.close(values, expected[0], f"values, {what}", atol=1e-6)
    expect.close(residuals, expected[1], f"residuals, {what}", atol=1e-6)


def many_sweeps(student: Student, rng: Generator) -> None:
    """Sweep 80 times over curvatures of a million: powers overflow, and vectors fall into one."""
    eigenvalues = 1e6 * np.array([-8.0, 5.0, 3.0, 1.0, 0.5, -0.5, 0.2, 0.1])
    matrix = landscapes.of_spectrum(eigenvalues, rng)
    values, _ = top(student, matrix, rng.normal(size=(3, 8)), 80)
    expect.close(
        values[np.argsort(-np.abs(values))],
        eigenvalues[:3],
        "values after 80 sweeps of 3 products, top -8e6, 5e6 and 3e6",
        atol=1.0,
    )


def fresh_tops(student: Student, rng: Generator) -> None:
    """Draw spectra whose fourth value has half the size of the third.

    After m sweeps the Ritz values are wrong by at most the size of H times (2^-(m - 1) tan f)^2, f being the
    angle between the space of the start and that of the top (Saad 2011, theorem 5.2). With m = 60 this is
    below 1e-7 unless tan f is above 1e14.
    """
    residuals_belong(student, rng, (6, 20), ordered=True)
    for n in (8, 40):
        tops = rng.choice([-1, 1], size=3) * np.array([6.0, 4.5, 3.2]) * rng.uniform(1, 1.1)
        eigenvalues = np.concatenate([tops, rng.uniform(-1.5, 1.5, size=n - 3)])
        for scale in (1.0, 1e-12):
            matrix = scale * landscapes.of_spectrum(eigenvalues, rng)
            values, residuals = top(student, matrix, rng.normal(size=(3, n)), 60)
            what = f"of {scale:g} times a matrix in {n} dimensions, 60 sweeps"
            expect.close(values / scale, tops, f"values {what}", atol=1e-6)
            expect.close(residuals / scale, np.zeros(3), f"residuals {what}", atol=1e-5)
    values, residuals = top(student, np.zeros((4, 4)), rng.normal(size=(2, 4)), 3)
    expect.close([values, residuals], np.zeros((2, 2)), "values and residuals of H = 0")
