"""Assignment 3: gradient ascent, what a plateau costs, the share that fails and its interval, annealing.

Objectives and gradients are handed over as functions, which also keep what they were asked: a test sees every
point and every weight. All tests but one are exact and hold with every seed; the one about random starts says
how rarely it fails a right answer.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, IntArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks.landscapes import of_spectrum, rows
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "03-ascent",
    "Ascent",
    closed=("rl_landscapes.ascent", "rl_landscapes.studies", "rl_landscapes.statistics"),
    packages=("numpy", "scipy"),
)

ascend = assignment.question(
    "ascend",
    hints=(
        "The path has one point more than there are updates. What has to be remembered from update to update "
        "is which rows still move; a row that does not is one that keeps its last point.",
        "Start with path = [np.array(starts, dtype=float)] and moving all True. At each update let moved = "
        "path[-1] + step * gradient(path[-1]), take those rows out of `moving` where moved is not finite "
        "somewhere, and append np.where(moving[:, None], moved, path[-1]).",
    ),
    difficulty=2,
    minutes=15,
)

gap_after = assignment.question(
    "gap_after",
    hints=(
        "The left side of the equation grows without end and never falls, so each time has exactly one gap. "
        "Between which two numbers must it lie?",
        "With c the right side, the gap lies between -B and B for B = arcsinh(|c|), as a gap and its sinh "
        "have the same sign. Bisect for all times at once: some 100 halvings of the bracket reach the last "
        "digit. Newton's method from the start overflows.",
    ),
    difficulty=3,
    minutes=20,
)

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
)

count_failures = assignment.question(
    "count_failures",
    hints=(
        "Each number of each start is drawn on its own, from an interval on both sides of zero, by the "
        "generator you were given. What does `value < line` say about NaN?",
        "starts = rng.uniform(-scale, scale, size=(n_starts, n)), one call of climb, and the count of those "
        "returns that are not (finite and >= line).",
    ),
    difficulty=2,
    minutes=15,
)

share_interval = assignment.question(
    "share_interval",
    hints=(
        "Each end is the share at which what was seen, or more on that side, has a probability of just "
        "(1 - level) / 2. With no failures at all one of the two equations has no solution: which?",
        "P(X >= k; p), as a function of p, is the distribution function of a beta distribution with "
        "parameters k and n - k + 1. So low = scipy.stats.beta.ppf((1 - level) / 2, k, n - k + 1), high is "
        "the quantile 1 - (1 - level) / 2 for k + 1 and n - k; low = 0 if k = 0, and high = 1 if k = n.",
    ),
    difficulty=3,
    minutes=15,
)

anneal = assignment.question(
    "anneal",
    hints=(
        "Number the updates from 0: the first one meets the whole weight. At which weight is the end to be "
        "judged, if it is the true return that counts?",
        "for i in range(n_updates): thetas = thetas + step * gradient(thetas, tau * decay**i). Then return "
        "thetas and value(thetas, 0.0).",
    ),
    difficulty=2,
    minutes=15,
)


@dataclass
class Asked:
    """A function of points (B, n) and perhaps a weight, that keeps what it was asked."""

    answer: Callable[..., Array]
    n: int
    points: list[Array] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def __call__(self, points: Any, *weight: Any, **named: Any) -> Array:
        """Answer, and remember the question."""
        at, tau = rows(points, self.n), [float(w) for w in (*weight, *named.values())]
        self.points.append(at)
        self.weights.extend(tau)
        return self.answer(at, *tau)


def asked_once_per_update(asked: Asked, path: Array, what: str) -> None:
    """Demand that the gradient was asked for at each point of a path but the last, and nowhere else."""
    calls = len(asked.points)
    expect.true(calls == len(path) - 1, f"{what}: calls of `gradient`", got=calls, expected=len(path) - 1)
    for update, (at, here) in enumerate(zip(asked.points, path, strict=False)):
        expect.close(at, here, f"{what}: where `gradient` was asked for at update {update}")


def long_gap(total: Array) -> Array:
    """Return the gaps that solve gap + sinh gap = total, by bisection to the last digit.

    |gap| <= arcsinh |total|, since the two terms have the same sign.
    """
    high = np.arcsinh(np.abs(total))
    low = -high
    for _ in range(120):
        middle = (low + high) / 2
        below = middle + np.sinh(middle) < total
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    gaps: Array = (low + high) / 2
    return gaps


def gaps_after(student: Student, times: Array, gap: float, delta: float, what: str) -> Array:
    """Demand gaps to nine digits.

    A start of size at most 12 costs rounding of 1e-16 sinh 12 = 1e-11 in the right side of the equation, and
    the left side has a slope of at least 2, so exact arithmetic and a careful program differ by less.
    """
    exact = long_gap(gap + np.sinh(gap) + delta * times)
    return expect.close(student.gap_after(times, gap, delta), exact, what, rtol=1e-9, atol=1e-9)


def first_for_good(curves: Array, line: float) -> IntArray:
    """Return what `decided` should, curve by curve."""
    above = curves > line
    return np.array([next(k for k in range(len(a)) if (a[k:] == a[-1]).all()) for a in above.T])


def interval_of(student: Student, k: int, n: int, level: float) -> tuple[float, float]:
    """Return the student's interval."""
    what = f"share_interval({k}, {n}, {level:.4g})"
    low, high = expect.items(student.share_interval(k, n, level), 2, what)
    return expect.number(low, f"the low end of {what}"), expect.number(high, f"the high end of {what}")


