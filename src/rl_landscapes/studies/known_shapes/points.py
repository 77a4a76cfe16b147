"""Points whose shape is known without any probe: found where the gradient vanishes, or made."""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import least_squares

from rl_landscapes.arrays import Array
from rl_landscapes.objectives import ExactReturn, Objective, optimal, plateau, quadratic_of_spectrum, ramp
from rl_landscapes.policies import deterministic_theta, linear
from rl_landscapes.policies.softmax import Softmax
from rl_landscapes.probes import full_spectrum
from rl_landscapes.studies.common import paper_return
from rl_landscapes.studies.known_shapes.settings import Settings

Point = tuple[Objective, Array, str]  # the objective, theta (n,), and the shape there
VANISHES = 1e-8  # length of a gradient that counts as none
CLEARLY = 2.0  # a bend counts from twice the smallest change on, and as none up to half of it
SIDE, N_ACTIONS = 5, 4


def shape_at(objective: ExactReturn, theta: Array, alpha: float, smallest: float) -> str | None:
    """Return the shape at a stationary point from all eigenvalues of its Hessian; None where it is not clear.

    A direction with curvature c bends by alpha^2 c / 2. Of two points as close to a threshold as a probe's
    error, neither shape would be wrong, so such points are left out.
    """
    bends = alpha**2 * full_spectrum(objective, theta).values / 2
    up, down = bends[-1], -bends[0]
    if down > CLEARLY * smallest and up > CLEARLY * smallest:
        return "saddle"
    if down > CLEARLY * smallest and up < smallest / CLEARLY:
        return "optimum"
    return None


def shared_policy(by_diagonal: bool) -> Softmax:
    """Return a policy of the paper's world in which states share logits: all of them, or those of a diagonal.

    A softmax with logits of its own in every state has no stationary point but the optimum once entropy
    counts, for a vanishing gradient then makes every advantage vanish. With shared logits there are saddles.
    """
    cells = np.arange(SIDE**2)
    groups = cells // SIDE + cells % SIDE if by_diagonal else np.zeros_like(cells)
    n_groups = int(groups.max()) + 1
    features = np.zeros((SIDE**2 + 1, N_ACTIONS, n_groups, N_ACTIONS))  # the absorbing state learns nothing
    for action in range(N_ACTIONS):
        features[cells, action, groups, action] = 1
    return linear(features.reshape(SIDE**2 + 1, N_ACTIONS, -1))


def stationary_points(
    objective: ExactReturn, settings: Settings, rng: np.random.Generator
) -> Iterator[Array]:
    """Follow the gradient's length down from random points; yield every distinct end where it vanishes."""
    n = objective.n_parameters
    seen: set[float] = set()
    for scale in rng.choice([0.3, 1.0, 2.0], size=settings.n_searches):
        found = least_squares(
            lambda theta: objective.gradient(theta[None])[0],
            scale * rng.normal(size=n),
            jac=lambda theta: objective.hvp(theta, np.eye(n)),
            xtol=1e-14,
            ftol=1e-15,
            gtol=1e-14,
            max_nfev=200,
        ).x
        value, gradient = objective.value_and_gradient(found[None])
        known = round(float(value[0]), 6)  # the same point shifted along the gauge has the same return
        if (
            np.linalg.norm(gradient) < VANISHES
            and np.abs(found).max() < settings.farthest
            and known not in seen
        ):
            seen.add(known)
            yield found


def found_points(
    settings: Settings, tau: float, counted: bool, smallest: float, rng: np.random.Generator
) -> Iterator[Point]:
    """Yield optima and saddles of the return with entropy: of shared policies, and of the paper's own."""
    plain = paper_return(tau=tau, count_absorbing=counted)
    for by_diagonal in (False, True):
        objective = plain.with_policy(shared_policy(by_diagonal))
        for theta in stationary_points(objective, settings, rng):
            shape = shape_at(objective, theta, settings.alpha, smallest)
            if shape is not None:
                yield objective, theta, shape
    probs = optimal(plain.mdp, tau=tau, count_absorbing=counted).probs
    probs[plain.mdp.absorbing] = 1 / N_ACTIONS  # all the same to a masked absorbing state
    logits = np.log(probs) - np.log(probs).mean(axis=1, keepdims=True)
    theta = np.concatenate([logits.ravel(), np.zeros(N_ACTIONS)])
    shape = shape_at(plain, theta, settings.alpha, smallest)
    if shape is not None and np.linalg.norm(plain.gradient(theta[None])) < VANISHES:
        yield plain, theta, shape


def made_points(settings: Settings, n: int, rng: np.random.Generator) -> Iterator[Point]:
    """Yield functions of `n` parameters that have a known shape at the origin.

    Curvatures are of size 1/2 to 2, as at the points of the gridworld; a saddle has as many directions up as
    down, or a single one up. A ramp rises as steeply along a typical direction, whatever n.
    """
    origin = np.zeros(n)
    for _ in range(settings.n_made):
        sizes = rng.uniform(0.5, 2, size=n)
        half, single = np.where(np.arange(n) < n // 2, 1, -1), np.where(np.arange(n) < 1, 1, -1)
        yield quadratic_of_spectrum(-sizes, rng), origin, "optimum"
        yield quadratic_of_spectrum(half * sizes, rng), origin, "saddle"
        yield quadratic_of_spectrum(single * sizes, rng), origin, "saddle"
        yield ramp(sizes), origin, "linear"
        yield plateau(n), origin, "flat"


def saturated_points(settings: Settings) -> Iterator[Point]:
    """Yield nearly deterministic policies, whose return a step of alpha hardly moves."""
    objective = paper_return()
    policy = objective.policy
    for logit in settings.logits:
        for action in range(N_ACTIONS):
            yield objective, deterministic_theta(policy, np.full(policy.n_states, action), logit), "flat"
