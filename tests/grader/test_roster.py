"""Rosters: who is meant by a name on a file, and folders that any id can have."""

import pytest

from rl_landscapes.grader import roster as rosters
from rl_landscapes.grader import roster_file
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.folders import Course
from tests.grader.handing_in import (
    NAME,
    ROSTER,
    laid,
    new_course,
    notebook,
    packed,
    submitted,
)


@pytest.fixture
def course(tmp_path):
    return new_course(tmp_path / "course")


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


def given(tmp_path, text):
    path = tmp_path / "given.csv"
    path.write_text(text, encoding="utf-8")
    return roster_file.read(path)


def of_course(course):
    return [(person.id, person.first_name) for person in roster_file.read(course.roster).people]


def test_a_later_roster_adds_people_and_corrects_them_and_nobody_goes(course, tmp_path):
    source = laid(tmp_path / "in", {f"{who}/x.ipynb": notebook(who) for who in ("s1", "s2", "s5")})
    collect(course, NAME, source)
    report = collect(course, NAME, source, roster=given(tmp_path, "id,first_name\ns1,Anna\ns5,Eve\n"))
    assert of_course(course) == [("s1", "Anna"), ("s2", "Bo"), ("s3", "Wei"), ("s4", "Wei"), ("s5", "Eve")]
    assert report.notes == [
        "of the roster 1 are new: s5",
        "of the roster 1 are changed: s1",
        "of the roster 3 are not in this file, and stay: s2, s3, s4",
    ]
    assert "and stay: s2, s3, s4" in str(report)
    assert list(report.students) == ["s1", "s2", "s5"]


def test_the_same_roster_again_changes_nothing(course, tmp_path):
    source = laid(tmp_path / "in", {"s1/x.ipynb": notebook(), "s2/x.ipynb": notebook()})
    first = collect(course, NAME, source, roster=given(tmp_path, ROSTER))
    assert first.notes == []
    assert collect(course, NAME, source, roster=given(tmp_path, ROSTER)) == first


@pytest.mark.parametrize("roster", ["id\nz1\n", "id,first_name\nS1,Ann\n", "id\n"])
def test_the_roster_of_another_course_takes_nobody_away(course, tmp_path, roster):
    source = laid(tmp_path / "in", {"s1/x.ipynb": notebook(), "s2/x.ipynb": notebook()})
    report = collect(course, NAME, source, roster=given(tmp_path, roster))
    assert len(of_course(course)) == (5 if "z1" in roster else 4)
    assert len(report.students) == 2
    assert "stay" in report.notes[-1]


def test_names_that_were_told_outlive_a_later_roster(course, tmp_path):
    source = laid(tmp_path / "in", {"stranger/x.ipynb": notebook(), "s2/x.ipynb": notebook()})
    collect(course, NAME, source, whose={"stranger": "s1"})
    report = collect(course, NAME, source, roster=given(tmp_path, ROSTER))
    assert not report.unknown


def test_a_long_roster_is_told_in_few_lines(course, tmp_path):
    source = laid(tmp_path / "in", {"s1/x.ipynb": notebook(), "s2/x.ipynb": notebook()})
    many = "id\n" + "".join(f"n{number}\n" for number in range(500))
    report = collect(course, NAME, source, roster=given(tmp_path, many))
    assert report.notes[0].startswith("of the roster 500 are new: n0, n1, ")
    assert report.notes[0].endswith("n19 and 480 more")
