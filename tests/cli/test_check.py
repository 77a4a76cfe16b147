"""`rl-landscapes check`: what a student sees of a notebook in a file, and what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rl_landscapes.cli import main
from rl_landscapes.course import check_file as module
from rl_landscapes.course.assignment import assignment
from rl_landscapes.course.running import submission
from rl_landscapes.course.running.notebook import Cell, Notebook
from rl_landscapes.course.running.session import NotStarted
from tests.course.solved import answers

Said = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
NAME = "01-returns-and-entropy"
RELEASE = ROOT / "exercises" / NAME / f"{NAME}.ipynb"
IN_BITS = """def entropy(logits):
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p = p / p.sum(-1, keepdims=True)
    return -(p * np.log2(np.maximum(p, 1e-300))).sum(-1)
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return tmp_path / "mine.ipynb"


def write(path: Path, **instead: str) -> Path:
    """Write the release with right answers, some of them replaced."""
    book = json.loads(RELEASE.read_text(encoding="utf-8"))
    given = answers(NAME) | instead
    for cell in book["cells"]:
        cell["source"] = given.get(cell["id"], cell["source"])
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


def visible(question: str | None = None) -> float:
    """Return the points of the tests that run before grading."""
    found = assignment(NAME).questions
    chosen = [found[question]] if question else found.values()
    return sum(test.points for one in chosen for test in one.tests if not test.at_grading)


def test_solved_notebook_has_all_points_that_can_be_had_before_grading(notebook: Path, capsys: Said) -> None:
    assert main(["check", str(write(notebook))]) == 0
    said, err = capsys.readouterr()
    assert err == ""
    assert f"together: {visible():g} of {visible():g} points" in said
    assert "wrong" not in said
    for name in assignment(NAME).questions:
        assert f"{name}: {visible(name):g} of {visible(name):g} points" in said


IN_BRACKETS = """    kept = (1
    != 2)
    share = (7
    % 3)
"""
TEXT = '''
    text = """
%d nats
!
"""
'''
LATER_NAMES = """from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from numpy.typing import NDArray
"""


def longer(above: str, below: str = "", argument: str = "logits") -> str:
    """Return the right entropy with lines above it and below its docstring."""
    head, _, rest = answers(NAME)["entropy"].rpartition('"""\n')
    return f'{above}{head}"""\n{below}{rest}'.replace("(logits):", f"({argument}):", 1)


@pytest.mark.parametrize(
    "answer",
    [
        longer("%%time\n", IN_BRACKETS),
        longer("%matplotlib inline\n", IN_BRACKETS),
        longer("%%time\n", TEXT),
        longer("!pip list\n", TEXT),
        longer(LATER_NAMES, argument="logits: NDArray"),
        longer("%%capture\n" + LATER_NAMES, argument="logits: NDArray"),
        longer("x = !ls\nentropy?\n", IN_BRACKETS + TEXT),
    ],
)
def test_a_cell_means_what_it_means_in_a_notebook(notebook: Path, capsys: Said, answer: str) -> None:
    assert main(["check", str(write(notebook, entropy=answer))]) == 0
    assert f"together: {visible():g} of" in capsys.readouterr().out


