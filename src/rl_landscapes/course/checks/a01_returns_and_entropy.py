"""Assignment 1: entropy in log space, exact values, visits and soft returns, the end of an episode; a test.

All tests are exact: they compare with closed forms, or with sums over 2^24 steps, and hold with every seed.
Systems are conditioned no worse than (1 + gamma) / (1 - gamma), so that 1e-8 leaves room for any method that
is exact, and none for a sum that was cut off.
"""

from functools import partial
from typing import Any

import numpy as np

from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import mistaken_visits, worlds
from rl_landscapes.course.checks.worlds import corridor, ending, random_policy, random_world
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "01-returns-and-entropy",
    "Returns and entropy",
    closed=("rl_landscapes.policies", "rl_landscapes.objectives"),
    packages=("numpy",),
)

Generator = np.random.Generator
Given = tuple[Any, ...]  # the arguments of a function
BOTH = ({"counted": True}, {"counted": False})


log_softmax = assignment.question(
    "log_softmax",
    hints=(
        "Adding a number to all logits of a row changes no probability. Which number makes every exponential "
        "safe, and the sum of them at least 1?",
        "With the largest logit of each row taken off (keepdims=True keeps its place), every exponential is "
        "at most 1, and one of them is 1. What does the formula say of these shifted logits, if no logarithm "
        "is taken of a single probability?",
    ),
    difficulty=1,
    minutes=10,
    line="total = np.sum(np.exp(shifted), axis=-1, keepdims=True)",
)
log_softmax_agrees = partial(log_softmax.agrees_with, worlds.log_probs)


def logits(rng: Generator, shape: tuple[int, ...]) -> Given:
    """Draw logits."""
    return (rng.normal(size=shape),)


def far_logits(rng: Generator, moved: float, ahead: float) -> Given:
    """Draw logits whose rows are moved, and whose first column is ahead."""
    return (rng.normal(scale=3.0, size=(6, 4)) + rng.uniform(-moved, moved, (6, 1)) + [ahead, 0, 0, 0],)


log_softmax_agrees(
    "the exponentials of a row sum to one, and the gaps are those of the logits",
    logits,
    [{"shape": (3, 5)}],
    points=3,
)
log_softmax_agrees(
    "leading axes are kept, and a single row will do",
    logits,
    [{"shape": (4,)}, {"shape": (2, 3, 4)}],
    points=2,
)
log_softmax.gives(
    "a gap of 1,000 between two logits is a log-probability of -1,000",
    (([[0.0, -1000.0], [1000.0, 0.0]],), [[0.0, -1000.0], [0.0, -1000.0]]),
    points=2,
)
log_softmax_agrees(
    "rows of fresh logits, each moved by up to 10,000, and one far ahead",
    far_logits,
    [{"moved": 1e4, "ahead": 0}, {"moved": 0, "ahead": 3000}],
    points=1,
    at_grading=True,
)


entropy = assignment.question(
    "entropy",
    hints=(
        "The logarithm in the formula is one that you have already: it need not be taken of a probability "
        "that may have underflowed to 0.",
        "The probabilities are the exponentials of what log_softmax returns. Where one of them underflows to "
        "0, its logarithm is still a finite number: what is their product then?",
    ),
    difficulty=2,
    minutes=10,
    line="return -np.sum(np.exp(log_pi) * log_pi, axis=-1)",
)
entropy_agrees = partial(entropy.agrees_with, worlds.entropies)


def two_tied(rng: Generator) -> Given:
    """Draw rows of five actions, two of them far ahead."""
    behind = -rng.uniform(100.0, 2000.0, size=(6, 5)) * [0, 0, 1, 1, 1]
    return (behind + rng.integers(-5000, 5000, size=(6, 1)),)


