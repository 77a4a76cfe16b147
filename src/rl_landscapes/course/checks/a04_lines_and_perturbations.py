"""Assignment 4: lines through parameter space, random directions, and verdicts with a stated error rate.

Objectives are quadratics with known derivatives, or one for each episode; what is expected is a closed form.
The tests of random directions compare with the uniform law on the sphere. Each of their comparisons fails a
right answer with a chance of at most 1e-8, and there are 13 of them: 1.3e-7 for a student. All other tests
are exact.
"""

from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import landscapes
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "04-lines-and-perturbations",
    "Lines and perturbations",
    closed=("rl_landscapes.probes", "rl_landscapes.statistics", "rl_landscapes.statistics.multiple_tests"),
    packages=("numpy",),
)

interpolate = assignment.question(
    "interpolate",
    hints=(
        "Between point k and point k + 1 the share of the way is the position less k. Which k belongs to a "
        "position at the last point, and beyond it?",
        "k = clip(floor(position), 0, P - 2), share = position - k, and the points to evaluate are "
        "(1 - share) thetas[k] + share thetas[k + 1], all in one array (K, n). Average over the episodes.",
    ),
    difficulty=2,
    minutes=15,
)

barrier_height = assignment.question(
    "barrier_height",
    hints=(
        "The definition has two minima in it: one over both ends, one over the whole path, ends included.",
        "np.minimum(values[..., 0], values[..., -1]) - values.min(axis=-1).",
    ),
    difficulty=1,
    minutes=5,
)

unit_directions = assignment.question(
    "unit_directions",
    hints=(
        "Points that are uniform in a cube crowd towards its corners. Which distribution of n independent "
        "numbers looks the same in every direction?",
        "Draw rng.normal(size=(n_directions, n)), and divide every row by its own length (keepdims=True).",
    ),
    difficulty=2,
    minutes=10,
)

probe = assignment.question(
    "probe",
    hints=(
        "Stack theta + alpha d, theta - alpha d and theta into one array of 2 D + 1 rows: only within one "
        "call do all points meet the same episodes. Form the differences in each episode, and average last.",
        "With up, down of shape (D, N) and centre (1, N): slopes are (up - down) / (2 alpha) by episode, "
        "curvatures (up + down - 2 centre) / alpha**2. Their mean over axis 1 is the estimate; the standard "
        "error is std(axis=1, ddof=1) / sqrt(N), and 0 where N = 1.",
    ),
    difficulty=3,
    minutes=25,
)

discoveries = assignment.question(
    "discoveries",
    hints=(
        "Sort, and compare the k-th smallest p-value with k rate / M. It is the last one under its line that "
        "counts, whatever happened before it.",
        "order = np.argsort(p_values); under = np.flatnonzero(p_values[order] <= k * rate / M) with "
        "k = 1 .. M. If there is any, all of order[: under[-1] + 1] are discoveries.",
    ),
    difficulty=3,
    minutes=15,
)

verdict = assignment.question(
    "verdict",
    hints=(
        "First turn everything into changes of the objective at distance alpha: slopes times alpha, "
        "curvatures times alpha**2 / 2, and the same for their standard errors. Then there are two intervals "
        "for each direction, estimate - critical * error to estimate + critical * error.",
        'Let up = any low end of a bend above c, never_up = all high ends at most c, and so on. "Flat" and '
        '"linear" need never_up and never_down. The three others need the largest |bend| to be at least the '
        'largest |slope|. Whatever is left is "cannot tell".',
    ),
    difficulty=4,
    minutes=20,
)


# interpolate ----------------------------------------------------------------------------------------------


