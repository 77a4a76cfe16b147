"""`rl-landscapes study`: what it prints, writes and refuses, and that a stopped run goes on."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_landscapes import studies
from rl_landscapes.cli import main
from rl_landscapes.cli.study import default_out
from rl_landscapes.records import archive, equal
from rl_landscapes.studies import Study, ledger, load_result, run, save_result
from rl_landscapes.studies.engine import jobs
from tests.studies import toy
from tests.waiting import stopped_by_ctrl_c

Said = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def only_the_toy_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, toy.STUDY)
    monkeypatch.chdir(tmp_path)


def use(monkeypatch: pytest.MonkeyPatch, found: Study[Any, Any]) -> None:
    monkeypatch.setattr(studies, "find_studies", lambda: {"toy": found})


def test_list_names_studies_and_budgets(capsys: Said) -> None:
    assert main(["study", "list"]) == 0
    assert capsys.readouterr().out == "toy  (smoke, laptop, paper)  draws numbers\n"


def test_run_writes_the_result_and_says_what_it_did(tmp_path: Path, capsys: Said) -> None:
    assert main(["study", "run", "toy", "--budget", "smoke"]) == 0
    assert "toy, smoke: 2 of 2 pieces to compute" in capsys.readouterr().out
    result = load_result(tmp_path / ".studies" / "toy-smoke.npz")
    assert result.command == "rl-landscapes study run toy --budget smoke"
    assert equal(result.arrays, run(toy.STUDY, "smoke", store=tmp_path / "other").arrays)
    assert main(["study", "run", "toy", "--budget", "smoke"]) == 0
    assert "0 of 2 pieces to compute" in capsys.readouterr().out
    assert main(["study", "run", "toy", "--budget", "smoke", "--fresh"]) == 0
    assert "2 of 2 pieces to compute" in capsys.readouterr().out


def test_all_runs_every_study_of_the_book_and_each_keeps_its_own_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Said
) -> None:
    found = {name: replace(toy.STUDY, name=name) for name in ("toy", "other")}
    monkeypatch.setattr(studies, "find_studies", lambda: found)
    assert main(["study", "run", "all", "--budget", "smoke"]) == 0
    said = capsys.readouterr().out
    for name in found:
        assert f"{name}, smoke: 2 of 2 pieces to compute" in said
        result = load_result(tmp_path / ".studies" / f"{name}-smoke.npz")
        assert result.command == f"rl-landscapes study run {name} --budget smoke"


def test_stored_command_does_not_tell_where_or_how_wide_it_ran(tmp_path: Path) -> None:
    out = tmp_path / "there.npz"
    store = ["--store", str(tmp_path / "s"), "--jobs", "2", "--out", str(out)]
    assert main(["study", "run", "toy", "--budget", "smoke", *store]) == 0
    assert load_result(out).command == "rl-landscapes study run toy --budget smoke"
    assert str(tmp_path).encode() not in out.read_bytes()


def test_laptop_result_goes_into_the_book_where_there_is_one(tmp_path: Path) -> None:
    store = Path("store")
    assert default_out(toy.STUDY, "laptop", store) == store / "toy-laptop.npz"
    (tmp_path / "book" / "data").mkdir(parents=True)
    assert default_out(toy.STUDY, "laptop", store) == Path("book/data/toy.npz")
    assert default_out(toy.STUDY, "paper", store) == store / "toy-paper.npz"
    theirs = replace(toy.STUDY, summary="of somebody else")
    assert default_out(theirs, "laptop", store) == store / "toy-laptop.npz"


UNKNOWN = "unknown study 'nope': choose from toy, or name yours as their.module:study"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            "run no.such:STUDY --budget smoke",
            "no module 'no.such' for study 'no.such:STUDY': is its folder on PYTHONPATH?",
        ),
        ("run json:STUDY --budget smoke", "module json has no 'STUDY' for study 'json:STUDY'"),
        ("run json:dumps --budget smoke", "json:dumps must be a Study, got function"),
        ("run nope --budget smoke", UNKNOWN),
        ("run toy --budget big", "study toy has no budget 'big': choose from smoke, laptop, paper"),
        ("status nope", UNKNOWN),
        ("show nope", UNKNOWN),
        ("show toy --budget big", "study toy has no budget 'big': choose from smoke, laptop, paper"),
        (
            "show toy",
            ".studies/toy-laptop.npz is not there: run rl-landscapes study run toy --budget laptop first",
        ),
        (
            "judge tests.studies.toy:STUDY",
            "study toy has no claims: there is no function such as c1 in tests.studies.claims",
        ),
        ("show other.npz", "No such file or directory: other.npz"),
        (
            "run all --budget smoke --out some.npz",
            "--out is one file and all are several results: leave it out, and see --store",
        ),
        ("run all --budget big", "study toy has no budget 'big': choose from smoke, laptop, paper"),
        (
            "run toy --budget smoke --backend dask",
            "--backend dask and --scheduler ADDRESS go together, got only one of them",
        ),
        (
            "run toy --budget smoke --scheduler tcp://localhost:8786",
            "--backend dask and --scheduler ADDRESS go together, got only one of them",
        ),
    ],
)
def test_refusal_is_one_line_and_exit_code_2(capsys: Said, arguments: str, line: str) -> None:
    assert main(["study", *arguments.split()]) == 2
    assert capsys.readouterr() == ("", f"rl-landscapes study: {line}\n")


@pytest.mark.parametrize(
    ("option", "line"),
    [
        (["--jobs", "0"], "argument --jobs: must not be 0: 1 is this process, -1 all cores"),
        (
            ["--jobs", "two"],
            "argument --jobs: must be 1 (this process), -1 (all cores) or another count, got 'two'",
        ),
        (["--out", "."], "argument --out: . is a folder; name a file in it"),
        (["--out", "no/there.npz"], "argument --out: there is no folder no"),
        (["--backend", "spark"], "argument --backend: invalid choice: 'spark' (choose from 'local', 'dask')"),
    ],
)
def test_bad_option_is_one_line_that_names_the_help(capsys: Said, option: list[str], line: str) -> None:
    assert main(["study", "run", "toy", "--budget", "smoke", *option]) == 2
    said = f"rl-landscapes study run: {line} (see rl-landscapes study run --help)\n"
    assert capsys.readouterr() == ("", said)


def test_status_counts_pieces_and_compares_what_is_stored(tmp_path: Path, capsys: Said) -> None:
    todo = jobs(toy.STUDY, "laptop", Path(".studies"))
    assert main(["study", "run", "toy", "--budget", "laptop"]) == 0
    for job in todo[3:]:
        job.path.unlink()
    todo[0].path.write_bytes(todo[0].path.read_bytes()[:99])
    (tmp_path / "book" / "data").mkdir(parents=True)
    other = replace(toy.STUDY, budgets={**toy.BUDGETS, "laptop": toy.Settings(seed=8)})
    save_result(run(other, "laptop", store=tmp_path / "elsewhere"), "book/data/toy.npz")
    assert main(["study", "run", "toy", "--budget", "smoke"]) == 0
    capsys.readouterr()
    assert main(["study", "status", "toy"]) == 0
    assert [line.split(maxsplit=5) for line in capsys.readouterr().out.splitlines()] == [
        ["study", "budget", "done", "stale", "missing", "result"],
        ["toy", "smoke", "2", "0", "0", ".studies/toy-smoke.npz"],
        ["toy", "laptop", "2", "1", "2", "book/data/toy.npz, of other settings"],
        ["1", "stale", "because", "of", "a", "damaged file, or one of an older version"],
        ["toy", "paper", "0", "0", "5", "none"],
    ]


@pytest.mark.parametrize("name", ["toy", ".studies/toy-smoke.npz"])
def test_show_prints_what_a_result_is_and_holds(capsys: Said, name: str) -> None:
    assert main(["study", "run", "toy", "--budget", "smoke"]) == 0
    capsys.readouterr()
    assert main(["study", "show", name, "--budget", "smoke"]) == 0
    said = capsys.readouterr().out
    assert "study toy at the smoke budget, seed 7" in said
    assert "made by: rl-landscapes study run toy --budget smoke" in said
    assert "  points = (0.1, 0.2)\n" in said
    assert "  draws  float64 (2, 3)\n" in said


def test_piece_that_fails_is_one_line_and_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    compute = toy.Point.compute

    def fail_at_two(piece: toy.Point, settings: toy.Settings, rng: Any) -> Any:
        if piece.x == 0.2:
            raise ZeroDivisionError("no")
        return compute(piece, settings, rng)

    monkeypatch.setattr(toy.Point, "compute", fail_at_two)
    assert main(["study", "run", "toy", "--budget", "smoke"]) == 1
    assert capsys.readouterr().err == (
        "rl-landscapes study: ZeroDivisionError: no; in piece 'x=0.2' of study 'toy'\n"
    )
    assert len(list(Path(".studies").rglob("x=*.npz"))) == 1
    with pytest.raises(Exception, match="ZeroDivisionError"):
        main(["study", "run", "--traceback", "toy", "--budget", "smoke"])


def test_full_disk_is_one_line_and_exit_code_1(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.np.lib.format, "write_array", full)
    assert main(["study", "run", "toy", "--budget", "smoke"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("rl-landscapes study: No space left on device: .studies/toy/smoke-")
    assert "x=0.1.npz (make room, then run the same command again" in said
    assert said.count("\n") == 1
    assert not list(Path(".studies").rglob("*.npz"))


def is_in_the_middle(folder: Path, n_jobs: int) -> bool:
    """Tell whether two pieces are kept, a third is being computed, and all processes are up."""
    log = (folder / "log").read_text().split() if (folder / "log").exists() else []
    kept = len(list(folder.rglob("x=*.npz")))
    return "0.5" in log and kept >= 2 and len(set(log[2::3])) == n_jobs


PROGRAM = """
import sys
from rl_landscapes import studies
from rl_landscapes.cli import main
from tests.studies.toy import STUDY
studies.find_studies = lambda: {"toy": STUDY}
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_ctrl_c_is_one_line_exit_code_130_and_resumable(tmp_path: Path, n_jobs: int) -> None:
    log = tmp_path / "log"
    environment = os.environ | {"TOY_LOG": str(log), "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "study",
        "run",
        "toy",
        "--budget",
        "laptop",
        "--jobs",
        str(n_jobs),
    ]
    hanging = environment | {"TOY_HANG_AT": "0.5"}
    stopped = stopped_by_ctrl_c(command, lambda: is_in_the_middle(tmp_path, n_jobs), hanging)
    assert stopped.returncode == 130, stopped.stderr
    assert stopped.stderr == (
        "rl-landscapes study: stopped: finished pieces are kept, the same command goes on from there\n"
    )
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(again.stdout.split(":")[1].split()[0]) < 4
    result = load_result(tmp_path / ".studies" / "toy-laptop.npz")
    assert equal(result.arrays, run(toy.STUDY, "laptop", store=tmp_path / "whole").arrays)


