"""Assignment 7: batches of bodies, common random numbers, standard errors of episodes, a small training run.

Answers meet bodies through functions that are called back here, so they need NumPy only. What such a function
was asked and what it answered is kept, and answers are compared with that: there is nothing statistical in
these tests but the seeds and the noise of `evaluate` and `train`, and no chaos, though some are of Hoppers.
Those need MuJoCo and Gymnasium; without them two tests are a grader fault that says what to install.
"""

from collections.abc import Callable
from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import Array, BoolArray
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.checks.bodies import (
    Hoppers,
    Runners,
    Toys,
    hopper_gradient,
    hopper_returns,
    hopper_world,
)
from rl_landscapes.course.checks.chance import normal_law, standard_normal, unrelated
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


@rollouts.test("bodies that never fall: actions as drawn, clipped for the motors only", points=4)
def _(student: Student, rng: Generator) -> None:
    bodies = Toys(rng, 3, 2, 4, never=True)
    _compare(student, rng, bodies, n_steps=12)


@rollouts.test("the reward of the last step counts, nothing after it does", points=4)
def _(student: Student, rng: Generator) -> None:
    lives = np.array([1, 3, 8, 20])
    bodies = Runners(rng.permutation(lives))
    wanted = np.minimum(bodies.lives, 8)
    got = student.rollouts(bodies.step, np.zeros((4, 1)), np.zeros((4, 2)), 0.5, rng.normal(size=(4, 8, 1)))
    lived = _lived(got, (4, 8), 1, 1)
    made = np.arange(8) < wanted[:, None]
    expect.true(
        bool((lived[3] == made).all()), "alive must be True for the steps that were made", got=lived[3] * 1
    )
    what = "the returns of bodies that fall in their step 1, 3, 8 and never, and are paid 1 in every step"
    expect.close(lived[2].sum(axis=1), wanted, what)


@rollouts.test("every body with its own parameters", points=4)
def _(student: Student, rng: Generator) -> None:
    bodies = Toys(rng, 4, 3, 5, never=True)
    _compare(student, rng, bodies, n_steps=2, sigma=0.0)


@rollouts.test("four Hoppers", points=4)
def _(student: Student, rng: Generator) -> None:
    bodies = Hoppers(rng.integers(2**31, size=4))
    _compare(student, rng, bodies, n_steps=60, sigma=0.5)


