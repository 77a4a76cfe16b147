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
    assert report.students["s2"].newest.time_from == "unknown"
    assert report.students["s2"].is_late(DUE) is None
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


CLASS = """id,first_name,last_name,email,login
ada,Ada,Lovelace,ada@x.edu,ada-l
bo,Bo,Müller-Weiß,bo@x.edu,bo_mw
emmy,Amalie Emmy,Noether,emmy@x.edu,emmy.n
wei,Wei,Wang,wei@x.edu,wei77
"""


def of_class(course, tmp_path, entries, **options):
    """Collect files from a zip into a course with the class; return who has which file, and the report."""
    course.roster.write_text(CLASS, encoding="utf-8")
    entries = {file: text or notebook(f"n = {n}") for n, (file, text) in enumerate(entries.items())}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries), **options)
    return {s.id: s.newest.file.split("/")[-1] for s in report.students.values() if s.newest}, report


X, PLAIN = f"{NAME}.ipynb", "a file or folder per student"
IDS, ACCOUNTS = ("ada", "bo", "emmy", "wei"), ("ada-l", "bo_mw", "emmy.n", "wei77")
PEOPLE = ("Ada Lovelace_11", "Bo Müller-Weiß_12", "Amalie Emmy Noether_13", "Wei Wang_14")
TURNED = ("Lovelace Ada_11", "Müller-Weiß Bo_12", "Noether Amalie Emmy_13", "Wang Wei_14")
ILIAS = ("Lovelace_Ada_ada_501", "Müller-Weiß_Bo_bo_502", "Noether_Amalie Emmy_emmy_503", "Wang_Wei_wei_504")
GROUPS = ("Group A-", "Group A-", "B-2-", "Default group-")
CANVAS = ("lovelaceada_501_9001_", "mullerweissbo_LATE_502_9002_", "noetheramalieemmy_503_9003_")
AT = "attempt_2026-10-01-21-30-12"
CLONES = f"{NAME}-submissions/{NAME}"


def each(names, *files):
    """Return paths: each file with each name in the place of {}."""
    return [file.format(name) for name in names for file in files]


FILE, TEXT = "{}_assignsubmission_file_", "{}_assignsubmission_onlinetext_"
LAYOUTS = {
    "Canvas": ("Canvas", [*each(CANVAS, "{}" + X), "wangwei_504_9004_my_work_2-1.ipynb"]),
    "Canvas, with text": (
        "Canvas",
        [
            *each(CANVAS, "{}" + X),
            f"wangwei_504_9_{X}",
            "wangwei_504_text.html",
            "lovelaceada_LATE_501_text.html",
        ],
    ),
    "Moodle": ("Moodle", each(PEOPLE, f"{FILE}/{X}")),
    "Moodle, last names first": ("Moodle", each(TURNED, f"{FILE}/sub/x.ipynb")),
    "Moodle, a file and text": ("Moodle", each(PEOPLE, f"{FILE}/{X}", f"{TEXT}/onlinetext.html")),
    "Moodle, without folders": ("Moodle", each(PEOPLE, f"{FILE}{X}", f"{TEXT}onlinetext.html")),
    "Moodle, with groups": (
        "Moodle",
        [f"{g}{w}_assignsubmission_file/{X}" for g, w in zip(GROUPS, PEOPLE, strict=True)],
    ),
    "Moodle, in a folder": ("Moodle", each(PEOPLE, f"RL-Returns-4711/{FILE}/{X}")),
    "Blackboard": ("Blackboard", each(ACCOUNTS, f"Returns_{{}}_{AT}_{X}", f"Returns_{{}}_{AT}.txt")),
    "Blackboard, with signs": ("Blackboard", each(ACCOUNTS, f"HW_1_(due Oct 1)_{{}}_{AT}_my_work.ipynb")),
    "Blackboard, by ids": ("Blackboard", each(IDS, f"HW_{{}}_{AT}_x.ipynb")),
    "GitHub Classroom": (PLAIN, each(ACCOUNTS, f"returns-submissions/returns-{{}}/{X}")),
    "GitHub Classroom, more": (PLAIN, each(ACCOUNTS, f"{CLONES}-{{}}/work/{X}", f"{CLONES}-{{}}/README.md")),
    "repositories as zips": (PLAIN, each(ACCOUNTS, f"{NAME}-{{}}-main/{X}")),
    "folders": (PLAIN, each(IDS, "{}/" + X)),
    "files": (PLAIN, each(IDS, "{}.ipynb")),
    "folders and files": (PLAIN, ["ada/x.ipynb", "bo.ipynb", "emmy (1).ipynb", "wei/deep/er/x.ipynb"]),
    "with what they share": (PLAIN, each(IDS, "HW1 {}_submission/x.ipynb")),
    "addresses": (PLAIN, each(IDS, "{}@x.edu/x.ipynb")),
    "names": (
        PLAIN,
        ["Ada Lovelace/x.ipynb", "Müller-Weiß, Bo/x.ipynb", "amalie_emmy_noether.ipynb", "WANG Wei.ipynb"],
    ),
    "names within": (
        PLAIN,
        [
            "Lovelace_Ada_12345/x.ipynb",
            "HW1 - Bo Müller-Weiß/x.ipynb",
            "noether_amalie_emmy (2).ipynb",
            "my wei77.ipynb",
        ],
    ),
    "two outer folders": (PLAIN, each(ILIAS, "Exercise 1/Submissions/{}/x.ipynb")),
    "four outer folders": (PLAIN, each(IDS, "a/b/c/d/{}/e/x.ipynb")),
    "sections": (
        PLAIN,
        ["Section 1/ada/x.ipynb", "Section 1/bo/x.ipynb", "Section 2/emmy/x.ipynb", "Section 2/wei/x.ipynb"],
    ),
    "the assignment outside": (PLAIN, each(IDS, f"{NAME}/{{}}/x.ipynb")),
    "nbgrader": (PLAIN, each(IDS, f"submitted/{{}}/{NAME}/{X}")),
    "nbgrader's inbox": (PLAIN, each(IDS, f"{{}}+{NAME}+2026-10-01 21:30:00 UTC+abc/{X}")),
}


