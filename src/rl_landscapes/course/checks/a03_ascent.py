"""Assignment 3: ascent, what a plateau costs, the share that fails and its interval, annealing, a test.

Objectives and gradients are handed over as functions, which also keep what they were asked: a test sees every
point and every weight. All tests but one are exact and hold with every seed; the one about random starts says
how rarely it fails a right answer.
"""

from functools import partial
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import ascents, mistaken_updates
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "03-ascent",
    "Ascent",
    closed=("rl_landscapes.ascent", "rl_landscapes.studies", "rl_landscapes.statistics"),
    packages=("numpy", "scipy"),
)


Generator = np.random.Generator
Given = tuple[Any, ...]  # the arguments of a function


ascend = assignment.question(
    "ascend",
    hints=(
        "The path has one point more than there are updates. What has to be remembered from update to "
        "update is which rows still move; a row that does not is one that keeps its last point.",
        "Keep one row of truths, moving, that is True for all starts. Once a row of the proposed points is "
        "not finite somewhere its entry turns False for good, and np.where chooses between the proposed "
        "point and the last one.",
    ),
    difficulty=2,
    minutes=15,
    line="path.append(np.where(moving[:, None], moved, path[-1]))",
)
ascend.test("on a quadratic it contracts along every axis by 1 + step * curvature", points=4)(
    ascents.contracts
)
ascend.test("it asks for the gradient once per update, at the points where it is", points=2)(
    ascents.asks_once
)
ascend.test("starts that are whole numbers do not make the path one", points=1, at_grading=True)(
    ascents.from_whole_numbers
)
ascend.test("a row whose next point is not finite stays for good, and the others go on", points=3)(
    ascents.rows_stop
)
ascend.test("the next point can be infinite where the gradient is not", points=1, at_grading=True)(
    ascents.overflows
)
ascend.test("fresh curved objectives in other units, one start, one update", points=2, at_grading=True)(
    ascents.logistic
)


gap_after = assignment.question(
    "gap_after",
    hints=(
        "Of (1 + cosh D) dD = delta dt both sides can be integrated. What comes out on the left grows "
        "without end and never falls, so each time has exactly one gap. Between which two numbers must it "
        "lie?",
        "With c the right side, the gap lies between -B and B for B = arcsinh(|c|), as a gap and its sinh "
        "have the same sign. Bisect for all times at once: some 100 halvings of the bracket reach the last "
        "digit. Newton's method from the start overflows.",
    ),
    difficulty=3,
    minutes=20,
    line="low, high = np.where(below, middle, low), np.where(below, high, middle)",
)


def demand_gaps(student: Student, gaps: Array, gap: float, delta: float) -> tuple[Array, Array]:
    """Demand these gaps (K,) at the times when they are reached, to nine digits; return times and answer.

    A start of size at most 12 costs rounding of 1e-16 sinh 12 = 1e-11 in the right side of the equation, and
    the left side has a slope of at least 2, so exact arithmetic and a careful program differ by less.
    """
    times = (gaps + np.sinh(gaps) - gap - np.sinh(gap)) / delta
    what = f"gap_after(times, {gap:.3g}, {delta:.3g}), times from {times.min():.3g} to {times.max():.3g}"
    return times, expect.close(student.gap_after(times, gap, delta), gaps, what, rtol=1e-9, atol=1e-9)


@gap_after.test("from a gap of 0, at times up to 100", points=4)
def _(student: Student, rng: Generator) -> None:
    demand_gaps(student, np.array([0.0, 0.25, 1.0, 2.3, 5.2]), 0.0, 1.0)


@gap_after.test("from other gaps, with the worse action ahead among them", points=2)
def _(student: Student, rng: Generator) -> None:
    for gap in (float(rng.uniform(0.5, 2.0)), float(rng.uniform(-3.0, -0.5))):
        gaps = gap + np.array([0.1, 0.2, 0.4, 1.0, 2.0, 4.0])
        demand_gaps(student, gaps, gap, float(rng.uniform(0.2, 2.0)))


@gap_after.test("after very long times it is close to log(2 delta t)", points=3)
def _(student: Student, rng: Generator) -> None:
    times, got = demand_gaps(student, np.array([7.0, 14.0, 28.0]), 0.0, 0.5)
    expect.close(got[2], np.log(times[2]), f"the gap at t = {times[2]:.3g}, against log t", rtol=0, atol=1e-9)


