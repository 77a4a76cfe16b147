"""The study of curvature: smoke, its variance decomposition on made-up data, and C10 on made-up results."""

from dataclasses import dataclass, replace
from pathlib import Path
from sys import modules
from typing import Any

import numpy as np
import pytest

from rl_landscapes.arrays import Array
from rl_landscapes.studies import Result
from rl_landscapes.studies.curvature import STUDY
from rl_landscapes.studies.curvature.claims import c10, relative_swing, sign_changes
from rl_landscapes.studies.curvature.pieces import Watched, look, probed
from rl_landscapes.studies.curvature.swings import decompose
from rl_landscapes.studies.learning import STUDY as LEARNING
from rl_landscapes.studies.runs import HOPPER, sampled
from tests.studies.committed import smoke_twice

LAPTOP, SMOKE = STUDY.budgets["laptop"], STUDY.budgets["smoke"]
SIGMAS = (0.0, 0.1, 0.5, 1.0)
M, B, K, G = 2, 6, 6, 4  # sigmas of training, starts, checkpoints, sets


@pytest.mark.slow
def test_smoke_is_the_same_twice_and_can_be_judged(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    result = smoke_twice(STUDY, tmp_path)
    runs, a = SMOKE.runs[0], result.arrays
    shape = (len(runs.sigmas), runs.n_starts, SMOKE.n_checkpoints, len(SMOKE.sigmas))
    assert a["hopper_curvature"].shape == (*shape, SMOKE.n_sets)
    assert a["hopper_trace"].shape == shape
    assert a["hopper_updates"].tolist() == [0, 1, 2]
    assert np.array_equal(a["hopper_thetas"][0, :, 0], a["hopper_thetas"][1, :, 0])
    assert not np.array_equal(a["hopper_thetas"][0, :, 1], a["hopper_thetas"][1, :, 1])
    assert c10(result).as_json()["settings"]


def test_checkpoints_divide_the_updates_of_every_budget() -> None:
    for settings in STUDY.budgets.values():
        for runs in settings.runs:
            assert runs.n_updates % (settings.n_checkpoints - 1) == 0
            assert len(runs.choosing) == len(runs.measuring) == len(settings.sigmas)


def test_runs_are_those_of_the_study_of_learning() -> None:
    grids = {(g.body, g.arm): g for g in LEARNING.budgets["laptop"].grids}
    for runs in LAPTOP.runs:
        grid = grids[runs.body, runs.arm]
        assert (runs.n_updates, runs.discount, runs.horizon) == (grid.n_updates, grid.discount, grid.horizon)
        assert {runs.step} <= {*grid.steps}
        assert {*runs.sigmas} <= {*grid.sigmas}
    assert LAPTOP.seed == LEARNING.budgets["laptop"].seed


def test_all_sigmas_are_offered_the_same_directions(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mujoco")
    offered: list[Array] = []

    def recorded(*args: Any, **named: Any) -> Any:
        probe = perturb(*args, **named)
        offered.append(probe.directions)
        return probe

    module = modules[look.__module__]
    perturb = module.perturb
    monkeypatch.setattr(module, "perturb", recorded)
    run, theta = Watched(SMOKE.runs[0], 0.1, 0), np.full(36, 0.1)
    for checkpoint, sigma in ((0, 0.0), (0, 1.0), (1, 1.0)):
        look(SMOKE, run, sampled(HOPPER, sigma, 1, 1.0, 15), checkpoint, theta)
    one, other, later = (np.array(offered[2 * i : 2 * i + 2]) for i in range(3))
    assert np.array_equal(one, other)
    assert not np.isclose(one[0], one[1]).any()
    assert not np.isclose(other, later).any()


@dataclass(frozen=True)
class Bowl:
    """Curvature 3 in every direction, slope 2 along the first axis, and noise of deviation 1 everywhere."""

    n_episodes: int = 50
    n_parameters: int = 4

    def with_episodes(self, n: int) -> "Bowl":
        return replace(self, n_episodes=n)

    def evaluate(self, thetas: Array, rng: np.random.Generator) -> Array:
        value = 2 * thetas[:, 0] + 1.5 * (thetas**2).sum(axis=1)
        return value[:, None] + rng.normal(size=self.n_episodes)


def test_what_is_seen_of_a_known_shape() -> None:
    chances = [np.random.default_rng(i) for i in range(5)]
    bowl: Any = Bowl()
    found = probed(bowl, np.zeros(4), alpha=0.5, n_directions=40, n_measuring=8, chances=chances)
    np.testing.assert_allclose(found["curvature"], 3)
    np.testing.assert_allclose(found["curvature_stderr"], 0, atol=1e-12)
    np.testing.assert_allclose([found["uphill_curvature"], found["trace"]], [3, 12])
    assert len(set(found["slope"])) == 4, "every set chooses a direction of its own"
    assert (found["slope"] > 0.5).all()
    assert found["slope"].max() < 2
    assert found["uphill_slope"] > 1.9, "the sum of slopes times directions points along the gradient"
    assert abs(found["return"]) < 0.5


class TestDecomposition:
    """Made-up numbers whose parts are known."""

    @pytest.mark.parametrize("swing", [0.0, 0.5, 3.0])
    def test_both_parts_are_unbiased(self, swing: float) -> None:
        rng = np.random.default_rng(0)
        points = 7 + swing * rng.normal(size=(20_000, K))
        parts = decompose(points[..., None] + 2 * rng.normal(size=(20_000, K, G)))
        assert parts.between.mean() == pytest.approx(swing**2, rel=0.03, abs=0.03)
        assert parts.within.mean() == pytest.approx(4, rel=0.02)
        if swing == 0:
            assert abs(parts.swing.mean()) < 0.1

    def test_at_matched_return_only_what_no_line_explains_is_left(self) -> None:
        rng = np.random.default_rng(0)
        returns = 50 * rng.normal(size=(20_000, K))
        own = 0.5 * rng.normal(size=(20_000, K))
        values = (own - 0.2 * returns)[..., None] + rng.normal(size=(20_000, K, G))
        assert decompose(values).between.mean() == pytest.approx(100.25, rel=0.03)
        assert decompose(values, returns).between.mean() == pytest.approx(0.25, rel=0.1)

    def test_returns_that_are_all_equal_explain_nothing(self) -> None:
        values = np.random.default_rng(0).normal(size=(K, G))
        line = decompose(values, np.full(K, 3.0))
        plain = decompose(values)
        error = plain.within / G
        assert line.between + error == pytest.approx((plain.between + error) * (K - 1) / (K - 2))

    def test_swing_has_the_sign_of_its_square(self) -> None:
        values = np.tile([1.0, -1.0], (K, 2))  # sets differ, checkpoints do not
        assert decompose(values).swing == pytest.approx(-np.sqrt(np.var(values[0], ddof=1) / G))
        assert decompose(values).share < 0


def made_up(
    swings: dict[str, tuple[float, ...]], *, draw: float = 0.2, by_return: float = 0.0, unit: float = 1.0
) -> Result:
    """Return a result with swings by body and sigma, in parts of the slope over alpha / 2."""
    rng, arrays = np.random.default_rng(1), {"sigmas": np.array(SIGMAS), "alpha": np.array(0.5)}
    for body, each in swings.items():
        n = M if body == "hopper" else 1
        scale = 4 * np.exp(0.3 * rng.normal(size=(n, B, 1, 1, 1)))  # alpha / 2 is 1 / 4
        returns = rng.normal(size=(n, B, K, len(each)))
        points = rng.normal(size=returns.shape) * np.sqrt(1 - by_return**2) + by_return * returns
        sets = draw * rng.normal(size=(*returns.shape, G))
        arrays |= {
            f"{body}_curvature": unit * scale * (np.array(each) * points)[..., None] + unit * scale * sets,
            f"{body}_slope": unit * scale / 4 * np.ones(sets.shape),
            f"{body}_return": unit * returns,
            f"{body}_uphill_curvature": unit * points,
        }
    return Result("curvature", "laptop", {}, 0, arrays, {}, {}, 0.0, "", {})


WILD, CALM, NONE = (8.0, 8.0, 2.0, 1.0), (1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("hopper", "cheetah", "verdict"),
    [
        (WILD, (0.5, 0.5, 1.0, 1.0), "supported"),
        ((0.5, 0.5, 1.0, 1.0), WILD, "not supported"),
        (WILD, WILD, "supported in 2 of 4 settings"),
        ((0.5, 0.5, 1.0, 1.0), (0.5, 0.5, 1.0, 1.0), "supported in 2 of 4 settings"),
        ((8.0, 0.5, 1.0, 1.0), (0.5, 0.5, 1.0, 1.0), "supported in 3 of 4 settings"),
    ],
)
def test_c10_on_both_sides_of_the_threshold(
    hopper: tuple[float, ...], cheetah: tuple[float, ...], verdict: str
) -> None:
    assert str(c10(made_up({"hopper": hopper, "halfcheetah": cheetah})).verdict) == verdict


def test_swings_that_the_draw_of_directions_explains_tell_nothing() -> None:
    entry = c10(made_up({"hopper": NONE, "halfcheetah": NONE}, draw=3.0))
    assert set(entry.verdict.outcomes.values()) == {"cannot tell"}
    wide = c10(made_up({"hopper": WILD, "halfcheetah": CALM}, draw=60.0))
    assert str(wide.verdict) == "cannot tell"


def test_swings_that_the_return_explains_do_not_support_the_claim() -> None:
    """At all returns Hopper swings more at small sigma; at matched returns it does not."""
    result = made_up({"hopper": WILD, "halfcheetah": CALM}, by_return=1.0)
    entry = c10(result)
    assert not any(name.startswith("Hopper") for name in entry.verdict.holds)
    assert relative_swing(result.arrays, "hopper", 0.0).mean() > 4
    assert abs(relative_swing(result.arrays, "hopper", 0.0, matched=True).mean()) < 0.2


def test_relative_swings_have_no_unit_and_their_size() -> None:
    one, other = (made_up({"hopper": WILD, "halfcheetah": CALM}, unit=unit) for unit in (1.0, 70.0))
    for sigma in SIGMAS:
        found = relative_swing(one.arrays, "hopper", sigma)
        np.testing.assert_allclose(found, relative_swing(other.arrays, "hopper", sigma))
        assert found.mean() == pytest.approx(WILD[SIGMAS.index(sigma)], rel=0.3)


def test_details_say_what_was_found_under_every_sigma() -> None:
    details = c10(made_up({"hopper": WILD, "halfcheetah": CALM})).details
    assert details["Hopper, sigma = 0: relative swing"].estimate == pytest.approx(8, rel=0.3)
    assert details["HalfCheetah, sigma = 1: relative swing"].estimate == pytest.approx(1, rel=0.4)
    assert details["Hopper, sigma = 0: share of checkpoints in the variance"].estimate > 0.9


def test_sign_changes_count_only_where_both_are_told() -> None:
    sure, unsure = np.array([1.0, 1.1, 0.9, 1.0]), np.array([1.0, -3.0, 2.0, -0.5])
    rows = np.array([sure, -sure, unsure, sure, sure])
    assert sign_changes(rows).tolist() == [True, False, False, False]


@pytest.mark.parametrize(("which", "counts"), [(0, [592, 592, 928, 1328]), (1, [448, 448, 528, 528])])
def test_episodes_of_a_checkpoint_are_as_the_settings_count_them(
    which: int, counts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(bowl: Bowl, thetas: Array, rng: np.random.Generator) -> Array:
        made.append(len(thetas) * bowl.n_episodes)
        return evaluate(bowl, thetas, rng)

    evaluate = Bowl.evaluate
    monkeypatch.setattr(Bowl, "evaluate", counted)
    runs, found = LAPTOP.runs[which], []
    for n_choosing, n_measuring in zip(runs.choosing, runs.measuring, strict=True):
        bowl: Any = Bowl(n_choosing)
        chances = [np.random.default_rng(i) for i in range(LAPTOP.n_sets + 1)]
        probed(
            bowl,
            np.zeros(4),
            alpha=0.5,
            n_directions=runs.n_directions,
            n_measuring=n_measuring,
            chances=chances,
        )
        found.append(sum(made))
        made.clear()
    assert found == counts
