"""The study of environments: smoke, bodies with and without termination, and C13b on made-up results."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.arrays import Array
from rl_landscapes.ascent.training import AUTHORS
from rl_landscapes.objectives.gradient_signal import gradient_signal
from rl_landscapes.probes.perturbations import perturb
from rl_landscapes.records import equal
from rl_landscapes.studies import Result
from rl_landscapes.studies.environments import STUDY
from rl_landscapes.studies.environments.claims import advantage, c13b, signal_over_noise
from rl_landscapes.studies.environments.pieces import bends
from rl_landscapes.studies.environments.settings import BODIES
from rl_landscapes.studies.environments.signals import cut, signals
from rl_landscapes.studies.environments.variants import variant
from rl_landscapes.studies.runs import CHEETAH, HOPPER, sampled, start_of
from tests.studies.committed import smoke_twice

LAPTOP, SMOKE = STUDY.budgets["laptop"], STUDY.budgets["smoke"]
B = 6


@pytest.mark.slow
def test_smoke_is_the_same_twice_and_has_all_arrays(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    a = smoke_twice(STUDY, tmp_path).arrays
    for body in ("hopper", "walker2d", "halfcheetah"):
        shape = (2, len(SMOKE.sigmas), SMOKE.n_starts)
        assert a[f"{body}_evaluations"].shape == (*shape, SMOKE.n_evaluations + 1)
        assert a[f"{body}_signal"].shape == (*shape, 2, len(SMOKE.horizons), 3)
        thetas = a[f"{body}_thetas"]
        assert (thetas[:1, :1, :, 0] == thetas[:, :, :, 0]).all(), "all lives begin at their start's policy"
        assert (a[f"{body}_length"][1] == SMOKE.horizons).all(), "without termination nothing ends early"


def test_the_horizon_that_is_judged_is_there() -> None:
    for settings in (LAPTOP, STUDY.budgets["paper"]):
        assert {100, 200, 400, 1000} == set(settings.horizons)
        assert settings.n_updates % settings.n_evaluations == 0
        assert {0.1, 1.0} == set(settings.sigmas)


class TestVariants:
    """The same body, whose episodes end when it falls or go on."""

    @staticmethod
    def episodes(body: str, *, termination: bool, sigma: float = 1.0):  # type: ignore[no-untyped-def]
        seen = variant(body, termination=termination, sigma=sigma, n_episodes=6, discount=1.0, horizon=200)
        return seen.trajectories(start_of(body, 0, 2019)[None], np.random.default_rng(0))

    @pytest.mark.parametrize("body", BODIES)
    def test_episodes_are_the_same_until_the_fall(self, body: str) -> None:
        pytest.importorskip("mujoco")
        falls, goes_on = (self.episodes(body, termination=on) for on in (True, False))
        assert falls.terminated.mean() > 0.5
        assert falls.lengths.min() > 1, "nobody begins unhealthy"
        assert (goes_on.lengths == 200).all()
        last = int(falls.lengths.max())
        alive = falls.alive & (np.arange(last) < falls.lengths[..., None] - 1)
        assert np.array_equal(falls.rewards[alive], goes_on.rewards[:, :, :last][alive])

    def test_hopper_with_termination_is_gymnasiums(self) -> None:
        pytest.importorskip("mujoco")
        stock = sampled(HOPPER, 1.0, 6, 1.0, 200).trajectories(
            start_of(HOPPER, 0, 2019)[None], np.random.default_rng(0)
        )
        assert equal(stock, self.episodes(HOPPER, termination=True))

    def test_halfcheetah_earns_one_more_for_each_upright_step(self) -> None:
        pytest.importorskip("mujoco")
        ours = self.episodes(CHEETAH, termination=False)
        stock = sampled(CHEETAH, 1.0, 6, 1.0, 200).trajectories(
            start_of(CHEETAH, 0, 2019)[None], np.random.default_rng(0)
        )
        more = ours.rewards - stock.rewards
        assert np.isclose(more, 0).any()
        assert np.isclose(more, 1).any()
        assert (np.isclose(more, 0) | np.isclose(more, 1)).all()
        height, angle = stock.observations[:, :, 1:, 0], stock.observations[:, :, 1:, 1]
        upright = (height > -0.252) & (height < 0.42) & (np.abs(angle) < 1)
        assert np.array_equal(upright, more[:, :, :-1] > 0.5)


@pytest.mark.no_cover
class TestSignals:
    """Signal and noise at several horizons, from the same episodes."""

    def test_episodes_cut_are_those_of_a_shorter_horizon(self) -> None:
        pytest.importorskip("mujoco")
        theta = start_of(HOPPER, 1, 2019)[None]
        for horizon in (5, 12, 60):
            long, short = (
                sampled(HOPPER, 0.5, 8, 0.9, h).trajectories(theta, np.random.default_rng(3))
                for h in (60, horizon)
            )
            assert equal(cut(long, horizon), short)

    def test_each_horizon_is_what_gradient_signal_finds_there(self) -> None:
        pytest.importorskip("mujoco")
        theta = start_of(HOPPER, 1, 2019)
        found = signals(
            sampled(HOPPER, 0.5, 4, 0.9, 30), theta, (7, 30), n_batches=5, rng=np.random.default_rng(3)
        )
        for h, horizon in enumerate((7, 30)):
            squared = gradient_signal(
                sampled(HOPPER, 0.5, 4, 0.9, horizon),
                theta,
                n_batches=5,
                rng=np.random.default_rng(3),
                weighting=AUTHORS["weighting"],
                baseline=AUTHORS["baseline"],
            ).squared
            np.testing.assert_allclose(
                4 * found["signal"][h], [squared.estimate, squared.low, squared.high], rtol=1e-9
            )
        assert found["length"][0] <= 7
        assert found["noise"].shape == (2,)

    def test_noise_is_that_of_one_episode(self) -> None:
        """Batches of four times as many have half the noise, and say the same of one."""
        pytest.importorskip("mujoco")
        theta = start_of(HOPPER, 1, 2019)
        one, four = (
            signals(
                sampled(HOPPER, 0.5, n, 0.9, 12),
                theta,
                (12,),
                n_batches=60,
                rng=np.random.default_rng(4),
            )
            for n in (8, 32)
        )
        assert one["noise"][0] == pytest.approx(four["noise"][0], rel=0.2)


class Noisy:
    """Slope 1 along the first axis, curvature 2 in all, and noise that differs from point to point."""

    n_parameters, n_episodes = 3, 4

    def evaluate(self, thetas: Array, rng: np.random.Generator) -> Array:
        tilt = rng.normal(size=(self.n_episodes, 3))  # a slope of its own in every episode
        value = thetas[:, 0] + (thetas**2).sum(axis=1)
        return value[:, None] + 3 * np.sin(9 * thetas @ tilt.T)


def test_squares_of_slope_and_bend_are_free_of_noise() -> None:
    found = [
        bends(perturb(Noisy(), np.zeros(3), alpha=0.5, n_directions=30, rng=np.random.default_rng(i)))
        for i in range(300)
    ]
    slopes, bend = (np.array([each[name] for each in found]) for name in ("slope_square", "bend_square"))
    truth = 0.25 / 3  # (alpha d_1)^2 on average
    assert abs(slopes.mean() - truth) < 4 * slopes.std() / np.sqrt(300)
    assert slopes.std() / np.sqrt(300) < 0.1
    np.testing.assert_allclose(bend, 0.25**2, rtol=1e-6)  # an odd disturbance bends nothing


def made_up(
    signal: tuple[float, float], gain: tuple[float, float], *, noise: float = 0.1, signals_of: str = ""
) -> Result:
    """Return a result with ratios and advantages with and without termination; `signals_of` one body only."""
    rng, horizons = np.random.default_rng(0), (100, 200, 400, 1000)
    arrays = {"sigmas": np.array([0.1, 1.0]), "horizons": np.array(horizons)}
    for body in ("hopper", "walker2d", "halfcheetah"):
        ratio = np.array(signal if signals_of in ("", body) else (1.0, 1.0)).reshape(2, 1, 1, 1, 1, 1)
        ratios = ratio + noise * rng.normal(size=(2, 2, B, 2, len(horizons), 1))
        squares = np.sign(ratios) * ratios**2
        gains = np.array(gain)[:, None, None] * np.array([0.0, 1.0])[:, None]
        gains = 50 + gains + noise * 50 * rng.normal(size=(2, 2, B))
        curves = 7 + np.stack([0 * gains, gains, gains, gains], axis=-1)
        arrays |= {f"{body}_signal": np.concatenate(3 * [squares], axis=-1), f"{body}_evaluations": curves}
        arrays |= {f"{body}_{name}": np.ones((2, 2, B, 2, len(horizons))) for name in ("length", "noise")}
        names = ("slope_square", "bend_square", "trace")
        arrays |= {f"{body}_{name}": np.ones((2, 2, B, 2)) for name in names}
    return Result("environments", "laptop", {"n_late": 2}, 0, arrays, {}, {}, 0.0, "", {})


@pytest.mark.parametrize(
    ("signal", "gain", "verdict"),
    [
        ((5.0, 1.0), (100.0, 10.0), "supported"),
        ((5.0, 1.0), (100.0, 90.0), "not supported"),
        ((1.2, 1.0), (100.0, 10.0), "not supported"),
        ((5.0, 1.0), (-30.0, -90.0), "not supported"),
        ((5.0, 1.0), (0.0, 0.0), "cannot tell"),
        ((0.0, 0.0), (100.0, 10.0), "cannot tell"),
        ((2.0, 1.0), (100.0, 10.0), "cannot tell"),
    ],
)
def test_c13b_on_both_sides_of_its_thresholds(
    signal: tuple[float, float], gain: tuple[float, float], verdict: str
) -> None:
    assert str(c13b(made_up(signal, gain)).verdict) == verdict


def test_noise_leaves_it_open() -> None:
    assert str(c13b(made_up((5.0, 1.0), (100.0, 10.0), noise=20.0)).verdict) == "cannot tell"


def test_one_body_of_three() -> None:
    entry = c13b(made_up((5.0, 1.0), (100.0, 10.0), signals_of="walker2d"))
    assert str(entry.verdict) == "supported in 1 of 3 settings"
    assert entry.verdict.holds == ("Walker2d",)


def test_numbers_are_those_put_in() -> None:
    result = made_up((5.0, 1.0), (100.0, 10.0), noise=0.01)
    ratios = signal_over_noise(result.arrays, "hopper")
    np.testing.assert_allclose(ratios.mean(axis=(1, 2, 3)), [5, 1], rtol=0.02)
    np.testing.assert_allclose(advantage(result.arrays, "hopper", 2).mean(axis=1), [100, 10], rtol=0.1)
    details = c13b(result).details
    name = "Walker2d with termination: signal over noise at sigma = 1, 100 steps"
    assert details[name].estimate == pytest.approx(5, rel=0.02)
    assert details["Hopper without termination: advantage of the high sigma"].estimate == pytest.approx(
        10, rel=0.1
    )
    assert details["Hopper with termination: gain at sigma = 0.1"].estimate == pytest.approx(50, rel=0.02)
    assert c13b(result).as_json()["settings"]


def test_final_returns_are_the_late_ones() -> None:
    result = made_up((5.0, 1.0), (100.0, 10.0))
    curves = result.arrays["hopper_evaluations"].copy()
    curves[..., 1] += 1000  # neither the start nor late
    changed = replace(result, arrays=result.arrays | {"hopper_evaluations": curves})
    assert equal(advantage(changed.arrays, "hopper", 2), advantage(result.arrays, "hopper", 2))
