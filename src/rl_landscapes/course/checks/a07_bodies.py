"""Assignment 7: batches of bodies, common random numbers, standard errors of episodes, a small training run.

Answers meet bodies through functions that are called back here, so they need NumPy only. What such a function
was asked and what it answered is kept, and answers are compared with that: there is nothing statistical in
these tests but the seeds and the noise of `evaluate` and `train`, and no chaos, though some are of Hoppers.
Those need MuJoCo and Gymnasium; without them two tests are a grader fault that says what to install.
"""

from itertools import product
from math import sqrt

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.checks import episodes, training
from rl_landscapes.course.checks.chance import gauss_hermite, standard_error
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator

assignment = Assignment(
    "07-bodies",
    "Bodies",
    closed=(
        "rl_landscapes.objectives",
        "rl_landscapes.policies",
        "rl_landscapes.probes",
        "rl_landscapes.ascent",
        "rl_landscapes.statistics",
    ),
    packages=("numpy", "scipy"),
    limits=Limits(call_s=20.0),
)

rollouts = assignment.question(
    "rollouts",
    hints=(
        "One loop over time, all bodies in each step. Keep a row of truths, alive, that begins True "
        "everywhere: must a body's entry turn False before or after its reward is noted?",
        "In step t: drawn = np.einsum('bko,bo->bk', W, seen) + b + sigma * noise[:, t]; note seen, drawn "
        "and alive where alive; seen, reward, ended = step(np.clip(drawn, -1, 1)); note reward where "
        "alive; only then alive = alive & ~ended.",
    ),
    difficulty=3,
    minutes=20,
)
rollouts.test("bodies that never fall: actions as drawn, clipped for the motors only", points=4)(
    episodes.never_fall
)
rollouts.test("the reward of the last step counts, nothing after it does", points=4)(episodes.last_steps)
rollouts.test("every body with its own parameters", points=4)(episodes.own_parameters)
rollouts.test("four Hoppers", points=4)(episodes.four_hoppers)
rollouts.test("other bodies, some of which fall", points=4, at_grading=True)(episodes.some_fall)
evaluate = assignment.question(
    "evaluate",
    hints=(
        "Draw N seeds and N pieces of noise once, then hand the same ones to every policy. D N bodies "
        "live in one batch: body number i N + j has policy i and episode j.",
        "np.repeat(thetas, N, axis=0) repeats each policy N times in a row; np.tile(seeds, D) and "
        "np.tile(noise, (D, 1, 1)) go through all episodes again for each policy; then reshape(D, N).",
    ),
    difficulty=2,
    minutes=15,
)
evaluate.test("policy i in row i, one episode in each column", points=4)(episodes.rows_and_columns)
evaluate.test("the same luck in a column, another one in every column", points=4)(episodes.common_luck)
evaluate.test("standard normal noise, from the generator that was handed over", points=4)(episodes.noise)
evaluate.test("a difference of two rows is that of the policies alone", points=3, at_grading=True)(
    episodes.differences
)


mean_return = assignment.question(
    "mean_return",
    hints=(
        "Which numbers are independent of each other: the rewards of the steps, or something that you first "
        "make of them, one for each episode?",
        "returns = np.where(alive, rewards, 0).sum(axis=1), shape (N,); their mean, and their standard "
        "deviation with ddof=1 over the root of N.",
    ),
    difficulty=1,
    minutes=10,
)


@mean_return.test("three episodes by hand", points=3)
def _(student: Student, rng: Generator) -> None:
    rewards = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0], [6.0, 0.0, 0.0]])
    alive = np.array([[True, True, True], [True, True, False], [True, False, False]])
    _mean_and_error(student, rewards, alive, "three episodes with returns 6, 9 and 6")


@mean_return.test("what is paid after the end does not count", points=2)
def _(student: Student, rng: Generator) -> None:
    lengths = rng.integers(1, 9, size=6)
    alive = np.arange(9) < lengths[:, None]
    rewards = rng.normal(size=(6, 9)) + 1.0
    _mean_and_error(student, rewards, alive, "six episodes of 1 to 8 steps")
    lost = np.where(alive, rewards, np.nan)
    _mean_and_error(student, lost, alive, "six episodes of 1 to 8 steps, with NaN after the end")


