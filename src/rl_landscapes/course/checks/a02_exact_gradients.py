"""Assignment 2: policy gradients with entropy, judges of them, second derivatives, a test.

All tests are exact and hold with every seed. What is expected comes from the complex step, see `worlds`:
gradients from the return alone, Hessian-vector products from the gradient. The discount is 0.9, so systems
are conditioned no worse than (1 + gamma) / (1 - gamma) = 19.
"""

from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import mistaken, worlds
from rl_landscapes.course.checks.landscapes import judged, random_smooth, turns
from rl_landscapes.course.checks.worlds import ending, random_world, unreachable
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "02-exact-gradients", "Exact gradients", closed=("rl_landscapes.policies", "rl_landscapes.objectives")
)


RTOL, ATOL = 1e-10, 1e-11  # hundreds of times what rounding leaves, and less than central differences do
exactly = partial(expect.close, rtol=RTOL, atol=ATOL)
Given = tuple[Any, ...]  # the arguments of a function
Shape = tuple[int, int]
Generator = np.random.Generator


def of_gradient(
    rng: Generator,
    shape: Shape = (5, 3),
    *,
    entropy: bool = True,
    differ: bool = False,
    ends: bool = False,
    moved: int = 0,
) -> Given:
    """Draw a world, logits that are moved in each state, and weights tau(s), which may differ.

    If it ends, then in its last state, where entropy is masked, and its first state is never visited.
    """
    world, weights = random_world(rng, 0.9, shape), np.full(shape[0], rng.uniform(0.2, 1.0))
    if differ:
        weights = np.append(rng.uniform(0.2, 1.0, size=shape[0] - 1), 0.0)
    if ends:
        world = ending(unreachable(world), shape[0] - 1)
    theta = rng.normal(size=shape) + rng.integers(-moved, moved + 1, size=(shape[0], 1))
    return *world[:4], theta, entropy * weights


gradient = assignment.question(
    "gradient",
    hints=(
        "Three arrays of shape (S, A) are multiplied, one of them an occupancy that does not depend on the "
        "action. The entropy stands in two places: in the rewards that V is solved from, and in A itself.",
        "evaluate(P, gamma, rho, pi, pay) gives V and d, if pay(s) is what the state earns with entropy. "
        "Write A out as the text does, term by term; what has a number for each state needs a new last "
        "axis, [:, None], beside what has one for each action.",
    ),
    difficulty=2,
    minutes=20,
    line="advantage = Q - cost * x - V[:, None]",
)
gradient_agrees = partial(gradient.agrees_with, worlds.gradient, rtol=RTOL, atol=ATOL)
gradient_agrees(
    "without entropy it is the derivative of the return", of_gradient, [{"entropy": False}], points=4
)
gradient_agrees("with entropy it is the derivative of the soft return", of_gradient, points=4)
gradient_agrees(
    "it does not notice a number added to all logits of a state", of_gradient, [{"moved": 1000}], points=3
)
gradient_agrees(
    "weights tau(s) that differ, and are masked in an absorbing state",
    of_gradient,
    [{"differ": True, "ends": True}],
    points=3,
)


SURE = "policies that are sure of their actions, and entries of actions hardly ever taken"


