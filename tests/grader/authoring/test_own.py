"""An assignment of an instructor's own: one folder, anywhere, and no edit of anything else."""

import json
import os
import shlex
import zipfile

import pytest

from rl_landscapes.cli import main
from rl_landscapes.course import exercise
from rl_landscapes.course.check_file import check_file
from rl_landscapes.course.lookup import find
from rl_landscapes.grader.authoring.build import strays
from rl_landscapes.grader.authoring.new import new
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading import preflight
from rl_landscapes.grader.grading.setup import prepare
from tests.grader.jailed import need_jail

NAME = "09-my-topic"
IMPORT = "from rl_landscapes.course.assignment import Assignment\n"
RIGHT = "def discounted(rewards, gamma):\n    return sum(gamma**t * r for t, r in enumerate(rewards))\n"
WRONG = "def discounted(rewards, gamma):\n    return sum(rewards)\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", "a secret for tests, long enough")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "solutions").mkdir()
    return Course(tmp_path)


def did(capsys, line, code=0):
    assert main(["course", *shlex.split(line)]) == code, capsys.readouterr().err
    out, err = capsys.readouterr()
    assert (code == 0) == (not err)
    return out or err


def filled(course, answer, words=""):
    book = json.loads(course.release(NAME).read_bytes())
    for cell in book["cells"]:
        if cell["id"] == "discounted":
            cell["source"] = answer
        if cell["id"].startswith("written-"):
            cell["source"] = words
    return json.dumps(book)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["", "--at elsewhere"])
def test_one_folder_goes_the_way_of_every_assignment(course, capsys, monkeypatch, at):
    need_jail()
    monkeypatch.setattr(preflight, "STUDENTS", 3)
    assert "has a small assignment that works" in did(capsys, f"new {NAME} {at}")
    assert course.settings.exists() == bool(at)
    assert did(capsys, "build").startswith("1 of 1 notebooks written")
    assert did(capsys, "build --check").endswith("all were fresh\n")
    assert "5 of 5 caught" in did(capsys, "preflight 9")
    did(capsys, f"release {NAME} --due '2026-12-01 23:59 Europe/Berlin' --to out.zip")
    names = zipfile.ZipFile("out.zip").namelist()
    assert names == [f"{NAME}/{NAME}.ipynb", f"{NAME}/README.txt", f"{NAME}/{NAME}.py"]
    for student, answer in {"ada": RIGHT, "bo": WRONG}.items():
        path = course.root / "inbox" / student / "work.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(filled(course, answer, "It grows."))
    assert "2 students" in did(capsys, "collect 9 inbox")
    assert did(capsys, "grade 9").startswith(f"{NAME}: 2 graded")
    assert did(capsys, "feedback 9") == "feedback for 2 students\n"
    page = (course.feedback / "bo" / NAME / f"{NAME}.md").read_text()
    assert "discounted: 0 of 15 points" in page
    for kind in ("plain", "canvas", "moodle", "gradescope"):
        did(capsys, f"export 9 --format {kind} --out {kind}")
    assert "A topic of my own" in (course.root / "canvas").read_text()
    assert did(capsys, "status").splitlines()[1].split()[:3] == [NAME, "2", "2"]
    did(capsys, "similarity 9")


def test_students_check_with_the_tests_beside_the_notebook(course, capsys, monkeypatch):
    new(course, NAME)
    did(capsys, "build")
    folder = course.release(NAME).parent
    monkeypatch.chdir(folder)
    space = {}
    exec(RIGHT, space)
    assert exercise(NAME)(namespace=space).passed
    assert exercise("9")(namespace=space).passed
    path = folder / "mine.ipynb"
    path.write_text(filled(course, RIGHT))
    monkeypatch.chdir(course.root)
    assert check_file(path).passed
    assert main(["check", str(path), "--assignment", "9"]) == 0
    os.remove(folder / f"{NAME}.py")
    assert main(["check", str(path)]) == 2
    assert f"must lie beside it, as {NAME}.py" in capsys.readouterr().err
    with pytest.raises(ValueError, match=f"put its tests, {NAME}.py, in"):
        exercise(NAME)


def test_an_edit_of_its_tests_makes_grades_anew(course, capsys):
    new(course, NAME)
    did(capsys, "build")
    before = prepare(course, NAME, jailed=False).fingerprint
    tests = course.folder(NAME) / f"{NAME}.py"
    tests.write_text(tests.read_text().replace("points=4", "points=3"))
    did(capsys, "build")
    assert prepare(course, NAME, jailed=False).fingerprint != before
    assert course.assignment("9").points == 14


def test_what_lies_beside_it_in_exercises_is_found(course, capsys):
    new(course, NAME)
    did(capsys, "build")
    assert strays(course) == []
    other = course.release(NAME).with_name("other.py")
    other.write_text("")
    assert strays(course) == [other]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("my-topic", "two digits and small words"),
        ("9-my-topic", "two digits and small words"),
        ("09_my_topic", "two digits and small words"),
        ("09-My-Topic", "two digits and small words"),
        ("../09-x", "two digits and small words"),
        ("03-mine", "the number 03 is taken by 03-ascent"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_made(course, capsys, name, why):
    assert why in did(capsys, f"new {name}", code=2)
    assert list(course.solutions.iterdir()) == []


def test_nothing_there_is_written_over(course, capsys):
    new(course, NAME)
    assert "the number 09 is taken by 09-my-topic" in did(capsys, f"new {NAME}", code=2)
    (course.solutions / "10-x").mkdir()
    assert "is there already" in did(capsys, "new 10-x", code=2)
    course.settings.write_text("# mine\n")
    assert "first: add" in did(capsys, "new 11-y --at elsewhere")
    assert course.settings.read_text() == "# mine\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("assignments = [", "is no TOML"),
        ("assignments = '09-x'", "must have one line"),
        ("folders = []", "must have one line"),
        ("assignments = ['none']", "which has no file none.py"),
    ],
)
def test_settings_half_understood_are_refused(course, capsys, text, why):
    course.settings.write_text(text)
    said = did(capsys, "build", code=2)
    assert "course.toml" in said
    assert why in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = (", "cannot be used: SyntaxError"),
        ("x = 1\nx / 0", r"cannot be used: ZeroDivisionError: division by zero \(line 2\)"),
        ("x = 1", "must define assignment"),
        (
            f"{IMPORT}assignment = Assignment('08-x', '')",
            "'08-x'",
        ),
        (
            f"{IMPORT}assignment = Assignment('09-my-topic', '')",
            "asks no",
        ),
    ],
)
def test_tests_that_cannot_be_used_say_why(course, text, why):
    new(course, NAME)
    (course.folder(NAME) / f"{NAME}.py").write_text(text)
    with pytest.raises(ValueError, match=why):
        course.assignment(NAME)
    with pytest.raises(ValueError, match=why):
        find(NAME, course.folder(NAME))


@pytest.mark.parametrize("name", ["03-ascent", "topic"])
def test_a_folder_with_a_name_that_cannot_be_is_named(course, name):
    (course.solutions / name).mkdir()
    (course.solutions / name / f"{name}.py").write_text("")
    with pytest.raises(ValueError, match="an assignment of your own needs another"):
        course.names()