@pytest.mark.parametrize(("layout", "paths"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_class_is_found_in_each_layout(course, tmp_path, layout, paths):
    found, report = of_class(course, tmp_path, dict.fromkeys(paths, ""))
    assert report.layout == layout
    assert list(found) == ["ada", "bo", "emmy", "wei"]
    assert not report.unknown
    assert not report.absent
    assert not report.notes


@pytest.mark.parametrize(
    "name", [name for name, (layout, _) in LAYOUTS.items() if layout == PLAIN and "share" not in name]
)
def test_one_student_is_found_without_the_others(course, tmp_path, name):
    found, _ = of_class(course, tmp_path, {LAYOUTS[name][1][0]: ""})
    assert list(found) == ["ada"]


@pytest.mark.parametrize(
    ("paths", "students"),
    [
        ([f"{NAME}/ada/x.ipynb"], ["ada"]),
        ([f"Exercise 1/Submissions/{who}/x.ipynb" for who in ("a", "b")], ["a", "b"]),
        ([f"a/b/c/{who}/x.ipynb" for who in ("d", "e")], ["d", "e"]),
        ([f"Team ({n})/x.ipynb" for n in (1, 2)], ["Team (1)", "Team (2)"]),
        ([f"Team ({n}).ipynb" for n in (1, 2)], ["Team (1)", "Team (2)"]),
        (["ada.ipynb", "ada (1).ipynb", "bo (1).ipynb"], ["ada", "bo (1)"]),
        (["ada/x.ipynb", "ada (1)/x.ipynb"], ["ada", "ada (1)"]),
        (["ada.zip", "ada (1).zip"], ["ada"]),
        ([f"returns-submissions/returns-{who}/x.ipynb" for who in ("ada-l", "bo")], ["ada-l", "bo"]),
        (["returns-submissions/returns-ada-l/x.ipynb"], ["ada-l"]),
        ([f"{NAME}-ada/x.ipynb", f"{NAME}-bo/x.ipynb"], ["ada", "bo"]),
        ([f"{NAME}/ada/x.ipynb", "02-exact-gradients/ada/x.ipynb", f"{NAME}/bo/x.ipynb"], ["ada", "bo"]),
        ([f"LATE_anon_qW9rT_208490290_{X}", f"anon_aB3xZ_208490291_{X}"], ["anon_aB3xZ", "anon_qW9rT"]),
        ([f"HW_1_{who}_attempt_2026-10-01-21-30-12_x.ipynb" for who in ("ada", "adb")], ["ada", "adb"]),
        (["HW_1_ada_attempt_2026-10-01-21-30-12_x.ipynb"], ["ada"]),
        (each(["Ada L_11", "Bo_12"], "{}_assignsubmission_file_/x.ipynb"), ["Moodle 11", "Moodle 12"]),
    ],
)  # fmt: skip
def test_without_a_roster_the_layout_says_who(course, tmp_path, paths, students):
    course.roster.unlink()
    entries = {
        file: _zip_of(n) if file.endswith(".zip") else notebook(f"n = {n}") for n, file in enumerate(paths)
    }
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert sorted(student.id for student in report.students.values()) == students


def _zip_of(number):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("x.ipynb", notebook(f"n = {number}"))
    return data.getvalue()


def test_anonymous_files_of_Canvas_are_late_or_not(course, tmp_path):
    course.roster.unlink()
    entries = {f"LATE_anon_qW9rT_208490290_{X}": notebook("a = 1"), f"anon_aB3xZ_208490291_{X}": notebook()}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries), due=DUE)
    assert [(s.id, s.is_late(DUE)) for s in report.students.values()] == [
        ("anon_aB3xZ", False),
        ("anon_qW9rT", True),
    ]


