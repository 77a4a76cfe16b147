"""Assignment 4: lines through parameter space, random directions, verdicts with a stated error rate; a test.

Objectives are quadratics with known derivatives, or one for each episode; what is expected is a closed form.
The tests of random directions compare with the uniform law on the sphere. Each of their comparisons fails a
right answer with a chance of at most 1e-8, and there are 13 of them: 1.3e-7 for a student. All other tests
are exact.
"""

from functools import partial
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import landscapes, mistaken_discoveries, probes, verdicts
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator
Given = tuple[Any, ...]  # the arguments of a function

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
        "k is the position rounded down, kept between 0 and P - 2; a share below 0 or above 1 goes on along"
        " the first or the last piece. All points go to the objective as one array (K, n), and the mean "
        "over episodes comes last.",
    ),
    difficulty=2,
    minutes=15,
    line="k = np.clip(np.floor(positions), 0, len(thetas) - 2).astype(int)",
)


def along(objective: landscapes.Function, thetas: Array, positions: Array) -> Array:
    """Return an exact objective along a broken line: every corner adds what it turns by, from there on."""
    pieces = np.diff(thetas, axis=0)
    beyond = np.maximum(positions[:, None] - np.arange(1, len(pieces)), 0)
    return objective(thetas[0] + np.outer(positions, pieces[0]) + beyond @ np.diff(pieces, axis=0))[:, 0]


def of_line(rng: Generator, n_points: int = 2, n: int = 4, mixed: bool = False) -> Given:
    """Draw an objective, points, and positions, also twice and beyond both ends."""
    function = landscapes.quadratic(rng.normal(size=n), mixed * landscapes.symmetric(n, rng))
    positions = np.linspace(0, n_points - 1, 4 * n_points - 3)
    if mixed:
        positions = rng.permutation([*positions, -1.6, -0.7, n_points + 0.3, 1.0])
    return landscapes.exact(function), rng.normal(size=(n_points, n)), positions


BOWL = landscapes.exact(landscapes.quadratic(np.zeros(2), 2 * np.eye(2)))  # x^2 + y^2
RAMP = landscapes.exact(landscapes.quadratic(np.array([1.0, 0.0]), np.zeros((2, 2))))  # x

interpolate.agrees_with(along, "at position t stands (1 - t) theta_0 + t theta_1", of_line, points=3)
interpolate.gives(
    "the line goes on beyond its ends",
    ((BOWL, [[-1.0, 1.0], [1.0, 1.0]], [-0.5, 0.0, 0.5, 1.0, 1.5]), [5.0, 2.0, 1.0, 2.0, 5.0]),
    points=2,
)
interpolate.gives(
    "through four points, position k is point k, and the outer pieces go on beyond",
    (
        (
            RAMP,
            [[0.0, 0.0], [3.0, 1.0], [5.0, -1.0], [4.0, 2.0]],
            [-1.5, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.5],
        ),
        [-4.5, -1.5, 0.0, 1.5, 3.0, 4.0, 5.0, 4.5, 4.0, 3.0, 1.5],
    ),
    points=2,
)


@interpolate.test("all positions meet the same episodes, and the value is their mean", points=2)
def _(student: Student, rng: Generator) -> None:
    slopes, positions = rng.normal(size=(6, 3)), np.linspace(0, 1, 5)
    thetas, objective = rng.normal(size=(2, 3)), landscapes.episodes(slopes, np.zeros((6, 3, 3)), rng)
    got = expect.array(student.interpolate(objective, thetas, positions), (5,), "interpolate with 6 episodes")
    expected = positions * ((thetas[1] - thetas[0]) @ slopes.mean(axis=0))
    expect.close(got - got[0], expected, "differences to position 0, with 6 noisy episodes")


interpolate.agrees_with(
    along,
    "fresh broken lines, positions in any order and twice",
    of_line,
    [{"n_points": k, "n": n, "mixed": True} for k, n in ((3, 5), (6, 2))],
    points=1,
    at_grading=True,
    atol=1e-9,
)


barrier_height = assignment.question(
    "barrier_height",
    hints=(
        "The definition has two minima in it: one over both ends, one over the whole path, ends included.",
        "With `...` the first and the last column of any number of rows are values[..., 0] and values[..., "
        "-1]; np.minimum takes the lower of two arrays, entry by entry.",
    ),
    difficulty=1,
    minutes=5,
    line="lower_end = np.minimum(values[..., 0], values[..., -1])",
)


def height(values: Array) -> Array:
    """Return the largest of what has to be gone down to any point, from the end where that is less."""
    down: Array = (np.stack([values[..., :1], values[..., -1:]]) - values).max(axis=-1).min(axis=0)
    return down


