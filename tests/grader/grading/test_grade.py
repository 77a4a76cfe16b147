"""Grading a class: parallel, resumable, stored as it goes; what decides a score decides what is stale."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from rl_landscapes.course.running.notebook import read
from rl_landscapes.grader.authoring.mutants import Mutant, mutants
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading import preflight as before
from rl_landscapes.grader.grading import setup as module
from rl_landscapes.grader.grading.grade import batches, count_by_status, grade, results
from rl_landscapes.grader.grading.setup import prepare
from rl_landscapes.records.fingerprint import reached
from tests.course.solved import answers

ROOT = Path(__file__).parents[3]
NAME = "01-returns-and-entropy"
MUTANTS = mutants(ROOT / "solutions" / NAME / "mutants.toml", answers(NAME))
BITS = "def entropy(logits):\n    x = log_softmax(logits)\n    return -(np.exp(x) * x).sum(-1) / np.log(2)\n"
WRONG = "def entropy(logits):\n    return 0 * logits[..., 0]\n"
SLOW = "import time\ndef entropy(logits):\n    time.sleep(0.05)\n    return 0\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of its own, with the real sources and releases."""
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", "a secret for tests, long enough")
    for name in ("solutions", "exercises"):
        (tmp_path / name).symlink_to(ROOT / name)
    return Course(tmp_path)


def hand_in(course, student, **instead):
    """Write a student's notebook: the release with the solution's answers, some replaced."""
    book = json.loads(course.release(NAME).read_text())
    given = {**answers(NAME), **instead}
    for cell in book["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["source"] = given.get(name, cell["source"])
    path = course.submission(student, NAME)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(book))
    return path


def graded(course, **options):
    unjailed = {key: options.pop(key) for key in ("jailed", "private") if key in options}
    return {r["student"]: r for r in grade(course, prepare(course, NAME, **unjailed), **options)}


def test_a_class_is_graded_in_the_jail_by_two_processes(course):
    hand_in(course, "ada")
    hand_in(course, "bertha", break_even="def break_even(*_):\n    return 0.0\n")
    hand_in(course, "cleo").write_bytes(b"<html>")
    found = graded(course, n_jobs=2)
    assert count_by_status(found.values()) == {"graded": 2, "unreadable": 1}
    assert found["ada"]["points"] == found["ada"]["of"]
    lost = found["bertha"]["questions"]["break_even"]
    assert lost["points"] < lost["of"] / 2
    assert found["bertha"]["points"] == found["ada"]["of"] - lost["of"] + lost["points"]
    assert "web page" in found["cleo"]["reason"]
    assert all(result["jail"] for result in found.values())
    assert results(course, NAME) == found
    assert list(results(course, NAME)) == course.submitters(NAME)


def test_what_is_graded_is_not_graded_again_until_it_changes(course):
    hand_in(course, "ada")
    hand_in(course, "bertha")
    assert set(graded(course)) == {"ada", "bertha"}
    assert graded(course) == {}
    hand_in(course, "ada", entropy=WRONG)
    assert set(graded(course)) == {"ada"}
    assert set(graded(course, fresh=True, students=["b*"])) == {"bertha"}


@pytest.mark.parametrize("change", ["secret", "private", "jail", "code"])
def test_a_result_is_stale_when_what_decides_it_changes(course, monkeypatch, tmp_path, change):
    hand_in(course, "ada")
    assert set(graded(course)) == {"ada"}
    options = {}
    if change == "secret":
        monkeypatch.setenv("RL_LANDSCAPES_SECRET", "another secret, as long as the first")
    elif change == "jail":
        options["jailed"] = False
    elif change == "code":
        now = reached(["rl_landscapes.course.checks.a01_returns_and_entropy"])
        monkeypatch.setattr(module, "reached", lambda *_, **__: now | {"rl_landscapes.arrays": "changed"})
    else:
        folder = tmp_path / "private"
        folder.mkdir()
        (folder / f"{NAME}.py").write_text(
            "@assignment.named('entropy').test('never', points=8, at_grading=True)\n"
            "def _(student, rng):\n    raise AssertionError\n"
        )
        options["private"] = folder
    again = graded(course, **options)
    assert set(again) == {"ada"}


def test_what_decides_all_results_is_read_once_for_a_class(course, monkeypatch):
    for student in ("ada", "bertha", "cleo"):
        hand_in(course, student)
    setup, read = prepare(course, NAME, jailed=False), []
    monkeypatch.setattr(module, "reached", lambda names, **_: read.append(names) or {})
    assert len(list(grade(course, setup))) == 3
    assert len(read) == 1


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("03-ascent", "course.checks.ascents"),
        ("07-bodies", "worlds.physics.batch"),
    ],
)
def test_grades_rest_on_the_oracles_that_tests_reach_and_not_on_plots(course, name, oracle):
    found = prepare(course, name)._code()
    assert {f"rl_landscapes.{oracle}", "rl_landscapes.course.running.worker"} <= set(found)
    assert not [module for module in found if module.startswith(("rl_landscapes.plots", "rl_landscapes.cli"))]


def test_the_same_numbers_are_drawn_in_a_regrade_and_others_when_something_else_is_handed_in(course):
    sums = "def entropy(x):\n    return x.sum(-1)\n"
    hand_in(course, "ada", entropy=sums)
    first = graded(course)["ada"]
    again = graded(course, fresh=True)["ada"]
    assert [first.pop("seconds"), again.pop("seconds")]
    assert first == again
    hand_in(course, "ada", entropy=sums + "# once more\n")
    got, other = (
        [test["got"] for test in found["questions"]["entropy"]["tests"]]
        for found in (first, graded(course)["ada"])
    )
    assert sum(one != two for one, two in zip(got, other, strict=True)) >= 2