@interpolate.test("at position t stands (1 - t) theta_0 + t theta_1", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    slope = rng.normal(size=4)
    thetas, positions = rng.normal(size=(2, 4)), np.array([0.0, 0.25, 0.5, 1.0])
    objective = landscapes.exact(landscapes.quadratic(slope, np.zeros((4, 4))))
    expected = (thetas[0] + positions[:, None] * (thetas[1] - thetas[0])) @ slope
    got = student.interpolate(objective, thetas, positions)
    expect.close(got, expected, "interpolate on a linear objective, between two points")


@interpolate.test("the line goes on beyond its ends", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    objective = landscapes.exact(landscapes.quadratic(np.zeros(2), 2 * np.eye(2)))
    positions = np.array([-0.5, 0.0, 0.5, 1.0, 1.5])
    got = student.interpolate(objective, np.array([[-1.0, 1.0], [1.0, 1.0]]), positions)
    expect.close(
        got, [5.0, 2.0, 1.0, 2.0, 5.0], "interpolate of x^2 + y^2 from (-1, 1) to (1, 1), and beyond"
    )


@interpolate.test("through four points, position k is point k", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    objective = landscapes.exact(landscapes.quadratic(np.array([1.0, 0.0]), np.zeros((2, 2))))
    thetas = np.array([[0.0, 0.0], [3.0, 1.0], [5.0, -1.0], [4.0, 2.0]])
    positions = np.array([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0])
    got = student.interpolate(objective, thetas, positions)
    expect.close(got, [0.0, 1.5, 3.0, 4.0, 5.0, 4.5, 4.0, 3.0], "interpolate of x through x = 0, 3, 5, 4")


@interpolate.test("all positions meet the same episodes, and the value is their mean", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    slopes, positions = rng.normal(size=(6, 3)), np.linspace(0, 1, 5)
    thetas, objective = rng.normal(size=(2, 3)), landscapes.episodes(slopes, np.zeros((6, 3, 3)), rng)
    got = expect.array(student.interpolate(objective, thetas, positions), (5,), "interpolate with 6 episodes")
    expected = positions * ((thetas[1] - thetas[0]) @ slopes.mean(axis=0))
    expect.close(got - got[0], expected, "differences to position 0, with 6 noisy episodes")


@interpolate.test("fresh broken lines, positions in any order and twice", points=1, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    n_points, n = int(rng.integers(3, 7)), int(rng.integers(2, 6))
    slope, hessian, thetas = rng.normal(size=n), landscapes.symmetric(n, rng), rng.normal(size=(n_points, n))
    positions = rng.permutation(
        np.concatenate([np.arange(n_points), rng.uniform(-1, n_points, size=9), [1.0]])
    )
    function = landscapes.quadratic(slope, hessian)
    first = np.clip(np.floor(positions), 0, n_points - 2).astype(int)
    share = (positions - first)[:, None]
    expected = function(thetas[first] + share * (thetas[first + 1] - thetas[first]))
    got = student.interpolate(landscapes.exact(function), thetas, positions)
    expect.close(got, expected, f"interpolate through {n_points} points", atol=1e-9)


# barrier_height -------------------------------------------------------------------------------------------


@barrier_height.test("from the lower end down to the lowest point, whichever end is lower", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    expect.close(
        student.barrier_height(np.array([4.25, 3.0, 3.5, 4.75])), 1.25, "height of [4.25, 3, 3.5, 4.75]"
    )
    expect.close(student.barrier_height(np.array([5.0, 1.0, 6.0, 4.5])), 3.5, "height of [5, 1, 6, 4.5]")


@barrier_height.test("0 on a path that never falls below its lower end", points=1)
def _(student: Student, rng: np.random.Generator) -> None:
    for path in ([1.0, 2.0, 3.0], [2.0, 7.0, 4.0], [3.0, 2.5, 1.0], [-2.0, -2.0]):
        expect.close(student.barrier_height(np.array(path)), 0.0, f"height of {path}")


@barrier_height.test("one height for each of several paths, along the last axis", points=1)
def _(student: Student, rng: np.random.Generator) -> None:
    paths = rng.normal(size=(4, 3, 7))
    expected = np.minimum(paths[..., 0], paths[..., -1]) - paths.min(axis=-1)
    expect.close(student.barrier_height(paths), expected, "heights of an array of paths of shape (4, 3, 7)")


@barrier_height.test(
    "there and back it is the same, and all that counts is differences", points=1, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    path = 10 * rng.normal(size=int(rng.integers(5, 30)))
    expected = min(path[0], path[-1]) - path.min()
    for moved in (path, path[::-1], path + 1000 * rng.normal()):
        expect.close(
            student.barrier_height(moved), expected, "height of a path, reversed, and raised", atol=1e-9
        )


# unit_directions ------------------------------------------------------------------------------------------


@unit_directions.test("rows of length one, as many as asked for", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    for count, n in ((7, 3), (4, 4), (1, 108)):
        found = expect.array(
            student.unit_directions(count, n, rng), (count, n), f"unit_directions({count}, {n}, rng)"
        )
        expect.close(np.linalg.norm(found, axis=1), np.ones(count), "the length of every direction")


@unit_directions.test("the same generator gives the same directions, another gives others", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
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


@unit_directions.test("in two dimensions all angles are equally likely", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    """Two comparisons by the DKW inequality, each of which fails with a chance of at most 1e-8.

    A direction is v for the first, and (v_1 + v_2) / sqrt(2) for the second: what crowds at the corners of a
    square differs from the law by 0.02, and 100,000 directions are allowed 0.0098.
    """
    found = expect.array(
        student.unit_directions(100_000, 2, rng), (100_000, 2), "unit_directions(100000, 2, rng)"
    )
    uniform(found, np.array([[1.0, 0.0], [1.0, 1.0]]))


@unit_directions.test(
    "in more dimensions none is preferred, and each is drawn anew", points=5, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
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


# probe ----------------------------------------------------------------------------------------------------

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

    def probed(self, student: Student, alpha: float, rng: np.random.Generator) -> dict[str, Array]:
        """Return the student's answer, every entry of it an array (D,)."""
        objective = landscapes.episodes(self.slopes, self.hessians, rng)
        return answered(student.probe(objective, self.theta, self.directions, alpha), len(self.directions))


def some_episodes(rng: np.random.Generator, n_episodes: int) -> Episodes:
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


@probe.test("the slope of an exact quadratic is d'g, at every alpha", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    case = some_episodes(rng, 1)
    for alpha in (0.1, 2.0):
        found = case.probed(student, alpha, rng)
        expect.close(found["slope"], case.looks()[0][:, 0], f"slope at alpha = {alpha:g}", atol=1e-9)


@probe.test("its curvature is d'Hd, at every alpha", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    case = some_episodes(rng, 1)
    for alpha in (0.1, 2.0):
        found = case.probed(student, alpha, rng)
        expect.close(found["curvature"], case.looks()[1][:, 0], f"curvature at alpha = {alpha:g}", atol=1e-9)


@probe.test("with one episode there is no error: 0, not NaN", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    found = some_episodes(rng, 1).probed(student, 0.5, rng)
    for name in ("slope_error", "curvature_error"):
        expect.close(found[name], np.zeros(8), f"{name} with one episode")


@probe.test(
    "with several episodes, the same at all points, slopes and curvatures are means of differences", points=4
)
def _(student: Student, rng: np.random.Generator) -> None:
    case, alpha = some_episodes(rng, 5), float(rng.uniform(0.3, 2))
    found, (slopes, bends) = case.probed(student, alpha, rng), case.looks()
    expect.close(found["slope"], slopes.mean(axis=1), "slope with 5 episodes", atol=1e-9)
    expect.close(found["curvature"], bends.mean(axis=1), "curvature with 5 episodes", atol=1e-9)


@probe.test("the error of a slope is that of a mean of paired differences", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    case, alpha = some_episodes(rng, 7), float(rng.uniform(0.3, 2))
    expected = case.looks()[0].std(axis=1, ddof=1) / np.sqrt(7)
    found = case.probed(student, alpha, rng)
    expect.close(found["slope_error"], expected, "slope_error with 7 episodes", atol=1e-9)


@probe.test("and so is the error of a curvature, at fresh alphas", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    alphas, counts = rng.uniform([0.2, 1.5], [0.8, 3.0]), (2, int(rng.integers(3, 9)))
    for alpha, n_episodes in zip(alphas, counts, strict=True):
        case = some_episodes(rng, n_episodes)
        bends = case.looks()[1]
        expected = bends.std(axis=1, ddof=1) / np.sqrt(bends.shape[1])
        found = case.probed(student, float(alpha), rng)
        expect.close(found["curvature_error"], expected, f"curvature_error at alpha = {alpha:.3g}", atol=1e-9)


@probe.test(
    "the monkey saddle has no curvature, and slopes that grow as alpha squared", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    angles = rng.uniform(0, 2 * np.pi, size=9)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for alpha in rng.uniform(0.2, 2.0, size=2):
        found = answered(student.probe(monkey, np.zeros(2), directions, float(alpha)), 9)
        what = f"of the monkey saddle at alpha = {alpha:.3g}"
        expect.close(found["slope"], alpha**2 * np.cos(3 * angles), f"slope {what}", atol=1e-9)
        expect.close(found["curvature"], np.zeros(9), f"curvature {what}", atol=1e-9)


def monkey(points: Array) -> Array:
    """Return x^3 - 3 x y^2 at points (K, 2), as one episode."""
    x, y = landscapes.rows(points, 2).T
    return (x**3 - 3 * x * y**2)[:, None]


# discoveries ----------------------------------------------------------------------------------------------

# The example of Benjamini and Hochberg (1995), section 3.2: four of fifteen at a rate of 0.05
THROMBOLYSIS = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
    0.6528, 0.7590, 1.0,
]  # fmt: skip


def demand_found(found: BoolArray, expected: list[bool], what: str) -> None:
    """Demand these discoveries."""
    expect.true(found.tolist() == expected, what, got=str(found.tolist()), expected=str(expected))


@discoveries.test("four of the fifteen p-values of Benjamini and Hochberg's own example", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    found = expect.truths(
        student.discoveries(np.array(THROMBOLYSIS), 0.05), (15,), "discoveries(p_values, 0.05)"
    )
    demand_found(found, [True] * 4 + [False] * 11, "discoveries among the fifteen")


@discoveries.test("the last p-value under its line counts, though some before it are above theirs", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    found = expect.truths(
        student.discoveries(np.array([0.02, 0.026, 0.03, 0.2]), 0.05), (4,), "discoveries(p, 0.05)"
    )
    demand_found(
        found, [True, True, True, False], "discoveries in [0.02, 0.026, 0.03, 0.2] at a rate of 0.05"
    )


@discoveries.test("the answer is in the order of the question, and a tie with the line counts", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    order = rng.permutation(4)
    p_values = np.array([0.125, 0.75, 0.25, 0.875])[order]
    found = expect.truths(student.discoveries(p_values, 0.5), (4,), "discoveries(p_values, 0.5)")
    expected = np.array([True, False, True, False])[order]
    demand_found(found, expected.tolist(), f"discoveries in {p_values.tolist()} at a rate of 0.5")


@discoveries.test("nothing found is an answer too", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    p_values = rng.uniform(0.2, 1.0, size=20)
    found = expect.truths(student.discoveries(p_values, 0.1), (20,), "discoveries(p_values, 0.1)")
    expect.true(not found.any(), "discoveries where all p-values are above 0.2", got=1 * found)


@discoveries.test("fresh mixtures of effects and none, at several rates", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for rate in (0.01, 0.05, 0.2, 0.5):
        p_values = rng.uniform(size=60) ** rng.choice([1, 2, 8], size=60)
        line = rate * np.arange(1, 61) / 60
        under = np.flatnonzero(np.sort(p_values) <= line)
        limit = line[under[-1]] if under.size else 0.0
        found = expect.truths(student.discoveries(p_values, rate), (60,), f"discoveries(p_values, {rate:g})")
        expect.true(
            bool((found == (p_values <= limit)).all()),
            f"discoveries among 60 p-values at a rate of {rate:g}",
            got=f"{found.sum()} of them",
            expected=f"the {(p_values <= limit).sum()} smallest",
        )


# verdict --------------------------------------------------------------------------------------------------

KINDS = ("optimum", "minimum", "saddle", "linear", "flat", "cannot tell")
TURNED = {"optimum": "minimum", "minimum": "optimum"}


class Look(NamedTuple):
    """What `verdict` is given."""

    slope: Array  # (D,)
    slope_error: Array
    curvature: Array
    curvature_error: Array
    alpha: float
    smallest: float
    critical: float


def told(student: Student, look: Look) -> str:
    """Return the student's verdict, which must be one of the six words."""
    return expect.word(student.verdict(*look), KINDS, "verdict(...)")


def seen(slope: Array | float, curvature: Array | float, error: float = 0.0) -> Look:
    """Return a look of five directions at alpha = 0.5, with c = 0.01 and three standard errors."""
    slopes, bends = (np.broadcast_to(np.asarray(x, dtype=float), (5,)).copy() for x in (slope, curvature))
    return Look(slopes, np.full(5, error), bends, np.full(5, error), 0.5, 0.01, 3.0)


def demand(student: Student, look: Look, expected: str, what: str) -> None:
    """Demand a verdict."""
    got = told(student, look)
    expect.true(got == expected, what, got=got, expected=expected)


DOWN, BOTH = np.array([-1.0, -2.0, -0.5, -1.5, -3.0]), np.array([-1.0, 2.0, -0.5, 1.5, 0.0])


@verdict.test("without noise, the five kinds of place", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    demand(student, seen(0.0, DOWN), "optimum", "all five directions bend down, no slope")
    nearly = np.array([-1.0, -2.0, 0.05, -1.5, -3.0])
    demand(student, seen(0.0, nearly), "optimum", "bends down, and one up by less than c")
    demand(student, seen(0.0, -DOWN), "minimum", "all five directions bend up, no slope")
    demand(student, seen(0.0, BOTH), "saddle", "some directions bend up, others down")
    demand(student, seen(BOTH, 0.0), "linear", "slopes, and no bend")
    demand(student, seen(0.0, 0.0), "flat", "no slope and no bend")


@verdict.test("what noise leaves open is not decided: cannot tell", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    demand(student, seen(0.0, DOWN, 5.0), "cannot tell", "bends down, all of them smaller than their margin")
    demand(
        student, seen(0.0, DOWN, 0.4), "cannot tell", "bends down, one of which is within three errors of c"
    )
    one = seen(0.0, DOWN)
    one.curvature_error[2] = 1.0
    demand(student, one, "cannot tell", "bends down, one of which may be a bend up")
    two = seen(0.0, BOTH)
    two.curvature_error[[1, 3]] = 2.0
    demand(student, two, "cannot tell", "bends down, and bends up within their margin")
    three = seen(0.02, 0.0)
    three.slope_error[0] = 0.01
    demand(student, three, "cannot tell", "no bend, and a slope that is as likely below c as above")


@verdict.test("a slope that outweighs the bends forbids a verdict, until the step is longer", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    look = seen(0.3, DOWN)
    demand(student, look._replace(alpha=0.1), "cannot tell", "slopes 0.3, curvatures to -3, alpha = 0.1")
    demand(student, look._replace(alpha=0.5), "optimum", "slopes 0.3, curvatures to -3, alpha = 0.5")
    one = seen(np.array([0.3, 0.0, 0.0, 0.0, 0.0]), DOWN)._replace(alpha=0.1)
    demand(student, one, "cannot tell", "one slope of 0.3, the others 0, curvatures to -3, alpha = 0.1")
    flat = seen(0.01, DOWN / 100)
    demand(
        student, flat._replace(alpha=5.0), "optimum", "slopes 0.01, curvatures to -0.03, alpha = 5, c = 0.01"
    )
    demand(
        student, flat._replace(alpha=0.5), "flat", "slopes 0.01, curvatures to -0.03, alpha = 0.5, c = 0.01"
    )


@verdict.test("fresh places of every kind, with noise", points=4, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for kind in KINDS[:-1]:
        for _ in range(3):
            demand_both(student, place(kind, rng), kind, f"a place that is {kind}")
    for kind, doubt in DOUBTS:
        what = f"a place that would be {kind} but for {doubt}"
        demand_both(student, place(kind, rng, doubt), "cannot tell", what)
    demand_both(student, seen(0.3, DOWN, 0.15), "optimum", "slopes 0.3 and curvatures to -3, errors 0.15")


def demand_both(student: Student, look: Look, kind: str, what: str) -> None:
    """Demand a verdict on a place, and what follows from it for the same place upside down."""
    demand(student, look, kind, what)
    turned = look._replace(slope=-look.slope, curvature=-look.curvature)
    demand(student, turned, TURNED.get(kind, kind), f"{what}, upside down")


NEAR, STEEP, OTHER = "an open bend", "a large slope", "a bend that may go the other way"
DOUBTS = (
    ("flat", NEAR), ("flat", "an open slope"), ("linear", NEAR), ("optimum", OTHER), ("optimum", STEEP),
    ("saddle", STEEP),
)  # fmt: skip


def place(kind: str, rng: np.random.Generator, doubt: str = "") -> Look:
    """Return a look with the intervals of a kind, but for a doubt; no end is within a twentieth of c."""
    n, alpha, c, critical = (
        6,
        float(rng.uniform(0.2, 3)),
        float(rng.uniform(0.01, 1)),
        float(rng.uniform(2, 4)),
    )
    half = c * rng.uniform(0.1, 0.3, size=(2, n))  # half-widths of the intervals for slope and bend
    slopes, bends = c * rng.uniform(-0.6, 0.6, size=(2, n))  # by themselves they are flat
    if kind in ("optimum", "saddle"):
        bends[:3] = -c * rng.uniform(1.5, 4, size=3)
    if kind in ("minimum", "saddle"):
        bends[3:] = c * rng.uniform(1.5, 4, size=3)
    if kind == "linear":
        slopes[:2] = c * rng.uniform(1.5, 4, size=2) * rng.choice([-1, 1])
    if doubt in (NEAR, "an open slope"):  # the interval holds c or -c, one standard error does not
        half[int(doubt == NEAR), -1] = 0.3 * c
        (bends if doubt == NEAR else slopes)[-1] = c * rng.uniform(1.18, 1.22) * rng.choice([-1, 1])
    if doubt == OTHER:
        half[1, -1], bends[-1] = 0.3 * c, c * rng.uniform(0.8, 0.9)
    if doubt == STEEP:
        slopes[0] = c * rng.uniform(5, 8)
    return Look(
        slopes / alpha, half[0] / (critical * alpha), 2 * bends / alpha**2,
        2 * half[1] / (critical * alpha**2), alpha, c, critical,
    )  # fmt: skip
