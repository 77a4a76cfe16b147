"""What is asked of weights of the entropy: what a place shows through them, along which a path rises."""

from typing import NamedTuple

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks import landscapes
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


class Pair(NamedTuple):
    """Return and entropy as two quadratics around theta, with what is known of their landscapes."""

    slopes: tuple[Array, Array]  # at theta
    hessians: tuple[Array, Array]
    theta: Array

    def functions(self, most: int = landscapes.MOST) -> list[landscapes.Function]:
        """Return both as functions of points (K, n) that refuse more than `most` points in all."""
        return [
            landscapes.limited(landscapes.quadratic(g - H @ self.theta, H), most)
            for g, H in zip(self.slopes, self.hessians, strict=True)
        ]

    def slope(self, directions: Array, taus: Array) -> Array:
        """Return slopes (T, D)."""
        true, entropy = (directions @ g for g in self.slopes)
        return true + taus[:, None] * entropy

    def curvature(self, directions: Array, taus: Array) -> Array:
        """Return curvatures (T, D)."""
        true, entropy = (np.einsum("di,ij,dj->d", directions, H, directions) for H in self.hessians)
        return true + taus[:, None] * entropy


def random_pair(rng: Generator, n: int) -> Pair:
    """Return two random quadratics in n dimensions."""
    slopes, hessians = rng.normal(size=(2, n)), (landscapes.symmetric(n, rng), landscapes.symmetric(n, rng))
    return Pair((slopes[0], slopes[1]), hessians, rng.normal(size=n))


def looked(
    student: Student, pair: Pair, directions: Array, alpha: float, taus: Array, most: int = landscapes.MOST
) -> dict[str, Array]:
    """Return the student's answer as arrays of their shapes; truly_up may hold NaN."""
    shapes = {
        "slope": (len(taus), len(directions)),
        "curvature": (len(taus), len(directions)),
        "up": (len(taus),),
    }
    what = "through_weights(...)"
    got = student.through_weights(*pair.functions(most), pair.theta, directions, alpha, taus)
    truly_up = expect.fields(got, [*shapes, "truly_up"], what)["truly_up"]
    return expect.arrays(got, shapes, what) | {
        "truly_up": expect.array(truly_up, (len(taus),), f"{what}: truly_up", finite=False)
    }


TAUS = np.array([0.0, 0.01, 0.1, 1.0])
COMPASS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
EAST = Pair((np.array([1.0, 0.1]), np.array([-2.0, 1.0])), (np.zeros((2, 2)), np.zeros((2, 2))), np.zeros(2))

LEVEL = EAST._replace(slopes=(np.array([1.0, 0.0]), np.array([0.0, 1.0])))


def interval(student: Student, returns: Array, entropies: Array) -> tuple[float, float]:
    """Return the student's interval of weights, which must not be None."""
    what = f"rising_weights, path of {len(returns)} points"
    got = student.rising_weights(returns, entropies)
    expect.true(got is not None, f"{what}: there are such weights", got="None", expected="(low, high)")
    low, high = expect.items(got, 2, what)
    return expect.number(low, f"low of {what}"), expect.number(high, f"high of {what}", finite=False)


def slopes_and_curvatures(student: Student, rng: Generator) -> None:
    """Ask for slopes and curvatures of two quadratics."""
    pair, directions = random_pair(rng, 5), landscapes.directions(6, 5, rng)
    for alpha in (0.1, 2.0):
        found = looked(student, pair, directions, alpha, TAUS)
        expect.close(found["slope"], pair.slope(directions, TAUS), f"slope at alpha = {alpha:g}", atol=1e-9)
        expected = pair.curvature(directions, TAUS)
        expect.close(found["curvature"], expected, f"curvature at alpha = {alpha:g}", atol=1e-9)