def test_a_fault_is_tried_again_and_no_old_result_outlives_it(course, monkeypatch):
    hand_in(course, "ada")
    graded(course)

    def broken(*_, **__):
        raise RuntimeError("a defect")

    monkeypatch.setattr("rl_landscapes.grader.grading.grade.examine", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        graded(course, fresh=True)
    assert results(course, NAME) == {}
    monkeypatch.undo()


def test_private_tests_count_and_a_question_keeps_its_worth(course, tmp_path):
    folder = tmp_path / "private"
    folder.mkdir()
    private = folder / f"{NAME}.py"
    private.write_text(
        "from rl_landscapes.course import expect\n"
        "@assignment.named('entropy').test('of one action', points=10, at_grading=True)\n"
        "def _(student, rng):\n    expect.close(student.entropy([[rng.normal()]]), [1.0], 'entropy')\n"
    )
    hand_in(course, "ada")
    found = graded(course, private=folder)["ada"]["questions"]["entropy"]
    assert found["of"] == 10
    assert found["points"] == 5  # ten points of tests, ten of the private one, which no answer passes
    assert [test["title"] for test in found["tests"] if not test["points"]] == ["of one action"]
    private.write_text("assignment.question('new', hints=('a', 'b'), difficulty=1, minutes=1)")
    with pytest.raises(ValueError, match="add a question"):
        prepare(course, NAME, private=folder)
    private.write_text("1/0")
    with pytest.raises(ValueError, match="ZeroDivisionError"):
        prepare(course, NAME, private=folder)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        prepare(course, NAME, private=tmp_path / "nowhere")


def test_preflight_holds_for_the_real_course(course, monkeypatch):
    monkeypatch.setattr(before, "STUDENTS", 2)
    *found, caught, equal = before.preflight(course, prepare(course, NAME))
    assert [finding.holds for finding in (*found, caught, equal)] == [True] * (len(found) + 2), found
    count = len(MUTANTS)
    assert caught.said == f"{count} of {count} caught"
    assert equal.said == f"{count} of {count} get the same from each of 2 students"


LUCK = """
import numpy as np
from rl_landscapes.course import expect

@assignment.named("entropy").test("by luck", points=1, at_grading=True)
def _(student, rng):
    got = expect.number(student.entropy(np.zeros(4)), "entropy of four")
    expect.true(rng.random() < 0.5 or abs(got - np.log(4)) < 1e-9, "entropy of four", got=got)
"""


def test_preflight_names_mistakes_that_are_missed_and_those_whose_points_are_luck(
    course, tmp_path, monkeypatch
):
    (tmp_path / f"{NAME}.py").write_text(LUCK)
    bits, right = (Mutant("entropy", "in bits", text, False) for text in (BITS, answers(NAME)["entropy"]))
    monkeypatch.setattr(before, "mutants", lambda *_: [bits, replace(right, mistake="none at all")])
    *_, caught, equal = before.preflight(course, prepare(course, NAME, private=tmp_path))
    assert (caught.holds, caught.said) == (False, "1 of 2 caught; entropy: none at all")
    assert not equal.holds
    assert re.fullmatch(
        r"1 of 2 get the same from each of 50 students; entropy: in bits: [\d.]+ to [\d.]+ points", equal.said
    )


def test_preflight_finds_a_grader_that_is_wrong(course, monkeypatch):
    held = prepare(course, NAME)
    monkeypatch.setattr(before, "notebook_text", lambda _: course.release(NAME).read_text())
    found = {finding.what: finding for finding in before.preflight(course, held, thorough=False)}
    assert not found["the reference solution"].holds
    assert found["the empty form"].holds


def test_waves_are_lists_of_at_most_a_size():
    assert list(batches(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_to_the_same_grades(course, tmp_path):
    for number in range(12):
        hand_in(course, f"s{number}", **({"entropy": WRONG} if number % 3 else {}))
    whole = {name: result["points"] for name, result in graded(course).items()}
    for path in (course.results / NAME).glob("*.json"):
        path.unlink()
    code = (
        "from pathlib import Path; from rl_landscapes.grader.folders import Course\n"
        "from rl_landscapes.grader.grading.grade import grade\n"
        "from rl_landscapes.grader.grading.setup import prepare\n"
        f"course = Course(Path({str(course.root)!r}))\n"
        f"print(*(r['student'] for r in grade(course, prepare(course, {NAME!r}))))"
    )
    running = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    while running.poll() is None and len(list((course.results / NAME).glob("*.json"))) < 4:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    kept = set(results(course, NAME))
    assert 4 <= len(kept) < 12
    rest = graded(course)
    assert set(rest) == set(whole) - kept
    assert {name: result["points"] for name, result in results(course, NAME).items()} == whole


@pytest.mark.slow
def test_a_dask_cluster_gives_the_same_grades(course):
    from distributed import LocalCluster

    from rl_landscapes.parallel.cluster import dask_cluster

    for number in range(6):
        hand_in(course, f"s{number}", **({"entropy": WRONG} if number % 2 else {}))
    here = {name: result["points"] for name, result in graded(course).items()}
    with (
        mock.patch.dict(os.environ),  # a cluster leaves variables of its own, which glibc reads, too
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        dask_cluster(cluster.scheduler_address),
    ):
        there = graded(course, fresh=True, n_jobs=-1)
    assert {name: result["points"] for name, result in there.items()} == here


def test_the_release_is_readable_and_holds_no_answer(course):
    book = read(course.release(NAME).read_bytes())
    assert {cell.grade_id for cell in book.where(lambda cell: cell.is_answer)} == set(answers(NAME))
    assert all("NotImplementedError" in cell.source for cell in book.where(lambda cell: cell.is_answer))
