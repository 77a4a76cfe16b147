"""What is asked of random directions, of probes and of verdicts on what they see."""

from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks import landscapes
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


NAMES = ("slope", "slope_error", "curvature", "curvature_error")


class Episodes(NamedTuple):
    """A noisy quadratic and where it is probed."""

    slopes: Array  # (N, n) at theta = 0
    hessians: Array  # (N, n, n)
    theta: Array  # (n,)
    directions: Array  # (D, n)

    def looks(self) -> tuple[Array, Array]:
        """Return slopes and curvatures (D, N) by episode: exactly what differences give on a quadratic."""
        gradients = self.slopes + self.hessians @ self.theta
        bends = np.einsum("di,jil,dl->dj", self.directions, self.hessians, self.directions)
        return self.directions @ gradients.T, bends

    def probed(self, student: Student, alpha: float, rng: Generator) -> dict[str, Array]:
        """Return the student's answer, every entry of it an array (D,)."""
        objective = landscapes.episodes(self.slopes, self.hessians, rng)
        return answered(student.probe(objective, self.theta, self.directions, alpha), len(self.directions))


def some_episodes(rng: Generator, n_episodes: int) -> Episodes:
    """Return a noisy quadratic in 3 to 6 dimensions."""
    n = int(rng.integers(3, 7))
    hessians = np.stack([landscapes.symmetric(n, rng) for _ in range(n_episodes)])
    return Episodes(
        rng.normal(size=(n_episodes, n)), hessians, rng.normal(size=n), landscapes.directions(8, n, rng)
    )


def answered(got: object, n_directions: int) -> dict[str, Array]:
    """Return what `probe` gave as four arrays of finite numbers."""
    found = expect.fields(got, NAMES, "probe(objective, theta, directions, alpha)")
    return {name: expect.array(found[name], (n_directions,), f'probe(...)["{name}"]') for name in NAMES}


def monkey(points: Array) -> Array:
    """Return x^3 - 3 x y^2 at points (K, 2), as one episode."""
    x, y = landscapes.rows(points, 2).T
    return (x**3 - 3 * x * y**2)[:, None]


def uniform(found: Array, axes: Array) -> None:
    """Demand that the projections of directions (D, n) on axes (k, n) have the law of the sphere."""
    expect.close(np.linalg.norm(found, axis=1), np.ones(len(found)), "the length of every direction")
    for axis in axes:
        name = f"({', '.join(f'{x:.2g}' for x in axis[:3])}{', ...' if len(axis) > 3 else ''})"
        on_the_sphere(found @ axis / np.linalg.norm(axis), len(axis), name)


def on_the_sphere(projections: Array, n: int, name: str) -> None:
    """Demand that projections (D,) have the law of the sphere; a right answer fails with a chance of 1e-8."""
    got, most = landscapes.distance_from_sphere(projections, n), landscapes.largest_distance(len(projections))
    expect.true(
        got <= most,
        f"{len(projections):,} directions in {n} dimensions are not uniform: see their projection on {name}",
        got=f"{got:.4f} between its distribution function and that of uniform directions",
        expected=f"at most {most:.4f}",
    )


def unit_length(student: Student, rng: Generator) -> None:
    """Ask for the length of every direction."""
    for count, n in ((7, 3), (4, 4), (1, 108)):
        found = expect.array(
            student.unit_directions(count, n, rng), (count, n), f"unit_directions({count}, {n}, rng)"
        )
        expect.close(np.linalg.norm(found, axis=1), np.ones(count), "the length of every direction")


def reproduces(student: Student, rng: Generator) -> None:
    """Ask again with the same generator, and with another."""
    seed = int(rng.integers(2**31))
    first, again, other = (
        expect.array(
            student.unit_directions(5, 4, np.random.default_rng(seed)), (5, 4), "unit_directions(5, 4, rng)"
        )
        for seed in (seed, seed, seed + 1)
    )
    expect.true(
        bool((first == again).all()), "the same generator must give the same directions", got=again - first
    )
    expect.true(bool((first != other).any()), "another generator must give other directions", got=other)


def angles(student: Student, rng: Generator) -> None:
    """Two comparisons by the DKW inequality, each of which fails with a chance of at most 1e-8.

    A direction is v for the first, and (v_1 + v_2) / sqrt(2) for the second: what crowds at the corners of a
    square differs from the law by 0.02, and 100,000 directions are allowed 0.0098.
    """
    found = expect.array(
        student.unit_directions(100_000, 2, rng), (100_000, 2), "unit_directions(100000, 2, rng)"
    )
    uniform(found, np.array([[1.0, 0.0], [1.0, 1.0]]))


