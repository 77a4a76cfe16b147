"""Assignment 6: the linear-quadratic return and its gradient, the score, and what REINFORCE makes of it.

All tests but two of `simulate` are exact: derivatives are taken by complex steps and expectations of
polynomials by Gauss-Hermite quadrature, both right to rounding.
"""

from itertools import product
from math import pi, sqrt
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks.chance import bell_shaped, standard_normal, unrelated
from rl_landscapes.course.checks.linear_quadratic import (
    World,
    added_up,
    best_gain,
    by_hand,
    closed_form,
    gradient,
    played,
    random_world,
    return_,
    slopes,
)
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator

assignment = Assignment(
    "06-gaussian-policies",
    "Gaussian policies",
    closed=("rl_landscapes.objectives", "rl_landscapes.policies", "rl_landscapes.worlds.lqr"),
)


def _scalar(rng: Generator) -> tuple[World, float]:
    """Draw a world of one state and one action and its gain, also as numbers."""
    world, K = random_world(rng, 1, 1)
    return world, K.item()


def _width(rng: Generator) -> float:
    """Draw a sigma that nobody takes for its square or for 1."""
    return float(rng.uniform(0.4, 0.7) ** rng.choice([-1.0, 1.0]))


lqr_return = assignment.question(
    "lqr_return",
    hints=(
        "First M = A + B K and the stability test. For a stable gain the equation of P is linear in P: "
        "scipy.linalg.solve_discrete_lyapunov(X, Y) solves Z = X Z X' + Y.",
        "P = Q + K'RK + gamma M'PM is that equation with X = sqrt(gamma) M' (transposed!) and Y = Q + K'RK. "
        "Then three terms: tr(P S), gamma tr(P W)/(1 - gamma), and sigma^2 tr(R + gamma B'P B)/(1 - gamma).",
    ),
    difficulty=3,
    minutes=20,
)


@lqr_return.test("one state and one action, worked out by hand", points=3)
def _(student: Student, rng: Generator) -> None:
    world, K = _scalar(rng)
    sigma = _width(rng)
    wanted = by_hand(world, K, sigma)[0]
    got = expect.number(student.lqr_return(world, np.array([[K]]), sigma), "the return")
    expect.close(got, wanted, f"the return at K = [[{K:.4g}]], sigma = {sigma:.4g}")


@lqr_return.test("without noise: the cost added up step by step", points=3)
def _(student: Student, rng: Generator) -> None:
    world, K = random_world(rng, 2, 1)
    expect.close(
        expect.number(student.lqr_return(world, K, 0.0), "the return"),
        return_(world, K, 0.0),
        "the return at sigma = 0, two states and one action",
    )


@lqr_return.test("finite exactly if sqrt(gamma) times the spectral radius is below 1", points=3)
def _(student: Student, rng: Generator) -> None:
    """Both eigenvalues are too large where one is: P is negative definite there, and the formula positive."""
    world, K = random_world(rng, 2, 1)
    near = np.array([[1.0, rng.uniform(1.5, 2.0)], [0.0, 0.99]])
    for slack in (1.5, 1.02, 0.98):
        M, sigma = slack * near / sqrt(world["gamma"]), 0.5 if slack < 1 else 0.0
        moved = {**world, "A": M - world["B"] @ K}
        got = expect.number(student.lqr_return(moved, K, sigma), "the return", finite=False)
        what = f"the return where sqrt(gamma) times the spectral radius of A + B K is {slack}"
        if slack < 1:
            expect.close(got, closed_form(moved, K, sigma), what, rtol=1e-6)
        else:
            expect.true(got == -np.inf, what, got=got, expected="-inf")


