"""What a course's secretary does for single people: one command each, undone by another, all in a log."""

import json

import pytest

from rl_landscapes.cli import main
from rl_landscapes.grader import log, secretary
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.collecting.report import read_report
from rl_landscapes.grader.grading.grade import grade
from rl_landscapes.grader.log import decided, read_log
from rl_landscapes.grader.reports.standing import State, standings
from rl_landscapes.grader.roster_change import roster_of
from rl_landscapes.grader.roster_file import read
from rl_landscapes.grader.times import parse_time
from tests.grader.classes import NAME, course_in, filled, put, scored
from tests.grader.handing_in import DUE, laid

ROSTER = "id,first_name,last_name,email\nada,Ada,Lovelace,a@x.edu\nemmy,Emmy,Noether,e@x.edu\n"
EARLY, LATE = "2026-10-01 20:00 UTC", "2026-10-02 20:00 UTC"
LATER = parse_time("2026-10-08 23:59 Europe/Berlin")


@pytest.fixture
def course(tmp_path):
    """Ada has handed in twice, the second time late, and was graded; Emmy once."""
    course = course_in(tmp_path / "course")
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    secretary.correct(course, read(tmp_path / "roster.csv"))
    bring(course, tmp_path / "first", ada=(EARLY, "first = 1"), emmy=(EARLY, "emmy = 1"))
    bring(course, tmp_path / "second", ada=(LATE, "second = 1"))
    data = course.submission("ada", NAME).read_bytes()
    put(course, "ada", data, scored("ada", data))
    return course


def bring(course, source, **handed):
    for student, (when, code) in handed.items():
        laid(source / student, {"x.ipynb": filled({}, extra=[code]), "timestamp.txt": when})
    return collect(course, NAME, source, due=DUE)


def counts(course, student="ada"):
    """The code that counts of a student, "" if nothing does."""
    path = course.submission(student, NAME)
    return json.loads(path.read_bytes())["cells"][-1]["source"] if path.is_file() else ""


def state(course):
    """Every file of a course but the log."""
    files = [path for path in course.grading.rglob("*") if path.is_file() and path != course.log]
    return {path: path.read_bytes() for path in files if path.parent.parent.parent != course.attempts}


def said(capsys, course, *arguments, code=0):
    assert main(["course", "--course", str(course.root), *arguments]) == code
    out, err = capsys.readouterr()
    assert (err.count("\n"), bool(out)) == ((0, True) if code == 0 else (1, False))
    return out or err


def test_who_is_dropped_is_in_no_count_and_comes_back_as_they_were(course, capsys):
    before = state(course)
    assert "drop ada: has left" in said(capsys, course, "drop", "ada", "--why", "has left", "--by", "Eve")
    assert list(standings(course, NAME, manual={})) == ["emmy"]
    assert state(course) == before
    rows = said(capsys, course, "status").splitlines()
    assert rows[1].split()[1:3] == ["1", "1"]
    assert rows[2:] == ["dropped: ada (2)"]
    assert said(capsys, course, "undo", "2").endswith("undo 2 (to undo it: undo 3)\n")
    assert list(standings(course, NAME, manual={})) == ["ada", "emmy"]
    said(capsys, course, "undo", "3")
    assert list(standings(course, NAME, manual={})) == ["emmy"]
    log = said(capsys, course, "status", "--log").splitlines()
    assert [line.split("  ")[0] for line in log] == ["1", "2", "3", "4"]
    assert log[1].split("  ")[2:] == ["Eve", "drop ada: has left"]


def test_an_export_says_what_holds_for_its_assignments(course, capsys, tmp_path):
    export = ["export", NAME, "--out", str(tmp_path / "points.csv")]
    assert "log" not in said(capsys, course, *export)
    said(capsys, course, "drop", "ada")
    said(capsys, course, "extend", NAME, "emmy", "--due", "2026-10-20T12:00:00+00:00")
    lines = said(capsys, course, *export).splitlines()
    assert lines[-3] == "  as the log says, which nbgrader's own export does not know:"
    assert [line.split()[0] for line in lines[-2:]] == ["dropped:", "extended:"]
    assert list(decided(read_log(course)).lines(["02-another"])) == ["dropped: ada (2)"]


