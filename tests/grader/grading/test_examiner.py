"""What ends the process that tests costs one question; the notebook and the class go on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_landscapes.course.assignment import assignment
from rl_landscapes.course.running.submission import FAULT, GRADED, UNREADABLE
from rl_landscapes.grader.grading import examiner
from rl_landscapes.grader.grading.private import with_private
from rl_landscapes.grader.grading.setup import GradingSetup, Submission
from tests.course.solved import answers
from tests.grader.jailed import need_jail

ROOT = Path(__file__).parents[3]
NAME = "01-returns-and-entropy"
RELEASE = (ROOT / "exercises" / NAME / f"{NAME}.ipynb").read_bytes()
BEFORE = "@assignment.named('entropy').test('hostile', points=8, at_grading=True)\ndef _(student, rng):\n    "


def notebook(**instead):
    book, given = json.loads(RELEASE), {**answers(NAME), **instead}
    for cell in book["cells"]:
        cell["source"] = given.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
    return json.dumps(book).encode()


def examine(private="", data=None, *, jailed=False, student="ada"):
    setup = GradingSetup(NAME, private, RELEASE, b"a secret for tests, long enough", jailed)
    submission = Submission(student, notebook() if data is None else data, None)
    return examiner.examine(setup, with_private(NAME, private), submission)


@pytest.fixture(scope="module", autouse=True)
def _ended():
    yield
    examiner.rest()


def lost(found):
    """Questions that have not all their points, with how their tests ended."""
    ended = {}
    for result in found.results:
        if not result.points:
            ended.setdefault(result.question, set()).add(str(result.outcome))
    return ended


FILLS = {
    "an array": "import numpy as np; np.ones(3 << 30, np.uint8)",
    "a list that grows": "a = [0]\n    while True: a += a",
    "text that grows": "a = 'x'\n    while True: a += a",
    "many arrays": "import numpy as np; a = []\n    while True: a.append(np.ones(1 << 20))",
    "text as an array": "import numpy as np; np.asarray(['x' * 10**6] + [''] * 1500)",
}
ENDS = {
    "abort": "import os; os.abort()",
    "a segmentation fault": "import ctypes; ctypes.string_at(0)",
    "an exit": "import os; os._exit(0)",
    "sys.exit": "raise SystemExit(3)",
    "deep recursion in C": "i = iter(())\n    for _ in range(5 * 10**5): i = map(abs, i)\n    list(i)",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "outcome"),
    [*((line, "out of memory") for line in FILLS.values()), *((line, "crashed") for line in ENDS.values())],
    ids=[*FILLS, *ENDS],
)
def test_what_ends_the_tests_costs_one_question_and_the_next_submission_nothing(line, outcome):
    found = examine(BEFORE + line)
    assert found.status == GRADED
    assert lost(found) == {"entropy": {outcome}}
    assert {result.title for result in found.results} >= {"hostile"}
    after = examine(student="bo")
    assert (after.status, lost(after)) == (GRADED, {})


@pytest.mark.slow
def test_tests_that_compute_without_end_are_ended():
    found = examine(
        "import resource, time\nfrom rl_landscapes.grader.grading import examiner\n"
        + BEFORE
        + "assert time.process_time() + 100 < resource.getrlimit(resource.RLIMIT_CPU)[0] < 200\n"
        "    examiner._allow(0.5)\n    while True: pass"
    )
    assert (found.status, lost(found)) == (GRADED, {"entropy": {"timed out"}})


@pytest.mark.slow
def test_every_question_may_end_the_process_and_all_tests_have_a_result():
    private = "".join(
        f"@assignment.named({name!r}).test('hostile', points=8, at_grading=True)\n"
        "def _(student, rng):\n    import os; os.abort()\n"
        for name in assignment(NAME).questions
    )
    found = examine(private)
    assert found.status == GRADED
    assert set(lost(found)) == set(assignment(NAME).questions)
    titles = [(result.question, result.title) for result in found.results]
    wanted = with_private(NAME, private).questions.items()
    assert titles == [(name, test.title) for name, question in wanted for test in question.tests]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_that_somebody_else_ends_is_a_fault_and_no_zero(number):
    found = examine(BEFORE + f"import os; os.kill(os.getpid(), {int(number)}); import time; time.sleep(9)")
    assert found.status == FAULT
    assert lost(found) == {"entropy": {"grader fault"}}
    assert "entropy, hostile: hostile" in found.reason


def test_a_process_that_ended_while_idle_is_begun_again():
    examine()
    idle = examiner._here.examiner.process
    idle.kill()
    idle.wait()
    assert examine().status == GRADED


def test_one_jail_waits_however_many_assignments_were_graded():
    need_jail()
    waiting = set()
    for number in range(3):
        assert examine(f"# {number}", jailed=True).status == GRADED
        waiting.add(sum("bwrap" in line for line in tree(examiner._here.examiner.process.pid).values()))
    assert len(waiting) == 1
    assert min(waiting) > 0


def test_what_tests_print_is_no_answer():
    found = examine(BEFORE + "print('x' * 10**6); import os; os.write(1, b'x' * 99)")
    assert (found.status, lost(found)) == (GRADED, {})


def test_a_notebook_that_takes_all_memory_to_read_is_unreadable():
    data = b'{"cells": [], "x": [' + b"{}," * 15_000_000 + b"{}]}"
    found = examine(data=data)
    assert found.status == UNREADABLE, found
    assert examine().status == GRADED


@pytest.mark.slow
def test_a_defect_of_ours_in_one_submission_is_its_fault_and_names_the_place(monkeypatch):
    monkeypatch.setattr(examiner, "PROGRAM", BROKEN)
    examiner.rest()
    found = examine()
    examiner.rest()
    assert found.status == FAULT
    assert "KeyError: 'a defect' (line" in found.reason


BROKEN = f"""import sys; sys.path[:] = sys.argv[1:]
from {examiner.__name__} import main
import {examiner.__name__} as examiner
def broken(*_, **__): raise KeyError('a defect')
examiner.grade_one = broken
main()"""

GRADES = """
import sys, os
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading.grade import grade
from rl_landscapes.grader.grading.setup import prepare
from rl_landscapes.parallel.processes import processes
course, n_jobs = Course(Path(os.getcwd())), int(sys.argv[1])
with processes(n_jobs):
    list(grade(course, prepare(course, "01-returns-and-entropy"), n_jobs=n_jobs))
