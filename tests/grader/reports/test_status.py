"""The table of where a course stands."""

import json

from rl_landscapes.grader.grading.grade import made_from
from rl_landscapes.grader.grading.setup import prepare
from rl_landscapes.grader.reports.feedback import feedback
from rl_landscapes.grader.reports.status import status
from tests.grader.classes import NAME, TASK, came, course_in, filled, put, scored


def test_every_student_is_counted_where_they_are(tmp_path):
    course = course_in(
        tmp_path, "id\n" + "\n".join(["absent", "graded", "waits", "fault", "new", "stale", "old", "bad"])
    )
    came(
        course,
        "2026-10-01 22:00:00 UTC",
        graded="2026-10-01 23:00:00 UTC",
        bad="the file is empty",
        waits=("", True),
    )
    data, now = filled({}), prepare(course, NAME).fingerprint
    for student in ("graded", "waits", "fault", "stale", "old"):
        result = scored(student, data, status="grader fault" if student == "fault" else "graded")
        put(course, student, data, result | {"digest": made_from(now, data) if student != "old" else "x"})
    put(course, "stale", filled({}, "another"))
    put(course, "new", data)
    manual = {NAME: {"graded": {TASK: (1.0, 15.0, "")}}}
    feedback(course, NAME, manual=manual[NAME])
    row = status(course, manual=manual).rows[0]
    assert (row.assignment, row.students, row.collected, row.late, row.unreadable) == (NAME, 8, 6, 2, 1)
    assert (row.to_grade, row.graded, row.outdated, row.faults, row.waiting) == (1, 3, 2, 1, 2)
    assert row.feedback == 5


def test_a_course_at_its_beginning_is_a_row_of_zeros(tmp_path):
    course = course_in(tmp_path)
    text = str(status(course))
    assert text.splitlines()[1].split() == [NAME] + ["0"] * 10
    assert not course.grading.exists()


def test_results_of_unprotected_grading_are_held_against_the_same(tmp_path):
    course = course_in(tmp_path, "id\nann\n")
    data = filled({})
    found = made_from(prepare(course, NAME, jailed=False).fingerprint, data)
    put(course, "ann", data, scored("ann", data) | {"jail": False, "digest": found})
    assert status(course, manual={}).rows[0].outdated == 0
    assert json.loads((course.results / NAME / "ann.json").read_text())["jail"] is False
