"""Assignment 2: policy gradients with entropy and with mixing, two judges of them, second derivatives.

All tests are exact and hold with every seed. What is expected comes from the complex step, see `derivatives`:
gradients from the return alone, Hessian-vector products from the gradient. Discounts are at most 0.95, so
systems are conditioned no worse than (1 + gamma) / (1 - gamma) = 39.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks.derivatives import (
    World,
    complex_step,
    ending,
    log_probs,
    mixed_return,
    random_world,
    true_gradient,
    true_hessian_vectors,
)
from rl_landscapes.course.checks.landscapes import rows
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "02-exact-gradients",
    "Exact gradients",
    closed=("rl_landscapes.policies", "rl_landscapes.objectives"),
)

gradient = assignment.question(
    "gradient",
    hints=(
        "Three arrays of shape (S, A) are multiplied, one of them an occupancy that does not depend on the "
        "action. The entropy stands in two places: in the rewards that V is solved from, and in A itself.",
        "With x = log_softmax(theta) and pi = exp(x), V and d come from evaluate(P, gamma, rho, pi, pay), "
        "where pay(s) is the sum over a of pi (r - tau x). Then A = r + gamma P V - tau x - V, and the "
        "gradient is d pi A; tau, V and d need a new last axis, [:, None].",
    ),
    difficulty=2,
    minutes=20,
)

mixed_gradient = assignment.question(
    "mixed_gradient",
    hints=(
        "Two policies take part: the one that is played decides d and Q, the one that is learned decides how "
        "probabilities move. Which of the two does each pi in the formula stand for?",
        "With g(s, a) the derivative with respect to the logits, all parameters together get "
        "np.concatenate([g.ravel(), g.sum(axis=0)]): the bias moves the logits of all states at once.",
    ),
    difficulty=2,
    minutes=15,
)

is_gradient = assignment.question(
    "is_gradient",
    hints=(
        "An error of the step and an error of rounding pull h in opposite directions. At which h are h^2 and "
        "1e-16 |f| / h about equal? And what is a deviation of 1e-6 to be compared with?",
        "f(np.concatenate([theta + h I, theta - h I])) has all values; central differences with h = 1e-4 or "
        "1e-5 leave enough digits. Accept if the largest deviation is at most 1e-5 of the largest entry. "
        "With NaN every comparison is False, so ask whether it is small, not whether it is large.",
    ),
    difficulty=3,
    minutes=15,
)

value_and_gradient = assignment.question(
    "value_and_gradient",
    hints=(
        "Write the return as a function of theta inside your function, with anp wherever you would write np, "
        "and no assignment to entries of an array. It needs one linear solve and no occupancy.",
        "autograd.value_and_grad(f)(theta) returns both. The entropy is that of the policy that is played, "
        "-sum pi_m log pi_m, and pi_m >= mix / A, so its logarithm is safe. The exponentials are safe once "
        "the largest logit of each state is subtracted.",
    ),
    difficulty=3,
    minutes=20,
)

hessian_vectors = assignment.question(
    "hessian_vectors",
    hints=(
        "Differentiate d pi A along v by the product rule: three terms, one for each dot. What moves A is "
        "gamma P Vdot - tau xdot - Vdot; the last of these falls out at the end.",
        "Solve (I - gamma P_pi) Vdot = sum_a pi xdot A and the transposed system for ddot, whose right-hand "
        "side at s' is gamma times the sum over s, a of d pi xdot P(s'|s, a). Last, subtract from gdot(s, a) "
        "pi(a|s) times the sum of gdot(s, .). Right-hand sides of all k vectors fit in one call, as columns.",
    ),
    difficulty=4,
    minutes=30,
)


def exactly(got: Any, expected: Any, what: str) -> Array:
    """Demand ten digits: hundreds of times what rounding leaves, and less than central differences do."""
    return expect.close(got, expected, what, rtol=1e-10, atol=1e-11)


@dataclass(frozen=True)
class Smooth:
    """scale (offset + c'q + q'H q / 2 + q_0^3 + sum_j sin(a_j'p)), q = p - theta: its gradient is known.

    c is such that the gradient at theta is scale * slope, slope having entries 1, -1/2 and 0 and the others
    in (-0.9, 0.9): its largest entry is scale. |a_j| <= 1, so the third derivative is at most 9 scale along
    an axis, and a central difference with h <= 1e-3 is wrong by at most 1.5e-6 scale; rounding adds 1e-16
    scale (offset + 3) / h, at most 2e-6 scale for h >= 1e-6. Both are below the 1e-5 scale that the question
    allows. Along the first axis it is at least 3 scale, so that h = 1e-2 is wrong by 5e-5 scale or more. The
    second derivatives along the axes lie between 50 and 100 scale in size.
    """

    theta: Array  # (n,)
    slope: Array  # (n,)
    hessian: Array  # (n, n)
    waves: Array  # (3, n)
    scale: float = 1.0
    offset: float = 0.0

    def __call__(self, points: Any) -> Array:
        """Return the values (D,) at points (D, n)."""
        at = rows(points, self.theta.size)
        away = at - self.theta
        linear = self.slope - np.cos(self.waves @ self.theta) @ self.waves
        curved = np.einsum("di,ij,dj->d", away, self.hessian, away) / 2
        waved = np.sin(at @ self.waves.T).sum(axis=1)
        return self.scale * (self.offset + away @ linear + curved + away[:, 0] ** 3 + waved)

    @property
    def gradient(self) -> Array:
        """The gradient (n,) at theta."""
        return self.scale * self.slope


def random_smooth(rng: np.random.Generator, *, scale: float = 1.0, offset: float = 0.0) -> Smooth:
    """Draw such a function of twelve parameters."""
    n = 12
    slope = rng.permutation(np.concatenate([[1.0, -0.5, 0.0], rng.uniform(-0.9, 0.9, size=n - 3)]))
    mixed = rng.uniform(-1, 1, size=(n, n))
    bends = rng.choice([-1.0, 1.0], size=n) * rng.uniform(50, 100, size=n)
    waves = rng.normal(size=(3, n))
    waves /= np.linalg.norm(waves, axis=1, keepdims=True)
    hessian = np.triu(mixed, 1) + np.triu(mixed, 1).T + np.diag(bends)
    return Smooth(rng.normal(size=n), slope, hessian, waves, scale, offset)


def judged(student: Student, f: Smooth, claimed: Array, right: bool, what: str) -> None:
    """Demand a verdict of the student's is_gradient."""
    got = expect.truth(student.is_gradient(f, f.theta, claimed), f"is_gradient, {what}")
    expect.true(got == right, f"is_gradient, {what}", got=got, expected=right)


def random_bonus(rng: np.random.Generator, n_states: int) -> Array:
    """Return the same entropy weight for all states."""
    return np.full(n_states, rng.uniform(0.2, 1.0))


def differing_bonus(rng: np.random.Generator, n_states: int) -> Array:
    """Return weights that differ between states, and vanish in the last."""
    tau = rng.uniform(0.2, 1.0, size=n_states)
    tau[-1] = 0.0
    return tau


# gradient --------------------------------------------------------------------------------------------------


@gradient.test("without entropy it is the derivative of the return", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, none = random_world(rng), rng.normal(size=(5, 3)), np.zeros(5)
    exact = true_gradient(world, theta, none)
    exactly(student.gradient(*world, theta, none), exact, "gradient at tau = 0")


@gradient.test("with entropy it is the derivative of the soft return", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=(5, 3)), random_bonus(rng, 5)
    exact = true_gradient(world, theta, tau)
    exactly(student.gradient(*world, theta, tau), exact, f"gradient at tau = {tau[0]:.3g}")


@gradient.test("it does not notice a number added to all logits of a state", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=(5, 3)), random_bonus(rng, 5)
    moved = theta + rng.integers(-1000, 1000, size=(5, 1))
    exact = true_gradient(world, theta, tau)
    exactly(student.gradient(*world, moved, tau), exact, "gradient at logits moved by up to 1,000")


@gradient.test("weights tau(s) that differ, and are masked in an absorbing state", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = ending(random_world(rng)), rng.normal(size=(5, 3)), differing_bonus(rng, 5)
    exact = true_gradient(world, theta, tau)
    exactly(student.gradient(*world, theta, tau), exact, "gradient with tau(s), the end masked")


@gradient.test(
    "policies that are sure of their actions, and entries of actions hardly ever taken",
    points=3,
    at_grading=True,
)
def _(student: Student, rng: np.random.Generator) -> None:
    """At gaps of about 30 the entries of the other actions are some 1e-13, but their advantages are not.

    An entry divided by pi is d A, a number of ordinary size. Of the leading action it is a small difference
    of such numbers, whence the absolute tolerance.
    """
    world, tau = random_world(rng), random_bonus(rng, 5)
    theta = rng.normal(size=(5, 3))
    rare = theta.copy()
    theta[:3, 0] += rng.uniform(800, 2000, size=3)
    exact = true_gradient(world, theta, tau)
    exactly(student.gradient(*world, theta, tau), exact, "gradient, three states sure of action 0")
    rare[:3, 0] += rng.uniform(25, 35, size=3)
    pi, what = np.exp(log_probs(rare)), "gradient, divided by pi, at gaps of 25 to 35"
    got = expect.array(student.gradient(*world, rare, tau), (5, 3), what)
    expect.close(got / pi, true_gradient(world, rare, tau) / pi, what, atol=1e-8)


@gradient.test("as many actions as states, one of which is never visited", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = ending(random_world(rng, 4, 4)), rng.normal(size=(4, 4)), differing_bonus(rng, 4)
    exact = true_gradient(world, theta, tau)
    exactly(student.gradient(*world, theta, tau), exact, "gradient of 4 states and 4 actions")


# mixed_gradient --------------------------------------------------------------------------------------------


def of_mixed(student: Student, world: World, theta: Array, mix: float) -> None:
    """Demand the gradient of the true return of a mixed policy with a shared bias."""
    none = np.zeros(len(world.rho))
    exact = complex_step(lambda points: mixed_return(world, points, none, mix), theta)
    got = student.mixed_gradient(*world, theta, mix)
    exactly(got, exact, f"mixed_gradient at mix = {mix:.3g}")


@mixed_gradient.test("without mixing it is the gradient of the paper's policy, bias last", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    of_mixed(student, random_world(rng), rng.normal(size=18), 0.0)


@mixed_gradient.test("with a mix between 0.2 and 0.8", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    of_mixed(student, random_world(rng), rng.normal(size=18), float(rng.uniform(0.2, 0.8)))


@mixed_gradient.test("it fades as the mix goes to 1, and is zero there", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta = random_world(rng), rng.normal(size=18)
    for mix in (0.99, 1.0):
        of_mixed(student, world, theta, mix)


@mixed_gradient.test(
    "fresh worlds with an end, gaps of 4 to 8, and all logits moved by 1,000", points=4, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    for size in ((6, 2), (4, 4)):
        theta = rng.normal(size=size[0] * size[1] + size[1])
        theta[: -size[1] : size[1]] += rng.uniform(4, 8, size=size[0])
        theta[-size[1] :] += 1000.0
        of_mixed(student, ending(random_world(rng, *size)), theta, float(rng.uniform(0.05, 0.5)))


# is_gradient -----------------------------------------------------------------------------------------------


@is_gradient.test("accepts the right gradient and refuses one wrong sign in twelve", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    f = random_smooth(rng)
    judged(student, f, f.gradient, True, "the right gradient")
    wrong = np.where(f.slope == -0.5, 0.5, f.gradient)
    judged(student, f, wrong, False, "one wrong sign")


@is_gradient.test("refuses a gradient that is 1% too short, or has two entries exchanged", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    f = random_smooth(rng)
    judged(student, f, f.gradient, True, "the right gradient")
    judged(student, f, 0.99 * f.gradient, False, "a gradient 1% too short")
    exchanged = f.gradient.copy()
    places = np.flatnonzero((f.slope == 1) | (f.slope == 0))
    exchanged[places] = exchanged[places[::-1]]
    judged(student, f, exchanged, False, "two entries exchanged")


@is_gradient.test("judges alike in other units: an objective 1e8 times as small, or as large", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    for scale in (1e-8, 1e8):
        f = random_smooth(rng, scale=scale)
        judged(student, f, f.gradient, True, f"the right gradient, objective times {scale:g}")
        judged(student, f, 0.99 * f.gradient, False, f"1% too short, objective times {scale:g}")


@is_gradient.test("draws the line at 1e-5 of the largest: half of it passes, twice as much not", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    """With h from 1e-6 to 1e-3 differences are wrong by less than 2e-6: 7e-6 is right, 1.8e-5 is wrong.

    All entries but one are nearly as large as the largest: the length of the gradient is above 2.9 times
    that, and the length of a deviation of 5e-6 in each of twelve entries is 1.7e-5.
    """
    f = random_smooth(rng)
    f = replace(f, slope=np.where(f.slope == 1, 1.0, rng.choice([-0.9, 0.9], size=f.slope.size)))
    signs = rng.choice([-1.0, 1.0], size=f.slope.size)
    judged(student, f, f.gradient + 5e-6 * signs, True, "each entry off by 5e-6 of the largest")
    for place, sign in enumerate(signs):
        wrong = f.gradient.copy()
        wrong[place] += 2e-5 * sign
        judged(student, f, wrong, False, f"entry {place} off by 2e-5 of the largest")


@is_gradient.test("is not misled by a large constant in the objective", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    f = random_smooth(rng, offset=1e4)
    judged(student, f, f.gradient, True, "the right gradient, 10,000 added to the objective")
    judged(student, f, 0.99 * f.gradient, False, "1% too short, 10,000 added to the objective")


@is_gradient.test("accepts no gradient that is not finite", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    f = random_smooth(rng)
    judged(student, f, f.gradient, True, "the right gradient")
    for bad in (np.nan, np.inf):
        claimed = f.gradient.copy()
        claimed[rng.integers(claimed.size)] = bad
        judged(student, f, claimed, False, f"a gradient with an entry {bad}")


# value_and_gradient ----------------------------------------------------------------------------------------


def of_both(student: Student, world: World, theta: Array, tau: Array, mix: float) -> tuple[Any, Any]:
    """Return what the student has for value and gradient."""
    got = student.value_and_gradient(*world, theta, tau, mix)
    value, slope = expect.items(got, 2, "value_and_gradient")
    return value, slope


def both_right(student: Student, world: World, theta: Array, tau: Array, mix: float, what: str) -> None:
    """Demand the soft return of a mixed policy, and its gradient."""
    value, slope = of_both(student, world, theta, tau, mix)
    exactly(value, mixed_return(world, theta[None], tau, mix)[0], f"the value, {what}")
    exact = complex_step(lambda points: mixed_return(world, points, tau, mix), theta)
    exactly(slope, exact, f"the gradient, {what}")


@value_and_gradient.test("the value is the soft return of the policy that is played", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=18), random_bonus(rng, 5)
    mix = float(rng.uniform(0.2, 0.8))
    value, _ = of_both(student, world, theta, tau, mix)
    exactly(value, mixed_return(world, theta[None], tau, mix)[0], f"the value at mix = {mix:.3g}")


@value_and_gradient.test("the gradient is its derivative", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=18), random_bonus(rng, 5)
    mix = float(rng.uniform(0.2, 0.8))
    _, slope = of_both(student, world, theta, tau, mix)
    exact = complex_step(lambda points: mixed_return(world, points, tau, mix), theta)
    exactly(slope, exact, f"the gradient at mix = {mix:.3g}")


@value_and_gradient.test("fresh worlds with an end that is masked", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = ending(random_world(rng, 4, 4)), rng.normal(size=20), differing_bonus(rng, 4)
    both_right(student, world, theta, tau, float(rng.uniform(0.05, 0.5)), "with tau(s), the end masked")


@value_and_gradient.test("logits of 1,000 give numbers, and the right ones", points=2, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=18), random_bonus(rng, 5)
    theta[0:9:3] += rng.uniform(800, 2000, size=3)
    theta[1] = theta[0] - rng.uniform(0.5, 1.5)
    both_right(student, world, theta, tau, 0.1, "two states sure of an action, one torn between two")


# hessian_vectors -------------------------------------------------------------------------------------------


def products(student: Student, world: World, theta: Array, tau: Array, vectors: Array, what: str) -> Array:
    """Demand Hessian-vector products, and return them."""
    got = student.hessian_vectors(*world, theta, tau, vectors)
    return exactly(got, true_hessian_vectors(world, theta, tau, vectors), f"hessian_vectors, {what}")


@hessian_vectors.test("without entropy it is the derivative of the gradient along v", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta = random_world(rng), rng.normal(size=(5, 3))
    products(student, world, theta, np.zeros(5), rng.normal(size=(1, 5, 3)), "tau = 0, one vector")


@hessian_vectors.test("with entropy, along two vectors", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=(5, 3)), random_bonus(rng, 5)
    products(student, world, theta, tau, rng.normal(size=(2, 5, 3)), f"tau = {tau[0]:.3g}, two vectors")


@hessian_vectors.test("unit vectors give a symmetric matrix that a state's constant does not see", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng), rng.normal(size=(5, 3)), random_bonus(rng, 5)
    units = np.eye(15).reshape(15, 5, 3)
    matrix = products(student, world, theta, tau, units, "all unit vectors").reshape(15, 15)
    exactly(matrix - matrix.T, np.zeros((15, 15)), "the Hessian less its transpose")
    silent = np.repeat(np.eye(5), 3, axis=1)
    exactly(silent @ matrix, np.zeros((5, 15)), "the Hessian times a constant in one state")


@hessian_vectors.test(
    "weights tau(s) that differ, the end masked, and vectors a million times as long",
    points=3,
    at_grading=True,
)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = ending(random_world(rng)), rng.normal(size=(5, 3)), differing_bonus(rng, 5)
    vectors = rng.normal(size=(3, 5, 3))
    products(student, world, theta, tau, vectors, "with tau(s), the end masked")
    what = "hessian_vectors of 1e6 times the vectors, divided by 1e6"
    got = expect.array(student.hessian_vectors(*world, theta, tau, 1e6 * vectors), (3, 5, 3), what)
    exactly(got / 1e6, true_hessian_vectors(world, theta, tau, vectors), what)


@hessian_vectors.test(
    "four states, actions and vectors, and two states that are sure", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    world, theta, tau = random_world(rng, 4, 4), rng.normal(size=(4, 4)), differing_bonus(rng, 4)
    theta[1:3, 0] += rng.uniform(800, 2000, size=2)
    products(student, world, theta, tau, rng.normal(size=(4, 4, 4)), "four of everything, two states sure")