PAGE = ROOT / "book" / "chapters" / "library" / "studies.md"


def on_the_page(part: str) -> str:
    """Return the example of the library page that has `part` in it."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf8"), flags=re.DOTALL)
    (shown,) = [block for block in blocks if part in block]
    return str(shown)


def study_of_theirs(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "rl_landscapes", "study", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_study_in_a_package_of_theirs_runs_resumes_and_says_what_made_it_stale(tmp_path: Path) -> None:
    """The study of the library page, in a package of its own, with its formula in a module beside it."""
    package = tmp_path / "theirs"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "formulas.py").write_text("def square(x):\n    return x * x\n")
    shown = on_the_page("class Number").replace("self.x**2", "square(self.x)")
    (package / "squares.py").write_text(f"from theirs.formulas import square\n{shown}")
    run_it = ("run", "theirs.squares:study", "--budget", "smoke", "--jobs", "2")
    assert "3 of 3 pieces to compute" in study_of_theirs(tmp_path, *run_it)
    found = load_result(tmp_path / ".studies" / "squares-smoke.npz")
    assert found.arrays["squares"].tolist() == [0, 1, 4]
    assert found.command == "rl-landscapes study run theirs.squares:study --budget smoke"
    assert "theirs.formulas" in found.code
    (package / "formulas.py").write_text("def square(x):\n    # as a product\n    return x * x\n")
    assert "0 of 3 pieces to compute" in study_of_theirs(tmp_path, *run_it)
    (package / "formulas.py").write_text("def square(x):\n    return x**2 + 0\n")
    told = study_of_theirs(tmp_path, "status", "theirs.squares:study")
    assert "3 stale because of theirs.formulas" in told
    assert "of other code: theirs.formulas" in told
    assert "3 of 3 pieces to compute" in study_of_theirs(tmp_path, *run_it)


VERDICT = """\
C1: cannot tell. Most squares are above zero.
  share of squares above zero, first numbers: 0.667, 95%: [0.0943, 0.992]; \
