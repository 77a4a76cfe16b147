"""Collecting: what counts, what is kept, what is refused, and the same state when it is done twice."""

import json
import os
import re
import shutil
import stat
import zipfile
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rl_landscapes.course.assignment import assignments
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.collecting.report import read_report
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading.release import release
from tests.grader.handing_in import (
    DUE,
    NAME,
    ROSTER,
    attempt,
    laid,
    new_course,
    notebook,
    packed,
    state,
    submitted,
    unreadable,
)

SOLUTIONS = Path(__file__).parents[3] / "solutions"


@pytest.fixture
def course(tmp_path):
    return new_course(tmp_path / "course")


def test_the_newest_readable_attempt_counts_and_older_ones_are_kept(course, tmp_path):
    entries = attempt(1, notebook("a = 1")) | attempt(3, notebook("c = 3")) | attempt(2, notebook("b = 2"))
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert submitted(course, "s1") == notebook("c = 3")
    kept = sorted((course.attempts / "s1").rglob("*.ipynb"))
    assert [path.read_text() for path in kept] == [notebook("a = 1"), notebook("b = 2")]
    assert not report.students["s1"].newest_is_unreadable


def test_a_newest_attempt_that_cannot_be_read_is_reported_and_does_not_count(course, tmp_path):
    entries = attempt(1, notebook("a = 1")) | attempt(2, notebook()[:50])
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert submitted(course, "s1") == notebook("a = 1")
    assert report.students["s1"].newest_is_unreadable
    assert unreadable(report, "s1") == ["it is cut or damaged (no JSON)"]
    assert "what counts is older" in str(report)


def test_a_later_download_adds_an_attempt_and_an_older_one_changes_nothing(course, tmp_path):
    first = packed(tmp_path / "1.zip", attempt(1, notebook("a = 1")))
    second = packed(tmp_path / "2.zip", attempt(2, notebook("b = 2"), late=True))
    collect(course, NAME, first)
    collect(course, NAME, second)
    after = state(course)
    assert submitted(course, "s1") == notebook("b = 2")
    assert len(list(course.attempts.rglob("*.ipynb"))) == 1
    collect(course, NAME, first)
    collect(course, NAME, second)
    assert state(course) == after


def test_the_same_work_handed_in_again_counts_from_the_first_time(course, tmp_path):
    source = laid(
        tmp_path / "in", {"s1/x.ipynb": notebook(), "s1/x (1).ipynb": notebook(), "s2/x.ipynb": notebook()}
    )
    os.utime(source / "s1/x.ipynb", (0, DUE.timestamp() - 60))
    os.utime(source / "s1/x (1).ipynb", (0, DUE.timestamp() + 60))
    report = collect(course, NAME, source, due=DUE)
    assert len(report.students["s1"].attempts) == 1
    assert report.students["s1"].late_s(DUE) == 0


def test_an_old_answer_handed_in_again_is_the_newest(course, tmp_path):
    for number, text in enumerate(["a = 1", "b = 2", "a = 1"], 1):
        collect(course, NAME, packed(tmp_path / f"{number}.zip", attempt(number, notebook(text))))
    assert submitted(course, "s1") == notebook("a = 1")
    assert len(read_report(course, NAME).students["s1"].attempts) == 3


def test_collecting_twice_leaves_the_same_bytes(course, tmp_path):
    entries = (
        attempt(1, notebook("a = 1"))
        | attempt(2, notebook("b = 2"))
        | attempt(3, "{}")
        | {f"smithjo_1_1_{NAME}.ipynb": notebook(), "../out.ipynb": "x"}
    )
    zipped = packed(tmp_path / "c.zip", entries)
    first = collect(course, NAME, zipped, due=DUE)
    before = state(course)
    assert collect(course, NAME, zipped) == first
    assert state(course) == before
    assert read_report(course, NAME) == first


def test_what_was_interrupted_is_completed(course, tmp_path, monkeypatch):
    import rl_landscapes.grader.collecting.collect as module

    collect(course, NAME, packed(tmp_path / "1.zip", attempt(1, notebook("a = 1"))))
    second = packed(tmp_path / "2.zip", attempt(2, notebook("b = 2")))
    whole = Course(tmp_path / "whole")
    laid(whole.root, {f"grading/{name}": data for name, data in state(course).items()})
    whole.roster.write_text(ROSTER, encoding="utf-8")
    collect(whole, NAME, second)
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_report", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collect(course, NAME, second)
    collect(course, NAME, second)
    assert state(course) == state(whole)