entropy.gives(
    "of a uniform distribution over A actions it is log A",
    (([[0.0] * 4] * 3,), [np.log(4)] * 3),
    (([[0.0] * 7] * 2,), [np.log(7)] * 2),
    points=2,
)
entropy_agrees(
    "at ordinary logits it is minus the sum of p log p, to twelve digits",
    logits,
    [{"shape": (5, 4)}],
    points=3,
    rtol=0.0,
    atol=1e-12,
)
entropy_agrees(
    "leading axes are kept, and a single row gives a single number",
    logits,
    [{"shape": (3,)}, {"shape": (2, 3, 5)}],
    points=2,
)
entropy.gives(
    "one sure action has an entropy of 0, two tied ones log 2, at gaps of 800 and 1,000",
    (([[800.0, 0.0, 0.0], [1000.0, 1000.0, 0.0]],), [0.0, np.log(2)]),
    points=1,
)
entropy_agrees(
    "two actions tied, the others up to 2,000 below, at fresh logits", two_tied, points=2, at_grading=True
)


values = assignment.question(
    "values",
    hints=(
        "Average reward and transitions over the actions first: r_pi has shape (S,), P_pi has shape (S, S)."
        " Row s of P_pi sums to 1.",
        "The values stand on both sides of V = r_pi + gamma P_pi V. With all of them on one side, which "
        "matrix multiplies them? np.linalg.solve takes that matrix, and what is left on the other side.",
    ),
    difficulty=2,
    minutes=15,
    line="return np.linalg.solve(np.eye(len(r)) - gamma * P_pi, r_pi)",
)
values_agrees = partial(values.agrees_with, worlds.values)


def of_values(rng: Generator, gamma: float, raised: float = 0.0, paid: float = 1.0) -> Given:
    """Draw a world, its rewards raised and perhaps not paid, and a policy."""
    world = worlds.any_world(rng, gamma)
    return world.P, paid * world.r + raised, gamma, random_policy(rng, world)


values_agrees(
    "a reward of 1 at every step is worth 1 / (1 - gamma), in every state of any world",
    of_values,
    [{"gamma": 0.9, "raised": 1.0, "paid": 0.0}],
    points=2,
)
values.gives(
    "a reward at the end of a corridor is worth gamma to the power of the steps to it",
    (
        (corridor(4, 2, 0.5).P, [[0.0, 0.0]] * 3 + [[4.0, 8.0], [0.0, 0.0]], 0.5, [[0.25, 0.75]] * 5),
        [0.875, 1.75, 3.5, 7.0, 0.0],
    ),
    points=3,
)
values_agrees("they satisfy Bellman's equation in a random world", of_values, [{"gamma": 0.97}], points=3)
values_agrees("nothing is cut off: gamma = 0.999", of_values, [{"gamma": 0.999, "raised": 1.0}], points=2)
values_agrees(
    "fresh worlds, with discounts from 0 to 0.9999",
    of_values,
    [{"gamma": 0.0}, {"gamma": 0.6}, {"gamma": 0.9999}],
    points=3,
    at_grading=True,
)


occupancy = assignment.question(
    "occupancy",
    hints=(
        "How much is in state s is what starts there and what arrives there: d(s) = rho(s) + gamma times the "
        "visits to each state before, times the probability of going from it to s.",
        "Values look ahead, along the rows of P_pi; visits come from behind, along its columns. What does "
        "that make of the matrix of question 3, and what takes the place of the rewards?",
    ),
    difficulty=2,
    minutes=15,
    line="return np.linalg.solve(system.T, rho)",
)
occupancy_agrees = partial(occupancy.agrees_with, worlds.occupancy)


def of_visits(rng: Generator, gamma: float) -> Given:
    """Draw a world and a policy."""
    world = worlds.any_world(rng, gamma)
    return world.P, gamma, world.rho, random_policy(rng, world)