def test_nobody_grades_who_was_dropped_and_a_download_brings_nobody_back(course, tmp_path):
    from rl_landscapes.grader.grading.setup import prepare

    secretary.drop(course, "ada")
    report = bring(course, tmp_path / "third", ada=("2026-10-03 20:00 UTC", "third = 1"))
    assert "Ada Lovelace (ada) has been dropped, and handed in" in report.notes
    assert counts(course) == "third = 1"  # nothing that came is lost
    course.submission("emmy", NAME).write_bytes(b"<html>")
    setup = prepare(course, NAME, jailed=False)
    assert [result["student"] for result in grade(course, setup)] == ["emmy"]
    assert list(standings(course, NAME, manual={})) == ["emmy"]


def test_an_extension_holds_for_one_person_and_one_assignment(course, capsys):
    assert standings(course, NAME, manual={})["ada"].is_late
    to = ["--due", "2026-10-08 23:59 Europe/Berlin"]
    assert "extend 01-returns-and-entropy ada to 2026-10-08" in said(
        capsys, course, "extend", "1", "ada", *to
    )
    found = standings(course, NAME, manual={})
    assert (found["ada"].is_late, found["ada"].late_s) == (False, 0)
    assert "1 students" not in str(read_report(course, NAME))
    assert ", 0 of them late" in str(read_report(course, NAME))
    assert (
        said(capsys, course, "status").splitlines()[-1].startswith(f"extended: {NAME}, ada until 2026-10-08")
    )
    said(capsys, course, "undo", "2")
    assert standings(course, NAME, manual={})["ada"].is_late


def test_a_second_extension_replaces_the_first_until_it_is_undone(course):
    secretary.extend(course, NAME, "ada", LATER)
    secretary.extend(course, NAME, "ada", parse_time("2026-10-02 10:00 UTC"))
    assert standings(course, NAME, manual={})["ada"].late_s == 10 * 3600
    secretary.undo(course, 3)
    assert standings(course, NAME, manual={})["ada"].late_s == 0


def test_a_withdrawn_attempt_gives_way_to_the_one_before_and_to_nothing(course, capsys, tmp_path):
    before = state(course)
    assert "what counts now is ada/x.ipynb" in said(capsys, course, "withdraw", "1", "ada")
    assert counts(course) == "first = 1"
    assert standings(course, NAME, manual={})["ada"].state is State.STALE
    bring(course, tmp_path / "second")  # the same download again
    assert counts(course) == "first = 1"
    assert "what counts now is nothing" in said(capsys, course, "withdraw", "1", "ada")
    assert counts(course) == ""
    assert standings(course, NAME, manual={})["ada"].state is State.WITHDRAWN
    assert "attempts: 2 (2, 3)" in said(capsys, course, "status")
    assert "nothing of ada counts" in said(capsys, course, "withdraw", "1", "ada", code=2)
    for number in (3, 2):
        said(capsys, course, "undo", str(number))
    assert counts(course) == "second = 1"
    assert state(course).items() >= {k: v for k, v in before.items() if "collected" not in str(k)}.items()


def test_after_a_withdrawal_the_next_attempt_counts_even_if_it_is_the_same_file(course, tmp_path):
    secretary.withdraw(course, NAME, "ada")
    bring(course, tmp_path / "fourth", ada=("2099-10-03 20:00 UTC", "second = 1"))
    assert counts(course) == "second = 1"
    assert [a.withdrawn for a in read_report(course, NAME).students["ada"].attempts] == [False, True, False]


