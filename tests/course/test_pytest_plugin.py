"""The checks of a notebook under pytest: in anybody's project, and nothing is run before the tests are."""

import json
import os
import subprocess
import sys

import pytest

from rl_landscapes.course.assignment import assignment, checks_module
from tests.course.solved import cells

pytestmark = pytest.mark.slow  # each runs pytest

NAME = "01-returns-and-entropy"
OURS = {"rl_landscapes": {"assignment": NAME}}
WRONG = "def entropy(logits):\n    return log_softmax(logits).sum(-1)\n"
VISIBLE = [
    test for question in assignment(NAME).questions.values() for test in question.tests if not test.at_grading
]


def notebook(path, *, metadata=OURS, first="", **instead):
    """Write a student's notebook that leaves a trace when its code runs; return its path."""
    trace = f"open({str(path) + '.ran'!r}, 'w').close()\n"
    found = [
        {
            "cell_type": "code",
            "id": name,
            "source": (trace + text) if role == "given" else instead.get(name, text),
            "metadata": {"nbgrader": {"grade_id": name, "solution": role == "answer", "grade": False}},
        }
        for role, name, text in cells(NAME)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": found}))
    return path


def run(folder, *options):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", ".", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def ran(folder):
    return sorted(path.name for path in folder.rglob("*.ran"))


def test_each_check_of_a_notebook_is_reported_and_its_code_runs_once(tmp_path):
    notebook(tmp_path / f"{NAME}.ipynb", entropy=WRONG)
    done = run(tmp_path, "-v", ".")
    assert done.returncode == 1, done.stdout
    assert done.stdout.count("PASSED") + done.stdout.count("FAILED [") >= len(VISIBLE)
    assert "expected:" in done.stdout
    assert "Traceback" not in done.stdout
    assert ran(tmp_path) == [f"{NAME}.ipynb.ran"]


def test_collecting_lists_the_tests_and_runs_nothing(tmp_path):
    notebook(tmp_path / "any name.ipynb")
    done = run(tmp_path, "--collect-only", "-q", ".")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("any name.ipynb::") == len(VISIBLE)
    assert ran(tmp_path) == []


HANDED_IN = ["grading", "grading/attempts/ada/01/2026", "submitted/ada/01", "autograded/ada"]


def test_what_was_handed_in_is_never_run(tmp_path):
    for place in HANDED_IN:
        path = notebook(tmp_path / place / f"{NAME}.ipynb")
    (tmp_path / "a link.ipynb").symlink_to(path)
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    done = run(tmp_path, "-q", ".")
    assert done.stdout.startswith(".  "), done.stdout
    inside = run(tmp_path / HANDED_IN[1], "-q", f"{NAME}.ipynb")
    assert "no tests ran" in inside.stdout + inside.stderr or "not found" in inside.stdout + inside.stderr
    assert ran(tmp_path) == []


def junk(metadata):
    return json.dumps({"cells": [], "metadata": metadata, "nbformat": 4})


OTHERS = {
    "a word in an output": json.dumps({"cells": [{"outputs": [{"text": '"rl_landscapes" is installed'}]}]}),
    "a key in an output": json.dumps({"cells": [{"outputs": [{"rl_landscapes": {"assignment": NAME}}]}]}),
    "a key of its own": junk({"rl_landscapes": {"theme": "dark"}}),
    "a list": junk({"rl_landscapes": [NAME]}),
    "a number": junk({"rl_landscapes": {"assignment": 1}}),
    "no such assignment": junk({"rl_landscapes": {"assignment": "77-none"}}),
    "part of a name": junk({"rl_landscapes": {"assignment": NAME[:5]}}),
    "a cell's metadata": json.dumps({"cells": [{"metadata": OURS}], "metadata": {}}),
    "no metadata": json.dumps({"cells": [], "x": OURS}),
    "not a notebook": '"rl_landscapes"',
    "cut": junk(OURS)[:-9],
    "no text": '\xff"rl_landscapes"',
    "deep": "[" * 100_000 + '"rl_landscapes"',
    "many cells": json.dumps({"cells": [0] * 30_000, "metadata": OURS}),
    "empty": "",
}


def test_a_project_of_somebody_else_is_left_alone(tmp_path):
    for name, text in OTHERS.items():
        (tmp_path / f"{name}.ipynb").write_text(text, encoding="latin-1")
    (tmp_path / f"{NAME}.ipynb").write_text(junk({}))  # a name alone says nothing
    (tmp_path / "nowhere.ipynb").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "test_own.py").write_text(
        f"import sys\n\ndef test_own():\n    assert {checks_module(NAME)!r} not in sys.modules\n"
    )
    done = run(tmp_path, "-q", ".")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
    named = run(tmp_path, "-q", "pipe.ipynb")
    assert "no tests ran" in named.stdout + named.stderr or "not found" in named.stdout + named.stderr


def test_a_project_without_exercises_loads_nothing_heavy(tmp_path):
    (tmp_path / "notes.ipynb").write_text('{"cells": []}')
    (tmp_path / "test_own.py").write_text(
        "import sys\n\ndef test_own():\n"
        "    assert 'rl_landscapes.course.pytest_plugin' in sys.modules\n"
        "    assert 'numpy' not in sys.modules\n"
    )
    assert run(tmp_path, "-q", ".").returncode == 0


def test_a_notebook_that_was_broken_meanwhile_says_why(tmp_path):
    path = notebook(tmp_path / f"{NAME}.ipynb")
    (tmp_path / "conftest.py").write_text(
        f"def pytest_collection_finish(session):\n    open({str(path)!r}, 'w').close()\n"
    )
    done = run(tmp_path, "-q", ".")
    assert done.returncode == 1
    assert "cannot be read: the file is empty" in done.stdout
    assert "Traceback" not in done.stdout