def right_interval(student: Student, k: int, n: int, level: float) -> None:
    """Demand Clopper and Pearson's interval."""
    from rl_landscapes.statistics import binomial_interval

    exact, got = binomial_interval(k, n, level), interval_of(student, k, n, level)
    expect.close(got[0], exact.low, f"the low end at {k} of {n}, level {level:.4g}", atol=1e-9)
    expect.close(got[1], exact.high, f"the high end at {k} of {n}, level {level:.4g}", atol=1e-9)


# ascend ----------------------------------------------------------------------------------------------------


@ascend.test("on a quadratic it contracts along every axis by 1 + step * curvature", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    hessian, centre, starts = (
        of_spectrum(rng.uniform(-2.0, 0.5, size=4), rng),
        rng.normal(size=4),
        rng.normal(size=(3, 4)),
    )
    gradient = Asked(lambda at: (at - centre) @ hessian, 4)
    path = expect.array(student.ascend(gradient, starts, 0.3, 8), (9, 3, 4), "the path of 8 updates")
    curvatures, axes = np.linalg.eigh(hessian)
    along = (starts - centre) @ axes * (1 + 0.3 * curvatures) ** np.arange(9)[:, None, None]
    expect.close(path, centre + along @ axes.T, "the path on a quadratic")


@ascend.test("it asks for the gradient once per update, at the points where it is", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    starts, pull = rng.normal(size=(4, 3)), rng.normal(size=3)
    gradient = Asked(lambda at: np.cos(at) + pull, 3)
    path = expect.array(student.ascend(gradient, starts, 0.2, 5), (6, 4, 3), "the path of 5 updates")
    expect.close(path[0], starts, "the first point of the path")
    asked_once_per_update(gradient, path, "ascend")


@ascend.test("starts that are whole numbers do not make the path one", points=1, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    starts, slope = rng.integers(-5, 5, size=(3, 2)), rng.uniform(0.1, 0.9, size=2)
    got = student.ascend(Asked(lambda at: np.tile(slope, (len(at), 1)), 2), starts, 0.5, 3)
    exact = starts + 0.5 * slope * np.arange(4)[:, None, None]
    expect.close(got, exact, "the path on a ramp, from whole numbers")


@ascend.test("a row whose next point is not finite stays for good, and the others go on", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    slope = rng.uniform(0.5, 1.5, size=(5, 2))
    breaks = {(1, 2): np.nan, (3, 4): np.inf, (4, 1): -np.inf}  # (row, update): one entry of its gradient

    def scripted(at: Array) -> Array:
        answer = slope[: len(at)].copy()
        for (row, update), value in breaks.items():
            if update == len(gradient.points) - 1 and row < len(at):
                answer[row, 1] = value
        return answer

    gradient = Asked(scripted, 2)
    got = student.ascend(gradient, np.zeros((5, 2)), 0.1, 7)
    moves = np.minimum(np.arange(8)[:, None], [7, 2, 7, 4, 1])
    what = "the path when rows 1, 3 and 4 meet NaN, infinity and minus infinity"
    expect.close(got, 0.1 * slope * moves[..., None], what)


@ascend.test("the next point can be infinite where the gradient is not", points=1, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    slope, size = rng.uniform(0.5, 1.5, size=(3, 2)), np.array([[1.0], [1e306], [1.0]])
    got = student.ascend(Asked(lambda at: (slope * size)[: len(at)], 2), np.zeros((3, 2)), 1e3, 4)
    exact = 1e3 * slope * np.arange(5)[:, None, None] * (size == 1)
    expect.close(got, exact, "the path where a step of 1,000 times the gradient of row 1 is infinite")


@ascend.test("fresh curved objectives in other units, one start, one update", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for n_starts, n, n_updates, unit in ((1, 1, 1, 1.0), (5, 3, 20, 1e-9), (2, 2, 6, 1e9)):
        starts, pull = rng.normal(size=(n_starts, n)), rng.normal(size=n)
        step, exact = float(rng.uniform(0.05, 0.5)), [starts]
        for _ in range(n_updates):
            exact.append(exact[-1] + step * (np.sin(exact[-1]) + pull))
        gradient = Asked(lambda at, pull=pull, unit=unit: unit * (np.sin(at) + pull), n)
        got = student.ascend(gradient, starts, step / unit, n_updates)
        expect.close(
            got, exact, f"the path of {n_updates} updates from {n_starts} starts, step {step / unit:.3g}"
        )


# gap_after -------------------------------------------------------------------------------------------------


@gap_after.test("from a gap of 0, at times up to 100", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    gaps_after(student, np.array([0.0, 0.5, 2.0, 10.0, 100.0]), 0.0, 1.0, "gap_after(times, 0, 1)")


@gap_after.test("from other gaps, with the worse action ahead among them", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    for gap in (float(rng.uniform(0.5, 3.0)), float(rng.uniform(-3.0, -0.5))):
        times, delta = np.sort(rng.uniform(0, 20, size=6)), float(rng.uniform(0.2, 2.0))
        gaps_after(student, times, gap, delta, f"gap_after(times, {gap:.3g}, {delta:.3g})")


@gap_after.test("after very long times it is close to log(2 delta t)", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    times = np.array([1e3, 1e6, 1e12])
    got = gaps_after(student, times, 0.0, 0.5, "gap_after([1e3, 1e6, 1e12], 0, 0.5)")
    expect.close(
        got[2], np.log(times[2]), "the gap at t = 1e12, delta = 0.5, against log t", rtol=0, atol=1e-9
    )


@gap_after.test("a while and another while are the sum of both", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    gap, delta, first = float(rng.uniform(-2, 2)), float(rng.uniform(0.1, 5.0)), float(rng.uniform(1, 9))
    later = np.sort(rng.uniform(0, 1e3, size=5))
    half = gaps_after(student, np.array([first]), gap, delta, "gap_after(first, ...)")
    whole = long_gap(gap + np.sinh(gap) + delta * (first + later))
    got = student.gap_after(later, float(half[0]), delta)
    expect.close(got, whole, "gap_after(later, gap_after(first))", rtol=1e-9, atol=1e-9)


@gap_after.test("turning round from gaps of -6 to -12, at fresh times up to 1e14", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    gap, times = float(rng.uniform(-12, -6)), 10.0 ** rng.uniform(-2, 14, size=40)
    gaps_after(student, times, gap, float(rng.uniform(0.1, 2.0)), f"gap_after(40 times, {gap:.3g}, ...)")


# decided ---------------------------------------------------------------------------------------------------


@decided.test("the first record from which on a curve stays on one side", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    up, down = [0.0, 2.0, 0.0, 2.0, 2.0], [0.0, 2.0, 2.0, 0.0, 0.0]
    curves = np.array([up, down, [2.0] * 5, [0.0] * 5]).T
    expect.close(student.decided(curves, 1.0), [3, 3, 0, 0], "decided, four curves of five records")


@decided.test("random curves that cross again and again", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    curves = rng.normal(size=(12, 9)).cumsum(axis=0)
    expect.close(student.decided(curves, 0.3), first_for_good(curves, 0.3), "decided, nine random curves")


@decided.test("a curve that crosses at the very last record, or lies on the line", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    line = float(rng.normal())
    late = line + np.array([1.0, 1.0, 1.0, -1.0])
    on = line + np.array([1.0, 0.0, -1.0, 0.0])
    above = line + np.array([0.0, 0.0, 1.0, 1.0])
    got = student.decided(np.stack([late, on, above], axis=1), line)
    expect.close(got, [3, 1, 2], "decided when the last record crosses, or values equal the line")


@decided.test("many curves and few, and one record only", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for size in ((1, 3), (30, 1), (8, 8), (5, 200)):
        curves = rng.normal(size=size)
        expect.close(student.decided(curves, 0.0), first_for_good(curves, 0.0), f"decided, curves {size}")


# count_failures --------------------------------------------------------------------------------------------


def counted(
    student: Student,
    climb: Callable[[Array], Array],
    size: tuple[int, int],
    scale: float,
    rng: np.random.Generator,
) -> tuple[int, Array]:
    """Return the student's count against a line of 1.0, and the starts (n_starts, n) it climbed from."""
    asked = Asked(climb, size[1])
    got = student.count_failures(asked, *size, scale, 1.0, rng)
    calls = len(asked.points)
    expect.true(calls == 1, "count_failures: calls of `climb`", got=calls, expected=1)
    seen = expect.array(asked.points[0], size, "the starts handed to `climb`")
    return expect.integer(got, "count_failures"), seen


@count_failures.test("counts the climbs that end below the line, not those on it", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    few, many = rng.integers(5, 9, size=2), rng.integers(10, 15, size=2)
    ends = rng.permutation(np.repeat([0.2, 0.9, 1.0, 1.5], [*few, *many]))
    got, _ = counted(student, lambda starts: ends[: len(starts)], (ends.size, 3), 0.2, rng)
    what = f"count_failures, {ends.size} climbs"
    expect.true(got == few.sum(), what, got=got, expected=int(few.sum()))


@count_failures.test("starts fill the cube from -scale to scale evenly, each entry on its own", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    """Test 10,000 entries u, which are independent and uniform if the answer is right.

    Dvoretzky, Kiefer and Wolfowitz with Massart's constant: the empirical distribution function is further
    than e from the true one with probability at most 2 exp(-2 N e^2), which is 1e-7 at N = 10,000 and
    e = 0.029. Two given entries coincide with probability at most 2^-51, as they lie on a grid of 2^53
    points of which rounding joins at most four, so any two do with at most N^2 / 2 * 2^-51 = 2.3e-8. That no
    entry is outside the cube is certain. The products of M = 5,000 pairs of entries (4,800 of neighbours in a
    row) are independent, in [-1, 1] and of mean zero: by Hoeffding their mean is beyond e with probability at
    most 2 exp(-M e^2 / 2), which is 1e-8 at the e below. In all, a right answer fails with less than 2e-7.
    """
    scale, (n_starts, n) = float(rng.uniform(0.1, 0.5)), (400, 25)
    _, starts = counted(student, lambda starts: np.ones(len(starts)), (n_starts, n), scale, rng)
    furthest = float(np.abs(starts).max())
    expect.true(furthest <= scale, f"starts in [-scale, scale], scale = {scale:.3g}", got=furthest)
    entries = np.sort(starts.ravel())
    expect.true(bool((np.diff(entries) > 0).all()), "every entry of every start is drawn anew")
    share = (entries + scale) / (2 * scale)
    ranks = np.arange(entries.size + 1) / entries.size
    distance = float(max(np.abs(share - ranks[1:]).max(), np.abs(share - ranks[:-1]).max()))
    what = "distance between the distribution of the entries and the uniform one"
    expect.true(distance <= math.sqrt(math.log(2e7) / (2 * entries.size)), what, got=distance)
    for one, other, what in (
        (starts[:, 0:24:2], starts[:, 1:24:2], "neighbouring entries of a start"),
        (starts[0::2], starts[1::2], "neighbouring starts"),
        (starts[:200], starts[200:], "the first starts and the last"),
    ):
        products = one * other / scale**2
        most = math.sqrt(2 * math.log(2e8) / products.size)
        expect.between(products.mean(), -most, most, f"{what} must be independent: mean product / scale^2")


@count_failures.test("climbs that end at NaN or infinity have failed", points=4, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    counts = rng.integers(3, 12, size=5)
    ends = rng.permutation(np.repeat([1.5, 0.5, np.nan, np.inf, -np.inf], counts))
    got, _ = counted(student, lambda starts: ends[: len(starts)], (ends.size, 2), 1.0, rng)
    exact = int(counts[1:].sum())
    expect.true(got == exact, "count_failures, some climbs not finite", got=got, expected=exact)


@count_failures.test(
    "the same generator gives the same starts, and another one others", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    other = np.random.default_rng(rng.integers(2**62))

    def climb(starts: Array) -> Array:
        return np.where(starts[:, 0] > 0, 2.0, 0.0)

    got, first = counted(student, climb, (30, 4), 0.3, rng)
    _, again = counted(student, climb, (30, 4), 0.3, rng)  # a function gets a copy of the generator
    _, others = counted(student, climb, (30, 4), 0.3, other)
    expect.close(again, first, "starts from the same generator")
    expect.true(not (others == first).any(), "starts from another generator must be others")
    failed = int((first[:, 0] <= 0).sum())
    expect.true(
        got == failed,
        "count_failures where starts with a negative first entry fail",
        got=got,
        expected=failed,
    )


# share_interval --------------------------------------------------------------------------------------------


@share_interval.test("each end leaves (1 - level) / 2 in its tail", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    from scipy.stats import binom

    for k, n, level in ((3, 10, 0.95), (17, 40, 0.95), (50, 60, 0.8)):
        low, high = interval_of(student, k, n, level)
        ordered = 0 <= low <= k / n <= high <= 1
        expect.true(ordered, f"0 <= low <= {k}/{n} <= high <= 1", got=[low, high])
        tail = (1 - level) / 2
        expect.close(
            binom.sf(k - 1, n, low), tail, f"P(X >= {k}; n = {n}, p = low), level {level:g}", rtol=1e-6
        )
        expect.close(
            binom.cdf(k, n, high), tail, f"P(X <= {k}; n = {n}, p = high), level {level:g}", rtol=1e-6
        )


@share_interval.test("no failure in n, and n in n", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    for n in (1, 20, 200):
        right_interval(student, 0, n, 0.95)
        right_interval(student, n, n, 0.95)


@share_interval.test("it covers a fresh true share at least as often as it says", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    """Sum the probabilities of all counts whose interval holds p: exact, no sampling.

    For Clopper and Pearson's interval this is at least the level at every p, also where an end that is off
    by 1e-9 loses a count: beyond the end the others suffice. The mean width rules out an interval that covers
    by being wider than theirs.
    """
    from scipy.stats import binom

    from rl_landscapes.statistics import binomial_interval

    n, level = int(rng.integers(12, 25)), float(rng.uniform(0.7, 0.97))
    ends = np.array([interval_of(student, k, n, level) for k in range(n + 1)])
    for p in rng.uniform(0.02, 0.98, size=20):
        covers = (ends[:, 0] <= p) & (p <= ends[:, 1])
        coverage = float(binom.pmf(np.arange(n + 1), n, p) @ covers)
        what = f"probability that the interval covers p = {p:.4g}, n = {n}, level {level:.4g}"
        expect.true(coverage >= level - 1e-7, what, got=coverage, expected=level)
    theirs = [binomial_interval(k, n, level) for k in range(n + 1)]
    widest = sum(i.high - i.low for i in theirs) / len(theirs)
    expect.between(
        (ends[:, 1] - ends[:, 0]).mean(), 0, widest + 1e-6, f"mean width at n = {n}, level {level:.4g}"
    )


@share_interval.test(
    "fresh counts, levels from 0.5 to 0.9999, and up to 100,000 climbs", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    for n in (7, 1000, 100_000):
        for level in (0.5, float(rng.uniform(0.9, 0.99)), 0.9999):
            right_interval(student, int(rng.integers(1, n)), n, level)


# anneal ----------------------------------------------------------------------------------------------------


def annealed(
    student: Student, gradient: Asked, value: Asked, starts: Array, run: tuple[float, int, float, float]
) -> tuple[Any, Any]:
    """Return the student's ends and returns for (step, n_updates, tau, decay)."""
    ends, returns = expect.items(student.anneal(gradient, value, starts, *run), 2, "anneal")
    return ends, returns


def tilted(rng: np.random.Generator, n: int) -> tuple[Asked, Asked, Array, Array]:
    """Return gradient and value of -|theta - c - tau e|^2 / 2, with c and e: its optimum moves with tau."""
    centre, way = rng.normal(size=(2, n))
    gradient = Asked(lambda at, tau: centre + tau * way - at, n)
    value = Asked(lambda at, tau: -((at - centre - tau * way) ** 2).sum(axis=1) / 2, n)
    return gradient, value, centre, way


@anneal.test("the weight starts at tau and is multiplied by the decay at every update", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    for n_updates, tau, decay in ((6, 0.5, 0.8), (40, 2.0, 0.7)):
        gradient, value, _, _ = tilted(rng, 3)
        annealed(student, gradient, value, rng.normal(size=(2, 3)), (0.1, n_updates, tau, decay))
        what = f"weights at which `gradient` was asked for, tau = {tau}, decay = {decay}"
        expect.close(gradient.weights, tau * decay ** np.arange(n_updates), what)


@anneal.test("where it ends on a quadratic whose optimum moves with tau", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    """Compare with the sum of the geometric series: theta_U - c = (1 - s)^U (theta_0 - c) + s tau w e."""
    gradient, value, centre, way = tilted(rng, 4)
    starts, (step, n_updates, tau, decay) = rng.normal(size=(3, 4)), (0.2, 30, 2.0, 0.9)
    keep = (1 - step) ** n_updates
    weight = sum((1 - step) ** (n_updates - 1 - i) * decay**i for i in range(n_updates))
    exact = centre + keep * (starts - centre) + step * tau * weight * way
    ends, _ = annealed(student, gradient, value, starts, (step, n_updates, tau, decay))
    expect.close(ends, exact, "the ends of 30 updates on a quadratic whose optimum moves with tau")


@anneal.test("the returns are true returns: those at tau = 0, of the ends", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    gradient, value, centre, _ = tilted(rng, 3)
    starts = rng.normal(size=(5, 3))
    starts[0] = centre  # the best point for the true return, which entropy leaves
    ends, returns = annealed(student, gradient, value, starts, (0.3, 10, 1.0, 0.95))
    last = expect.array(ends, (5, 3), "the ends of anneal")
    far = float(np.abs(last).max())
    expect.true(far < 1e6, "the ends of anneal must be near the optimum", got=far)
    expect.close(returns, -((last - centre) ** 2).sum(axis=1) / 2, "true returns at the ends")


@anneal.test("one choice between two actions, from fresh gaps, weights and decays", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    from scipy.special import entr, expit

    def slope(at: Array, tau: float) -> Array:
        return expit(at) * expit(-at) * (1 - tau * at)

    def objective(at: Array, tau: float) -> Array:
        return (expit(at) + tau * (entr(expit(at)) + entr(expit(-at))))[:, 0]

    for decay, n_updates in ((float(rng.uniform(0.9, 0.99)), 40), (1.0, 5)):
        starts, tau = rng.normal(size=(4, 1)), float(rng.uniform(0.1, 1.0))
        exact = starts
        for i in range(n_updates):
            exact = exact + 0.5 * slope(exact, tau * decay**i)
        run = (0.5, n_updates, tau, decay)
        ends, returns = annealed(student, Asked(slope, 1), Asked(objective, 1), starts, run)
        expect.close(ends, exact, f"the gaps after {n_updates} updates, tau = {tau:.3g}, decay = {decay:.3g}")
        expect.close(returns, expit(exact)[:, 0], "their true returns")
