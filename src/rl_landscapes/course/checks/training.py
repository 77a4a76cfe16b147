"""What is asked of a training run: every update and every evaluation is kept, and looked at."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks.bodies import hopper_gradient, hopper_returns, hopper_world
from rl_landscapes.course.checks.chance import standard_error
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


MOST = 200  # points of a training run, so that nobody keeps the grader busy


class _Log:
    """Stands for `gradient` and `evaluate`, and remembers every call."""

    def __init__(self, gradient: Callable[..., Array], returns: Callable[..., Array], n: int) -> None:
        self.gradients: list[tuple[Array, int, Array]] = []
        self.evaluations: list[tuple[Array, int, Array]] = []
        self._gradient, self._returns, self.n, self.spent = gradient, returns, n, 0

    def gradient(self, theta: Any, seed: Any) -> Array:
        """Return an estimate (n,) at theta (n,)."""
        point = self._checked(theta, (self.n,), "theta")
        self.gradients.append((point, _as_seed(seed), self._gradient(point, _as_seed(seed))))
        return self.gradients[-1][2]

    def evaluate(self, thetas: Any, seed: Any) -> Array:
        """Return returns (D, N) at thetas (D, n)."""
        points = self._checked(thetas, (len(thetas), self.n), "thetas")
        self.evaluations.append((points, _as_seed(seed), self._returns(points, _as_seed(seed))))
        return self.evaluations[-1][2]

    def seeds(self) -> tuple[list[int], list[int]]:
        """Return the seeds of gradients and of evaluations, which must be drawn from many.

        That all of six are below 2^24 has a probability of 2^-42.
        """
        spent, seeds = ([seed for _, seed, _ in calls] for calls in (self.gradients, self.evaluations))
        drawn = max([0, *spent, *seeds]) >= 2**24
        expect.true(drawn, "every seed must be drawn, rng.integers(2**31)", got=[*spent, *seeds])
        return spent, seeds

    def _checked(self, given: Any, shape: tuple[int, ...], name: str) -> Array:
        values = np.asarray(given, dtype=float)
        if values.shape != shape or not np.isfinite(values).all():
            raise ValueError(f"{name} must be finite, of shape {shape}; got shape {values.shape}")
        self.spent += values.size // self.n
        if self.spent > MOST:
            raise ValueError(f"there were more than {MOST} points at which gradient or evaluate were called")
        return values


def _as_seed(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise ValueError(f"seed must be a whole number of at least 0, got {seed!r}")
    return int(seed)


def _quadratic(rng: Generator, n: int) -> tuple[_Log, Array]:
    """Return a hill with noise in its gradient and its returns, and a start."""
    top, luck = rng.normal(size=n), rng.normal(size=n)

    def gradient(theta: Array, seed: int) -> Array:
        return top - theta + 3.0 * np.random.default_rng(seed).normal(size=n)

    def returns(thetas: Array, seed: int) -> Array:
        """Let luck depend on where one is, so that choosing flatters."""
        shared = np.random.default_rng(seed).normal(size=(12, n))
        heights = -((thetas - top) ** 2).sum(axis=1) / 2
        return _tempting(heights[:, None] + 5.0 * np.cos(thetas @ (shared + luck).T))

    return _Log(gradient, returns, n), rng.normal(size=n) * 2


def _tempting(table: Array) -> Array:
    """Give the points whose medians and maxima are best a bad episode, which only the mean minds."""
    spoilt = table.copy()
    for best in (int(np.median(table, axis=1).argmax()), int(table.max(axis=1).argmax())):
        spoilt[best, spoilt[best].argmin()] -= 1000.0
    return spoilt


def _trained(
    student: Student, rng: Generator, log: _Log, theta: Array, n_updates: int, step: float
) -> dict[str, Any]:
    chance = np.random.default_rng(rng.integers(2**63))
    got = student.train(log.gradient, log.evaluate, theta, n_updates, step, chance)
    return expect.fields(got, ("thetas", "best", "mean", "stderr"), "what train returns")


def _climbed(got: dict[str, Any], log: _Log, theta: Array, n_updates: int, step: float) -> Array:
    """Ask that every update was made from the point before, with the gradient that was answered there."""
    thetas = expect.array(got["thetas"], (n_updates + 1, theta.size), "thetas")
    expect.close(thetas[0], theta, "the first of thetas, the start")
    calls = len(log.gradients)
    expect.true(
        calls == n_updates, "gradient must be called once for each update", got=calls, expected=n_updates
    )
    at, _, slopes = (np.stack(column) for column in zip(*log.gradients, strict=True))
    expect.close(at, thetas[:-1], "where gradient was called, and the points before each update")
    expect.close(thetas[1:], at + step * slopes, "the points after each update, theta + step times gradient")
    return thetas


def _chosen(got: dict[str, Any], log: _Log, thetas: Array) -> None:
    """Ask that the best was chosen by episodes that all points share, and reported by others."""
    best = expect.integer(got["best"], "best")
    expect.true(0 <= best < len(thetas), "best must be the number of one of thetas", got=best)
    spent, seeds = log.seeds()
    expect.true(
        len(set(seeds)) == 2, "evaluate must be called with two seeds, to choose and to report", got=seeds
    )
    expect.true(not {*spent} & {*seeds}, "episodes that were trained on must not be used to choose or report")
    choosing = [call for call in log.evaluations if call[1] == seeds[0]]
    points, returns = (
        np.concatenate(column) for column in zip(*((c[0], c[2]) for c in choosing), strict=True)
    )
    expect.close(points, thetas, "the points that were evaluated with the first seed, all of thetas")
    means = returns.mean(axis=1)
    expect.true(means[best] == means.max(), "best must have the highest mean among all points", got=best)
    fresh = [call for call in log.evaluations if call[1] == seeds[-1]]
    reported = [returns[0] for points, _, returns in fresh if np.array_equal(points, thetas[best : best + 1])]
    expect.true(
        len(reported) == 1, "the chosen point, and only it, must be evaluated once with the second seed"
    )
    expect.close(expect.number(got["mean"], "mean"), reported[0].mean(), "the mean return in fresh episodes")
    wanted = standard_error(reported[0])
    expect.close(expect.number(got["stderr"], "stderr"), wanted, "its standard error")


def updates(student: Student, rng: Generator) -> None:
    """Six seeds drawn from 2^31 numbers: two are equal with probability below 15 / 2^31 < 1e-8.

    That they are the same for two generators has a probability below 2^-42.
    """
    log, theta = _quadratic(rng, 3)
    got = _trained(student, rng, log, theta, 6, 0.2)
    _climbed(got, log, theta, 6, 0.2)
    seeds, _ = log.seeds()
    expect.true(len(set(seeds)) == 6, "every update must have a seed of its own", got=seeds)
    _trained(student, rng, log, theta, 6, 0.2)
    again = [seed for _, seed, _ in log.gradients[6:]]
    expect.true(again != seeds, "another generator must give other seeds", got=again)


def choice(student: Student, rng: Generator) -> None:
    """Twelve seeds from 2^31 numbers: two are equal with probability below 66 / 2^31 < 4e-8."""
    log, theta = _quadratic(rng, 4)
    got = _trained(student, rng, log, theta, 10, 0.2)
    _chosen(got, log, expect.array(got["thetas"], (11, 4), "thetas"))


def hopper(student: Student, rng: Generator) -> None:
    """Seven seeds from 2^31 numbers: two are equal with probability below 21 / 2^31 < 1e-8."""
    hopper_world()
    log, theta = (
        _Log(hopper_gradient, lambda at, seed: _tempting(hopper_returns(at, seed)), 36),
        0.1 * rng.normal(size=36),
    )
    got = _trained(student, rng, log, theta, 5, 1e-3)
    _chosen(got, log, _climbed(got, log, theta, 5, 1e-3))
