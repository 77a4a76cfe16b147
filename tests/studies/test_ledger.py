"""The ledger: verdicts on both sides of every threshold, entries for pages, and a file that is not stale."""

import json
import re
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.cli import main
from rl_landscapes.statistics import Interval, binomial_interval, paired
from rl_landscapes.studies import load_result
from rl_landscapes.studies.ascent_failures.claims import gap_exponents
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger import (
    FILE,
    as_text,
    claim,
    entries,
    find_claims,
    find_data,
    overview,
    write,
)
from rl_landscapes.studies.ledger.rules import all_of, at_least, at_most, inside
from rl_landscapes.studies.stuck_points.claims import exact_kinds

DATA = find_data(Path(__file__))
RESULTS = {study: load_result(DATA / f"{study}.npz") for study, _ in find_claims().values()}


def between(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 0.95, 10)


HIGH, ACROSS, LOW = between(0.6, 0.7), between(0.4, 0.6), between(0.1, 0.2)


@pytest.mark.parametrize(
    ("intervals", "least", "most"),
    [
        ([HIGH, HIGH], "supported", "not supported"),
        ([LOW, LOW], "not supported", "supported"),
        ([HIGH, LOW], "supported in a window", "supported in a window"),
        ([HIGH, ACROSS], "supported in a window", "cannot tell"),
        ([LOW, ACROSS], "cannot tell", "supported in a window"),
        ([ACROSS], "cannot tell", "cannot tell"),
        ([between(0.5, 0.6)], "supported", "cannot tell"),
        ([between(0.4, 0.5)], "cannot tell", "supported"),
    ],
)
def test_settings_are_judged_by_whole_intervals(intervals: list[Interval], least: str, most: str) -> None:
    assert at_least(intervals, 0.5) == least
    assert at_most(intervals, 0.5) == most


def test_nothing_tried_decides_nothing() -> None:
    with pytest.raises(ValueError, match="at least one interval"):
        at_least([], 0.5)


def test_inside_wants_the_whole_interval() -> None:
    assert inside(between(0.2, 0.3), 0.15, 0.35) == "supported"
    assert inside(between(0.1, 0.3), 0.15, 0.35) == "cannot tell"
    assert inside(between(0.36, 0.4), 0.15, 0.35) == "not supported"
    assert inside(between(0.05, 0.14), 0.15, 0.35) == "not supported"


def test_claim_is_worth_its_weakest_part() -> None:
    assert all_of("supported", "supported in a window") == "supported in a window"
    assert all_of("supported", "cannot tell", "supported in a window") == "cannot tell"
    assert all_of("not supported", "supported") == "not supported"
    assert all_of("supported", "supported") == "supported"


def test_paired_counts_and_difference() -> None:
    table = paired(
        np.repeat([True, True, False, False], [3, 5, 14, 78]),
        np.repeat([True, False, True, False], [3, 5, 14, 78]),
    )
    assert (table.both, table.only_first, table.only_second, table.neither) == (3, 5, 14, 78)
    difference = table.difference()
    half = 1.959963984540054 * sqrt(5.5 + 14.5 - 9**2 / 102) / 102
    assert difference.estimate == pytest.approx(0.09)
    assert (difference.low, difference.high) == pytest.approx((9 / 102 - half, 9 / 102 + half))
    assert table.agreement == binomial_interval(81, 100)


def test_paired_interval_covers_the_truth() -> None:
    rng = np.random.default_rng(5)
    chances, trials = [0.05, 0.1, 0.2, 0.65], 1000  # both, first only, second only, neither
    hits = 0
    for counts in rng.multinomial(100, chances, size=trials):
        table = paired(
            np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)
        )
        hits += table.difference().low <= 0.1 <= table.difference().high
    assert 0.93 <= hits / trials <= 0.975


def test_paired_refuses_what_is_no_table() -> None:
    with pytest.raises(ValueError, match="truth values"):
        paired(np.array([True, False]), np.array([True]))
    with pytest.raises(ValueError, match="truth values"):
        paired(np.array([1.0]), np.array([0.0]))


def test_exact_kinds_follow_the_rules_of_verdicts() -> None:
    norms = np.array([0.0, 1.0, 0.0, 0.0, 0.0, 9.0])
    lows = np.array([0.0, 0.0, -2.0, 0.0, -2.0, -2.0])
    highs = np.array([0.0, 0.0, 0.0, 2.0, 2.0, 2.0])
    expected = ["flat", "linear", "optimum", "minimum", "saddle", "cannot tell"]
    assert exact_kinds(norms, lows, highs, 0.5, 0.1).tolist() == expected


def test_exponent_of_an_exponential_is_found() -> None:
    gaps = np.linspace(0, 5, 30)[:, None] + np.array([0.0, 1.0])
    assert gap_exponents(gaps, 3 * np.exp(-1.5 * gaps)) == pytest.approx([-1.5, -1.5])


def changed(study: str, **arrays: Any) -> Any:
    return replace(RESULTS[study], arrays=RESULTS[study].arrays | arrays)


