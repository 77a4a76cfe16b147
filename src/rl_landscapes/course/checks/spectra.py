"""What is asked of spectra: their ends, their spread, and the weight at which a step gets too long."""

import math
from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks import landscapes
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


def stable_weight(student: Student, hessian: Array, entropy_hessian: Array, step: float) -> float:
    """Return the student's weight, a number that may be infinite."""
    got = student.largest_stable_weight(hessian, entropy_hessian, step)
    return expect.number(got, "largest_stable_weight(hessian, entropy_hessian, step)", finite=False)


def demand_edge(student: Student, rng: Generator, n: int) -> None:
    """Demand that the lowest eigenvalue is -2 / step at the student's weight, in a random landscape.

    It is a concave function of the weight and above -2 / step at 0, so there is one such weight at most.
    """
    hessian, bends = landscapes.symmetric(n, rng), landscapes.symmetric(n, rng)
    bends -= (np.linalg.eigvalsh(bends)[0] + rng.uniform(0.5, 2)) * np.eye(
        n
    )  # so that it bends down somewhere
    step = float(rng.uniform(0.2, 0.9)) * 2 / max(1.0, -float(np.linalg.eigvalsh(hessian)[0]))
    tau = expect.between(stable_weight(student, hessian, bends, step), 0.0, 1e6, f"weight in {n} dimensions")
    lowest = float(np.linalg.eigvalsh(hessian + tau * bends)[0])
    expect.close(lowest, -2 / step, f"lowest eigenvalue of H + tau K at tau = {tau:.6g}", rtol=1e-6)


def at_the_uniform_policy(occupancy: Array, n_actions: int) -> Array:
    """Return the Hessian of the discounted entropy at the uniform policy: a table of logits, and a bias.

    v'K v = -(1/A) sum_s d(s) |v_s + v_b - mean|^2, the mean over actions: chapter 8 of the book.
    """
    n_states = len(occupancy)
    centred = np.eye(n_actions) - 1 / n_actions
    reads = np.concatenate([np.eye(n_states), np.ones((n_states, 1))], axis=1)  # state s reads v_s and v_b
    return -np.kron((reads.T * occupancy) @ reads, centred) / n_actions


DIRECTIONS = 100_000


class Seen(NamedTuple):
    """What a student's sampled_spectrum says."""

    mean: float
    mean_error: float
    spread: float


def product_of(matrix: Array, most: int = landscapes.MOST) -> landscapes.Function:
    """Return vectors (k, n) -> H v (k, n), for at most so many vectors in all."""
    return landscapes.limited(lambda vectors: landscapes.rows(vectors, len(matrix)) @ matrix, most)


def sampled(student: Student, matrix: Array, n_directions: int, rng: Generator) -> Seen:
    """Return the student's answer as three numbers."""
    return answered(student.sampled_spectrum(product_of(matrix), len(matrix), n_directions, rng))


def answered(got: object) -> Seen:
    """Return what sampled_spectrum gave as three numbers."""
    found = expect.arrays(got, dict.fromkeys(Seen._fields, ()), "sampled_spectrum(...)")
    return Seen(*map(float, found.values()))


def demand_spectrum(student: Student, matrix: Array, rng: Generator) -> None:
    """Demand mean and spread of the eigenvalues from 100,000 directions, each missed with a chance of 1e-8.

    The D curvatures are independent and lie in [lambda_min, lambda_max], an interval of length w. Their mean
    is further than w sqrt(log(2 / p) / 2D) from tr H / n with a chance of at most p (Hoeffding 1963). Their
    deviation is further than w sqrt(2 log(2 / p) / (D - 1)) from the true one with a chance of at most p
    (Maurer and Pontil 2009, theorem 10); times sqrt((n + 2) / 2) it is the spread.
    """
    eigenvalues, n = np.linalg.eigvalsh(matrix), len(matrix)
    width, room = float(np.ptp(eigenvalues)), math.log(2 / landscapes.CHANCE)
    got, mean, spread = sampled(student, matrix, DIRECTIONS, rng), eigenvalues.mean(), eigenvalues.std()
    error = width * math.sqrt(room / (2 * DIRECTIONS))
    expect.between(got.mean, mean - error, mean + error, f"mean from {DIRECTIONS:,} directions, n = {n}")
    error = width * math.sqrt(2 * room / (DIRECTIONS - 1)) * math.sqrt((n + 2) / 2)
    expect.between(
        got.spread, spread - error, spread + error, f"spread from {DIRECTIONS:,} directions, n = {n}"
    )