def test_a_corrected_roster_is_undone_row_by_row(course, capsys, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("id,first_name,last_name\nada,Ada,King\nlewis,Lewis,Carroll\n")
    out = said(capsys, course, "roster", str(file), "--why", "from the office")
    assert "roster: 1 new (lewis), 1 changed (ada): from the office" in out
    assert "of the roster 1 are not in this file, and stay: emmy" in out
    assert [p.name for p in roster_of(course).people] == ["Ada King", "Emmy Noether", "Lewis Carroll"]
    assert said(capsys, course, "roster", str(file)) == "the roster is as it was\n"
    said(capsys, course, "undo", "2")
    assert [p.name for p in roster_of(course).people] == ["Ada Lovelace", "Emmy Noether"]
    said(capsys, course, "undo", "3")
    assert [p.name for p in roster_of(course).people] == ["Ada King", "Emmy Noether", "Lewis Carroll"]


def test_a_correction_that_was_corrected_again_is_not_undone_below_it(course, capsys, tmp_path):
    for number, name in enumerate(("King", "Byron")):
        (tmp_path / f"{number}.csv").write_text(f"id,first_name,last_name\nada,Ada,{name}\n")
        said(capsys, course, "roster", str(tmp_path / f"{number}.csv"))
    assert "ada has been changed on the roster since" in said(capsys, course, "undo", "2", code=2)
    assert len(read_log(course)) == 3


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("drop eda", "nobody in this course has the id 'eda', the nearest is ada"),
        ("drop zzz", "nobody in this course has the id 'zzz'"),
        ("extend 1 eda --due 2026-12-08T23:59+01:00", "nobody in this course has the id 'eda'"),
        ("extend 1 ada", "say until when, with --due"),
        ("extend 1 ada --due 2026-09-08T23:59+01:00", "is due 2026-10-01 22:00:00 UTC for everybody"),
        ("extend 1 ada --due tomorrow", "argument --due: must be a date, a time and a zone"),
        ("extend 2 ada --due 2026-12-08T23:59+01:00", "it is not known when 02-exact-gradients is due"),
        ("withdraw 2 ada", "nothing of ada counts for 02-exact-gradients"),
        ("withdraw 9 ada", "no assignment '9'"),
        ("undo 9", "there is no entry 9 in the log, which has 1"),
        ("undo one", "argument NUMBER: must be an integer of at least 1, got 'one'"),
        ("roster none.csv", "No such file or directory: none.csv"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(course, capsys, arguments, line):
    before = state(course), course.log.read_bytes()
    assert line in said(capsys, course, *arguments.split(), code=2)
    assert (state(course), course.log.read_bytes()) == before


def test_twice_is_refused_with_the_entry_that_said_it(course, capsys):
    said(capsys, course, "drop", "ada")
    assert "dropped already, by entry 2" in said(capsys, course, "drop", "ada", code=2)
    said(capsys, course, "undo", "2")
    assert "entry 2 has been undone already" in said(capsys, course, "undo", "2", code=2)


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b'{"number": 7}', b"\xff", b'{"number": 2, "when": "", "who": "", "what": "x"}']
)
def test_a_log_that_somebody_has_changed_is_refused_by_line(course, capsys, line):
    course.log.write_bytes(course.log.read_bytes() + line + b"\n")
    assert "log.jsonl, line 2 is no entry of the log" in said(capsys, course, "status", code=2)
    assert "log.jsonl, line 2 is no entry of the log" in said(capsys, course, "drop", "ada", code=2)


@pytest.mark.parametrize("do", ["drop", "withdraw", "roster"])
def test_a_log_that_cannot_be_written_leaves_all_as_it_was(course, monkeypatch, do):
    before, written = state(course), course.log.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(log.os, "fsync", full)
    people = roster_of(course).called({"x": "ada"})
    arguments = {"drop": ["ada"], "withdraw": [NAME, "ada"], "roster": [people]}[do]
    with pytest.raises(OSError, match="No space left on device") as error:
        getattr(secretary, do.replace("roster", "correct"))(course, *arguments)
    monkeypatch.undo()
    if do == "drop":  # the others write another file first
        assert error.value.filename == str(course.log)
    assert course.log.read_bytes() == written
    assert {k: v for k, v in state(course).items() if k in before} == before
    assert decided(read_log(course)) == decided([])