@rollouts.test("other bodies, some of which fall", points=4, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for o, k, n in ((5, 3, 7), (1, 1, 1), (2, 4, 9)):
        _compare(student, rng, Toys(rng, o, k, n), n_steps=15)


def _compare(student: Student, rng: Generator, bodies: Any, n_steps: int, sigma: float = 0.7) -> None:
    """Let bodies live, and compare what comes back with what they were asked to do and what they answered."""
    o, k, n = bodies.n_observations, bodies.n_actions, len(bodies.first)
    thetas = rng.normal(size=(n, k * o + k)) / sqrt(o)
    noise = rng.normal(size=(n, n_steps, k))
    got = student.rollouts(bodies.step, bodies.first, thetas, sigma, noise)
    observations, actions, rewards, alive = _lived(got, (n, n_steps), o, k)
    seen, asked, paid, made = bodies.log(n_steps)
    expect.true(bool((alive == made).all()), "alive must be True for the steps that were made", got=alive * 1)
    expect.close(rewards, np.where(made, paid, 0.0), "the rewards, 0 where no step was made")
    expect.close(observations[made], seen[made], "what was observed in the steps that were made")
    W, b = thetas[:, : k * o].reshape(n, k, o), thetas[:, k * o :]
    drawn = (np.einsum("bko,bto->btk", W, seen) + b[:, None] + sigma * noise)[made]
    expect.close(actions[made], drawn, "the actions as drawn, W s + b + sigma epsilon")
    expect.close(
        asked[made], np.clip(drawn, -1, 1), "the actions that were handed to step, clipped to [-1, 1]"
    )


def _lived(got: Any, shape: tuple[int, int], o: int, k: int) -> tuple[Array, Array, Array, BoolArray]:
    """Return observations (B, T, o), actions (B, T, k), rewards and alive (B, T) of what came back."""
    parts = expect.fields(got, ("observations", "actions", "rewards", "alive"), "what rollouts returns")
    return (
        expect.array(parts["observations"], (*shape, o), "observations"),
        expect.array(parts["actions"], (*shape, k), "actions"),
        expect.array(parts["rewards"], shape, "rewards"),
        expect.truths(parts["alive"], shape, "alive"),
    )


class _Play:
    """Stands for `play`: gives every body a return that only it has, and remembers who it was.

    A return is `value`(thetas, luck) with a luck of its own for each pair of a seed and noise.
    """

    def __init__(self, rng: Generator, n: int, horizon: int, k: int) -> None:
        self.rng, self.wanted = rng, ((n,), (), (horizon, k))
        self.met: dict[float, tuple[Array, int, Array]] = {}
        self.luck: dict[bytes, float] = {}
        self.weights = rng.normal(size=n)

    def __call__(self, thetas: Any, seeds: Any, noise: Any) -> Array:
        """Return the returns (B,) of bodies with parameters (B, n), seeds (B,) and noise (B, T, k)."""
        rows = np.asarray(thetas, dtype=float), np.asarray(seeds), np.asarray(noise, dtype=float)
        for name, value, shape in zip(("thetas", "seeds", "noise"), rows, self.wanted, strict=True):
            if value.shape != (len(rows[0]), *shape):
                raise ValueError(f"{name} must have shape {(len(rows[0]), *shape)}, got {value.shape}")
        if rows[1].dtype.kind not in "iu" or len(self.met) > 1000:
            raise ValueError(f"seeds must be whole numbers, of 1000 bodies at most; got {rows[1].dtype}")
        return np.array([self._one(*one) for one in zip(*rows, strict=True)])

    def _one(self, theta: Array, seed: Any, noise: Array) -> float:
        luck = self.luck.setdefault(f"{seed}".encode() + noise.tobytes(), 50 * self.rng.normal())
        value = float(self.weights @ theta) + luck
        self.met[value] = (theta, int(seed), noise)
        return value

    def table(self, got: Any, shape: tuple[int, int]) -> tuple[Array, npt.NDArray[Any], Array]:
        """Return parameters (D, N, n), seeds (D, N), noise (D, N, T, k) of the bodies with these returns."""
        values = expect.array(got, shape, "what evaluate returns")
        what = "every value must be one that play has returned, unchanged"
        expect.true(all(value in self.met for value in values.flat), what, got=values)
        thetas, seeds, noise = zip(*(self.met[value] for value in values.flat), strict=True)
        parts = np.stack(thetas), np.stack(seeds), np.stack(noise)
        theta, seed, drawn = (part.reshape(*shape, *part.shape[1:]) for part in parts)
        return theta, seed, drawn


def _evaluated(
    student: Student, rng: Generator, d: int, n: int, horizon: int = 3
) -> tuple[Array, Array, npt.NDArray[Any], Array]:
    """Return the policies (D, 4) handed over, and parameters, seeds and noise of what came back."""
    thetas, play = rng.normal(size=(d, 4)), _Play(rng, 4, horizon, 2)
    got = student.evaluate(play, thetas, n, horizon, 2, np.random.default_rng(rng.integers(2**63)))
    return thetas, *play.table(got, (d, n))


@evaluate.test("policy i in row i, one episode in each column", points=4)
def _(student: Student, rng: Generator) -> None:
    thetas, met, _, _ = _evaluated(student, rng, 3, 5)
    wanted = np.repeat(thetas[:, None], 5, axis=1)
    expect.close(met, wanted, "the parameters of the body whose return stands in row i, column j")


@evaluate.test("the same luck in a column, another one in every column", points=4)
def _(student: Student, rng: Generator) -> None:
    """Eight seeds drawn from 2^31 numbers: two are equal with probability below 28 / 2^31 < 1.4e-8."""
    _, _, seeds, noise = _evaluated(student, rng, 4, 8)
    expect.true(bool((seeds == seeds[0]).all()), "all policies must meet the same seeds", got=seeds)
    expect.close(
        noise, np.repeat(noise[:1], 4, axis=0), "the noise of all policies against that of the first"
    )
    expect.true(len(set(seeds[0].tolist())) == 8, "every episode must have a seed of its own", got=seeds[0])
    sizes = np.abs(noise[0])  # so that noise with its sign turned is no noise of its own either
    apart = all((sizes[i] != sizes[j]).all() for i in range(8) for j in range(i))
    expect.true(apart, "every episode must have noise of its own")


@evaluate.test("standard normal noise, from the generator that was handed over", points=4)
def _(student: Student, rng: Generator) -> None:
    """Six questions about 32,000 numbers, each missed by chance with probability below 2e-9 (see `chance`).

    The first of 40 seeds is that of another generator with probability 2^-31 < 5e-10; that all are below
    2^28, or equally far apart, is less likely by far. A right answer fails with probability below 2e-8.
    """
    _, _, seeds, noise = _evaluated(student, rng, 1, 40, horizon=400)
    standard_normal(noise, "the noise")
    normal_law(noise, "the noise")
    unrelated(noise[:, :, 0::2], noise[:, :, 1::2], "the noise of one step and of the next")
    unrelated(noise[0, 0::2], noise[0, 1::2], "the noise of one episode and of the next")
    unrelated(noise[..., 0], noise[..., 1], "the noise of the first and the second action")
    drawn = seeds.max() >= 2**28 and len(np.unique(np.diff(seeds[0]))) > 1
    expect.true(bool(drawn), "every seed must be drawn, rng.integers(2**31)", got=seeds[0])
    _, _, others, _ = _evaluated(student, rng, 1, 40, horizon=20)
    expect.true(bool(seeds[0, 0] != others[0, 0]), "another generator must give other seeds", got=seeds[0])


@evaluate.test("a difference of two rows is that of the policies alone", points=3, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    thetas, play = rng.normal(size=(6, 4)), _Play(rng, 4, 5, 3)
    got = student.evaluate(play, thetas, 7, 5, 3, np.random.default_rng(rng.integers(2**63)))
    values = expect.array(got, (6, 7), "what evaluate returns")
    play.table(values, (6, 7))
    wanted = np.repeat(((thetas - thetas[0]) @ play.weights)[:, None], 7, axis=1)
    expect.close(
        values - values[0], wanted, "the rows less the first row, where luck only adds to the return"
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


def _standard_error(samples: Array) -> Array:
    return np.sqrt(((samples - samples.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)) / sqrt(
        samples.shape[-1] * (samples.shape[-1] - 1)
    )


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
    wanted = _standard_error(plus - minus) / (2 * alpha)
    expect.close(got["slope_stderr"], wanted, "the standard errors of the slopes")
    wanted = _standard_error(plus + minus - 2 * centre) / alpha**2
    expect.close(got["curvature_stderr"], wanted, "the standard errors of the curvatures")


@paired.test("luck that all points share is in no error", points=3)
def _(student: Student, rng: Generator) -> None:
    (plus, minus, centre), alpha = _returns(rng, 3, 5), rng.uniform(0.1, 0.6)
    luck = 1000 * rng.normal(size=5)
    calm, wild = (_probe(student, plus + x, minus + x, centre + x, alpha) for x in (np.zeros(5), luck))
    wanted = _standard_error(plus - minus) / (2 * alpha)
    expect.close(calm["slope_stderr"], wanted, "the standard errors of the slopes")
    for key in KEYS:
        what = f"{key} after every episode became a lot luckier or unluckier at all points alike"
        expect.close(wild[key], calm[key], what, rtol=1e-7, atol=1e-7)


@paired.test("directions that share their episodes are no independent samples", points=3)
def _(student: Student, rng: Generator) -> None:
    (plus, minus, centre), alpha = _returns(rng, 1, 6), rng.uniform(0.1, 0.6)
    got = _probe(student, np.repeat(plus, 9, axis=0), np.repeat(minus, 9, axis=0), centre, alpha)
    wanted = _standard_error(plus + minus - 2 * centre)[0] / alpha**2
    what = "the standard error of the mean curvature over nine directions that are all the same one"
    expect.close(got["mean_curvature_stderr"], wanted, what)


@paired.test("the error of a mean over directions", points=3, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for d, n in ((7, 12), (40, 2)):
        (plus, minus, centre), alpha = _returns(rng, d, n), rng.uniform(0.1, 0.6)
        got = _probe(student, plus, minus, centre, alpha)
        bends = (plus + minus - 2 * centre) / alpha**2
        expect.close(
            got["mean_curvature_stderr"], _standard_error(bends.mean(axis=0)), "mean_curvature_stderr"
        )
        expect.close(got["curvature_stderr"], _standard_error(bends), "curvature_stderr")


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
    "unbiased, baseline and all: the exact expectation is the gradient",
    points=4,
    at_grading=True,
)
def _(student: Student, rng: Generator) -> None:
    """Take the expectation over the two actions of each of two episodes by 3^4 nodes of Gauss and Hermite.

    The reward of a step is c s + d a, and s' = p s + q a. In each epsilon the estimate is a polynomial of
    degree 2 at most, and 3 nodes are exact up to degree 5. The means follow the mean actions: O = c s + d m_0
    + gamma (c s_1 + d (W s_1 + b)), with m_0 = W s + b and s_1 = p s + q m_0.
    """
    W, b, s, c, d, p, q = rng.normal(size=7)
    sigma, gamma, theta = rng.uniform(0.3, 0.8), 0.9, np.array([W, b])
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    mean, after = np.zeros(2), p * s + q * (W * s + b)
    for places in product(range(3), repeat=4):
        first, second = nodes[list(places)].reshape(2, 2).T
        a0 = W * s + b + sigma * first
        s1 = p * s + q * a0
        a1 = W * s1 + b + sigma * second
        seen, done = np.stack([np.full(2, s), s1], axis=1), np.stack([a0, a1], axis=1)
        got = student.policy_gradient(
            theta, sigma, gamma, seen[..., None], done[..., None], c * seen + d * done, np.ones((2, 2), bool)
        )
        estimates = expect.array(got, (2, 2), "the estimates from two episodes of two steps")
        expect.true(bool((np.abs(estimates) < 1e9).all()), "the estimates must be below 1e9", got=estimates)
        mean = mean + np.prod(weights[list(places)] / weights.sum()) * estimates.mean(axis=0)
    slope = d + gamma * (c + d * W) * q  # of O in m_0
    wanted = [slope * s + gamma * d * after, slope + gamma * d]
    expect.close(mean, wanted, "the expected estimate from pairs of episodes of two steps")


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
        table = heights[:, None] + 5.0 * np.cos(thetas @ (shared + luck).T)
        for tempting in (int(np.median(table, axis=1).argmax()), int(table.max(axis=1).argmax())):
            table[tempting, table[tempting].argmin()] -= 1000.0  # a bad episode, which only the mean minds
        return table

    return _Log(gradient, returns, n), rng.normal(size=n) * 2


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
    spent = {seed for _, seed, _ in log.gradients}
    seeds = [seed for _, seed, _ in log.evaluations]
    expect.true(
        len(set(seeds)) == 2, "evaluate must be called with two seeds, to choose and to report", got=seeds
    )
    expect.true(not spent & set(seeds), "episodes that were trained on must not be used to choose or report")
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
    wanted = _standard_error(reported[0])
    expect.close(expect.number(got["stderr"], "stderr"), wanted, "its standard error")


@train.test("theta + step times gradient, every update with episodes of its own", points=3)
def _(student: Student, rng: Generator) -> None:
    """Six seeds drawn from 2^31 numbers: two are equal with probability below 15 / 2^31 < 1e-8.

    That all six are below 2^24, or the same for two generators, has a probability of 2^-42 and less.
    """
    log, theta = _quadratic(rng, 3)
    got = _trained(student, rng, log, theta, 6, 0.2)
    _climbed(got, log, theta, 6, 0.2)
    seeds = [seed for _, seed, _ in log.gradients]
    expect.true(len(set(seeds)) == 6, "every update must have a seed of its own", got=seeds)
    expect.true(max(seeds) >= 2**24, "every seed must be drawn, rng.integers(2**31)", got=seeds)
    _trained(student, rng, log, theta, 6, 0.2)
    again = [seed for _, seed, _ in log.gradients[6:]]
    expect.true(again != seeds, "another generator must give other seeds", got=again)


@train.test("chosen by common episodes, reported by fresh ones", points=4)
def _(student: Student, rng: Generator) -> None:
    """Twelve seeds from 2^31 numbers: two are equal with probability below 66 / 2^31 < 4e-8."""
    log, theta = _quadratic(rng, 4)
    got = _trained(student, rng, log, theta, 10, 0.2)
    _chosen(got, log, expect.array(got["thetas"], (11, 4), "thetas"))


@train.test("a Hopper, for five updates", points=3, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    """Seven seeds from 2^31 numbers: two are equal with probability below 21 / 2^31 < 1e-8."""
    hopper_world()
    log, theta = _Log(hopper_gradient, hopper_returns, 36), 0.1 * rng.normal(size=36)
    got = _trained(student, rng, log, theta, 5, 1e-3)
    _chosen(got, log, _climbed(got, log, theta, 5, 1e-3))
