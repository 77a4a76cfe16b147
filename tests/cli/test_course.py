"""`rl-landscapes course`: a class from release to CSV, what each action says, and what is refused."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rl_landscapes import cli
from rl_landscapes.cli import main
from rl_landscapes.cli.course import GIVEN_UP, STOPPED
from rl_landscapes.course.assignment import assignment
from rl_landscapes.grader.authoring.build import build
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading import preflight
from rl_landscapes.grader.jail import bubblewrap
from tests.course.solved import answers
from tests.grader.gradebooks import quick_gradebooks  # noqa: F401
from tests.waiting import stopped_by_ctrl_c

Said = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
NAME = "01-returns-and-entropy"
ACTIONS = [
    "new",
    "build",
    "release",
    "collect",
    "preflight",
    "grade",
    "feedback",
    "export",
    "status",
    "similarity",
]
PEOPLE = ["drop", "extend", "withdraw", "roster", "undo"]
ROSTER = "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\nemmy,Emmy,Noether,\n"
IN_BITS = """def entropy(logits):
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p = p / p.sum(-1, keepdims=True)
    return -(p * np.log2(np.maximum(p, 1e-300))).sum(-1)
"""
DUE = "due 2026-10-01 23:59:00 Europe/Berlin"
OF = assignment(NAME).points
LOST = assignment(NAME).questions["entropy"].points


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course of one assignment, with its source and the release that is made of it."""
    root = tmp_path_factory.mktemp("original")
    (root / "solutions" / NAME).mkdir(parents=True)
    for name in (f"{NAME}.md", "mutants.toml"):
        shutil.copy(ROOT / "solutions" / NAME / name, root / "solutions" / NAME)
    build(Course(root))
    return root


