"""The ledger: verdicts on both sides of every threshold, entries for pages, and a file that is not stale."""

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes.cli import main
from rl_landscapes.statistics import Interval, binomial_interval, difference_of_shares, paired
from rl_landscapes.studies import load_result
from rl_landscapes.studies.ascent_failures.claims import gap_exponents
from rl_landscapes.studies.common import goals
from rl_landscapes.studies.ledger import (
    CITATIONS,
    FILE,
    TABLE,
    Entry,
    as_bibtex,
    as_csv,
    as_text,
    claim,
    entries,
    find_claims,
    find_data,
    find_pages,
    overview,
    registered,
    waiting,
    write,
)
from rl_landscapes.studies.ledger.rules import at_least, at_most, both, inside
from rl_landscapes.studies.ledger.strip import strip
from rl_landscapes.studies.ledger.would_change import would_change

DATA = find_data(Path(__file__))
JUDGED = [id for id, (study, _) in find_claims().items() if study not in registered(DATA)]
PAGES = find_pages(DATA)
RESULTS = {study: load_result(DATA / f"{study}.npz") for study in (find_claims()[id][0] for id in JUDGED)}


@cache
def all_judged() -> list[Entry]:
    """Every claim that has its results, judged once for these tests."""
    return entries(RESULTS)


def between(low: float, high: float) -> Interval:
    return Interval((low + high) / 2, low, high, 0.95, 10)


HIGH, ACROSS, LOW = between(0.6, 0.7), between(0.4, 0.6), between(0.1, 0.2)


def named(*intervals: Interval) -> dict[str, Interval]:
    return {f"setting {i}": interval for i, interval in enumerate(intervals)}


@pytest.mark.parametrize(
    ("intervals", "least", "most"),
    [
        ([HIGH, HIGH], "supported", "not supported"),
        ([LOW, LOW], "not supported", "supported"),
        ([HIGH, LOW, LOW], "supported in 1 of 3 settings", "supported in 2 of 3 settings"),
        ([HIGH, ACROSS], "supported in 1 of 2 settings", "cannot tell"),
        ([LOW, ACROSS], "cannot tell", "supported in 1 of 2 settings"),
        ([ACROSS], "cannot tell", "cannot tell"),
        ([between(0.5, 0.6)], "supported", "cannot tell"),
        ([between(0.4, 0.5)], "cannot tell", "supported"),
    ],
)
def test_settings_are_judged_by_whole_intervals(intervals: list[Interval], least: str, most: str) -> None:
    assert str(at_least(named(*intervals), 0.5)) == least
    assert str(at_most(named(*intervals), 0.5)) == most


def test_the_worst_setting_decides_and_where_none_holds_the_best() -> None:
    one, other = between(0.6, 0.7), between(0.8, 0.9)
    assert at_least(named(other, one), 0.5).interval == one
    assert at_least(named(other, one, LOW), 0.5).deciding == "setting 2"
    assert at_least(named(LOW, between(0.3, 0.35)), 0.5).deciding == "setting 1"
    assert at_most(named(one, LOW), 0.5).interval == one
    assert at_most(named(one, other), 0.5).interval == one


def test_a_verdict_shows_what_was_judged_and_what_was_needed() -> None:
    settings = named(HIGH, LOW)
    assert at_least(settings, 0.5).intervals == settings
    assert at_least(settings, 0.5).needed == (0.5, float("inf"))
    assert at_most(settings, 0.5).needed == (-float("inf"), 0.5)
    assert inside(settings, 0.1, 0.5).needed == (0.1, 0.5)
    two = both(at_least({"alone": HIGH}, 0.5), at_most(settings, 0.3))
    assert (two.intervals, two.needed) == (settings, (-float("inf"), 0.3))


def test_nothing_tried_decides_nothing() -> None:
    with pytest.raises(ValueError, match="at least one interval"):
        at_least({}, 0.5)


def test_inside_wants_the_whole_interval() -> None:
    def judged(low: float, high: float) -> str:
        return str(inside(named(between(low, high)), 0.15, 0.35))

    assert judged(0.2, 0.3) == "supported"
    assert judged(0.1, 0.3) == "cannot tell"
    assert judged(0.36, 0.4) == "not supported"
    assert judged(0.05, 0.14) == "not supported"
    assert (
        str(inside(named(between(0.2, 0.3), between(0.36, 0.4)), 0.15, 0.35))
        == "supported in 1 of 2 settings"
    )


