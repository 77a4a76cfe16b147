"""How platforms lay out what a class handed in: whose is it, and when did it come?"""

import io
import zipfile
from datetime import timedelta

import pytest

from rl_landscapes.grader import times
from rl_landscapes.grader.collecting.collect import collect
from tests.grader.handing_in import (
    DUE,
    NAME,
    laid,
    new_course,
    notebook,
    packed,
    submitted,
)


@pytest.fixture
def course(tmp_path):
    return new_course(tmp_path / "course")


def test_canvas_names_and_its_mark_of_lateness(course, tmp_path):
    zipped = packed(
        tmp_path / "submissions.zip",
        {
            f"leeann_501_9001_{NAME}.ipynb": notebook("a = 1"),
            f"mullerweissbo_LATE_502_9002_{NAME}-1.ipynb": notebook("b = 2"),
            f"wangwei_503_9003_{NAME} (1).ipynb": notebook("c = 3"),
        },
    )
    report = collect(course, NAME, zipped, due=DUE)
    assert report.layout == "Canvas"
    assert [(s.id, s.is_late(DUE), s.late_s(DUE)) for s in report.students.values()] == [
        ("s1", False, 0),
        ("s2", True, None),
        ("s3", False, 0),
    ]
    assert submitted(course, "s2") == notebook("b = 2")
    assert report.absent == ["s4"]
    assert not list(course.submitted.rglob("timestamp.txt"))


def test_canvas_time_that_the_instructor_knows(course, tmp_path):
    zipped = packed(tmp_path / "x.zip", {f"leeann_late_501_9001_{NAME}.ipynb": notebook()})
    report = collect(course, NAME, zipped, due=DUE, known_times={"s1": DUE + timedelta(hours=3)})
    assert report.students["s1"].late_s(DUE) == 3 * 3600
    assert collect(course, NAME, zipped, due=DUE).students["s1"].late_s(DUE) == 3 * 3600


def test_moodle_folders_and_the_time_of_the_file(course, tmp_path):
    zipped = packed(
        tmp_path / "moodle.zip",
        {
            f"Ann Lee_81_assignsubmission_file_/{NAME}.ipynb": notebook("a = 1"),
            "Müller-Weiß Bo_82_assignsubmission_file_/my work.ipynb": notebook("b = 2"),
            "Ann Lee_81_assignsubmission_onlinetext_/onlinetext.html": "<p>hello",
        },
        when=(2026, 10, 1, 23, 30, 0),
    )
    report = collect(course, NAME, zipped, due=DUE)
    assert report.layout == "Moodle"
    assert report.students["s1"].late_s(DUE) == 5400
    assert report.students["s1"].newest.time_from == "the file's own time"
    assert (course.submission("s1", NAME).parent / "timestamp.txt").read_text() == "2026-10-01 23:30:00 UTC\n"


def test_times_in_a_zip_are_in_the_zone_of_the_due_date(course, tmp_path):
    zipped = packed(
        tmp_path / "moodle.zip",
        {f"Ann Lee_81_assignsubmission_file_/{NAME}.ipynb": notebook()},
        (2026, 10, 2, 1, 0, 0),
    )
    due = times.parse_time("2026-10-02 00:00 Europe/Berlin")
    report = collect(course, NAME, zipped, due=due)
    assert report.students["s1"].late_s(due) == 3600
    assert report.due == "2026-10-02 00:00:00 Europe/Berlin"
    assert collect(course, NAME, zipped) == report


def test_gradescope_export_with_a_group(course, tmp_path):
    about = """---
submission_123:
  :submitters:
  - :name: Ann Lee
    :sid: s1
    :email: ann@x.edu
  - :name: Bo
    :sid: ''
    :email: BO@x.edu
  :created_at: 2026-10-01 22:00:30.123456789 Z
  :status: processed
"""
    source = laid(
        tmp_path / "export",
        {
            "assignment_1_export/submission_metadata.yml": about,
            f"assignment_1_export/submission_123/{NAME}.ipynb": notebook("a = 1"),
            "assignment_1_export/submission_123/submission_metadata.yml": about.replace("s1", "s4"),
            f"assignment_1_export/submission_999/{NAME}.ipynb": notebook("z = 1"),
        },
    )
    report = collect(course, NAME, source, due=DUE)
    assert report.layout == "Gradescope"
    assert list(report.students) == ["s1", "s2"]
    assert report.students["s2"].late_s(DUE) == 30
    assert "does not say whose it is" in report.refused[0]["reason"]


def test_nbgrader_folders_with_their_timestamps(course, tmp_path):
    source = laid(
        tmp_path / "submitted",
        {
            f"s1/{NAME}/{NAME}.ipynb": notebook("a = 1"),
            f"s1/{NAME}/timestamp.txt": "2026-10-01 23:00:00.500000 UTC",
            f"s1/02-exact-gradients/{NAME}.ipynb": notebook("other folder"),
            f"s2/{NAME}/{NAME}.ipynb": notebook("b = 2"),
            f"s2/{NAME}/timestamp.txt": b"\xff\xff soon",
        },
    )
    report = collect(course, NAME, source, due=DUE)
    assert report.students["s1"].late_s(DUE) == 3600
    assert report.students["s2"].newest.time_from == "the file's own time"
    assert [said["file"] for said in report.refused] == [f"s2/{NAME}/timestamp.txt"]


@pytest.mark.parametrize(
    "path",
    [
        "s1/anything.ipynb",
        "s1.ipynb",
        "s1 (2).ipynb",
        "Ann Lee/x.ipynb",
        "Lee, Ann.ipynb",
        "ann@x.edu/x.ipynb",
    ],
)
def test_plain_folders_and_files(course, tmp_path, path):
    collect(course, NAME, laid(tmp_path / "in", {path: notebook("a = 1"), "s2/x.ipynb": notebook()}))
    assert submitted(course, "s1") == notebook("a = 1")


def test_a_notebook_under_its_own_name_says_nothing_about_whose_it_is(course, tmp_path):
    course.roster.unlink()
    source = laid(
        tmp_path / "in",
        {f"{NAME}.ipynb": notebook(), f"{NAME} (1).ipynb": notebook(), "s1.ipynb": notebook()},
    )
    report = collect(course, NAME, source)
    assert list(report.students) == ["s1"]
    assert {said["reason"] for said in report.refused} == {"its name does not say whose it is"}


def test_an_outer_folder_says_nothing(course, tmp_path):
    source = laid(tmp_path / "in", {"work/s1/x.ipynb": notebook("a = 1"), "work/s2/x.ipynb": notebook()})
    assert list(collect(course, NAME, source).students) == ["s1", "s2"]


def test_a_student_cannot_make_a_folder_for_another(course, tmp_path):
    source = laid(
        tmp_path / "in",
        {f"{s}/{NAME}/x.ipynb": notebook() for s in ("s1", "s2", "s3")}
        | {f"s3/s4/{NAME}/x.ipynb": notebook("forged = 1")},
    )
    report = collect(course, NAME, source)
    assert "s4" not in report.students


def test_a_zip_that_a_student_handed_in_is_opened_once(course, tmp_path):
    inner, deeper = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(deeper, "w") as archive:
        archive.writestr("deep.ipynb", notebook())
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("work/x.ipynb", notebook("a = 1"))
        archive.writestr("again.zip", deeper.getvalue())
    report = collect(course, NAME, packed(tmp_path / "c.zip", {"leeann_501_9_work.zip": inner.getvalue()}))
    assert submitted(course, "s1") == notebook("a = 1")
    assert "zip within a zip" in report.refused[0]["reason"]
