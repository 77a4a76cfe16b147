"""A class of forty hands in the first assignment through Canvas, and gets it back: every total is known."""

import csv
import json
import zipfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from markupsafe import escape

from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import of_student
from rl_landscapes.grader import roster, roster_file
from rl_landscapes.grader.collecting.collect import collect
from rl_landscapes.grader.gradebook.entries import open_gradebook, record
from rl_landscapes.grader.grading.grade import grade
from rl_landscapes.grader.grading.preflight import preflight
from rl_landscapes.grader.grading.release import release
from rl_landscapes.grader.grading.setup import prepare
from rl_landscapes.grader.reports.export import Penalty, export
from rl_landscapes.grader.reports.feedback import feedback
from rl_landscapes.grader.reports.similarity import similarity
from rl_landscapes.grader.reports.status import status
from rl_landscapes.grader.roster import folder_of
from tests.course.solved import answers
from tests.grader.classes import FOUND, HOSTILE, NAME, TASK, course_in, filled
from tests.grader.jailed import need_jail

pytestmark = pytest.mark.slow

DUE = datetime(2026, 10, 1, 22, 0, tzinfo=UTC)
OURS = answers(NAME)
POINTS = {name: question.points for name, question in FOUND.questions.items()}
ALL = sum(POINTS.values())
ESSAY, MARKS = "Masked entropy is a wage that ends.", 12.5

CUT_OFF = """def values(P, r, gamma, pi):
    v = np.zeros(len(r))
    for _ in range(2_000):
        v = (pi * (r + gamma * P @ v)).sum(axis=1)
    return v
"""
SLOPPY = """def log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))
"""
SLOPPIER = """def entropy(logits):
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    return -(p * np.log(p)).sum(-1)
"""
EQUAL = """class Equal:
    def __eq__(self, other):
        return True

def values(P, r, gamma, pi):
    return Equal()
"""
PATCHED = """np.allclose = np.isclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
import builtins
builtins.AssertionError = SystemExit

def break_even(*a):
    return 0.0
"""
IMPORTED = """def values(P, r, gamma, pi):
    from rl_landscapes.objectives import exact
    return exact.values(P, r, gamma, pi)
"""
STOLEN = """def break_even(*a):
    import glob
    for path in glob.glob("/**/*.md", recursive=True) + ["/proc/self/environ", "/etc/passwd"]:
        text = open(path).read()
        if "def break_even" in text:
            exec(text)
    raise ValueError(text[:200])
"""
CRASH = "def values(P, r, gamma, pi):\n    import os\n    os._exit(0)"
RENAMED = (
    CUT_OFF.replace("v =", "estimate =").replace("@ v", "@ estimate").replace("return v", "return estimate")
)


def but(**instead):
    """Our answers with some others in their place, or none of them."""
    return {name: text for name, text in {**OURS, **instead}.items() if text}


def worth(names):
    return sum(POINTS[name] for name in names)


def without(*names):
    return ALL - worth(names)


def stripped(data):
    """What some programs leave of a notebook: no metadata and no ids."""
    tree = json.loads(data)
    tree["metadata"], tree["nbformat_minor"] = {}, 4
    for cell in tree["cells"]:
        cell["metadata"] = {}
        cell.pop("id")
    return json.dumps(tree).encode()


def tampered(data):
    """Tests made easy, their points raised, an answer copied with its name, an old solution above it."""
    tree = json.loads(data)
    for cell in tree["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade"):
            cell["source"], about["points"] = "pass", 500
    first = next(cell for cell in tree["cells"] if cell["id"] == "entropy")
    tree["cells"].insert(0, {**first, "source": "def entropy(logits):\n    return 0.0", "id": "copy"})
    return json.dumps(tree).encode()


class Handed:
    """Of one student: name, files in the order they came, points of the functions, what is said of them."""

    def __init__(self, first, last, *files, points=None, word="graded", late=None, essay=ESSAY):
        self.first, self.last, self.files, self.points = first, last, files, points
        self.state, self.late, self.essay = word, late, essay


def full(**options):
    return filled(but(), options.pop("essay", ESSAY))


