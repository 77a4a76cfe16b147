"""Asking numbers whether they are independent, standard normal draws, at a known risk; means over such."""

from collections.abc import Callable
from math import erf, log, sqrt

import numpy as np
from scipy.special import gammaincinv

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect

RISK = 1e-9  # of each tail


def standard_normal(drawn: Array, what: str) -> None:
    """Ask for mean 0 and mean square 1: two questions, each missed by chance with probability below 2e-9.

    For J independent standard normal numbers sqrt(J) times the mean is standard normal, and |z| > 6 has
    probability 1.97e-9. The sum of squares is chi-squared with J degrees of freedom.

    Raises
    ------
    Failed
        If an answer is no.
    """
    expect.between(drawn.mean() * sqrt(drawn.size), -6, 6, f"the mean of {what} in standard errors")
    low, high = (float(2 * gammaincinv(drawn.size / 2, p)) / drawn.size for p in (RISK, 1 - RISK))
    expect.between(float((drawn**2).mean()), low, high, f"the mean square of {what}")


def follows(law: Array, what: str, risk: float = 2 * RISK) -> None:
    """Ask whether numbers are drawn from a law: one question, missed by chance with probability `risk`.

    `law` is its distribution function at the J numbers. Theirs is further than x from it with probability at
    most 2 exp(-2 J x^2): Dvoretzky, Kiefer and Wolfowitz, with the constant of Massart (1990).

    Raises
    ------
    Failed
        If the answer is no.
    """
    ordered, steps = np.sort(law, axis=None), np.arange(law.size + 1) / law.size
    distance = float(np.maximum(steps[1:] - ordered, ordered - steps[:-1]).max())
    expect.between(distance, 0, sqrt(log(2 / risk) / (2 * law.size)), f"the distance of {what}")


def reproduced(draw: Callable[[np.random.Generator], Array], rng: np.random.Generator, what: str) -> Array:
    """Ask for the same numbers from the same generator, and for others from another; return the numbers.

    `draw` calls a student's function, which gets a copy of the generator.

    Raises
    ------
    Failed
        If an answer is no.
    """
    other = np.random.default_rng(rng.integers(2**62))
    first, again, others = (draw(each) for each in (rng, rng, other))
    expect.close(again, first, f"{what} from the same generator")
    expect.true(not (others == first).any(), f"{what} from another generator must be others", got=others)
    return first


def unrelated(one: Array, other: Array, what: str) -> None:
    """Ask for no correlation: one question, missed by chance with probability below 2e-9.

    Given `one`, the sum of one times other, over the length of one, is standard normal.

    Raises
    ------
    Failed
        If the answer is no.
    """
    z = float((one * other).sum() / max(float(np.linalg.norm(one)), 1e-300))
    expect.between(z, -6, 6, f"{what} must not be correlated: their correlation in standard errors")


def bell_shaped(drawn: Array, what: str) -> None:
    """Ask whether 68% lie within 1: one question, missed by chance with probability below 2e-9.

    By Hoeffding the share of J independent numbers is further than sqrt(log(1 / risk) / 2 J) from its mean
    with probability at most twice the risk. Of uniform numbers of variance 1 it is 58%, of Laplace's 76%.

    Raises
    ------
    Failed
        If the answer is no.
    """
    share, room = erf(sqrt(0.5)), sqrt(-log(RISK) / (2 * drawn.size))
    within = float((np.abs(drawn) <= 1).mean())
    expect.between(within, share - room, share + room, f"the share of {what} within one standard deviation")


def gauss_hermite(n_nodes: int, n: int) -> tuple[Array, Array]:
    """Return points (J, n) and weights (J,): means over n independent standard normal numbers.

    Gauss and Hermite: exact for polynomials of a degree below 2 n_nodes in each of the numbers.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    grids = (np.meshgrid(*n * [each], indexing="ij") for each in (nodes, weights / weights.sum()))
    points, chances = (np.reshape(grid, (n, -1)) for grid in grids)
    return points.T, chances.prod(axis=0)


def standard_error(samples: Array) -> Array:
    """Return the standard errors (...,) of means of independent samples (..., N); of one it is 0."""
    if samples.shape[-1] == 1:
        return np.zeros(samples.shape[:-1])
    return np.sqrt(((samples - samples.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)) / sqrt(
        samples.shape[-1] * (samples.shape[-1] - 1)
    )