@lqr_return.test(
    "eigenvalues that are complex or negative, or one of two too large", points=2, at_grading=True
)
def _(student: Student, rng: Generator) -> None:
    """Where one direction of two is unstable and hardly ever entered, the formula gives a negative number.

    With M = diag(0.1, 1.02) / sqrt(gamma), Q = 1 and no sigma, P_11 >= 1, and P_22 = -(1 + R K_2^2) / 0.0404
    is multiplied by 2e-5 or less, as S and W are 1e-6 there.
    """
    world, K = random_world(rng, 2, 1)
    turn = np.array([[0.1, -1.0], [1.0, 0.1]]) / sqrt(1.01)
    rare = {"Q": np.eye(2), "S": np.diag([1.0, 1e-6]), "W": np.diag([1.0, 1e-6])}
    for slack, shape, other, kind in (
        (1.02, turn, {}, "two complex eigenvalues"),
        (0.9, turn, {}, "two complex eigenvalues"),
        (1.02, np.diag([-1.0, 0.3]), {}, "a negative eigenvalue"),
        (0.9, np.diag([-1.0, 0.3]), {}, "a negative eigenvalue"),
        (1.02, np.diag([0.1, 1.0]), rare, "an unstable direction that is rarely entered"),
    ):
        M = slack * shape / sqrt(world["gamma"])
        moved = {**world, **other, "A": M - world["B"] @ K}
        got = expect.number(student.lqr_return(moved, K, 0.0), "the return", finite=False)
        what = f"the return with {kind}, sqrt(gamma) times the spectral radius {slack}"
        if slack < 1:
            expect.close(got, closed_form(moved, K, 0.0), what, rtol=1e-6)
        else:
            expect.true(got == -np.inf, what, got=got, expected="-inf")


