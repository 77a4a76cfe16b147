"""What is asked of Gaussian policies: their scores, their episodes, and what REINFORCE makes of both.

Derivatives are taken by complex steps and expectations of polynomials by Gauss-Hermite quadrature, both right
to rounding.
"""

from functools import partial
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import HermiteE, Polynomial

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks.chance import (
    bell_shaped,
    gauss_hermite,
    reproduced,
    standard_normal,
    unrelated,
)
from rl_landscapes.course.checks.linear_quadratic import World, added_up, played, random_world, slopes, width
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator
Given = tuple[Any, ...]  # the arguments of a function
LARGEST = 1e9  # of what a test computes with


def of_pairs(rng: Generator, n_observations: int, n_actions: int, n: int, wider: float = 1.0) -> Given:
    """Draw theta (k o + k,), a width, perhaps a `wider` one, observations (n, o) and actions (n, k)."""
    theta, sigma = rng.normal(size=n_actions * (n_observations + 1)), wider * width(rng)
    observations, epsilon = rng.normal(size=(n, n_observations)), rng.normal(size=(n, n_actions))
    W, b = theta[:-n_actions].reshape(n_actions, n_observations), theta[-n_actions:]
    return theta, sigma, observations, observations @ W.T + b + sigma * epsilon


def scores(theta: Array, sigma: float, observations: Array, actions: Array) -> Array:
    """Return the derivatives of the log-density (n, k o + k), pair by pair."""
    k, o = actions.shape[1], observations.shape[1]

    def log_density(point: Any, s: Array, a: Array) -> Any:
        mean = point[: k * o].reshape(k, o) @ s + point[k * o :]
        return -((a - mean) ** 2).sum() / (2 * sigma**2)

    pairs = zip(observations, actions, strict=True)
    return np.stack([slopes(partial(log_density, s=s, a=a), theta) for s, a in pairs])


def fisher_information(student: Student, rng: Generator) -> None:
    """Average over actions mu +- sigma with all signs, which is exact for quadratic functions of a."""
    theta, sigma, observations, _ = of_pairs(rng, 2, 2, 1)
    signs, chances = gauss_hermite(2, 2)
    actions = theta[:4].reshape(2, 2) @ observations[0] + theta[4:] + sigma * signs
    got = student.score(theta, sigma, np.tile(observations, (4, 1)), actions)
    found = expect.array(got, (4, 6), "the score", most=LARGEST)
    slope = np.concatenate([np.kron(np.eye(2), observations), np.eye(2)], axis=1)  # of the mean in theta
    expect.close(chances @ found, np.zeros(6), "the mean score")
    second = (found.T * chances) @ found
    expect.close(second, slope.T @ slope / sigma**2, "the mean of score times score'")


def episodes(
    student: Student, rng: Generator, world: World, K: Array, sigma: float, n: int, n_steps: int
) -> tuple[Array, Array, Array]:
    """Return states (n, T, m), actions (n, T, k) and rewards (n, T) of what `simulate` returned."""
    k, m = K.shape
    shapes = {"observations": (n, n_steps, m), "actions": (n, n_steps, k), "rewards": (n, n_steps)}
    got = student.simulate(world, K, sigma, n, n_steps, rng)
    states, actions, rewards = expect.arrays(got, shapes, "what simulate returns", most=LARGEST).values()
    return states, actions, rewards


def without_chance(student: Student, rng: Generator) -> None:
    """Follow the states where nothing but the start is drawn."""
    world, K = random_world(rng, 3, 2)
    states, actions, _ = episodes(student, rng, {**world, "W": np.zeros((3, 3))}, K, 0.0, 5, 7)
    expect.close(actions, states @ K.T, "the actions at sigma = 0")
    ahead = states[:, :-1] @ (world["A"] + world["B"] @ K).T
    expect.close(states[:, 1:], ahead, "the states after the first, at sigma = 0 and W = 0")
    expect.true(bool(np.ptp(states[:, 0], axis=0).all()), "every episode must have a start of its own")


def rewards_of_steps(student: Student, rng: Generator) -> None:
    """Compare rewards with the states and actions beside them."""
    world, K = random_world(rng, 2, 2)
    states, actions, rewards = episodes(student, rng, world, K, 0.7, 6, 8)
    costs = [np.einsum("nti,ij,ntj->nt", x, world[key], x) for x, key in ((states, "Q"), (actions, "R"))]
    expect.close(rewards, -sum(costs), "the rewards")