@mean_return.test("steps of an episode that are all alike are no further evidence", points=2)
def _(student: Student, rng: Generator) -> None:
    rewards = np.repeat(rng.normal(size=(5, 1)), 40, axis=1)
    _mean_and_error(
        student, rewards, np.ones((5, 40), bool), "five episodes of 40 steps with one reward each"
    )


@mean_return.test("two episodes, and two hundred", points=3, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for n in (2, 200):
        alive = np.arange(30) < rng.integers(1, 31, size=n)[:, None]
        _mean_and_error(student, rng.exponential(size=(n, 30)), alive, f"{n} episodes of up to 30 steps")


def _mean_and_error(student: Student, rewards: Array, alive: BoolArray, what: str) -> None:
    returns = [
        float(sum(r for r, on in zip(*row, strict=True) if on)) for row in zip(rewards, alive, strict=True)
    ]
    mean, error = expect.items(student.mean_return(rewards, alive), 2, "mean_return")
    middle = sum(returns) / len(returns)
    squares = sum((one - middle) ** 2 for one in returns)
    expect.close(expect.number(mean, "the mean"), middle, f"the mean return of {what}")
    wanted = sqrt(squares / len(returns) / (len(returns) - 1))
    expect.close(expect.number(error, "the standard error"), wanted, f"its standard error, {what}")


paired = assignment.question(
    "paired",
    hints=(
        "First make one number per episode of what you want to know (a slope, a curvature, a curvature "
        "averaged over directions), then take mean and standard error of these N numbers.",
        "Per episode: (plus - minus) / (2 alpha), shape (D, N); (plus + minus - 2 centre) / alpha^2, "
        "whose mean over directions has shape (N,). Only then mean and std(ddof=1) / sqrt(N), over the "
        "episodes.",
    ),
    difficulty=3,
    minutes=15,
)


KEYS = ("slope", "slope_stderr", "curvature", "curvature_stderr", "mean_curvature", "mean_curvature_stderr")


def _probe(student: Student, plus: Array, minus: Array, centre: Array, alpha: float) -> dict[str, Array]:
    """Return what came back: four arrays (D,) and two numbers."""
    got = expect.fields(student.paired(plus, minus, centre, alpha), KEYS, "what paired returns")
    shapes = {key: () if key.startswith("mean") else (len(plus),) for key in KEYS}
    return {key: expect.array(got[key], shapes[key], key) for key in KEYS}


def _returns(rng: Generator, d: int, n: int) -> tuple[Array, Array, Array]:
    """Draw returns of D directions, plus and minus (D, N) and centre (N,), with some luck in common."""
    luck = 10 * rng.normal(size=n)
    plus, minus = rng.normal(size=(2, d, n)) + luck
    return plus + rng.normal(size=(d, 1)), minus, rng.normal(size=n) + luck


@paired.test("slopes and curvatures", points=3)
def _(student: Student, rng: Generator) -> None:
    (plus, minus, centre), alpha = _returns(rng, 4, 6), rng.uniform(0.1, 0.6)
    got = _probe(student, plus, minus, centre, alpha)
    means = plus.mean(axis=1), minus.mean(axis=1), centre.mean()
    expect.close(got["slope"], (means[0] - means[1]) / (2 * alpha), "the slopes along four directions")
    bends = (means[0] + means[1] - 2 * means[2]) / alpha**2
    expect.close(got["curvature"], bends, "the curvatures along four directions")
    expect.close(got["mean_curvature"], bends.mean(), "the mean curvature")


@paired.test("their errors, from pairs of the same episode", points=3)
def _(student: Student, rng: Generator) -> None:
    (plus, minus, centre), alpha = _returns(rng, 4, 6), rng.uniform(0.1, 0.6)
    got = _probe(student, plus, minus, centre, alpha)
    wanted = standard_error(plus - minus) / (2 * alpha)
    expect.close(got["slope_stderr"], wanted, "the standard errors of the slopes")
    wanted = standard_error(plus + minus - 2 * centre) / alpha**2
    expect.close(got["curvature_stderr"], wanted, "the standard errors of the curvatures")


@paired.test("luck that all points share is in no error", points=3)
def _(student: Student, rng: Generator) -> None:
    (plus, minus, centre), alpha = _returns(rng, 3, 5), rng.uniform(0.1, 0.6)
    luck = 1000 * rng.normal(size=5)
    calm, wild = (_probe(student, plus + x, minus + x, centre + x, alpha) for x in (np.zeros(5), luck))
    wanted = standard_error(plus - minus) / (2 * alpha)
    expect.close(calm["slope_stderr"], wanted, "the standard errors of the slopes")
    for key in KEYS:
        what = f"{key} after every episode became a lot luckier or unluckier at all points alike"
        expect.close(wild[key], calm[key], what, rtol=1e-7, atol=1e-7)


@paired.test("directions that share their episodes are no independent samples", points=3)
def _(student: Student, rng: Generator) -> None:
    (plus, minus, centre), alpha = _returns(rng, 1, 6), rng.uniform(0.1, 0.6)
    got = _probe(student, np.repeat(plus, 9, axis=0), np.repeat(minus, 9, axis=0), centre, alpha)
    wanted = standard_error(plus + minus - 2 * centre)[0] / alpha**2
    what = "the standard error of the mean curvature over nine directions that are all the same one"
    expect.close(got["mean_curvature_stderr"], wanted, what)


@paired.test("the error of a mean over directions", points=3, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for d, n in ((7, 12), (40, 2)):
        (plus, minus, centre), alpha = _returns(rng, d, n), rng.uniform(0.1, 0.6)
        got = _probe(student, plus, minus, centre, alpha)
        bends = (plus + minus - 2 * centre) / alpha**2
        expect.close(
            got["mean_curvature_stderr"], standard_error(bends.mean(axis=0)), "mean_curvature_stderr"
        )
        expect.close(got["curvature_stderr"], standard_error(bends), "curvature_stderr")


policy_gradient = assignment.question(
    "policy_gradient",
    hints=(
        "Set the discounted rewards to zero where no step was made, then sum from behind. The baseline of "
        "episode j at step t: the sum over all episodes alive at t, less j itself, over their number.",
        "others = alive.sum(axis=0) - alive; baseline = (G.sum(axis=0) - G) / np.maximum(others, 1) with "
        "G zero where not alive; weights = np.where(alive, G - baseline, 0); the scores are z s' and z "
        "with z = (a - W s - b) / sigma^2.",
    ),
    difficulty=4,
    minutes=20,
)


Lives = tuple[
    Array, Array, Array, BoolArray
]  # observations (N, T, o), actions (N, T, k), rewards, alive (N, T)


def _drawn(rng: Generator, n: int, n_steps: int, o: int, k: int) -> tuple[Array, float, Lives]:
    """Draw parameters, a sigma, and episodes that end early, with zeros after the end."""
    theta, sigma = rng.normal(size=k * o + k), rng.uniform(0.3, 0.8)
    alive = np.arange(n_steps) < rng.integers(1, n_steps + 1, size=n)[:, None]
    alive[0] = True
    seen, done = rng.normal(size=(n, n_steps, o)), rng.normal(size=(n, n_steps, k))
    rewards = rng.normal(size=(n, n_steps)) + 1.0
    return theta, sigma, (seen * alive[..., None], done * alive[..., None], rewards * alive, alive)


def _estimates(theta: Array, sigma: float, gamma: float, lives: Lives) -> Array:
    """Return the estimates (N, n), episode by episode and step by step."""
    observations, actions, rewards, alive = lives
    (n, n_steps, o), k = observations.shape, actions.shape[2]
    W, b, found = theta[: k * o].reshape(k, o), theta[k * o :], np.zeros((n, theta.size))
    to_go = np.array(
        [[sum(gamma**u * r[u] for u in range(t, n_steps) if on[u]) for t in range(n_steps)]
         for r, on in zip(rewards, alive, strict=True)]
    )  # fmt: skip
    for j, t in product(range(n), range(n_steps)):
        others = [i for i in range(n) if i != j and alive[i, t]]
        if alive[j, t]:
            z = (actions[j, t] - W @ observations[j, t] - b) / sigma**2
            score = np.concatenate([np.outer(z, observations[j, t]).ravel(), z])
            found[j] += (to_go[j, t] - (to_go[others, t].mean() if others else 0.0)) * score
    return found


@policy_gradient.test("two episodes of one step, by hand", points=4)
def _(student: Student, rng: Generator) -> None:
    W, b, s0, s1, a0, a1, r0, r1 = rng.normal(size=8)
    sigma = rng.uniform(0.3, 0.8)
    z0, z1 = (a0 - W * s0 - b) / sigma**2, (a1 - W * s1 - b) / sigma**2
    lives = (
        np.array([[[s0]], [[s1]]]),
        np.array([[[a0]], [[a1]]]),
        np.array([[r0], [r1]]),
        np.ones((2, 1), bool),
    )
    got = student.policy_gradient(np.array([W, b]), sigma, 0.9, *lives)
    wanted = [[(r0 - r1) * z0 * s0, (r0 - r1) * z0], [(r1 - r0) * z1 * s1, (r1 - r0) * z1]]
    expect.close(got, wanted, "the estimates from two episodes of one step")


@policy_gradient.test("episodes that end early, step by step", points=4)
def _(student: Student, rng: Generator) -> None:
    theta, sigma, lives = _drawn(rng, 4, 6, 3, 2)
    wanted = _estimates(theta, sigma, 0.9, lives)
    expect.close(
        student.policy_gradient(theta, sigma, 0.9, *lives), wanted, "the estimates from four episodes"
    )


@policy_gradient.test("what stands in steps that were not made does not matter", points=3)
def _(student: Student, rng: Generator) -> None:
    theta, sigma, lives = _drawn(rng, 5, 7, 2, 2)
    wanted, dead = _estimates(theta, sigma, 0.95, lives), ~lives[3]
    odd = [part + 9.0 * dead.reshape(*dead.shape, *(1,) * (part.ndim - 2)) for part in lives[:3]]
    got = student.policy_gradient(theta, sigma, 0.95, *odd, lives[3])
    expect.close(got, wanted, "the estimates, with nines in steps that were not made")


@policy_gradient.test(
    "unbiased, baseline and all: the exact expectation is the gradient", points=4, at_grading=True
)
def _(student: Student, rng: Generator) -> None:
    """Take the expectation over the two actions of each of two episodes by 3^4 nodes of Gauss and Hermite.

    The reward of a step is c s + d a, and s' = p s + q a. In each epsilon the estimate is a polynomial of
    degree 2 at most, and 3 nodes are exact up to degree 5. The means follow the mean actions: O = c s + d m_0
    + gamma (c s_1 + d (W s_1 + b)), with m_0 = W s + b and s_1 = p s + q m_0.
    """
    W, b, s, c, d, p, q = rng.normal(size=7)
    sigma, gamma, theta = rng.uniform(0.3, 0.8), 0.9, np.array([W, b])
    mean, after = np.zeros(2), p * s + q * (W * s + b)
    epsilon, chances = gauss_hermite(3, 4)
    for (first, second), chance in zip(epsilon.reshape(-1, 2, 2), chances, strict=True):
        a0 = W * s + b + sigma * first
        s1 = p * s + q * a0
        a1 = W * s1 + b + sigma * second
        seen, done = np.stack([np.full(2, s), s1], axis=1), np.stack([a0, a1], axis=1)
        got = student.policy_gradient(
            theta, sigma, gamma, seen[..., None], done[..., None], c * seen + d * done, np.ones((2, 2), bool)
        )
        what = "the estimates from two episodes of two steps"
        mean = mean + chance * expect.array(got, (2, 2), what, most=1e9).mean(axis=0)
    slope = d + gamma * (c + d * W) * q  # of O in m_0
    wanted = [slope * s + gamma * d * after, slope + gamma * d]
    expect.close(mean, wanted, "the expected estimate from pairs of episodes of two steps")


train = assignment.question(
    "train",
    hints=(
        "Every use of chance gets a seed of its own from rng: one for each update, one to choose with, "
        "one to report with. Which evaluations must share their episodes, and which must not?",
        "thetas = np.stack(way); best = evaluate(thetas, seed).mean(axis=1).argmax(); then "
        "evaluate(thetas[best : best + 1], another seed)[0] gives the N returns of which mean and error "
        "are reported.",
    ),
    difficulty=3,
    minutes=15,
)
train.test("theta + step times gradient, every update with episodes of its own", points=3)(training.updates)
train.test("chosen by common episodes, reported by fresh ones", points=4)(training.choice)
train.test("a Hopper, for five updates", points=3, at_grading=True)(training.hopper)
