"""Assignment 6: the linear-quadratic return and its gradient, the score, what REINFORCE makes of it, a test.

All tests but two of `simulate` are exact: expected returns are added up step by step, derivatives are taken
by complex steps and expectations of polynomials by Gauss-Hermite quadrature, all right to rounding.
"""

from functools import partial

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.checks import gaussians, linear_quadratic, mistaken_scores
from rl_landscapes.course.checks.gaussians import of_episodes, of_pairs, of_polynomial
from rl_landscapes.course.checks.linear_quadratic import of_best, of_edge, of_gain

assignment = Assignment(
    "06-gaussian-policies",
    "Gaussian policies",
    closed=("rl_landscapes.objectives", "rl_landscapes.policies", "rl_landscapes.worlds.lqr"),
)

ONE, SMALL, SQUARE, LARGE = ({"n_states": m, "n_actions": k} for m, k in ((1, 1), (2, 1), (2, 2), (3, 2)))


lqr_return = assignment.question(
    "lqr_return",
    hints=(
        "First M = A + B K and the stability test. For a stable gain the equation of P is linear in P: "
        "scipy.linalg.solve_discrete_lyapunov(X, Y) solves Z = X Z X' + Y.",
        "P = Q + K'RK + gamma M'PM is that equation for one X and one Y: which X has gamma in it, and which"
        " of M and its transpose? Then the three terms of the text, a trace each.",
    ),
    difficulty=3,
    minutes=20,
    line="P = solve_discrete_lyapunov(np.sqrt(gamma) * M.T, Q + K.T @ R @ K)",
)
return_agrees = partial(lqr_return.agrees_with, linear_quadratic.return_)
return_agrees("one state and one action, worked out by hand", of_gain, [ONE], points=2, by_hand=True)
return_agrees("without noise: the cost added up step by step", of_gain, [{**SMALL, "sigma": 0.0}], points=2)
edge_agrees = partial(lqr_return.agrees_with, linear_quadratic.value, rtol=1e-6)
edge_agrees(
    "finite exactly if sqrt(gamma) times the spectral radius is below 1",
    of_edge,
    [
        {"motion": "both eigenvalues of A + B K", "slack": slack, "sigma": sigma}
        for slack, sigma in ((1.5, 0.0), (1.02, 0.0), (0.98, 0.5))
    ],
    points=3,
)
edge_agrees(
    "eigenvalues that are complex or negative, or one of two too large",
    of_edge,
    [
        {"motion": motion, "slack": slack}
        for motion in list(linear_quadratic.MOTIONS)[1:]
        for slack in (1.02, 0.98)
    ],
    points=2,
)
return_agrees(
    "what noise costs, at three widths",
    of_gain,
    [{**SQUARE, "sigma": sigma} for sigma in (0.0, 0.5, 2.0)],
    points=2,
    at_grading=True,
)
return_agrees("three states, two actions, full matrices", of_gain, 3 * [LARGE], points=2, at_grading=True)


lqr_gradient = assignment.question(
    "lqr_gradient",
    hints=(
        "Two Lyapunov equations: P as before, and that of the state moments, in which M and M' have changed"
        " places. Look at which of the two has the noise in it.",
        "The moments of the state gather what starts, S, and what is added at every step, W and the noise "
        "of the action as the state feels it, B B'; each step counts gamma times the one before.",
    ),
    difficulty=3,
    minutes=15,
    line="Sigma = solve_discrete_lyapunov(root * M, S + gamma / (1 - gamma) * (W + sigma**2 * B @ B.T))",
)
gradient_agrees = partial(lqr_gradient.agrees_with, linear_quadratic.gradient, rtol=1e-7, atol=1e-8)
gradient_agrees("one state and one action, worked out by hand", of_gain, [ONE], points=3, by_hand=True)
lqr_gradient.agrees_with(
    linear_quadratic.early_gradient,
    "without noise: the derivative of the cost added up step by step",
    of_gain,
    [{**SMALL, "sigma": 0.0}],
    points=3,
    rtol=1e-7,
    atol=1e-8,
)
gradient_agrees(
    "zero at the best gain, whatever the noise, and not beside it",
    of_best,
    [{"sigma": sigma, "away": away} for sigma in (0.0, 0.3, 3.0) for away in (0.05, 0.0)],
    points=3,
)
gradient_agrees(
    "three states, two actions, full matrices, with noise", of_gain, 3 * [LARGE], points=4, at_grading=True
)


score = assignment.question(
    "score",
    hints=(
        "In the mean, the derivative of log N(a; mu, sigma^2) is (a - mu)/sigma^2. What is the derivative "
        "of mu = W s + b in one entry of W, and in one of b?",
        "With z = (actions - means) / sigma**2 the part of b is z itself. The part of W is an outer product"
        " for each pair: give z a new last axis and the observations one in the middle, and lay the result "
        "out row by row.",
    ),
    difficulty=2,
    minutes=15,
    line="return np.concatenate([(z[:, :, None] * observations[:, None, :]).reshape(n, k * o), z], axis=1)",
)
score_agrees = partial(score.agrees_with, gaussians.scores)
score_agrees(
    "one observation, one action, by hand",
    of_pairs,
    [{"n_observations": 1, "n_actions": 1, "n": 1}],
    points=2,
    by_hand=True,
)
score_agrees(
    "the derivative of the log-density in every parameter",
    of_pairs,
    [{"n_observations": 3, "n_actions": 2, "n": 5}],
    points=2,
)
score.test("of mean zero, with the Fisher information as its second moment", points=2)(
    gaussians.fisher_information
)
score_agrees(
    "for the same epsilon, three times the width has a third of the score",
    of_pairs,
    [{"n_observations": 4, "n_actions": 1, "n": 6, "wider": wider} for wider in (1.0, 3.0)],
    points=2,
    at_grading=True,
)
score_agrees(
    "other numbers of observations and actions",
    of_pairs,
    [{"n_observations": o, "n_actions": k, "n": n} for o, k, n in ((5, 3, 1), (1, 4, 7), (11, 3, 20))],
    points=2,
    at_grading=True,
)