def reports_its_sample(student: Student, rng: Generator) -> None:
    """Demand mean and spread of the curvatures along the directions that were asked for, five of them."""
    n, means = 40, []
    matrix = landscapes.symmetric(n, rng)
    for seed in rng.integers(2**31, size=2):
        product = landscapes.Asked(lambda vectors: vectors @ matrix, n)
        found = answered(student.sampled_spectrum(product, n, 5, np.random.default_rng(int(seed))))
        given = np.concatenate([np.zeros((0, n)), *product.points])
        expect.true(len(given) == 5, "vectors given to product", got=len(given), expected=5)
        squares = (given**2).sum(axis=1)
        expect.true(bool((squares > 0).all()), "directions must not be 0", got=given)
        curvatures = (given @ matrix * given).sum(axis=1) / squares
        expect.close(found.mean, curvatures.mean(), "mean of the five curvatures that were sampled")
        wanted = curvatures.std(ddof=1) * math.sqrt((n + 2) / 2)
        expect.close(found.spread, wanted, "spread from five curvatures")
        means.append(found.mean)
    expect.true(means[0] != means[1], "another generator must draw other directions", got=means)


def ends(student: Student, matrix: Array, n_steps: int, seed: int) -> tuple[float, float]:
    """Return the student's lowest and highest curvature after so many products; `seed` draws the start."""
    rng = np.random.default_rng(seed)
    got = student.extreme_curvatures(product_of(matrix, n_steps), len(matrix), n_steps, rng)
    low, high = expect.items(got, 2, "extreme_curvatures(...)")
    return expect.number(low, "the lowest curvature"), expect.number(high, "the highest curvature")


def demand_ends(
    student: Student, matrix: Array, n_steps: int, rng: Generator, what: str, rtol: float = 1e-7
) -> None:
    """Demand both ends of the spectrum, to a part `rtol` of its size."""
    eigenvalues = np.linalg.eigvalsh(matrix)
    got = ends(student, matrix, n_steps, int(rng.integers(2**31)))
    size = float(np.abs(eigenvalues).max())
    expect.close(got, eigenvalues[[0, -1]], f"extreme_curvatures {what}", rtol=0.0, atol=rtol * size)


def first_vector(student: Student, matrix: Array, n_steps: int, seed: int) -> Array:
    """Return the first vector that was given to `product`, at length one."""
    product = landscapes.Asked(lambda vectors: vectors @ matrix, len(matrix))
    student.extreme_curvatures(product, len(matrix), n_steps, np.random.default_rng(seed))
    given = bool(product.points and product.points[0].any())
    expect.true(given, "product must be given a start that is not 0")
    start = product.points[0][0]
    return start / max(float(np.linalg.norm(start)), 1e-300)


def common_axes(student: Student, rng: Generator) -> None:
    """Ask for weights of diagonal matrices."""
    got = stable_weight(student, np.diag([-1.0, -6.0, 3.0]), np.diag([-10.0, 1.0, -25.0]), 0.1)
    expect.close(got, 23 / 25, "H = diag(-1, -6, 3), K = diag(-10, 1, -25), step 0.1", rtol=1e-6)
    got = stable_weight(student, np.zeros((2, 2)), np.diag([-25.0, -50.0]), 0.1)
    expect.close(got, 0.4, "H = 0, K = diag(-25, -50), step 0.1", rtol=1e-6)
    got = stable_weight(student, np.zeros((2, 2)), np.diag([-0.001, 1.0]), 0.1)
    expect.close(got, 20000.0, "H = 0, K = diag(-0.001, 1), step 0.1", rtol=1e-6)


