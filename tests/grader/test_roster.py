"""Rosters: who is meant by a name on a file, and folders that any id can have."""

import pytest

from rl_landscapes.grader import roster as rosters
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
