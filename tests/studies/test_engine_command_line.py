"""`python -m rl_landscapes.studies`: what it prints, writes and refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from rl_landscapes.records import equal
from rl_landscapes.studies import __main__ as command_line
from rl_landscapes.studies import load_result, run
from rl_landscapes.studies.__main__ import default_out, main
from tests.studies.toy import STUDY


@pytest.fixture(autouse=True)
def only_the_toy_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command_line, "find_studies", lambda: {"toy": STUDY})
    monkeypatch.chdir(tmp_path)


def test_list_names_studies_and_budgets(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out == "toy  (smoke, laptop, paper)  draws numbers\n"


def test_run_writes_the_result_and_says_what_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "toy", "--budget", "smoke"]) == 0
    assert "toy, smoke: 2 of 2 pieces to compute" in capsys.readouterr().out
    result = load_result(tmp_path / ".studies" / "toy-smoke.npz")
    assert result.command == "python -m rl_landscapes.studies run toy --budget smoke"
    assert equal(result.arrays, run(STUDY, "smoke", store=tmp_path / "other").arrays)
    assert main(["run", "toy", "--budget", "smoke"]) == 0
    assert "0 of 2 pieces to compute" in capsys.readouterr().out
    assert main(["run", "toy", "--budget", "smoke", "--fresh"]) == 0
    assert "2 of 2 pieces to compute" in capsys.readouterr().out


def test_stored_command_does_not_tell_where_or_how_wide_it_ran(tmp_path: Path) -> None:
    out = tmp_path / "there.npz"
    store = ["--store", str(tmp_path / "s"), "--jobs", "2", "--out", str(out)]
    assert main(["run", "toy", "--budget", "smoke", *store]) == 0
    assert load_result(out).command == "python -m rl_landscapes.studies run toy --budget smoke"
    assert str(tmp_path).encode() not in out.read_bytes()


def test_laptop_result_goes_into_the_book_where_there_is_one(tmp_path: Path) -> None:
    store = Path("store")
    assert default_out("toy", "laptop", store) == store / "toy-laptop.npz"
    (tmp_path / "book" / "data").mkdir(parents=True)
    assert default_out("toy", "laptop", store) == Path("book/data/toy.npz")
    assert default_out("toy", "paper", store) == store / "toy-paper.npz"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nope", "--budget", "smoke"], "unknown study 'nope': choose from toy"),
        (["toy", "--budget", "big"], "study toy has no budget 'big': choose from smoke, laptop, paper"),
        (
            ["toy", "--budget", "smoke", "--jobs", "0"],
            "--jobs must not be 0: 1 is this process, -1 all cores",
        ),
    ],
)
def test_refusal_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert main(["run", *arguments]) == 2
    assert capsys.readouterr() == ("", line + "\n")


def test_refusal_reaches_the_shell(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rl_landscapes.studies", "run", "nope", "--budget", "smoke"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr.startswith("unknown study 'nope'")
    assert answer.stderr.count("\n") == 1


def test_interrupted_run_says_that_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "run", interrupt)
    assert main(["run", "toy", "--budget", "smoke"]) == 130
    assert "finished pieces are kept" in capsys.readouterr().err
