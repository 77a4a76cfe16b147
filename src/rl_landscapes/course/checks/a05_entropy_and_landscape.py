"""Assignment 5: a policy that is stuck, seen through entropy and through mixing; windows of weights; spectra.

What is expected is a closed form, a linear system solved here, or a property that defines the answer. Two
functions draw random numbers. Their tests allow what an inequality with explicit constants allows, and fail a
right answer with a chance of at most 2e-7 for a student; the docstrings say how. All other tests are exact.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import landscapes, worlds
from rl_landscapes.course.running.student import Student

assignment = Assignment(
    "05-entropy-and-landscape",
    "Entropy and landscape",
    closed=("rl_landscapes.objectives", "rl_landscapes.policies", "rl_landscapes.probes"),
    packages=("numpy",),
)

soft_returns = assignment.question(
    "soft_returns",
    hints=(
        "One policy after the other will do: mix first, then everything else is about the mixed policy. "
        "Where a probability is 0, p log p is 0.",
        "With p = (1 - mix) softmax(logits) + mix / A, the pay of a state is sum(p r) + tau(s) H(s), where "
        "H = -sum(p log p) with the logarithm taken where p > 0. The values solve (I - gamma P_p) V = pay, "
        "and the return is rho' V.",
    ),
    difficulty=3,
    minutes=15,
)

through_weights = assignment.question(
    "through_weights",
    hints=(
        "At fixed points O_tau = O + tau E. Probe O once and E once; everything else is arithmetic.",
        "From both functions at theta + alpha d, theta - alpha d and theta form the changes forward and "
        "back, (D,) each; then forward = O_forward + taus[:, None] * E_forward, and back alike. A direction "
        "goes up where forward > 0, and truly where O_forward > 0 as well.",
    ),
    difficulty=3,
    minutes=15,
)

rising_weights = assignment.question(
    "rising_weights",
    hints=(
        "Take one step of the path: its return changes by a, its entropy by b. For which tau is a + tau b "
        "not negative? There are four cases, by the sign of b.",
        "Steps with b > 0 give lower bounds -a / b, steps with b < 0 upper bounds a / -b, and a step with "
        "b = 0 and a < 0 forbids everything. The answer is the largest lower bound, at least 0, and the "
        "smallest upper bound; None if they are in the wrong order.",
    ),
    difficulty=3,
    minutes=15,
)

largest_stable_weight = assignment.question(
    "largest_stable_weight",
    hints=(
        "A step is stable as long as the lowest eigenvalue of H + tau K is at least -2 / step. It is a "
        "concave function of tau: once it has fallen below, it does not come back.",
        "If K has no negative eigenvalue the answer is infinity. Otherwise double tau until the step is too "
        "long, then bisect some sixty times with np.linalg.eigvalsh(H + tau * K)[0].",
    ),
    difficulty=3,
    minutes=15,
)

sampled_spectrum = assignment.question(
    "sampled_spectrum",
    hints=(
        "The mean of the sampled curvatures is that of the eigenvalues. Their variance is smaller than that "
        "of the eigenvalues, by a factor that depends on n alone.",
        "curvatures = (product(d) * d).sum(axis=1) for unit directions d (D, n); with s their standard "
        "deviation (ddof=1), the error of the mean is s / sqrt(D), the spread is s sqrt((n + 2) / 2).",
    ),
    difficulty=2,
    minutes=15,
)

extreme_curvatures = assignment.question(
    "extreme_curvatures",
    hints=(
        "Keep all vectors of the basis. The next one is the product with the last, made orthogonal to all of "
        "them; do that twice, since rounding leaves something the first time.",
        "With basis q_1 .. q_k and images H q_j, the small matrix T = Q H Q' (k, k) has the eigenvalues "
        "asked for. Stop when the part of H q_k that is left has less than 1e-10 of the length of H q_k, or "
        "if H q_k is zero.",
    ),
    difficulty=4,
    minutes=25,
)


# soft_returns ----------------------------------------------------------------------------------------------


def turns(rng: np.random.Generator, mix: float) -> tuple[Any, ...]:
    """Draw four policies at a turnstile."""
    P, r, gamma, rho, absorbing = worlds.turnstile(5.0, 4, 0.9)
    return P, r, gamma, rho, rng.normal(scale=3, size=(4, 2, 4)), 0.0, mix, absorbing, True


def policies(
    rng: np.random.Generator, tau: float, mix: float, counted: bool, *, first: bool = False
) -> tuple[Any, ...]:
    """Draw three policies in a world whose first or last state is absorbing."""
    world = worlds.random_world(rng, float(rng.uniform(0.9, 0.95)))
    P, r, gamma, rho, absorbing = worlds.ending(world, 0 if first else len(world.rho) - 1)
    return P, r, gamma, rho, rng.normal(scale=2, size=(3, *r.shape)), tau, mix, absorbing, counted


def sure(rng: np.random.Generator, mix: float, counted: bool) -> tuple[Any, ...]:
    """Draw three policies with gaps up to 4,000 in a world of great patience."""
    P, r, gamma, rho, absorbing = worlds.any_world(rng, 0.999)
    logits = rng.choice([-1, 1], size=(3, *r.shape)) * rng.uniform(500, 2000, size=r.shape)
    return P, r, gamma, rho, logits, 0.3, mix, absorbing, counted


soft_returns.agrees_with(
    worlds.soft_returns,
    "without entropy and without mixing, the true returns of several policies",
    policies,
    [{"tau": 0.0, "mix": 0.0, "counted": True}],
    points=4,
    atol=1e-8,
)
soft_returns.agrees_with(
    lambda P, r, gamma, rho, logits, tau, mix, *_: (
        5 * worlds.mixed(logits[:, 0], mix)[:, 0] / (1 - 0.9 * (1 - worlds.mixed(logits[:, 0], mix)[:, 0]))
    ),
    "mixing plays uniformly every so often, whatever the logits",
    turns,
    [{"mix": 1.0}, {"mix": 0.25}],
    points=4,
)
soft_returns.agrees_with(
    worlds.soft_returns,
    "the entropy is that of the mixed policy, counted after the end or masked",
    policies,
    [
        {"tau": 0.4, "mix": mix, "counted": counted, "first": first}
        for counted in (True, False)
        for mix in (0.0, 0.5)
        for first in (False, True)
    ],
    points=4,
    atol=1e-8,
)
soft_returns.agrees_with(
    worlds.soft_returns,
    "policies that are sure of themselves, at fresh gaps up to 2,000",
    sure,
    [{"mix": mix, "counted": counted} for mix in (0.0, 0.3) for counted in (True, False)],
    points=3,
    at_grading=True,
    atol=1e-8,
)


# through_weights -------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """Return and entropy as two quadratics around theta, with what is known of their landscapes."""

    slopes: tuple[Array, Array]  # at theta
    hessians: tuple[Array, Array]
    theta: Array

    def functions(self, most: int = landscapes.MOST) -> list[landscapes.Function]:
        """Return both as functions of points (K, n) that refuse more than `most` points in all."""
        return [
            limited(landscapes.quadratic(g - H @ self.theta, H), most)
            for g, H in zip(self.slopes, self.hessians, strict=True)
        ]

    def slope(self, directions: Array, taus: Array) -> Array:
        """Return slopes (T, D)."""
        true, entropy = (directions @ g for g in self.slopes)
        return true + taus[:, None] * entropy

    def curvature(self, directions: Array, taus: Array) -> Array:
        """Return curvatures (T, D)."""
        true, entropy = (np.einsum("di,ij,dj->d", directions, H, directions) for H in self.hessians)
        return true + taus[:, None] * entropy


def limited(function: landscapes.Function, most: int) -> landscapes.Function:
    """Return a function that may be asked for `most` points, over all its calls."""
    asked = [0]

    def value(points: Array) -> Array:
        asked[0] += np.shape(points)[0] if np.ndim(points) == 2 else 1
        if asked[0] > most:
            raise ValueError(f"{most} points are enough, but at least {asked[0]} have been asked for")
        return function(points)

    return value


def random_pair(rng: np.random.Generator, n: int) -> Pair:
    """Return two random quadratics in n dimensions."""
    slopes, hessians = rng.normal(size=(2, n)), (landscapes.symmetric(n, rng), landscapes.symmetric(n, rng))
    return Pair((slopes[0], slopes[1]), hessians, rng.normal(size=n))


def looked(
    student: Student, pair: Pair, directions: Array, alpha: float, taus: Array, most: int = landscapes.MOST
) -> dict[str, Array]:
    """Return the student's answer as arrays of their shapes; truly_up may hold NaN."""
    names, (n_taus, n_directions) = ("slope", "curvature", "up", "truly_up"), (len(taus), len(directions))
    what = "through_weights(...)"
    got = student.through_weights(*pair.functions(most), pair.theta, directions, alpha, taus)
    found = expect.fields(got, names, what)
    shapes = [(n_taus, n_directions)] * 2 + [(n_taus,)] * 2
    return {
        name: expect.array(found[name], shape, f'{what}["{name}"]', finite=name != "truly_up")
        for name, shape in zip(names, shapes, strict=True)
    }