def no_direction_preferred(student: Student, rng: Generator) -> None:
    """Eleven comparisons by the DKW inequality, each of which fails with a chance of at most 1e-8.

    In each of 3, 8 and 30 dimensions the directions are projected on an axis, the diagonal and a random
    vector. In 3 and 8, the inner products of the first with the second, the third with the fourth and so on
    have the same law too, and are independent. In three dimensions an inner product is uniform on [-1, 1]:
    of the 780 pairs of 40 directions one is nearer to 1 or -1 than 1e-12 with a chance below 1e-9.
    """
    few = expect.array(student.unit_directions(40, 3, rng), (40, 3), "unit_directions(40, 3, rng)")
    alike = np.abs(few @ few.T)[np.triu_indices(40, 1)] > 1 - 1e-12
    expect.true(
        not alike.any(), "of 40 directions none may repeat another, or point the opposite way", got=few
    )
    for n in (3, 8, 30):
        what = f"unit_directions(20000, {n}, rng)"
        found = expect.array(student.unit_directions(20_000, n, rng), (20_000, n), what)
        uniform(found, np.stack([np.eye(n)[-1], np.ones(n), rng.normal(size=n)]))
        if n < 30:
            on_the_sphere((found[::2] * found[1::2]).sum(axis=1), n, "the direction before it")


def slopes(student: Student, rng: Generator) -> None:
    """Ask for the slopes of one episode."""
    case = some_episodes(rng, 1)
    for alpha in (0.1, 2.0):
        found = case.probed(student, alpha, rng)
        expect.close(found["slope"], case.looks()[0][:, 0], f"slope at alpha = {alpha:g}", atol=1e-9)


def curvatures(student: Student, rng: Generator) -> None:
    """Ask for the curvatures of one episode."""
    case = some_episodes(rng, 1)
    for alpha in (0.1, 2.0):
        found = case.probed(student, alpha, rng)
        expect.close(found["curvature"], case.looks()[1][:, 0], f"curvature at alpha = {alpha:g}", atol=1e-9)


def no_error(student: Student, rng: Generator) -> None:
    """Ask for the errors of one episode."""
    found = some_episodes(rng, 1).probed(student, 0.5, rng)
    for name in ("slope_error", "curvature_error"):
        expect.close(found[name], np.zeros(8), f"{name} with one episode")


def means(student: Student, rng: Generator) -> None:
    """Ask for slopes and curvatures of five episodes."""
    case, alpha = some_episodes(rng, 5), float(rng.uniform(0.3, 2))
    found, (slopes, bends) = case.probed(student, alpha, rng), case.looks()
    expect.close(found["slope"], slopes.mean(axis=1), "slope with 5 episodes", atol=1e-9)
    expect.close(found["curvature"], bends.mean(axis=1), "curvature with 5 episodes", atol=1e-9)


def slope_errors(student: Student, rng: Generator) -> None:
    """Ask for the errors of the slopes of seven episodes."""
    case, alpha = some_episodes(rng, 7), float(rng.uniform(0.3, 2))
    expected = case.looks()[0].std(axis=1, ddof=1) / np.sqrt(7)
    found = case.probed(student, alpha, rng)
    expect.close(found["slope_error"], expected, "slope_error with 7 episodes", atol=1e-9)


def curvature_errors(student: Student, rng: Generator) -> None:
    """Ask for the errors of curvatures, of two episodes and of more."""
    alphas, counts = rng.uniform([0.2, 1.5], [0.8, 3.0]), (2, int(rng.integers(3, 9)))
    for alpha, n_episodes in zip(alphas, counts, strict=True):
        case = some_episodes(rng, n_episodes)
        bends = case.looks()[1]
        expected = bends.std(axis=1, ddof=1) / np.sqrt(bends.shape[1])
        found = case.probed(student, float(alpha), rng)
        expect.close(found["curvature_error"], expected, f"curvature_error at alpha = {alpha:.3g}", atol=1e-9)


def monkey_saddle(student: Student, rng: Generator) -> None:
    """Ask for what differences give on a cubic."""
    angles = rng.uniform(0, 2 * np.pi, size=9)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for alpha in rng.uniform(0.2, 2.0, size=2):
        found = answered(student.probe(monkey, np.zeros(2), directions, float(alpha)), 9)
        what = f"of the monkey saddle at alpha = {alpha:.3g}"
        expect.close(found["slope"], alpha**2 * np.cos(3 * angles), f"slope {what}", atol=1e-9)
        expect.close(found["curvature"], np.zeros(9), f"curvature {what}", atol=1e-9)
