"""Several notebooks of one student: which counts, what is said of it, and that no words are lost."""

import io
import json
import os
import zipfile

import pytest

from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.collecting.report import read_report
from rl_landscapes.grader.folders import read_beside
from rl_landscapes.grader.gradebook.entries import manual_scores, record
from rl_landscapes.grader.grading.grade import made_from
from rl_landscapes.grader.reports.feedback import feedback
from tests.course.solved import answers
from tests.grader.classes import NAME, RELEASE, TASK, course_in, filled, put, scored
from tests.grader.handing_in import DUE, laid, packed, state

OURS = answers(NAME)
SOLVED = filled(OURS)
PART = filled({name: OURS[name] for name in list(OURS)[:2]})
WORDS = filled({}, written="Masked entropy is a wage.")
ESSAY = json.dumps({"cells": [{"cell_type": "markdown", "source": "Masked entropy is a wage."}]})
PAGE = b"<html><style>p {}</style><p>Masked entropy <b>is</b>\na wage.</p>"
AGAIN = RELEASE.replace(
    b'"outputs": []', b'"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]'
)


@pytest.fixture
def course(tmp_path):
    return course_in(
        tmp_path / "course", "id,first_name,last_name,canvas_id\nada,Ada,Lovelace,501\nbo,Bo,Lee,502\n"
    )


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def counts(course, who="ada"):
    """Return what counts of a student: its name, and how many of the reference's answers are in it."""
    cells = json.loads(course.submission(who, NAME).read_bytes())["cells"]
    return sum("".join(cell["source"]) in OURS.values() for cell in cells)


def as_zip(course, tmp_path, files):
    return collect(course, NAME, packed(tmp_path / "c.zip", {"ada.zip": zipped(files), "bo.ipynb": SOLVED}))


def as_folder(course, tmp_path, files):
    source = laid(
        tmp_path / "in", {f"ada/{name}": text for name, text in files.items()} | {"bo/x.ipynb": SOLVED}
    )
    for number, path in enumerate(sorted((source / "ada").rglob("*.ipynb"))):
        os.utime(path, (0, 1_000_000 + number))  # the last by name was changed last
    return collect(course, NAME, source)


def as_canvas(course, tmp_path, files):
    names = {name: name.replace("/", "-") for name in files}
    entries = {
        f"lovelaceada_501_{n}_{names[name]}": text for n, (name, text) in enumerate(sorted(files.items()), 1)
    }
    return collect(course, NAME, packed(tmp_path / "c.zip", entries | {"leebo_502_9_x.ipynb": SOLVED}))


def as_moodle(course, tmp_path, files):
    entries = {f"Ada Lovelace_1_assignsubmission_file_/{name}": text for name, text in files.items()}
    return collect(
        course,
        NAME,
        packed(tmp_path / "c.zip", entries | {"Bo Lee_2_assignsubmission_file_/x.ipynb": SOLVED}),
    )