@pytest.mark.parametrize(
    ("due", "late"),
    [("2026-10-01 21:00 Europe/Berlin", 1812), ("2026-10-01 22:00 Europe/Berlin", 0), ("", None)],
)
def test_the_time_of_Blackboard_is_in_the_zone_of_the_due_date(course, tmp_path, due, late):
    entries = {f"HW_{who}_attempt_2026-10-01-21-30-12_x.ipynb": "" for who in ("ada", "bo")}
    due_at = times.parse_time(due) if due else None
    _, report = of_class(course, tmp_path, entries, due=due_at)
    assert report.students["ada"].late_s(due_at) == late
    assert report.students["ada"].newest.time_from == ("the platform" if due else "unknown")


def test_a_later_attempt_of_Blackboard_counts(course, tmp_path):
    entries = {f"HW_ada_attempt_2026-10-0{n}-21-30-12_x.ipynb": notebook(f"n = {n}") for n in (1, 3, 2)}
    of_class(course, tmp_path, entries)
    assert submitted(course, "ada") == notebook("n = 3")


@pytest.mark.parametrize(
    ("stamp", "late"),
    [
        ("2026-10-02 00:30:00.123456 CEST", 1800),
        ("2026-10-02 00:30 +02", 1800),
        ("2026-10-01 15:30:00 PDT", None),
        ("2026-10-02 00:30:00", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_time_half_understood_is_no_other_time(course, tmp_path, stamp, late):
    due = times.parse_time("2026-10-02 00:00 Europe/Berlin")
    stamps = {f"{who}/{NAME}/timestamp.txt": stamp or " " for who in ("ada", "bo")}
    entries = {f"{who}/{NAME}/{X}": "" for who in ("ada", "bo")}
    _, report = of_class(course, tmp_path, entries | stamps, due=due)
    assert report.students["ada"].late_s(due) == late
    assert [said["file"] for said in report.refused] == (sorted(stamps) if late is None else [])
    if late is None:
        assert "so it is not known whether this was late" in report.refused[0]["reason"]


@pytest.mark.parametrize(
    ("paths", "who", "typed"),
    [
        (["Ada Lovelance/x.ipynb", "bo/x.ipynb"], "Ada Lovelance",
         '--whose "Ada Lovelance=ada" if Ada Lovelace is meant, whose name is the nearest'),
        (["lovelance/x.ipynb", "bo/x.ipynb"], "lovelance", "lovelance="),
        (["qqqqq/x.ipynb", "bo/x.ipynb"], "qqqqq", '--whose "qqqqq=ID"'),
        ([f"lovelacead_501_9_{X}", f"mullerweissbo_502_9_{X}"], "lovelacead 501",
         '--whose "lovelacead 501=ada" if'),
        (["Ada King_11_assignsubmission_file_/x.ipynb", "Bo Müller-Weiß_12_assignsubmission_file_/x.ipynb"],
         "Ada King Moodle 11", '--whose "Ada King Moodle 11='),
        (["Ada Lovelace, Wei Wang/x.ipynb", "bo/x.ipynb"], "Ada Lovelace, Wei Wang",
         '--whose "Ada Lovelace, Wei Wang=ada" or --whose "Ada Lovelace, Wei Wang=wei"'),
    ],
)  # fmt: skip
def test_strangers_are_listed_with_the_nearest_name_and_what_to_type(course, tmp_path, paths, who, typed):
    found, report = of_class(course, tmp_path, dict.fromkeys(paths, ""))
    assert list(found) == ["bo"]
    assert [said["who"] for said in report.unknown] == [who]
    assert typed in report.unknown[0]["type"]
    assert typed in str(report)
    told = {who: "ada"}
    again = collect(course, NAME, tmp_path / "c.zip", whose=told)
    assert list(again.students) == ["ada", "bo"]
    assert not again.unknown
    assert not collect(course, NAME, tmp_path / "c.zip").unknown  # it is kept


def test_a_name_that_was_given_to_the_wrong_one_is_given_anew(course, tmp_path):
    of_class(course, tmp_path, {"stranger/x.ipynb": "", "bo/x.ipynb": ""}, whose={"stranger": "ada"})
    report = collect(course, NAME, tmp_path / "c.zip", whose={"Stranger": "wei"})
    assert report.absent == ["emmy"]
    assert report.students["wei"].newest


@pytest.mark.parametrize(
    ("whose", "message"),
    [
        ({"x": "adda"}, "'adda', an id that nobody on the roster has, the nearest is ada"),
        ({"x": "qq"}, "on the roster has$"),
    ],
)
def test_a_name_for_nobody_is_refused_before_anything_is_collected(course, tmp_path, whose, message):
    with pytest.raises(ValueError, match=message):
        of_class(course, tmp_path, {"ada/x.ipynb": ""}, whose=whose)
    assert not course.submitted.exists()


def test_of_two_people_of_one_name_one_can_be_told(course, tmp_path):
    paths = {f"wangwei_{number}_9_{X}": notebook(str(number)) for number in (10, 11)} | {
        f"lovelaceada_5_9_{X}": ""
    }
    found, report = of_class(course, tmp_path, paths)
    assert list(found) == ["ada"]
    assert {said["type"] for said in report.unknown} == {
        '--whose "wangwei 10=wei"',
        '--whose "wangwei 11=wei"',
    }
    again = collect(course, NAME, tmp_path / "c.zip", whose={"wangwei 10": "wei"})
    assert submitted(course, "wei") == notebook("10")
    assert [said["who"] for said in again.unknown] == ["wangwei 11"]


def test_folders_that_are_taken_for_one_person_are_named(course, tmp_path):
    _, report = of_class(
        course, tmp_path, {"ada/x.ipynb": "", "Lovelace_Ada_2/x.ipynb": "", "bo/x.ipynb": ""}
    )
    assert report.notes[:1] == ["Ada Lovelace (ada) is taken to be meant by Lovelace_Ada_2, ada"]
    _, report = of_class(course, tmp_path, {"ada (1)/x.ipynb": "", "ada (2)/x.ipynb": "", "bo/x.ipynb": ""})
    assert report.notes[:1] == ["Ada Lovelace (ada) is taken to be meant by ada (1), ada (2)"]


def test_the_roster_knows_a_name_with_a_number_in_brackets(course, tmp_path):
    course.roster.write_text("id\nTeam (1)\nTeam (2)\n")
    entries = {f"Team ({n})/x.ipynb": notebook(str(n)) for n in (1, 2, 3)}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert [s.id for s in report.students.values()] == ["Team (1)", "Team (2)"]
    assert [said["who"] for said in report.unknown] == ["Team (3)"]


def test_files_outside_of_all_folders_are_named(course, tmp_path):
    _, report = of_class(course, tmp_path, {"a/ada/x.ipynb": "", "a/bo/x.ipynb": "", "stray.ipynb": ""})
    assert [said["file"] for said in report.refused] == ["stray.ipynb"]


def test_a_student_with_many_folders_decides_nothing(course, tmp_path):
    forged = {f"emmy/{who}/{n}.ipynb": "" for who in ("ada", "bo", "wei") for n in range(30)}
    found, report = of_class(course, tmp_path, forged | {"ada/x.ipynb": "", "bo/x.ipynb": ""})
    assert list(found) == ["ada", "bo", "emmy"]
    assert report.absent == ["wei"]
