"""The capstone: 100 points by its rubric, one function that is checked, a release that is fresh."""

import json
import re
from contextlib import chdir

import numpy as np
import pytest

from rl_landscapes.course import seeds
from rl_landscapes.course.lookup import load
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.grader.authoring.build import build
from rl_landscapes.grader.authoring.mutants import mutants
from rl_landscapes.grader.folders import Course
from tests.course.solved import EXERCISES, SOLUTIONS, answers, functions

NAME = "09-capstone"
FOLDER = SOLUTIONS / NAME
CAPSTONE = load(NAME, (FOLDER / f"{NAME}.py").read_text(encoding="utf-8"))
MUTANTS = mutants(FOLDER / "mutants.toml", answers(NAME))
RUBRIC = {
    "question": 15,
    "validation": 20,
    "uncertainty": 20,
    "rival": 20,
    "figures": 10,
    "command": 6,
    "limits": 5,
}
GRADING = seeds.of_student(b"a secret of sixteen bytes or more", "ada")


def results(grading=True, **instead):
    with chdir(FOLDER):  # where its tests lie
        space = functions(NAME, **instead)
    return score(CAPSTONE, InProcess(space), GRADING if grading else seeds.public, grading=grading)


def test_the_rubric_has_a_hundred_points_with_those_of_the_function():
    cells = json.loads((EXERCISES / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))["cells"]
    data = [cell["metadata"].get("nbgrader", {}) for cell in cells]
    points = {cell["grade_id"].removeprefix("task-"): cell["points"] for cell in data if cell.get("task")}
    assert points == RUBRIC
    assert sum(RUBRIC.values()) + CAPSTONE.points == 100


def test_the_points_of_a_mark_scheme_add_up_to_those_of_its_section():
    text = (FOLDER / f"{NAME}.md").read_text(encoding="utf-8")
    schemes = re.findall(r'"written": "(\w+)".*?BEGIN MARK SCHEME ===\n(.*?)=== END', text, re.DOTALL)
    assert {
        name: sum(map(int, re.findall(r"^(\d+) ", scheme, re.MULTILINE))) for name, scheme in schemes
    } == RUBRIC
    assert '"Cannot tell" with the number of pieces that would tell: all 4.' in text


def test_the_worked_run_has_all_points_of_the_function():
    assert sum(result.points for result in results()) == CAPSTONE.points
    assert CAPSTONE.named("reproduce").line in answers(NAME)["reproduce"]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.mistake for mutant in MUTANTS])
def test_a_typical_mistake_is_seen_at_once(mutant):
    assert len(MUTANTS) == 5
    outcomes = {result.outcome for result in results(grading=False, reproduce=mutant.source)}
    assert Outcome.WRONG in outcomes
    assert outcomes <= {Outcome.WRONG, Outcome.PASSED}


@pytest.mark.parametrize(
    "junk", [None, 0.5, {"effect": 1.0}, {"effect": np.nan, "low": 0, "high": 1, "verdict": 3}]
)
def test_an_answer_of_any_kind_earns_nothing(junk):
    found = score(CAPSTONE, InProcess({"reproduce": lambda seed: junk}), GRADING, grading=True)
    assert {result.outcome for result in found} == {Outcome.WRONG}


def test_the_release_is_what_the_source_makes():
    assert build(Course(SOLUTIONS.parent), [NAME], check=True) == []