def the_class():
    """Forty students by id. Late is how long, or True for a mark alone."""
    day = timedelta(days=1)
    half = list(OURS)[:3]
    sloppy = {"log_softmax": SLOPPY, "entropy": SLOPPIER, "values": OURS["values"]}
    found = {
        "brilliant": Handed("Ada", "Best", full(), points=ALL),
        "half": Handed("Hal", "Half", filled({n: OURS[n] for n in half}, ESSAY), points=worth(half)),
        "nothing": Handed("Noa", "Nil", filled({}, ""), points=0, essay=""),
        "no-essay": Handed("Nia", "Mute", full(essay=""), points=ALL, essay=""),
        "late": Handed("Lee", "Late", full(), points=ALL, late=timedelta(hours=25)),
        "grace": Handed("Gus", "Grace", full(), points=ALL, late=timedelta(minutes=4)),
        "unknown-late": Handed("Una", "Unsure", full(), points=ALL, late=True),
        "better": Handed("Bea", "Better", filled({}, ""), full(), points=ALL),
        "worse": Handed(
            "Wes", "Worse", full(), filled({"values": OURS["values"]}, ESSAY), points=POINTS["values"]
        ),
        "damaged-last": Handed("Dan", "Damaged", full(), full()[:1000], points=ALL),
        "damaged": Handed("Del", "Broken", b"<html>please log in", word="unreadable"),
        "empty": Handed("Eve", "Empty", b"", word="unreadable"),
        "absent": Handed("Abe", "Absent", word="not submitted"),
        "utf-16": Handed("Uma", "Wide", full().decode().encode("utf-16"), points=ALL),
        "stripped": Handed("Sid", "Bare", stripped(full()), points=ALL),
        "tampered": Handed(
            "Tam", "Twist", tampered(filled(but(values=None), ESSAY)), points=without("values")
        ),
        "cut-off": Handed("Cal", "Cut", filled(but(values=CUT_OFF), ESSAY), points=ALL - 5),
        "sloppy": Handed("Slo", "Py", filled(sloppy, ESSAY), points=5 + 7 + worth(["values"])),
        "syntax": Handed("Syn", "Tax", filled(but(values="def values(P:"), ESSAY), points=without("values")),
        "crash": Handed("Cra", "Sher", filled(but(values=CRASH), ESSAY), points=without("values")),
        "equal": Handed("Equ", "Al", filled(but(values=EQUAL), ESSAY), points=without("values")),
        "patched": Handed(  # whoever makes all asserts hold has no test of his own that refuses anything
            "Pat",
            "Ched",
            filled(but(break_even=PATCHED), ESSAY),
            points=without("break_even", "test_occupancy"),
        ),
        "imported": Handed("Imp", "Ort", filled(but(values=IMPORTED), ESSAY), points=without("values")),
        "stolen": Handed("Sto", "Len", filled(but(break_even=STOLEN), ESSAY), points=without("break_even")),
        "copied": Handed("Cop", "Ied", filled({"values": RENAMED}, ESSAY), points=POINTS["values"] - 5),
        "=HYPERLINK(1)": Handed('=cmd|"/c"', "+Formula", full(), points=ALL),
        "a/../b": Handed(
            "<script>alert(1)</script>", "Hostile, Jr.", full(essay=HOSTILE), points=ALL, essay=HOSTILE
        ),
        "Zoë 日本": Handed("Zoë", "Müller-Łuk", full(), points=ALL),
        "waits": Handed("Wai", "Ting", full(), points=ALL, word="written answers to be graded"),
        "raised": Handed("Rai", "Sed", full(), points=ALL - 5),  # a person takes five points away
        "twin-1": Handed("Wei", "Wang", full(), points=ALL),
        "twin-2": Handed("Wei", "Wang", filled({"values": OURS["values"]}, ESSAY), points=POINTS["values"]),
        "two-days": Handed(
            "Two", "Days", filled({"values": OURS["values"]}, ESSAY), points=POINTS["values"], late=2 * day
        ),
    }
    for number in range(40 - len(found)):
        names = list(OURS)[: number % 6 + 1]
        found[f"s{number}"] = Handed(
            "Stu", f"Dent{number}", filled({n: OURS[n] for n in names}, ESSAY), points=worth(names)
        )
    return found


