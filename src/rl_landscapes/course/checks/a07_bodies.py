"""Assignment 7: batches of bodies, common random numbers, standard errors, a small training run; a test.

Answers meet bodies through functions that are called back here, so they need NumPy only. What such a function
was asked and what it answered is kept, and answers are compared with that: there is nothing statistical in
these tests but the seeds and the noise of `evaluate` and `train`, and no chaos, though some are of Hoppers.
Those need MuJoCo and Gymnasium; without them two tests are a grader fault that says what to install.
"""

from collections.abc import Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.checks import episodes, mistaken_pairs, training
from rl_landscapes.course.checks.chance import gauss_hermite, standard_error
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator
Given = tuple[Any, ...]  # the arguments of a function

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
        "In step t: draw the actions, note what is seen and drawn of the bodies alive, step with the "
        "actions clipped, note the rewards of the same bodies, and take from `alive` those that have ended "
        "last.",
    ),
    difficulty=3,
    minutes=20,
    line='drawn = np.einsum("bko,bo->bk", W, seen) + b + sigma * noise[:, t]',
)
rollouts.test("bodies that never fall: actions as drawn, clipped for the motors only", points=3)(
    episodes.never_fall
)
rollouts.test("the reward of the last step counts, nothing after it does", points=3)(episodes.last_steps)
rollouts.test("every body with its own parameters", points=3)(episodes.own_parameters)
rollouts.test("four Hoppers", points=3)(episodes.four_hoppers)
rollouts.test("other bodies, some of which fall", points=4, at_grading=True)(episodes.some_fall)
evaluate = assignment.question(
    "evaluate",
    hints=(
        "Draw N seeds and N pieces of noise once, then hand the same ones to every policy. D N bodies "
        "live in one batch: body number i N + j has policy i and episode j.",
        "np.repeat repeats every row in place, np.tile the whole array again and again: which of the two do "
        "policies need, and which seeds and noise? One call of play gives D N returns, to be reshaped.",
    ),
    difficulty=2,
    minutes=15,
    line="np.repeat(thetas, n_episodes, axis=0), np.tile(seeds, D), np.tile(noise, (D, 1, 1))",
)
evaluate.test("policy i in row i, one episode in each column", points=3)(episodes.rows_and_columns)
evaluate.test("the same luck in a column, another one in every column", points=3)(episodes.common_luck)
evaluate.test("standard normal noise, from the generator that was handed over", points=4)(episodes.noise)
evaluate.test("a difference of two rows is that of the policies alone", points=3, at_grading=True)(
    episodes.differences
)


mean_return = assignment.question(
    "mean_return",
    hints=(
        "Which numbers are independent of each other: the rewards of the steps, or something that you first"
        " make of them, one for each episode?",
        "Add up each episode first, with 0 for what was paid after its end. Of these N numbers take the "
        "mean, and its standard error with ddof=1.",
    ),
    difficulty=1,
    minutes=10,
    line="returns = np.where(alive, rewards, 0.0).sum(axis=1)",
)


def summary(rewards: Array, alive: BoolArray) -> tuple[float, float]:
    """Return mean and standard error of the returns, episode by episode."""
    returns = np.array([row[on].sum() for row, on in zip(rewards, alive, strict=True)])
    return float(returns.mean()), float(standard_error(returns))


def of_lives(rng: Generator, n: int, n_steps: int, after: float = 1.0) -> Given:
    """Draw the rewards of episodes that end early, with something after the end."""
    alive = np.arange(n_steps) < rng.integers(1, n_steps, size=n)[:, None]
    return np.where(alive, rng.exponential(size=alive.shape), after), alive


def of_alike(rng: Generator, n: int, n_steps: int) -> Given:
    """Draw episodes in which every step is paid alike."""
    return np.repeat(rng.normal(size=(n, 1)), n_steps, axis=1), np.ones((n, n_steps), bool)


mean_return.gives(
    "three episodes by hand",
    (
        (
            [[1.0, 2.0, 3.0], [4.0, 5.0, 0.0], [6.0, 0.0, 0.0]],
            [[True, True, True], [True, True, False], [True, False, False]],
        ),
        (7.0, 1.0),
    ),
    points=2,
)
summary_agrees = partial(mean_return.agrees_with, summary)
summary_agrees(
    "what is paid after the end does not count",
    of_lives,
    [{"n": 6, "n_steps": 9, "after": after} for after in (1.0, np.nan)],
    points=2,
)
summary_agrees(
    "steps of an episode that are all alike are no further evidence",
    of_alike,
    [{"n": 5, "n_steps": 40}],
    points=2,
)
summary_agrees(
    "two episodes, and two hundred",
    of_lives,
    [{"n": n, "n_steps": 30} for n in (2, 200)],
    points=2,
    at_grading=True,
)