def goes_up(student: Student, rng: Generator) -> None:
    """Ask for the share that goes up."""
    found = looked(student, EAST, COMPASS[:3], 0.5, TAUS)
    expect.close(found["up"], [2 / 3, 2 / 3, 2 / 3, 2 / 3], "share of east, north and west that goes up")
    found = looked(student, EAST, COMPASS[:2], 0.5, TAUS)
    expect.close(found["up"], [1.0, 1.0, 1.0, 0.5], "share of east and north that goes up")


def truly_goes_up(student: Student, rng: Generator) -> None:
    """Ask for the share that truly goes up."""
    found = looked(student, EAST, COMPASS, 0.5, TAUS)
    expect.close(found["truly_up"], [1.0, 1.0, 1.0, 0.5], "share that truly goes up, of those that go up")
    found = looked(student, LEVEL, COMPASS[:2], 0.5, TAUS)
    what = "where the return rises to the east and is level to the north, the entropy the other way round"
    expect.close(found["up"], [0.5, 1.0, 1.0, 1.0], f"share of east and north that goes up, {what}")
    expect.close(found["truly_up"], [1.0, 0.5, 0.5, 0.5], f"share that truly goes up, {what}")


def asks_little(student: Student, rng: Generator) -> None:
    """Count the points that were asked for."""
    directions = landscapes.directions(6, 4, rng)
    looked(student, random_pair(rng, 4), directions, 0.5, np.linspace(0, 1, 20), most=13)


def fresh_landscapes(student: Student, rng: Generator) -> None:
    """Let nothing go up at some weights."""
    pair, directions = random_pair(rng, 6), landscapes.directions(40, 6, rng)
    hill = -(pair.hessians[0] @ pair.hessians[0]) - 50 * np.eye(6)  # steeper down than any slope goes up
    alpha, taus = float(rng.uniform(0.5, 1.5)), np.array([0.0, float(rng.uniform(50, 100))])
    peak = Pair((np.zeros(6), pair.slopes[1]), (hill, np.zeros((6, 6))), pair.theta)
    for case, weights in ((pair, np.append(TAUS, rng.uniform(0, 5, size=3))), (peak, taus)):
        found = looked(student, case, directions, alpha, weights)
        forward = alpha * case.slope(directions, weights) + alpha**2 / 2 * case.curvature(directions, weights)
        up, truly = forward > 0, forward[0] > 0  # the first weight is 0
        expect.close(found["up"], up.mean(axis=1), "share of directions that go up")
        for share, row in zip(found["truly_up"], up, strict=True):
            if row.any():
                expect.close(share, (row & truly).sum() / row.sum(), "share that truly goes up, of those")
            else:
                expect.true(bool(np.isnan(share)), "where nothing goes up truly_up must be NaN", got=share)


def fresh_paths(student: Student, rng: Generator) -> None:
    """Look at paths within the interval, at its ends and beyond."""
    for _ in range(4):
        low, high = float(rng.uniform(0.1, 1)), float(rng.uniform(1.5, 3))
        bounds = np.concatenate([[low, high], rng.uniform(0, low, size=8), rng.uniform(high, 5, size=8)])
        ups = np.where(bounds <= low, 1.0, -1.0) * rng.uniform(0.1, 1, size=18)  # changes of entropy
        order = rng.permutation(18)
        returns, entropies = (np.append(0, np.cumsum(x[order])) for x in (-bounds * ups, ups))
        got = [
            expect.between(end, 0.0, 1e6, "an end of the interval")
            for end in interval(student, returns, entropies)
        ]
        for tau in (got[0], sum(got) / 2, got[1]):
            least = float(np.diff(returns + tau * entropies).min())
            expect.true(least > -1e-9, f"the path must not fall at tau = {tau:.6g}", got=least, expected=0.0)
        for tau in (got[0] - 0.001, got[1] + 0.001):
            least = float(np.diff(returns + tau * entropies).min())
            expect.true(least < 0, f"the path must fall at tau = {tau:.6g}, beyond the interval", got=least)
