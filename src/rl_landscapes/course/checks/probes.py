"""What is asked of random directions, of probes and of verdicts on what they see."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks import landscapes
from rl_landscapes.course.checks.chance import follows, reproduced, standard_error
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


NAMES = ("slope", "slope_error", "curvature", "curvature_error")


class Episodes(NamedTuple):
    """A noisy quadratic and where it is probed."""

    slopes: Array  # (N, n) at theta = 0
    hessians: Array  # (N, n, n)
    theta: Array  # (n,)
    directions: Array  # (D, n)

    def looks(self) -> dict[str, Array]:
        """Return slopes, curvatures and their errors (D,): exactly what differences give on a quadratic."""
        slopes = self.directions @ (self.slopes + self.hessians @ self.theta).T  # (D, N)
        bends = np.einsum("di,jil,dl->dj", self.directions, self.hessians, self.directions)
        parts = [each for x in (slopes, bends) for each in (x.mean(axis=1), standard_error(x))]
        return dict(zip(NAMES, parts, strict=True))

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
    return expect.arrays(got, dict.fromkeys(NAMES, (n_directions,)), "probe(...)")


def monkey(points: Array) -> Array:
    """Return x^3 - 3 x y^2 at points (K, 2), as one episode."""
    x, y = landscapes.rows(points, 2).T
    return (x**3 - 3 * x * y**2)[:, None]


def independent(student: Student, rng: Generator) -> None:
    """Ask for as many directions as there are dimensions, and for more.

    The product of two directions of a right answer is within 1e-13 of 0, or of -1, with a chance below 1e-12;
    there are under 2,000 pairs.
    """
    for n_directions, n in ((4, 4), (6, 3), (40, 6)):
        what = f"unit_directions({n_directions}, {n}, rng)"
        found = expect.array(student.unit_directions(n_directions, n, rng), (n_directions, n), what)
        found = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-300)  # angles alone count
        products = (found @ found.T)[np.triu_indices(n_directions, 1)]
        right, turned = int((np.abs(products) < 1e-13).sum()), int((products < 1e-13 - 1).sum())
        expect.true(right == 0, f"{what}: pairs at right angles", got=right, expected=0)
        expect.true(turned == 0, f"{what}: pairs of opposite directions", got=turned, expected=0)


def uniform(found: Array, axes: Array) -> None:
    """Demand that the projections of directions (D, n) on axes (k, n) have the law of the sphere."""
    expect.close(np.linalg.norm(found, axis=1), np.ones(len(found)), "the length of every direction")
    for axis in axes:
        name = f"({', '.join(f'{x:.2g}' for x in axis[:3])}{', ...' if len(axis) > 3 else ''})"
        on_the_sphere(found @ axis / np.linalg.norm(axis), len(axis), name)


def on_the_sphere(projections: Array, n: int, name: str) -> None:
    """Demand that projections (D,) have the law of the sphere; a right answer fails with a chance of 1e-8."""
    what = f"the projections of {len(projections):,} directions in {n} dimensions on {name} from the law of"
    law = landscapes.on_the_sphere(projections, n)
    follows(law, f"{what} uniform directions", risk=landscapes.CHANCE)


def drawn(student: Student, count: int, n: int, rng: Generator) -> Array:
    """Return the directions (count, n) of the student."""
    what = f"unit_directions({count}, {n}, rng)"
    return expect.array(student.unit_directions(count, n, rng), (count, n), what)


def unit_length(student: Student, rng: Generator) -> None:
    """Ask for the length of every direction."""
    for count, n in ((7, 3), (4, 4), (1, 108)):
        lengths = np.linalg.norm(drawn(student, count, n, rng), axis=1)
        expect.close(lengths, np.ones(count), "the length of every direction")


def reproduces(student: Student, rng: Generator) -> None:
    """Ask again with the same generator, and with another."""
    reproduced(lambda each: drawn(student, 5, 4, each), rng, "directions")


def angles(student: Student, rng: Generator) -> None:
    """Two comparisons of laws, each of which fails with a chance of at most 1e-8 (see `chance`).

    A direction is v for the first, and (v_1 + v_2) / sqrt(2) for the second: what crowds at the corners of a
    square differs from the law by 0.02, and 100,000 directions are allowed 0.0098.
    """
    uniform(drawn(student, 100_000, 2, rng), np.array([[1.0, 0.0], [1.0, 1.0]]))


def no_direction_preferred(student: Student, rng: Generator) -> None:
    """Eleven comparisons of laws, each of which fails with a chance of at most 1e-8 (see `chance`).

    In each of 3, 8 and 30 dimensions the directions are projected on an axis, the diagonal and a random
    vector. In 3 and 8, the inner products of the first with the second, the third with the fourth and so on
    have the same law too, and are independent. In three dimensions an inner product is uniform on [-1, 1]:
    of the 780 pairs of 40 directions one is nearer to 1 or -1 than 1e-12 with a chance below 1e-9.
    """
    few = drawn(student, 40, 3, rng)
    alike = np.abs(few @ few.T)[np.triu_indices(40, 1)] > 1 - 1e-12
    what = "of 40 directions none may repeat another, or point the opposite way"
    expect.true(not alike.any(), what, got=few)
    for n in (3, 8, 30):
        found = drawn(student, 20_000, n, rng)
        uniform(found, np.stack([np.eye(n)[-1], np.ones(n), rng.normal(size=n)]))
        if n < 30:
            on_the_sphere((found[::2] * found[1::2]).sum(axis=1), n, "the direction before it")


def agrees(
    student: Student, rng: Generator, *, names: Sequence[str], cases: Sequence[tuple[int, float]]
) -> None:
    """Ask for some of slope, curvature and their errors, for a number of episodes and about an alpha."""
    for n_episodes, size in cases:
        case, alpha = some_episodes(rng, n_episodes), size * float(rng.uniform(0.5, 1.5))
        found, wanted = case.probed(student, alpha, rng), case.looks()
        for name in names:
            what = f"{name} with {n_episodes} episodes at alpha = {alpha:.3g}"
            expect.close(found[name], wanted[name], what, atol=1e-9)


def monkey_saddle(student: Student, rng: Generator) -> None:
    """Ask for what differences give on a cubic."""
    angles = rng.uniform(0, 2 * np.pi, size=9)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for alpha in rng.uniform(0.2, 2.0, size=2):
        found = answered(student.probe(monkey, np.zeros(2), directions, float(alpha)), 9)
        what = f"of the monkey saddle at alpha = {alpha:.3g}"
        expect.close(found["slope"], alpha**2 * np.cos(3 * angles), f"slope {what}", atol=1e-9)
        expect.close(found["curvature"], np.zeros(9), f"curvature {what}", atol=1e-9)
