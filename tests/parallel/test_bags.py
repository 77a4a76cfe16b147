"""The same results however the work is spread, and no dependency that n_jobs=1 does not need."""

import contextlib
import io
import os
import pty
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from rl_landscapes.parallel import bags, map_as_done, map_independent, progress

joblib = pytest.importorskip("joblib")


def square(x: int) -> int:
    return x * x


def fail_at_three(x: int) -> int:
    if x == 3:
        raise ZeroDivisionError(f"item {x}")
    return x


@pytest.mark.parametrize("n_jobs", [1, 2, -1])
def test_results_keep_the_order_of_the_items(n_jobs: int) -> None:
    with joblib.parallel_config(backend="threading"):
        assert map_independent(square, range(20), n_jobs=n_jobs) == [x * x for x in range(20)]


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "sequential"])
def test_configured_backend_is_used(backend: str) -> None:
    with joblib.parallel_config(backend=backend), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking a process that has threads
        assert map_independent(square, (x for x in range(5)), n_jobs=2) == [0, 1, 4, 9, 16]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing", "sequential"])
def test_results_as_they_come_are_all_there(backend: str) -> None:
    with joblib.parallel_config(backend=backend), warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking a process that has threads
        assert sorted(map_as_done(square, range(7), n_jobs=2)) == [x * x for x in range(7)]
    assert list(map_as_done(square, range(7))) == [x * x for x in range(7)]


def test_result_is_handed_over_while_others_are_still_at_work() -> None:
    seen = threading.Event()
    with joblib.parallel_config(backend="threading"):
        results = map_as_done(lambda x: x or seen.wait(30), [False, 5], n_jobs=2)
        assert next(results) == 5
        seen.set()
        assert list(results) == [True]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_closing_drops_what_is_not_done(n_jobs: int) -> None:
    done: list[int] = []
    with joblib.parallel_config(backend="threading"):
        results = map_as_done(lambda x: (time.sleep(0.01), done.append(x)), range(1000), n_jobs=n_jobs)
        next(results)
        results.close()
    assert 0 < len(done) < 900


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_no_items_no_results(n_jobs: int) -> None:
    assert map_independent(square, [], n_jobs=n_jobs) == []


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_error_of_an_item_reaches_the_caller(n_jobs: int) -> None:
    with joblib.parallel_config(backend="threading"), pytest.raises(ZeroDivisionError, match="item 3"):
        map_independent(fail_at_three, range(6), n_jobs=n_jobs)


@pytest.mark.parametrize("n_jobs", [0, 1.0, True, "2", None])
def test_n_jobs_that_makes_no_sense_is_refused(n_jobs: Any) -> None:
    with pytest.raises(ValueError, match="n_jobs must be"):
        map_independent(square, [1], n_jobs=n_jobs)
    with pytest.raises(ValueError, match="n_jobs must be"):
        list(map_as_done(square, [1], n_jobs=n_jobs))


def test_nothing_is_written_when_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    assert progress([1, 2]) == [1, 2]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_bar_shows_count_and_description_on_a_terminal(monkeypatch: pytest.MonkeyPatch, n_jobs: int) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setattr(bags, "PATIENCE", 0)
    with joblib.parallel_config(backend="threading"):
        map_independent(square, range(7), n_jobs=n_jobs, description="squares")
    assert "squares" in screen.getvalue()
    assert "7/7" in screen.getvalue()


def everything_written(master: int) -> str:
    written = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(master, 10_000):
            written += part
    os.close(master)
    return written.decode()


def test_bar_is_not_blank_on_a_terminal_that_does_not_know_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under `script`, in some containers and in Emacs: zero columns, zero rows."""
    master, slave = pty.openpty()
    with open(slave, "w", encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(bags, "PATIENCE", 0)
        assert list(progress(range(5), description="count")) == [0, 1, 2, 3, 4]
    shown = everything_written(master)
    assert "count" in shown
    assert "5/5" in shown


def test_bar_waits_before_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    assert list(progress(range(5))) == [0, 1, 2, 3, 4]
    assert screen.getvalue().strip() == ""


def test_bar_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal(monkeypatch)
    monkeypatch.setenv("TQDM_DISABLE", "1")
    assert progress([1]) == [1]


def test_n_jobs_1_needs_neither_joblib_nor_tqdm() -> None:
    code = "import rl_landscapes; print(map_independent(abs, [-1, -2]), list(progress([3])))"
    answer = without_extras(code)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split("\n")[0] == "[1, 2] [3]"


def test_n_jobs_2_without_joblib_names_the_extra() -> None:
    answer = without_extras("map_independent(abs, [-1, -2], n_jobs=2)")
    last = answer.stderr.strip().splitlines()[-1]
    assert answer.returncode == 1
    assert last == 'ImportError: n_jobs=2 needs joblib: pip install "rl-landscapes[scale]", or use n_jobs=1'


def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    return screen


def without_extras(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter on a terminal-like stderr that can import neither joblib nor tqdm."""
    block = "import sys; sys.modules.update(joblib=None, tqdm=None); sys.modules['tqdm.auto'] = None"
    load = "from rl_landscapes.parallel import bags, map_independent, progress"
    watch = "bags._watched = lambda: True"
    source = Path(bags.__file__).parents[2]
    script = "; ".join([block, f"sys.path.insert(0, {str(source)!r})", load, watch, code])
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
