"""Collecting: every layout, every kind of damage, and the same state when it is done twice."""

import io
import json
import os
import re
import stat
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from rl_landscapes.course.teaching import roster as rosters
from rl_landscapes.course.teaching import times, unpack
from rl_landscapes.course.teaching.collect import collect
from rl_landscapes.course.teaching.folders import Course
from rl_landscapes.course.teaching.record import collected

NAME = "01-returns-and-entropy"
DUE = datetime(2026, 10, 1, 22, 0, tzinfo=UTC)
ROSTER = """id,first_name,last_name,email,canvas_id
s1,Ann,Lee,ann@x.edu,501
s2,Bo,Müller-Weiß,bo@x.edu,502
s3,Wei,Wang,wei.w@x.edu,503
s4,Wei,Wang,wei.wang@x.edu,504
"""


def notebook(text="def entropy(p):\n    return 0.0", name=NAME, **extra):
    cell = {
        "cell_type": "code",
        "id": "entropy",
        "source": text,
        "outputs": [],
        "execution_count": None,
        "metadata": {"nbgrader": {"grade_id": "entropy", "solution": True}},
    }
    metadata = {"rl_landscapes": {"assignment": name}} if name else {}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5} | extra)


def packed(path, entries, when=(2026, 10, 1, 20, 0, 0)):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(zipfile.ZipInfo(name, when), text, zipfile.ZIP_DEFLATED)
    return path


def laid(root, entries):
    for name, text in entries.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


@pytest.fixture
def course(tmp_path):
    course = Course(tmp_path / "course")
    course.grading.mkdir(parents=True)
    course.roster.write_text(ROSTER, encoding="utf-8")
    return course


def state(course):
    """Every file of a course and what is in it, except the roster."""
    return {
        str(path.relative_to(course.grading)): path.read_bytes()
        for path in sorted(course.grading.rglob("*"))
        if path.is_file() and path != course.roster
    }


def submitted(course, student):
    return course.submission(student, NAME).read_text(encoding="utf-8")


def unreadable(report, student):
    return [attempt.reason for attempt in report.students[student].unreadable]


# --- layouts


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
    due = times.moment("2026-10-02 00:00 Europe/Berlin")
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


# --- people


def test_who_cannot_be_told_is_listed_and_nothing_is_collected(course, tmp_path):
    course.roster.write_text(ROSTER.replace(",503", ",").replace(",504", ","), encoding="utf-8")
    zipped = packed(
        tmp_path / "c.zip",
        {
            f"wangwei_900_1_{NAME}.ipynb": notebook(),
            f"smithjo_901_2_{NAME}.ipynb": notebook(),
            f"anon_902_3_{NAME}.ipynb": notebook(),
            "noform.ipynb": notebook(),
        },
    )
    report = collect(course, NAME, zipped)
    assert not report.students
    assert [said["reason"] for said in report.unknown] == [
        "nobody on the roster is meant",
        "nobody on the roster is meant",
        "may be Wei Wang (s3) or Wei Wang (s4)",
    ]
    assert report.absent == ["s1", "s2", "s3", "s4"]
    assert not course.submitted.exists()


def test_a_platforms_number_that_is_somebody_elses_id_decides_nothing(course, tmp_path):
    course.roster.write_text("id,first_name,last_name\n501,Bo,Other\ns1,Ann,Lee\n")
    report = collect(course, NAME, packed(tmp_path / "c.zip", {f"leeann_501_9_{NAME}.ipynb": notebook()}))
    assert "Ann Lee (s1) or Bo Other (501)" in report.unknown[0]["reason"]


def test_a_number_that_is_an_id_of_another_name_is_nobodys(course, tmp_path):
    course.roster.write_text("id,first_name,last_name\n501,Bo,Other\n")
    report = collect(course, NAME, packed(tmp_path / "c.zip", {f"leeann_501_9_{NAME}.ipynb": notebook()}))
    assert report.unknown[0]["reason"] == "501 is the id of Bo Other, whose name is another"


def test_a_name_with_a_number_that_is_not_the_persons_is_a_stranger(course, tmp_path):
    entries = {f"leeann_{number}_{number}_{NAME}.ipynb": notebook(str(number)) for number in (501, 777)}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert submitted(course, "s1") == notebook("501")
    assert [said["reason"] for said in report.unknown] == ["nobody on the roster is meant"]


def test_two_people_of_one_name_are_told_apart_by_the_platforms_number(course, tmp_path):
    course.roster.write_text("id,first_name,last_name\ns3,Wei,Wang\n")
    zipped = packed(tmp_path / "c.zip", {f"wangwei_{n}_{n}_{NAME}.ipynb": notebook(str(n)) for n in (10, 11)})
    report = collect(course, NAME, zipped)
    assert not report.students
    assert {said["reason"] for said in report.unknown} == {"several people are called Wei Wang"}


