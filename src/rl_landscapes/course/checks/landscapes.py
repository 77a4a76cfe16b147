"""Objectives that a test hands to an answer as functions, with landscapes that are known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import betainc

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.running.student import Student

MOST = 100_000  # rows in one call
CHANCE = 1e-8  # that a right answer fails one comparison with random numbers

# Of a known gradient: drawn anew, the entries or their projections would by luck add up to nothing.
SLOPE = np.array([1.0, -0.5, 0.0, 0.62, -0.81, 0.33, 0.74, -0.27, 0.48, 0.89, -0.66, 0.15])

Function = Callable[[Array], Array]


def rows(points: Any, n: int) -> Array:
    """Return what an objective was called with as points (K, n).

    Raises
    ------
    ValueError
        If it is nothing of this kind, or more than 100,000 points. The message reaches the student.
    """
    try:
        found = expect.array(points, (None, n), "what the function is called with", finite=False)
    except expect.Failed as failed:
        raise ValueError(f"points must be rows of shape (K, {n}), got {failed.got}") from None
    if len(found) > MOST:
        raise ValueError(f"points must be at most {MOST:,} rows, got {len(found):,}")
    return found


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


def symmetric(n: int, rng: np.random.Generator) -> Array:
    """Return a random symmetric matrix (n, n)."""
    half = rng.normal(size=(n, n))
    return half + half.T


def of_spectrum(eigenvalues: Array, rng: np.random.Generator) -> Array:
    """Return a symmetric matrix with these eigenvalues (n,) and random axes."""
    axes, _ = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))
    matrix = (axes * eigenvalues) @ axes.T
    return (matrix + matrix.T) / 2


def directions(count: int, n: int, rng: np.random.Generator) -> Array:
    """Return unit directions (D, n)."""
    draws = rng.normal(size=(count, n))
    return draws / np.linalg.norm(draws, axis=1, keepdims=True)


def quadratic(slope: Array, hessian: Array) -> Function:
    """Return points (K, n) -> slope'x + x'H x / 2, shape (K,)."""

    def value(points: Array) -> Array:
        x = rows(points, len(slope))
        return x @ slope + np.einsum("ki,ij,kj->k", x, hessian, x) / 2

    return value


@dataclass(frozen=True)
class Smooth:
    """scale (offset + c'q + q'H q / 2 + q_0^3 + sum_j sin(a_j'p)), q = p - theta: its gradient is known.

    c is such that the gradient at theta is scale * slope, slope having an entry 1 and none that is larger in
    size: its largest entry is scale. |a_j| <= 1, so the third derivative is at most 9 scale along
    an axis, and a central difference with h <= 1e-3 is wrong by at most 1.5e-6 scale; rounding adds 1e-16
    scale (offset + 3) / h, at most 2e-6 scale for h >= 1e-6. Both are below the 1e-5 scale that the question
    allows. Along the first axis it is at least 3 scale, so that h = 1e-2 is wrong by 5e-5 scale or more. The
    second derivatives along the axes lie between 50 and 100 scale in size.
    """

    theta: Array  # (n,)
    slope: Array  # (n,)
    hessian: Array  # (n, n)
    waves: Array  # (3, n)
    scale: float = 1.0
    offset: float = 0.0

    def __call__(self, points: object) -> Array:
        """Return the values (D,) at points (D, n)."""
        at = rows(points, self.theta.size)
        away = at - self.theta
        linear = self.slope - np.cos(self.waves @ self.theta) @ self.waves
        curved = np.einsum("di,ij,dj->d", away, self.hessian, away) / 2
        waved = np.sin(at @ self.waves.T).sum(axis=1)
        return self.scale * (self.offset + away @ linear + curved + away[:, 0] ** 3 + waved)

    @property
    def gradient(self) -> Array:
        """The gradient (n,) at theta."""
        return self.scale * self.slope


def random_smooth(rng: np.random.Generator, *, scale: float = 1.0, offset: float = 0.0) -> Smooth:
    """Draw such a function of twelve parameters."""
    n = len(SLOPE)
    slope = np.roll(SLOPE, rng.integers(n))
    mixed = rng.uniform(-1, 1, size=(n, n))
    bends = rng.choice([-1.0, 1.0], size=n) * rng.uniform(50, 100, size=n)
    waves = rng.normal(size=(3, n))
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    hessian = np.triu(mixed, 1) + np.triu(mixed, 1).T + np.diag(bends)
    return Smooth(rng.normal(size=n), slope, hessian, waves, scale, offset)


def limited(function: Function, most: int) -> Function:
    """Return a function that may be asked for `most` points, over all its calls."""
    asked = [0]

    def value(points: Array) -> Array:
        asked[0] += np.shape(points)[0] if np.ndim(points) == 2 else 1
        if asked[0] > most:
            raise ValueError(f"{most} points are enough, but at least {asked[0]} have been asked for")
        return function(points)

    return value


def exact(function: Function) -> Function:
    """Return an objective of one episode without noise: (K, n) -> (K, 1)."""
    return lambda points: function(points)[:, None]


def episodes(slopes: Array, hessians: Array, rng: np.random.Generator) -> Function:
    """Return an objective with noise, (K, n) -> (K, N): each episode has a slope (n,) and a Hessian (n, n).

    In every call a number of the order of a hundred is drawn for each episode and added at all points: what
    is compared within a call is free of it, what is compared between calls is drowned.
    """
    noise = np.random.default_rng(int(rng.integers(2**62)))

    def values(points: Array) -> Array:
        x = rows(points, slopes.shape[1])
        bends = np.einsum("ki,jil,kl->kj", x, hessians, x) / 2
        return x @ slopes.T + bends + 100 * noise.normal(size=len(slopes))

    return values


def on_the_sphere(projections: Array, n: int) -> Array:
    """Return the distribution function of v'd at projections (D,), for d uniform on the unit sphere.

    In n > 1 dimensions, v being a unit vector, (1 + v'd) / 2 has the law Beta((n - 1) / 2, (n - 1) / 2).
    """
    law: Array = betainc((n - 1) / 2, (n - 1) / 2, np.clip((1 + projections) / 2, 0, 1))
    return law


def judged(student: Student, f: Smooth, claimed: Array, right: bool, what: str) -> None:
    """Demand a verdict of the student's is_gradient."""
    got = expect.truth(student.is_gradient(f, f.theta, claimed), f"is_gradient, {what}")
    expect.true(got == right, f"is_gradient, {what}", got=got, expected=right)


def turns(student: Student, rng: np.random.Generator, what: str = "", **units: float) -> Iterator[Smooth]:
    """Yield an objective whose slopes come to every place, the right gradient of each being accepted.

    Where a slope is 0 a difference may by luck be 0, too, but not in every place.
    """
    f = random_smooth(rng, **units)
    for _ in range(f.slope.size):
        f = replace(f, slope=np.roll(f.slope, 1))
        judged(student, f, f.gradient, True, f"the right gradient{what}")
        yield f
