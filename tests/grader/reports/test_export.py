"""Exported points: words where there are no points, no formula, and what each platform expects."""

import csv
import json

import pytest

from rl_landscapes.grader.reports.export import Penalty, export, guard_formula
from tests.grader.classes import FOUND, NAME, TASK, came, course_in, filled, put, scored

ROSTER = """id,first_name,last_name,email,canvas_id,login,section
ann,Ann,"Lee, Jr.",ann@x.edu,501,ann1,A
bo,=HYPERLINK(1),Bo,bo@x.edu,502,bo1,A
cy,Cy,Cyd,cy@x.edu,503,cy1,A
di,Di,Dee,di@x.edu,504,di1,A
el,El,Ell,el@x.edu,505,el1,A
fa,Fa,Fall,fa@x.edu,506,fa1,A
"""
MANUAL = {NAME: {"ann": {TASK: (10.0, 15.0, "good")}, "di": {TASK: (5.0, 15.0, "")}}}
LOST = FOUND.questions["entropy"].tests[-1]
OF = FOUND.points + 15
ANN = OF - 5 - LOST.points


@pytest.fixture
def course(tmp_path):
    """Ann is graded, Bo waits, Cy's work met a fault, Di was late, El came to nothing, Fa did nothing."""
    course = course_in(tmp_path / "c", ROSTER)
    late = "2026-10-03 00:00:00 UTC"
    came(
        course,
        "2026-10-01 22:00:00 UTC",
        ann="2026-10-01 20:00:00 UTC",
        bo=("", False),
        cy=("", True),
        di=late,
        el="empty",
    )
    data = filled({})
    put(course, "ann", data, scored("ann", data, [LOST.title]))
    put(course, "bo", data, scored("bo", data))
    put(course, "cy", data, scored("cy", data, status="grader fault", reason="no process"))
    put(course, "di", data, scored("di", data))
    return course


def table(course, path, format="plain", **options):
    export(course, [NAME], format, path, manual=MANUAL, **options)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def plain(course, path, **options):
    head, *rows = table(course, path, **options)
    return {
        row[0]: dict(zip([name.removeprefix(f"{NAME} ") for name in head], row, strict=True)) for row in rows
    }


def test_points_and_words_of_a_class(course, tmp_path):
    rows = plain(course, tmp_path / "x.csv")
    assert {student: (row["status"], row["total"]) for student, row in rows.items()} == {
        "ann": ("graded", f"{ANN}"),
        "bo": ("written answers to be graded", ""),
        "cy": ("grader fault", ""),
        "di": ("graded", f"{OF - 10}"),
        "el": ("unreadable", ""),
        "fa": ("not submitted", ""),
    }
    assert rows["bo"]["automatic"] == str(FOUND.points)
    assert [rows[who]["automatic"] for who in ("cy", "el", "fa")] == ["", "", ""]
    assert [row["late seconds"] for row in rows.values()] == ["0", "0", "unknown", "93600", "", ""]
    assert {row["of"] for row in rows.values()} == {str(OF)}


def test_a_zero_that_was_earned_is_a_zero(course, tmp_path):
    data = filled({})
    titles = [test.title for question in FOUND.questions.values() for test in question.tests]
    put(course, "ann", data, scored("ann", data, titles))
    export(course, [NAME], "plain", tmp_path / "x.csv", manual={NAME: {"ann": {TASK: (0.0, 15.0, "")}}})
    with (tmp_path / "x.csv").open() as file:
        assert next(csv.DictReader(file))[f"{NAME} total"] == "0.0"


