"""What is asked of a signal in noise, and of a verdict on a claim: closed forms, found another way."""

from itertools import permutations
from math import inf, sqrt

import numpy as np
from scipy.special import ndtri

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


def heard(estimates: Array) -> dict[str, float]:
    """Return what estimates (N, n) say, from all pairs of them.

    The mean of x_i'x_j over i != j has the mean |E x|^2, and that of |x_i - x_j|^2 / 2 is tr Cov x.
    """
    pairs = list(permutations(range(len(estimates)), 2))
    signal = float(np.mean([estimates[i] @ estimates[j] for i, j in pairs]))
    noise = float(np.mean([((estimates[i] - estimates[j]) ** 2).sum() / 2 for i, j in pairs]))
    mean = estimates.mean(axis=0)
    needed = noise / signal if signal > 0 else inf
    return {"plug_in": float(mean @ mean), "signal": signal, "noise": noise, "needed": needed}


def demand_heard(student: Student, estimates: Array, what: str) -> None:
    """Demand plug-in, signal and noise to 1e-8 of the estimates' mean square, and what is needed."""
    unit = float((estimates**2).sum(axis=1).mean())
    names = ("plug_in", "signal", "noise", "needed")
    got = expect.fields(student.signal_to_noise(estimates), names, "signal_to_noise(...)")
    expected = heard(estimates)
    for name in names[:3]:
        value = expect.number(got[name], f"signal_to_noise(...): {name}")
        expect.close(value / unit, expected[name] / unit, f"{name} over the mean square, {what}")
    expect.agrees(got["needed"], expected["needed"], f"needed, {what}", rtol=1e-6)


def centred(rng: Generator, n_samples: int, n: int, ratio: float) -> Array:
    """Draw estimates with |mean|^2 / (tr S / N) = `ratio` exactly: below 1 the signal comes out negative."""
    noise = rng.normal(size=(n_samples, n))
    noise -= noise.mean(axis=0)
    mean = rng.normal(size=n)
    error = (noise**2).sum() / (n_samples - 1) / n_samples
    mean *= sqrt(ratio * error / float(mean @ mean))
    estimates: Array = noise + mean
    return estimates


def all_pairs(student: Student, rng: Generator) -> None:
    """Compare with the means over pairs, for a clear signal and for one that drowns."""
    for n_samples, n, ratio in ((7, 3, 5.0), (5, 1, 2.0), (4, 6, 0.3)):
        what = f"{n_samples} estimates of {n} slopes"
        demand_heard(student, centred(rng, n_samples, n, ratio), what)


def fresh_signals(student: Student, rng: Generator) -> None:
    """Draw estimates of other sizes: two of them, many slopes, on a plateau, far from zero."""
    for n_samples, n in ((2, 4), (3, 1), (12, 200)):
        for ratio in (0.2, 4.0):
            for scale in (1.0, 1e-9, 1e6):
                what = f"{n_samples} estimates of {n} slopes at a scale of {scale:g}"
                demand_heard(student, scale * centred(rng, n_samples, n, ratio), what)


def needs_two(student: Student, rng: Generator) -> None:
    """Ask for a refusal of one estimate, and for no noise where there is none."""
    with expect.refusal("ValueError", "one estimate has no noise to tell"):
        student.signal_to_noise(np.array([[1.0, 2.0]]))
    got = student.signal_to_noise(np.array([[3.0, 4.0]] * 3))
    quiet = {"plug_in": 25.0, "signal": 25.0, "noise": 0.0, "needed": 0.0}
    expect.agrees(got, quiet, "three times the same estimate (3, 4)")


VERDICTS = ("supported", "refuted", "cannot tell")


def judged(with_: Array, without: Array, smallest: float, level: float) -> dict[str, float | str]:
    """Return the verdict on paired outcomes, from sums over pairs of starts."""
    differences = with_ - without
    n, effect = len(differences), float(differences.sum()) / len(differences)
    spread = ((differences[:, None] - differences) ** 2).sum() / (2 * n * (n - 1))
    margin = float(ndtri(1 - (1 - level) / 2)) * sqrt(spread / n)
    low, high = effect - margin, effect + margin
    verdict = VERDICTS[0] if low > smallest else VERDICTS[1] if high < smallest else VERDICTS[2]
    return {"effect": effect, "low": low, "high": high, "verdict": verdict}


def outcomes(rng: Generator, n: int, where: float, smallest: float, level: float) -> tuple[Array, ...]:
    """Draw outcomes whose interval has `smallest` at `where` margins above its middle.

    So at -2 the claim is supported, at 2 it is refuted, and between -1 and 1 nobody can tell. What starts
    share is fifty times what a treatment changes, the deviation of the changes 1.
    """
    shared, change = 50 * rng.normal(size=n), rng.normal(size=n)
    change /= change.std(ddof=1)
    margin = float(ndtri((1 + level) / 2)) / sqrt(n)
    change += smallest - where * margin - change.mean()
    return shared + change, shared


def demand_judged(
    student: Student, given: tuple[Array, ...], smallest: float, level: float, what: str
) -> None:
    """Demand effect, interval and verdict."""
    got = student.claim_verdict(*given, smallest, level)
    expected = judged(given[0], given[1], smallest, level)
    expect.word(expect.fields(got, list(expected), "claim_verdict(...)")["verdict"], VERDICTS, "the verdict")
    expect.agrees(got, expected, what, rtol=1e-7, atol=1e-7)


def same_starts(student: Student, rng: Generator) -> None:
    """Let the starts differ by far more than the treatments do."""
    for where in (-2.0, 2.0):
        given = outcomes(rng, 40, where, 0.2, 0.95)
        demand_judged(student, given, 0.2, 0.95, "40 starts that differ more than the treatments")


def other_levels(student: Student, rng: Generator) -> None:
    """Ask at 90% and at 99%: between their intervals a claim is decided at one and open at the other."""
    given = outcomes(rng, 30, 1.2, 0.2, 0.9)
    for level in (0.9, 0.99):
        demand_judged(student, given, 0.2, level, f"level {level:g}")


def refusals(student: Student, rng: Generator) -> None:
    """Ask for refusals of what is no pair of outcomes, and for an answer to two starts."""
    with expect.refusal("ValueError", "outcomes of 4 starts with, of 1 without"):
        student.claim_verdict(np.arange(4.0), np.array([0.5]), 0.1, 0.95)
    with expect.refusal("ValueError", "one start"):
        student.claim_verdict(np.array([1.0]), np.array([0.5]), 0.1, 0.95)
    demand_judged(student, (np.array([2.0, 5.0]), np.array([1.0, 1.0])), 0.1, 0.95, "two starts")


def fresh_claims(student: Student, rng: Generator) -> None:
    """Draw claims of every verdict at several levels, effects below zero among them."""
    for level in (0.8, 0.95, 0.999):
        for where in (-3.0, -0.5, 0.5, 1.5):
            for smallest in (1.0, 0.0):
                n = int(rng.integers(20, 80))
                given = outcomes(rng, n, where, smallest, level)
                demand_judged(student, given, smallest, level, f"{n} starts, level {level:g}")
