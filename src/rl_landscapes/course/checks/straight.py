"""What is asked of the path between two policies that is straight in what they do."""

import numpy as np

from rl_landscapes.arrays import Array
from rl_landscapes.course import expect
from rl_landscapes.course.checks import worlds
from rl_landscapes.course.running.student import Student

Generator = np.random.Generator


def walked(student: Student, world: worlds.World, ends: tuple[Array, Array], shares: Array) -> Array:
    """Return the student's policies (K, S, A), which must be probabilities in every state."""
    got = student.occupancy_path(world.P, world.gamma, world.rho, *ends, shares)
    path = expect.array(got, (len(shares), *world.r.shape), "occupancy_path(...)")
    expect.true(bool((path >= -1e-12).all()), "probabilities must not be negative", got=path.min())
    expect.close(path.sum(axis=-1), np.ones(path.shape[:2]), "sums of the probabilities of each state")
    return path


def straight(world: worlds.World, ends: tuple[Array, Array], shares: Array) -> Array:
    """Return the policies (K, S, A): in each state a mean of two, weighed by share and visits.

    Where neither policy comes it is NaN.
    """
    policies = [worlds.mixed(end) for end in ends]
    visits = [worlds.occupancy(world.P, world.gamma, world.rho, pi) for pi in policies]
    weights = np.stack([np.outer(1 - shares, visits[0]), np.outer(shares, visits[1])])
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = (weights / weights.sum(axis=0))[..., None]
    path: Array = weights[0] * policies[0] + weights[1] * policies[1]
    return path


def demand_straight(
    student: Student, world: worlds.World, ends: tuple[Array, Array], shares: Array, what: str
) -> Array:
    """Demand the policies in all states that are visited; return the student's."""
    path, expected = walked(student, world, ends, shares), straight(world, ends, shares)
    expect.close(np.where(np.isnan(expected), 0, path), np.nan_to_num(expected), what, atol=1e-8)
    return path


def demand_in_proportion(world: worlds.World, path: Array, shares: Array, rng: Generator, what: str) -> None:
    """Demand that any rewards are earned in proportion to the share; shares 0 and 1 stand last."""
    for number in range(3):
        r = rng.normal(size=world.r.shape)
        earned = worlds.returns(world.P, r, world.gamma, world.rho, path, np.zeros(len(world.rho)))
        first, last = earned[-2:]
        line = (1 - shares) * first + shares * last
        expect.close(earned, line, f"returns on the path for rewards no. {number + 1}, {what}", atol=1e-7)


def pair(world: worlds.World, rng: Generator, scale: float = 2.0) -> tuple[Array, Array]:
    """Draw the logits of two policies."""
    first, last = rng.normal(scale=scale, size=(2, *world.r.shape))
    return first, last


def by_hand(student: Student, rng: Generator) -> None:
    """Ask at a turnstile: the first policy leaves with 1/2, the second with 3/4; gamma = 1/2.

    A policy that leaves with p is at the gate 1 / (1 - gamma (1 - p)) times, 4/3 and 8/7. Halfway it leaves
    with (4/3 x 1/2 + 8/7 x 3/4) / (4/3 + 8/7) = 8/13, at a quarter with (1/2 + 3/14) / (1 + 2/7) = 5/9.
    """
    world = worlds.turnstile(1.0, 2, 0.5)
    ends = np.zeros((2, 2)), np.array([[np.log(3.0), 0.0], [0.0, 0.0]])
    path = walked(student, world, ends, np.array([0.5, 0.25]))
    what = "to leave with 1/2 or 3/4 or else to stay, gamma = 1/2: leaving at shares 1/2 and 1/4"
    expect.close(path[:, 0, 0], [8 / 13, 5 / 9], what)


def at_the_ends(student: Student, rng: Generator) -> None:
    """Ask for the two policies themselves."""
    world = worlds.random_world(rng, 0.9)
    ends = pair(world, rng)
    path = walked(student, world, ends, np.array([1.0, 0.0]))
    expect.close(path[0], worlds.mixed(ends[1]), "the policy at share 1")
    expect.close(path[1], worlds.mixed(ends[0]), "the policy at share 0")


def in_proportion(student: Student, rng: Generator) -> None:
    """Ask for the straight path in a world that ends, by what it earns and by its policies."""
    shares = np.array([0.5, 0.1, 0.9, 0.25, 0.0, 1.0])
    world = worlds.any_world(rng, 0.95)
    ends = pair(world, rng)
    path = walked(student, world, ends, shares)
    demand_in_proportion(world, path, shares, rng, "gamma = 0.95")
    demand_straight(student, world, ends, shares, "policies on the path, gamma = 0.95")


def never_seen(student: Student, rng: Generator) -> None:
    """Ask where neither policy comes: a state that nothing leads to."""
    world = worlds.unreachable(worlds.random_world(rng, 0.9))
    shares = np.array([0.3, 0.0, 1.0])
    demand_straight(student, world, pair(world, rng), shares, "policies in the states that are visited")


def large_logits(student: Student, rng: Generator) -> None:
    """Ask for policies that are sure of their actions: gaps of 1,000 and more."""
    world = worlds.random_world(rng, 0.9)
    first = rng.choice([-1, 1], size=world.r.shape) * rng.uniform(800, 2000, size=world.r.shape)
    ends = first, np.roll(first, 1, axis=1)  # nowhere do both choose the same action
    demand_straight(student, world, ends, np.array([0.5, 0.2]), "policies, logits up to 2,000")


def fresh_paths(student: Student, rng: Generator) -> None:
    """Draw worlds with and without an end, with a state that is never visited, patient and not."""
    shares = np.concatenate([rng.uniform(0.05, 0.95, size=4), [0.0, 1.0]])
    for gamma in (0.0, 0.5, 0.99):
        for world in (worlds.any_world(rng, gamma), worlds.unreachable(worlds.random_world(rng, gamma))):
            ends, what = pair(world, rng, 3.0), f"gamma = {gamma:g}"
            path = demand_straight(student, world, ends, shares, f"policies on the path, {what}")
            demand_in_proportion(world, path, shares, rng, what)
    large_logits(student, rng)
