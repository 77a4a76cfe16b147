"""What is asked of ascents: where they go, what they ask of an objective on the way, and where they start."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks.chance import follows, reproduced
from rl_landscapes.course.checks.landscapes import Asked, of_spectrum
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


def asked_once_per_update(asked: Asked, path: Array, what: str) -> None:
    """Demand that the gradient was asked for at each point of a path but the last, and nowhere else."""
    calls = len(asked.points)
    expect.true(calls == len(path) - 1, f"{what}: calls of `gradient`", got=calls, expected=len(path) - 1)
    for update, (at, here) in enumerate(zip(asked.points, path, strict=False)):
        expect.close(at, here, f"{what}: where `gradient` was asked for at update {update}")


def counted(
    student: Student, climb: Callable[[Array], Array], size: tuple[int, int], scale: float, rng: Generator
) -> tuple[int, Array]:
    """Return the student's count against a line of 1.0, and the starts (n_starts, n) it climbed from."""
    asked = Asked(climb, size[1])
    got = student.count_failures(asked, *size, scale, 1.0, rng)
    calls = len(asked.points)
    expect.true(calls == 1, "count_failures: calls of `climb`", got=calls, expected=1)
    seen = expect.array(asked.points[0], size, "the starts handed to `climb`")
    return expect.integer(got, "count_failures"), seen


def annealed(
    student: Student, gradient: Asked, value: Asked, starts: Array, run: tuple[float, int, float, float]
) -> tuple[Any, Any]:
    """Return the student's ends and returns for (step, n_updates, tau, decay)."""
    ends, returns = expect.items(student.anneal(gradient, value, starts, *run), 2, "anneal")
    return ends, returns


def tilted(rng: Generator, n: int) -> tuple[Asked, Asked, Array, Array]:
    """Return gradient and value of -|theta - c - tau e|^2 / 2, with c and e: its optimum moves with tau."""
    centre, way = rng.normal(size=(2, n))
    gradient = Asked(lambda at, tau: centre + tau * way - at, n)
    value = Asked(lambda at, tau: -((at - centre - tau * way) ** 2).sum(axis=1) / 2, n)
    return gradient, value, centre, way


def contracts(student: Student, rng: Generator) -> None:
    """Ask for the path on a quadratic, axis by axis."""
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


def asks_once(student: Student, rng: Generator) -> None:
    """Ask where the gradient was asked for."""
    starts, pull = rng.normal(size=(4, 3)), rng.normal(size=3)
    gradient = Asked(lambda at: np.cos(at) + pull, 3)
    path = expect.array(student.ascend(gradient, starts, 0.2, 5), (6, 4, 3), "the path of 5 updates")
    expect.close(path[0], starts, "the first point of the path")
    asked_once_per_update(gradient, path, "ascend")


def from_whole_numbers(student: Student, rng: Generator) -> None:
    """Ask for the path on a ramp."""
    starts, slope = rng.integers(-5, 5, size=(3, 2)), rng.uniform(0.1, 0.9, size=2)
    got = student.ascend(Asked(lambda at: np.tile(slope, (len(at), 1)), 2), starts, 0.5, 3)
    exact = starts + 0.5 * slope * np.arange(4)[:, None, None]
    expect.close(got, exact, "the path on a ramp, from whole numbers")


def rows_stop(student: Student, rng: Generator) -> None:
    """Let three of five gradients fail, each at another update."""
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


def overflows(student: Student, rng: Generator) -> None:
    """Let a step overflow where the gradient does not."""
    slope, size = rng.uniform(0.5, 1.5, size=(3, 2)), np.array([[1.0], [1e306], [1.0]])
    got = student.ascend(Asked(lambda at: (slope * size)[: len(at)], 2), np.zeros((3, 2)), 1e3, 4)
    exact = 1e3 * slope * np.arange(5)[:, None, None] * (size == 1)
    expect.close(got, exact, "the path where a step of 1,000 times the gradient of row 1 is infinite")