def test_claim_of_two_parts_is_worth_its_weaker_part_in_each_setting() -> None:
    alone, second = {"alone": HIGH}, at_least(named(HIGH, LOW), 0.5)
    assert both(at_least(alone, 0.5), second).outcomes == {"setting 0": "holds", "setting 1": "fails"}
    assert both(at_least(alone, 0.5), second).interval == LOW
    refuted = both(at_most(alone, 0.5), second)
    assert refuted.word == "not supported"
    assert (refuted.deciding, refuted.interval) == ("alone", HIGH)
    assert both(at_least({"alone": ACROSS}, 0.5), at_least(named(HIGH), 0.5)).word == "cannot tell"


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


def test_exponent_of_an_exponential_is_found() -> None:
    gaps = np.linspace(0, 5, 30)[:, None] + np.array([0.0, 1.0])
    assert gap_exponents(gaps, 3 * np.exp(-1.5 * gaps)) == pytest.approx([-1.5, -1.5])


def changed(study: str, **arrays: Any) -> Any:
    return replace(RESULTS[study], arrays=RESULTS[study].arrays | arrays)


def judge(id: str, study: Any) -> str:
    return str(find_claims()[id][1](study).verdict)


def returns(failed: np.ndarray) -> np.ndarray:
    return np.where(failed, goals().worse, goals().best)


@pytest.mark.parametrize(
    ("exact", "sampled", "verdict"),
    [
        (0.3, [0.3] * 5, "supported"),
        (0.3, [0.95, 0.3, 0.3, 0.3, 0.3], "supported in 4 of 5 settings"),
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
    assert judge("C1", study) == verdict


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.25, "supported"), (0.05, "not supported"), (0.16, "cannot tell"), (0.5, "not supported")],
)
def test_c3_wants_about_a_quarter(share: float, verdict: str) -> None:
    failed = np.tile(np.arange(1000) < 1000 * share, (3, 1))
    assert judge("C3", changed("ascent_failures", failed=failed)) == verdict


def test_c4_needs_flatness_downward_bends_and_a_valley_together() -> None:
    a = RESULTS["stuck_points"].arrays
    flat = list(a["kinds"]).index("flat")
    ideal = {
        "verdict": np.full_like(a["verdict"], flat),
        "bends_down": np.full_like(a["bends_down"], int(a["n_directions"])),
        "line_height": np.ones_like(a["line_height"]),
    }
    spoilt = {"verdict": flat - 1, "bends_down": 0, "line_height": 0.0}
    assert judge("C4", changed("stuck_points", **ideal)) == "supported"
    for key, value in spoilt.items():
        worse = ideal | {key: np.full_like(ideal[key], value)}
        assert judge("C4", changed("stuck_points", **worse)) == "not supported"
    somewhere = ideal["verdict"].copy()
    somewhere[:, 3:] = flat - 1
    found = judge("C4", changed("stuck_points", **ideal | {"verdict": somewhere}))
    assert found == f"supported in 3 of {len(a['alphas'])} settings"


def test_c2_holds_where_every_shape_is_given_its_name() -> None:
    a = RESULTS["known_shapes"].arrays
    kinds = list(a["kinds"])
    truth = np.array([kinds.index(shape) for shape in a["shapes"]])[a["shape"]]
    right = np.repeat(truth[:, None], len(a["episodes"]), axis=1)
    assert judge("C2", changed("known_shapes", verdict=right)) == "supported"
    open_ = np.full_like(right, kinds.index("cannot tell"))
    assert judge("C2", changed("known_shapes", verdict=open_)) == "not supported"
    half = np.where(np.arange(len(a["episodes"])) < 1, right, open_)
    cells = len(a["episodes"]) * len(a["shapes"])
    found = judge("C2", changed("known_shapes", verdict=half))
    assert found == f"supported in {len(a['shapes'])} of {cells} settings"


def test_c5_counts_the_weights_that_work_in_both_conventions() -> None:
    size = RESULTS["entropy_window"].arrays["taus"].size
    work, fail = np.zeros(size, dtype=int), np.full(size, 50)
    some = np.where(np.arange(size) == size - 1, 50, 0)

    def judged(counted: np.ndarray, masked: np.ndarray) -> str:
        return judge("C5", changed("entropy_window", paper_failures=counted, masked_failures=masked))

    assert judged(work, work) == "supported"
    assert judged(fail, fail) == "not supported"
    assert judged(work, fail) == f"supported in {size - 1} of {2 * size - 2} settings"
    assert judged(some, work) == f"supported in {2 * size - 3} of {2 * size - 2} settings"