def noise_of_actions(student: Student, rng: Generator) -> None:
    """Ask the 4,800 numbers epsilon = (a - K s) / sigma for mean, mean square and correlations.

    Seven questions of at most 2e-9 each: a right answer fails with probability below 1.4e-8.
    """
    (world, K), sigma = random_world(rng, 2, 2), width(rng)
    states, actions, _ = episodes(student, rng, world, K, sigma, 40, 60)
    epsilon = (actions - states @ K.T) / sigma
    standard_normal(epsilon, "epsilon = (a - K s)/sigma")
    bell_shaped(epsilon, "epsilon = (a - K s)/sigma")
    unrelated(epsilon[:, 0::2], epsilon[:, 1::2], "epsilon of one step and of the next")
    unrelated(epsilon[0::2], epsilon[1::2], "epsilon of one episode and of the next")
    unrelated(epsilon[:20], epsilon[20:], "epsilon of the first episodes and of the last")
    unrelated(epsilon[..., 0], epsilon[..., 1], "epsilon of the first and the second action")


def reproduces(student: Student, rng: Generator) -> None:
    """Ask again with the same generator, and with another."""
    world, K = random_world(rng, 2, 1)

    def drawn(generator: Generator) -> Array:
        states, actions, _ = episodes(student, generator, world, K, 0.5, 4, 5)
        return np.concatenate([states, actions], axis=2)

    reproduced(drawn, rng, "observations and actions")


def starts_and_disturbances(student: Student, rng: Generator) -> None:
    """Ask the starts (2,000 numbers) and the disturbances (18,000), made white, for the same.

    S = L L' and W = L L' by Cholesky: L^-1 times what was drawn is standard normal. Fourteen questions of at
    most 2e-9 each: a right answer fails with probability below 3e-8.
    """
    (world, K), tilt = random_world(rng, 2, 1), rng.choice([-1.0, 1.0])
    world["S"] = np.array([[3.0, tilt], [tilt, 0.5]])
    states, actions, _ = episodes(student, rng, world, K, 0.5, 1000, 10)
    pushed = states[:, 1:] - states[:, :-1] @ world["A"].T - actions[:, :-1] @ world["B"].T
    for drawn, key, what in ((states[:, 0], "S", "starts"), (pushed, "W", "disturbances")):
        white = drawn @ np.linalg.inv(np.linalg.cholesky(world[key])).T
        standard_normal(white, f"the {what}, divided by the root of {key},")
        bell_shaped(white, f"the {what}, divided by the root of {key},")
        unrelated(white[..., 0], white[..., 1], f"the two entries of the {what}, after that division,")
        unrelated(white[0::2], white[1::2], f"{what} of one episode and of the next")
        unrelated(white[:500], white[500:], f"{what} of the first episodes and of the last")
    unrelated(white[:, 0:8:2], white[:, 1:8:2], "disturbances of one step and of the next")
    epsilon = (actions - states @ K.T)[:, :-1, 0] / 0.5
    unrelated(white[..., 0], epsilon, "noise of the action and first entry of the disturbance")
    unrelated(white[..., 1], epsilon, "noise of the action and second entry of the disturbance")


def of_episodes(rng: Generator, n: int, n_steps: int, m: int, k: int, paid: int | None = None) -> Given:
    """Draw a gain, widths and discounts, states (n, T, m), actions, rewards and a baseline (T,).

    If there is a step that is `paid`, it alone is: 1, with no baseline.
    """
    shapes = ((k, m), (n, n_steps, m), (n, n_steps, k), (n, n_steps), (n_steps,))
    K, states, actions, rewards, baseline = (rng.normal(size=shape) for shape in shapes)
    if paid is not None:
        rewards, baseline = np.tile(1.0 * (np.arange(n_steps) == paid), (n, 1)), np.zeros(n_steps)
    return K, width(rng), rng.uniform(0.8, 0.95), states, actions, rewards, baseline