def logistic(student: Student, rng: Generator) -> None:
    """Climb x^2 / 2 - 2 x^3 / 3 with a step of 1, in some units: 1 - 2 x is squared by every update."""
    for n_starts, n, n_updates, unit in ((1, 1, 1, 1.0), (5, 3, 20, 1e-9), (2, 2, 6, 1e9)):
        starts, what = rng.uniform(0.05, 0.45, size=(n_starts, n)), f"{n_updates} updates, {n_starts} starts"
        gradient = Asked(lambda at, unit=unit: unit * (at - 2 * at**2), n)
        got = student.ascend(gradient, starts, 1 / unit, n_updates)
        exact = (1 - (1 - 2 * starts) ** (2.0 ** np.arange(n_updates + 1)[:, None, None])) / 2
        expect.close(got, exact, f"the path of {what}, step {1 / unit:.3g}")


def counts(student: Student, rng: Generator) -> None:
    """Let climbs end below a line, on it and above."""
    few, many = rng.integers(5, 9, size=2), rng.integers(10, 15, size=2)
    ends = rng.permutation(np.repeat([0.2, 0.9, 1.0, 1.5], [*few, *many]))
    got, _ = counted(student, lambda starts: ends[: len(starts)], (ends.size, 3), 0.2, rng)
    what = f"count_failures, {ends.size} climbs"
    expect.true(got == few.sum(), what, got=got, expected=int(few.sum()))


def fills_the_cube(student: Student, rng: Generator) -> None:
    """Test 10,000 entries u, which are independent and uniform if the answer is right.

    Their law is missed by chance with probability 1e-7 (see `chance`). Two given entries coincide with
    probability at most 2^-51, as they lie on a grid of 2^53 points of which rounding joins at most four, so
    any two of N = 10,000 do with at most N^2 / 2 * 2^-51 = 2.3e-8. That no entry is outside the cube is
    certain. The products of M = 5,000 pairs of entries (4,800 of neighbours in a row) are independent, in
    [-1, 1] and of mean zero: by Hoeffding their mean is beyond e with probability at most 2 exp(-M e^2 / 2),
    which is 1e-8 at the e below. In all, a right answer fails with less than 2e-7.
    """
    scale, (n_starts, n) = float(rng.uniform(0.1, 0.5)), (400, 25)
    _, starts = counted(student, lambda starts: np.ones(len(starts)), (n_starts, n), scale, rng)
    furthest = float(np.abs(starts).max())
    expect.true(furthest <= scale, f"starts in [-scale, scale], scale = {scale:.3g}", got=furthest)
    expect.true(len(np.unique(starts)) == starts.size, "every entry of every start is drawn anew")
    follows((starts + scale) / (2 * scale), "the entries from the uniform law", risk=1e-7)
    for one, other, what in (
        (starts[:, 0:24:2], starts[:, 1:24:2], "neighbouring entries of a start"),
        (starts[0::2], starts[1::2], "neighbouring starts"),
        (starts[:200], starts[200:], "the first starts and the last"),
    ):
        products = one * other / scale**2
        most = math.sqrt(2 * math.log(2e8) / products.size)
        expect.between(products.mean(), -most, most, f"{what} must be independent: mean product / scale^2")


def counts_lost(student: Student, rng: Generator) -> None:
    """Let climbs end nowhere."""
    counts = rng.integers(3, 12, size=5)
    ends = rng.permutation(np.repeat([1.5, 0.5, np.nan, np.inf, -np.inf], counts.astype(np.intp)))
    got, _ = counted(student, lambda starts: ends[: len(starts)], (ends.size, 2), 1.0, rng)
    exact = int(counts[1:].sum())
    expect.true(got == exact, "count_failures, some climbs not finite", got=got, expected=exact)