def test_c6_counts_directions_that_improve_by_what_matters() -> None:
    a = RESULTS["stuck_points"].arrays
    plain = (a["taus"] == 0) & (a["mixes"] == 0)
    looked_at = 2 + int((a["mixes"] > 0).sum())

    def with_gain(gain: int, *, masked: int) -> str:
        improves = np.full_like(a["improves"], 100)
        improves[~plain] += gain
        improves[~a["counted"]] = 100 + masked
        return judge("C6", changed("stuck_points", improves=improves))

    assert with_gain(60, masked=60) == "supported"
    assert with_gain(60, masked=0) == f"supported in {looked_at - 1} of {looked_at} settings"
    assert with_gain(40, masked=40) == "not supported"


@pytest.mark.parametrize("id", ["C7a", "C7b"])
def test_c7_wants_lines_that_only_rise(id: str) -> None:
    a = RESULTS["stuck_points"].arrays
    level = np.zeros_like(a["line_falls"])

    def judged(falls: np.ndarray, rise: float) -> str:
        return judge(id, changed("stuck_points", line_falls=falls, line_rise=level + rise))

    assert judged(level, 1) == "supported"
    assert judged(level + 1, 1) == "not supported"
    assert judged(level, -1) == "not supported"
    mixing = a["line_mixes"] > 0
    tried = mixing if id == "C7b" else a["line_taus"] > 0
    last = np.where(np.arange(len(level)) == np.flatnonzero(tried)[-1], 1.0, 0.0)[:, None]
    assert judged(level + last, 1) == f"supported in {tried.sum() - 1} of {tried.sum()} settings"
    other = np.where(tried, 0.0, 1.0)[:, None]
    assert judged(level + other, 1) == "supported"


def test_c15a_wants_gradients_that_die_exponentially() -> None:
    a = RESULTS["ascent_failures"].arrays
    for norms, verdict in ((np.exp(-a["gap"]), "supported"), (1 / (1 + a["gap"]) ** 0.5, "not supported")):
        assert judge("C15a", changed("ascent_failures", gap_gradient_norm=norms)) == verdict


def test_c15b_wants_points_that_are_flat_only_with_directions_that_do_nothing() -> None:
    a = RESULTS["stuck_points"].arrays
    flat = list(a["kinds"]).index("flat")
    all_flat, none = np.full_like(a["verdict"], flat), np.full_like(a["free_verdict"], flat - 1)
    assert judge("C15b", changed("stuck_points", verdict=all_flat, free_verdict=none)) == "supported"
    assert judge("C15b", changed("stuck_points", verdict=all_flat, free_verdict=none + 1)) == "not supported"


def test_c15c_wants_discounts_to_matter_at_every_scale_for_all_pairs_together() -> None:
    a = RESULTS["ascent_failures"].arrays
    alike, apart = np.full_like(a["scale_failures"], 20), a["scale_failures"].copy()
    assert judge("C15c", changed("ascent_failures", scale_failures=alike)) == "not supported"
    apart[1, :, 0], apart[1, :, 1:] = 100, 0
    assert judge("C15c", changed("ascent_failures", scale_failures=apart)) == "supported"
    apart[1, 0] = 20
    found = judge("C15c", changed("ascent_failures", scale_failures=apart))
    assert found == f"supported in {len(a['scales']) - 1} of {len(a['scales'])} settings"
    a_hair = difference_of_shares(60, 200, 30, 200)
    assert a_hair.low > 0.05
    corrected = claim("C15c", DATA).details
    assert {interval.level for interval in corrected.values()} == {1 - 0.05 / (4 * 3)}


@pytest.mark.slow
@pytest.mark.no_cover
def test_committed_ledger_is_what_the_committed_results_say() -> None:
    judged = all_judged()
    files = {FILE: as_text(judged, PAGES), TABLE: as_csv(judged, PAGES), CITATIONS: as_bibtex(judged)}
    for file, text in files.items():
        assert (DATA / file).read_text(encoding="utf-8") == text, "stale: run rl-landscapes study ledger"


