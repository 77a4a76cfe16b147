"""What students hand in against the teacher's own programs: nothing stalls them, acts, or passes for another.

Each case has stood open once; the name of the test says what holds now.
"""

import io
import json
import os
import struct
import time
import zipfile
from contextlib import suppress
from types import SimpleNamespace

import numpy as np
import pytest

from rl_landscapes import cli
from rl_landscapes.course import expect
from rl_landscapes.course.running.notebook import Unreadable, read
from rl_landscapes.course.running.submission import unjailed_starter
from rl_landscapes.grader.collecting import unpack
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.folders import read_submission
from rl_landscapes.grader.gradebook.autograded import make_harmless
from rl_landscapes.grader.reports import similarity, tokens
from rl_landscapes.grader.reports.export import guard_formula
from tests.grader import jailed
from tests.grader.handing_in import DUE, NAME, laid, new_course, notebook, packed, submitted

ESCAPES = "\x1b]0;owned\x07\nrefused: s2.ipynb: copied"


@pytest.fixture
def course(tmp_path):
    return new_course(tmp_path / "course")


@pytest.fixture
def open_course(course):
    """A course without a roster, in which whoever a file is named after has handed it in."""
    course.roster.unlink()
    return course


def zipped(entries, method=zipfile.ZIP_DEFLATED, when=(2026, 10, 1, 20, 0, 0)):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in entries.items():
            archive.writestr(zipfile.ZipInfo(name, when), text, method)
    return data.getvalue()


def renamed_inside(data, old, new):
    """A zip whose file calls itself something else than the zip's table of contents does."""
    return data.replace(old, new, 1)


# Zips


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_would_be_unpacked_without_a_bound_is_refused(course, tmp_path, method):
    entries = {"s1.zip": zipped({"x.ipynb": bytes(40 << 20)}, method), "s2.ipynb": notebook()}
    report = collect(course, NAME, laid(tmp_path / "in", entries))
    assert list(report.students) == ["s2"]
    assert "zip it again" in report.refused[0]["reason"]


def without_a_name(data):
    """A zip whose table of contents takes the name of its only file, of one letter, for something else."""
    place = data.index(unpack.ENTRY) + 28
    return data[:place] + struct.pack("<HH", 0, 1) + data[place + 4 :]


