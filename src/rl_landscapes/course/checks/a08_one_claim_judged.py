"""Assignment 8: curvature where an ascent travels, a straight path, signal in noise, a verdict; a test.

What is expected is a closed form, the same quantity found another way, or a property that defines the answer.
No function draws random numbers, and all tests are exact but for rounding: the tolerances are derived where
they are set.
"""

import math
from functools import partial

import numpy as np

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import claims, mistaken_claims, straight, travels

assignment = Assignment(
    "08-one-claim-judged",
    "One claim, judged",
    closed=(
        "rl_landscapes.objectives",
        "rl_landscapes.policies",
        "rl_landscapes.probes",
        "rl_landscapes.statistics",
    ),
    packages=("numpy",),
)


travel_curvature = assignment.question(
    "travel_curvature",
    hints=(
        "Only the direction of a step matters, not its length. What does the gradient lose, on the way from"
        " one side of the point to the other, along that direction?",
        "The steps are np.diff(path, axis=0); divide each by its own length, if it has one. Ask for the "
        "gradient a little ahead of where each step begins and a little behind, and see how it changes "
        "along the step.",
    ),
    difficulty=2,
    minutes=20,
    line="curvature[moved] = np.sum((ahead - behind) * units, axis=1) / (2 * h)",
)
travel_curvature.test("on a quadratic: d'Hd, however long the steps and whatever h", points=3)(
    travels.on_a_quadratic
)
travel_curvature.test("where curvature changes: that of the point where the step begins", points=3)(
    travels.where_it_begins
)
travel_curvature.test("h is the distance to either side, whatever the length of the step", points=2)(
    travels.at_a_distance
)
travel_curvature.test("NaN where the path does not move, and nowhere else", points=2)(travels.standing_still)
travel_curvature.test("2 T points of the gradient are enough for T steps", points=1)(travels.asks_little)
travel_curvature.test("fresh landscapes and fresh paths, some of tiny steps", points=2, at_grading=True)(
    travels.fresh_motion
)


top_curvatures = assignment.question(
    "top_curvatures",
    hints=(
        "In a sweep: an orthonormal basis of the vectors, one product with H, and the images are the vectors "
        "of the next sweep. Values come from the last basis and its images, without another product.",
        "With Q (n, k) from np.linalg.qr(vectors.T) and W = product(Q.T).T, which small matrix does what H "
        "does within Q? Its eigenvectors turn Q into axes and W into their images, without another product. "
        "What is left of an image when its value times its axis is taken off?",
    ),
    difficulty=4,
    minutes=30,
    line="residuals = np.linalg.norm(images @ turned - basis @ turned * values, axis=0)",
)
top_curvatures.test("one sweep: the curvatures of the space of the vectors, with residuals", points=4)(
    travels.one_sweep
)
top_curvatures.test("largest in size first, with their signs", points=4)(travels.by_size)
top_curvatures.test("each residual belongs to its value, and holds an eigenvalue", points=4)(
    travels.residuals_belong
)
top_curvatures.test("many sweeps, with no more products than asked for", points=3)(travels.many_sweeps)
top_curvatures.test("fresh spectra, on plateaus and of H = 0", points=3, at_grading=True)(travels.fresh_tops)


occupancy_path = assignment.question(
    "occupancy_path",
    hints=(
        "Mix what the policies do, not what they would do: how often each is in s and takes a. Then read a "
        "policy off the mixture.",
        "Visits solve a linear system, with the transpose of I - gamma P_pi; times the policy they are a "
        "table over states and actions, and two such tables may be mixed. What is the policy of a row of "
        "the mixed table, and which rows have none?",
    ),
    difficulty=3,
    minutes=25,
    line="mu = (1 - u) * visits[0] + u * visits[1]",
)
occupancy_path.test("at a turnstile, computed by hand", points=4)(straight.by_hand)
occupancy_path.test("the two policies themselves at shares 0 and 1", points=3)(straight.at_the_ends)
occupancy_path.test("rewards of any kind are earned in proportion to the share", points=4)(
    straight.in_proportion
)
occupancy_path.test("where neither policy comes: still probabilities", points=2)(straight.never_seen)
occupancy_path.test("policies that are sure of their actions", points=2)(straight.large_logits)
occupancy_path.test("fresh worlds, patient and not", points=3, at_grading=True)(straight.fresh_paths)