def test_without_a_roster_everybody_is_collected(tmp_path):
    course = Course(tmp_path / "course")
    zipped = packed(tmp_path / "c.zip", {f"leeann_501_9_{NAME}.ipynb": notebook()})
    assert list(collect(course, NAME, zipped).students) == ["501"]
    source = laid(tmp_path / "in", {"Zoë/x.ipynb": notebook()})
    assert collect(course, NAME, source).students["Zo~C3~AB"].id == "Zoë"


@pytest.mark.parametrize(
    "student",
    [
        "a/b",
        "..",
        ".",
        ".hidden",
        "-rf",
        "=HYPERLINK(1)",
        "Zoë",
        "日本",
        "a b",
        "~7E",
        "a.",
        "a\\b",
        "con%41",
        "🦊",
    ],
)
def test_an_id_as_a_folder_is_harmless_and_can_be_read_back(student):
    folder = rosters.folder_of(student)
    assert rosters.student_of(folder) == student
    assert folder.isascii()
    assert (
        folder.replace("~", "").replace("-", "").replace("_", "").replace(".", "").replace("@", "").isalnum()
    )
    assert folder[0] not in ".-"


def test_an_accent_written_in_two_ways_is_one_folder():
    assert rosters.folder_of("e\u0301") == rosters.folder_of("\u00e9")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nann\n", "must have a column 'id'"),
        ("id,first_name\n,Ann\n", "line 2: an id is missing"),
        ("id\nann\nANN\n", "line 3: the id 'ANN' is there twice"),
        ("id\n" + "x" * 101 + "\n", "at most 100 characters"),
        ("id\na\u202eb\n", "printable"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(tmp_path, text, message):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        rosters.read(path)


def test_rosters_of_spreadsheets_are_read(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text('id;first_name;last_name\ns1;"Ann\nMaria";Lee\n\n', encoding="utf-8-sig")
    assert rosters.read(path).people[0].first_name == "Ann\nMaria"
    path.write_bytes("id,first_name\ns1,Zoë\n".encode("utf-16"))
    assert rosters.read(path).people[0].first_name == "Zoë"
    path.write_bytes("id,first_name\ns1,Zoë\n".encode("latin-1"))
    with pytest.raises(ValueError, match="UTF-8"):
        rosters.read(path)


# --- attempts


def attempt(number, text, late=False):
    return {f"leeann_{'LATE_' * late}501_{number}_{NAME}.ipynb": text}


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
    assert len(collected(course, NAME).students["s1"].attempts) == 3


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
    assert collected(course, NAME) == first


def test_what_was_interrupted_is_completed(course, tmp_path, monkeypatch):
    import rl_landscapes.course.teaching.collect as module

    collect(course, NAME, packed(tmp_path / "1.zip", attempt(1, notebook("a = 1"))))
    second = packed(tmp_path / "2.zip", attempt(2, notebook("b = 2")))
    whole = Course(tmp_path / "whole")
    laid(whole.root, {f"grading/{name}": data for name, data in state(course).items()})
    whole.roster.write_text(ROSTER, encoding="utf-8")
    collect(whole, NAME, second)
    with monkeypatch.context() as patch:
        patch.setattr(module, "store", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collect(course, NAME, second)
    collect(course, NAME, second)
    assert state(course) == state(whole)


def test_a_notebook_put_there_by_hand_is_kept(course, tmp_path):
    laid(course.submitted, {f"s1/{NAME}/{NAME}.ipynb": notebook("by = 'hand'")})
    collect(course, NAME, packed(tmp_path / "1.zip", attempt(1, notebook("a = 1"))))
    assert submitted(course, "s1") == notebook("a = 1")
    assert next(course.attempts.rglob("*.ipynb")).read_text() == notebook("by = 'hand'")


# --- damage


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
    from rl_landscapes.course.assignment import assignments

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


# --- hostile sources


def linked(name, target):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def test_links_devices_and_paths_that_lead_outside_are_refused(course, tmp_path):
    zipped = tmp_path / "evil.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(*linked("s1/x.ipynb", "/etc/passwd"))
        pipe = zipfile.ZipInfo("s1/pipe.ipynb")
        pipe.external_attr = stat.S_IFIFO << 16
        archive.writestr(pipe, "")
        for name in ("../../s2.ipynb", "/s2.ipynb", "C:\\s2.ipynb", "..\\s2.ipynb", "s1/a\u202eb.ipynb"):
            archive.writestr(name, notebook())
        archive.writestr("s4.ipynb", notebook())
    report = collect(course, NAME, zipped)
    assert list(report.students) == ["s4"]
    assert sorted(said["reason"] for said in report.refused) == sorted(
        ["it is a link", "it is no file: a pipe or a device", "its name is not printable"]
        + ["its path leads outside"] * 4
    )


def test_links_and_pipes_in_a_folder_are_refused(course, tmp_path):
    source = laid(tmp_path / "in", {"s4/x.ipynb": notebook()})
    (source / "s1.ipynb").symlink_to("/etc/passwd")
    (source / "s2").symlink_to(tmp_path)
    os.mkfifo(source / "s3.ipynb")
    report = collect(course, NAME, source)
    assert list(report.students) == ["s4"]
    assert [said["reason"] for said in report.refused] == ["it is a link"] * 2 + [
        "it is no file: a pipe or a device"
    ]


def test_a_bomb_costs_only_the_one_who_handed_it_in(course, tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(1_001):
            archive.writestr(f"{number}.ipynb", b"")
    zipped = packed(
        tmp_path / "c.zip",
        {
            f"leeann_501_1_{NAME}.ipynb": b" " * (100 << 20),
            "mullerweissbo_502_1_many.zip": inner.getvalue(),
            f"wangwei_503_1_{NAME}.ipynb": notebook(),
        },
    )
    report = collect(course, NAME, zipped)
    assert "bytes when unpacked" in unreadable(report, "s1")[0]
    assert "more than 1,000 files" in report.refused[0]["reason"]
    assert report.students["s3"].newest


def test_a_source_that_holds_too_much_is_refused_before_anything_is_written(tmp_path):
    source = laid(tmp_path / "in", {f"{n}.ipynb": "x" for n in range(4)})
    with pytest.raises(ValueError, match="more than 3 files"):
        unpack.files(source, lambda *_: None, unpack.Bounds(files=3))
    found = unpack.files(source, lambda *_: None, unpack.Bounds(total=2))
    with pytest.raises(ValueError, match="more than 2 bytes"):
        [file.read() for file in found]


def test_a_zip_that_lies_about_its_sizes_is_read_no_further(tmp_path):
    path = packed(tmp_path / "c.zip", {"s1.ipynb": b"x" * 100_000})
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    file = unpack.files(path, lambda *_: None)[0]
    with pytest.raises(unpack.Refused, match="damaged"):
        file.read()


def test_encrypted_and_damaged_members_are_refused(course, tmp_path):
    path = packed(tmp_path / "c.zip", {"s1.ipynb": notebook("x" * 500), "s2.ipynb": notebook()})
    data = bytearray(path.read_bytes())
    place = data.index(b"s1.ipynb") + len("s1.ipynb")
    data[place + 20 : place + 30] = b"\xff" * 10
    central = data.rindex(b"PK\x01\x02")
    data[central + 8] |= 1
    path.write_bytes(data)
    report = collect(course, NAME, path)
    assert "damaged" in unreadable(report, "s1")[0]
    assert report.refused == [{"file": "s2.ipynb", "reason": "it is encrypted"}]


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_what_is_no_zip_is_refused(course, tmp_path, data):
    path = tmp_path / "c.zip"
    path.write_bytes(data)
    with pytest.raises(ValueError, match="no folder and no zip"):
        collect(course, NAME, path)


def test_a_source_that_is_not_there_is_refused(course, tmp_path):
    with pytest.raises(FileNotFoundError):
        collect(course, NAME, tmp_path / "nowhere.zip")


# --- time


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-01T23:59:59+02:00", "2026-10-01 21:59:59 UTC"),
        ("2026-10-01 23:59 Europe/Berlin", "2026-10-01 21:59:00 UTC"),
        ("2026-12-01 23:59 Europe/Berlin", "2026-12-01 22:59:00 UTC"),
        ("2015-02-02 15:58:23.948203 UTC", "2015-02-02 15:58:23 UTC"),
        ("2026-10-01T21:59:59Z", "2026-10-01 21:59:59 UTC"),
        ("2026-10-01 21:59:59.123456789 -0700\n", "2026-10-02 04:59:59 UTC"),
    ],
)
def test_moments_are_read_with_their_zone(text, utc):
    assert times.written(times.moment(text)) == utc


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-10-01 23:59", "2026-13-01 00:00Z", "2026-10-01 23:59 Nowhere/At"]
)
def test_a_moment_without_date_or_zone_is_refused(text):
    with pytest.raises(ValueError, match="due"):
        times.moment(text, "due")


def test_only_its_owner_may_look_into_what_students_handed_in(tmp_path):
    course = Course(tmp_path / "new")
    collect(course, NAME, laid(tmp_path / "in", {"s1/x.ipynb": notebook()}))
    assert stat.S_IMODE(course.grading.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "text", ["2026-10-01 23:59:00 Europe/Berlin", "2026-10-01T23:59:00+02:00", "2026-10-01 23:59:00 UTC"]
)
def test_a_moment_is_written_so_that_its_zone_is_read_back(text):
    assert times.with_zone(times.moment(text)) == text


def test_a_due_date_without_a_zone_is_refused(course, tmp_path):
    with pytest.raises(ValueError, match="time zone"):
        collect(course, NAME, tmp_path, due=datetime(2026, 10, 1))
