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
        "The pay of a state is that of its actions plus tau(s) times its entropy, with the logarithm taken "
        "where p > 0 only. tau(s) is an array: which of its entries are 0, and when? The values solve a "
        "linear system for every policy; np.linalg.solve takes a stack of them.",
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
        "Of each function form the changes ahead and behind, (D,) each, once. With the weights as a column "
        "they combine to changes (T, D). A direction goes up where the combined change ahead is above 0, and "
        "truly where that of the return alone is, too.",
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
        "Steps with b > 0 give lower bounds -a / b, steps with b < 0 upper bounds a / -b, and a step with "
        "b = 0 and a < 0 forbids everything. The answer is the largest lower bound, at least 0, and the "
        "smallest upper bound; None if they are in the wrong order.",
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
        "If K has no negative eigenvalue the answer is infinity. Otherwise double tau until the step is too "
        "long, then bisect some sixty times with np.linalg.eigvalsh(H + tau * K)[0].",
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
        "With unit directions d as rows, (product(d) * d).sum(axis=1) are their curvatures. The text gives "
        "the factor between their variance and that of the eigenvalues: solve it for the second, and take "
        "the root.",
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
    line="rest = rest - (known @ rest) @ known",
)
extreme_curvatures.test("with as many steps as dimensions, both ends of the spectrum", points=3)(
    spectra.complete
)
extreme_curvatures.test("never outside of the spectrum, and further out with every step", points=2)(
    spectra.inside
)
extreme_curvatures.test(
    "four different eigenvalues in 50 dimensions take four steps, and more do no harm", points=3
)(spectra.four_eigenvalues)
extreme_curvatures.test(
    "31 products find two axes that stand out in 100 dimensions", points=3, at_grading=True
)(spectra.two_stand_out)
extreme_curvatures.test(
    "on a plateau: curvatures of a millionth of a millionth, and none at all", points=2, at_grading=True
)(spectra.plateau)


test_rising_weights = assignment.question(
    "test_rising_weights",
    hints=(
        "Paths of two or three points have windows that you can work out in your head. Which paths have a "
        "window without an end, none at all, or one that is a single weight?",
        "Keep a list of paths with their windows, one for each thing that can go wrong: a path that bends in "
        "the middle, one that rises by itself, one that entropy never lowers, a level step, a step down "
        "that entropy does not see, two bounds that contradict, and two that meet.",
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
