"""Assignment 5: a policy that is stuck, seen through entropy and mixing; windows of weights; spectra; a test.

What is expected is a closed form, a linear system solved here, or a property that defines the answer. Two
functions draw random numbers. Their tests allow what an inequality with explicit constants allows, and fail a
right answer with a chance of at most 2e-7 for a student; the docstrings say how. All other tests are exact.
"""

import math
from functools import partial
from typing import Any

import numpy as np

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import mistaken_windows, spectra, weights, worlds

Generator = np.random.Generator

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
        "The pay of a state has two parts, and the entropy in one of them is that of the policy after "
        "mixing. Which entries of tau(s) are 0, and when? np.linalg.solve takes a stack of matrices, one for "
        "each policy, if what stands on the other side is a stack of columns.",
    ),
    difficulty=3,
    minutes=15,
    line="p = (1 - mix) * p + mix / n_actions",
)


def turns(rng: Generator, mix: float) -> tuple[Any, ...]:
    """Draw four policies at a turnstile."""
    P, r, gamma, rho, absorbing = worlds.turnstile(5.0, 4, 0.9)
    return P, r, gamma, rho, rng.normal(scale=3, size=(4, 2, 4)), 0.0, mix, absorbing, True


def policies(
    rng: Generator, tau: float, mix: float, counted: bool, *, first: bool = False
) -> tuple[Any, ...]:
    """Draw three policies in a world whose first or last state is absorbing."""
    world = worlds.random_world(rng, float(rng.uniform(0.9, 0.95)))
    P, r, gamma, rho, absorbing = worlds.ending(world, 0 if first else len(world.rho) - 1)
    return P, r, gamma, rho, rng.normal(scale=2, size=(3, *r.shape)), tau, mix, absorbing, counted


def sure(rng: Generator, mix: float, counted: bool) -> tuple[Any, ...]:
    """Draw three policies with gaps up to 4,000 in a world of great patience."""
    P, r, gamma, rho, absorbing = worlds.any_world(rng, 0.999)
    logits = rng.choice([-1, 1], size=(3, *r.shape)) * rng.uniform(500, 2000, size=r.shape)
    return P, r, gamma, rho, logits, 0.3, mix, absorbing, counted


