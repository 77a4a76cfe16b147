"""Asking numbers whether they are independent, standard normal draws, at a known risk; means over such."""

from math import erf, log, sqrt

import numpy as np
from scipy.special import gammaincinv, ndtr

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


def normal_law(drawn: Array, what: str) -> None:
    """Ask for the law of the standard normal: one question, missed by chance with probability below 2e-9.

    The distribution function of J independent numbers is further than x from their law with probability at
    most 2 exp(-2 J x^2): Dvoretzky, Kiefer and Wolfowitz, with the constant of Massart (1990).

    Raises
    ------
    Failed
        If the answer is no.
    """
    law, steps = ndtr(np.sort(drawn, axis=None)), np.arange(drawn.size + 1) / drawn.size
    distance = float(np.maximum(steps[1:] - law, law - steps[:-1]).max())
    most = sqrt(-np.log(RISK) / (2 * drawn.size))
    expect.between(distance, 0, most, f"the distance of {what} from the standard normal law")


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
    """Return the standard errors (...,) of means of independent samples (..., N), from their definition."""
    return np.sqrt(((samples - samples.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)) / sqrt(
        samples.shape[-1] * (samples.shape[-1] - 1)
    )