def of_paths(rng: Generator, shape: tuple[int, ...]) -> Given:
    """Draw paths, the first few of which rise, and the next fall."""
    paths = rng.normal(size=shape)
    paths[0].sort()
    paths[1] = np.sort(paths[1])[..., ::-1]
    return (paths,)


def of_path(rng: Generator, turned: bool, raised: float, rising: bool) -> Given:
    """Draw a path, with a valley or rising from end to end, perhaps turned round and raised."""
    path = np.concatenate([rng.uniform(5, 9, size=2), rng.uniform(-20, 4, size=9), rng.uniform(5, 9, size=2)])
    path = np.sort(path) if rising else path
    return ((path[::-1] if turned else path) + raised,)


barrier_height.gives(
    "from the lower end down to the lowest point, whichever end is lower",
    (([4.25, 3.0, 3.5, 4.75],), 1.25),
    (([5.0, 1.0, 6.0, 4.5],), 3.5),
    points=2,
)
barrier_height.gives(
    "0 on a path that never falls below its lower end",
    *((([*map(float, path)],), 0.0) for path in ((1, 2, 3), (2, 7, 4), (3, 2.5, 1), (-2, -2))),
    points=1,
)
barrier_height.agrees_with(
    height,
    "one height for each of several paths, along the last axis",
    of_paths,
    [{"shape": (4, 3, 7)}],
    points=1,
)
barrier_height.agrees_with(
    height,
    "there and back it is the same, and all that counts is differences",
    of_path,
    [
        {"turned": t, "raised": r, "rising": u}
        for t in (False, True)
        for r in (0.0, 1e3)
        for u in (False, True)
    ],
    points=1,
    at_grading=True,
    atol=1e-9,
)


unit_directions = assignment.question(
    "unit_directions",
    hints=(
        "Points that are uniform in a cube crowd towards its corners. Which distribution of n independent "
        "numbers looks the same in every direction?",
        "The normal distribution does: its density depends on the length alone. What is left is to divide "
        "every row by its own length, which keepdims=True keeps as a column.",
    ),
    difficulty=2,
    minutes=10,
    line="return draws / np.linalg.norm(draws, axis=1, keepdims=True)",
)
unit_directions.test("rows of length one, as many as asked for", points=1)(probes.unit_length)
unit_directions.test("the same generator gives the same directions, another gives others", points=1)(
    probes.reproduces
)
unit_directions.test("in two dimensions all angles are equally likely", points=2)(probes.angles)
unit_directions.test("no direction depends on another: opposite or at right angles by chance only", points=2)(
    probes.independent
)
unit_directions.test(
    "in more dimensions none is preferred, and each is drawn anew", points=2, at_grading=True
)(probes.no_direction_preferred)


probe = assignment.question(
    "probe",
    hints=(
        "Stack theta + alpha d, theta - alpha d and theta into one array of 2 D + 1 rows: only within one "
        "call do all points meet the same episodes. Form the differences in each episode, and average last.",
        "Write slopes and curvatures as arrays (D, N), a number for every episode; the values at theta have"
        " shape (1, N) and fit under both. Their mean over axis 1 is the estimate, and the error is that of"
        " a mean of N numbers, 0 where N = 1.",
    ),
    difficulty=3,
    minutes=25,
    line="curvatures = (plus + minus - 2 * centre) / alpha**2",
)
FEW, ERRORS = [(1, 0.2), (1, 2.0)], ("slope_error", "curvature_error")
for title, names, cases, points in (
    ("the slope of an exact quadratic is d'g, at every alpha", ("slope",), FEW, 4),
    ("its curvature is d'Hd, at every alpha", ("curvature",), FEW, 3),
    ("with one episode there is no error: 0, not NaN", ERRORS, [(1, 0.5)], 2),
    (
        "with several episodes, the same at all points, slopes and curvatures are means of differences",
        ("slope", "curvature"),
        [(5, 1.0)],
        3,
    ),
    ("the error of a slope is that of a mean of paired differences", ERRORS[:1], [(2, 0.5), (7, 1.0)], 2),
    ("and so is the error of a curvature", ERRORS[1:], [(2, 0.5), (7, 2.0)], 2),
):
    probe.test(title, points=points)(partial(probes.agrees, names=names, cases=cases))
probe.test("errors of fresh slopes and curvatures, at other alphas", points=2, at_grading=True)(
    partial(probes.agrees, names=ERRORS, cases=[(2, 0.25), (3, 2.0), (8, 3.0)])
)
probe.test(
    "the monkey saddle has no curvature, and slopes that grow as alpha squared", points=3, at_grading=True
)(probes.monkey_saddle)