def test_names_with_commas_and_formulas_stay_in_their_cells(course, tmp_path):
    rows = plain(course, tmp_path / "x.csv")
    assert rows["ann"]["last_name"] == "Lee, Jr."
    assert rows["bo"]["first_name"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n=1", "\uff1d1"])
def test_what_a_spreadsheet_would_run_is_quoted(cell):
    assert guard_formula(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["a=1", "", 1.5, -1.5, "x@y"])
def test_what_is_harmless_stays(cell):
    assert guard_formula(cell) == cell


def test_being_late_costs_a_share_for_every_day_begun(course, tmp_path):
    rows = plain(course, tmp_path / "x.csv", late=Penalty(0.1))
    assert rows["di"]["penalty"] == f"{round(0.2 * (OF - 10), 6)}"
    assert rows["di"]["total"] == f"{round(0.8 * (OF - 10), 6)}"
    assert rows["ann"]["penalty"] == "0.0"


@pytest.mark.parametrize(
    ("late_s", "grace_s", "per_day", "points"),
    [(0, 0, 0.1, 0), (1, 0, 0.1, 10), (86_400, 0, 0.1, 10), (86_401, 0, 0.1, 20), (600, 600, 0.1, 0),
     (601, 600, 0.1, 10), (20 * 86_400, 0, 0.1, 100), (5, 0, 0, 0)],
)  # fmt: skip
def test_days_and_grace(late_s, grace_s, per_day, points):
    assert Penalty(per_day, grace_s).points(100.0, late_s) == points


@pytest.mark.parametrize(("per_day", "grace_s"), [(-0.1, 0), (1.1, 0), (float("nan"), 0), (0.1, -1)])
def test_a_penalty_that_is_none_is_refused(per_day, grace_s):
    with pytest.raises(ValueError, match="share from 0 to 1"):
        Penalty(per_day, grace_s)


def test_a_penalty_for_an_unknown_time_is_left_to_people(course, tmp_path):
    data = filled({})
    put(course, "cy", data, scored("cy", data))
    manual = {NAME: {"cy": {TASK: (15.0, 15.0, "")}}}
    done = export(course, [NAME], "plain", tmp_path / "x.csv", late=Penalty(0.1), manual=manual)
    assert ("cy", NAME, "late by a time that is not known") in done.without
    assert "01-returns-and-entropy, late by a time that is not known: 1 (cy)" in str(done)


def test_a_penalty_without_a_due_date_gives_nobody_points(course, tmp_path):
    came(course, ann="2026-10-01 20:00:00 UTC")
    rows = plain(course, tmp_path / "x.csv", late=Penalty(0.1))
    assert (rows["ann"]["status"], rows["ann"]["total"]) == ("whether it was late is not known", "")


def test_canvas_gets_its_columns_and_no_points_where_there_are_none(course, tmp_path):
    head, possible, *rows = table(course, tmp_path / "x.csv", "canvas")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", FOUND.title]
    assert possible == ["    Points Possible", "", "", "", "", str(OF)]
    assert rows[0] == ["Lee, Jr., Ann", "501", "ann", "ann1", "A", f"{ANN}"]
    assert [row[-1] for row in rows] == [f"{ANN}", "", "", f"{OF - 10}", "", ""]


def test_moodle_gets_points_and_the_word_as_feedback(course, tmp_path):
    head, *rows = table(course, tmp_path / "x.csv", "moodle")
    assert head[:4] == ["First name", "Last name", "ID number", "Email address"]
    assert [row[-2:] for row in rows][::5] == [[f"{ANN}", "graded"], ["", "not submitted"]]


def test_gradescope_gets_results_for_who_has_points_and_nothing_hidden(course, tmp_path):
    data = filled({})
    put(course, "ann", data, scored("ann", data, [LOST.title], got="SECRET"))
    done = export(course, [NAME], "gradescope", tmp_path / "out", manual=MANUAL)
    assert sorted(path.parent.name for path in done.paths) == ["ann", "di"]
    text = (tmp_path / "out" / NAME / "ann" / "results.json").read_text()
    results = json.loads(text)
    assert results["score"] == ANN
    assert "SECRET" not in text
    hidden = [test for test in results["tests"] if test["visibility"] == "after_published"]
    assert len(hidden) == sum(
        test.at_grading for question in FOUND.questions.values() for test in question.tests
    )
    assert sum(test["score"] for test in results["tests"]) == ANN


def test_an_unknown_format_is_refused(course, tmp_path):
    with pytest.raises(ValueError, match="format must be plain, canvas, moodle, gradescope, got 'xls'"):
        export(course, [NAME], "xls", tmp_path / "x")


def test_two_assignments_stand_side_by_side(course, tmp_path):
    export(course, [NAME, "03-ascent"], "plain", tmp_path / "x.csv", manual=MANUAL)
    head, *rows = csv.reader((tmp_path / "x.csv").read_text().splitlines())
    assert len(head) == 4 + 14
    assert {row[11] for row in rows} == {"not submitted"}


def test_an_export_that_fails_leaves_the_old_file(course, tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="share"):
        export(course, [NAME], "plain", path, late=Penalty(2))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