def estimates(
    K: Array, sigma: float, gamma: float, states: Array, actions: Array, rewards: Array, baseline: Array
) -> Array:
    """Return REINFORCE's estimates (n, k, m), step by step."""
    n_steps, found = rewards.shape[1], np.zeros((len(rewards), *K.shape))
    for t in range(n_steps):
        to_go = sum(gamma**u * rewards[:, u] for u in range(t, n_steps)) - baseline[t]
        z = (actions[:, t] - states[:, t] @ K.T) / sigma**2
        found += to_go[:, None, None] * z[:, :, None] * states[:, t, None, :]
    return found


def unbiased(student: Student, rng: Generator) -> None:
    """Take the expectation over three actions by 4 x 4 x 4 nodes of Gauss and Hermite.

    In each of the three epsilons the estimate is a polynomial of degree 4 at most, and 4 nodes are exact for
    degree 7: the weighted mean over these 64 episodes is the expectation itself, from one start.
    """
    world, K = random_world(rng, 2, 1)
    start, sigma, (epsilon, chances) = rng.normal(size=2), width(rng), gauss_hermite(4, 3)
    lived = played(world, K, sigma, np.tile(start, (64, 1)), epsilon[..., None])
    fixed = {**world, "S": np.outer(start, start), "W": np.zeros((2, 2))}
    wanted = slopes(lambda gain: added_up(fixed, gain, sigma, 3), K)
    for baseline, which in (
        (np.zeros(3), "without a baseline"),
        (rng.normal(size=3) - 1.0, "with a baseline"),
    ):
        got = student.reinforce(K, sigma, world["gamma"], *lived, baseline)
        found = expect.array(got, (64, 1, 2), "the estimates", most=LARGEST)
        mean = np.tensordot(chances, found, axes=1)
        expect.close(mean, wanted, f"the expected estimate {which}, over three steps")


class Moments(NamedTuple):
    """What `one_action` returns."""

    mean: float
    variance: float
    best_baseline: float


def moments(f: Polynomial, theta: float, sigma: float, baseline: float) -> Moments:
    """Return mean and variance of (f(a) - B) x / sigma, and the best B, for a polynomial f.

    A mean over standard normal x is the first coefficient of a series of Hermite's polynomials.
    """
    x, reward = Polynomial([0.0, 1.0]), f(Polynomial([theta, sigma]))
    estimate = (reward - baseline) * x / sigma
    mean, square, best = (
        each.convert(kind=HermiteE).coef[0] for each in (estimate, estimate**2, reward * x**2)
    )
    return Moments(mean, square - mean**2, best)


def of_polynomial(rng: Generator, degree: int, sigma: float) -> Given:
    """Draw a polynomial reward, a mean action and a baseline."""
    return Polynomial(rng.normal(size=degree + 1)), rng.normal(), sigma, rng.normal()


def asked(student: Student, f: Any, theta: float, sigma: float, baseline: float) -> Moments:
    """Return the student's answer as numbers."""
    got = expect.items(student.one_action(f, theta, sigma, baseline), 3, "one_action")
    return Moments(*(expect.number(x, f"the {name}") for x, name in zip(got, Moments._fields, strict=True)))


def parabola(student: Student, rng: Generator) -> None:
    """Ask for mean and best baseline of f(a) = a^2."""
    theta, sigma = rng.normal(), width(rng)
    found = asked(student, Polynomial([0.0, 0.0, 1.0]), theta, sigma, theta**2 + sigma**2)
    expect.close(found.mean, 2 * theta, "the mean for f(a) = a²")
    expect.close(found.best_baseline, theta**2 + 3 * sigma**2, "the best baseline for f(a) = a²")


def hill(student: Student, rng: Generator) -> None:
    """Blur a bell curve, which gives a wider one. At sigma up to w, 40 nodes err by rounding only."""
    w, theta = rng.uniform(0.5, 1.5), rng.uniform(-1.0, 1.0)
    sigma = w * rng.uniform(0.7, 1.0)
    seen = w**2 + sigma**2
    found = asked(student, lambda a: np.exp(-(np.asarray(a, float) ** 2) / (2 * w**2)), theta, sigma, 0.0)
    wanted = -theta / seen * w / sqrt(seen) * np.exp(-(theta**2) / (2 * seen))
    expect.close(found.mean, wanted, "the mean for a hill that is a bell curve")