@lqr_return.test("what noise costs, at three widths", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    world, K = random_world(rng, 2, 2)
    calm = return_(world, K, 0.0)
    price = calm - return_(world, K, 1.0)
    for sigma in (0.0, 0.5, 2.0):
        got = expect.number(student.lqr_return(world, K, sigma), "the return")
        expect.close(got, calm - sigma**2 * price, f"the return at sigma = {sigma}")


@lqr_return.test("three states, two actions, full matrices", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for _ in range(3):
        world, K = random_world(rng, 3, 2)
        sigma = _width(rng)
        got = expect.number(student.lqr_return(world, K, sigma), "the return")
        expect.close(got, return_(world, K, sigma), "the return in a world of three states and two actions")


lqr_gradient = assignment.question(
    "lqr_gradient",
    hints=(
        "Two Lyapunov equations: P as before, and that of the state moments, in which M and M' have changed "
        "places. Look at which of the two has the noise in it.",
        "Sigma is solve_discrete_lyapunov(sqrt(gamma) * M, S + gamma / (1 - gamma) * (W + sigma^2 B B')); "
        "the gradient is -2 E Sigma with E = R K + gamma B' P M, of the shape of K.",
    ),
    difficulty=3,
    minutes=15,
)


@lqr_gradient.test("one state and one action, worked out by hand", points=3)
def _(student: Student, rng: Generator) -> None:
    world, K = _scalar(rng)
    sigma = _width(rng)
    wanted = by_hand(world, K, sigma)[1]
    got = student.lqr_gradient(world, np.array([[K]]), sigma)
    expect.close(got, [[wanted]], f"the gradient at K = [[{K:.4g}]], sigma = {sigma:.4g}")


@lqr_gradient.test("without noise: the derivative of the cost added up step by step", points=4)
def _(student: Student, rng: Generator) -> None:
    world, K = random_world(rng, 2, 1)
    wanted = slopes(lambda gain: added_up(world, gain, 0.0, 1000), K)
    _near(student.lqr_gradient(world, K, 0.0), wanted, "the gradient at sigma = 0")


@lqr_gradient.test("zero at the best gain, whatever the noise, and not beside it", points=4)
def _(student: Student, rng: Generator) -> None:
    world, _ = random_world(rng, 2, 1)
    best = best_gain(world)
    aside = best + 0.05 * rng.uniform(0.5, 1.0, best.shape) / (1 + np.abs(world["B"]).max())
    for sigma in (0.0, 0.3, 3.0):
        wanted = gradient(world, aside, sigma)
        _near(student.lqr_gradient(world, aside, sigma), wanted, f"the gradient at sigma = {sigma}")
        there, size = student.lqr_gradient(world, best, sigma), np.abs(wanted).max()
        expect.close(
            there, np.zeros((1, 2)), f"the gradient at the best gain, sigma = {sigma}", atol=1e-6 * size
        )


@lqr_gradient.test("three states, two actions, full matrices, with noise", points=4, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for _ in range(3):
        world, K = random_world(rng, 3, 2)
        sigma = _width(rng)
        wanted = gradient(world, K, sigma)
        _near(student.lqr_gradient(world, K, sigma), wanted, "the gradient for three states and two actions")


def _near(got: Any, wanted: Array, what: str) -> None:
    """Ask for seven digits, relative to the largest entry."""
    expect.close(got, wanted, what, atol=1e-7 * float(np.abs(wanted).max()))


score = assignment.question(
    "score",
    hints=(
        "In the mean, the derivative of log N(a; mu, sigma^2) is (a - mu)/sigma^2. What is the derivative of "
        "mu = W s + b in one entry of W, and in one of b?",
        "z = (actions - means) / sigma**2 has shape (N, k). The part of W is z[:, :, None] * observations[:, "
        "None, :], reshaped to (N, k o); the part of b is z itself, behind it.",
    ),
    difficulty=2,
    minutes=15,
)


@score.test("one observation, one action, by hand", points=2)
def _(student: Student, rng: Generator) -> None:
    W, b, s, a = rng.normal(size=4)
    sigma = _width(rng)
    z = (a - W * s - b) / sigma**2
    got = student.score(np.array([W, b]), sigma, np.array([[s]]), np.array([[a]]))
    expect.close(got, [[z * s, z]], f"the score at s = {s:.4g}, a = {a:.4g}, sigma = {sigma:.4g}")


@score.test("the derivative of the log-density in every parameter", points=2)
def _(student: Student, rng: Generator) -> None:
    theta, sigma, observations, actions = _draws(rng, 3, 2, 5)
    expect.close(
        student.score(theta, sigma, observations, actions),
        _score_slopes(theta, sigma, observations, actions),
        "the score of five pairs of 3 observations and 2 actions",
    )


@score.test("of mean zero, with the Fisher information as its second moment", points=2)
def _(student: Student, rng: Generator) -> None:
    """Average over actions mu +- sigma with all signs, which is exact for quadratic functions of a."""
    theta, sigma, observations, _ = _draws(rng, 2, 2, 1)
    signs = np.array(list(product((-1.0, 1.0), repeat=2)))
    actions = observations @ theta[:4].reshape(2, 2).T + theta[4:] + sigma * signs
    got = student.score(theta, sigma, np.tile(observations, (4, 1)), actions)
    scores = _moderate(got, (4, 6), "the score")
    features = np.append(observations[0], 1.0)
    weights = np.outer(features, features) / sigma**2  # of one action, in the order (W's row, b's entry)
    order = np.array([0, 1, 4, 2, 3, 5])
    expect.close(scores.mean(axis=0), np.zeros(6), "the mean score")
    second = (scores.T @ scores / 4)[np.ix_(order, order)]
    expect.close(second, np.kron(np.eye(2), weights), "the mean of score times score'")


@score.test("for the same epsilon, three times the width has a third of the score", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    theta, sigma, observations, actions = _draws(rng, 4, 1, 6)
    means = observations @ theta[:4, None] + theta[4:]
    narrow = student.score(theta, sigma, observations, actions)
    wide = student.score(theta, 3 * sigma, observations, means + 3 * (actions - means))
    wanted = _score_slopes(theta, sigma, observations, actions)
    expect.close(narrow, wanted, f"the score at sigma = {sigma:.4g}")
    expect.close(wide, wanted / 3, f"the score at sigma = {3 * sigma:.4g}, with the same epsilon")


@score.test("other numbers of observations and actions", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for n_observations, n_actions, n in ((5, 3, 1), (1, 4, 7), (11, 3, 20)):
        theta, sigma, observations, actions = _draws(rng, n_observations, n_actions, n)
        expect.close(
            student.score(theta, sigma, observations, actions),
            _score_slopes(theta, sigma, observations, actions),
            f"the score of {n} pairs of {n_observations} observations and {n_actions} actions",
        )


def _draws(rng: Generator, o: int, k: int, n: int) -> tuple[Array, float, Array, Array]:
    """Draw theta (k o + k,), sigma, observations (n, o) and actions (n, k)."""
    shapes = ((k * o + k,), (n, o), (n, k))
    theta, observations, actions = (rng.normal(size=shape) for shape in shapes)
    return theta, _width(rng), observations, actions


def _score_slopes(theta: Array, sigma: float, observations: Array, actions: Array) -> Array:
    """Return the derivatives of the log-density, one by one."""
    k, o = actions.shape[1], observations.shape[1]

    def log_density(s: Array, a: Array) -> Any:
        def at(point: Any) -> Any:
            mean = point[: k * o].reshape(k, o) @ s + point[k * o :]
            return (-((a - mean) ** 2) / (2 * sigma**2)).sum() - k / 2 * np.log(2 * pi * sigma**2)

        return at

    return np.stack([slopes(log_density(s, a), theta) for s, a in zip(observations, actions, strict=True)])


simulate = assignment.question(
    "simulate",
    hints=(
        "Keep the states of all N episodes in one array (N, m) and loop over the T steps only. "
        "rng.multivariate_normal(zeros, covariance, size=N) draws starts and disturbances, also for W = 0.",
        "In step t: a = s @ K.T + sigma * rng.standard_normal((N, k)); store s, a and the reward of this s "
        "and this a; only then s = s @ A.T + a @ B.T + w.",
    ),
    difficulty=2,
    minutes=15,
)


@simulate.test("without noise and disturbance: s' = (A + B K) s", points=3)
def _(student: Student, rng: Generator) -> None:
    world, K = random_world(rng, 3, 2)
    calm = {**world, "W": np.zeros((3, 3))}
    states, actions, _ = _episodes(student.simulate(calm, K, 0.0, 5, 7, rng), 5, 7, 3, 2)
    expect.close(actions, states @ K.T, "the actions at sigma = 0")
    ahead = states[:, :-1] @ (world["A"] + world["B"] @ K).T
    expect.close(states[:, 1:], ahead, "the states after the first, at sigma = 0 and W = 0")
    expect.true(bool(np.ptp(states[:, 0], axis=0).all()), "every episode must have a start of its own")


@simulate.test("the reward of a step is that of its own state and action", points=3)
def _(student: Student, rng: Generator) -> None:
    world, K = random_world(rng, 2, 2)
    states, actions, rewards = _episodes(student.simulate(world, K, 0.7, 6, 8, rng), 6, 8, 2, 2)
    costs = [np.einsum("nti,ij,ntj->nt", x, world[key], x) for x, key in ((states, "Q"), (actions, "R"))]
    expect.close(rewards, -sum(costs), "the rewards")


@simulate.test("the noise of the actions: standard normal, fresh in every step and episode", points=4)
def _(student: Student, rng: Generator) -> None:
    """Ask the 4,800 numbers epsilon = (a - K s) / sigma for mean, mean square and correlations.

    Seven questions of at most 2e-9 each: a right answer fails with probability below 1.4e-8.
    """
    world, K = random_world(rng, 2, 2)
    sigma = _width(rng)
    states, actions, _ = _episodes(student.simulate(world, K, sigma, 40, 60, rng), 40, 60, 2, 2)
    epsilon = (actions - states @ K.T) / sigma
    standard_normal(epsilon, "epsilon = (a - K s)/sigma")
    bell_shaped(epsilon, "epsilon = (a - K s)/sigma")
    unrelated(epsilon[:, 0::2], epsilon[:, 1::2], "epsilon of one step and of the next")
    unrelated(epsilon[0::2], epsilon[1::2], "epsilon of one episode and of the next")
    unrelated(epsilon[:20], epsilon[20:], "epsilon of the first episodes and of the last")
    unrelated(epsilon[..., 0], epsilon[..., 1], "epsilon of the first and the second action")


@simulate.test(
    "the same generator gives the same episodes, and another one others", points=1, at_grading=True
)
def _(student: Student, rng: Generator) -> None:
    world, K = random_world(rng, 2, 1)
    other = np.random.default_rng(rng.integers(2**62))
    first, again, others = (  # a function gets a copy of the generator
        _episodes(student.simulate(world, K, 0.5, 4, 5, each), 4, 5, 2, 1) for each in (rng, rng, other)
    )
    expect.close(again[0], first[0], "observations from the same generator")
    expect.close(again[1], first[1], "actions from the same generator")
    differ = not (others[0] == first[0]).any() and not (others[1] == first[1]).any()
    expect.true(differ, "episodes from another generator must be others")


@simulate.test("starts with the moments S, disturbances with the covariance W", points=4, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    """Ask the starts (2,000 numbers) and the disturbances (18,000), made white, for the same.

    S = L L' and W = L L' by Cholesky: L^-1 times what was drawn is standard normal. Fourteen questions of at
    most 2e-9 each: a right answer fails with probability below 3e-8.
    """
    world, K = random_world(rng, 2, 1)
    tilt = rng.choice([-1.0, 1.0])
    world["S"] = np.array([[3.0, tilt], [tilt, 0.5]])
    states, actions, _ = _episodes(student.simulate(world, K, 0.5, 1000, 10, rng), 1000, 10, 2, 1)
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


def _episodes(got: Any, n: int, n_steps: int, m: int, k: int) -> tuple[Array, Array, Array]:
    """Return states (n, T, m), actions (n, T, k) and rewards (n, T) of what `simulate` returned."""
    parts = expect.fields(got, ("observations", "actions", "rewards"), "what simulate returns")
    return (
        _moderate(parts["observations"], (n, n_steps, m), "observations"),
        _moderate(parts["actions"], (n, n_steps, k), "actions"),
        _moderate(parts["rewards"], (n, n_steps), "rewards"),
    )


def _moderate(got: Any, shape: tuple[int, ...], what: str) -> Array:
    """Return numbers that one can compute with: none above 1e9 in size."""
    numbers = expect.array(got, shape, what)
    expect.true(bool((np.abs(numbers) <= 1e9).all()), f"{what} must be below 1e9 in size", got=numbers)
    return numbers


reinforce = assignment.question(
    "reinforce",
    hints=(
        "Two arrays and one sum over time: the weights G_t - B_t, shape (N, T), and the scores, shape "
        "(N, T, k, m). G_t begins with the reward of step t itself.",
        "Rewards to go are a sum from behind: np.cumsum(x[:, ::-1], axis=1)[:, ::-1] of gamma**t * rewards. "
        "Then np.einsum('nt,nti,ntj->nij', weights, (actions - means) / sigma**2, observations).",
    ),
    difficulty=3,
    minutes=20,
)


@reinforce.test("one episode of two steps, by hand", points=3)
def _(student: Student, rng: Generator) -> None:
    K, s0, s1, e0, e1, r0, r1, b0, b1 = rng.normal(size=9)
    gamma, sigma = 0.9, _width(rng)
    actions = np.array([[[K * s0 + sigma * e0], [K * s1 + sigma * e1]]])
    wanted = ((r0 + gamma * r1 - b0) * e0 * s0 + (gamma * r1 - b1) * e1 * s1) / sigma
    lived = np.array([[[s0], [s1]]]), actions, np.array([[r0, r1]])
    got = student.reinforce(np.array([[K]]), sigma, gamma, *lived, np.array([b0, b1]))
    expect.close(got, [[[wanted]]], "the estimate from an episode of two steps")


@reinforce.test("a reward counts for its own action and those before, not for later ones", points=4)
def _(student: Student, rng: Generator) -> None:
    K, sigma, gamma, states, actions, _, _ = _lived(rng, 3, 6, 2, 1)
    scores = _scores(K, sigma, states, actions)
    for paid in (0, 3, 5):
        rewards = np.zeros((3, 6))
        rewards[:, paid] = 1.0
        wanted = gamma**paid * scores[:, : paid + 1].sum(axis=1)
        got = student.reinforce(K, sigma, gamma, states, actions, rewards, np.zeros(6))
        expect.close(got, wanted, f"the estimates where only step {paid} of 0 to 5 pays 1")


@reinforce.test("unbiased: its exact expectation is the gradient, with and without a baseline", points=4)
def _(student: Student, rng: Generator) -> None:
    """Take the expectation over three actions by 4 x 4 x 4 nodes of Gauss and Hermite.

    In each of the three epsilons the estimate is a polynomial of degree 4 at most, and 4 nodes are exact for
    degree 7: the weighted mean over these 64 episodes is the expectation itself, from one start.
    """
    world, K = random_world(rng, 2, 1)
    start, sigma, gamma = rng.normal(size=2), _width(rng), world["gamma"]
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    epsilon = np.array(list(product(nodes, repeat=3)))[..., None]
    chances = np.prod(list(product(weights / weights.sum(), repeat=3)), axis=1)
    lived = played(world, K, sigma, np.tile(start, (64, 1)), epsilon)
    fixed = {**world, "S": np.outer(start, start), "W": np.zeros((2, 2))}
    wanted = slopes(lambda gain: added_up(fixed, gain, sigma, 3), K)
    for baseline in (np.zeros(3), rng.normal(size=3) - 1.0):
        got = student.reinforce(K, sigma, gamma, *lived, baseline)
        estimates = _moderate(got, (64, 1, 2), "the estimates")
        mean = np.tensordot(chances, estimates, axes=1)
        which = "without a baseline" if not baseline.any() else "with a baseline"
        expect.close(mean, wanted, f"the expected estimate {which}, over three steps")


@reinforce.test("many episodes, several actions, a baseline", points=4, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for n, n_steps, m, k in ((20, 25, 3, 2), (1, 4, 1, 3)):
        K, sigma, gamma, states, actions, rewards, baseline = _lived(rng, n, n_steps, m, k)
        scores, wanted = _scores(K, sigma, states, actions), np.zeros((n, k, m))
        for t in range(n_steps):
            to_go = sum(gamma**u * rewards[:, u] for u in range(t, n_steps))
            wanted += (to_go - baseline[t])[:, None, None] * scores[:, t]
        got = student.reinforce(K, sigma, gamma, states, actions, rewards, baseline)
        expect.close(got, wanted, f"the estimates for N, T, m, k = {n}, {n_steps}, {m}, {k}")


def _lived(
    rng: Generator, n: int, n_steps: int, m: int, k: int
) -> tuple[Array, float, float, Array, Array, Array, Array]:
    """Draw a gain, sigma, gamma, states (n, T, m), actions, rewards (n, T) and a baseline (T,)."""
    shapes = ((k, m), (n, n_steps, m), (n, n_steps, k), (n, n_steps), (n_steps,))
    K, states, actions, rewards, baseline = (rng.normal(size=shape) for shape in shapes)
    return K, _width(rng), rng.uniform(0.8, 0.95), states, actions, rewards, baseline


def _scores(K: Array, sigma: float, states: Array, actions: Array) -> Array:
    return ((actions - states @ K.T) / sigma**2)[..., None] * states[:, :, None, :]


NAMES = ("mean", "variance", "best baseline")  # of what `one_action` returns

one_action = assignment.question(
    "one_action",
    hints=(
        "Write x = epsilon. Mean and variance are expectations of functions of one standard normal number: "
        "sums over the nodes x_i of Gauss and Hermite, with weights that you divide by their sum.",
        "With f = f(theta + sigma * x) and g = (f - B) * x / sigma, mean = w @ g and variance = w @ g**2 - "
        "mean**2. The derivative of w @ g**2 in B is zero at w @ (f * x**2) / (w @ x**2).",
    ),
    difficulty=3,
    minutes=15,
)


@one_action.test("a straight line: slope, and (f - B)² / sigma² + 2 slope²", points=4)
def _(student: Student, rng: Generator) -> None:
    level, slope, theta, baseline = rng.normal(size=4)
    sigma = rng.uniform(0.1, 2.0)
    offset = level + slope * theta - baseline
    got = student.one_action(_polynomial([slope, level]), theta, sigma, baseline)
    mean, variance, best = expect.items(got, 3, "one_action")
    expect.close(expect.number(mean, "the mean"), slope, "the mean for a linear reward")
    wanted = offset**2 / sigma**2 + 2 * slope**2
    expect.close(expect.number(variance, "the variance"), wanted, "the variance for a linear reward")
    there = level + slope * theta
    expect.close(expect.number(best, "the best baseline"), there, "the best baseline for a linear reward")


@one_action.test("f(a) = a²: the mean reward is not the best baseline", points=3)
def _(student: Student, rng: Generator) -> None:
    theta, sigma = rng.normal(), _width(rng)
    got = student.one_action(_polynomial([1.0, 0.0, 0.0]), theta, sigma, theta**2 + sigma**2)
    mean, _, best = expect.items(got, 3, "one_action")
    expect.close(expect.number(mean, "the mean"), 2 * theta, "the mean for f(a) = a²")
    expect.close(expect.number(best, "the best"), theta**2 + 3 * sigma**2, "the best baseline for f(a) = a²")


@one_action.test("a hill: the mean is the slope of the hill seen out of focus", points=4)
def _(student: Student, rng: Generator) -> None:
    """Blur a bell curve, which gives a wider one. At sigma up to w, 40 nodes err by rounding only."""
    width, theta = rng.uniform(0.5, 1.5), rng.uniform(-1.0, 1.0)
    sigma = width * rng.uniform(0.7, 1.0)
    seen = width**2 + sigma**2
    height = width / sqrt(seen) * np.exp(-(theta**2) / (2 * seen))

    def hill(a: Any) -> Any:
        return np.exp(-(np.asarray(a, dtype=float) ** 2) / (2 * width**2))

    mean, _, _ = expect.items(student.one_action(hill, theta, sigma, 0.0), 3, "one_action")
    wanted, what = -theta / seen * height, "the mean for a hill that is a bell curve"
    expect.close(expect.number(mean, "the mean"), wanted, what)


@one_action.test("any cubic, with any baseline, narrow and wide", points=4, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for sigma in (0.05, 0.5, 3.0):
        cubic, theta, baseline = rng.normal(size=4), rng.normal(), rng.normal()
        got = student.one_action(_polynomial(cubic), theta, sigma, baseline)
        wanted = zip(NAMES, _moments(cubic, theta, sigma, baseline), strict=True)
        for value, (what, want) in zip(expect.items(got, 3, "one_action"), wanted, strict=True):
            number = expect.number(value, f"the {what}")
            expect.close(number, want, f"the {what} for a cubic reward, sigma = {sigma}", rtol=1e-7)


def _polynomial(coefficients: Any) -> Any:
    def reward(a: Any) -> Any:
        return np.polyval(coefficients, np.asarray(a, dtype=float))

    return reward


def _moments(coefficients: Array, theta: float, sigma: float, baseline: float) -> tuple[float, float, float]:
    """Return mean and variance of (f(a) - B) x / sigma and the best B, from E x^(2j) = (2j - 1)!!."""
    line = np.poly1d([sigma, theta])
    reward = sum((c * line**j for j, c in enumerate(coefficients[::-1])), np.poly1d([0.0]))
    x = np.poly1d([1.0, 0.0])
    estimate = (reward - baseline) * x / sigma
    mean = _expected(estimate)
    return mean, _expected(estimate**2) - mean**2, _expected(reward * x**2)


def _expected(polynomial: Any) -> float:
    odd = [float(np.prod(np.arange(j - 1, 0, -2))) for j in range(len(polynomial.c))]
    return float(sum(c * odd[j] for j, c in enumerate(polynomial.c[::-1]) if j % 2 == 0))