@occupancy.test("visits are not negative and sum to 1 / (1 - gamma)", points=3)
def _(student: Student, rng: Generator) -> None:
    given = of_visits(rng, 0.95)
    visits = expect.array(student.occupancy(*given), given[2].shape, "occupancy(P, gamma, rho, pi)")
    expect.true(bool((visits >= 0).all()), "occupancy(P, gamma, rho, pi) must not be negative", got=visits)
    expect.close(visits.sum(), 20.0, "sum of occupancy(P, gamma, rho, pi) at gamma = 0.95")


occupancy.gives(
    "in a corridor the state t steps away is visited gamma^t times, its end for ever",
    ((corridor(3, 2, 0.5).P, 0.5, [1.0, 0.0, 0.0, 0.0], [[0.5, 0.5]] * 4), [1.0, 0.5, 0.25, 0.25]),
    points=3,
)
occupancy_agrees(
    "what is in a state is what starts there and what arrives there", of_visits, [{"gamma": 0.97}], points=3
)
occupancy_agrees(
    "the return by visits is the return by values, in fresh worlds",
    of_visits,
    [{"gamma": 0.0}, {"gamma": 0.7}, {"gamma": 0.999}],
    points=4,
    at_grading=True,
)


soft_return = assignment.question(
    "soft_return",
    hints=(
        "Entropy is a reward that depends on the state only: add tau(s) H(s) to r_pi(s), and the return is "
        "computed as before. Which entries of tau(s) are zero, and when?",
        "Make tau an array over the states first: the two conventions differ in some of its entries, and "
        "nowhere else. Then every state has a pay of two parts. Who visits it, and how often?",
    ),
    difficulty=3,
    minutes=20,
    line="pay = np.sum(pi * r, axis=1) + tau * paid_for * entropy(logits)",
)
soft_return_agrees = partial(soft_return.agrees_with, worlds.soft_return, atol=1e-8)


def of_return(rng: Generator, counted: bool, gamma: float = 0.95, tau: float | None = None) -> Given:
    """Draw a world, logits and a weight."""
    world = worlds.any_world(rng, gamma)
    weight = float(rng.uniform(0.1, 1.0)) if tau is None else tau
    return *world[:4], rng.normal(size=world.r.shape), weight, world.absorbing, counted


def of_two_ends(rng: Generator, counted: bool, scale: float) -> Given:
    """Draw a world with two absorbing states, neither of them last, and logits there of size `scale`."""
    world = random_world(rng, float(rng.uniform(0.8, 0.99)))
    world = ending(world, 0, int(rng.integers(1, len(world.rho) - 1)))
    theta = rng.normal(size=world.r.shape)
    theta[world.absorbing] *= scale
    return *world[:4], theta, float(rng.uniform(0.1, 1.0)), world.absorbing, counted


def of_sure(rng: Generator) -> Given:
    """Draw a world and a policy that is sure of its actions, but for two that tie in the first state."""
    world = worlds.any_world(rng, 0.99)
    theta = -rng.uniform(500.0, 2000.0, size=world.r.shape)
    theta[np.arange(len(theta)), rng.integers(theta.shape[1], size=len(theta))] *= -1.0
    theta[0, :2] = 2000.0
    return *world[:4], theta, 0.3, world.absorbing, True


def in_corridor(counted: bool) -> Given:
    """Return a corridor of 4 steps without rewards, and a uniform policy."""
    world = corridor(4, 3, 0.9)
    return *world[:4], np.zeros((5, 3)), 0.2, world.absorbing, counted


soft_return_agrees(
    "with tau = 0 it is the true return", of_return, [{**each, "tau": 0.0} for each in BOTH], points=2
)
soft_return.gives(
    "counted, a uniform policy without rewards is paid tau log A for ever",
    (in_corridor(True), 0.2 * np.log(3) / 0.1),
    points=3,
)
soft_return.gives(
    "masked, it is paid until the corridor ends",
    (in_corridor(False), 0.2 * np.log(3) * (1 - 0.9**4) / 0.1),
    points=4,
)
soft_return_agrees("in a random world, counted and masked", of_return, BOTH, points=3)
soft_return_agrees(
    "two absorbing states: the policy there matters when counted, and only then",
    of_two_ends,
    [{**each, "scale": scale} for scale in (0.0, 3.0) for each in BOTH],
    points=3,
)
soft_return_agrees(
    "a policy that is sure of itself, at fresh gaps up to 4,000", of_sure, points=3, at_grading=True
)