def draws_its_starts(student: Student, rng: Generator) -> None:
    """Ask again with the same generator, and with another; starts with a negative first entry fail."""

    def climbed(generator: Generator) -> tuple[int, Array]:
        return counted(student, lambda at: np.where(at[:, 0] > 0, 2.0, 0.0), (401, 25), 0.3, generator)

    failed = int((reproduced(lambda each: climbed(each)[1], rng, "starts")[:, 0] <= 0).sum())
    got, what = climbed(rng)[0], "count_failures where starts with a negative first entry fail"
    expect.true(got == failed, what, got=got, expected=failed)


def weights_fall(student: Student, rng: Generator) -> None:
    """Ask for the weights on the way."""
    for n_updates, tau, decay in ((6, 0.5, 0.8), (40, 2.0, 0.7)):
        gradient, value, _, _ = tilted(rng, 3)
        annealed(student, gradient, value, rng.normal(size=(2, 3)), (0.1, n_updates, tau, decay))
        what = f"weights at which `gradient` was asked for, tau = {tau}, decay = {decay}"
        expect.close(gradient.weights, tau * decay ** np.arange(n_updates), what)


def ends_on_a_quadratic(student: Student, rng: Generator) -> None:
    """Compare with the sum of the geometric series: theta_U - c = (1 - s)^U (theta_0 - c) + s tau w e."""
    gradient, value, centre, way = tilted(rng, 4)
    starts, (step, n_updates, tau, decay) = rng.normal(size=(3, 4)), (0.2, 30, 2.0, 0.9)
    keep = (1 - step) ** n_updates
    weight = sum((1 - step) ** (n_updates - 1 - i) * decay**i for i in range(n_updates))
    exact = centre + keep * (starts - centre) + step * tau * weight * way
    ends, _ = annealed(student, gradient, value, starts, (step, n_updates, tau, decay))
    expect.close(ends, exact, "the ends of 30 updates on a quadratic whose optimum moves with tau")


def true_returns(student: Student, rng: Generator) -> None:
    """Ask for the returns without entropy at the ends."""
    gradient, value, centre, _ = tilted(rng, 3)
    starts = rng.normal(size=(5, 3))
    starts[0] = centre  # the best point for the true return, which entropy leaves
    ends, returns = annealed(student, gradient, value, starts, (0.3, 10, 1.0, 0.95))
    last = expect.array(ends, (5, 3), "the ends of anneal")
    far = float(np.abs(last).max())
    expect.true(far < 1e6, "the ends of anneal must be near the optimum", got=far)
    expect.close(returns, -((last - centre) ** 2).sum(axis=1) / 2, "true returns at the ends")


def two_actions(student: Student, rng: Generator) -> None:
    """Ask of every update that it was made from the point before, with the slope there.

    From a gap of 4 with weights of 0.35 and more entropy leads back: the true return is best at the start.
    """
    from scipy.special import entr, expit

    def slope(at: Array, tau: float) -> Array:
        return expit(at) * expit(-at) * (1 - tau * at)

    def objective(at: Array, tau: float) -> Array:
        return (expit(at) + tau * (entr(expit(at)) + entr(expit(-at))))[:, 0]

    for decay, n_updates in ((0.98, 40), (float(rng.uniform(0.9, 0.95)), 40), (1.0, 5)):
        starts, tau = np.append(rng.normal(size=3), 4.0)[:, None], float(rng.uniform(0.8, 1.0))
        gradient, what = Asked(slope, 1), f"tau = {tau:.3g}, decay = {decay:.3g}"
        ends, returns = annealed(student, gradient, Asked(objective, 1), starts, (0.5, n_updates, tau, decay))
        weights = tau * decay ** np.arange(n_updates)
        expect.close(gradient.weights, weights, f"weights at which `gradient` was asked for, {what}")
        moved = [at + 0.5 * slope(at, w) for at, w in zip(gradient.points, weights, strict=True)]
        for update, (at, here) in enumerate(zip([*gradient.points, ends], [starts, *moved], strict=True)):
            expect.close(at, here, f"the gaps after {update} updates, {what}")
        expect.close(returns, expit(moved[-1])[:, 0], f"their true returns, {what}")