WAYS = {"a zip": as_zip, "a folder": as_folder, "Canvas": as_canvas, "Moodle": as_moodle}
BESIDE_BLANK = {
    "in a folder of old things": {f"proj/{NAME}.ipynb": SOLVED, f"proj/old/{NAME}.ipynb": RELEASE},
    "above it": {f"{NAME}.ipynb": RELEASE, f"work/{NAME}.ipynb": SOLVED},
    "after it by name": {f"a/{NAME}.ipynb": SOLVED, f"z/{NAME}.ipynb": RELEASE},
    "a copy": {f"{NAME}.ipynb": SOLVED, f"{NAME}-Copy1.ipynb": RELEASE},
    "run once": {f"{NAME}.ipynb": SOLVED, f"z-{NAME}.ipynb": AGAIN},
    "with other line ends": {f"{NAME}.ipynb": SOLVED, f"z-{NAME}.ipynb": RELEASE.replace(b"\\n", b"\\r\\n")},
    "without names": {
        f"{NAME}.ipynb": SOLVED,
        f"z-{NAME}.ipynb": RELEASE.replace(b'"id": "', b'"was": "').replace(b'"grade_id"', b'"was"'),
    },
    "twice": {f"{NAME}.ipynb": RELEASE, f"m-{NAME}.ipynb": SOLVED, f"z-{NAME}.ipynb": RELEASE},
    "beside a part": {f"{NAME}.ipynb": SOLVED, f"old/{NAME}.ipynb": PART, f"z/{NAME}.ipynb": RELEASE},
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("files", BESIDE_BLANK.values(), ids=BESIDE_BLANK)
def test_what_was_handed_out_never_beats_work(course, tmp_path, way, files):
    report = way(course, tmp_path, files)
    is_part = way is as_canvas and PART in files.values()  # the last file counts there
    assert counts(course) == (2 if is_part else len(OURS))
    assert not report.students["ada"].newest.passed_over


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_was_handed_out_is_an_attempt_alone(course, tmp_path, way):
    report = way(course, tmp_path, {f"{NAME}.ipynb": RELEASE})
    assert counts(course) == 0
    assert report.students["ada"].newest
    assert "passed over" not in str(report)


def test_what_was_handed_out_does_not_beat_earlier_work_either(course, tmp_path):
    for number, data in enumerate([SOLVED, RELEASE], 1):
        entries = {f"lovelaceada_501_{number}_x.ipynb": data}
        report = collect(course, NAME, packed(tmp_path / f"{number}.zip", entries))
    assert counts(course) == len(OURS)
    assert "passed over: lovelaceada_501_2_x.ipynb: it is as it was handed out" in str(report)


@pytest.mark.parametrize("way", [as_zip, as_folder, as_moodle])
@pytest.mark.parametrize(
    "files",
    [
        {f"a/{NAME}.ipynb": SOLVED, f"b/{NAME}.ipynb": PART},
        {f"a/{NAME}.ipynb": PART, f"b/{NAME}.ipynb": SOLVED},
        {f"{NAME}.ipynb": SOLVED, f"old/{NAME} (1).ipynb": PART, "draft.ipynb": filled({})},
    ],
)
def test_the_fullest_of_several_counts_and_this_is_said(course, tmp_path, way, files):
    report = way(course, tmp_path, files)
    assert counts(course) == len(OURS)
    assert "Ada Lovelace: 2 different notebooks came at once" in "".join(report.notes)
    assert f"({len(OURS)} answers)" in str(report)
    assert "came with it and counts" in str(report)
    before = state(course)
    assert way(course, tmp_path, files) == report == read_report(course, NAME)
    assert state(course) == before


def test_the_last_of_several_files_in_Canvas_counts_and_this_is_said(course, tmp_path):
    report = as_canvas(course, tmp_path, {"a.ipynb": SOLVED, "b.ipynb": PART})
    assert counts(course) == 2
    assert report.notes == [
        "Ada Lovelace: 2 different notebooks came: lovelaceada_501_2_b.ipynb counts, which came last"
    ]


def test_the_same_work_twice_needs_no_word(course, tmp_path):
    run = SOLVED.replace(b'"outputs": []', b'"outputs": [{"output_type": "stream", "text": "x"}]')
    report = as_zip(course, tmp_path, {"a.ipynb": SOLVED, "b.ipynb": run, "c.ipynb": SOLVED})
    assert report.notes == []
    assert counts(course) == len(OURS)


def test_a_notebook_that_was_passed_over_counts_when_it_comes_alone(course, tmp_path):
    as_folder(course, tmp_path / "1", {"a.ipynb": SOLVED, "b.ipynb": PART})
    later = laid(tmp_path / "2", {"ada/b.ipynb": PART, "bo/x.ipynb": SOLVED})
    os.utime(later / "ada/b.ipynb", (0, 2_000_000))
    collect(course, NAME, later)
    assert counts(course) == 2


@pytest.mark.parametrize(
    "files",
    [
        {f"{NAME}.ipynb": SOLVED, "words.ipynb": WORDS},
        {f"{NAME}.ipynb": SOLVED, "essay.ipynb": ESSAY},
        {f"{NAME}.ipynb": SOLVED, "answer.txt": b"Masked entropy is a wage."},
        {f"{NAME}.ipynb": SOLVED, "answer.md": b"# Why\r\n\r\nMasked entropy is a wage."},
        {f"{NAME}.ipynb": SOLVED, "answer.html": PAGE},
        {f"{NAME}.ipynb": SOLVED, "x/answer.tex": b"Masked entropy is a wage."},
    ],
)  # fmt: skip
def test_words_in_another_file_are_kept(course, tmp_path, files):
    as_zip(course, tmp_path, files)
    assert counts(course) == len(OURS)
    assert "Masked entropy is a wage." in course.beside("ada", NAME).read_text()


@pytest.mark.parametrize("name", ["words.docx", "words.pdf", "scan.JPG", "why.odt", "words.rtf"])
def test_a_document_beside_a_notebook_is_named(course, tmp_path, name):
    as_zip(course, tmp_path, {f"{NAME}.ipynb": SOLVED, name: b"\xff\x00"})
    assert course.beside("ada", NAME).read_text() == f"Beside the notebook: ada.zip/{name}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.txt", "rl-landscapes check"), ("README.md", "x"), ("requirements.txt", "numpy"),
        ("LICENSE.txt", "MIT"), ("helpers.py", "x = 1"), ("data.csv", "1,2"), ("empty.txt", " \n"),
        ("empty.html", "<html><body></body></html>"), ("timestamp.txt", "2026-10-01 10:00 UTC"),
    ],
)  # fmt: skip
def test_what_is_nobodys_words_is_not_kept(course, tmp_path, name, text):
    as_zip(course, tmp_path, {f"{NAME}.ipynb": SOLVED, name: text})
    assert course.submission("ada", NAME).exists()
    assert not course.beside("ada", NAME).exists()