paired = assignment.question(
    "paired",
    hints=(
        "First make one number per episode of what you want to know (a slope, a curvature, a curvature "
        "averaged over directions), then take mean and standard error of these N numbers.",
        "Slopes and curvatures by episode have shape (D, N); a mean over directions of the curvatures has "
        "shape (N,). Only then mean and standard error over the episodes, the last axis.",
    ),
    difficulty=3,
    minutes=15,
    line="mean_curvature, mean_curvature_stderr = mean_and_error(bends.mean(axis=0))",
)


def looked(plus: Array, minus: Array, centre: Array, alpha: float) -> dict[str, Array]:
    """Return what `paired` should: means over episodes, the last axis, and their errors."""
    bends = (plus + minus - 2 * centre) / alpha**2
    parts = {"slope": (plus - minus) / (2 * alpha), "curvature": bends, "mean_curvature": bends.mean(axis=0)}
    errors = {f"{key}_stderr": standard_error(each) for key, each in parts.items()}
    return {key: each.mean(axis=-1) for key, each in parts.items()} | errors


def answered(student: Student, *given: Any) -> dict[str, Array]:
    """Return what came back: four arrays (D,) and two numbers."""
    shapes = {key: each.shape for key, each in looked(*given).items()}
    return expect.arrays(student.paired(*given), shapes, "what paired returns")


def of_returns(rng: Generator, d: int, n: int) -> Given:
    """Draw returns of D directions, plus and minus (D, N) and centre (N,), luck in common, and an alpha."""
    luck = 10 * rng.normal(size=n)
    plus, minus = rng.normal(size=(2, d, n)) + luck
    return plus + rng.normal(size=(d, 1)), minus, rng.normal(size=n) + luck, rng.uniform(0.1, 0.6)


def looks_right(
    student: Student, rng: Generator, keys: Sequence[str], sizes: Sequence[tuple[int, int]], copies: int = 1
) -> None:
    """Compare some of what came back, every direction being there so many times."""
    for d, n in sizes:
        plus, minus, *others = of_returns(rng, d, n)
        given = (*(np.repeat(x, copies, axis=0) for x in (plus, minus)), *others)
        got, wanted = answered(student, *given), looked(*given)
        for key in keys:
            expect.close(got[key], wanted[key], f"{key} of {d * copies} directions in {n} episodes")


def shares_luck(student: Student, rng: Generator) -> None:
    """Make every episode a lot luckier or unluckier at all points alike."""
    plus, minus, centre, alpha = of_returns(rng, 3, 5)
    calm, wild = (
        answered(student, plus + x, minus + x, centre + x, alpha)
        for x in (np.zeros(5), 1000 * rng.normal(size=5))
    )
    wanted = looked(plus, minus, centre, alpha)
    expect.close(calm["slope_stderr"], wanted["slope_stderr"], "the standard errors of the slopes")
    for key in wanted:
        what = f"{key} after every episode became a lot luckier or unluckier at all points alike"
        expect.close(wild[key], calm[key], what, rtol=1e-7, atol=1e-7)


FEW, ERRORS = [(4, 6)], ["slope_stderr", "curvature_stderr"]
paired.test("slopes and curvatures", points=2)(
    partial(looks_right, keys=["slope", "curvature", "mean_curvature"], sizes=FEW)
)
paired.test("their errors, from pairs of the same episode", points=3)(
    partial(looks_right, keys=ERRORS, sizes=FEW)
)
paired.test("luck that all points share is in no error", points=3)(shares_luck)
paired.test("directions that share their episodes are no independent samples", points=3)(
    partial(looks_right, keys=["mean_curvature_stderr"], sizes=[(1, 6)], copies=9)
)
paired.test("the error of a mean over directions", points=2, at_grading=True)(
    partial(looks_right, keys=["mean_curvature_stderr", "curvature_stderr"], sizes=[(7, 12), (40, 2)])
)


