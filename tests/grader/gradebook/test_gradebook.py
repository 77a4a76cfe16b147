import json
import shutil
import time

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.gradebook import entries as gradebook
from rl_landscapes.grader.gradebook.autograded import NO_ANSWER, make_harmless
from rl_landscapes.grader.gradebook.entries import changed_since, manual_scores, open_gradebook, register
from tests.grader.sources import ANSWERS, NAME, SOURCE, TOY, built, hand_in, result, toy_course

TASK = "task-why"


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """Give a function that makes a course with the toy in its gradebook, in a folder."""
    first = built(tmp_path_factory.mktemp("course"))
    register(first, NAME, table=lambda _: TOY)

    def copied(folder):
        shutil.copytree(first.root, folder, dirs_exist_ok=True)
        return Course(folder)

    return copied


def record(course, *results):
    gradebook.record(course, NAME, results, table=lambda _: TOY)


def grades(course, student):
    """Name of a cell -> automatic score, score of a person, whether somebody must look."""
    with open_gradebook(course) as book:
        found = book.find_submission_notebook(NAME, NAME, student).grades
        return {g.cell.name: (g.auto_score, g.manual_score, g.needs_manual_grade) for g in found}


def person_grades(course, student, cell, score, comment=None):
    """Do what formgrader does when a person enters a score and leaves the field."""
    with open_gradebook(course) as book:
        grade = book.find_grade(cell, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment(cell.removeprefix("check-"), NAME, NAME, student).manual_comment = comment
        book.db.commit()


def shown(course, student):
    return nbformat.read(course.autograded / student / NAME / f"{NAME}.ipynb", as_version=4)


def cell(course, student, name):
    return next(cell for cell in shown(course, student).cells if cell.id == name)


def test_automatic_scores_arrive_and_written_answers_wait(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada", written="It does.")
    record(course, result("ada", spread=0.0))
    assert grades(course, "ada") == {
        "check-mean": (5.0, None, False),
        "check-spread": (0.0, None, False),
        TASK: (None, None, True),
    }
    with open_gradebook(course) as book:
        submission = book.find_submission(NAME, "ada")
        assert (submission.score, submission.max_score, submission.needs_manual_grade) == (5.0, 10.5, True)
        assert submission.timestamp.isoformat() == "2026-12-01T12:00:00"
    assert manual_scores(course, NAME) == {"ada": {TASK: (None, 4.0, "")}}


def test_an_empty_written_answer_has_no_points_and_waits_for_nobody(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada", written=" \n")
    record(course, result("ada"))
    assert grades(course, "ada")[TASK] == (0.0, None, False)
    assert manual_scores(course, NAME) == {"ada": {TASK: (0.0, 4.0, "")}}
    assert cell(course, "ada", "written-why").source == NO_ANSWER


def test_what_a_person_gave_outlives_a_regrade(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada", written="It does.")
    record(course, result("ada", mean=0.0))
    person_grades(course, "ada", TASK, 3.0, "well said")
    person_grades(course, "ada", "check-mean", 4.0, "nearly")
    record(course, result("ada", mean=0.0))
    assert grades(course, "ada")[TASK] == (None, 3.0, False)
    assert grades(course, "ada")["check-mean"] == (0.0, 4.0, False)
    expected = {TASK: (3.0, 4.0, "well said"), "check-mean": (4.0, 5.0, "nearly")}
    assert manual_scores(course, NAME) == {"ada": expected}


def test_a_person_is_asked_again_when_what_was_graded_has_changed(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada", written="It does.")
    record(course, result("ada", mean=0.0))
    person_grades(course, "ada", TASK, 3.0)
    person_grades(course, "ada", "check-mean", 4.0)
    hand_in(course, "ada", written="It does not.")
    for _ in range(2):
        record(course, result("ada", mean=2.0))
        assert grades(course, "ada")[TASK] == (None, 3.0, True)
        assert grades(course, "ada")["check-mean"] == (2.0, 4.0, True)
    expected = {TASK: (None, 4.0, ""), "check-mean": (4.0, 5.0, "")}  # not the points of another answer
    assert manual_scores(course, NAME) == {"ada": expected}
    assert changed_since(course, NAME) == [("ada", "check-mean"), ("ada", TASK)]


def test_points_for_an_answer_do_not_stay_with_an_empty_one(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada", written="It does.")
    record(course, result("ada"))
    person_grades(course, "ada", TASK, 3.0)
    hand_in(course, "ada", written=" ")
    for _ in range(2):
        record(course, result("ada"))
        assert grades(course, "ada")[TASK] == (0.0, 3.0, True)
        assert manual_scores(course, NAME) == {"ada": {TASK: (None, 4.0, "")}}
    person_grades(course, "ada", TASK, None)
    record(course, result("ada"))
    assert manual_scores(course, NAME) == {"ada": {TASK: (0.0, 4.0, "")}}


@pytest.mark.parametrize("status", ["unreadable", "grader fault"])
def test_no_automatic_score_outlives_a_failed_regrade(tmp_path, status, entered):
    course = entered(tmp_path)
    path = hand_in(course, "ada", written="It does.")
    record(course, result("ada"))
    person_grades(course, "ada", TASK, 3.0)
    if status == "unreadable":
        path.write_bytes(b"{}")
    record(course, result("ada", 0.0, 0.0, status=status, questions={}))
    assert grades(course, "ada")["check-mean"] == (None, None, True)
    assert grades(course, "ada")["check-spread"] == (None, None, True)
    assert grades(course, "ada")[TASK] == (None, 3.0, status == "unreadable")
    assert status in shown(course, "ada").cells[0].source


def test_a_notebook_is_written_only_when_its_scores_are_in_the_gradebook(tmp_path, entered, monkeypatch):
    course = entered(tmp_path)
    hand_in(course, "ada")
    with monkeypatch.context() as broken:
        broken.setattr(gradebook.rows, "write_comments", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            record(course, result("ada"))
    assert not course.autograded.exists()
    assert manual_scores(course, NAME) == {}


def test_many_results_in_one_call_equal_one_at_a_time(tmp_path, entered):
    together, alone = entered(tmp_path / "a"), entered(tmp_path / "b")
    students = {"ada": 5.0, "bea": 2.0, "cleo": 0.0}
    for student in students:
        hand_in(together, student, written=student)
        hand_in(alone, student, written=student)
    record(together, *(result(student, mean) for student, mean in students.items()))
    for student, mean in students.items():
        record(alone, result(student, mean))
    for student in students:
        assert grades(together, student) == grades(alone, student)
        assert shown(together, student) == shown(alone, student)


def test_students_off_the_roster_are_entered_and_names_come_from_it(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada")
    course.roster.write_text("id,first_name,last_name\nada,Ada,Byron\n")
    record(course, result("ada"), result("zoe"))
    with open_gradebook(course) as book:
        assert {s.id: s.last_name for s in book.students} == {"ada": "Byron", "zoe": None}
    assert shown(course, "zoe").cells[0].source.startswith("# A toy")


def test_results_of_another_assignment_are_refused(tmp_path, entered):
    with pytest.raises(ValueError, match="results must be of 90-toy, got some of 91-other"):
        record(entered(tmp_path), result("ada", assignment="91-other"))


def test_new_points_reach_the_gradebook_but_with_submissions_new_questions_do_not(tmp_path, entered):
    course = entered(tmp_path)
    hand_in(course, "ada", written="It does.")
    record(course, result("ada"))
    toy_course(tmp_path, SOURCE.replace('"points": 4', '"points": 8'))
    record(course, result("ada"))
    assert manual_scores(course, NAME) == {"ada": {TASK: (None, 8.0, "")}}
    toy_course(tmp_path, SOURCE.replace('"why"', '"wherefore"'))
    with pytest.raises(ValueError, match="the questions of 90-toy have changed"):
        record(course, result("ada"))


def test_a_course_without_a_gradebook_has_no_manual_scores(tmp_path):
    course = built(tmp_path)
    assert manual_scores(course, NAME) == {}
    assert not course.gradebook.exists()
    hand_in(course, "ada")
    record(course, result("ada"))
    assert manual_scores(course, "91-other") == {}


def test_the_notebook_for_the_teacher_has_answers_outcomes_and_mark_scheme(tmp_path, entered):
    course = entered(tmp_path)
    answer = "def mean(numbers):\n    return 12"
    hand_in(course, "ada", {**ANSWERS, "mean": answer}, "It *does*.")
    record(course, result("ada", mean=0.0, troubles={"mean": "ZeroDivisionError: <i>"}))
    assert cell(course, "ada", "mean").source == answer
    assert cell(course, "ada", "mean").outputs[0].text == "ZeroDivisionError: <i>\n"
    said = cell(course, "ada", "check-mean").outputs[0].text
    assert "mean: 0 of 5 points" in said
    assert "got: <b>12</b>" in said
    assert said.count("mean([1, 2])") == 1  # of the test kept for grading only that it failed
    assert cell(course, "ada", "written-why").source == "It *does*."
    assert "every number lies there.  \n=== END" in cell(course, "ada", TASK).source  # lines stay lines
    nbformat.validate(shown(course, "ada"))


def test_cells_that_are_no_answer_follow_and_are_limited(tmp_path, entered):
    course = entered(tmp_path)
    path = hand_in(course, "ada")
    tree = json.loads(path.read_text())
    extra = [{"cell_type": "code", "source": f"x{n} = {n}", "metadata": {}, "outputs": []} for n in range(50)]
    path.write_text(json.dumps({**tree, "cells": [*tree["cells"], *extra]}))
    record(course, result("ada"))
    cells = shown(course, "ada").cells
    assert "the first 40 of 50" in cells[-41].source
    assert cells[-1].source == "x39 = 39"


HOSTILE = """Text <script>alert(1)</script> <img src=x onerror=alert(1)> <JavaScript:alert(1)> </div>
[a](javascript:alert(1)) [b][ref] ![c](http://evil.example/x.png) https://evil.example www.evil.example

[ref]: javascript:alert(1)

$\\href{javascript:alert(1)}{x} \\require{action} a<b$ `<script>` \ud800 \x1b]8;; \u202e

<svg/onload=alert(1)> <!-- x --> <?x ?> <a href="data:text/html,x">y</a>
"""


def as_html(cells):
    exporter = HTMLExporter(config=Config({"HTMLExporter": {"template_name": "basic"}}))
    return exporter.from_notebook_node(cells)[0].lower()


def test_nothing_a_student_writes_acts_when_a_teacher_looks(tmp_path, entered):
    course = entered(tmp_path)
    code = "def mean(numbers):\n    return '</script><script>alert(1)</script>'"
    hand_in(course, "ada", {**ANSWERS, "mean": code}, HOSTILE)
    record(course, result("ada", mean=0.0, troubles={"mean": "<script>alert(2)</script>"}))
    assert "hostile" not in cell(course, "ada", "written-why").source
    config = Config({"HTMLExporter": {"template_name": "basic"}})
    html = HTMLExporter(config=config).from_notebook_node(shown(course, "ada"))[0].lower()
    ours = HTMLExporter(config=config).from_notebook_node(nbformat.read(course.release(NAME), 4))[0].lower()
    for sign in (
        "<script",
        "<img",
        "<svg",
        "<a ",
        "<!--",
        "javascript:",
        "\\href",
        "\\require",
        "onerror=alert(1)>",
    ):
        assert html.count(sign) == ours.count(sign), sign


@pytest.mark.parametrize(
    "text", ["$a < b$ and $x_{i}(j)$", "- a list\n- **bold**", "1 < 2 > 0", "a: b, 10:30"]
)
def test_harmless_text_stays_as_it_is(text):
    assert make_harmless(text) == text


@pytest.mark.slow
def test_a_thousand_results_are_entered_in_seconds(tmp_path, entered):
    course = entered(tmp_path)
    students = [f"s{n:04}" for n in range(1000)]
    for student in students:
        hand_in(course, student, written="It does.")
    begin = time.process_time()
    record(course, *map(result, students))
    assert time.process_time() - begin < 8
    assert grades(course, "s0999")["check-mean"] == (5.0, None, False)