BLACKBOARD = """Name: Ada Lovelace (ada)
Assignment: Returns
Date Submitted: Thursday, October 1, 2026 9:30:12 PM CEST
Current Mark: Needs Marking

Submission Field:
{}

Comments:
{}

Files:
\tOriginal filename: x.ipynb
"""
NO_TEXT = "There is no student submission text data for this assignment."
NO_COMMENT = "There are no student comments for this assignment."


@pytest.mark.parametrize(
    ("text", "comment", "kept"),
    [(NO_TEXT, NO_COMMENT, ""), ("A wage.", NO_COMMENT, "A wage."), (NO_TEXT, "See page 2.", "See page 2.")],
)
def test_texts_of_Blackboard_are_words_of_the_student(course, tmp_path, text, comment, kept):
    name = "HW_ada_attempt_2026-10-01-21-30-12"
    entries = {f"{name}_x.ipynb": SOLVED, f"{name}.txt": BLACKBOARD.format(text, comment)}
    collect(course, NAME, packed(tmp_path / "c.zip", entries), due=DUE)
    path = course.beside("ada", NAME)
    assert (path.read_text() if path.exists() else "") == (
        kept and f"Beside the notebook: {name}.txt\n\n{kept}"
    )


def test_online_texts_of_Moodle_are_words_of_the_student(course, tmp_path):
    form = "{}_assignsubmission_{}_/{}"
    entries = {
        form.format("Ada Lovelace_11", "file", "x.ipynb"): SOLVED,
        form.format(
            "Ada Lovelace_11", "onlinetext", "onlinetext.html"
        ): "<p>Masked entropy is a wage.</p><img src=x>",
        form.format("Bo Lee_12", "file", "x.ipynb"): SOLVED,
        form.format("Bo Lee_12", "onlinetext", "onlinetext.html"): "<p></p>",
    }
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    assert course.beside("ada", NAME).read_text().endswith("Masked entropy is a wage.(a picture)")
    assert not course.beside("bo", NAME).exists()
    assert collect(course, NAME, tmp_path / "c.zip") == report