@pytest.fixture
def course(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a copy of the course."""
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", "a secret for tests, long enough")
    root = shutil.copytree(original, tmp_path / "course")
    monkeypatch.chdir(root)
    return root


def notebook(written: str = "", **instead: str) -> str:
    """Return the release of the course we are in with right answers, some of them replaced."""
    book = json.loads(Path("exercises", NAME, f"{NAME}.ipynb").read_text(encoding="utf-8"))
    given = answers(NAME) | instead
    for cell in book["cells"]:
        text = written if cell["id"].startswith("written-") else cell["source"]
        cell["source"] = given.get(cell["id"], text)
    return json.dumps(book)


def hand_in(root: Path, student: str, text: str) -> Path:
    path = root / "grading" / "submitted" / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def did(capsys: Said, *arguments: str) -> str:
    """Run an action that must end well and say nothing on the standard error; return what it printed."""
    code = main(["course", *arguments])
    out, err = capsys.readouterr()
    assert (code, err) == (0, "")
    return out


def refused(capsys: Said, *arguments: str) -> str:
    """Run an action that must be refused, in one line; return the line."""
    code = main(["course", *arguments])
    out, err = capsys.readouterr()
    assert code == 2, err
    assert err.count("\n") == 1
    assert "holds" not in out
    return err.strip()


def points(path: Path) -> dict[str, tuple[str, str]]:
    """Return status and total of a plain table, by student."""
    with path.open(newline="") as file:
        return {row["id"]: (row[f"{NAME} status"], row[f"{NAME} total"]) for row in csv.DictReader(file)}


def test_help_lists_the_actions_in_the_order_of_a_term(capsys: Said) -> None:
    said = did(capsys, "--help")
    listed = [*ACTIONS, *PEOPLE]
    assert sorted(listed, key=lambda action: said.index(f"\n    {action} ")) == listed


@pytest.mark.parametrize("action", [*ACTIONS, *PEOPLE])
def test_every_action_has_an_example_that_it_understands(capsys: Said, action: str) -> None:
    example = shlex.split(did(capsys, action, "--help").split("example:\n")[1])
    assert example[:3] == ["rl-landscapes", "course", action]
    assert cli._parser().parse_args(example[1:]).command == "course"


@pytest.mark.slow
def test_two_students_from_release_to_export(course: Path, capsys: Said, tmp_path: Path) -> None:
    handed_in = tmp_path / "handed in"
    for student, text in {"ada": notebook("It grows."), "georg": notebook(entropy=IN_BITS)}.items():
        (handed_in / student).mkdir(parents=True)
        (handed_in / student / f"{NAME} (1).ipynb").write_text(text, encoding="utf-8")
        os.utime(handed_in / student / f"{NAME} (1).ipynb", (1_000_000_000, 1_000_000_000))
    (tmp_path / "students.csv").write_text(ROSTER + "georg,Georg,Cantor,\n", encoding="utf-8")

    assert did(capsys, "build", "--check") == "0 of 1 notebooks written: all were fresh\n"
    due = ["--due", "2026-10-01 23:59 Europe/Berlin"]
    assert "packed in out.zip" in did(capsys, "release", "1", *due, "--to", "out.zip")
    assert zipfile.ZipFile("out.zip").namelist() == [f"{NAME}/{NAME}.ipynb", f"{NAME}/README.txt"]
    roster = ["--roster", str(tmp_path / "students.csv")]
    assert did(capsys, "collect", "1", str(handed_in), *due, *roster).splitlines() == [
        f"{NAME} (a file or folder per student): 2 students, 0 of them late ({DUE})",
        "  nothing from 1: emmy",
    ]
    assert did(capsys, "grade", "1") == f"{NAME}: 2 graded; 0 of 2 were graded before\n"
    assert did(capsys, "grade", "1") == f"{NAME}: 0 graded; 2 of 2 were graded before\n"
    assert did(capsys, "grade", "1", "--fresh", "--student", "g*").startswith(f"{NAME}: 1 graded; 0 of 1")

    assert did(capsys, "feedback", "1") == "feedback for 2 students\n  emmy: not submitted\n"
    page = (course / "grading" / "feedback" / "georg" / NAME / f"{NAME}.md").read_text(encoding="utf-8")
    assert f"entropy: 0 of {LOST:g} points" in page
    rows = [line.split() for line in did(capsys, "status").splitlines()]
    assert rows[1] == [NAME, *["3", "2", "0", "0", "0", "2", "0", "0", "1", "2"]]
    result = json.loads((course / "grading" / "results" / NAME / "georg.json").read_text())
    did(capsys, "export", "1", "--out", "points.csv", "--late-per-day", "0.1", "--grace", "15")
    assert points(Path("points.csv")) == {
        "ada": ("written answers to be graded", ""),
        "emmy": ("not submitted", ""),
        "georg": ("graded", str(result["points"])),
    }
    assert 0 < result["points"] <= OF - LOST
    assert "ada  georg" in did(capsys, "similarity", "1")
    assert oct((course / "grading").stat().st_mode)[-3:] == "700"


@pytest.mark.slow
def test_grading_enters_what_a_stopped_run_has_left_out_of_the_gradebook(course: Path, capsys: Said) -> None:
    hand_in(course, "ada", notebook("It grows."))
    did(capsys, "grade", "1")
    shown = course / "grading" / "autograded" / "ada" / NAME / f"{NAME}.ipynb"
    shown.unlink()
    (course / "grading" / "gradebook.db").unlink()
    assert did(capsys, "grade", "1") == f"{NAME}: 0 graded; 1 of 1 were graded before\n"
    assert shown.is_file()
    assert (course / "grading" / "gradebook.db").is_file()


def test_file_of_times_says_who_was_late_where_the_platform_does_not(course: Path, capsys: Said) -> None:
    with zipfile.ZipFile("canvas.zip", "w") as archive:
        archive.writestr(f"lovelaceada_late_11_21_{NAME}.ipynb", notebook())
        archive.writestr(f"noetheremmy_12_22_{NAME}.ipynb", notebook())
    Path("students.csv").write_text(ROSTER, encoding="utf-8")
    Path("times.csv").write_text("id,time\nada,2026-10-02 01:00 Europe/Berlin\n", encoding="utf-8")
    options = ["--roster", "students.csv", "--due", "2026-10-01 23:59 Europe/Berlin"]
    did(capsys, "collect", "1", "canvas.zip", *options)
    said = did(capsys, "collect", "1", "canvas.zip", *options, "--times", "times.csv")
    assert said == f"{NAME} (Canvas): 2 students, 1 of them late ({DUE})\n"
    stamp = course / "grading" / "submitted" / "ada" / NAME / "timestamp.txt"
    assert stamp.read_text() == "2026-10-01 23:00:00 UTC\n"


def test_preflight_names_what_holds(course: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "STUDENTS", 2)
    said = did(capsys, "preflight", "1").splitlines()
    assert all(line.startswith("holds  ") for line in said)
    assert f"holds  the reference solution: graded, {OF:g} of {OF:g} points" in said


def test_failed_preflight_is_exit_code_1_and_nothing_is_graded(course: Path, capsys: Said) -> None:
    hand_in(course, "ada", notebook())
    source = course / "solutions" / NAME / f"{NAME}.md"
    text = source.read_text(encoding="utf-8")
    right = answers(NAME)["entropy"]
    wrong = "def entropy(logits):\n    ### BEGIN SOLUTION\n    return 0.0\n    ### END SOLUTION"
    assert text.count(right) == 1
    source.write_text(text.replace(right, wrong), encoding="utf-8")
    assert main(["course", "grade", "1"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("rl-landscapes course: nothing was graded: the reference solution fails preflight")
    assert err.count("\n") == 1
    assert not (course / "grading" / "results").exists()


def test_stale_release_fails_the_check_and_is_not_written(course: Path, capsys: Said) -> None:
    release = course / "exercises" / NAME / f"{NAME}.ipynb"
    release.write_text(release.read_text(encoding="utf-8").replace("logits", "numbers"), encoding="utf-8")
    before = release.read_bytes()
    assert main(["course", "build", "--check"]) == 1
    assert capsys.readouterr().err == (
        f"rl-landscapes course: differ from their sources: exercises/{NAME}/{NAME}.ipynb; "
        "run rl-landscapes course build\n"
    )
    assert release.read_bytes() == before
    assert did(capsys, "build") == f"1 of 1 notebooks written: exercises/{NAME}/{NAME}.ipynb\n"


def test_solution_beside_a_release_is_found(course: Path, capsys: Said) -> None:
    shutil.copy(course / "solutions" / NAME / f"{NAME}.md", course / "exercises" / NAME)
    assert main(["course", "build", "--check"]) == 1
    assert f"exercises/{NAME}/{NAME}.md" in capsys.readouterr().err


def test_nothing_handed_in_is_said(course: Path, capsys: Said) -> None:
    assert did(capsys, "grade", "1") == f"{NAME}: nothing has been handed in, so nothing was graded\n"


def test_what_could_not_be_graded_is_named_with_its_reason(course: Path, capsys: Said) -> None:
    hand_in(course, "ada", "<html>")
    assert did(capsys, "grade", "1").splitlines() == [
        f"{NAME}: 0 graded, 1 unreadable; 0 of 1 were graded before",
        "  ada: unreadable: it is a web page, as one gets without logging in",
    ]


FAULTY = """
@assignment.named("entropy").test("with a fault", points=1, at_grading=True)
def _(student, rng):
    student.entropy(rng.normal(size=(2, 3))).shape
"""


def test_grader_fault_is_no_zero_and_exit_code_1(course: Path, capsys: Said) -> None:
    hand_in(course, "ada", notebook(entropy="def entropy(logits):\n    return 'none'\n"))
    hand_in(course, "bertha", notebook())
    (course / "private").mkdir()
    (course / "private" / f"{NAME}.py").write_text(FAULTY, encoding="utf-8")
    assert main(["course", "grade", "1", "--private", "private"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(
        f"{NAME}: 1 graded, 1 grader fault; 0 of 2 were graded before\n  ada: grader fault: "
    )
    said = "1 of 2 ended in a grader fault, which is no zero: the same command tries again"
    assert err == f"rl-landscapes course: {said}\n"
    did(capsys, "export", "1", "--out", "points.csv")
    assert points(Path("points.csv"))["ada"] == ("grader fault", "")


def test_no_jail_says_what_is_given_up_and_grades(course: Path, capsys: Said) -> None:
    hand_in(course, "ada", notebook())
    assert main(["course", "grade", "1", "--no-jail"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"{NAME}: 1 graded")
    assert err == f"rl-landscapes course: {GIVEN_UP}\n"
    for word in ("files", "solutions", "gradebook", "network", "trust"):
        assert word in GIVEN_UP
    result = json.loads((course / "grading" / "results" / NAME / "ada.json").read_text())
    assert (result["jail"], result["points"]) == (False, OF)


@pytest.mark.parametrize("action", ["grade", "preflight"])
def test_without_bubblewrap_nothing_runs(
    course: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    hand_in(course, "ada", notebook())
    remembers = bubblewrap.available  # that it has worked
    monkeypatch.setattr(bubblewrap, "available", remembers.__wrapped__)
    monkeypatch.setenv("PATH", str(course))
    said = refused(capsys, action, "1")
    assert said.startswith("rl-landscapes course: nothing was run: answers are graded in a jail, which needs")
    assert not (course / "grading" / "results").exists()


def test_private_tests_take_part_and_status_knows_them(
    course: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "STUDENTS", 2)
    hand_in(course, "ada", notebook("It grows."))
    private = course.parent / "private"
    private.mkdir()
    (private / f"{NAME}.py").write_text(PRIVATE, encoding="utf-8")
    said = did(capsys, "preflight", "1", "--private", str(private))
    assert f"holds  the reference solution: graded, {OF:g} of {OF:g} points" in said
    did(capsys, "grade", "1", "--private", str(private))
    result = json.loads((course / "grading" / "results" / NAME / "ada.json").read_text())
    assert result["questions"]["entropy"]["tests"][-1]["title"] == "a thousand actions"
    assert (result["points"], result["questions"]["entropy"]["of"]) == (OF, LOST)
    outdated = [did(capsys, "status", *more).split()[-4] for more in ([], ["--private", str(private)])]
    assert outdated == ["1", "0"]


PRIVATE = """
import numpy as np

from rl_landscapes.course import expect


@assignment.named("entropy").test("a thousand actions", points=5, at_grading=True)
def _(student, rng):
    logits = rng.normal(size=(2, 1000))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expect.close(student.entropy(logits), -(p * np.log(p)).sum(-1), "entropy of a thousand actions")
"""


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("grade 9", "no assignment '9': choose from 01-returns-and-entropy, 02-"),
        ("build nope", "no assignment 'nope': choose from 01-returns-and-entropy, 02-"),
        ("build 3", "no source of assignment '03-ascent' in solutions: 01-returns-and-entropy"),
        ("grade 3", "exercises/03-ascent/03-ascent.ipynb is not there: run rl-landscapes course build"),
        (
            "feedback 3",
            "exercises/03-ascent/03-ascent.ipynb is not there: run rl-landscapes course build",
        ),
        ("similarity 3", "exercises/03-ascent/03-ascent.ipynb is not there: run rl-landscapes course build"),
        ("grade 1 --private none", "there is no folder none of private tests"),
        ("collect 1 none.zip", "No such file or directory: none.zip"),
        ("collect 1 solutions --roster none.csv", "No such file or directory: none.csv"),
        ("collect 1 solutions --times none.csv", "No such file or directory: none.csv"),
        ("export 1 --out .", ". is a folder; name a file in it"),
        ("--course exercises grade 1", "{root}/exercises has no folder solutions: name a clone"),
    ],
)
def test_refusal_is_one_line_and_exit_code_2(course: Path, capsys: Said, arguments: str, line: str) -> None:
    said = refused(capsys, *arguments.split())
    assert said.startswith(f"rl-landscapes course: {line.format(root=course)}")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("who\nada\n", "times.csv must have the columns id and time, got who"),
        ("id,time\nada,noon\n", "times.csv, line 2: time must be a date, a time and a zone, such as"),
    ],
)
def test_bad_file_of_times_is_refused(course: Path, capsys: Said, content: str, line: str) -> None:
    Path("times.csv").write_text(content, encoding="utf-8")
    said = refused(capsys, "collect", "1", "solutions", "--times", "times.csv")
    assert said.startswith(f"rl-landscapes course: {line}")
    assert not (course / "grading").exists()


@pytest.mark.parametrize(
    ("action", "options", "line"),
    [
        ("release", ["--due", "tomorrow"], "argument --due: must be a date, a time and a zone, such as"),
        ("release", ["--due", "2026-10-01 23:59"], "argument --due: must be a date, a time and a zone,"),
        ("release", ["--due", "2026-10-01 23:59 Europe/Bonn"], "argument --due: '2026-10-01 23:59 Europe/Bo"),
        (
            "export",
            ["--late-per-day", "1.5"],
            "argument --late-per-day: must be a share from 0 to 1, got",
        ),
        ("export", ["--late-per-day", "some"], "argument --late-per-day: must be a number, got 'some'"),
        ("export", ["--grace", "-1"], "argument --grace: must be a finite number of at least 0, got -1"),
        ("export", ["--format", "excel"], "argument --format: invalid choice: 'excel'"),
        ("export", [], "the following arguments are required: --out"),
        ("grade", ["--jobs", "0"], "argument --jobs: must not be 0: 1 is this process, -1 all cores"),
    ],
)
def test_bad_option_is_one_line_that_names_the_help(
    capsys: Said, action: str, options: list[str], line: str
) -> None:
    said = refused(capsys, action, "1", *options)
    assert said.startswith(f"rl-landscapes course {action}: {line}")
    assert said.endswith(f"(see rl-landscapes course {action} --help)")


@pytest.mark.parametrize("action", ["build", "status", "grade 1", "similarity 1"])
def test_missing_nbgrader_is_one_line_that_says_what_to_install(course: Path, action: str) -> None:
    hand_in(course, "ada", notebook())
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['nbgrader', 'jupytext'])); "
        f"from rl_landscapes.cli import main; sys.exit(main({['course', *action.split()]!r}))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if answer.returncode == 0:  # it needs neither
        assert answer.stderr == ""
        return
    assert answer.returncode == 2
    assert answer.stderr.count("\n") == 1
    said = 'rl-landscapes course: teaching needs nbgrader and jupytext: pip install "rl-landscapes[course]"'
    assert answer.stderr.startswith(said)


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_ctrl_c_is_one_line_exit_code_130_and_keeps_what_is_graded(course: Path, n_jobs: int) -> None:
    hand_in(course, "ada", notebook("It grows."))
    for student in ("bertha", "cleo", "dora"):
        hand_in(course, student, notebook(values="import time\ndef values(*_):\n    time.sleep(60)\n"))
    kept = course / "grading" / "results" / NAME
    stopped = stopped_by_ctrl_c(
        [sys.executable, "-m", "rl_landscapes", "course", "grade", "1", "--jobs", str(n_jobs)],
        (kept / "ada.json").is_file,
    )
    assert (stopped.returncode, stopped.stdout) == (130, "")
    assert stopped.stderr == f"rl-landscapes course: {STOPPED}\n"
    assert [path.name for path in kept.iterdir()] == ["ada.json"]
    assert json.loads((kept / "ada.json").read_text())["points"] == OF