def returns(failed: np.ndarray) -> np.ndarray:
    return np.where(failed, goals().worse, goals().best)


@pytest.mark.parametrize(
    ("exact", "sampled", "verdict"),
    [
        (0.3, [0.3] * 5, "supported"),
        (0.3, [0.95, 0.3, 0.3, 0.3, 0.3], "supported in a window"),
        (0.3, [0.95] * 5, "not supported"),
        (0.0, [0.0] * 5, "not supported"),
    ],
)
def test_c1_weighs_noise_against_what_exact_ascent_loses(
    exact: float, sampled: list[float], verdict: str
) -> None:
    n = np.arange(200) / 200
    shares = np.array(sampled)[:, None]
    study = changed("sampled_gradients", exact_returns=returns(n < exact), returns=returns(n < shares))
    assert find_claims()["C1"][1](study).verdict == verdict


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.25, "supported"), (0.05, "not supported"), (0.16, "cannot tell"), (0.5, "not supported")],
)
def test_c3_wants_about_a_quarter(share: float, verdict: str) -> None:
    failed = np.tile(np.arange(1000) < 1000 * share, (3, 1))
    assert find_claims()["C3"][1](changed("ascent_failures", failed=failed)).verdict == verdict


def test_c4_needs_flatness_downward_bends_and_a_valley_together() -> None:
    a = RESULTS["stuck_points"].arrays
    flat = list(a["kinds"]).index("flat")
    ideal = {
        "verdict": np.full_like(a["verdict"], flat),
        "bends_down": np.full_like(a["bends_down"], int(a["n_directions"])),
        "line_height": np.ones_like(a["line_height"]),
    }
    spoilt = {"verdict": flat - 1, "bends_down": 0, "line_height": 0.0}
    assert find_claims()["C4"][1](changed("stuck_points", **ideal)).verdict == "supported"
    for key, value in spoilt.items():
        worse = ideal | {key: np.full_like(ideal[key], value)}
        assert find_claims()["C4"][1](changed("stuck_points", **worse)).verdict == "not supported"


def test_c2_holds_where_directions_and_hessian_agree() -> None:
    a = RESULTS["stuck_points"].arrays
    kinds = list(a["kinds"])
    sizes = {"gradient_norm": 0.0, "eigen_low": -1e-9, "eigen_high": 1e-9}
    still = {key: np.full_like(a[key], size) for key, size in sizes.items()}
    agree = np.full_like(a["verdict"], kinds.index("flat"))
    apart = np.full_like(a["verdict"], kinds.index("saddle"))
    half = np.where(np.arange(len(agree))[:, None, None] > 2, agree, apart)
    judge = find_claims()["C2"][1]
    assert judge(changed("stuck_points", verdict=agree, **still)).verdict == "supported"
    assert judge(changed("stuck_points", verdict=half, **still)).verdict == "supported in a window"
    assert judge(changed("stuck_points", verdict=apart, **still)).verdict == "not supported"