def many(data, count=990):
    return {f"{number}.ipynb": data(number) for number in range(count)}


FLOODS = {
    "unreadable": lambda n: f"{n}: no notebook",
    "of another assignment": lambda n: SOLVED.replace(NAME.encode(), b"02-exact-gradients") + b" " * n,
    "of nothing": lambda n: json.dumps({"cells": [{"cell_type": "code", "source": f"x = {n}"}]}),
    "solved again and again": lambda n: SOLVED.replace(b"import numpy", b"n = %d; import numpy" % n),
    "as handed out": lambda n: RELEASE + b" " * n,
}


@pytest.mark.parametrize("data", FLOODS.values(), ids=FLOODS)
def test_one_student_does_not_drown_the_report(course, tmp_path, data):
    files = many(data, 120)
    for _ in range(2):
        report = as_zip(course, tmp_path, files)
        assert len(str(report).splitlines()) < 40
        assert len(report.students["ada"].attempts) <= 21
        assert len(report.students["ada"].unreadable) <= 10
        assert len(list(course.attempts.rglob("*.ipynb"))) <= 21
        assert (course.collected / f"{NAME}.json").stat().st_size < 50_000


def test_strangers_do_not_drown_the_report_either(course, tmp_path):
    entries = {f"stranger_9{n}_{n}_x.ipynb": SOLVED for n in range(1, 400)} | {"leebo_502_1_x.ipynb": SOLVED}
    report = collect(course, NAME, packed(tmp_path / "c.zip", entries))
    lines = str(report).splitlines()
    assert len(lines) < 210
    assert f"  and 199 more, in collected/{NAME}.json" in lines
    one = {f"stranger_9_{n}_x.ipynb": SOLVED for n in range(1, 400)} | {"leebo_502_1_x.ipynb": SOLVED}
    report = collect(course, NAME, packed(tmp_path / "d.zip", one))
    assert [said["file"] for said in report.unknown] == ["stranger_9_100_x.ipynb and 398 more"]


def test_who_hands_in_only_another_assignment_is_told(course, tmp_path):
    other = SOLVED.replace(NAME.encode(), b"02-exact-gradients")
    report = as_folder(course, tmp_path, {"x.ipynb": other})
    assert [one.reason for one in report.students["ada"].unreadable] == [
        "it is of the assignment 02-exact-gradients"
    ]
    assert not report.refused
    later = laid(tmp_path / "2", {"ada/x.ipynb": SOLVED, "bo/x.ipynb": SOLVED})
    assert not collect(course, NAME, later).students["ada"].newest_is_unreadable


def test_words_beside_a_notebook_wait_for_a_person_and_make_a_grade_old(course, tmp_path):
    result = scored("ada", SOLVED)
    put(course, "ada", SOLVED, result)
    record(course, NAME, [result])
    assert manual_scores(course, NAME)["ada"][TASK][0] == 0.0
    before = made_from("", SOLVED, read_beside(course, "ada", NAME))
    report = as_zip(course, tmp_path, {f"{NAME}.ipynb": SOLVED, "answer.txt": "Masked entropy is a wage."})
    assert report.students["ada"].newest
    assert made_from("", SOLVED, read_beside(course, "ada", NAME)) != before
    record(course, NAME, [result])
    assert manual_scores(course, NAME)["ada"][TASK][0] is None
    shown = course.shown("ada", NAME).read_text(encoding="utf-8")
    assert "Beside the notebook: ada.zip/answer.txt" in shown
    assert "Masked entropy is a wage." in shown


def test_who_handed_in_another_assignment_gets_a_page_that_says_so(course, tmp_path):
    other = SOLVED.replace(NAME.encode(), b"02-exact-gradients")
    as_folder(course, tmp_path, {"x.ipynb": other})
    assert feedback(course, NAME).made == ["ada"]
    page = (course.feedback / "ada" / NAME / f"{NAME}.md").read_text()
    assert "it is of the assignment 02-exact-gradients" in page
    assert "does not count as an attempt" in page