holds in 0 of 1, cannot be told in 1
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "name"),
    [("", "squares:study"), ("theirs", "theirs.squares:study"), ("a/b", "a.b.squares:study")],
)
def test_claims_beside_a_study_of_theirs_are_judged_after_a_run_and_by_judge(
    tmp_path: Path, package: str, name: str
) -> None:
    """The study and the claim of the library page, as files of a folder and as modules of a package."""
    place = tmp_path / package
    place.mkdir(parents=True, exist_ok=True)
    (place / "squares.py").write_text(on_the_page("class Number"))
    told = study_of_theirs(tmp_path, "run", name, "--budget", "smoke")
    assert told.splitlines()[-1].endswith("in .studies/squares-smoke.npz")
    (place / "claims.py").write_text(on_the_page("def c1"))
    told = study_of_theirs(tmp_path, "run", name, "--budget", "smoke", "--out", "there.npz")
    assert "0 of 3 pieces to compute" in told
    assert told.endswith(f" in there.npz\n{VERDICT}")
    assert study_of_theirs(tmp_path, "judge", name, "--budget", "smoke") == VERDICT
    (tmp_path / ".studies" / "squares-smoke.npz").unlink()
    assert study_of_theirs(tmp_path, "judge", name, "--result", "there.npz") == VERDICT


