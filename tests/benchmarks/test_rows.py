"""The programs a row compares compute the same numbers, and a row says what it must."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from autograd import hessian as autograd_hessian
from autograd import value_and_grad

from benchmarks import __main__ as program
from benchmarks import (
    batch,
    cases,
    comparison,
    control,
    course,
    crossover,
    gradients,
    growth,
    report,
    row,
    scale,
    timing,
)
from benchmarks.peers import by_autograd, inverse
from rl_landscapes.objectives import hessian

BENCHMARKS = Path(row.__file__).parent


@pytest.fixture(scope="module")
def case() -> cases.Case:
    return cases.perturbed(6)


@pytest.mark.parametrize("size", [3, 18])
@pytest.mark.parametrize("name", gradients.PEERS)
def test_peers_find_our_value_and_gradient(size: int, name: str) -> None:
    large = cases.large(size, n_policies=2)
    peer = gradients.PEERS[name](large.objective)
    values, slopes = large.objective.value_and_gradient(large.thetas)
    theirs = comparison.columns([peer(theta) for theta in large.thetas])
    np.testing.assert_allclose(values, theirs[0], rtol=1e-11)
    np.testing.assert_allclose(slopes, theirs[1], atol=1e-11 * np.abs(slopes).max())


def test_peers_know_the_shared_bias(case: cases.Case) -> None:
    values, slopes = case.objective.value_and_gradient(case.thetas)
    for peer in (
        inverse.value_and_gradient(case.objective),
        value_and_grad(by_autograd.soft_return(case.objective)),
    ):
        theirs = comparison.columns([peer(theta) for theta in case.thetas])
        comparison.agree(values, theirs[0])
        comparison.agree(slopes, theirs[1])


def test_bare_solves_are_those_of_our_values(case: cases.Case) -> None:
    matrices, rewards = batch.systems(case)
    values = np.linalg.solve(matrices, rewards)[..., 0]
    np.testing.assert_allclose(values, case.objective.state_values(case.thetas), rtol=1e-10)


def test_autograd_finds_our_hessian() -> None:
    small = cases.large(2)
    theirs = autograd_hessian(by_autograd.soft_return(small.objective))(small.thetas[0])
    np.testing.assert_allclose(hessian(small.objective, small.thetas[0]), theirs, atol=1e-11)


def test_arpack_finds_our_extreme_eigenvalues() -> None:
    from benchmarks.curvature import by_arpack
    from rl_landscapes.probes import extreme_eigenpairs

    middle = cases.large(10, tau=0.1)
    found = extreme_eigenpairs(middle.objective, middle.thetas[0])
    np.testing.assert_allclose(found.values, by_arpack(middle.objective, middle.thetas[0]), rtol=1e-9)


def test_bare_factorisation_is_of_our_system() -> None:
    ours, bare = scale.once(20, "ours"), scale.once(20, "bare")
    assert ours["value"] == pytest.approx(bare["value"], rel=1e-11)


def test_a_disagreement_stops_the_run() -> None:
    comparison.agree([1.0, 2.0], [1.0, 2.0 + 1e-12])
    for other in ([1.0, 2.1], [1.0, math.nan], [1.0]):
        with pytest.raises(ArithmeticError, match=r"disagree|other things"):
            comparison.agree(other, [1.0, 2.0])
    with pytest.raises(ArithmeticError):
        comparison.compare(comparison.Plan("name", "other"), lambda: 1.0, lambda: 1.1)


def test_a_race_takes_turns() -> None:
    order: list[str] = []
    seen = timing.race(lambda: order.append("o"), lambda: order.append("t"), seconds=0, least=4, warm_up=1)
    assert "".join(order) == "ot" + "ottootto"
    assert seen.ours.shape == seen.theirs.shape == (4,)


@pytest.mark.parametrize(
    ("ours", "reference", "target", "ratio", "met"),
    [
        (2.0, 6.0, 3.0, 3.0, True),
        (2.0, 6.0, 3.1, 3.0, False),
        (2.0, 6.0, None, 3.0, None),
        (2.0, None, 3.0, None, None),
        (None, 6.0, 3.0, None, None),
    ],
)
def test_ratio_is_reference_over_ours(
    ours: float | None, reference: float | None, target: float | None, ratio: float | None, met: bool | None
) -> None:
    made = row.Row("name", "ms", ours, reference, "other", target)
    assert (made.ratio, made.met) == (ratio, met)
    assert tuple(made.as_json()) == row.FIELDS


def test_a_missing_program_leaves_a_row_with_the_reason() -> None:
    made = comparison.alone(comparison.Plan("name", "other", 1.0, seconds=0), lambda: None, "not installed")
    assert made.ours is not None
    assert (made.reference, made.ratio, made.met, made.note) == (
        None,
        None,
        None,
        "not measured: not installed",
    )


def test_growth_finds_the_exponent_and_ignores_what_is_too_small() -> None:
    states = np.array([100.0, 1000.0, 10_000.0, 100_000.0])
    amounts = np.array([50.0, 1e-9, 3 * 10_000.0**1.2, 3 * 100_000.0**1.2])
    assert growth.line(states, amounts, least=1e-6)[0] == pytest.approx(1.2)


@pytest.mark.parametrize(("options", "written"), [([], False), (["--renew"], True)])
def test_growth_is_written_down_only_if_that_was_asked_for(
    options: list[str], written: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = iter(
        [{"states": 10.0**k, "first": 2.0**k, "again": 9e9, "peak": 2.0**k, "empty": 0} for k in (3, 4)]
    )
    monkeypatch.setattr(growth, "in_child", lambda *_: next(points))
    monkeypatch.setattr(growth.rows, "__defaults__", ((1, 2),))
    monkeypatch.setattr(program, "__file__", str(tmp_path / "__main__.py"))
    draw, drawn = growth.draw, []
    monkeypatch.setattr(growth, "draw", lambda *given: (drawn.append(given[-1]), draw(*given)))
    monkeypatch.setattr(program, "use_one_thread", lambda: None)
    monkeypatch.setattr(report, "write", lambda *_, **__: None)
    monkeypatch.setattr("sys.argv", ["benchmarks", "growth", *options])
    program.main()
    assert drawn == ([tmp_path / "growth.svg"] if written else [])
    made = {path.name for path in tmp_path.iterdir()}
    assert made == ({"growth.json", "growth.svg"} if written else set())


@pytest.mark.parametrize("name", control.NAMES)
@pytest.mark.parametrize("ends", [False, True])
def test_open_loop_replays_the_steps_of_the_evaluation(name: str, ends: bool) -> None:
    case = control.Case(name, 5, n_steps=12, n_episodes=3, ends=ends)
    replay = control.replay_of(case)
    lengths = [len(told.controls) for told in replay.episodes]
    assert len(lengths) == 15
    assert replay.n_steps == sum(lengths) <= 15 * 12
    assert ends or set(lengths) == {12}


def test_a_replay_of_other_steps_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_ends(replay: control.Replay) -> np.ndarray:
        return np.nextafter(np.array([told.end for told in replay.episodes]), np.inf)

    monkeypatch.setattr(control.Replay, "ends", other_ends)
    with pytest.raises(ArithmeticError, match="Hopper-v5"):
        control.replay_of(control.Case("Hopper-v5", 2, n_steps=2))


def test_steps_that_only_reset_are_not_counted() -> None:
    case = control.Case("Hopper-v5", 4, n_steps=60, ends=True)
    envs = control.vector.sync("Hopper-v5", {}, 4, 1)
    loop = control.vector.Loop(envs, case.objective.policy, case.thetas(4), 60)
    lost = [0]
    step = envs.step

    def counted(actions: np.ndarray) -> tuple[object, ...]:
        seen = step(actions)
        lost[0] += int((seen[2] | seen[3]).sum())
        return seen

    envs.step = counted
    made = loop.run()
    assert lost[0] > 0
    assert 4 * 60 - lost[0] <= made <= 4 * 60 - lost[0] + 4  # the last call may end some that nothing resets


def test_control_rows_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "find_spec", lambda name: None)
    made = control.against("EnvPool", control.Case("Hopper-v5", 2, n_steps=2), 1.0, 0.0)
    assert (made.unit, made.ratio, made.note) == (
        "us per step",
        None,
        "not measured: envpool is not installed",
    )


def test_a_family_renewed_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "growth.json").write_text("[]", encoding="utf-8")
    one, two = row.Row("one", "s", 1.0, 2.0, "other"), row.Row("two", "s", 1.0, 3.0, "other")
    report.write({"batch": [one], "scale": [one, two]}, 10.0, tmp_path)
    report.write({"control": [two, two]}, 3.0, tmp_path, keep=("batch", "control", "scale"))
    report.write({"scale": [two]}, 4.0, tmp_path, keep=("batch", "control", "scale"))
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    runs = json.loads((tmp_path / "machine.json").read_text(encoding="utf-8"))
    assert [result["family"] for result in results] == ["batch", "control", "control", "scale"]
    assert [(run["families"], run["seconds"]) for run in runs] == [
        (["batch"], 10),
        (["control"], 3),
        (["scale"], 4),
    ]
    assert "Rows 2 to 3: " in report.page(tmp_path)


def test_committed_results_are_well_formed() -> None:
    results = json.loads((BENCHMARKS / "results.json").read_text(encoding="utf-8"))
    assert [set(result) for result in results] == [{*row.FIELDS, "family"}] * len(results)
    for result in results:
        known = None not in (result["ours"], result["reference"])
        assert known or result["note"].startswith("not measured: ")
        assert (result["met"] is None) == (not known or result["target"] is None)
        if known:
            assert result["ratio"] == pytest.approx(result["reference"] / result["ours"], rel=2e-3)
        if result["met"] is not None:
            assert result["met"] == (result["ratio"] >= result["target"])


def test_every_row_of_the_cost_table_is_there() -> None:
    results = json.loads((BENCHMARKS / "results.json").read_text(encoding="utf-8"))
    with_target = [result for result in results if result["target"] is not None]
    parts = {
        "exact return": 1,
        "perturbed policies, 26 states: value": 2,
        "value + gradient, 5x5": 2,
        "value + gradient, 100x100": 2,
        "1,000,001 states": 2,
        "growth": 2,
        "full Hessian": 1,
        "extreme eigenvalues": 2,
        "-v5": 14,
    }
    for part, count in parts.items():
        assert sum(part in result["name"] for result in with_target) == count, part


def test_results_page_is_made_from_the_results() -> None:
    from benchmarks.report import page

    assert (BENCHMARKS / "RESULTS.md").read_text(encoding="utf-8") == page()


def test_crossover_page_shows_the_thresholds_in_force() -> None:
    text = crossover.PAGE.read_text(encoding="utf-8")
    for name in crossover.THRESHOLDS:
        assert f"- `{name} = {getattr(crossover.choice, name):g}`\n" in text


def test_crossover_checks_that_all_ways_agree() -> None:
    made = crossover.one("gridworld 4 x 4", cases.large(4).objective.mdp, 3, seconds=0)
    assert None not in made.milliseconds
    assert made.regret >= 1


@pytest.mark.slow
def test_a_class_is_graded_by_both() -> None:
    """In small: every submission gets its points, from our commands and from nbgrader's."""
    whole, grading = course.rows(n=4, many=0, stock=2)
    assert whole.ours > grading.ours > 0
    assert grading.ratio > 0
    assert "export" in whole.note
