"""Assignment 1: entropy in log space, exact values, visits and soft returns, and the end of an episode.

All tests are exact: they compare with closed forms, or with linear systems solved here, and hold with every
seed. Systems are conditioned no worse than (1 + gamma) / (1 - gamma), so that 1e-8 leaves room for any method
that is exact, and none for a sum that was cut off.
"""

import math
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks.worlds import (
    World,
    chain,
    corridor,
    entropies,
    log_probs,
    random_policy,
    random_world,
    soft,
    turnstile,
    two_ends,
    value,
)
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "01-returns-and-entropy",
    "Returns and entropy",
    closed=("rl_landscapes.policies", "rl_landscapes.objectives"),
    packages=("numpy",),
)

log_softmax = assignment.question(
    "log_softmax",
    hints=(
        "Adding a number to all logits of a row changes no probability. Which number makes every exponential "
        "safe, and the sum of them at least 1?",
        "Subtract the largest logit of each row (axis=-1, keepdims=True), then subtract the logarithm of the "
        "sum of the exponentials of what is left. Take no logarithm of a probability.",
    ),
    difficulty=1,
    minutes=10,
)

entropy = assignment.question(
    "entropy",
    hints=(
        "The logarithm in the formula is one that you have already: it need not be taken of a probability "
        "that may have underflowed to 0.",
        "With x = log_softmax(logits), the entropy is minus the sum over the last axis of exp(x) x.",
    ),
    difficulty=2,
    minutes=10,
)

values = assignment.question(
    "values",
    hints=(
        "Average reward and transitions over the actions first: r_pi has shape (S,), P_pi has shape (S, S). "
        "Row s of P_pi sums to 1.",
        'P_pi is np.einsum("sa,sap->sp", pi, P). The values solve (I - gamma P_pi) V = r_pi: '
        "np.linalg.solve does it, and no loop over time is needed.",
    ),
    difficulty=2,
    minutes=15,
)

occupancy = assignment.question(
    "occupancy",
    hints=(
        "How much is in state s is what starts there and what arrives there: d(s) = rho(s) + gamma times the "
        "visits to each state before, times the probability of going from it to s.",
        "In matrices d = rho + gamma P_pi' d, with the transpose of P_pi: it is the system of the values, "
        "transposed, with rho on the right-hand side. Do not divide by the sum.",
    ),
    difficulty=2,
    minutes=15,
)

soft_return = assignment.question(
    "soft_return",
    hints=(
        "Entropy is a reward that depends on the state only: add tau(s) H(s) to r_pi(s), and the return is "
        "computed as before. Which entries of tau(s) are zero, and when?",
        "tau(s) is tau everywhere if count_absorbing, else 0 where `absorbing` is True. Then the soft return "
        "is the sum over s of d(s) [r_pi(s) + tau(s) H(s)]; they take part in it like all other states.",
    ),
    difficulty=3,
    minutes=20,
)

break_even = assignment.question(
    "break_even",
    hints=(
        "For a policy that does not change, the soft return is a straight line in tau. What is its height at "
        "tau = 0, and what its slope?",
        "The line of `home` starts higher, by O(home) - O(wander). It is caught up only if the line of "
        "`wander` is steeper, and then at the difference of heights over the difference of slopes.",
    ),
    difficulty=4,
    minutes=20,
)


def of_return(student: Student, world: World, logits: Array, tau: float, counted: bool) -> Any:
    """Call the student's soft_return."""
    return student.soft_return(*world[:4], logits, tau, world.absorbing, counted)


def of_break_even(student: Student, world: World, home: Array, wander: Array, counted: bool) -> Any:
    """Call the student's break_even."""
    return student.break_even(*world[:4], home, wander, world.absorbing, counted)


# log_softmax --------------------------------------------------------------------------------------