def downloaded(path, students):
    """What Canvas packs: names without signs, a mark on late files, numbers that grow, and strangers."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for user, (student, handed) in enumerate(students.items(), 500):
            name = roster.plain(handed.last + handed.first)
            for number, data in enumerate(handed.files):
                file = f"{NAME}.ipynb" if student != "half" else f"{NAME} (1)-2.ipynb"
                late = "LATE_" if handed.late else ""
                archive.writestr(f"{name}_{late}{user}_{9000 + 50 * number + user}_{file}", data)
        archive.writestr(f"strangerdanger_999_1_{NAME}.ipynb", full())
        archive.writestr(f"../../bestada_500_99999_{NAME}.ipynb", filled({}))
        archive.writestr(
            "bestada_500_99998_02-exact-gradients.ipynb", full().replace(NAME.encode(), b"02-exact-gradients")
        )
    return path


def give_points(course, students):
    """Grade written answers as a person does in formgrader; change one function's points, and say why."""
    with open_gradebook(course) as book:
        for student, handed in students.items():
            if handed.points is None or not handed.essay or student == "waits":
                continue
            found = book.find_grade(TASK, NAME, NAME, folder_of(student))
            found.manual_score, found.needs_manual_grade = MARKS, False
        found = book.find_grade("check-values", NAME, NAME, "raised")
        found.manual_score, found.needs_manual_grade = POINTS["values"] - 5, False
        book.find_comment("values", NAME, NAME, "raised").manual_comment = "copied from the board"
        book.db.commit()