def test_a_notebook_put_there_by_hand_is_kept(course, tmp_path):
    laid(course.submitted, {f"s1/{NAME}/{NAME}.ipynb": notebook("by = 'hand'")})
    collect(course, NAME, packed(tmp_path / "1.zip", attempt(1, notebook("a = 1"))))
    assert submitted(course, "s1") == notebook("a = 1")
    assert next(course.attempts.rglob("*.ipynb")).read_text() == notebook("by = 'hand'")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html><html>log in", "web page"),
        (b"\x80\x81\x82", "not UTF-8"),
        (b"{}", "no cells"),
        (b'{"nbformat": 3, "worksheets": []}', "old format"),
        (b"[" * 100_000, "cut or damaged"),
        (b" " * (21 << 20), "too large|empty"),
    ],
)
def test_what_cannot_be_read_is_no_attempt(course, tmp_path, data, reason):
    report = collect(course, NAME, laid(tmp_path / "in", {"s1/x.ipynb": data, "s2/x.ipynb": notebook()}))
    assert report.students["s1"].newest is None
    assert re.search(reason, unreadable(report, "s1")[0])
    assert not (course.submitted / "s1").exists()


def test_utf_16_is_kept_as_utf_8(course, tmp_path):
    source = laid(
        tmp_path / "in", {"s1/x.ipynb": notebook("é = 1").encode("utf-16"), "s2/x.ipynb": notebook()}
    )
    before = collect(course, NAME, source)
    assert json.loads(course.submission("s1", NAME).read_bytes())["cells"][0]["source"] == "é = 1"
    assert collect(course, NAME, source) == before


def test_a_student_without_a_notebook_is_named(course, tmp_path):
    report = collect(course, NAME, laid(tmp_path / "in", {"s1/w.pdf": "x", "s2/x.ipynb": notebook()}))
    assert unreadable(report, "s1") == ["there is no notebook, only w.pdf"]


def test_notebooks_of_other_assignments_are_left_out(course, tmp_path):
    report = collect(
        course,
        NAME,
        laid(
            tmp_path / "in",
            {"s1/a.ipynb": notebook(name="02-exact-gradients"), "s1/b.ipynb": notebook(name="")},
        ),
    )
    assert submitted(course, "s1") == notebook(name="")
    assert report.refused[0]["reason"] == "it is of the assignment 02-exact-gradients"
    assert NAME in assignments()


def test_a_notebook_that_has_nothing_of_the_assignment_is_no_attempt(course, tmp_path):
    laid(course.exercises, {f"{NAME}/{NAME}.ipynb": notebook()})
    stray = json.loads(notebook("def other(): pass", name=""))
    stray["cells"][0] |= {"id": "else", "metadata": {}}
    stripped = json.loads(notebook("def entropy(p):\n    return 1", name=""))
    stripped["cells"][0] |= {"id": "else", "metadata": {}}
    source = laid(tmp_path / "in", {"s1/a.ipynb": json.dumps(stray), "s2/a.ipynb": json.dumps(stripped)})
    report = collect(course, NAME, source)
    assert unreadable(report, "s1") == [f"nothing in it is of {NAME}"]
    assert report.students["s2"].newest


def test_only_its_owner_may_look_into_what_students_handed_in(tmp_path):
    course = Course(tmp_path / "new")
    collect(course, NAME, laid(tmp_path / "in", {"s1/x.ipynb": notebook()}))
    assert stat.S_IMODE(course.grading.stat().st_mode) == 0o700


def test_a_time_for_an_id_that_nobody_has_is_refused_before_anything_is_collected(course, tmp_path):
    zipped = packed(tmp_path / "c.zip", attempt(1, notebook()))
    with pytest.raises(ValueError, match="a time is given for typo, who is nobody in this course"):
        collect(course, NAME, zipped, known_times={"s1": DUE, "typo": DUE})
    assert not course.submitted.exists()


def test_a_damaged_notebook_named_after_another_assignment_is_no_attempt_at_this_one(course, tmp_path):
    other = next(name for name in assignments() if name != NAME)
    entries = {file.replace(NAME, other): data for file, data in attempt(1, notebook()[:50]).items()}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries | attempt(2, notebook())))
    assert [said["reason"] for said in report.refused] == [f"it is of the assignment {other}"]
    assert not any(student.unreadable for student in report.students.values())


def test_times_in_a_zip_are_read_in_the_zone_of_the_release(course, tmp_path):
    due = datetime(2026, 10, 1, 23, 59, tzinfo=ZoneInfo("Europe/Berlin"))
    shutil.copytree(SOLUTIONS / NAME, course.solutions / NAME)
    release(course, NAME, due=due, to=tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as archive:
        moment = zipfile.ZipInfo(f"Ann Lee_77_assignsubmission_file/{NAME}.ipynb", (2026, 10, 1, 23, 30, 0))
        archive.writestr(moment, notebook())
    report = collect(course, NAME, tmp_path / "m.zip")
    assert report.students["s1"].newest.submitted_at == "2026-10-01 21:30:00 UTC"
    assert report.students["s1"].is_late(report.due_at) is False


def test_a_due_date_without_a_zone_is_refused(course, tmp_path):
    with pytest.raises(ValueError, match="time zone"):
        collect(course, NAME, tmp_path, due=datetime(2026, 10, 1))