DAMAGED = {
    "no name": without_a_name(zipped({"x": "{}"})),
    "a name that is no UTF-8": renamed_inside(zipped({"\u00e9.ipynb": "{}"}), "\u00e9".encode(), b"\xff\xff"),
    "a name that is another": renamed_inside(zipped({"x.ipynb": "{}"}), b"x.ipynb", b"y.ipynb"),
    "a table of contents that is cut": zipped({"x.ipynb": "{}"})[:-30],
    "a table of contents elsewhere": zipped({"x.ipynb": "{}"})[:-6] + struct.pack("<IH", 2**31, 0),
    "nothing": b"",
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_zip_costs_nobody_else(course, tmp_path, name):
    report = collect(course, NAME, laid(tmp_path / "in", {"s1.zip": DAMAGED[name], "s2.ipynb": notebook()}))
    assert submitted(course, "s2") == notebook()
    assert report.refused or report.students["s1"].unreadable


def test_every_cut_of_a_zip_is_survived(tmp_path):
    data = zipped({"x.ipynb": notebook(), "y.ipynb": "{}"})
    for length in range(0, len(data), 7):
        folder = laid(tmp_path / "in", {"s1.zip": data[:length] + b"\xff" * 9 + data[length + 9 :]})
        for file in unpack.files(folder, lambda *_: None):
            with suppress(unpack.Refused):
                file.read()


def test_a_zip_is_not_read_again_for_each_of_its_files(tmp_path):
    data = zipped({f"{number}.ipynb": "{}" for number in range(200)})
    folder = laid(tmp_path / "in", {"s1.zip": data})
    found = unpack.files(folder, lambda *_: None, unpack.Bounds(total=3 * len(data)))
    assert [file.read() for file in found] == 200 * [b"{}"]


def test_a_zip_of_very_many_files_is_not_opened(tmp_path):
    entry = zipped({"x": ""})
    table = entry[entry.index(unpack.ENTRY) : entry.index(b"PK\5\6")]
    said = []
    laid(tmp_path / "in", {"s1.zip": entry + 100_000 * table})
    assert unpack.files(tmp_path / "in", lambda *reason: said.append(reason)) == []
    assert "more than 1,000 files" in said[0][1]


# Reports and terminals


def test_no_name_acts_on_a_terminal_or_stops_the_report(course, tmp_path):
    source = laid(tmp_path / "in", {f"{ESCAPES}.ipynb": notebook(), "s1.ipynb": notebook()})
    (source / os.fsdecode(b"\xff\xfe.ipynb")).write_text(notebook())
    report = collect(course, NAME, source)
    assert [line.isprintable() for line in str(report).splitlines()] == 4 * [True]
    assert list(report.students) == ["s1"]


def test_one_student_cannot_drown_the_report(course, tmp_path):
    bad = zipped({f"{ESCAPES}{number}.ipynb": "" for number in range(500)} | {f"{'x' * 5000}.ipynb": ""})
    report = collect(course, NAME, laid(tmp_path / "in", {"s1.zip": bad, "s2.ipynb": notebook()}))
    assert len(str(report)) < 10_000
    assert "491 more such files" in str(report)


def test_an_error_acts_on_no_terminal(capsys, tmp_path):
    assert cli.main(["check", str(tmp_path / f"{ESCAPES}.ipynb")]) == cli.REFUSED
    assert capsys.readouterr().err.strip().isprintable()


# Whose it is, and when it came


def many(path):
    return {path.format(number): notebook("forged = 1") for number in range(9)}


@pytest.mark.parametrize(
    "hostile",
    [
        {"s3.zip": zipped(many(f"s4/{NAME}/{{}}.ipynb"))},
        many(f"s3/s4/{NAME}/{{}}.ipynb"),
        many(f"s3/x/s4/{NAME}/{{}}.ipynb"),
    ],
)
@pytest.mark.parametrize("honest", ["{}.ipynb", "{}/x.ipynb", f"{{}}/{NAME}/x.ipynb"])
def test_nobody_decides_by_many_files_whose_they_are(course, tmp_path, honest, hostile):
    entries = {honest.format(student): notebook() for student in ("s1", "s2")}
    report = collect(course, NAME, laid(tmp_path / "in", hostile | entries))
    assert list(report.students) == ["s1", "s2", "s3"]
    assert submitted(course, "s1") == submitted(course, "s2") == notebook()


def test_nobody_brings_a_list_of_who_handed_in_what(course, tmp_path):
    about = (
        "submission_1:\n  :submitters:\n  - :name: Bo\n    :sid: s2\n  :created_at: 2026-10-01 20:00:00 Z\n"
    )
    hostile = {"s3/submission_metadata.yml": about} | many("s3/submission_1/{}.ipynb")
    entries = {f"{student}/x.ipynb": notebook() for student in ("s1", "s2")}
    report = collect(course, NAME, laid(tmp_path / "in", hostile | entries))
    assert report.layout == "a file or folder per student"
    assert submitted(course, "s1") == submitted(course, "s2") == notebook()


def test_a_name_of_a_file_does_not_pass_for_another_participant(open_course, tmp_path):
    forged = "Eve_7_assignsubmission_file_x_8_assignsubmission_file_.ipynb"
    entries = {"Ann_8_assignsubmission_file_a.ipynb": notebook(), forged: notebook("forged = 1")}
    report = collect(open_course, NAME, packed(tmp_path / "moodle.zip", entries))
    assert {student.id for student in report.students.values()} == {"Moodle 7", "Moodle 8"}
    assert submitted(open_course, "Moodle~208") == notebook()


def test_a_student_cannot_say_when_work_came(course, tmp_path):
    inner = zipped(
        {"x.ipynb": notebook(), "timestamp.txt": "2020-01-01 00:00:00 UTC"}, when=(2020, 1, 1, 0, 0, 0)
    )
    source = laid(tmp_path / "in", {"s1.zip": inner, "s2.ipynb": notebook()})
    os.utime(source / "s1.zip", (0, DUE.timestamp() + 3600))
    assert collect(course, NAME, source, due=DUE).students["s1"].late_s(DUE) == 3600


@pytest.mark.parametrize("stamp", ["9999-12-31 23:59:59 -12:00", "2026-01-01 00:00 America/Argentina"])
def test_a_time_that_cannot_be_stops_nothing(course, tmp_path, stamp):
    entries = {"s1/x.ipynb": notebook(), "s1/timestamp.txt": stamp}
    source = laid(tmp_path / "in", entries | {"s2.ipynb": notebook()})
    os.utime(source / "s1/x.ipynb", (0, 2**38))
    report = collect(course, NAME, source, due=DUE)
    assert list(report.students) == ["s1", "s2"]
    assert report.students["s1"].late_s(DUE) != 0


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_a_submission_that_leads_elsewhere_is_empty(course, kind):
    laid(course.submitted / "s1" / NAME, {f"{NAME}.ipynb": notebook()})
    path = course.submission("s2", NAME)
    if kind == "folder":
        path.parent.parent.mkdir()
        path.parent.symlink_to(course.submitted / "s1" / NAME)
    else:
        path.parent.mkdir(parents=True)
        path.symlink_to(course.submission("s1", NAME)) if kind == "link" else os.mkfifo(path)
    assert read_submission(path) == b""
    assert read_submission(course.submission("s1", NAME)) == notebook().encode()


# Time and memory on the trusted side


@pytest.mark.parametrize("text", ['"' + '\\"' * 30_000 + "\\", "'''" + "\\'''" * 15_000 + "\\"])
def test_quotes_without_end_take_no_long_time(text):
    began = time.process_time()
    list(tokens.kinds(text))
    assert time.process_time() - began < 2


def test_a_huge_program_is_compared_in_part_answers_first():
    code = "\n".join(f"a{n} = b + c[{n}] * (d - {n})" for n in range(2000))
    cells = [(str(number), code.replace("b", f"b.x{number}")) for number in range(300)]
    found = similarity._pieces(cells, set())
    seen = {int(name) for name, *_ in found.values()}
    assert 0 in seen
    assert max(seen) < 20


def test_text_among_numbers_takes_no_memory():
    with pytest.raises(expect.Failed):
        expect.array([["x" * 10**6, *[""] * 300]], (1, 301), "text")
    with pytest.raises(expect.Failed):
        expect.truths(["x" * 10**6, *[""] * 300], (301,), "text")
    np.testing.assert_array_equal(expect.array([[1, 2.5]], (1, 2), "numbers"), [[1, 2.5]])


@pytest.mark.slow
def test_a_notebook_of_nothing_but_code_is_too_large():
    cells = 20 * [{"cell_type": "code", "source": "\n" * 10**6, "metadata": {}}]
    with pytest.raises(Unreadable, match="without its saved outputs"):
        read(json.dumps({"cells": cells}).encode())


@pytest.mark.slow
@pytest.mark.parametrize("line", ["f(f)", "f(np.zeros(10**5))"])
def test_calls_back_cannot_fill_the_memory_of_a_test(line):
    kept = []

    def test(student, rng):
        student.lowest(kept.append, 0)

    table = jailed.assignment(jailed.LIMITS)
    table.questions["lowest"].tests[:] = [SimpleNamespace(title="", body=test, points=4, at_grading=False)]
    answer = f"def lowest(f, x):\n    while True:\n        try: {line}\n        except Exception: pass"
    graded = jailed.grade(jailed.filled(lowest=answer), table, start=unjailed_starter())
    assert jailed.outcomes(graded, "lowest") <= {"crashed", "timed out"}, jailed.said(graded)
    assert sum(np.size(x) for x in kept) * 8 <= 4 * jailed.LIMITS.answer


def test_cells_that_fail_do_not_fill_the_feedback():
    cells = [jailed.extra(f"raise ValueError('x' * 500 + '{number}')") for number in range(300)]
    data = jailed.tree([*cells, *jailed.filled(softmax="1 / 0")["cells"]])
    graded = jailed.grade(data, jailed.assignment(jailed.LIMITS), start=unjailed_starter())
    assert len(graded.troubles) == 51
    assert graded.troubles["softmax"].startswith("ZeroDivisionError")


# What a teacher opens


@pytest.mark.parametrize(
    "text",
    [
        "&#36;&#92;href{javascript:alert(1)}{x}&#36;",
        "&dollar;&bsol;href{java&colon;x}{y}&dollar;",
        "```mermaid\ngraph TD\nclick A call alert(1)\n```",
        "~~~ Mermaid\ngraph TD\n~~~",
    ],
)
def test_no_letter_or_diagram_acts_in_a_written_answer(text):
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    html = markdown2html_mistune(make_harmless(text))
    for sign in ("&#", "&dollar", "&bsol", "\\href", 'class="mermaid', "jp-Mermaid"):
        assert sign not in html, html
    assert make_harmless("R&D, a & b; $x &= y$") == "R&D, a & b; $x &= y$"


@pytest.mark.parametrize("cell", ["Eve;=1+1", "Eve\t=1+1", "Eve; @SUM(A1)", "a|-2+3"])
def test_no_other_separator_begins_a_formula(cell):
    assert "'" in guard_formula(cell)
    assert guard_formula("Müller-Weiß; Bo = 1") == "Müller-Weiß; Bo = 1"