def totals(student, handed, late):
    """Automatic, written, penalty and total of one student, as the plain table shows them."""
    if handed.points is None:
        return ["", "", "", ""]
    written = MARKS if handed.essay else 0.0
    if student == "waits":
        return [str(handed.points), "", "", ""]
    if late and handed.late is True:
        return [str(handed.points), str(written), "", ""]
    beyond = handed.late - timedelta(minutes=5) if late and handed.late else timedelta(0)
    penalty = 0.1 * max(0, -(-beyond // timedelta(days=1))) * (handed.points + written)
    amounts = (handed.points, written, penalty, handed.points + written - penalty)
    return [str(round(float(amount), 6)) for amount in amounts]


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    """A course through which the class has gone, and the class."""
    need_jail()
    folder = tmp_path_factory.mktemp("term")
    course, students = course_in(folder / "course"), the_class()
    people = roster.Roster(tuple(
        roster.Person(student, handed.first, handed.last, f"{n}@x.edu", canvas_id=str(n))
        for n, (student, handed) in enumerate(students.items(), 500)
    ))  # fmt: skip
    roster_file.write(people, course.roster)
    release(course, NAME, due=DUE, to=folder / "handout.zip")
    zipped = downloaded(folder / "submissions.zip", students)
    known = {s: DUE + h.late for s, h in students.items() if isinstance(h.late, timedelta)}
    collected = collect(course, NAME, zipped, known_times=known)
    found = prepare(course, NAME)
    assert all(finding.holds for finding in preflight(course, found, thorough=False))
    results = list(grade(course, found, n_jobs=2))
    record(course, NAME, results)
    give_points(course, students)
    return course, students, collected, {result["student"]: result for result in results}


def rows(term, path, **options):
    course = term[0]
    export(course, [NAME], "plain", path, **options)
    with path.open(newline="", encoding="utf-8") as file:
        return {row["email"].removesuffix("@x.edu"): row for row in csv.DictReader(file)}


def test_what_came_is_collected_and_what_did_not_is_named(term):
    _, students, collected, _ = term
    assert len(students) == 40
    assert {s.id for s in collected.students.values() if s.newest} == {
        student for student, handed in students.items() if handed.points is not None
    }
    assert collected.absent == ["absent"]
    assert [said["who"] for said in collected.unknown] == ["strangerdanger 999"]
    assert sorted(said["reason"] for said in collected.refused) == [
        "it is of the assignment 02-exact-gradients",
        "its path leads outside",
    ]
    assert collected.students["damaged-last"].newest_is_unreadable


def test_every_total_is_what_it_must_be(term, tmp_path):
    students = term[1]
    found = rows(term, tmp_path / "x.csv")
    columns = ["automatic", "written", "penalty", "total"]
    came_out = {
        student: [found[str(number)][f"{NAME} {column}"] for column in columns]
        for number, student in enumerate(students, 500)
    }
    assert came_out == {student: totals(student, handed, late=False) for student, handed in students.items()}
    words = {student: found[str(n)][f"{NAME} status"] for n, student in enumerate(students, 500)}
    assert words == {student: handed.state for student, handed in students.items()}


def test_every_total_is_what_it_must_be_when_late_work_costs(term, tmp_path):
    students = term[1]
    found = rows(term, tmp_path / "x.csv", late=Penalty(0.1, grace_s=300))
    for number, (student, handed) in enumerate(students.items(), 500):
        row = [
            found[str(number)][f"{NAME} {column}"] for column in ("automatic", "written", "penalty", "total")
        ]
        assert row == totals(student, handed, late=True), student
    assert (
        found[str(500 + list(students).index("unknown-late"))][f"{NAME} status"]
        == "late by a time that is not known"
    )


def test_names_come_out_as_text_and_in_their_columns(term, tmp_path):
    found = rows(term, tmp_path / "x.csv")
    by_id = {row["id"]: row for row in found.values()}
    assert by_id["'=HYPERLINK(1)"]["first_name"] == '\'=cmd|"/c"'
    assert by_id["a/../b"]["last_name"] == "Hostile, Jr."
    assert by_id["Zoë 日本"]["last_name"] == "Müller-Łuk"


def test_the_jail_gives_the_points_that_a_direct_call_gives(term):
    course, _, _, results = term
    namespace = {"np": np}
    for text in but(values=CUT_OFF).values():
        exec(text, namespace)
    seeds = of_student(course.secret(), "cut-off", course.submission("cut-off", NAME).read_bytes())
    direct = score(FOUND, InProcess(namespace), seeds, grading=True)
    assert results["cut-off"]["points"] == sum(result.points for result in direct)


def test_everybody_whose_work_was_looked_at_gets_feedback_without_anything_hidden(term):
    course, students, _, results = term
    done = feedback(course, NAME)
    assert len(done.made) == 39
    assert done.without == {"absent": "not submitted"}
    for student, handed in students.items():
        path = course.feedback / folder_of(student) / NAME / f"{NAME}.html"
        if handed.state == "not submitted":
            continue
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert str(escape(handed.first)) in text
        assert f"<dd>{handed.state}</dd>" in text
        result = results.get(folder_of(student), {"questions": {}})
        kept = [t for q in result["questions"].values() for t in q["tests"] if t["at_grading"] and t["got"]]
        shown = " ".join(
            t["got"] for q in result["questions"].values() for t in q["tests"] if not t["at_grading"]
        )
        assert not any(str(escape(test["got"])) in text for test in kept if test["got"] not in shown)
    assert "copied from the board" in (course.feedback / "raised" / NAME / f"{NAME}.md").read_text()
    again = {path: path.stat().st_mtime_ns for path in course.feedback.rglob("*.*")}
    feedback(course, NAME)
    assert again == {path: path.stat().st_mtime_ns for path in course.feedback.rglob("*.*")}


def test_the_status_counts_them(term):
    row = status(term[0], [NAME]).rows[0]
    assert (row.students, row.collected, row.graded, row.unreadable, row.waiting) == (40, 37, 37, 2, 1)
    assert (row.to_grade, row.outdated, row.faults, row.late) == (0, 0, 0, 4)


def test_who_copied_another_is_found_among_all_who_wrote_what_we_would(term):
    report = similarity(term[0], NAME)
    assert report.compared == 37  # with ours, without the one who wrote nothing
    assert [(pair.first, pair.second, pair.share) for pair in report.pairs] == [("copied", "cut-off", 1.0)]


def test_grading_again_grades_nobody_and_collecting_again_changes_nothing(term, tmp_path):
    course, students, collected, _ = term
    assert not list(grade(course, prepare(course, NAME)))
    again = collect(course, NAME, downloaded(tmp_path / "again.zip", students))
    assert again == collected


def test_after_a_newer_attempt_the_old_points_are_no_longer_told(term, tmp_path):
    course = term[0]
    path = tmp_path / "newer.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"bestada_500_99999_{NAME}.ipynb", filled({}, "I have changed my mind."))
    collect(course, NAME, path)
    row = rows(term, tmp_path / "x.csv")["500"]
    assert (row[f"{NAME} status"], row[f"{NAME} total"]) == ("to be graded again", "")
    assert status(course, [NAME]).rows[0].outdated == 1
    record(course, NAME, grade(course, prepare(course, NAME)))
    row = rows(term, tmp_path / "x.csv")["500"]
    assert row[f"{NAME} automatic"] == "0.0"
    assert len(list((course.attempts / "brilliant").rglob("*.ipynb"))) == 1