def test_what_is_no_result_of_the_study_or_no_entry_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Said
) -> None:
    """Verdicts follow the numbers: of three squares above zero and of none, with other results refused."""
    (tmp_path / "claimed").mkdir()
    (tmp_path / "claimed" / "squares.py").write_text(on_the_page("class Number"))
    claims = on_the_page("def c1") + "\n\nc2 = 0.5\n\n\ndef c10(study):\n    return 1\n"
    (tmp_path / "claimed" / "claims.py").write_text(claims)
    monkeypatch.syspath_prepend(str(tmp_path))
    study = studies.named_study("claimed.squares:study")
    found = ledger.claims_of(study)
    assert list(found) == ["C1", "C10"]
    result = run(study, "smoke", store=tmp_path / "store")
    for above, word in ((0, "not supported"), (400, "supported")):
        squares = np.arange(400) < above
        assert str(found["C1"](replace(result, arrays={"squares": squares})).verdict) == word
    with pytest.raises(TypeError, match=r"claimed\.claims\.c10 must return an Entry, got int"):
        ledger.judge(study, result)
    with pytest.raises(ValueError, match="result must be of study squares, got one of toy"):
        ledger.judge(study, run(toy.STUDY, "smoke", store=tmp_path / "store"))
    missing = ".studies/squares-smoke.npz is not there: run rl-landscapes study run claimed.squares:study"
    assert main(["study", "judge", "claimed.squares:study", "--budget", "smoke"]) == 2
    assert capsys.readouterr().err == f"rl-landscapes study: {missing} --budget smoke first\n"
