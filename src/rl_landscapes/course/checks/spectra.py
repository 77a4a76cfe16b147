"""What is asked of spectra: their spread, and the weight at which a step gets too long."""

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
    Upwards the landscape bends by more than 2 / step at every weight, which must not matter.
    """
    hessian, bends = landscapes.symmetric(n, rng), landscapes.symmetric(n, rng)
    low, high = np.linalg.eigvalsh(bends)[[0, -1]]
    bends -= (low + rng.uniform(0.2, 0.8) * (high - low)) * np.eye(
        n
    )  # so that it bends down somewhere, and up
    lowest = float(np.linalg.eigvalsh(hessian)[0])
    step = float(rng.uniform(0.2, 0.9)) * 2 / max(1.0, -lowest)
    up = np.linalg.eigh(bends)[1][:, -1]
    hessian += (4 / step + abs(lowest)) * np.outer(up, up)
    tau = expect.between(stable_weight(student, hessian, bends, step), 0.0, 1e6, f"weight in {n} dimensions")
    got = float(np.linalg.eigvalsh(hessian + tau * bends)[0])
    expect.close(got, -2 / step, f"lowest eigenvalue of H + tau K at tau = {tau:.6g}", rtol=1e-6)


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