def endless(student: Student, rng: Generator) -> None:
    """Ask for infinity."""
    for bends in (np.diag([1.0, 2.0]), np.zeros((2, 2))):
        got = stable_weight(student, np.diag([-1.0, 1.0]), bends, 0.5)
        expect.true(got == math.inf, "K without a negative eigenvalue", got=got, expected="inf")


def step_too_long(student: Student, rng: Generator) -> None:
    """Ask for a refusal."""
    got = stable_weight(student, np.diag([-3.0, 1.0]), np.diag([1.0, -1.0]), 0.5)
    expect.close(got, 5.0, "H = diag(-3, 1), K = diag(1, -1), step 0.5", rtol=1e-6)
    with expect.refusal("ValueError", "H = diag(-5, 1) and step 0.5: the step is too long at tau = 0"):
        student.largest_stable_weight(np.diag([-5.0, 1.0]), np.diag([1.0, -1.0]), 0.5)


def own_axes(student: Student, rng: Generator) -> None:
    """Ask for the edge in five dimensions."""
    demand_edge(student, rng, 5)


def fresh_edges(student: Student, rng: Generator) -> None:
    """Ask for the edge in other dimensions, and at the uniform policy."""
    for n in (2, 9, 30):
        demand_edge(student, rng, n)
    n_actions, gamma, step = (
        int(rng.integers(2, 6)),
        float(rng.uniform(0.5, 0.99)),
        float(rng.uniform(0.05, 0.5)),
    )
    occupancy = rng.dirichlet(np.ones(4)) / (1 - gamma)
    bends = at_the_uniform_policy(occupancy, n_actions)
    got = stable_weight(student, np.zeros_like(bends), bends, step)
    exact = 2 / (step * -float(np.linalg.eigvalsh(bends)[0]))
    expect.close(got, exact, "the entropy of a uniform policy with a shared bias, no rewards", rtol=1e-6)


def no_spread(student: Student, rng: Generator) -> None:
    """Ask for the spectrum of -3 I."""
    got = sampled(student, -3.0 * np.eye(7), 20, rng)
    expect.close(got, [-3.0, 0.0, 0.0], "mean, mean_error and spread for H = -3 I")


def two_dimensions(student: Student, rng: Generator) -> None:
    """Fails a right answer with a chance of at most 2e-8: two comparisons of `demand_spectrum`."""
    demand_spectrum(student, np.diag([1.5, -0.5]), rng)


def errors(student: Student, rng: Generator) -> None:
    """Ask for the error of the mean."""
    for n, n_directions in ((6, 50), (20, 400)):
        got = sampled(student, landscapes.symmetric(n, rng), n_directions, rng)
        expect.true(got.spread > 0, "the spread of different eigenvalues must be above 0", got=got.spread)
        ratio = math.sqrt(2 / (n + 2) / n_directions)
        what = f"mean_error over spread, {n_directions} directions in {n} dimensions"
        expect.close(got.mean_error / got.spread, ratio, what)
    reports_its_sample(student, rng)


