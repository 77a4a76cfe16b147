"""nbgrader's own commands, as a teacher runs them, in a copy of the course with one assignment."""

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_landscapes.course.assignment import assignment
from rl_landscapes.grader.authoring.build import build
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.gradebook.entries import manual_scores, open_gradebook, record, register
from rl_landscapes.grader.grading.grade import grade, results
from rl_landscapes.grader.grading.setup import prepare
from rl_landscapes.grader.jail import bubblewrap
from rl_landscapes.grader.reports.export import export
from tests.course.solved import answers
from tests.grader.sources import hand_in

ROOT = Path(__file__).parents[3]
NAME = "01-returns-and-entropy"
WRONG = {"break_even": "def break_even(P, r, gamma, rho, home, wander, absorbing):\n    return 0.0"}
WRITTEN = "It *ends*. <script>alert(1)</script> [here](javascript:alert(1))"
FULL = assignment(NAME).points
WORTH = {"ada": FULL, "bea": FULL - assignment(NAME).named("break_even").points, "dora": FULL, "emma": 0.0}
pytestmark = pytest.mark.slow  # each command takes seconds to start


def new_course(folder):
    course = Course(folder)
    shutil.copytree(ROOT / "solutions" / NAME, course.solutions / NAME)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    build(course)
    return course


def hand_all_in(course):
    right = answers(NAME)
    hand_in(course, "ada", right, WRITTEN, name=NAME)
    hand_in(course, "bea", {**right, **WRONG}, name=NAME)
    hand_in(course, "cleo", right, name=NAME).write_bytes(b"<html>please log in</html>")
    path = hand_in(course, "dora", right, name=NAME)
    tree = json.loads(path.read_text())
    tree["cells"] += [
        tree["cells"][2],
        {**tree["cells"][2], "metadata": {"nbgrader": {"schema_version": 99}}},
    ]
    path.write_text(json.dumps(tree))
    (path.parent / "link.txt").symlink_to(ROOT / "pyproject.toml")
    hand_in(course, "emma", {}, name=NAME)


START = "import sys; sys.modules['rfc3987_syntax'] = None; from nbgrader.apps.nbgraderapp import main; main()"


def nbgrader(course, *arguments, code=0):
    """Run a command in the course's folder; the programs of the environment are not on the PATH.

    It starts without the grammars of web addresses, which take seconds and which no notebook here needs.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    environment |= {"PATH": "/usr/bin:/bin", "JUPYTER_CONFIG_DIR": str(course.root / "none")}
    ran = subprocess.run(
        [sys.executable, "-c", START, *arguments], cwd=course.root, env=environment, capture_output=True,
        text=True,
    )  # fmt: skip
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a course whose submissions nbgrader has graded."""
    try:
        bubblewrap.available()
    except bubblewrap.NoJail as reason:
        pytest.skip(f"no jail on this machine: {reason}")
    course = new_course(tmp_path_factory.mktemp("theirs"))
    source = course.source(NAME).with_suffix(".ipynb")
    source.write_text(source.read_text().replace("Returns", "An old build"))  # the text is what counts
    (source.parent / "notes.rst").write_text("the answers")
    nbgrader(course, "generate_assignment", NAME, "--force")
    hand_all_in(course)
    said = nbgrader(course, "autograde", NAME, code=1)
    assert f"There was an error processing assignment '{NAME}' for student 'cleo'" in said
    assert said.count("There was an error processing assignment '") == 1
    assert "SAWarning" not in said
    return course


@pytest.fixture(scope="module")
def ours(course, tmp_path_factory):
    """Return a course with the same submissions, graded without nbgrader's commands."""
    ours = new_course(tmp_path_factory.mktemp("ours"))
    hand_all_in(ours)
    (ours.grading / "secret").write_bytes((course.grading / "secret").read_bytes())
    register(ours, NAME)
    record(ours, NAME, list(grade(ours, prepare(ours, NAME))))
    return ours


def automatic(course):
    with open_gradebook(course) as book:
        return {
            s.student.id: {g.cell.name: g.auto_score for g in s.notebooks[0].grades}
            for s in book.assignment_submissions(NAME)
        }


def rows(course):
    with open_gradebook(course) as book:
        notebook = book.find_notebook(NAME, NAME)
        return [
            sorted((c.name, c.max_score, c.cell_type) for c in (*notebook.grade_cells, *notebook.task_cells)),
            sorted(c.name for c in notebook.solution_cells),
            sorted((c.name, c.source, c.checksum, c.locked, c.cell_type) for c in notebook.source_cells),
            notebook.kernelspec,
            notebook.assignment.course_id,
        ]


