"""Verdicts: right on known functions, silent where nothing is shown, and seldom wrong under noise."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import binom

from rl_landscapes.objectives import (
    ExactReturn,
    Objective,
    goodfellow_saddle,
    monkey_saddle,
    plateau,
    quadratic,
    quadratic_of_spectrum,
    ramp,
)
from rl_landscapes.objectives.toys import Function
from rl_landscapes.policies import paper_policy
from rl_landscapes.probes import classify, perturb
from rl_landscapes.worlds import paper_gridworld

SPECTRA = {
    "optimum": [-3.0, -1.0, -0.5, -0.2],
    "minimum": [0.2, 0.5, 1.0, 3.0],
    "saddle": [-2.0, -1.0, 1.0, 2.0],
}
KNOWN = {kind: quadratic_of_spectrum(np.array(s), np.random.default_rng(0)) for kind, s in SPECTRA.items()}
KNOWN |= {"linear": ramp(np.array([1.0, -2.0, 0.5, 0.0])), "flat": plateau(4)}


@dataclass(frozen=True)
class White:
    """An objective seen through episodes with independent normal noise at every point."""

    objective: Objective
    noise: float
    n_episodes: int

    @property
    def n_parameters(self):
        return self.objective.n_parameters

    def evaluate(self, thetas, rng):
        noise = self.noise * rng.normal(size=(len(thetas), self.n_episodes))
        return self.objective.evaluate(thetas, rng) + noise


def raised(function, by):
    return Function(function.n_parameters, lambda t: function.value(t) + by, function.slope, function.hessian)


def verdict(objective, theta=None, *, alpha=0.5, n_directions=30, seed=0, **settings):
    rng = np.random.default_rng(seed)
    start = np.zeros(objective.n_parameters) if theta is None else theta
    found = perturb(objective, start, alpha=alpha, n_directions=n_directions, rng=rng)
    return classify(found, rng=rng, **settings)


class TestIdentities:
    @pytest.mark.parametrize("kind", KNOWN)
    @pytest.mark.parametrize("alpha", [1e-3, 0.5, 10.0])
    def test_every_kind_on_the_function_that_has_it(self, kind, alpha):
        assert verdict(KNOWN[kind], alpha=alpha).kind == kind

    @pytest.mark.no_cover
    @pytest.mark.parametrize("kind", KNOWN)
    @pytest.mark.parametrize("by", [-1000.0, 4.8, 1000.0])
    def test_the_level_of_the_objective_does_not_matter(self, kind, by):
        assert verdict(raised(KNOWN[kind], by)).kind == kind

    def test_turning_the_objective_over_swaps_optimum_and_minimum(self):
        for kind, other in (("optimum", "minimum"), ("saddle", "saddle")):
            over = quadratic(-KNOWN[kind].hessian(None))
            assert verdict(over).kind == other

    def test_goodfellows_saddle(self):
        assert verdict(goodfellow_saddle()).kind == "saddle"

    def test_the_monkey_saddle_bends_nowhere(self):
        """An odd function has no bends: it is linear here, and flat where alpha^3 counts for nothing."""
        assert verdict(monkey_saddle()).kind == "linear"
        assert verdict(monkey_saddle(), alpha=0.1, smallest=0.01).kind == "flat"

    def test_a_slope_that_outweighs_the_bends_hides_them(self):
        """The trap of small alpha: near an optimum slopes are of order alpha, bends of alpha squared."""
        hill = quadratic(np.diag([-1.0, -2.0]))
        near = np.array([0.02, 0.0])
        hidden = verdict(hill, near, alpha=1e-3)
        assert hidden.kind == "cannot tell"
        assert "alpha is too small" in str(hidden)
        assert verdict(hill, near, alpha=0.5).kind == "optimum"

    def test_a_tie_of_slope_and_bend_is_no_verdict(self):
        """One side falls, the other stays: half a slope, half a bend."""
        rng = np.random.default_rng(0)
        seen = perturb(KNOWN["flat"], np.zeros(4), alpha=1.0, n_directions=16, rng=rng)
        fallen = seen.minus - 71.375 * (np.arange(16) == 3)[:, None]
        shown = classify(replace(seen, minus=fallen), smallest=5)
        assert shown.slope == -shown.bend_down == 35.6875
        assert shown.kind == "cannot tell"
        assert "With a `smallest` of 36 it is flat" in shown.reason

    def test_a_slope_that_does_not_count_hides_nothing(self):
        tilted = quadratic(np.diag([-4.0, -4.0]), slope=np.array([0.9, 0.0]))
        kinds = [verdict(tilted, alpha=0.5, smallest=c).kind for c in (0.03, 0.1, 0.46)]
        assert kinds == ["optimum", "cannot tell", "optimum"]  # slopes to 0.45, all bends -0.5

    @pytest.mark.parametrize("n_episodes", [2, 7])
    def test_few_episodes_give_no_verdict_and_no_nan(self, n_episodes):
        rng = np.random.default_rng(0)
        noisy = White(KNOWN["saddle"], 1e-6, n_episodes)
        seen = perturb(noisy, np.zeros(4), alpha=0.5, n_directions=5, rng=rng)
        plus, minus = seen.plus.copy(), seen.minus.copy()
        plus[0] = minus[0] = seen.centre
        shown = classify(replace(seen, plus=plus, minus=minus), smallest=0.01, rng=rng)
        assert shown.kind == "cannot tell"
        assert f"{n_episodes} episodes are too few" in shown.reason
        assert not np.isnan(shown.margin)

    @pytest.mark.no_cover
    @pytest.mark.parametrize("ratio", [1.0, 1.02, 1.2])
    def test_a_slope_as_large_as_the_bends_is_seldom_called_stationary(self, ratio):
        """Saddle in 50 directions whose largest slope is `ratio` times its largest bend."""
        rng, wrong = np.random.default_rng(0), 0
        bends = np.linspace(-1, 1, 50)[:, None]
        slopes = ratio * bends[::-1]
        seen = perturb(plateau(4), np.zeros(4), alpha=1.0, n_directions=50, rng=rng)
        for _ in range(60):
            ends = [bends + sign * slopes + rng.normal(size=(50, 256)) for sign in (1, -1)]
            noisy = replace(seen, plus=ends[0], minus=ends[1], centre=np.zeros((1, 256)))
            wrong += classify(noisy, smallest=0.1, rng=rng).kind != "cannot tell"
        assert wrong <= binom.ppf(1 - 1e-4, 60, 0.05)

    def test_numbers_are_written_for_readers(self):
        high = raised(quadratic(np.diag([-2000.0, -1000.0])), 0.0)
        assert "e+" not in verdict(high, np.array([1.0, 0.0]), alpha=0.5, smallest=500).reason

    def test_a_slope_about_as_large_as_one_cares_for_is_left_open(self):
        slight = White(ramp(np.array([0.2, 0.0, 0.0, 0.0])), 0.3, 200)
        shown = verdict(slight, alpha=1.0, smallest=0.2)
        assert shown.kind == "cannot tell"
        assert "slopes are neither shown nor excluded" in shown.reason

    def test_what_is_smaller_than_one_cares_for_is_flat(self):
        assert verdict(KNOWN["optimum"], alpha=0.1, smallest=1.0).kind == "flat"
        assert verdict(KNOWN["linear"], alpha=0.1, smallest=1.0).kind == "flat"

    def test_a_bend_below_rounding_is_not_claimed(self):
        high = raised(KNOWN["saddle"], 5.0)
        assert verdict(high, alpha=1e-7).kind == "flat"
        assert verdict(high, alpha=1e-5).kind == "saddle"

    def test_episodes_that_all_agree_count_as_exact(self):
        for kind, objective in KNOWN.items():
            assert verdict(White(objective, 0.0, 5)).kind == kind

    def test_shares_count_directions(self):
        rng = np.random.default_rng(0)
        found = perturb(KNOWN["saddle"], np.zeros(4), alpha=0.5, n_directions=200, rng=rng)
        shown = classify(found)
        assert shown.share_up.estimate == (found.curvature > 0).mean()
        assert shown.share_down.estimate == (found.curvature < 0).mean()
        assert shown.share_up.low < 0.5 < shown.share_up.high

    def test_sizes_are_changes_of_the_objective_at_distance_alpha(self):
        tilted = quadratic(np.diag([-2.0, 4.0]), slope=np.array([0.3, 0.0]))
        found = perturb(tilted, np.zeros(2), alpha=0.5, directions=np.eye(2), rng=np.random.default_rng(0))
        shown = classify(found)
        assert shown.slope == pytest.approx(0.5 * 0.3)
        assert shown.bend_down == pytest.approx(0.25 * -2 / 2)
        assert shown.bend_up == pytest.approx(0.25 * 4 / 2)

    def test_stuck_and_optimal_points_of_the_paper_are_seen_for_what_they_are(self):
        exact = ExactReturn(paper_gridworld(), paper_policy())
        down = np.zeros(108)
        down[3:104:4] = 12.0
        assert verdict(exact, down, smallest=1e-3, alpha=0.1).kind == "flat"
        assert verdict(exact, np.zeros(108), alpha=0.5).kind != "flat"

    def test_the_verdict_does_not_depend_on_what_else_was_drawn(self):
        shown = verdict(White(KNOWN["saddle"], 0.3, 40))
        assert shown == verdict(White(KNOWN["saddle"], 0.3, 40))


@pytest.mark.slow
@pytest.mark.no_cover
class TestStatistics:
    """400 probes each, at rate 0.05: wrong claims stay below the 1 - 1e-4 quantile of Binomial(400, 0.05)."""

    N_PROBES = 400
    MOST = binom.ppf(1 - 1e-4, N_PROBES, 0.05)

    def kinds(self, objective, n_episodes, noise=1.0, **settings):
        noisy = White(objective, noise, n_episodes)
        return [verdict(noisy, n_directions=12, seed=seed, **settings).kind for seed in range(self.N_PROBES)]

    @pytest.mark.parametrize("smallest", [None, 0.2])
    def test_noise_on_a_plateau_is_seldom_taken_for_anything(self, smallest):
        kinds = self.kinds(KNOWN["flat"], 12, smallest=smallest)
        assert sum(kind not in ("flat", "cannot tell") for kind in kinds) <= self.MOST

    @pytest.mark.parametrize("n_episodes", [8, 40])
    def test_an_optimum_is_seldom_taken_for_a_saddle_or_minimum(self, n_episodes):
        kinds = self.kinds(KNOWN["optimum"], n_episodes, smallest=0.05)
        assert sum(kind in ("saddle", "minimum") for kind in kinds) <= self.MOST

    def test_a_minimum_is_seldom_taken_for_a_saddle_or_optimum(self):
        kinds = self.kinds(KNOWN["minimum"], 40, smallest=0.05)
        assert sum(kind in ("saddle", "optimum") for kind in kinds) <= self.MOST

    def test_a_slope_is_seldom_taken_for_a_bend(self):
        kinds = self.kinds(KNOWN["linear"], 12, smallest=0.2)
        assert sum(kind not in ("linear", "flat", "cannot tell") for kind in kinds) <= self.MOST

    def test_a_slope_is_seldom_taken_for_nothing(self):
        kinds = self.kinds(KNOWN["linear"], 40, noise=0.3, smallest=0.3)
        assert sum(kind == "flat" for kind in kinds) <= self.MOST

    @pytest.mark.parametrize("error_rate", [0.05, 0.3])
    def test_claims_of_bends_on_a_plateau_are_as_rare_as_was_said_and_not_much_rarer(self, error_rate):
        noisy = White(KNOWN["flat"], 1.0, 12)
        reasons = [
            verdict(noisy, n_directions=12, seed=seed, error_rate=error_rate).reason
            for seed in range(self.N_PROBES)
        ]
        claims = sum("no bend is shown" not in reason for reason in reasons)
        assert claims <= binom.ppf(1 - 1e-4, self.N_PROBES, error_rate)
        assert claims >= self.N_PROBES * error_rate / 5

    @pytest.mark.parametrize("kind", KNOWN)
    def test_with_enough_episodes_it_decides_and_is_right(self, kind):
        few = [verdict(White(KNOWN[kind], 0.3, 4), alpha=1.0, smallest=0.15, seed=i).kind for i in range(20)]
        many = [
            verdict(White(KNOWN[kind], 0.3, 3000), alpha=1.0, smallest=0.15, seed=i).kind for i in range(20)
        ]
        assert few.count("cannot tell") >= 10
        assert many.count(kind) >= 18

    def test_shares_of_a_plateau_are_empty_most_of_the_time(self):
        found = [verdict(White(KNOWN["flat"], 1.0, 12), seed=seed) for seed in range(200)]
        with_any = sum(v.share_up.estimate + v.share_down.estimate > 0 for v in found)
        assert with_any <= binom.ppf(1 - 1e-4, 200, 0.05)


class TestBadInput:
    EXACT = perturb(KNOWN["saddle"], np.zeros(4), alpha=0.5, n_directions=5, rng=np.random.default_rng(0))
    NOISY = perturb(
        White(KNOWN["saddle"], 1.0, 5), np.zeros(4), alpha=0.5, n_directions=5, rng=np.random.default_rng(0)
    )

    @pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
    def test_smallest(self, bad):
        with pytest.raises(ValueError, match=f"smallest must be a finite number of at least 0, got {bad}"):
            classify(self.EXACT, smallest=bad)

    @pytest.mark.parametrize("bad", [0.0, 0.6, -0.1, np.nan])
    def test_error_rate(self, bad):
        with pytest.raises(ValueError, match=f"error_rate must lie between .*, got {bad}"):
            classify(self.EXACT, error_rate=bad)

    @pytest.mark.parametrize("name", ["plus", "minus", "centre"])
    def test_values_that_are_not_finite(self, name):
        broken = getattr(self.EXACT, name).copy()
        broken[0, 0] = np.nan
        with pytest.raises(ValueError, match=f"perturbations.{name} holds values that are not finite"):
            classify(replace(self.EXACT, **{name: broken}))

    def test_rng_is_missing_for_noise_only(self):
        assert classify(self.EXACT).kind == "saddle"
        with pytest.raises(
            ValueError, match="rng must be a numpy Generator for an objective with noise, got None"
        ):
            classify(self.NOISY)