signal_to_noise = assignment.question(
    "signal_to_noise",
    hints=(
        "The length of a mean of noisy vectors is too long: its square has noise of its own in it. How "
        "much, on average?",
        "The noise is the sum of the variances of the entries (ddof=1); the square of the mean is too large"
        " by a part of it. Which part, with N estimates?",
    ),
    difficulty=2,
    minutes=15,
    line="signal = plug_in - noise / n_samples",
)
signal_to_noise.gives(
    "by hand: what is left when the noise of the mean is taken off",
    (
        ([[3.0, 1.0], [1.0, 1.0], [2.0, 4.0]],),
        {"plug_in": 8.0, "signal": 20 / 3, "noise": 4.0, "needed": 0.6},
    ),
    (([[2.0], [4.0]],), {"plug_in": 9.0, "signal": 8.0, "noise": 2.0, "needed": 0.25}),
    points=3,
)
signal_to_noise.gives(
    "nothing left, or less than nothing: infinitely many are needed",
    (([[2.0, 0.0], [0.0, 2.0]],), {"plug_in": 2.0, "signal": 0.0, "noise": 4.0, "needed": math.inf}),
    (([[1.0, 0.0], [-1.0, 0.0]],), {"plug_in": 0.0, "signal": -1.0, "noise": 2.0, "needed": math.inf}),
    points=2,
)
signal_to_noise.test("the signal is the mean product of two different estimates", points=3)(claims.all_pairs)
signal_to_noise.test("a ValueError for one estimate; no noise where all agree", points=2)(claims.needs_two)
signal_to_noise.test("fresh estimates of any size", points=3, at_grading=True)(claims.fresh_signals)


claim_verdict = assignment.question(
    "claim_verdict",
    hints=(
        "The two outcomes of a start belong together: look at their difference, one number per start. The "
        "claim is about its mean, and about `smallest`, not about zero.",
        "The interval is that of the mean of the differences, with the standard deviation of the "
        "differences; the normal quantile is NormalDist().inv_cdf of the module statistics. Compare each "
        "end with `smallest`.",
    ),
    difficulty=2,
    minutes=15,
    line="margin = z * differences.std(ddof=1) / np.sqrt(len(differences))",
)
QUARTET = [[2.0, 4.0, 6.0, 8.0], [1.0, 2.0, 3.0, 4.0]]  # differences 1, 2, 3, 4
WORSE = claims.judged(np.array(QUARTET[1]), np.array(QUARTET[0]), 1.0, 0.95)
MARGIN = claims.judged(np.array(QUARTET[0]), np.array(QUARTET[1]), 0.0, 0.95)
claim_verdict.gives(
    "four starts by hand: claims of a small, a large and a middling effect, and one that harms",
    ((*QUARTET, 1.0, 0.95), {**MARGIN, "verdict": "supported"}),
    ((*QUARTET, 4.0, 0.95), {**MARGIN, "verdict": "refuted"}),
    ((*QUARTET, 2.0, 0.95), {**MARGIN, "verdict": "cannot tell"}),
    ((*QUARTET[::-1], 1.0, 0.95), {**WORSE, "verdict": "refuted"}),  # far below zero is no effect of 1
    points=3,
)
claim_verdict.gives(
    "on the line nobody can tell",
    (
        ([2.0, 3.0, 4.0], [1.0, 2.0, 3.0], 1.0, 0.9),
        {"effect": 1.0, "low": 1.0, "high": 1.0, "verdict": "cannot tell"},
    ),
    points=2,
)
claim_verdict.test("starts that differ by far more than the treatments", points=2)(claims.same_starts)
claim_verdict.test("at other levels the interval is shorter or longer", points=2)(claims.other_levels)
claim_verdict.test("a ValueError for one start, or outcomes of other starts", points=2)(claims.refusals)
claim_verdict.test("fresh claims of every verdict", points=2, at_grading=True)(claims.fresh_claims)


test_claim_verdict = assignment.question(
    "test_claim_verdict",
    hints=(
        "Four starts whose differences are 1, 2, 3 and 4 have an interval that you can work out. In which "
        "outcomes can it be seen that they are paired, and at which level that it is looked at?",
        "Ask the same four starts several times: with a smallest effect below the interval, above it and "
        "within it, at a second level, and with and without exchanged. What is expected is one line with "
        "NormalDist. And what of three starts that all differ by 1, if 1 is the smallest that matters?",
    ),
    difficulty=2,
    minutes=15,
    line='assert said["verdict"] == verdict',
)
told = partial(test_claim_verdict.tells_apart, right=mistaken_claims.RIGHT)
told("accepts what is right, and refuses other errors", wrong=mistaken_claims.ERRORS, points=3)
told("refuses other levels", wrong=mistaken_claims.LEVELS, points=2)
told("refuses other verdicts on the same interval", wrong=mistaken_claims.WORDS, points=3)
told("and three mistakes more", wrong=mistaken_claims.FURTHER, points=2, at_grading=True)
