"""Checking in this process says what checking a file says, whatever the answer."""

import linecache
from pathlib import Path

import pytest

from rl_landscapes.course.check_file import check_file
from rl_landscapes.course.check_here import INPUTS, MORE, case_here, check_here
from tests.course.solved import solved_release

NAME = "01-returns-and-entropy"
SUM = "def entropy(logits):\n    print('asked')\n    return log_softmax(logits).sum(-1)\n"
ANSWERS = {
    "right": None,
    "wrong": SUM,
    "no Python": "def entropy(logits)\n    return 0  # why?\n",
    "an error": "def entropy(logits):\n    return logits.sum(axs=-1)\n",
    "a name that is nowhere": "def entropy(logits):\n    return softmax(logits)\n",
    "a package that grading lacks": "import matplotlib\n\n" + SUM,
    "an end": "import sys\n\nsys.exit(1)\n",
    "the form": "def entropy(logits):\n    raise NotImplementedError()\n",
}


@pytest.fixture(autouse=True)
def lines_are_forgotten():
    yield
    for place in [name for name in linecache.cache if name.startswith("<")]:
        del linecache.cache[place]


def solved(folder: Path, entropy: str | None) -> Path:
    return solved_release(folder / f"{NAME}.ipynb", **({} if entropy is None else {"entropy": entropy}))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_it_says_what_the_shell_says_of_a_file(tmp_path, answer):
    path = solved(tmp_path, answer)
    told = repr(check_here(path.read_bytes(), "entropy", hint=1))
    said = check_file(path, ["entropy"], hint=1)
    words = {
        said.more.format(name="entropy", hint=2): MORE,
        said.inputs.format(name="entropy"): INPUTS,
    }
    expected = repr(said)
    for shell, page in words.items():
        expected = expected.replace(shell, page)
    assert told == expected


def test_only_the_cell_that_is_asked_for_is_heard(tmp_path, capsys):
    loud = {"log_softmax": "print('above')\n", "entropy": "print('here')\n"}
    path = solved_release(tmp_path / f"{NAME}.ipynb", **loud)
    check_here(path.read_bytes(), "entropy")
    assert capsys.readouterr().out == "here\n"


def test_a_case_is_that_of_the_first_test_that_does_not_pass(tmp_path):
    case = case_here(solved(tmp_path, SUM).read_bytes(), "entropy")
    assert case.title.startswith("of a uniform distribution")
    assert case.names == ("logits",)


def test_a_notebook_of_no_assignment_and_no_question_are_refused(tmp_path):
    data = solved(tmp_path, None).read_bytes()
    with pytest.raises(ValueError, match="no question 'entrpy'"):
        check_here(data, "entrpy")
    with pytest.raises(ValueError, match="no assignment '77-none'"):
        check_here(data.replace(NAME.encode(), b"77-none"), "entropy")