def test_the_file_is_json_for_every_reader_and_open_ends_are_null() -> None:
    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    json.loads((DATA / FILE).read_text(encoding="utf-8"), parse_constant=refuse)
    open_end = replace(claim("C3", DATA), details={"ratio": Interval(2.0, 0.0, np.inf, 0.95, 3)})
    assert open_end.as_json()["details"]["ratio"] == {
        "estimate": 2.0, "low": 0.0, "high": None, "level": 0.95, "n": 3,
    }  # fmt: skip


def test_table_for_other_programs_says_what_the_ledger_says() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(all_judged(), PAGES))))
    ledger = json.loads((DATA / FILE).read_text(encoding="utf-8"))
    assert [row["claim"] for row in rows] == [entry["id"] for entry in ledger]
    for row, entry in zip(rows, ledger, strict=True):
        assert row["verdict"] == entry["verdict"]
        assert float(row["estimate"]) == entry["interval"]["estimate"]
        assert int(row["settings that hold"]) == list(entry["settings"].values()).count("holds")
        assert int(row["settings that fail"]) == list(entry["settings"].values()).count("fails")
        assert int(row["settings"]) == len(entry["settings"])
        for column, key in (("says", "claim"), ("would change", "would_change"), ("page", "page")):
            assert row[column] == entry[key]


def test_every_claim_judged_has_a_page_and_every_row_all_its_columns() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(all_judged(), PAGES))))
    chapters = DATA.parent / "chapters"
    assert [row["claim"] for row in rows if not (chapters / f"{row['page']}.md").is_file()] == []
    assert [(row["claim"], name) for row in rows for name, cell in row.items() if not cell] == []


def test_all_fifteen_claims_of_the_paper_have_a_row_or_wait_for_their_data() -> None:
    assert {int(re.sub("[^0-9]", "", id)) for id in find_claims()} == set(range(1, 16))
    assert [id for id in find_claims() if id not in waiting(DATA)] == JUDGED


def test_claims_are_short_enough_for_a_figure() -> None:
    shorts = [entry.short for entry in all_judged()]
    assert max(map(len, shorts)) <= 40
    assert len(set(shorts)) == len(shorts)


def test_every_row_can_be_cited_by_itself() -> None:
    text = (DATA / CITATIONS).read_text(encoding="utf-8")
    assert re.findall(r"^@misc\{rl_landscapes_(\w+),$", text, re.MULTILINE) == [id.lower() for id in JUDGED]
    assert text.count("{") == text.count("}")
    odd = replace(claim("C3", DATA), claim="50% of a_b & c.")
    assert r"50\% of a\_b \& c}}," in as_bibtex([odd])


def test_what_entries_say_of_their_limits_is_true_of_the_results() -> None:
    noise, window, stuck, ascents = (claim(id, DATA).details for id in ("C1", "C5", "C6", "C3"))
    assert noise["added by 1 episode, no baseline"].low > 0.1
    assert noise["added by 4 episodes, baseline"].low > 0
    assert ascents["shared bias none"].high < 0.05
    assert ascents["shared bias zero, trained"].high < 0.05
    a = RESULTS["entropy_window"].arrays
    works = [tau for tau in a["taus"] if tau > 0 and window[f"tau0 = {tau:g}, counted"].high <= 0.05]
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
    assert (a["line_falls"][gone].mean(axis=1) > 0.01).all()


def test_ledger_has_an_entry_per_claim_with_all_a_reader_needs() -> None:
    ledger = json.loads((DATA / FILE).read_text(encoding="utf-8"))
    assert [entry["id"] for entry in ledger] == JUDGED
    needed = {
        "id",
        "short",
        "would_change",
        "page",
        "claim",
        "paper",
        "sharpened",
        "experiment",
        "statistic",
        "interval",
        "n",
        "budget",
        "verdict",
    }
    for entry in ledger:
        assert needed <= entry.keys()
        assert all(entry[name] for name in needed)
        assert entry["deciding"] in {*entry["settings"], "exact gradient"}
        held = sum(outcome == "holds" for outcome in entry["settings"].values())
        assert ("of" in entry["verdict"]) == (0 < held < len(entry["settings"]))
        low, high = (entry["interval"][end] for end in ("low", "high"))
        assert low is None or low <= entry["interval"]["estimate"]
        assert high is None or entry["interval"]["estimate"] <= high
        assert entry["budget"] == "laptop"


def test_claim_is_found_from_a_page_and_from_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(DATA.parent / "chapters")
    assert claim("C3") == all_judged()[JUDGED.index("C3")]
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