def test_generate_assignment_makes_the_same_file_and_the_same_rows(course, ours):
    assert course.release(NAME).read_bytes() == ours.release(NAME).read_bytes()
    assert [path.name for path in course.release(NAME).parent.iterdir()] == [f"{NAME}.ipynb"]
    assert rows(course) == rows(ours)


def test_autograde_gives_the_points_that_course_grade_gives(course, ours):
    assert automatic(course) == automatic(ours)
    stored = results(course, NAME)
    assert {who: one["points"] for who, one in stored.items() if who != "cleo"} == WORTH
    assert {who: one["status"] for who, one in stored.items() if who not in WORTH} == {"cleo": "unreadable"}
    assert set(automatic(course)["cleo"].values()) == {None}


def test_what_lay_beside_a_submission_reaches_nobody(course):
    kept = {path.name for path in course.autograded.rglob("*") if not path.is_dir()}
    assert kept == {f"{NAME}.ipynb", "timestamp.txt"}


def test_feedback_shows_points_and_nothing_that_is_hidden_or_acts(course):
    nbgrader(course, "generate_feedback", NAME)
    page = (course.feedback / "ada" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert f"Score: {FULL}" in page
    assert "It <em>ends</em>" in page
    hidden = ("<script>alert", 'href="javascript', "HIDDEN TESTS", "MARK SCHEME", "grading=True")
    assert [text for text in hidden if text in page] == []


def test_export_has_a_row_for_everybody(course):
    nbgrader(course, "export", "--to", "grades.csv")
    with (course.root / "grades.csv").open(newline="") as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {**WORTH, "cleo": 0.0}


def test_validate_tells_a_student_what_fails(course):
    tree = json.loads(course.submission("bea", NAME).read_bytes())
    is_plot = [cell["cell_type"] == "code" and "nbgrader" not in cell["metadata"] for cell in tree["cells"]]
    tree["cells"] = [cell for cell, plot in zip(tree["cells"], is_plot, strict=True) if not plot]
    (course.root / "own.ipynb").write_text(json.dumps(tree))
    said = nbgrader(course, "validate", "own.ipynb")
    assert "VALIDATION FAILED ON 1 CELL(S)" in said
    assert 'check("break_even")' in said
    assert "cannot be converted" not in said


@pytest.fixture
def server(course):
    """Start a Jupyter server with formgrader in the folder of the course; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "port": port,
        "port_retries": 0,
        "root_dir": course.root,
        "jpserver_extensions": {"nbgrader.server_extensions.formgrader": True},
    }
    command = [sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.{name}={value}" for name, value in options.items()]
    environment = {**os.environ, "JUPYTER_TOKEN": "token", "JUPYTER_CONFIG_DIR": str(course.root / "none"),
                   "JUPYTER_RUNTIME_DIR": str(course.root / "run")}  # fmt: skip
    process = subprocess.Popen(
        command, cwd=course.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.browser
def test_a_written_answer_graded_in_formgrader_arrives_here(course, server, browser):
    page = browser.new_page()
    blocked = []

    def local(route):
        if route.request.url.startswith(server):
            route.continue_()
        else:
            blocked.append(route.request.url)
            route.abort()

    page.route("**/*", local)
    page.goto(f"{server}/login?token=token")
    page.goto(f"{server}/formgrader/gradebook/{NAME}/{NAME}")
    page.wait_for_selector("td a")
    assert page.locator("tbody tr").count() == 4  # cleo's could not be read
    with open_gradebook(course) as book:
        submission = book.find_submission_notebook(NAME, NAME, "ada").id
    page.goto(f"{server}/formgrader/submissions/{submission}/")
    page.wait_for_function("formgrader.grades.loaded && formgrader.comments.loaded")
    text = page.inner_text("body")
    assert "BEGIN MARK SCHEME" in text  # for the teacher
    assert "< script>alert(1)< /script>" in text
    assert "check-entropy" in text
    task = next(cell for cell in manual_scores(course, NAME)["ada"])
    for field, value, address in (("", "9", "grade"), ("-comment", "well put", "comment")):
        with page.expect_response(lambda response, to=address: f"/api/{to}/" in response.url) as saved:
            page.locator(f"#{task}{field}").fill(value)
            page.locator(f"#{task}{field}").blur()
        assert saved.value.status == 200
    assert manual_scores(course, NAME)["ada"] == {task: (9.0, 15.0, "well put")}
    export(course, [NAME], "plain", course.root / "ours.csv")
    with (course.root / "ours.csv").open(newline="", encoding="utf-8-sig") as file:
        row = next(row for row in csv.DictReader(file) if "ada" in row.values())
    assert [float(row[f"{NAME} {column}"]) for column in ("automatic", "written")] == [FULL, 9.0]
    assert all("mathjax" in url for url in blocked)  # formulas need the network, grading does not