@gap_after.test("a while and another while are the sum of both", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for gap, after in ((-2.0, -1.0), (0.5, 1.0)):
        delta = float(rng.uniform(0.1, 5.0))
        _, half = demand_gaps(student, np.array([after + float(rng.uniform(-0.2, 0.2))]), gap, delta)
        demand_gaps(student, half[0] + np.array([0.1, 1.0, 3.0, 9.0]), float(half[0]), delta)


@gap_after.test("turning round from gaps of -6 to -12, at fresh times up to 1e14", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    gap = float(rng.uniform(-12, -6))
    demand_gaps(student, rng.uniform(gap, 30.0, size=40), gap, float(rng.uniform(0.1, 2.0)))


decided = assignment.question(
    "decided",
    hints=(
        "Ask backwards: which is the last record at which the curve is on the other side than at its end? It "
        "is decided one record later.",
        "other = (curves > line) != (curves[-1] > line) marks the records on the other side; "
        "other[::-1].argmax(axis=0) counts from the end to the last of them, if there is one at all.",
    ),
    difficulty=2,
    minutes=10,
    line="last = len(curves) - 1 - other[::-1].argmax(axis=0)",
)


def first_for_good(curves: Array, line: float) -> IntArray:
    """Return what `decided` should, curve by curve."""
    above = curves > line
    return np.array([next(k for k in range(len(a)) if (a[k:] == a[-1]).all()) for a in above.T])


def of_curves(rng: Generator, n_records: int = 12, n: int = 9, line: float = 0.3) -> Given:
    """Draw curves that wander, and add one that crosses the line at every record, one above and one below."""
    curves = rng.normal(size=(n_records, n)).cumsum(axis=0)
    side = 9.0 * np.ones((n_records, 3)) * [1, 1, -1]
    side[1::2, 0] *= -1
    return np.concatenate([curves, side], axis=1), line


def of_late_curves(rng: Generator) -> Given:
    """Draw a line, a curve that crosses it at the last record, and two that touch it."""
    line = float(rng.normal())
    return line + np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, -1.0, 1.0], [-1.0, 0.0, 1.0]]), line


decided.gives(
    "the first record from which on a curve stays on one side",
    (
        (
            [
                [0.0, 0.0, 2.0, 0.0],
                [2.0, 2.0, 2.0, 0.0],
                [0.0, 2.0, 2.0, 0.0],
                [2.0, 0.0, 2.0, 0.0],
                [2.0, 0.0, 2.0, 0.0],
            ],
            1.0,
        ),
        [3, 3, 0, 0],
    ),
    points=4,
)
decided.agrees_with(first_for_good, "random curves that cross again and again", of_curves, points=2)
decided.agrees_with(
    first_for_good,
    "a curve that crosses at the very last record, or lies on the line",
    of_late_curves,
    points=2,
)
decided.agrees_with(
    first_for_good,
    "many curves and few, and one record only",
    of_curves,
    [{"n_records": k, "n": n} for k, n in ((1, 3), (30, 1), (8, 8), (5, 200))],
    points=2,
    at_grading=True,
)


count_failures = assignment.question(
    "count_failures",
    hints=(
        "Each number of each start is drawn on its own, from an interval on both sides of zero, by the "
        "generator you were given. What does `value < line` say about NaN?",
        "Draw an array of shape (n_starts, n) at once, and call climb once. Count those that succeeded: "
        "finite, and at the line or above it; all others failed.",
    ),
    difficulty=2,
    minutes=15,
    line="succeeded = np.isfinite(returns) & (returns >= line)",
)
count_failures.test("counts the climbs that end below the line, not those on it", points=3)(ascents.counts)
count_failures.test("starts fill the cube from -scale to scale evenly, each entry on its own", points=4)(
    ascents.fills_the_cube
)
count_failures.test("climbs that end at NaN or infinity have failed", points=3)(ascents.counts_lost)
count_failures.test(
    "the same generator gives the same starts, and another one others", points=3, at_grading=True
)(ascents.draws_its_starts)


share_interval = assignment.question(
    "share_interval",
    hints=(
        "Each end is the share at which what was seen, or more on that side, has a probability of just (1 -"
        " level) / 2. With no failures at all one of the two equations has no solution: which?",
        "P(X >= k; p), as a function of p, is the distribution function of a beta distribution with "
        "parameters k and n - k + 1; its quantiles are scipy.stats.beta.ppf. Which parameters belong to P(X"
        " <= k; p)?",
    ),
    difficulty=3,
    minutes=15,
    line="high = beta.ppf(1 - tail, k + 1, n - k) if k < n else 1.0",
)


