"""Linear-quadratic worlds as plain arrays, their returns in two ways, and derivatives by complex steps."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
from scipy.linalg import solve_discrete_are

from rl_landscapes.arrays import Array

World = dict[str, Any]  # A, B, Q, R, W, S and gamma
RARE = np.diag([1.0, 1e-6])


def random_world(rng: np.random.Generator, m: int, k: int) -> tuple[World, Array]:
    """Draw a world and a gain K (k, m): sqrt(gamma) times the spectral radius of A + B K is 0.5 to 0.88.

    The radius itself is then below 0.99, so that whether gamma stands in the test of stability never shows.
    """
    gamma, M, B, K = rng.uniform(0.8, 0.95), *(rng.normal(size=shape) for shape in ((m, m), (m, k), (k, m)))
    M *= rng.uniform(0.5, 0.88) / sqrt(gamma) / np.abs(np.linalg.eigvals(M)).max()
    covariances = {"W": 0.1 * _definite(rng, m), "S": _definite(rng, m)}
    costs = {"Q": _definite(rng, m), "R": _definite(rng, k)}
    return {"A": M - B @ K, "B": B, **costs, **covariances, "gamma": gamma}, K


def _definite(rng: np.random.Generator, n: int) -> Array:
    root = rng.normal(size=(n, n))
    return root @ root.T / n + 0.3 * np.eye(n)


def width(rng: np.random.Generator) -> float:
    """Draw a sigma that nobody takes for its square or for 1."""
    return float(rng.uniform(0.4, 0.7) ** rng.choice([-1.0, 1.0]))


def of_gain(
    rng: np.random.Generator, n_states: int, n_actions: int, sigma: float | None = None
) -> tuple[World, Array, float]:
    """Draw a world, a stable gain and perhaps a width."""
    return *random_world(rng, n_states, n_actions), width(rng) if sigma is None else sigma


def of_best(rng: np.random.Generator, sigma: float, away: float) -> tuple[World, Array, float]:
    """Draw a world, and a gain beside its best one."""
    world, _ = random_world(rng, 2, 1)
    aside = rng.uniform(0.5, 1.0, (1, 2)) / (1 + np.abs(world["B"]).max())
    return world, best_gain(world) + away * aside, sigma


MOTIONS = {  # of two entries, sqrt(gamma) times the largest eigenvalue 1 in size
    "both eigenvalues of A + B K": np.array([[1.0, 1.75], [0.0, 0.99]]),
    "two complex eigenvalues": np.array([[0.1, -1.0], [1.0, 0.1]]) / sqrt(1.01),
    "a negative eigenvalue": np.diag([-1.0, 0.3]),
    "an eigenvalue whose direction is rarely entered": np.diag([0.1, 1.0]),
}


def of_edge(
    rng: np.random.Generator, motion: str, slack: float, sigma: float = 0.0
) -> tuple[World, Array, float]:
    """Draw a world whose A + B K is `slack` times an edge of stability, and hardly moves its second entry.

    If both eigenvalues are too large, P is negative definite and the formula of the return positive. If only
    the second is, for diagonal A + B K, and slack 1.02, the formula is negative: P_11 >= 1, and
    P_22 = -(1 + R K_2^2) / 0.0404 is multiplied by 2e-5 or less, as S and W are 1e-6 there.
    """
    world, K = random_world(rng, 2, 1)
    A = slack * MOTIONS[motion] / sqrt(world["gamma"]) - world["B"] @ K
    return {**world, "A": A, "Q": np.eye(2), "S": RARE, "W": RARE}, K, sigma


def added_up(world: World, K: Any, sigma: float, n_steps: int) -> Any:
    """Return O_sigma(K) over `n_steps`, from the second moments X of the state; K may be complex.

    An expected cost is tr((Q + K'RK) X) + sigma^2 tr R, and X becomes M X M' + W + sigma^2 B B'.
    """
    A, B, Q, R, W, X, gamma = (world[key] for key in ("A", "B", "Q", "R", "W", "S", "gamma"))
    M, price, push, cost = A + B @ K, Q + K.T @ R @ K, W + sigma**2 * B @ B.T, 0.0
    for t in range(n_steps):
        cost = cost + gamma**t * (np.sum(price * X) + sigma**2 * np.trace(R))
        X = M @ X @ M.T + push
    return -cost


def return_(world: World, K: Array, sigma: float) -> float:
    """Return O_sigma(K) over so many steps that the rest is below rounding.

    The expected cost of step t, discounted, falls at least like 0.95^t, and 0.95^1000 is 5e-23.
    """
    return float(added_up(world, K, sigma, 1000))


def closed_form(world: World, K: Any, sigma: float) -> Any:
    """Return O_sigma(K) of a stable gain, which may be complex, from P = Q + K'RK + gamma M'PM."""
    A, B, Q, R, W, S, gamma = (world[key] for key in ("A", "B", "Q", "R", "W", "S", "gamma"))
    M, spread = A + B @ K, S + gamma / (1 - gamma) * (W + sigma**2 * B @ B.T)
    P = np.linalg.solve(np.eye(M.size) - gamma * np.kron(M.T, M.T), (Q + K.T @ R @ K).ravel())
    return -(P * spread.ravel()).sum() - sigma**2 * np.trace(R) / (1 - gamma)


def value(world: World, K: Array, sigma: float) -> float:
    """Return O_sigma(K), minus infinity for a gain that is not stable."""
    edge = sqrt(world["gamma"]) * np.abs(np.linalg.eigvals(world["A"] + world["B"] @ K)).max()
    return float(closed_form(world, K, sigma)) if edge < 1 else -np.inf


def early_gradient(world: World, K: Array, sigma: float) -> Array:
    """Return the gradient of O_sigma by complex steps through the steps, 1,000 of them."""
    return slopes(lambda gain: added_up(world, gain, sigma, 1000), K)


def gradient(world: World, K: Array, sigma: float) -> Array:
    """Return the gradient of O_sigma by complex steps through the closed form of its value."""
    return slopes(lambda gain: closed_form(world, gain, sigma), K)


def best_gain(world: World) -> Array:
    """Return K* from the Riccati equation."""
    root, gamma = sqrt(world["gamma"]), world["gamma"]
    P = solve_discrete_are(root * world["A"], root * world["B"], world["Q"], world["R"])
    ahead = gamma * world["B"].T @ P
    return np.asarray(-np.linalg.solve(world["R"] + ahead @ world["B"], ahead @ world["A"]))


def played(world: World, K: Array, sigma: float, states: Array, epsilon: Array) -> tuple[Array, Array, Array]:
    """Return observations, actions and rewards of episodes with the noise `epsilon` (N, T, k)."""
    seen, done, paid = [], [], []
    for noise in epsilon.swapaxes(0, 1):
        actions = states @ K.T + sigma * noise
        costs = [np.einsum("ni,ij,nj->n", x, world[key], x) for x, key in ((states, "Q"), (actions, "R"))]
        seen.append(states)
        done.append(actions)
        paid.append(-costs[0] - costs[1])
        states = states @ world["A"].T + actions @ world["B"].T
    return np.stack(seen, axis=1), np.stack(done, axis=1), np.stack(paid, axis=1)


def slopes(function: Callable[[Any], Any], at: Array) -> Array:
    """Return the derivative of an analytic function in every entry of `at`, by complex steps: no rounding."""
    slopes = np.zeros(at.shape)
    for place in np.ndindex(at.shape):
        moved = at.astype(complex)
        moved[place] += 1e-30j
        slopes[place] = function(moved).imag / 1e-30
    return slopes