def fresh_spectra(student: Student, rng: Generator) -> None:
    """Fails a right answer with a chance of at most 8e-8: eight comparisons of `demand_spectrum`.

    On the axes themselves directions that are uniform in a cube have a spread that is too small by a sixth
    or more, whatever the draw.
    """
    for n in (3, 5, 8):
        eigenvalues = np.where(np.arange(n) < 1 + n // 3, 1.0, -1.0) * rng.uniform(0.5, 1, size=n)
        demand_spectrum(student, landscapes.of_spectrum(eigenvalues, rng), rng)
        if n == 5:
            demand_spectrum(student, np.diag(eigenvalues), rng)


def complete(student: Student, rng: Generator) -> None:
    """Exact unless the start has hardly a component on an end's axis: below 1e-9 with a chance of 5e-9."""
    eigenvalues = np.array([-6.0, -2.5, -1.0, -0.3, 0.4, 1.0, 2.0, 3.0]) + rng.uniform(0, 0.1, size=8)
    demand_ends(student, landscapes.of_spectrum(eigenvalues, rng), 8, rng, "in 8 dimensions, 8 steps")


def demand_inside(student: Student, matrix: Array, seed: int) -> None:
    """Demand ends that lie in the spectrum and never draw back."""
    eigenvalues, before = np.linalg.eigvalsh(matrix), (math.inf, -math.inf)
    for n_steps in (1, 2, 4, 8, 16):
        low, high = ends(student, matrix, n_steps, seed)
        inside = eigenvalues[0] - 1e-9 <= low <= high + 1e-9 and high <= eigenvalues[-1] + 1e-9
        what = f"after {n_steps} steps in 30 dimensions"
        expect.true(bool(inside), f"{what} both ends must lie in the spectrum", got=[low, high])
        wider = low <= before[0] + 1e-9 and high >= before[1] - 1e-9
        expect.true(wider, f"{what} neither end may draw back", got=[low, high], expected=list(before))
        before = low, high


def inside(student: Student, rng: Generator) -> None:
    """Ask after every number of steps, also where all curvatures are about 100."""
    matrix, seed = landscapes.symmetric(30, rng), int(rng.integers(2**31))
    for raised in (0.0, 100.0):
        demand_inside(student, matrix + raised * np.eye(30), seed)
    one = ends(student, matrix, 1, seed)
    expect.close(one[0], one[1], "after one step there is one curvature, and both ends")
    other = ends(student, matrix, 1, seed + 1)
    expect.true(one[0] != other[0], "another generator must draw another start", got=other[0])
    same = [first_vector(student, matrix, n_steps, seed) for n_steps in (1, 2, 5)]
    expect.close(
        np.stack(same), np.stack(same[:1] * 3), "the first vector of 1, 2 and 5 steps, one generator"
    )


def four_eigenvalues(student: Student, rng: Generator) -> None:
    """Exact unless the start has hardly a component in one of four spaces of 5 dimensions and more.

    The squared share of a random direction in 5 of 50 dimensions is below 1e-5 with a chance of 3e-10.
    """
    eigenvalues = np.repeat([-2.0, -0.5, 0.5, 1.0], [20, 20, 5, 5])
    matrix = landscapes.of_spectrum(eigenvalues, rng)
    for n_steps in (4, 12):
        demand_ends(student, matrix, n_steps, rng, f"in 50 dimensions, {n_steps} steps")


def two_stand_out(student: Student, rng: Generator) -> None:
    """Fails a right answer with a chance of at most 1e-8.

    By the bound of Kaniel, Paige and Saad the upper end falls short by at most w (tan f / T(1 + 2 g))^2 after
    31 steps: w = 9 is the length of the spectrum, f the angle between start and axis, T the 30th Chebyshev
    polynomial, and g = (3 - 0.1) / (0.1 + 6) the gap; so T is 2.9e16. A random direction has a component of
    less than 6e-10 on an axis with a chance of 5e-9; otherwise the bound is below 1e-13. The gap at the lower
    end is larger.
    """
    eigenvalues = np.concatenate([[-6.0, 3.0], rng.uniform(-0.1, 0.1, size=98)])
    demand_ends(student, landscapes.of_spectrum(eigenvalues, rng), 31, rng, "in 100 dimensions, 31 steps")


def plateau(student: Student, rng: Generator) -> None:
    """Exact unless the start has hardly a component on an end's axis: below 1e-9 with a chance of 5e-9.

    In two dimensions, with a start at an angle f to an axis, the part of H q that is left has the length
    0.003 |sin 2f|, and is below 1e-10 with a chance of 3e-8.
    """
    eigenvalues = np.array([-4.0, -1.0, -0.5, 0.5, 1.0, 2.0]) + rng.uniform(0, 0.1, size=6)
    matrix = landscapes.of_spectrum(eigenvalues, rng)
    demand_ends(student, 1e-12 * matrix, 6, rng, "of 1e-12 times a matrix")
    tilted = np.eye(2) + 1e-3 * landscapes.of_spectrum(np.array([-4.0, 2.0]), rng)
    demand_ends(student, tilted, 2, rng, "of I plus a matrix a thousand times smaller", 1e-10)
    got = ends(student, np.zeros((5, 5)), 5, int(rng.integers(2**31)))
    expect.close(got, [0.0, 0.0], "extreme_curvatures of H = 0")
