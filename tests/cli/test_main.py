"""The command as a whole: help, exit codes, errors in one line, and nothing loaded before it is needed."""

import json
import re
import shlex
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import rl_landscapes
from rl_landscapes import cli
from rl_landscapes.cli import FULL, NOT_YOURS, info, main
from tests.fresh import fresh_interpreter, fresh_seconds

Said = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
NAMES = ["train", "probe", "interpolate", "study", "check", "course", "info"]


def test_help_lists_the_commands(capsys: Said) -> None:
    assert main(["--help"]) == 0
    said = capsys.readouterr().out
    assert re.findall(r"^    (\w+)", said, re.MULTILINE) == NAMES


STUDY_ACTIONS = [f"study {action}" for action in ("run", "status", "show", "judge", "ledger")]


@pytest.mark.parametrize("name", [*NAMES, *STUDY_ACTIONS])
def test_every_command_has_an_example_that_it_understands(capsys: Said, name: str) -> None:
    assert main([*name.split(), "--help"]) == 0
    said = capsys.readouterr().out.split("example:\n")[1]
    example = " ".join(said.split("\n\n")[0].split())
    assert example.startswith("rl-landscapes " + name.split()[0])
    assert cli._parser().parse_args(example.split()[1:]).command == name.split()[0]


PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"book/chapters/{n}.md" for n in ("library/*", "exercises", "instructors")),
]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_the_pages_is_understood(page: str) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob(page)).replace("\\\n", " ")
    commands = re.findall(r"^(?:\.venv/bin/)?rl-landscapes (.+)$", text, flags=re.MULTILINE)
    assert commands
    for command in commands:
        assert cli._parser().parse_args(shlex.split(command, comments=True)).command == command.split()[0]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "rl-landscapes: the following arguments are required: COMMAND (see rl-landscapes --help)"),
        (["probe", "x"], "rl-landscapes probe: the following arguments are required: --theta, --out"),
        (["nothing"], "rl-landscapes: argument COMMAND: invalid choice: 'nothing'"),
    ],
)
def test_usage_error_is_one_line_and_exit_code_2(capsys: Said, arguments: list[str], line: str) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(line)
    assert said.err.count("\n") == 1


def test_version(capsys: Said) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"rl-landscapes {rl_landscapes.__version__}\n"


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ValueError("theta is\nodd"), 2, "theta is odd"),
        (ImportError("x needs y"), 2, "x needs y"),
        (FileNotFoundError(2, "No such file", "a.npz"), 2, "No such file: a.npz"),
        (ConnectionError("nobody answers"), 2, "nobody answers"),
        (OSError(28, "No space left on device", "a.npz"), 1, f"No space left on device: a.npz ({FULL})"),
        (PermissionError(13, "Permission denied", "a.npz"), 1, f"Permission denied: a.npz ({NOT_YOURS})"),
        (KeyError("x"), 1, "KeyError: 'x' (--traceback shows where)"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_exit_code_and_line_of_each_kind_of_error(
    monkeypatch: pytest.MonkeyPatch, capsys: Said, error: BaseException, code: int, line: str
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(info, "do", fail)
    assert main(["info"]) == code
    assert capsys.readouterr() == ("", f"rl-landscapes info: {line}\n")
    if isinstance(error, Exception):
        with pytest.raises(type(error)):
            main(["info", "--traceback"])


def test_warning_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def warn(_: object) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("two\nlines", RuntimeWarning, stacklevel=1)

    monkeypatch.setattr(info, "do", warn)
    assert main(["info"]) == 0
    assert capsys.readouterr().err == "rl-landscapes info: warning: two lines\n"


def test_reader_that_goes_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m rl_landscapes info --help | head -c 1; exit ${{PIPESTATUS[0]}}"
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (answer.stdout, answer.stderr) == ("u", "")


def test_import_loads_no_station_and_not_even_numpy() -> None:
    loaded = json.loads(
        fresh_interpreter("import json, sys, rl_landscapes.cli; print(json.dumps(list(sys.modules)))")
    )
    ours = {name for name in loaded if name.startswith("rl_landscapes.")}
    light = tuple(f"rl_landscapes.{name}" for name in ("cli", "parallel", "version"))
    assert {name for name in ours if not name.startswith(light)} == set()
    assert not {"numpy", "scipy", "mujoco", "joblib", "tqdm", "distributed"} & set(loaded)


def test_help_takes_less_than_half_a_second() -> None:
    assert fresh_seconds("from rl_landscapes.cli import main; main(['--help'])", enough=0.5) < 0.5


@pytest.mark.parametrize(
    ("blocked", "arguments", "line"),
    [
        (
            ["mujoco"],
            "train Hopper-v5 --step 1 --updates 1 --out t.npz",
            'rl-landscapes train: bodies need MuJoCo 4 and Gymnasium: pip install "rl-landscapes[control]"',
        ),
        (
            ["joblib"],
            "study run entropy_window --budget smoke --jobs 2",
            'rl-landscapes study: n_jobs=2 needs joblib: pip install "rl-landscapes[scale]", or use n_jobs=1',
        ),
        (
            ["distributed"],
            "study run entropy_window --budget smoke --backend dask --scheduler tcp://localhost:8786",
            'rl-landscapes study: a Dask cluster needs distributed: pip install "rl-landscapes[scale]"',
        ),
    ],
)
def test_missing_extra_is_one_line_that_says_what_to_install(
    tmp_path: Path, blocked: list[str], arguments: str, line: str
) -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({blocked!r})); from rl_landscapes.cli import main; "
        f"sys.exit(main({arguments.split()!r}))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == 2
    assert answer.stderr.startswith(line)
    assert answer.stderr.count("\n") == 1