def test_outputs_of_any_size_change_nothing(notebook: Path, capsys: Said) -> None:
    book = json.loads(write(notebook).read_text(encoding="utf-8"))
    book["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "0" * (48 << 20)}]
    notebook.write_text(json.dumps(book), encoding="utf-8")
    assert main(["check", str(notebook)]) == 0
    assert f"together: {visible():g} of" in capsys.readouterr().out


def test_untouched_notebook_has_none_and_says_that_nothing_is_done(capsys: Said) -> None:
    assert main(["check", str(RELEASE)]) == 1
    said = capsys.readouterr().out
    assert f"together: 0 of {visible():g} points" in said
    assert said.count("not done") == len(assignment(NAME).questions)


def test_wrong_answer_says_what_came_and_what_should_have(notebook: Path, capsys: Said) -> None:
    assert main(["check", str(write(notebook, entropy=IN_BITS)), "--question", "entropy"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("entropy: ")
    assert "log_softmax" not in said.splitlines()[0]
    assert "got:      [2 2 2]" in said
    assert "expected: [1.38629 1.38629 1.38629]" in said
    assert "the same command with --question entropy --hint 1" in said
    assert "together" not in said


@pytest.mark.parametrize("hint", [0, 1, 2])
def test_as_many_hints_as_asked_for(notebook: Path, capsys: Said, hint: int) -> None:
    command = ["check", str(write(notebook, entropy=IN_BITS)), "--question", "entropy", "--hint", str(hint)]
    assert main(command) == 1
    said = capsys.readouterr().out
    assert [f"Hint {n}:" in said for n in (1, 2)] == [hint >= 1, hint == 2]


def test_several_questions_in_the_order_asked_for(notebook: Path, capsys: Said) -> None:
    command = ["check", str(write(notebook)), "--question", "values", "--question", "entropy"]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert said.index("values:") < said.index("entropy:")
    assert "log_softmax:" not in said


def test_tests_kept_for_grading_are_announced_and_not_run(notebook: Path, capsys: Said) -> None:
    kept = [test.title for test in assignment(NAME).questions["entropy"].tests if test.at_grading]
    assert kept
    assert main(["check", str(write(notebook)), "--question", "entropy"]) == 0
    said = capsys.readouterr().out
    assert not any(title in said for title in kept)
    assert "when it is graded" in said


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "No such file or directory: {path}"),
        ("", "{path} cannot be read: the file is empty"),
        ("{", "{path} cannot be read: it is cut or damaged (no JSON)"),
        ("<!DOCTYPE html>", "{path} cannot be read: it is a web page, as one gets without logging in"),
        ('{"worksheets": []}', "{path} cannot be read: it was saved in an old format"),
        (
            '{"cells": []}',
            "{path} does not say of which assignment it is: name it with --assignment; there are",
        ),
    ],
)
def test_what_is_no_notebook_is_one_line_and_exit_code_2(
    notebook: Path, capsys: Said, content: str | None, line: str
) -> None:
    if content is not None:
        notebook.write_text(content, encoding="utf-8")
    assert main(["check", str(notebook)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"rl-landscapes check: {line.format(path=notebook)}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--question", "nope"],
            f"rl-landscapes check: no question 'nope' in {NAME}: choose from log_softmax, entropy,",
        ),
        (
            ["--hint", "4"],
            "rl-landscapes check: argument --hint: invalid choice: 4 (choose from 0, 1, 2, 3)",
        ),
    ],
)
def test_bad_option_is_one_line_and_exit_code_2(capsys: Said, options: list[str], line: str) -> None:
    assert main(["check", str(RELEASE), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_folder_is_refused(tmp_path: Path, capsys: Said) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"rl-landscapes check: Is a directory: {tmp_path}\n"


def test_notebook_without_metadata_is_known_by_its_name(tmp_path: Path, capsys: Said) -> None:
    path = tmp_path / f"{NAME} (1).ipynb"
    shutil.copy(RELEASE, path)
    book = json.loads(path.read_text(encoding="utf-8"))
    del book["metadata"]["rl_landscapes"]
    path.write_text(json.dumps(book), encoding="utf-8")
    assert main(["check", str(path), "--question", "entropy"]) == 1
    assert "entropy: 0 of" in capsys.readouterr().out


def stripped(path: Path, keep: str = "") -> Path:
    """Write a solved notebook without its names, as some programs save it; cells with `keep` alone stay."""
    book = json.loads(write(path).read_text(encoding="utf-8"))
    book["metadata"] = {}
    for cell in book["cells"]:
        cell["metadata"] = {}
        del cell["id"]
        source = "".join(cell["source"])
        cell["source"] = source if keep else source.replace("exercise(", "(lambda _: print)(")
    path.write_text(json.dumps(book), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name",
    [
        f"Copy of {NAME}.ipynb", f"Kopie von {NAME}.ipynb", f"{NAME}-Copy1.ipynb", f"{NAME} (1).ipynb",
        f"lovelace_501_9001_{NAME}-2.ipynb", f"2026-10-01 {NAME} final.ipynb", f"{NAME}.IPYNB",
    ],
)  # fmt: skip
def test_notebook_is_known_by_a_name_within_that_of_its_file(tmp_path: Path, capsys: Said, name: str) -> None:
    assert main(["check", str(stripped(tmp_path / name))]) == 0
    assert f"together: {visible():g} of" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Untitled.ipynb", "homework (final).ipynb", "02-exact-gradients.ipynb"])
def test_notebook_is_known_by_the_exercise_that_it_asks_for(tmp_path: Path, capsys: Said, name: str) -> None:
    assert main(["check", str(stripped(tmp_path / name, keep="all"))]) == 0
    assert f"together: {visible():g} of" in capsys.readouterr().out


@pytest.mark.parametrize("said", [NAME, "1", "01"])
def test_assignment_can_be_named(tmp_path: Path, capsys: Said, said: str) -> None:
    path = stripped(tmp_path / "x.ipynb")
    assert main(["check", str(path)]) == 2
    assert "name it with --assignment" in capsys.readouterr().err
    assert main(["check", str(path), "--assignment", said]) == 0


def test_assignment_that_is_another_is_refused(capsys: Said) -> None:
    assert main(["check", str(RELEASE), "--assignment", "2"]) == 2
    assert f"says that it is of {NAME}, not of 02-exact-gradients" in capsys.readouterr().err
    assert main(["check", str(RELEASE), "--assignment", "99"]) == 2
    assert "no assignment '99': choose from" in capsys.readouterr().err


def test_exit_code_is_of_the_questions_asked_for(notebook: Path, capsys: Said) -> None:
    path = str(write(notebook, entropy=IN_BITS))
    assert main(["check", path]) == 1
    assert main(["check", path, "--question", "log_softmax"]) == 0
    assert main(["check", path, "--question", "entropy"]) == 1
    assert main(["check", path, "--question", "no"]) == 2


def test_file_that_may_not_be_read_could_not_be_checked(
    notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(notebook))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["check", str(notebook)]) == 2


def test_fault_of_a_test_is_no_fault_of_the_answers(
    notebook: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(assignment(NAME).questions["entropy"].tests[0], body=lambda *_: 1 / 0)
    questions = assignment(NAME)._questions
    monkeypatch.setitem(questions, "entropy", replace(questions["entropy"], tests=[broken]))
    assert main(["check", str(write(notebook))]) == 2
    assert "grader fault" in capsys.readouterr().out


def test_process_that_cannot_be_started_is_no_zero(
    notebook: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> object:
        raise NotStarted("the process did not start (no memory)")

    monkeypatch.setattr(module, "unjailed_starter", lambda: broken)
    monkeypatch.setattr(submission, "PAUSE_S", 0.0)
    assert main(["check", str(write(notebook))]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("rl-landscapes check: this is no fault of your answers: the process did not start")
    assert err.count("\n") == 1


HELPS = "def entropy(logits):\n    return helped(logits)\n"


def checked(path: Path, capsys: Said, *, extra: str = "", **instead: str) -> str:
    """Return what is said of a notebook with some answers replaced, and a cell added at its end."""
    book = json.loads(write(path, **instead).read_text(encoding="utf-8"))
    book["cells"].append(
        {**book["cells"][-1], "cell_type": "code", "id": "mine", "metadata": {}, "source": extra}
    )
    path.write_text(json.dumps(book), encoding="utf-8")
    assert main(["check", str(path)]) in (0, 1)
    return capsys.readouterr().out


def test_a_syntax_error_is_said_once_and_who_builds_on_it_is_told_whose_it_is(
    notebook: Path, capsys: Said
) -> None:
    said = checked(notebook, capsys, log_softmax="def log_softmax(logits:\n    return logits")
    assert said.count("was never closed") == 1
    assert "  log_softmax: SyntaxError: '(' was never closed (line 1: def log_softmax(logits:)" in said
    assert said.count("its cell failed with SyntaxError") == 1
    whose = "it is the function of question log_softmax; the cell of log_softmax is to define it, and failed"
    assert said.count(whose) == 3  # entropy, soft_return and break_even, once each


def test_a_helper_that_is_not_there_is_looked_for(notebook: Path, capsys: Said) -> None:
    said = checked(notebook, capsys, entropy=HELPS, extra="def helped(x)\n    return x")
    number = len(json.loads(notebook.read_text())["cells"])
    assert f"name 'helped' is not defined; cell {number} is to define it, and failed with SyntaxError" in said
    assert said.count("expected ':'") == 1
    assert "name 'helped' is not defined\n" in checked(notebook, capsys, entropy=HELPS)


def test_a_function_in_the_cell_of_another_answer_counts(notebook: Path, capsys: Said) -> None:
    forms = {cell["id"]: "".join(cell["source"]) for cell in json.loads(RELEASE.read_text())["cells"]}
    both = answers(NAME)["log_softmax"] + "\n\n\n" + answers(NAME)["entropy"]
    for form in (forms["entropy"], "", "# see above\n" + forms["entropy"]):
        said = checked(notebook, capsys, log_softmax=both, entropy=form)
        assert f"together: {visible():g} of {visible():g} points" in said, said


def test_ones_own_cell_goes_before_a_helper_of_the_same_name_elsewhere(notebook: Path, capsys: Said) -> None:
    both = answers(NAME)["log_softmax"] + "\n\ndef entropy(logits):\n    return 0.0"
    assert f"together: {visible():g} of" in checked(notebook, capsys, log_softmax=both)


def test_a_package_that_grading_does_not_have_is_a_warning(notebook: Path, capsys: Said) -> None:
    answer = "from scipy.special import log_softmax as theirs\nimport os\n" + answers(NAME)["entropy"]
    said = checked(notebook, capsys, entropy=answer)
    assert said.count("warning: scipy is not there when this is graded, and cell ") == 1
    assert "os is not" not in said
    assert "warning" not in checked(notebook, capsys)


def test_what_only_looks_like_an_import_or_warns_when_imported_is_no_trouble(
    notebook: Path, capsys: Said
) -> None:
    text = '"""\nfrom here to there\nimport nothing\n"""\nimport os.path, json as j\npattern = "\\d"\n'
    warns = "import warnings\nfor kind in (ImportWarning, DeprecationWarning): warnings.warn('spam', kind)\n"
    said = checked(notebook, capsys, entropy=text + warns + answers(NAME)["entropy"])
    assert "warning" not in said
    assert "spam" not in said
    assert f"together: {visible():g} of" in said
    cut = Notebook((Cell("code", "import spam\n)", "x", {}),), NAME)
    assert module.absent_when_graded(cut, assignment(NAME)) == [
        "spam is not there when this is graded, and cell 1 imports it"
    ]