soft_returns.agrees_with(
    worlds.soft_returns,
    "without entropy and without mixing, the true returns of several policies",
    policies,
    [{"tau": 0.0, "mix": 0.0, "counted": True}],
    points=3,
    atol=1e-8,
)
soft_returns.agrees_with(
    lambda P, r, gamma, rho, logits, tau, mix, *_: (
        5 * worlds.mixed(logits[:, 0], mix)[:, 0] / (1 - 0.9 * (1 - worlds.mixed(logits[:, 0], mix)[:, 0]))
    ),
    "mixing plays uniformly every so often, whatever the logits",
    turns,
    [{"mix": 1.0}, {"mix": 0.25}],
    points=3,
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


through_weights = assignment.question(
    "through_weights",
    hints=(
        "At fixed points O_tau = O + tau E. Probe O once and E once; everything else is arithmetic.",
        "Of each function form the changes ahead and behind once. What shape do they take together, with the "
        "weights as a column? And among which directions is `truly_up` a share: of all, or of those that go "
        "up at this weight?",
    ),
    difficulty=3,
    minutes=15,
    line="forward, back = true_forward + weights * forward, true_back + weights * back",
)
through_weights.test("slope and curvature along each direction, for each weight", points=3)(
    weights.slopes_and_curvatures
)
through_weights.test("the share of directions that go up, of four on a slope that turns", points=2)(
    weights.goes_up
)
through_weights.test("and of those that do, the share that truly goes up", points=3)(weights.truly_goes_up)
through_weights.test("NaN at weights at which nothing goes up", points=2)(weights.fresh_landscapes)
through_weights.test("2 D + 1 points of each function are enough for any number of weights", points=1)(
    weights.asks_little
)
through_weights.test("fresh landscapes, with weights at which nothing goes up", points=2, at_grading=True)(
    weights.fresh_landscapes
)


rising_weights = assignment.question(
    "rising_weights",
    hints=(
        "Take one step of the path: its return changes by a, its entropy by b. For which tau is a + tau b "
        "not negative? There are four cases, by the sign of b.",
        "With b > 0 a step asks for a tau large enough, with b < 0 for one small enough, and with b = 0 it "
        "says yes to all or to none. All steps ask at once: which of the lower bounds counts, which of the "
        "upper ones, and when do they leave nothing?",
    ),
    difficulty=3,
    minutes=15,
    line="low = max(0.0, np.max(-a[b > 0] / b[b > 0], initial=0.0))",
)
rising_weights.gives(
    "enough entropy to fill the valley, and not so much that the end falls",
    (([0.0, -1.0, 2.0], [0.0, 2.0, 1.0]), (0.5, 3.0)),
    (([4.0, 3.0, 2.5, 4.5, 5.5], [0.0, 4.0, 6.0, 5.0, 4.0]), (0.25, 1.0)),
    points=3,
)
rising_weights.gives(
    "from 0 if the path rises by itself, to infinity if entropy never falls",
    (([0.0, 1.0, 2.0], [0.0, 1.0, 1.0]), (0.0, math.inf)),
    (([0.0, 1.0, 2.0], [0.0, 1.0, 0.5]), (0.0, 2.0)),
    (([0.0, -1.0, -1.0], [0.0, 0.5, 1.0]), (2.0, math.inf)),
    (([1.0, 1.0, 2.0], [3.0, 3.0, 3.0]), (0.0, math.inf)),  # not to move is not to fall
    (([2.0, 1.0, 2.0], [0.0, 0.5, 0.0]), (2.0, 2.0)),  # one weight, and no other
    points=3,
)
rising_weights.gives(
    "None if no weight will do",
    (([4.0, 3.0, 3.0, 4.0, 5.0], [0.0, 1.0, 3.0, 1.0, 0.0]), None),  # at least 1, at most 0.5
    (([1.0, 0.0, 2.0], [1.0, 1.0, 2.0]), None),  # a step down that entropy does not see
    (([1.0, 0.0], [1.0, 0.0]), None),  # at most -1
    points=3,
)
rising_weights.test(
    "on fresh paths: within the interval it rises, beyond either end it falls", points=4, at_grading=True
)(weights.fresh_paths)


largest_stable_weight = assignment.question(
    "largest_stable_weight",
    hints=(
        "A step is stable as long as the lowest eigenvalue of H + tau K is at least -2 / step. It is a "
        "concave function of tau: once it has fallen below, it does not come back.",
        "First settle whether there is any weight at which the step is too long: which property of K decides "
        "it? If there is one, look for it among ever larger weights. Then you have an interval with a stable "
        "end and one that is not.",
    ),
    difficulty=3,
    minutes=15,
    line="return np.linalg.eigvalsh(hessian + tau * entropy_hessian)[0] >= -2 / step",
)
largest_stable_weight.test("on common axes: the first that bends down too far", points=3)(spectra.common_axes)
largest_stable_weight.test("infinity if entropy bends nothing down", points=2)(spectra.endless)
largest_stable_weight.test("a ValueError if the step is too long without entropy, and only then", points=2)(
    spectra.step_too_long
)
largest_stable_weight.test("on axes of their own the lowest eigenvalue is -2 / step there", points=3)(
    spectra.own_axes
)
largest_stable_weight.test(
    "fresh landscapes, and the uniform policy of any world", points=3, at_grading=True
)(spectra.fresh_edges)


sampled_spectrum = assignment.question(
    "sampled_spectrum",
    hints=(
        "The mean of the sampled curvatures is that of the eigenvalues. Their variance is smaller than that"
        " of the eigenvalues, by a factor that depends on n alone.",
        "A curvature along d is the product with d, times d, summed. The second formula of the text has the "
        "variance of these on its left, and that of the eigenvalues on its right. Which of them do you know?",
    ),
    difficulty=2,
    minutes=15,
    line='"spread": deviation * np.sqrt((n + 2) / 2),',
)
sampled_spectrum.test("all curvatures equal: their value, and no error and no spread", points=2)(
    spectra.no_spread
)
sampled_spectrum.test("in two dimensions, mean and spread of the eigenvalues", points=3)(
    spectra.two_dimensions
)
sampled_spectrum.test("the error of the mean belongs to the spread and the number of directions", points=2)(
    spectra.errors
)
sampled_spectrum.test("fresh spectra in three and more dimensions, on any axes", points=3, at_grading=True)(
    spectra.fresh_spectra
)


mixed_gradient = assignment.question(
    "mixed_gradient",
    hints=(
        "Two policies take part: the one that is played decides d and Q, the one that is learned decides how "
        "probabilities move. By how much does the return change with one probability that is played, and "
        "that with a logit?",
        "For any policy that is played the return changes by d(s) Q(s, a) with pi(a | s). What is played "
        "moves by 1 - mix times what is learned, and what is learned by the derivative of a softmax. Sum "
        "over the actions, and mind which policy stands in which factor. The bias moves the logits of all "
        "states.",
    ),
    difficulty=3,
    minutes=20,
    line="lead = Q - (learned * Q).sum(axis=1, keepdims=True)",
)


def of_mixed(rng: Generator, mix: float, shape: tuple[int, int] = (5, 3)) -> tuple[Any, ...]:
    """Draw a world, and parameters of a table and a bias."""
    world = worlds.random_world(rng, 0.9, shape)
    return *world[:4], rng.normal(size=shape[1] * (shape[0] + 1)), mix


def of_mixed_end(rng: Generator, mix: float, shape: tuple[int, int]) -> tuple[Any, ...]:
    """Draw a world that ends, gaps of 4 to 8 in the table, and a bias that is moved by 1,000."""
    world = worlds.ending(worlds.unreachable(worlds.random_world(rng, 0.9, shape)), shape[0] - 1)
    theta = rng.normal(size=shape[1] * (shape[0] + 1))
    theta[: -shape[1] : shape[1]] += rng.uniform(4, 8, size=shape[0])
    theta[-shape[1] :] += 1000.0
    return *world[:4], theta, mix


mixed_agrees = partial(mixed_gradient.agrees_with, worlds.mixed_gradient, rtol=1e-10, atol=1e-11)
mixed_agrees(
    "without mixing it is the gradient of the paper's policy, bias last", of_mixed, [{"mix": 0.0}], points=3
)
mixed_agrees("with a mix between 0.2 and 0.8", of_mixed, [{"mix": 0.3}, {"mix": 0.7}], points=3)
mixed_agrees(
    "it fades as the mix goes to 1, and is zero there", of_mixed, [{"mix": 0.99}, {"mix": 1.0}], points=2
)
mixed_agrees(
    "a thousand added to all logits changes nothing", of_mixed_end, [{"mix": 0.3, "shape": (5, 3)}], points=2
)
mixed_agrees(
    "fresh worlds with an end, gaps of 4 to 8, and all logits moved by 1,000",
    of_mixed_end,
    [{"mix": 0.05, "shape": (6, 2)}, {"mix": 0.4, "shape": (4, 4)}],
    points=3,
    at_grading=True,
)


test_rising_weights = assignment.question(
    "test_rising_weights",
    hints=(
        "Paths of two or three points have windows that you can work out in your head. Which paths have a "
        "window without an end, none at all, or one that is a single weight?",
        "Keep a list of paths with their windows, and for each mistake that is named ask which path gives it "
        "away. Windows that are infinite, empty or a single weight hide most, and so do steps in which "
        "entropy does not change.",
    ),
    difficulty=2,
    minutes=15,
    line="np.testing.assert_allclose(found, window, rtol=1e-9, atol=1e-12)",
)
told = partial(test_rising_weights.tells_apart, right=mistaken_windows.RIGHT)
told("accepts what is right, and refuses other bounds", wrong=mistaken_windows.BOUNDS, points=3)
told("refuses other ends: infinity, no weight, one weight", wrong=mistaken_windows.ENDS, points=3)
told("refuses mistakes about steps that entropy does not see", wrong=mistaken_windows.LEVEL, points=2)
told("and three mistakes more", wrong=mistaken_windows.FURTHER, points=2, at_grading=True)