break_even = assignment.question(
    "break_even",
    hints=(
        "For a policy that does not change, the soft return is a straight line in tau. What is its height at "
        "tau = 0, and what its slope?",
        "Two values of the soft return, at tau = 0 and tau = 1 for instance, are a whole line. Draw both on "
        "paper, and compute where they meet. When do they meet nowhere to the right of 0?",
    ),
    difficulty=4,
    minutes=20,
    line="return (high - low) / (steep - flat) if steep > flat else np.inf",
)


def at_turnstile(reward: float, n_actions: int, gamma: float, counted: bool) -> Given:
    """Return a turnstile, a policy that leaves at once and one that never does, both uniform at the end."""
    world, (home, wander) = worlds.turnstile(reward, n_actions, gamma), np.zeros((2, 2, n_actions))
    home[0, 0], wander[0, 0] = 1000.0, -1000.0
    return *world[:4], home, wander, world.absorbing, counted


break_even.gives(
    "masked, at a turnstile, it is R (1 - gamma) / log(A - 1)",
    (at_turnstile(5.0, 4, 0.99, False), 0.05 / np.log(3)),
    (at_turnstile(2.0, 3, 0.9, False), 0.2 / np.log(2)),
    points=3,
)
break_even.gives(
    "counted, at the same turnstile, there is none: infinity",
    (at_turnstile(5.0, 4, 0.99, True), np.inf),
    points=2,
)
break_even.gives(
    "counted, with less patience, there is one",
    (at_turnstile(1.0, 4, 0.5, True), 0.5 / (np.log(3) - 0.5 * np.log(4))),
    (at_turnstile(5.0, 4, 0.79, True), 1.05 / (np.log(3) - 0.79 * np.log(4))),
    points=3,
)


def met(student: Student, rng: Generator) -> None:
    """Demand the weight at which two policies of a random world have the same soft return."""
    for counted in (False, True):
        world, home, wander = worlds.way_out(rng)
        got = student.break_even(*world[:4], home, wander, world.absorbing, counted)
        tau = expect.between(got, 0.0, 1.0, f"break_even in a random world, count_absorbing={counted}")
        stay, leave = (
            worlds.soft_return(*world[:4], each, tau, world.absorbing, counted) for each in (wander, home)
        )
        expect.close(stay, leave, f"soft return of `wander` against `home` at tau = {tau:.6g}")


break_even.test("in a random world both policies have the same soft return there", points=2)(met)
break_even.test("and so they have in fresh worlds", points=3, at_grading=True)(met)


test_occupancy = assignment.question(
    "test_occupancy",
    hints=(
        "What must be true of visits in every world, and what do you know of them in a world of two or three "
        "states? Each mistake needs a world that is not even in the thing it forgets.",
        "Question 4 has a sentence about what is in a state: put what came back into both sides of it, and "
        "nothing need be solved. Then look for the world: which start, which policy, which chain and which "
        "gamma would hide one of the mistakes that are named?",
    ),
    difficulty=2,
    minutes=15,
    line="np.testing.assert_allclose(d, rho + gamma * d @ chain, rtol=1e-8)",
)
told = partial(test_occupancy.tells_apart, right=mistaken_visits.RIGHT)
told("accepts what is right, and refuses visits that do not add up", wrong=mistaken_visits.SUMS, points=3)
told(
    "refuses visits by other ways, of other policies, from other starts", wrong=mistaken_visits.WAYS, points=3
)
told("refuses visits that stop at the end of the episode", wrong=mistaken_visits.ENDS, points=2)
told("and three mistakes more", wrong=mistaken_visits.FURTHER, points=2, at_grading=True)