policy_gradient = assignment.question(
    "policy_gradient",
    hints=(
        "Set the discounted rewards to zero where no step was made, then sum from behind. The baseline of "
        "episode j at step t: the sum over all episodes alive at t, less j itself, over their number.",
        "others = alive.sum(axis=0) - alive counts, for every episode and step, those that the baseline is "
        "the mean of; where it is 0 so is the baseline. Weights are 0 where no step was made, and the rest "
        "is a sum over t.",
    ),
    difficulty=4,
    minutes=20,
    line="baseline = (to_go.sum(axis=0) - to_go) / np.maximum(others, 1)",
)


def of_episodes(
    rng: Generator, n: int, n_steps: int, o: int, k: int, gamma: float = 0.9, after: float = 0.0
) -> Given:
    """Draw parameters, a sigma, and episodes of one step to all of them, with something after the end."""
    theta, sigma = rng.normal(size=k * o + k), rng.uniform(0.3, 0.8)
    alive = np.arange(n_steps) < rng.permutation(np.linspace(1, n_steps, n))[:, None]
    seen, done = rng.normal(size=(n, n_steps, o)), rng.normal(size=(n, n_steps, k))
    rewards = rng.normal(size=(n, n_steps)) + 1.0
    seen, done = (np.where(alive[..., None], x, after) for x in (seen, done))
    return theta, sigma, gamma, seen, done, np.where(alive, rewards, after), alive


def estimates(
    theta: Array, sigma: float, gamma: float, seen: Array, done: Array, rewards: Array, alive: BoolArray
) -> Array:
    """Return the estimates (N, n), episode by episode and step by step."""
    (n, n_steps, o), k = seen.shape, done.shape[2]
    W, b, found = theta[: k * o].reshape(k, o), theta[k * o :], np.zeros((n, theta.size))
    to_go = np.array(
        [[sum(gamma**u * r[u] for u in range(t, n_steps) if on[u]) for t in range(n_steps)]
         for r, on in zip(rewards, alive, strict=True)]
    )  # fmt: skip
    for j, t in product(range(n), range(n_steps)):
        others = [i for i in range(n) if i != j and alive[i, t]]
        if alive[j, t]:
            z = (done[j, t] - W @ seen[j, t] - b) / sigma**2
            score = np.concatenate([np.outer(z, seen[j, t]).ravel(), z])
            found[j] += (to_go[j, t] - (to_go[others, t].mean() if others else 0.0)) * score
    return found


estimates_agree = partial(policy_gradient.agrees_with, estimates)
estimates_agree(
    "two episodes of one step, by hand",
    of_episodes,
    [{"n": 2, "n_steps": 1, "o": 1, "k": 1}],
    points=4,
    by_hand=True,
)
estimates_agree(
    "episodes that end early, step by step", of_episodes, [{"n": 4, "n_steps": 6, "o": 3, "k": 2}], points=4
)
estimates_agree(
    "what stands in steps that were not made does not matter",
    of_episodes,
    [{"n": 5, "n_steps": 7, "o": 2, "k": 2, "gamma": 0.95, "after": 9.0}],
    points=3,
)


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
    line="best = evaluate(thetas, seeds[-2]).mean(axis=1).argmax()",
)
train.test("theta + step times gradient, every update with episodes of its own", points=3)(training.updates)
train.test("chosen by common episodes, reported by fresh ones", points=4)(training.choice)
train.test("a Hopper, for five updates", points=3, at_grading=True)(training.hopper)


test_paired = assignment.question(
    "test_paired",
    hints=(
        "Which alpha makes its power invisible, how many directions hide that they share their episodes, and "
        "which luck hides that points are paired?",
        "Draw returns of a few directions in a few episodes, with a luck that all points of an episode have "
        "in common and that is much larger than the rest. What is expected is written down fastest from one "
        "number per episode: its slope, its curvature, its curvature averaged over the directions.",
    ),
    difficulty=2,
    minutes=15,
    line="stderr = x.std(axis=-1, ddof=1) / np.sqrt(x.shape[-1])",
)
told = partial(test_paired.tells_apart, right=mistaken_pairs.RIGHT)
told("accepts what is right, and refuses other quotients", wrong=mistaken_pairs.STEPS, points=3)
told("refuses other errors", wrong=mistaken_pairs.ERRORS, points=3)
told("refuses directions as samples", wrong=mistaken_pairs.SHARED, points=2)
told("and three mistakes more", wrong=mistaken_pairs.FURTHER, points=2, at_grading=True)
