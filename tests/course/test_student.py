"""A student's part, as it is installed, on whatever system this is: `check` in a notebook and of a file."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_landscapes.course import exercise
from tests.course.solved import functions, solved_release

ROOT = Path(__file__).parents[2]
NAME = "01-returns-and-entropy"
RELEASES = sorted((ROOT / "exercises").glob("*/*.ipynb"))
LOOP = "def entropy(logits):\n    while True: pass"


def check(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "rl_landscapes", "check", *map(str, words)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)


def test_right_answers_end_with_0(tmp_path: Path) -> None:
    done = check(solved_release(tmp_path / "mine.ipynb"))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow  # it waits as long as a student would
def test_a_wrong_answer_and_one_without_end_cost_their_own_points_and_end_with_1(tmp_path: Path) -> None:
    began = time.monotonic()
    done = check(solved_release(tmp_path / "mine.ipynb", entropy=LOOP, values="def values(*_): return 0.0"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "timed out" in done.stdout
    assert "wrong" in done.stdout
    lines = done.stdout.splitlines()
    (whole,) = (line for line in lines if line.startswith("log_softmax: "))
    earned, of = (word for word in whole.split() if word.isdigit())
    assert earned == of
    assert time.monotonic() - began < 100


@pytest.mark.parametrize("text", ["", "{", "<!DOCTYPE html>", '{"cells": []}'])
def test_what_is_no_notebook_ends_with_2(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_text(text, encoding="utf-8")
    done = check(path)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(path) in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_what_was_handed_out_can_be_checked(release: Path) -> None:
    done = check(release)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.findall(r": (\S+) of \S+ points", done.stdout)[-1] == "0"  # together, or of the only question


def test_functions_of_a_notebook_are_checked() -> None:
    report = exercise(NAME)(namespace=functions(NAME))
    assert report.passed, repr(report)
