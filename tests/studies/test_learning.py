"""The study of learning: smoke, steps chosen on other starts, and claims judged on made-up curves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.records import equal
from rl_landscapes.studies import Result
from rl_landscapes.studies.learning import STUDY, claims
from rl_landscapes.studies.learning.claims import CHEETAH, GRIDS, PATHS, c8, c9a, c9b
from rl_landscapes.studies.learning.curves import chosen_steps, finals, judged_curves
from rl_landscapes.studies.learning.pieces import Trained, evaluation
from rl_landscapes.studies.learning.tables import key
from rl_landscapes.studies.runs import ARMS, Run, per_step_over_spread, start_of, train_run
from tests.studies.committed import smoke_twice

SMOKE = STUDY.budgets["smoke"]


@pytest.mark.slow
def test_smoke_is_the_same_twice(tmp_path: Path) -> None:
    pytest.importorskip("mujoco")
    arrays = smoke_twice(STUDY, tmp_path).arrays
    for grid in SMOKE.grids:
        shape = (len(grid.sigmas), len(grid.steps), grid.n_starts)
        assert arrays[f"{key(grid)}_evaluations"].shape == (*shape, SMOKE.n_evaluations + 1)
        assert arrays[f"{key(grid)}_stopped"].shape == shape
    assert arrays["hopper_path_evaluations"].shape == (2, 2, 3)
    assert arrays["hopper_plain_signal_standardised"].shape == (2, 2, 3)


def test_runs_from_one_start_share_it_and_the_chance_of_their_evaluations() -> None:
    pytest.importorskip("mujoco")
    runs = [Run("Hopper-v5", "plain", sigma, 1e-2, 0, 2, 0.995, 20) for sigma in (0.1, 1.0)]
    one, two = (train_run(run, 3, evaluation(SMOKE), evaluate_every=1, keep_every=1) for run in runs)
    np.testing.assert_array_equal(one.start, two.start)
    np.testing.assert_array_equal(one.start, start_of("Hopper-v5", 0, 3))
    assert one.evaluations[0] == two.evaluations[0]
    assert (one.start != start_of("Hopper-v5", 1, 3)).any()
    assert one.steps.tolist() == [1e-3, 1e-3]
    assert two.steps.tolist() == [1e-2, 1e-2]


def test_a_step_of_adam_is_not_scaled() -> None:
    pytest.importorskip("mujoco")
    run = Run("Hopper-v5", "adam", 0.1, 1e-2, 0, 1, 0.995, 20)
    assert train_run(run, 3, evaluation(SMOKE), evaluate_every=1, keep_every=1).steps.tolist() == [1e-2]


def test_arms_differ_in_what_they_say() -> None:
    assert ARMS["large"].n_episodes == 8 * ARMS["plain"].n_episodes
    assert ARMS["per-step"].baseline is per_step_over_spread
    assert equal(ARMS["large"].optimiser, ARMS["plain"].optimiser)


def test_pieces_have_names_of_their_own() -> None:
    for settings in STUDY.budgets.values():
        found = STUDY.pieces(settings)
        assert len({*found.values()}) == len(found)
    runs = [piece for piece in STUDY.pieces(STUDY.budgets["laptop"]).values() if isinstance(piece, Trained)]
    assert len(runs) == sum(
        len(grid.sigmas) * len(grid.steps) * grid.n_starts for grid in STUDY.budgets["laptop"].grids
    )


def test_the_step_is_chosen_on_the_other_half_of_the_starts() -> None:
    final = np.zeros((1, 2, 4))
    final[0, 0] = [9, 0, 9, 0]  # best on even starts
    final[0, 1] = [0, 5, 0, 5]  # best on odd ones
    assert chosen_steps(final).tolist() == [[1, 0]]
    curves = np.stack([0 * final, final], axis=-1)
    judged = judged_curves({"x_evaluations": curves}, "x", 1)
    assert judged[0, :, 1].tolist() == [0, 0, 0, 0]  # each half gets what the other half liked
    assert finals(np.array([1.0, 2.0, 4.0, 6.0]), 2) == 5


N, E = 8, 11
STEPS = np.array([1e-4, 1e-3, 1e-2, 1e-1])


def made_up(
    low: float, high: float, *, best: dict[float, int] | None = None, norm_ratio: float = 10.0
) -> Result:
    """Curves that rise evenly to gains of `low` at sigma = 0.1 and `high` at 1, less at other steps."""
    rng, best = np.random.default_rng(0), best or {0.1: 1, 1.0: 1}
    arrays: dict[str, Any] = {}
    for grid in {**GRIDS, **CHEETAH, **PATHS}.values():
        gains = {0.1: low, 0.5: (low + high) / 2, 1.0: high}
        ends = np.array([np.full((len(STEPS), N), gain - 50) for gain in gains.values()])
        for row, sigma in enumerate(gains):
            ends[row, best.get(sigma, 1)] += 50
        ends += rng.normal(size=ends.shape)
        curves = 10 + ends[..., None] * np.linspace(0, 1, E)
        arrays[f"{grid}_evaluations"] = curves if grid not in PATHS.values() else curves.max(axis=1)
        arrays[f"{grid}_sigmas"], arrays[f"{grid}_steps"] = np.array([*gains]), STEPS
        arrays[f"{grid}_norm"] = np.broadcast_to(
            np.array([norm_ratio, 3.0, 1.0])[:, None, None] * np.ones((3, len(STEPS), N)), (3, len(STEPS), N)
        )
        arrays[f"{grid}_end"] = np.zeros((3, len(STEPS), N, 4))
    return Result(
        study="learning",
        budget="laptop",
        settings={"n_late": 3},
        seed=0,
        arrays=arrays,
        versions={},
        machine={},
        wall_time_s=0.0,
        command="",
        code={},
    )


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (100, 300, "supported"),
        (100, 150, "not supported"),
        (300, 100, "not supported"),
    ],
)
def test_c8_wants_twice_the_gain(low: float, high: float, verdict: str) -> None:
    entry = c8(made_up(low, high))
    assert str(entry.verdict) == verdict
    assert entry.details["Hopper, N = 16, end: gain at sigma = 1"].estimate == pytest.approx(
        high * np.linspace(0, 1, E)[-3:].mean(), rel=0.02
    )


@pytest.mark.no_cover
@pytest.mark.slow
def test_c9_tells_growth_from_scale() -> None:
    same = made_up(100, 300, best={0.1: 1, 1.0: 1})
    outcomes = c9a(same).verdict.outcomes
    assert outcomes["Hopper, N = 16"] == "holds"  # the same multiple: ten times the step
    assert outcomes["Hopper, Adam"] == "fails"
    assert str(c9b(same).verdict) == "not supported"  # which is what the scale predicts
    more = made_up(100, 300, best={0.1: 1, 1.0: 2})
    scaled = c9b(more)
    assert str(c9a(more).verdict) == str(scaled.verdict) == "supported"
    assert scaled.interval.estimate == pytest.approx(10)
    assert str(c9b(made_up(100, 300, best={0.1: 1, 1.0: 1}, norm_ratio=1.0)).verdict) == (
        "supported in 5 of 6 settings"
    )


@pytest.mark.parametrize(
    ("low", "high", "open_below", "open_above"),
    [(0, 1, False, True), (1, 3, False, True), (3, 2, True, False), (1, 0, True, False), (0, 0, True, True)],
)
def test_where_the_grid_ends_the_ratio_is_open(
    low: int, high: int, open_below: bool, open_above: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "Hopper, N = 16"
    monkeypatch.setattr(claims, "GRIDS", {name: GRIDS[name]})  # one of six
    interval = c9a(made_up(100, 300, best={0.1: low, 1.0: high})).details[f"{name}: best steps"]
    assert (interval.low == 0) == open_below
    assert np.isinf(interval.high) == open_above