def test_c5_is_a_window_if_only_some_weights_work() -> None:
    n, size = 200, RESULTS["entropy_window"].arrays["taus"].size
    judge = find_claims()["C5"][1]
    all_work, none_work = np.zeros(size, dtype=int), np.full(size, n // 4)
    some_work = np.where(np.arange(size) == size - 1, n // 4, 0)
    assert judge(changed("entropy_window", paper_failures=all_work)).verdict == "supported"
    assert judge(changed("entropy_window", paper_failures=some_work)).verdict == "supported in a window"
    assert judge(changed("entropy_window", paper_failures=none_work)).verdict == "not supported"


def test_c6_counts_additional_directions() -> None:
    a = RESULTS["stuck_points"].arrays
    plain = (a["taus"] == 0) & (a["mixes"] == 0)
    judge = find_claims()["C6"][1]

    def with_gain(gain: int, alphas: int) -> str:
        up = np.full_like(a["up"], 200)
        up[~plain, :alphas] += gain
        return judge(changed("stuck_points", up=up)).verdict

    assert with_gain(60, 99) == "supported"
    assert with_gain(60, 1) == "supported in a window"
    assert with_gain(40, 99) == "not supported"


def test_c7_wants_lines_that_only_rise() -> None:
    a = RESULTS["stuck_points"].arrays
    judge, level = find_claims()["C7"][1], np.zeros_like(a["line_falls"])
    assert judge(changed("stuck_points", line_falls=level, line_rise=level + 1)).verdict == "supported"
    assert (
        judge(changed("stuck_points", line_falls=level + 1, line_rise=level + 1)).verdict == "not supported"
    )
    assert judge(changed("stuck_points", line_falls=level, line_rise=level - 1)).verdict == "not supported"
    level[-1] = 1.0
    assert (
        judge(changed("stuck_points", line_falls=level, line_rise=level + 1)).verdict
        == "supported in a window"
    )


def test_c15_needs_dying_gradients_and_different_problems() -> None:
    a = RESULTS["ascent_failures"].arrays
    judge = find_claims()["C15"][1]
    assert judge(changed("ascent_failures", gap_gradient_norm=np.exp(-a["gap"]))).verdict == "supported"
    assert (
        judge(changed("ascent_failures", gap_gradient_norm=1 / (1 + a["gap"]) ** 0.5)).verdict
        == "not supported"
    )
    alike = np.full_like(a["scale_failures"], 20)
    assert judge(changed("ascent_failures", scale_failures=alike)).verdict == "not supported"


def test_committed_ledger_is_what_the_committed_results_say() -> None:
    assert (DATA / FILE).read_text(encoding="utf-8") == as_text(entries(RESULTS)), (
        "stale: run rl-landscapes study ledger"
    )


def test_what_entries_say_of_their_limits_is_true_of_the_results() -> None:
    noise, window, stuck, ascents = (claim(id, DATA).details for id in ("C1", "C5", "C6", "C3"))
    assert noise["added by 1 episode, no baseline"].low > 0.1
    assert noise["added by 4 episodes, baseline"].low > 0
    assert ascents["shared bias none"].high < 0.05
    assert ascents["shared bias zero, trained"].high < 0.05
    a = RESULTS["entropy_window"].arrays
    works = [tau for tau in a["taus"] if tau > 0 and window[f"tau0 = {tau:g}"].high <= 0.05]
    beyond, below = a["taus"] > max(works), (a["taus"] > 0) & (a["taus"] < min(works))
    assert beyond.any()
    assert below.any()
    assert (a["stable_step_uniform"][beyond] < 0.1).all()
    assert (a["paper_mean_falls"][beyond] > 1).all()
    assert (a["paper_mean_falls"][below] == 0).all()
    assert stuck["slopes at tau = 0.01 over those without entropy"].low > 30
    assert stuck["the same with the absorbing state's entropy masked"].high < 2
    a = RESULTS["stuck_points"].arrays
    assert (a["eigen_positive"][0] > 0).all()
    assert (a["eigen_high"][0] < 0.1 * np.abs(a["eigen_low"][0])).all()
    assert a["bent_height"][0].min() < 0.01
    counted = a["line_counted"] & (a["line_mixes"] == 0)
    for chosen in (counted, ~a["line_counted"], a["line_mixes"] > 0):
        assert (np.diff(a["line_height"][chosen].mean(axis=1)) <= 1e-9).all()
    gone = (a["line_height"].max(axis=1) < 0.0048) & (a["line_taus"] > 0)
    assert (a["line_falls"][gone] > 0.1).all()


def test_ledger_has_an_entry_per_claim_with_all_a_reader_needs() -> None:
    ledger = json.loads((DATA / FILE).read_text(encoding="utf-8"))
    assert [entry["id"] for entry in ledger] == list(find_claims())
    needed = {"id", "claim", "experiment", "statistic", "interval", "n", "budget", "verdict"}
    for entry in ledger:
        assert needed <= entry.keys()
        assert entry["interval"]["low"] <= entry["interval"]["estimate"] <= entry["interval"]["high"]
        assert entry["budget"] == "laptop"


def test_claim_is_found_from_a_page_and_from_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(DATA.parent / "chapters")
    assert claim("C3") == entries(RESULTS)[list(find_claims()).index("C3")]
    monkeypatch.chdir(tmp_path)
    assert claim("C3", DATA).id == "C3"
    with pytest.raises(FileNotFoundError, match="book/data"):
        claim("C3")
    with pytest.raises(ValueError, match="unknown claim 'C99'"):
        claim("C99", DATA)


def test_box_can_be_read_without_colour() -> None:
    html = claim("C3", DATA)._repr_html_()
    assert (
        '<div class="verdict verdict-supported" role="group" aria-label="Verdict on claim C3: supported">'
        in html
    )
    assert "✓" in html
    assert "<dt>Interval</dt><dd>95%: [" in html
    assert "<li>after 5000 updates: 0.22 [0.19, 0.25]</li>" in html
    assert "<script" not in replace(claim("C3", DATA), claim="<script>")._repr_html_()
    assert claim("C3", DATA)._repr_markdown_().startswith("**C3: supported.**")


def test_command_writes_the_ledger_and_refuses_without_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "ledger", "--data", str(tmp_path)]) == 2
    assert "is missing" in capsys.readouterr().err
    for study in RESULTS:
        (tmp_path / f"{study}.npz").write_bytes((DATA / f"{study}.npz").read_bytes())
    assert main(["study", "ledger", "--data", str(tmp_path)]) == 0
    assert (tmp_path / FILE).read_text(encoding="utf-8") == as_text(entries(RESULTS))
    assert write(tmp_path) == tmp_path / FILE
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json"] + [".npz"] * len(RESULTS)


def test_overview_has_one_linked_row_per_page_with_the_entry_s_own_verdict() -> None:
    shown = overview({"C3": "five.html", "C1": "one.html"}, DATA)._repr_html_()
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", shown)
    links = [re.findall(r'href="(.*?)">(.*?)<', row) for row in rows]
    assert links == [[("five.html", "C3")], [("one.html", "C1")]]
    for row, id in zip(rows, ("C3", "C1"), strict=True):
        assert f" {claim(id, DATA).verdict}</td>" in row
