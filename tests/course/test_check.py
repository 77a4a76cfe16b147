"""`check("entropy")` in a session, a file and under pytest: the same tests, the same words."""

import json
import subprocess
import sys

import numpy as np
import pytest

from rl_landscapes.course import exercise
from rl_landscapes.course.assignment import assignment
from rl_landscapes.course.check_file import check_file
from tests.course.solved import answers, cells, functions

NAME = "01-returns-and-entropy"
WRONG = "def entropy(logits):\n    return log_softmax(logits).sum(-1)\n"
FORM = "def entropy(logits):\n    raise NotImplementedError()\n"


def notebook(folder, **instead):
    """Write a student's notebook with the solution's answers, some replaced; return its path."""
    found = [
        {
            "cell_type": "code",
            "id": name,
            "source": instead.get(name, text),
            "metadata": {"nbgrader": {"grade_id": name, "solution": role == "answer", "grade": False}},
        }
        for role, name, text in cells(NAME)
    ]
    path = folder / f"{NAME}.ipynb"
    book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"rl_landscapes": {"assignment": NAME}}}
    path.write_text(json.dumps(book | {"cells": found}))
    return path


def test_a_right_answer_passes_and_is_told_what_comes_later():
    entropy = functions(NAME)["entropy"]  # found in the globals of the caller
    report = exercise(NAME)("entropy", namespace={"entropy": entropy})
    assert report.passed
    later = assignment(NAME).named("entropy").points - report.points
    assert f"when it is graded, for {later:g} more points" in repr(report)
    assert (
        exercise(NAME)("entropy", namespace={"entropy": entropy}, grading=True).points
        == report.points + later
    )


def test_the_functions_are_those_of_who_calls():
    space = functions(NAME)
    space["check"] = exercise("1")
    exec("report = check('entropy')", space)
    assert space["report"].passed


def test_a_wrong_answer_is_told_what_was_tested_what_came_and_what_was_expected():
    space = functions(NAME, entropy=WRONG)
    report = exercise(NAME)("entropy", namespace=space)
    assert not report.passed
    text = repr(report)
    for word in ("wrong", "tested:", "got:", "expected:", "error:", "-5.54518", "1.38629"):
        assert word in text
    assert 'check("entropy", hint=1)' in text


def test_hints_come_one_at_a_time_and_only_for_what_failed():
    check, hints = exercise(NAME), assignment(NAME).named("entropy").hints
    right, wrong = functions(NAME), functions(NAME, entropy=FORM)

    def words(hint, space):
        return " ".join(repr(check("entropy", hint=hint, namespace=space)).split())

    assert [sum(hint in words(n, wrong) for hint in hints) for n in (0, 1, 2)] == [0, 1, 2]
    assert "hint" not in words(2, right).lower()


def test_all_questions_make_a_total_and_html_says_the_same():
    report = exercise(NAME)(namespace=functions(NAME, entropy="def entropy(x):\n    return '<b>'\n"))
    assert f"together: {report.points:g} of" in repr(report)
    assert report.questions == list(answers(NAME))
    html = report._repr_html_()
    assert "<b>" not in html
    assert "a value of type str" in html


@pytest.mark.parametrize("bad", [{"hint": 4}, {"hint": -1}])
def test_a_hint_that_does_not_exist_is_refused(bad):
    with pytest.raises(ValueError, match="hint must be 0, 1, 2 or 3"):
        exercise(NAME)("entropy", **bad)


def test_names_that_do_not_exist_are_refused_with_those_that_do():
    with pytest.raises(ValueError, match="choose from log_softmax"):
        exercise(NAME)("entropi")
    with pytest.raises(ValueError, match=NAME):
        exercise("99")
    assert "entropy" in repr(exercise(NAME))


def test_a_function_that_changes_its_argument_changes_a_copy():
    logits = np.zeros((2, 3))
    from rl_landscapes.course.running.student import InProcess

    def spoil(x):
        x += 1
        return x

    assert InProcess({"spoil": spoil}).call("spoil", (logits,), {}).tolist() == np.ones((2, 3)).tolist()
    assert not logits.any()


def test_what_is_returned_later_changes_nothing():
    from rl_landscapes.course.running.student import InProcess

    kept = np.zeros(3)
    got = InProcess({"view": lambda: kept}).call("view", (), {})
    kept += 1
    assert not got.any()


def test_the_session_goes_on_when_an_answer_calls_exit():
    report = exercise(NAME)("entropy", namespace={"entropy": lambda x: sys.exit(3)})
    assert "SystemExit" in repr(report)


def test_a_session_says_where_else_a_function_stands():
    space = {"In": ["", "def entropy(x):\n    return 0.0", FORM]}
    exec(FORM, space)
    said = repr(exercise(NAME)("entropy", namespace=space))
    assert "another cell defines it too, and the empty form was run after it" in said
    said = repr(exercise(NAME)("entropy", namespace=space | {"In": [FORM, "x = entropy"]}))
    assert "tests wait for an answer\n" in said


def test_a_session_says_whose_name_is_missing():
    space = {"In": ["def helped(x)\n    return x"]}
    exec("def entropy(x): return helped(x)\ndef soft_return(*a): return entropy_(1)", space)
    said = repr(exercise(NAME)("entropy", namespace=space))
    assert said.count("name 'helped' is not defined; a cell that was run is to define it") == 1
    exec("def entropy(x): return log_softmax(x)", space)
    said = repr(exercise(NAME)("entropy", namespace=space))
    assert "name 'log_softmax' is not defined; it is the function of question log_softmax" in said


def test_neither_nbgrader_nor_ipython_is_loaded():
    code = f"""
import sys
from rl_landscapes.course import exercise
check = exercise({NAME!r})
def entropy(x): return 0
heavy = {{"nbgrader", "IPython", "jupytext", "scipy.sparse", "joblib"}}
print(check("entropy").passed, *sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


def test_a_file_is_checked_in_a_process_of_its_own(tmp_path):
    report = check_file(notebook(tmp_path, entropy="import os\nos._exit(1)\n"))
    assert report.points < sum(result.of for result in report.results)
    assert {str(r.outcome) for r in report.of("log_softmax")} == {"passed"}
    assert {str(r.outcome) for r in report.of("entropy")} == {"missing"}
    assert "--question entropy --hint 1" in repr(report)


def test_a_file_that_is_no_exercise_is_refused(tmp_path):
    path = tmp_path / "notes.ipynb"
    path.write_text('{"cells": [], "nbformat": 4, "metadata": {}}')
    with pytest.raises(ValueError, match="does not say of which"):
        check_file(path)
    path.write_bytes(b"PK\x03\x04\xff")
    with pytest.raises(ValueError, match="cannot be read"):
        check_file(path)
    with pytest.raises(FileNotFoundError):
        check_file(tmp_path / "nothing.ipynb")


def test_a_browser_has_all_that_a_check_needs():
    """Pyodide has no processes, terminals or limits; only the bodies of assignment 7 cannot be had there."""
    code = """
import sys
for name in ("fcntl", "resource", "termios", "_multiprocessing", "joblib", "tqdm", "mujoco", "gymnasium"):
    sys.modules[name] = None
from rl_landscapes.course import exercise
from rl_landscapes.course.assignment import assignments
for name in assignments():
    if name != "07-bodies":
        check = exercise(name)
        report = check(namespace={question: lambda *a, **k: None for question in check.assignment.questions})
        assert {str(result.outcome) for result in report.results} <= {"passed", "wrong"}, report
print("done")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "done\n", done.stderr