simulate = assignment.question(
    "simulate",
    hints=(
        "Keep the states of all N episodes in one array (N, m) and loop over the T steps only. "
        "rng.multivariate_normal(zeros, covariance, size=N) draws starts and disturbances, also for W = 0.",
        "In step t: draw the actions, store state, action and the reward of the two, and only then move on."
        " In rows the product K s is s @ K.T, and so with A and B.",
    ),
    difficulty=2,
    minutes=15,
    line='s = s @ A.T + a @ B.T + rng.multivariate_normal(np.zeros(m), world["W"], size=n_episodes)',
)
simulate.test("without noise and disturbance: s' = (A + B K) s", points=3)(gaussians.without_chance)
simulate.test("the reward of a step is that of its own state and action", points=3)(
    gaussians.rewards_of_steps
)
simulate.test("the noise of the actions: standard normal, fresh in every step and episode", points=2)(
    gaussians.noise_of_actions
)
simulate.test(
    "the same generator gives the same episodes, and another one others", points=1, at_grading=True
)(gaussians.reproduces)
simulate.test("starts with the moments S, disturbances with the covariance W", points=2)(
    gaussians.starts_and_disturbances
)
simulate.test("and so they have in fresh worlds", points=2, at_grading=True)(
    gaussians.starts_and_disturbances
)


reinforce = assignment.question(
    "reinforce",
    hints=(
        "Two arrays and one sum over time: the weights G_t - B_t, shape (N, T), and the scores, shape (N, "
        "T, k, m). G_t begins with the reward of step t itself.",
        "Rewards to go are a sum from behind: turn the discounted rewards round, add up, turn back. The "
        "baseline is taken from them before they meet the scores.",
    ),
    difficulty=3,
    minutes=20,
    line="to_go = np.cumsum(discounted[:, ::-1], axis=1)[:, ::-1]",
)
reinforce_agrees = partial(reinforce.agrees_with, gaussians.estimates)
reinforce_agrees(
    "one episode of two steps, by hand",
    of_episodes,
    [{"n": 1, "n_steps": 2, "m": 1, "k": 1}],
    points=3,
    by_hand=True,
)
reinforce_agrees(
    "a reward counts for its own action and those before, not for later ones",
    of_episodes,
    [{"n": 3, "n_steps": 6, "m": 2, "k": 1, "paid": paid} for paid in (0, 3, 5)],
    points=3,
)
reinforce.test("unbiased: its exact expectation is the gradient, with and without a baseline", points=3)(
    gaussians.unbiased
)
reinforce_agrees(
    "many episodes, several actions, a baseline",
    of_episodes,
    [{"n": 20, "n_steps": 25, "m": 3, "k": 2}, {"n": 1, "n_steps": 4, "m": 1, "k": 3}],
    points=4,
    at_grading=True,
)


one_action = assignment.question(
    "one_action",
    hints=(
        "Write x = epsilon. Mean and variance are expectations of functions of one standard normal number: "
        "sums over the nodes x_i of Gauss and Hermite, with weights that you divide by their sum.",
        "With f = f(theta + sigma * x) and g = (f - B) * x / sigma, mean = w @ g and variance = w @ g**2 - "
        "mean**2. The derivative of w @ g**2 in B is zero at w @ (f * x**2) / (w @ x**2).",
    ),
    difficulty=3,
    minutes=15,
    line="estimate = (reward - baseline) * x / sigma",
)
one_action.agrees_with(
    gaussians.moments,
    "a straight line: slope, and (f - B)² / sigma² + 2 slope²",
    of_polynomial,
    [{"degree": 1, "sigma": sigma} for sigma in (0.2, 1.7)],
    points=3,
)
one_action.test("f(a) = a²: the mean reward is not the best baseline", points=3)(gaussians.parabola)
one_action.test("a hill: the mean is the slope of the hill seen out of focus", points=3)(gaussians.hill)
one_action.agrees_with(
    gaussians.moments,
    "any cubic, with any baseline, narrow and wide",
    of_polynomial,
    [{"degree": 3, "sigma": sigma} for sigma in (0.05, 0.5, 3.0)],
    points=4,
    at_grading=True,
    rtol=1e-7,
)


test_score = assignment.question(
    "test_score",
    hints=(
        "With one action, one observation, one pair, a width of 1 or no bias some mistakes cannot be seen. "
        "What is the smallest example in which none of these holds?",
        "The log-density is a formula of one line. Move one entry of theta by h = 1e-4 ahead and back: the "
        "difference over 2 h is the score in that entry, up to rounding, since the log-density is quadratic "
        "in theta.",
    ),
    difficulty=2,
    minutes=15,
    line="slopes = [(log_density(theta + h) - log_density(theta - h)) / 2e-4 for h in 1e-4 * np.eye(8)]",
)
told = partial(test_score.tells_apart, right=mistaken_scores.RIGHT)
told("accepts what is right, and refuses other widths and signs", wrong=mistaken_scores.WIDTHS, points=3)
told("refuses parameters in another order", wrong=mistaken_scores.LAYOUTS, points=3)
told("refuses a mean without bias, or one observation for all", wrong=mistaken_scores.MEANS, points=2)
told("and three mistakes more", wrong=mistaken_scores.FURTHER, points=2, at_grading=True)