"""
SLOW = "import time\n\ndef entropy(logits):\n    time.sleep(99)"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_all_processes_end_with_the_one_that_grades(tmp_path, n_jobs):
    for name in ("solutions", "exercises"):
        (tmp_path / name).symlink_to(ROOT / name)
    for student in ("ada", "bo", "cleo"):
        path = tmp_path / "grading" / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(notebook(entropy=SLOW))
    paths = [str(ROOT / "src"), *filter(None, sys.path)]
    running = subprocess.Popen(
        [sys.executable, "-c", GRADES, str(n_jobs), *paths], cwd=tmp_path, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while jails(begun := tree(running.pid)) < n_jobs and time.monotonic() < deadline:
        time.sleep(0.1)
    assert jails(begun) >= n_jobs, begun
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    deadline = time.monotonic() + 5  # the answers would take twice as long
    while any(line == command(pid) for pid, line in begun.items()) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [line for pid, line in begun.items() if line == command(pid)]


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def tree(root):
    """All that a process has started, and what those have, by their command lines."""
    parents = {}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            parents[pid] = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return {pid: line for pid in found if (line := command(pid))}


def jails(processes):
    """How many examiners there are with a jail each: as many as processes that grade."""
    examiners = sum("examiner import main" in line for line in processes.values())
    return min(examiners, sum("bwrap --unshare" in line for line in processes.values()) // 2)