TAUS = np.array([0.0, 0.01, 0.1, 1.0])
COMPASS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
EAST = Pair((np.array([1.0, 0.1]), np.array([-2.0, 1.0])), (np.zeros((2, 2)), np.zeros((2, 2))), np.zeros(2))

LEVEL = EAST._replace(slopes=(np.array([1.0, 0.0]), np.array([0.0, 1.0])))


@through_weights.test("slope and curvature along each direction, for each weight", points=5)
def _(student: Student, rng: np.random.Generator) -> None:
    pair, directions = random_pair(rng, 5), landscapes.directions(6, 5, rng)
    for alpha in (0.1, 2.0):
        found = looked(student, pair, directions, alpha, TAUS)
        expect.close(found["slope"], pair.slope(directions, TAUS), f"slope at alpha = {alpha:g}", atol=1e-9)
        expected = pair.curvature(directions, TAUS)
        expect.close(found["curvature"], expected, f"curvature at alpha = {alpha:g}", atol=1e-9)


@through_weights.test("the share of directions that go up, of four on a slope that turns", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    found = looked(student, EAST, COMPASS[:3], 0.5, TAUS)
    expect.close(found["up"], [2 / 3, 2 / 3, 2 / 3, 2 / 3], "share of east, north and west that goes up")
    found = looked(student, EAST, COMPASS[:2], 0.5, TAUS)
    expect.close(found["up"], [1.0, 1.0, 1.0, 0.5], "share of east and north that goes up")


@through_weights.test("and of those that do, the share that truly goes up", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    found = looked(student, EAST, COMPASS, 0.5, TAUS)
    expect.close(found["truly_up"], [1.0, 1.0, 1.0, 0.5], "share that truly goes up, of those that go up")
    found = looked(student, LEVEL, COMPASS[:2], 0.5, TAUS)
    what = "where the return rises to the east and is level to the north, the entropy the other way round"
    expect.close(found["up"], [0.5, 1.0, 1.0, 1.0], f"share of east and north that goes up, {what}")
    expect.close(found["truly_up"], [1.0, 0.5, 0.5, 0.5], f"share that truly goes up, {what}")


@through_weights.test("2 D + 1 points of each function are enough for any number of weights", points=1)
def _(student: Student, rng: np.random.Generator) -> None:
    directions = landscapes.directions(6, 4, rng)
    looked(student, random_pair(rng, 4), directions, 0.5, np.linspace(0, 1, 20), most=13)


@through_weights.test(
    "fresh landscapes, with weights at which nothing goes up: NaN", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    pair, directions = random_pair(rng, 6), landscapes.directions(40, 6, rng)
    hill = -(pair.hessians[0] @ pair.hessians[0]) - 50 * np.eye(6)  # steeper down than any slope goes up
    alpha, taus = float(rng.uniform(0.5, 1.5)), np.array([0.0, float(rng.uniform(50, 100))])
    peak = Pair((np.zeros(6), pair.slopes[1]), (hill, np.zeros((6, 6))), pair.theta)
    for case, weights in ((pair, np.append(TAUS, rng.uniform(0, 5, size=3))), (peak, taus)):
        found = looked(student, case, directions, alpha, weights)
        forward = alpha * case.slope(directions, weights) + alpha**2 / 2 * case.curvature(directions, weights)
        up, truly = forward > 0, forward[0] > 0  # the first weight is 0
        expect.close(found["up"], up.mean(axis=1), "share of directions that go up")
        for share, row in zip(found["truly_up"], up, strict=True):
            if row.any():
                expect.close(share, (row & truly).sum() / row.sum(), "share that truly goes up, of those")
            else:
                expect.true(bool(np.isnan(share)), "where nothing goes up truly_up must be NaN", got=share)


# rising_weights --------------------------------------------------------------------------------------------


def interval(student: Student, returns: Array, entropies: Array) -> tuple[float, float]:
    """Return the student's interval of weights, which must not be None."""
    what = f"rising_weights, path of {len(returns)} points"
    got = student.rising_weights(returns, entropies)
    expect.true(got is not None, f"{what}: there are such weights", got="None", expected="(low, high)")
    low, high = expect.items(got, 2, what)
    return expect.number(low, f"low of {what}"), expect.number(high, f"high of {what}", finite=False)


def demand_interval(
    student: Student, returns: list[float], entropies: list[float], low: float, high: float
) -> None:
    """Demand an interval."""
    got = interval(student, np.array(returns), np.array(entropies))
    what = f"rising_weights({returns}, {entropies})"
    expect.close(got[0], low, f"low of {what}")
    if math.isinf(high):
        expect.true(got[1] == high, f"high of {what}", got=got[1], expected="inf")
    else:
        expect.close(got[1], high, f"high of {what}")


@rising_weights.test("enough entropy to fill the valley, and not so much that the end falls", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    demand_interval(student, [0.0, -1.0, 2.0], [0.0, 2.0, 1.0], 0.5, 3.0)
    demand_interval(student, [4.0, 3.0, 2.5, 4.5, 5.5], [0.0, 4.0, 6.0, 5.0, 4.0], 0.25, 1.0)


@rising_weights.test("from 0 if the path rises by itself, to infinity if entropy never falls", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    demand_interval(student, [0.0, 1.0, 2.0], [0.0, 1.0, 1.0], 0.0, math.inf)
    demand_interval(student, [0.0, 1.0, 2.0], [0.0, 1.0, 0.5], 0.0, 2.0)
    demand_interval(student, [0.0, -1.0, -1.0], [0.0, 0.5, 1.0], 2.0, math.inf)
    demand_interval(student, [1.0, 1.0, 2.0], [3.0, 3.0, 3.0], 0.0, math.inf)  # not to move is not to fall
    demand_interval(student, [2.0, 1.0, 2.0], [0.0, 0.5, 0.0], 2.0, 2.0)  # one weight, and no other


@rising_weights.test("None if no weight will do", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    for returns, entropies in (
        ([4.0, 3.0, 3.0, 4.0, 5.0], [0.0, 1.0, 3.0, 1.0, 0.0]),  # at least 1, at most 0.5
        ([1.0, 0.0, 2.0], [1.0, 1.0, 2.0]),  # a step down that entropy does not see
        ([1.0, 0.0], [1.0, 0.0]),  # at most -1
    ):
        got = student.rising_weights(np.array(returns), np.array(entropies))
        expect.true(got is None, f"rising_weights({returns}, {entropies}) must be None", got=got)


@rising_weights.test(
    "on fresh paths: within the interval it rises, beyond either end it falls", points=4, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    for _ in range(4):
        low, high = float(rng.uniform(0.1, 1)), float(rng.uniform(1.5, 3))
        bounds = np.concatenate([[low, high], rng.uniform(0, low, size=8), rng.uniform(high, 5, size=8)])
        ups = np.where(bounds <= low, 1.0, -1.0) * rng.uniform(0.1, 1, size=18)  # changes of entropy
        order = rng.permutation(18)
        returns, entropies = (np.append(0, np.cumsum(x[order])) for x in (-bounds * ups, ups))
        got = [
            expect.between(end, 0.0, 1e6, "an end of the interval")
            for end in interval(student, returns, entropies)
        ]
        for tau in (got[0], sum(got) / 2, got[1]):
            least = float(np.diff(returns + tau * entropies).min())
            expect.true(least > -1e-9, f"the path must not fall at tau = {tau:.6g}", got=least, expected=0.0)
        for tau in (got[0] - 0.001, got[1] + 0.001):
            least = float(np.diff(returns + tau * entropies).min())
            expect.true(least < 0, f"the path must fall at tau = {tau:.6g}, beyond the interval", got=least)


# largest_stable_weight -------------------------------------------------------------------------------------


def stable_weight(student: Student, hessian: Array, entropy_hessian: Array, step: float) -> float:
    """Return the student's weight, a number that may be infinite."""
    got = student.largest_stable_weight(hessian, entropy_hessian, step)
    return expect.number(got, "largest_stable_weight(hessian, entropy_hessian, step)", finite=False)


@largest_stable_weight.test("on common axes: the first that bends down too far", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    got = stable_weight(student, np.diag([-1.0, -6.0, 3.0]), np.diag([-10.0, 1.0, -25.0]), 0.1)
    expect.close(got, 23 / 25, "H = diag(-1, -6, 3), K = diag(-10, 1, -25), step 0.1", rtol=1e-6)
    got = stable_weight(student, np.zeros((2, 2)), np.diag([-25.0, -50.0]), 0.1)
    expect.close(got, 0.4, "H = 0, K = diag(-25, -50), step 0.1", rtol=1e-6)
    got = stable_weight(student, np.zeros((2, 2)), np.diag([-0.001, 1.0]), 0.1)
    expect.close(got, 20000.0, "H = 0, K = diag(-0.001, 1), step 0.1", rtol=1e-6)


@largest_stable_weight.test("infinity if entropy bends nothing down", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    for bends in (np.diag([1.0, 2.0]), np.zeros((2, 2))):
        got = stable_weight(student, np.diag([-1.0, 1.0]), bends, 0.5)
        expect.true(got == math.inf, "K without a negative eigenvalue", got=got, expected="inf")


@largest_stable_weight.test("a ValueError if the step is too long without entropy, and only then", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    got = stable_weight(student, np.diag([-3.0, 1.0]), np.diag([1.0, -1.0]), 0.5)
    expect.close(got, 5.0, "H = diag(-3, 1), K = diag(1, -1), step 0.5", rtol=1e-6)
    with expect.refusal("ValueError", "H = diag(-5, 1) and step 0.5: the step is too long at tau = 0"):
        student.largest_stable_weight(np.diag([-5.0, 1.0]), np.diag([1.0, -1.0]), 0.5)


@largest_stable_weight.test("on axes of their own the lowest eigenvalue is -2 / step there", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    demand_edge(student, rng, 5)


@largest_stable_weight.test(
    "fresh landscapes, and the uniform policy of any world", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    for n in (2, 9, 30):
        demand_edge(student, rng, n)
    n_actions, gamma, step = (
        int(rng.integers(2, 6)),
        float(rng.uniform(0.5, 0.99)),
        float(rng.uniform(0.05, 0.5)),
    )
    occupancy = rng.dirichlet(np.ones(4)) / (1 - gamma)
    bends = at_the_uniform_policy(occupancy, n_actions)
    got = stable_weight(student, np.zeros_like(bends), bends, step)
    exact = 2 / (step * -float(np.linalg.eigvalsh(bends)[0]))
    expect.close(got, exact, "the entropy of a uniform policy with a shared bias, no rewards", rtol=1e-6)


def demand_edge(student: Student, rng: np.random.Generator, n: int) -> None:
    """Demand that the lowest eigenvalue is -2 / step at the student's weight, in a random landscape.

    It is a concave function of the weight and above -2 / step at 0, so there is one such weight at most.
    """
    hessian, bends = landscapes.symmetric(n, rng), landscapes.symmetric(n, rng)
    bends -= (np.linalg.eigvalsh(bends)[0] + rng.uniform(0.5, 2)) * np.eye(
        n
    )  # so that it bends down somewhere
    step = float(rng.uniform(0.2, 0.9)) * 2 / max(1.0, -float(np.linalg.eigvalsh(hessian)[0]))
    tau = expect.between(stable_weight(student, hessian, bends, step), 0.0, 1e6, f"weight in {n} dimensions")
    lowest = float(np.linalg.eigvalsh(hessian + tau * bends)[0])
    expect.close(lowest, -2 / step, f"lowest eigenvalue of H + tau K at tau = {tau:.6g}", rtol=1e-6)


def at_the_uniform_policy(occupancy: Array, n_actions: int) -> Array:
    """Return the Hessian of the discounted entropy at the uniform policy: a table of logits, and a bias.

    v'K v = -(1/A) sum_s d(s) |v_s + v_b - mean|^2, the mean over actions: chapter 8 of the book.
    """
    n_states = len(occupancy)
    centred = np.eye(n_actions) - 1 / n_actions
    reads = np.concatenate([np.eye(n_states), np.ones((n_states, 1))], axis=1)  # state s reads v_s and v_b
    return -np.kron((reads.T * occupancy) @ reads, centred) / n_actions


# sampled_spectrum ------------------------------------------------------------------------------------------

DIRECTIONS = 100_000


class Seen(NamedTuple):
    """What a student's sampled_spectrum says."""

    mean: float
    mean_error: float
    spread: float


def product_of(matrix: Array, most: int = landscapes.MOST) -> landscapes.Function:
    """Return vectors (k, n) -> H v (k, n), for at most so many vectors in all."""
    return limited(lambda vectors: landscapes.rows(vectors, len(matrix)) @ matrix, most)


def sampled(student: Student, matrix: Array, n_directions: int, rng: np.random.Generator) -> Seen:
    """Return the student's answer as three numbers."""
    return answered(student.sampled_spectrum(product_of(matrix), len(matrix), n_directions, rng))


def answered(got: object) -> Seen:
    """Return what sampled_spectrum gave as three numbers."""
    found = expect.fields(got, Seen._fields, "sampled_spectrum(...)")
    return Seen(*(expect.number(found[name], f'sampled_spectrum(...)["{name}"]') for name in Seen._fields))


def demand_spectrum(student: Student, matrix: Array, rng: np.random.Generator) -> None:
    """Demand mean and spread of the eigenvalues from 100,000 directions, each missed with a chance of 1e-8.

    The D curvatures are independent and lie in [lambda_min, lambda_max], an interval of length w. Their mean
    is further than w sqrt(log(2 / p) / 2D) from tr H / n with a chance of at most p (Hoeffding 1963). Their
    deviation is further than w sqrt(2 log(2 / p) / (D - 1)) from the true one with a chance of at most p
    (Maurer and Pontil 2009, theorem 10); times sqrt((n + 2) / 2) it is the spread.
    """
    eigenvalues, n = np.linalg.eigvalsh(matrix), len(matrix)
    width, room = float(np.ptp(eigenvalues)), math.log(2 / landscapes.CHANCE)
    got, mean, spread = sampled(student, matrix, DIRECTIONS, rng), eigenvalues.mean(), eigenvalues.std()
    error = width * math.sqrt(room / (2 * DIRECTIONS))
    expect.between(got.mean, mean - error, mean + error, f"mean from {DIRECTIONS:,} directions, n = {n}")
    error = width * math.sqrt(2 * room / (DIRECTIONS - 1)) * math.sqrt((n + 2) / 2)
    expect.between(
        got.spread, spread - error, spread + error, f"spread from {DIRECTIONS:,} directions, n = {n}"
    )


@sampled_spectrum.test("all curvatures equal: their value, and no error and no spread", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    got = sampled(student, -3.0 * np.eye(7), 20, rng)
    expect.close(got, [-3.0, 0.0, 0.0], "mean, mean_error and spread for H = -3 I")


@sampled_spectrum.test("in two dimensions, mean and spread of the eigenvalues", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    """Fails a right answer with a chance of at most 2e-8: two comparisons of `demand_spectrum`."""
    demand_spectrum(student, np.diag([1.5, -0.5]), rng)


@sampled_spectrum.test("the error of the mean belongs to the spread and the number of directions", points=2)
def _(student: Student, rng: np.random.Generator) -> None:
    for n, n_directions in ((6, 50), (20, 400)):
        got = sampled(student, landscapes.symmetric(n, rng), n_directions, rng)
        expect.true(got.spread > 0, "the spread of different eigenvalues must be above 0", got=got.spread)
        ratio = math.sqrt(2 / (n + 2) / n_directions)
        what = f"mean_error over spread, {n_directions} directions in {n} dimensions"
        expect.close(got.mean_error / got.spread, ratio, what)
    reports_its_sample(student, rng)


def reports_its_sample(student: Student, rng: np.random.Generator) -> None:
    """Demand mean and spread of the curvatures along the directions that were asked for, five of them."""
    matrix, n, asked = landscapes.symmetric(4, rng), 4, list[Array]()

    def product(vectors: Array) -> Array:
        asked.append(landscapes.rows(vectors, n))
        return asked[-1] @ matrix

    means = []
    for seed in rng.integers(2**31, size=2):
        asked.clear()
        found = answered(student.sampled_spectrum(product, n, 5, np.random.default_rng(int(seed))))
        given = np.concatenate(asked) if asked else np.zeros((0, n))
        expect.true(len(given) == 5, "vectors given to product", got=len(given), expected=5)
        squares = (given**2).sum(axis=1)
        expect.true(bool((squares > 0).all()), "directions must not be 0", got=given)
        curvatures = (given @ matrix * given).sum(axis=1) / squares
        expect.close(found.mean, curvatures.mean(), "mean of the five curvatures that were sampled")
        wanted = curvatures.std(ddof=1) * math.sqrt((n + 2) / 2)
        expect.close(found.spread, wanted, "spread from five curvatures")
        means.append(found.mean)
    expect.true(means[0] != means[1], "another generator must draw other directions", got=means)


@sampled_spectrum.test("fresh spectra in three and more dimensions, on any axes", points=3, at_grading=True)
def _(student: Student, rng: np.random.Generator) -> None:
    """Fails a right answer with a chance of at most 6e-8: six comparisons of `demand_spectrum`."""
    for n in (3, 5, 8):
        eigenvalues = np.where(np.arange(n) < 1 + n // 3, 1.0, -1.0) * rng.uniform(0.5, 1, size=n)
        demand_spectrum(student, landscapes.of_spectrum(eigenvalues, rng), rng)


# extreme_curvatures ----------------------------------------------------------------------------------------


def ends(student: Student, matrix: Array, n_steps: int, seed: int) -> tuple[float, float]:
    """Return the student's lowest and highest curvature after so many products; `seed` draws the start."""
    rng = np.random.default_rng(seed)
    got = student.extreme_curvatures(product_of(matrix, n_steps), len(matrix), n_steps, rng)
    low, high = expect.items(got, 2, "extreme_curvatures(...)")
    return expect.number(low, "the lowest curvature"), expect.number(high, "the highest curvature")


def demand_ends(
    student: Student, matrix: Array, n_steps: int, rng: np.random.Generator, what: str, rtol: float = 1e-7
) -> None:
    """Demand both ends of the spectrum, to a part `rtol` of its size."""
    eigenvalues = np.linalg.eigvalsh(matrix)
    got = ends(student, matrix, n_steps, int(rng.integers(2**31)))
    size = float(np.abs(eigenvalues).max())
    expect.close(got, eigenvalues[[0, -1]], f"extreme_curvatures {what}", rtol=0.0, atol=rtol * size)


@extreme_curvatures.test("with as many steps as dimensions, both ends of the spectrum", points=4)
def _(student: Student, rng: np.random.Generator) -> None:
    """Exact unless the start has hardly a component on an end's axis: below 1e-9 with a chance of 5e-9."""
    eigenvalues = np.array([-6.0, -2.5, -1.0, -0.3, 0.4, 1.0, 2.0, 3.0]) + rng.uniform(0, 0.1, size=8)
    demand_ends(student, landscapes.of_spectrum(eigenvalues, rng), 8, rng, "in 8 dimensions, 8 steps")


@extreme_curvatures.test("never outside of the spectrum, and further out with every step", points=3)
def _(student: Student, rng: np.random.Generator) -> None:
    matrix, seed = landscapes.symmetric(30, rng), int(rng.integers(2**31))
    eigenvalues, before = np.linalg.eigvalsh(matrix), (math.inf, -math.inf)
    for n_steps in (1, 2, 4, 8, 16):
        low, high = ends(student, matrix, n_steps, seed)
        inside = eigenvalues[0] - 1e-9 <= low <= high + 1e-9 and high <= eigenvalues[-1] + 1e-9
        what = f"after {n_steps} steps in 30 dimensions"
        expect.true(bool(inside), f"{what} both ends must lie in the spectrum", got=[low, high])
        wider = low <= before[0] + 1e-9 and high >= before[1] - 1e-9
        expect.true(wider, f"{what} neither end may draw back", got=[low, high], expected=list(before))
        before = low, high
    one = ends(student, matrix, 1, seed)
    expect.close(one[0], one[1], "after one step there is one curvature, and both ends")
    other = ends(student, matrix, 1, seed + 1)
    expect.true(one[0] != other[0], "another generator must draw another start", got=other[0])
    same = [first_vector(student, matrix, n_steps, seed) for n_steps in (1, 2, 5)]
    expect.close(
        np.stack(same), np.stack(same[:1] * 3), "the first vector of 1, 2 and 5 steps, one generator"
    )


def first_vector(student: Student, matrix: Array, n_steps: int, seed: int) -> Array:
    """Return the first vector that was given to `product`, at length one."""
    asked = list[Array]()

    def product(vectors: Array) -> Array:
        found = landscapes.rows(vectors, len(matrix))
        asked.append(found)
        return found @ matrix

    student.extreme_curvatures(product, len(matrix), n_steps, np.random.default_rng(seed))
    expect.true(bool(asked and asked[0].any()), "product must be given a start that is not 0")
    first: Array = asked[0][0] / max(float(np.linalg.norm(asked[0][0])), 1e-300)
    return first


@extreme_curvatures.test(
    "four different eigenvalues in 50 dimensions take four steps, and more do no harm", points=3
)
def _(student: Student, rng: np.random.Generator) -> None:
    """Exact unless the start has hardly a component in one of four spaces of 5 dimensions and more.

    The squared share of a random direction in 5 of 50 dimensions is below 1e-5 with a chance of 3e-10.
    """
    eigenvalues = np.repeat([-2.0, -0.5, 0.5, 1.0], [20, 20, 5, 5])
    matrix = landscapes.of_spectrum(eigenvalues, rng)
    for n_steps in (4, 12):
        demand_ends(student, matrix, n_steps, rng, f"in 50 dimensions, {n_steps} steps")


@extreme_curvatures.test(
    "31 products find two axes that stand out in 100 dimensions", points=3, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    """Fails a right answer with a chance of at most 1e-8.

    By the bound of Kaniel, Paige and Saad the upper end falls short by at most w (tan f / T(1 + 2 g))^2 after
    31 steps: w = 9 is the length of the spectrum, f the angle between start and axis, T the 30th Chebyshev
    polynomial, and g = (3 - 0.1) / (0.1 + 6) the gap; so T is 2.9e16. A random direction has a component of
    less than 6e-10 on an axis with a chance of 5e-9; otherwise the bound is below 1e-13. The gap at the lower
    end is larger.
    """
    eigenvalues = np.concatenate([[-6.0, 3.0], rng.uniform(-0.1, 0.1, size=98)])
    demand_ends(student, landscapes.of_spectrum(eigenvalues, rng), 31, rng, "in 100 dimensions, 31 steps")


@extreme_curvatures.test(
    "on a plateau: curvatures of a millionth of a millionth, and none at all", points=2, at_grading=True
)
def _(student: Student, rng: np.random.Generator) -> None:
    """Exact unless the start has hardly a component on an end's axis: below 1e-9 with a chance of 5e-9.

    In two dimensions, with a start at an angle f to an axis, the part of H q that is left has the length
    0.003 |sin 2f|, and is below 1e-10 with a chance of 3e-8.
    """
    eigenvalues = np.array([-4.0, -1.0, -0.5, 0.5, 1.0, 2.0]) + rng.uniform(0, 0.1, size=6)
    matrix = landscapes.of_spectrum(eigenvalues, rng)
    demand_ends(student, 1e-12 * matrix, 6, rng, "of 1e-12 times a matrix")
    tilted = np.eye(2) + 1e-3 * landscapes.of_spectrum(np.array([-4.0, 2.0]), rng)
    demand_ends(student, tilted, 2, rng, "of I plus a matrix a thousand times smaller", 1e-10)
    got = ends(student, np.zeros((5, 5)), 5, int(rng.integers(2**31)))
    expect.close(got, [0.0, 0.0], "extreme_curvatures of H = 0")