def test_box_shows_every_setting_where_its_interval_lies_and_what_became_of_it() -> None:
    wide = Interval(0.5, 0.0, 1.0, 0.95, 10)
    html = strip(at_least({"high": HIGH, "low": LOW, "<b>": wide}, 0.5), "share")
    rows = re.findall(r'<div class="([a-z-]+)"><span>(.*?)</span><span>(.*?)</span><b>(.)</b>', html)
    assert [(row[0], row[1], row[3]) for row in rows[:3]] == [
        ("holds", "high", "✓"),
        ("fails", "low", "✗"),
        ("cannot-tell", "&lt;b&gt;", "?"),
    ]
    low, high = -0.06, 1.06
    for interval, row in zip((HIGH, LOW, wide), rows, strict=False):
        spans = dict(re.findall(r'<i class="(\w+)" style="left:(.*?);right:.*?"', row[2]))
        for kind, value in (("needed", 0.5), ("range", interval.low), ("middle", interval.estimate)):
            assert float(spans[kind].rstrip("%")) == pytest.approx(
                100 * (value - low) / (high - low), abs=0.01
            )
    assert 'aria-label="share, by setting. high holds; low fails; &lt;b&gt; cannot tell"' in html


def test_box_keeps_the_edge_of_what_is_needed_in_sight() -> None:
    html = strip(at_most({"far": between(3.0, 4.0)}, 0.25), "slope")
    (edge,) = re.findall(r'<em style="left:(.*?)%">0.25</em>', html)
    assert 0 < float(edge) < 50


def test_what_would_change_a_verdict_is_another_outcome_or_so_much_more_data() -> None:
    high, low, wide = between(0.5, 0.6), between(0.1, 0.2), between(0.1, 0.5)
    assert (
        would_change(at_least({"a": high}, 0.4)) == "An interval outside of what is needed, at 0.4 or above."
    )
    assert would_change(at_least({"a": low}, 0.4)) == "An interval at 0.4 or above."
    assert would_change(at_most({"a": high, "b": high}, 0.4)).startswith("One of the settings with its whole")
    part = would_change(at_least({"a": high, "b": low}, 0.4))
    assert part == "Supported if also b held, the whole interval at 0.4 or above."
    # 0.3 +- 0.2 is told from 0.4 with +- 0.1, which takes four times the data
    assert "about 4 times the data" in would_change(at_least({"a": wide}, 0.4))
    assert "More than 1000 times" in would_change(at_least({"a": wide}, 0.3))
    lopsided = Interval(0.8, 0.4, 0.9, 0.95, 10)  # by its lower end, 0.4 for 0.3 away: (4 / 3)^2
    assert "about 2 times the data" in would_change(at_least({"a": lopsided}, 0.5))
    told_alone = both(at_least({"a": wide}, 0.4), at_least({"a": high}, 0.4))
    assert would_change(told_alone) == "More data on the part of the claim whose number is not shown."
    never = Interval(0.3, -np.inf, np.inf, 0.95, 2)
    assert "More than 1000 times" in would_change(inside({"a": never}, 0.0, 1.0))


@pytest.mark.slow
def test_command_writes_the_ledger_and_refuses_without_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "ledger", "--data", str(tmp_path)]) == 2
    assert "is missing" in capsys.readouterr().err
    for study in RESULTS:
        (tmp_path / f"{study}.npz").write_bytes((DATA / f"{study}.npz").read_bytes())
    names = "".join(f'{name} = "later"\n' for name in registered(DATA))
    (tmp_path / "registered.toml").write_text(names)
    assert main(["study", "ledger", "--data", str(tmp_path)]) == 0
    assert (tmp_path / FILE).read_text(encoding="utf-8") == as_text(all_judged(), {})
    assert write(tmp_path) == tmp_path / FILE
    suffixes = sorted(path.suffix for path in tmp_path.iterdir())
    assert suffixes == [".bib", ".csv", ".json"] + [".npz"] * len(RESULTS) + [".toml"]


@pytest.mark.slow
def test_overview_has_one_linked_row_per_claim_with_the_entry_s_own_verdict() -> None:
    shown = overview("chapters/", DATA)._repr_html_()
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", shown)
    links = [re.findall(r'href="(.*?)">(.*?)<', row) for row in rows]
    assert links == [[(f"chapters/{PAGES[id]}.html", id)] for id in JUDGED]
    for row, id in zip(rows, JUDGED, strict=True):
        assert f" {claim(id, DATA).verdict}</td>" in row