@log_softmax.test("the exponentials of a row sum to one, and the gaps are those of the logits", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    logits = rng.normal(size=(3, 5))
    got = expect.array(student.log_softmax(logits), (3, 5), "log_softmax(logits), logits of shape (3, 5)")
    expect.close(np.exp(got).sum(axis=-1), np.ones(3), "the sum of exp(log_softmax(logits)) over a row")
    expect.close(got - got[:, :1], logits - logits[:, :1], "differences within a row of log_softmax(logits)")


@log_softmax.test("leading axes are kept, and a single row will do", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    row, many = rng.normal(size=4), rng.normal(size=(2, 3, 4))
    expect.close(student.log_softmax(row), log_probs(row), "log_softmax(logits), logits of shape (4,)")
    expect.close(student.log_softmax(many), log_probs(many), "log_softmax(logits), logits of shape (2, 3, 4)")


@log_softmax.test("a gap of 1,000 between two logits is a log-probability of -1,000", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    logits = np.array([[0.0, -1000.0], [1000.0, 0.0]])
    expect.close(
        student.log_softmax(logits), [[0.0, -1000.0], [0.0, -1000.0]], "log_softmax([[0, -1000], [1000, 0]])"
    )


@log_softmax.test(
    "rows of fresh logits, each moved by up to 10,000, and one far ahead", points=2, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    logits = rng.normal(scale=3.0, size=(6, 4))
    moved = logits + rng.uniform(-1e4, 1e4, size=(6, 1))
    expect.close(student.log_softmax(moved), log_probs(logits), "log_softmax(logits + a number per row)")
    ahead = logits + np.array([3000.0, 0, 0, 0])
    expect.close(student.log_softmax(ahead), log_probs(ahead), "log_softmax with the first logit 3,000 ahead")


# entropy ------------------------------------------------------------------------------------------


@entropy.test("of a uniform distribution over A actions it is log A", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    expect.close(student.entropy(np.zeros((3, 4))), np.full(3, np.log(4)), "entropy(zeros((3, 4)))")
    expect.close(student.entropy(np.zeros((2, 7))), np.full(2, np.log(7)), "entropy(zeros((2, 7)))")


@entropy.test("at ordinary logits it is minus the sum of p log p, to twelve digits", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    logits = rng.normal(size=(5, 4))
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    exact = -(p * np.log(p)).sum(axis=-1)
    expect.close(student.entropy(logits), exact, "entropy(logits)", rtol=0.0, atol=1e-12)


@entropy.test("leading axes are kept, and a single row gives a single number", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    row, many = rng.normal(size=3), rng.normal(size=(2, 3, 5))
    expect.close(student.entropy(row), entropies(row), "entropy(logits), logits of shape (3,)")
    expect.close(student.entropy(many), entropies(many), "entropy(logits), logits of shape (2, 3, 5)")


@entropy.test("one sure action has an entropy of 0, two tied ones log 2, at gaps of 800 and 1,000", points=1)
def _(student: Student, rng: np.random.Generator) -> None:
    logits = np.array([[800.0, 0.0, 0.0], [1000.0, 1000.0, 0.0]])
    expect.close(student.entropy(logits), [0.0, np.log(2)], "entropy([[800, 0, 0], [1000, 1000, 0]])")


@entropy.test("two actions tied, the others up to 2,000 below, at fresh logits", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    logits = -rng.uniform(100.0, 2000.0, size=(6, 5))
    logits[:, :2] = 0.0
    moved = logits + rng.integers(-5000, 5000, size=(6, 1))
    expect.close(student.entropy(moved), np.full(6, np.log(2)), "entropy of two actions far ahead")


# values -------------------------------------------------------------------------------------------


@values.test("a reward of 1 at every step is worth 1 / (1 - gamma), in every state of any world", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, 0.9)
    got = student.values(world.P, np.ones_like(world.r), 0.9, random_policy(rng, world))
    expect.close(got, np.full(len(world.rho), 10.0), "values with a reward of 1 everywhere, gamma = 0.9")


@values.test("a reward at the end of a corridor is worth gamma to the power of the steps to it", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    world, pi = corridor(4, 2, 0.5), np.array([[0.25, 0.75]] * 5)
    rewards = world.r.copy()
    rewards[3] = 4.0, 8.0
    got = student.values(world.P, rewards, 0.5, pi)
    expect.close(got, [0.875, 1.75, 3.5, 7.0, 0.0], "values of a corridor whose last step pays 4 or 8")


@values.test("they satisfy Bellman's equation in a random world", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, float(rng.uniform(0.8, 0.99)))
    pi = random_policy(rng, world)
    got = expect.array(
        student.values(world.P, world.r, world.gamma, pi), (len(pi),), "values(P, r, gamma, pi)"
    )
    after = (pi * (world.r + world.gamma * world.P @ got)).sum(axis=1)
    expect.close(got, after, "V against the sum over a of pi (r + gamma P V)")


@values.test("nothing is cut off: gamma = 0.999", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, 0.999)
    pi = random_policy(rng, world)
    exact = value(world, pi, (pi * (world.r + 1.0)).sum(axis=1))
    expect.close(student.values(world.P, world.r + 1.0, 0.999, pi), exact, "values at gamma = 0.999")


@values.test("fresh worlds, with discounts from 0 to 0.9999", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for gamma in (0.0, float(rng.uniform(0.3, 0.9)), 0.9999):
        world = random_world(rng, gamma)
        pi = random_policy(rng, world)
        exact = value(world, pi, (pi * world.r).sum(axis=1))
        expect.close(student.values(world.P, world.r, gamma, pi), exact, f"values at gamma = {gamma:.4g}")


# occupancy ----------------------------------------------------------------------------------------


@occupancy.test("visits are not negative and sum to 1 / (1 - gamma)", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, 0.95)
    what = "occupancy(P, gamma, rho, pi)"
    got = student.occupancy(world.P, 0.95, world.rho, random_policy(rng, world))
    visits = expect.array(got, world.rho.shape, what)
    expect.true(bool((visits >= 0).all()), f"{what} must not be negative", got=visits)
    expect.close(visits.sum(), 20.0, f"sum of {what} at gamma = 0.95")


@occupancy.test("in a corridor the state t steps away is visited gamma^t times, its end for ever", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world = corridor(3, 2, 0.5)
    got = student.occupancy(world.P, 0.5, world.rho, np.full((4, 2), 0.5))
    expect.close(got, [1.0, 0.5, 0.25, 0.25], "occupancy of a corridor of 3 steps, gamma = 0.5")


@occupancy.test("what is in a state is what starts there and what arrives there", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, float(rng.uniform(0.8, 0.99)))
    pi = random_policy(rng, world)
    got = student.occupancy(world.P, world.gamma, world.rho, pi)
    visits = expect.array(got, world.rho.shape, "occupancy(P, gamma, rho, pi)")
    arrived = world.rho + world.gamma * visits @ chain(world, pi)
    expect.close(visits, arrived, "d against rho + gamma P_pi' d")


@occupancy.test("the return by visits is the return by values, in fresh worlds", points=4, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for gamma in (0.0, float(rng.uniform(0.5, 0.9)), 0.999):
        world = random_world(rng, gamma)
        pi = random_policy(rng, world)
        got = student.occupancy(world.P, gamma, world.rho, pi)
        visits = expect.array(got, world.rho.shape, f"occupancy at gamma = {gamma:.4g}")
        for pay in rng.normal(size=(3, len(pi))):
            by_value = world.rho @ value(world, pi, pay)
            expect.close(visits @ pay, by_value, f"d' pay at gamma = {gamma:.4g}", atol=1e-8)


# soft_return --------------------------------------------------------------------------------------


@soft_return.test("with tau = 0 it is the true return", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, 0.95)
    logits = rng.normal(size=world.r.shape)
    exact = soft(world, logits, 0.0, counted=True)
    expect.close(of_return(student, world, logits, 0.0, True), exact, "soft_return at tau = 0, counted")
    expect.close(of_return(student, world, logits, 0.0, False), exact, "soft_return at tau = 0, masked")


@soft_return.test("counted, a uniform policy without rewards is paid tau log A for ever", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    world, tau = corridor(4, 3, 0.9), 0.2
    got = of_return(student, world, np.zeros((5, 3)), tau, True)
    expect.close(got, tau * np.log(3) / 0.1, "soft_return of a corridor of 4 steps, counted, gamma = 0.9")


@soft_return.test("masked, it is paid until the corridor ends", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world, tau = corridor(4, 3, 0.9), 0.2
    got = of_return(student, world, np.zeros((5, 3)), tau, False)
    lifetime = (1 - 0.9**4) / 0.1
    expect.close(got, tau * np.log(3) * lifetime, "soft_return of a corridor of 4 steps, masked, gamma = 0.9")


@soft_return.test("in a random world, counted and masked", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, float(rng.uniform(0.8, 0.99)))
    logits, tau = rng.normal(size=world.r.shape), float(rng.uniform(0.1, 1.0))
    for counted in (True, False):
        exact = soft(world, logits, tau, counted=counted)
        got = of_return(student, world, logits, tau, counted)
        expect.close(got, exact, f"soft_return with count_absorbing={counted}", atol=1e-8)


@soft_return.test(
    "two absorbing states: the policy there matters when counted, and only then", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    world = two_ends(rng, float(rng.uniform(0.8, 0.99)))
    logits, tau = rng.normal(size=world.r.shape), float(rng.uniform(0.1, 1.0))
    for scale in (0.0, 3.0):
        logits[world.absorbing] = scale * rng.normal(size=(2, world.r.shape[1]))
        for counted in (True, False):
            exact = soft(world, logits, tau, counted=counted)
            got = of_return(student, world, logits, tau, counted)
            expect.close(got, exact, f"soft_return with count_absorbing={counted}", atol=1e-8)


@soft_return.test("a policy that is sure of itself, at fresh gaps up to 4,000", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    world = random_world(rng, 0.99)
    logits = np.sign(rng.normal(size=world.r.shape)) * rng.uniform(500.0, 2000.0, size=world.r.shape)
    exact = soft(world, logits, 0.3, counted=True)
    expect.close(
        of_return(student, world, logits, 0.3, True), exact, "soft_return at gaps up to 4,000", atol=1e-8
    )


# break_even ---------------------------------------------------------------------------------------


def turnstile_policies(n_actions: int) -> tuple[Array, Array]:
    """Return logits of a policy that leaves at once and of one that never does, both uniform at the end."""
    home, wander = np.zeros((2, n_actions)), np.zeros((2, n_actions))
    home[0, 0], wander[0, 0] = 1000.0, -1000.0
    return home, wander


@break_even.test("masked, at a turnstile, it is R (1 - gamma) / log(A - 1)", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    for reward, n_actions, gamma in [(5.0, 4, 0.99), (2.0, 3, 0.9)]:
        got = of_break_even(
            student, turnstile(reward, n_actions, gamma), *turnstile_policies(n_actions), False
        )
        exact = reward * (1 - gamma) / np.log(n_actions - 1)
        expect.close(got, exact, f"break_even at a turnstile, masked, R = {reward:g}, {n_actions} actions")


@break_even.test("counted, at the same turnstile, there is none: infinity", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    got = of_break_even(student, turnstile(5.0, 4, 0.99), *turnstile_policies(4), True)
    weight = expect.number(got, "break_even at a turnstile, counted", finite=False)
    expect.true(weight == math.inf, "break_even when `wander` never catches up", got=weight, expected="inf")


@break_even.test("counted, with less patience, there is one", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    for reward, gamma in [(1.0, 0.5), (5.0, 0.79)]:
        got = of_break_even(student, turnstile(reward, 4, gamma), *turnstile_policies(4), True)
        exact = reward * (1 - gamma) / (np.log(3) - gamma * np.log(4))
        expect.close(got, exact, f"break_even at a turnstile, counted, R = {reward:g}, gamma = {gamma}")


@break_even.test("in fresh worlds both policies have the same soft return there", points=5, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    for counted in (False, True):
        world, home, wander = way_out(rng)
        what = f"break_even in a random world, count_absorbing={counted}"
        tau = expect.between(of_break_even(student, world, home, wander, counted), 0.0, 1.0, what)
        stay, leave = (soft(world, logits, tau, counted=counted) for logits in (wander, home))
        expect.close(stay, leave, f"soft return of `wander` against `home` at tau = {tau:.6g}")


def way_out(rng: np.random.Generator) -> tuple[World, Array, Array]:
    """Return a world whose action 0 is paid and mostly the end, a policy that takes it, one that does not.

    With at most 5 actions `home` takes action 0 with probability 0.98 or more, `wander` with 0.006 or less:
    the true returns are at least 0.98 and at most 0.24. Per step the entropy of `wander` is at least 0.57
    while it lives, 17 discounted steps or more; that of `home` is at most 0.12, for ever if need be. Thus the
    two lines differ by more than 0.7 in height and by more than 7 in slope, whatever the seed.
    """
    n_states, n_actions = int(rng.integers(3, 7)), int(rng.integers(3, 6))
    absorbing = np.arange(n_states + 1) == n_states
    transitions = np.zeros((n_states + 1, n_actions, n_states + 1))
    transitions[:-1, :, :-1] = rng.dirichlet(np.ones(n_states), size=(n_states, n_actions))
    ends = rng.uniform(0.8, 0.95, size=n_states)
    transitions[:-1, 0] *= 1 - ends[:, None]
    transitions[:-1, 0, -1] = ends
    transitions[-1] = absorbing
    rewards = np.zeros((n_states + 1, n_actions))
    rewards[:-1, 0] = rng.uniform(1.0, 2.0, size=n_states)
    home, wander = rng.uniform(-0.5, 0.5, size=(2, n_states + 1, n_actions))
    home[:, 0], wander[:, 0] = 6.0, -5.0
    start = np.append(rng.dirichlet(np.ones(n_states)), 0)
    return World(transitions, rewards, 0.95, start, absorbing), home, wander