def exact_interval(k: int, n: int, level: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval, by looking for the roots of the binomial tails."""
    from scipy.stats import binomtest

    low, high = binomtest(k, n).proportion_ci(level, method="exact")
    return float(low), float(high)


def of_interval(rng: Generator, n: int, level: float = 0.95, k: int | None = None) -> Given:
    """Return a count, drawn from 1 to n - 1 if there is none."""
    return int(rng.integers(1, n)) if k is None else k, n, level


def both_ends(student: Student, k: int, n: int, level: float) -> list[float]:
    """Return the student's interval."""
    what = f"share_interval({k}, {n}, {level:.4g})"
    return [
        expect.number(x, f"an end of {what}")
        for x in expect.items(student.share_interval(k, n, level), 2, what)
    ]


interval_agrees = partial(share_interval.agrees_with, exact_interval, atol=1e-9)


@share_interval.test("each end leaves (1 - level) / 2 in its tail", points=4)
def _(student: Student, rng: Generator) -> None:
    from scipy.stats import binom

    for k, n, level in ((3, 10, 0.95), (17, 40, 0.95), (50, 60, 0.8)):
        low, high = both_ends(student, k, n, level)
        ordered = 0 <= low <= k / n <= high <= 1
        expect.true(ordered, f"0 <= low <= {k}/{n} <= high <= 1", got=[low, high])
        tail = (1 - level) / 2
        expect.close(
            binom.sf(k - 1, n, low), tail, f"P(X >= {k}; n = {n}, p = low), level {level:g}", rtol=1e-6
        )
        expect.close(
            binom.cdf(k, n, high), tail, f"P(X <= {k}; n = {n}, p = high), level {level:g}", rtol=1e-6
        )


interval_agrees(
    "no failure in n, and n in n",
    of_interval,
    [{"n": n, "k": k} for n in (1, 20, 200) for k in (0, n)],
    points=3,
)


@share_interval.test("it covers a fresh true share at least as often as it says", points=3, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    """Sum the probabilities of all counts whose interval holds p: exact, no sampling.

    For Clopper and Pearson's interval this is at least the level at every p, also where an end that is off
    by 1e-9 loses a count: beyond the end the others suffice. The mean width rules out an interval that covers
    by being wider than theirs.
    """
    from scipy.stats import binom

    n, level = int(rng.integers(12, 25)), float(rng.uniform(0.7, 0.9))
    ends = np.array([both_ends(student, k, n, level) for k in range(n + 1)])
    for p in rng.uniform(0.02, 0.98, size=20):
        covers = (ends[:, 0] <= p) & (p <= ends[:, 1])
        coverage = float(binom.pmf(np.arange(n + 1), n, p) @ covers)
        what = f"probability that the interval covers p = {p:.4g}, n = {n}, level {level:.4g}"
        expect.true(coverage >= level - 1e-7, what, got=coverage, expected=level)
    widest = float(np.diff([exact_interval(k, n, level) for k in range(n + 1)]).mean())
    expect.between(
        (ends[:, 1] - ends[:, 0]).mean(), 0, widest + 1e-6, f"mean width at n = {n}, level {level:.4g}"
    )


interval_agrees(
    "fresh counts, levels from 0.5 to 0.9999, and up to 100,000 climbs",
    of_interval,
    [{"n": n, "level": level} for n in (7, 1000, 100_000) for level in (0.5, 0.93, 0.9999)],
    points=3,
    at_grading=True,
)


anneal = assignment.question(
    "anneal",
    hints=(
        "Number the updates from 0: the first one meets the whole weight. At which weight is the end to be "
        "judged, if it is the true return that counts?",
        "The weight of update i is tau times a power of decay: which one for the first? The returns that "
        "are asked for are a call of value at the end, with a weight of their own.",
    ),
    difficulty=2,
    minutes=15,
    line="thetas = thetas + step * gradient(thetas, tau * decay**i)",
)
anneal.test("the weight starts at tau and is multiplied by the decay at every update", points=3)(
    ascents.weights_fall
)
anneal.test("where it ends on a quadratic whose optimum moves with tau", points=4)(
    ascents.ends_on_a_quadratic
)
anneal.test("the returns are true returns: those at tau = 0, of the ends", points=3)(ascents.true_returns)
anneal.test("one choice between two actions, from fresh gaps, weights and decays", points=3, at_grading=True)(
    ascents.two_actions
)


test_update = assignment.question(
    "test_update",
    hints=(
        "Where every row goes on, all rules about who stops agree. Which rows would tell them apart: what "
        "can be wrong with a slope, with a next point, and before?",
        "One call with a row for each case will do: two that move, one each with NaN, infinity and minus "
        "infinity in one entry, one whose step overflows, and one that had stopped before. Write down what "
        "must come back, for both arrays, and compare to about ten digits.",
    ),
    difficulty=2,
    minutes=15,
    line="expected = np.where(moves[:, None], points + step * np.where(moves[:, None], slopes, 0.0), points)",
)
told = partial(test_update.tells_apart, right=mistaken_updates.RIGHT)
told("accepts what is right, and refuses what goes elsewhere", wrong=mistaken_updates.STEPS, points=3)
told("refuses what stops too many rows, or too few", wrong=mistaken_updates.ROWS, points=3)
told("refuses what lets infinity pass, or an overflow", wrong=mistaken_updates.EDGES, points=2)
told("and three mistakes more", wrong=mistaken_updates.FURTHER, points=2, at_grading=True)
