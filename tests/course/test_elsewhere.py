"""What a student runs, without what only Linux has: as on Windows, and on a macOS that cannot poll."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.running import wire
from rl_landscapes.course.running.session import Crashed, NotStarted, Session, TimedOut, process_starter
from rl_landscapes.course.running.submission import unjailed_starter
from tests.course.solved import answers, solved_release

ROOT = Path(__file__).parents[2]
NAME = "01-returns-and-entropy"
LESS = """
import os, select, signal, subprocess, sys, types
for missing in ("resource", "fcntl", "termios", "tty", "pty"):
    sys.modules[missing] = None
subprocess.signal = types.SimpleNamespace(**vars(signal))  # what ends a process here has another name there
for module, names in {
    select: ("poll", "epoll"),
    os: ("set_blocking", "fork", "setsid", "geteuid", "sched_getaffinity", "register_at_fork"),
    signal: ("SIGKILL", "SIGHUP", "SIGXCPU", "SIGALRM"),
}.items():
    for name in names:
        delattr(module, name)
"""
WORKER = f"""{LESS}
import runpy
sys.argv = sys.argv[3:]  # after the options of the interpreter
runpy.run_path(sys.argv[0], run_name="__main__")
"""
PARENT = f"""{LESS}
import platform
platform.system = lambda: "Windows"
sys.executable = sys.argv.pop(1)
from rl_landscapes.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an interpreter that has less, for the process of the answers."""
    folder = tmp_path_factory.mktemp("less")
    (folder / "worker.py").write_text(WORKER)
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{folder}/worker.py" "$@"\n')
    program.chmod(0o755)
    return program


def run(python: Path, *words: object, code: str = PARENT) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, str(python), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_file_is_checked(python: Path, tmp_path: Path) -> None:
    done = run(python, "check", solved_release(tmp_path / "mine.ipynb"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "wrong" not in done.stdout


def test_what_is_wrong_ends_with_1_and_what_cannot_run_with_2(python: Path, tmp_path: Path) -> None:
    book = solved_release(tmp_path / "mine.ipynb", entropy="def entropy(logits): return logits", values="")
    done = run(python, "check", book)
    assert (done.returncode, done.stderr) == (1, "")
    assert "entropy: 0 of" in done.stdout
    assert run(python, "check", tmp_path / "none.ipynb").returncode == 2
    book.write_text("{")
    assert run(python, "check", book).returncode == 2


def test_a_function_is_checked_in_a_notebook(python: Path) -> None:
    lines = (
        "from rl_landscapes.course import exercise",
        "import numpy as np",
        answers(NAME)["log_softmax"],
        f"print(exercise({NAME!r})('log_softmax'))",
    )
    done = run(python, code="\n".join([LESS, *lines]))
    assert done.returncode == 0, done.stderr
    assert "passed" in done.stdout
    assert "wrong" not in done.stdout


@pytest.mark.slow
def test_what_needs_no_more_packages_can_be_imported(python: Path) -> None:
    lines = (
        "import importlib, pkgutil, platform, rl_landscapes",
        "platform.system = lambda: 'Windows'",
        "for found in pkgutil.walk_packages(rl_landscapes.__path__, 'rl_landscapes.'):",
        "    if not set(found.name.split('.')) & {'__main__', 'grader', 'cluster'}:",
        "        importlib.import_module(found.name)",
    )
    done = run(python, code="\n".join([LESS, *lines]))
    assert done.returncode == 0, done.stderr[-1000:]


@pytest.mark.slow
def test_grading_says_what_it_needs(python: Path) -> None:
    done = run(python, "course", "--course", ROOT, "grade", NAME)
    assert done.returncode != 0
    assert "a jail, which needs Linux: use a virtual machine, or WSL 2" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_a_terminal_cannot_show_does_not_stop_a_check(
    tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    book = solved_release(
        tmp_path / "mine.ipynb", entropy="def entropy(logits): raise ValueError('\u03c4 \u2265 0')"
    )
    command = [sys.executable, "-m", "rl_landscapes", "check", str(book), "--question", "entropy"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (1, b"")
    assert rb"\u03c4 \u2265 0" in done.stdout


@pytest.fixture
def waiting_is_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CAN_WAIT", False)


@pytest.mark.usefixtures("waiting_is_impossible")
@pytest.mark.parametrize(
    "source",
    [
        "def f(g): \n    while True: pass",
        "def f(g): \n    while True:\n        try: g(1)\n        except BaseException: pass",
        "import time\ndef f(g): time.sleep(60)",
    ],
)
def test_a_timer_ends_what_does_not_come_back(source: str) -> None:
    session = Session(unjailed_starter(), Limits())
    session.cell("cell", source, 10.0)
    began = time.monotonic()
    with pytest.raises(TimedOut, match=r"it took longer than 0\.5 s"):
        session.call("f", [lambda x: x], {}, 0.5)
    assert time.monotonic() - began < 5
    assert not session.is_open
    with pytest.raises(Crashed):
        session.call("f", [], {}, 0.5)


@pytest.mark.usefixtures("waiting_is_impossible")
def test_a_timer_ends_who_reads_nothing_and_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = [wire.pack("ready"), wire.pack(("value", 0, None))]
    deaf = f"import os, time; os.write(1, {b''.join(ready)!r}); time.sleep(60)"
    session = Session(process_starter([sys.executable, "-c", deaf]), Limits())
    with pytest.raises(TimedOut):
        session.call("f", ["x" * (4 << 20)], {}, 0.5)
    monkeypatch.setattr("rl_landscapes.course.running.session.START_S", 0.3)
    with pytest.raises(NotStarted):
        Session(process_starter([sys.executable, "-c", "import time; time.sleep(60)"]), Limits())


@pytest.mark.usefixtures("waiting_is_impossible")
def test_a_process_that_ends_is_no_process_that_is_late() -> None:
    session = Session(unjailed_starter(), Limits())
    session.cell("cell", "import os\ndef f(): os._exit(3)", 10.0)
    with pytest.raises(Crashed):
        session.call("f", [], {}, 10.0)