@gradient.test(SURE, points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    """At gaps of about 30 the entries of the other actions are some 1e-13, but their advantages are not.

    An entry divided by pi is d A, a number of ordinary size. Of the leading action it is a small difference
    of such numbers, whence the absolute tolerance.
    """
    P, r, gamma, rho, theta, tau = of_gradient(rng)
    world, rare = (P, r, gamma, rho), theta.copy()
    theta[:3, 0] += rng.uniform(800, 2000, size=3)
    sure, exact = student.gradient(*world, theta, tau), worlds.gradient(*world, theta, tau)
    exactly(sure, exact, "gradient, three states sure of action 0")
    rare[:3, 0] += rng.uniform(25, 35, size=3)
    pi, what = worlds.mixed(rare), "gradient, divided by pi, at gaps of 25 to 35"
    got = expect.array(student.gradient(*world, rare, tau), (5, 3), what)
    expect.close(got / pi, worlds.gradient(*world, rare, tau) / pi, what, atol=1e-8)


gradient_agrees(
    "as many actions as states, one of which is never visited",
    of_gradient,
    [{"shape": (4, 4), "differ": True, "ends": True}],
    points=2,
    at_grading=True,
)


sensitivities = assignment.question(
    "sensitivities",
    hints=(
        "The return is d'pay and rho'V. Of the two, take the one in which the number that is moved stands in "
        "one place only. Which one is that for a reward, which for a weight?",
        "For the discount differentiate V = pay + gamma P_pi V on both sides: what comes out is an equation "
        "of the same kind for the derivative of V, with another pay. And how often is that pay collected?",
    ),
    difficulty=3,
    minutes=20,
    line='return {"gamma": d @ P_pi @ V, "tau": d * entropy, "r": d[:, None] * pi}',
)


def demand_sensitivity(student: Student, rng: Generator, name: str) -> None:
    """Demand the derivatives in one of the three, with and without an end."""
    for ends in (False, True):
        given = of_gradient(rng, differ=ends, ends=ends)
        wanted = worlds.sensitivities(*given)
        got = expect.fields(student.sensitivities(*given), list(wanted), "what sensitivities returns")
        what, known = f"sensitivities: {name}", {"gamma": given[2]}
        expect.agrees(got[name], wanted[name], what, rtol=RTOL, atol=ATOL, known=known)


for title, name, points in (
    ("rewards: how much more is earned if one of them is raised", "r", 3),
    ("weights: how much more if the entropy of one state is paid more", "tau", 3),
    ("the discount: how much more if the agent is more patient", "gamma", 4),
):
    sensitivities.test(title, points=points)(partial(demand_sensitivity, name=name))
sensitivities.agrees_with(
    worlds.sensitivities,
    "fresh worlds, logits moved by 1,000",
    of_gradient,
    [{"shape": (4, 4), "differ": True, "ends": True, "moved": 1000}, {"shape": (6, 2), "moved": 1000}],
    points=3,
    at_grading=True,
    rtol=RTOL,
    atol=ATOL,
)


is_gradient = assignment.question(
    "is_gradient",
    hints=(
        "An error of the step and an error of rounding pull h in opposite directions. At which h are h^2 "
        "and 1e-16 |f| / h about equal? And what is a deviation of 1e-6 to be compared with?",
        "One call of f has all values: the rows of theta + h I, and of theta - h I. With NaN every "
        "comparison is False, so ask whether the largest deviation is small, not whether it is large.",
    ),
    difficulty=3,
    minutes=15,
    line="return bool(error <= 1e-5 * np.abs(differences).max())",
)


@is_gradient.test("accepts the right gradient and refuses one wrong sign in twelve", points=3)
def _(student: Student, rng: Generator) -> None:
    for f in turns(student, rng):
        judged(student, f, np.where(f.slope == -0.5, 0.5, f.gradient), False, "one wrong sign")


@is_gradient.test("refuses a gradient that is 1% too short, or has two entries exchanged", points=2)
def _(student: Student, rng: Generator) -> None:
    for f in turns(student, rng):
        judged(student, f, 0.99 * f.gradient, False, "a gradient 1% too short")
        exchanged = np.select([f.slope == 1, f.slope == 0], [0.0, 1.0], f.slope)
        judged(student, f, exchanged, False, "two entries exchanged")


@is_gradient.test("judges alike in other units: an objective 1e8 times as small, or as large", points=2)
def _(student: Student, rng: Generator) -> None:
    for scale in (1e-8, 1e8):
        for f in turns(student, rng, what := f", objective times {scale:g}", scale=scale):
            judged(student, f, 0.99 * f.gradient, False, f"1% too short{what}")


@is_gradient.test("draws the line at 1e-5 of the largest: half of it passes, twice as much not", points=2)
def _(student: Student, rng: Generator) -> None:
    """With h from 1e-6 to 1e-3 differences are wrong by less than 2e-6: 7e-6 is right, 1.8e-5 is wrong.

    All entries but one are nearly as large as the largest: the length of the gradient is above 2.9 times
    that, and the length of a deviation of 5e-6 in each of twelve entries is 1.7e-5.
    """
    f = random_smooth(rng)
    f = replace(f, slope=np.where(f.slope == 1, 1.0, rng.choice([-0.9, 0.9], size=f.slope.size)))
    signs = rng.choice([-1.0, 1.0], size=f.slope.size)
    for off in (signs, 1.0, -1.0):
        judged(student, f, f.gradient + 5e-6 * off, True, "each entry off by 5e-6 of the largest")
    for place, off in enumerate(2e-5 * np.diag(signs)):
        judged(student, f, f.gradient + off, False, f"entry {place} off by 2e-5 of the largest")


@is_gradient.test("is not misled by a large constant in the objective", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    for f in turns(student, rng, what := ", 10,000 added to the objective", offset=1e4):
        judged(student, f, 0.99 * f.gradient, False, f"1% too short{what}")


@is_gradient.test("accepts no gradient that is not finite", points=2, at_grading=True)
def _(student: Student, rng: Generator) -> None:
    *_, f = turns(student, rng)
    for bad, here in product((np.nan, np.inf), np.eye(f.slope.size, dtype=bool)):
        judged(student, f, np.where(here, bad, f.gradient), False, f"a gradient with an entry {bad}")


value_and_gradient = assignment.question(
    "value_and_gradient",
    hints=(
        "Write the return as a function of theta inside your function, with anp wherever you would write np, "
        "and no assignment to entries of an array. It needs one linear solve and no occupancy.",
        "autograd.value_and_grad(f)(theta) returns both. Everything of one state is made from a row of "
        "logits, bias included; which number can be taken from all of a row so that no exponential is too "
        "large? A sum over squares needs no logarithm at all.",
    ),
    difficulty=3,
    minutes=20,
    line="pay = anp.sum(pi * r, axis=1) + tau * (1 - anp.sum(pi**2, axis=1))",
)


def of_both(rng: Generator, shape: Shape = (5, 3), ends: bool = False) -> Given:
    """Draw a world, parameters and weights, which differ if the world ends."""
    *world, _, tau = of_gradient(rng, shape, differ=ends, ends=ends)
    return *world, rng.normal(size=shape[1] * (shape[0] + 1)), tau


def of_sure(rng: Generator) -> Given:
    """Draw a policy that is sure of an action in two states, and torn between two in the first."""
    *world, theta, tau = of_both(rng)
    theta[0:9:3] += rng.uniform(800, 2000, size=3)
    theta[1] = theta[0] - rng.uniform(0.5, 1.5)
    return *world, theta, tau


def demand_part(student: Student, rng: Generator, part: int) -> None:
    """Demand the value alone, or the gradient alone."""
    for shape in ((5, 3), (3, 2)):
        given, what = of_both(rng, shape), f"part {part + 1} of value_and_gradient, {shape[0]} states"
        got = expect.items(student.value_and_gradient(*given), 2, "value_and_gradient")
        exactly(got[part], worlds.value_and_gradient(*given)[part], what)


for part, title in enumerate(
    ("the value is the return with what being undecided is paid", "the gradient is its derivative")
):
    value_and_gradient.test(title, points=3)(partial(demand_part, part=part))
both_agree = partial(value_and_gradient.agrees_with, worlds.value_and_gradient, rtol=RTOL, atol=ATOL)
both_agree(
    "weights tau(s) that differ, and an end that is masked",
    of_both,
    [{"ends": True}],
    points=3,
)
both_agree("logits of 1,000 give numbers, and the right ones", of_sure, points=2)
both_agree(
    "fresh worlds, as many actions as states",
    of_both,
    [{"shape": (4, 4), "ends": True}],
    points=2,
    at_grading=True,
)


hessian_vectors = assignment.question(
    "hessian_vectors",
    hints=(
        "Differentiate d pi A along v by the product rule: three terms, one for each dot. What moves A is "
        "gamma P Vdot - tau xdot - Vdot; the last of these falls out at the end.",
        "Two solves: one for Vdot, and one, transposed, for ddot, whose right-hand side is what arrives "
        "where at one step of the changed policy. Right-hand sides of all k vectors fit in one call, as "
        "columns. The last line of the text takes the constant of each state out.",
    ),
    difficulty=4,
    minutes=30,
    line='arrivals = gamma * np.einsum("s,ksa,sap->kp", d, dpi, P)',
)


def of_vectors(rng: Generator, k: int, size: float = 10.0, sure: int = 0, **world: Any) -> Given:
    """Draw what `gradient` takes, `sure` of the states sure of action 0, and k vectors of such a size."""
    *given, theta, tau = of_gradient(rng, **world)
    theta[1 : 1 + sure, 0] += rng.uniform(800, 2000, size=sure)
    return *given, theta, tau, size * rng.normal(size=(k, *theta.shape))


vectors_agree = partial(hessian_vectors.agrees_with, worlds.hessian_vectors, rtol=RTOL, atol=ATOL)
vectors_agree(
    "without entropy it is the derivative of the gradient along v",
    of_vectors,
    [{"k": 1, "entropy": False}],
    points=4,
)
vectors_agree("with entropy, along two vectors", of_vectors, [{"k": 2}], points=4)


@hessian_vectors.test(
    "along all axes they are a symmetric matrix that a state's constant does not see", points=4
)
def _(student: Student, rng: Generator) -> None:
    """Vectors are 100 long: differences along shorter ones can be too good to be told from derivatives."""
    given = [*of_gradient(rng), units := np.eye(15).reshape(15, 5, 3)]
    what = "hessian_vectors of 100 times all unit vectors, divided by 100"
    got = expect.array(student.hessian_vectors(*given[:-1], 100 * units), units.shape, what)
    matrix = exactly(got / 100, worlds.hessian_vectors(*given), what).reshape(15, 15)
    exactly(matrix - matrix.T, np.zeros((15, 15)), "the Hessian less its transpose")
    silent = np.repeat(np.eye(5), 3, axis=1) @ matrix
    exactly(silent, np.zeros((5, 15)), "the Hessian times a constant in one state")


vectors_agree(
    "weights tau(s) that differ, the end masked, and vectors a million times as long",
    of_vectors,
    [{"k": 3, "size": size, "differ": True, "ends": True} for size in (10.0, 1e7)],
    points=3,
    at_grading=True,
)
vectors_agree(
    "four states, actions and vectors, and two states that are sure",
    of_vectors,
    [{"k": 4, "shape": (4, 4), "sure": 2, "differ": True}],
    points=3,
    at_grading=True,
)


test_gradient = assignment.question(
    "test_gradient",
    hints=(
        "Each mistake shows on some examples and not on others. Which tau, rho and theta would hide "
        "the ones that are named?",
        "One small world with everything uneven will do: rewards, starts, logits, and a weight tau(s) that "
        "differs from state to state. What the gradient must be there, is_gradient can judge from values of "
        "the soft return alone. What must not change anything is a second question to the same function.",
    ),
    difficulty=3,
    minutes=15,
    line="assert is_gradient(soft_returns, theta.ravel(), claimed.ravel())",
)
told = partial(test_gradient.tells_apart, right=mistaken.RIGHT)
told("accepts what is right, and refuses what is too short or not discounted", wrong=mistaken.SCALE, points=3)
told("refuses mistakes that only entropy shows, or weights that differ", wrong=mistaken.ENTROPY, points=3)
told(
    "refuses what overflows at logits of 1,000, and what does not look at rho", wrong=mistaken.EDGES, points=2
)
told("and three mistakes more", wrong=mistaken.FURTHER, points=2, at_grading=True)