discoveries = assignment.question(
    "discoveries",
    hints=(
        "Sort, and compare the k-th smallest p-value with k rate / M. It is the last one under its line that "
        "counts, whatever happened before it.",
        "Keep the order from np.argsort: it says whose the k smallest p-values are. np.flatnonzero lists the "
        "places of the sorted ones that lie under their line; all before the last of these count with it.",
    ),
    difficulty=3,
    minutes=15,
    line="under = np.flatnonzero(p_values[order] <= lines)",
)


# The example of Benjamini and Hochberg (1995), section 3.2: four of fifteen at a rate of 0.05
THROMBOLYSIS = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
    0.6528, 0.7590, 1.0,
]  # fmt: skip


def found(p_values: Array, rate: float) -> BoolArray:
    """Return the hypotheses whose adjusted p-value is at most the rate."""
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(p_values, method="bh") <= rate)


def of_ties(rng: Generator, order: list[int]) -> Given:
    """Return p-values two of which lie on their lines, in this order."""
    return np.array([0.125, 0.75, 0.25, 0.875])[order], 0.5


def of_nothing(rng: Generator) -> Given:
    """Draw p-values among which there is nothing to find."""
    return rng.uniform(0.2, 1.0, size=20), 0.1


def of_mixture(rng: Generator, rate: float, planted: bool) -> Given:
    """Draw 60 p-values, of which some are found; of planted ones all but three lie above their lines."""
    if not planted:
        p_values = rng.uniform(size=60) ** rng.choice([1, 2, 8], size=60)
        p_values[rng.integers(60)] = rate / 600  # found for certain: who finds nothing has a test of his own
        return p_values, rate
    count = int(rng.integers(6, 30))
    ranks = [
        *rng.uniform(0.1, 0.9, size=2),
        *rng.uniform(count - 1.4, count - 0.6, size=count - 3),
        count - 0.5,
    ]
    return rng.permutation([*np.multiply(ranks, rate / 60), *rng.uniform(rate, 1, size=60 - count)]), rate


discoveries.gives(
    "four of the fifteen p-values of Benjamini and Hochberg's own example",
    ((THROMBOLYSIS, 0.05), np.arange(15) < 4),
    points=3,
)
discoveries.gives(
    "the last p-value under its line counts, though some before it are above theirs",
    (([0.02, 0.026, 0.03, 0.2], 0.05), [True, True, True, False]),
    points=3,
)
discoveries.agrees_with(
    found,
    "the answer is in the order of the question, and a tie with the line counts",
    of_ties,
    [{"order": order} for order in ([1, 0, 3, 2], [3, 2, 1, 0], [1, 3, 0, 2])],
    points=3,
)
discoveries.agrees_with(found, "nothing found is an answer too", of_nothing, points=2)
discoveries.agrees_with(
    found,
    "fresh mixtures of effects and none, at several rates",
    of_mixture,
    [{"rate": rate, "planted": planted} for rate in (0.01, 0.05, 0.2, 0.5) for planted in (True, False)],
    points=2,
    at_grading=True,
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
    line="up, down = (bends - bend_margin > smallest).any(), (bends + bend_margin < -smallest).any()",
)
verdict.test("without noise, the five kinds of place", points=3)(verdicts.without_noise)
verdict.test("what noise leaves open is not decided: cannot tell", points=4)(verdicts.cannot_tell)
verdict.test("what noise does not leave open is decided, at every alpha", points=3)(verdicts.decided)
verdict.test("a slope that outweighs the bends forbids a verdict, until the step is longer", points=4)(
    verdicts.steep
)
verdict.test("fresh places of every kind, with noise", points=4, at_grading=True)(verdicts.fresh_places)


test_discoveries = assignment.question(
    "test_discoveries",
    hints=(
        "Four p-values, at a rate of one half, have lines at 1/8, 1/4, 3/8 and 1/2, without any rounding. "
        "Where must they lie, and in which order must they come, for each of the mistakes to show?",
        "Three sets are enough: one with p-values on their lines, one in which the smallest lies above its "
        "own line and a later one below, and one in which nothing is found though some lie below the rate. "
        "Shuffle each, and write down whose are found.",
    ),
    difficulty=2,
    minutes=15,
    line="np.testing.assert_array_equal(discoveries(np.array(p_values), 0.5), found)",
)
told = partial(test_discoveries.tells_apart, right=mistaken_discoveries.RIGHT)
told("accepts what is right, and refuses other lines", wrong=mistaken_discoveries.LINES, points=3)
told("refuses other ranks, and another order", wrong=mistaken_discoveries.RANKS, points=3)
told("refuses what looks away from a tie", wrong=mistaken_discoveries.TIES, points=2)
told("and three mistakes more", wrong=mistaken_discoveries.FURTHER, points=2, at_grading=True)
