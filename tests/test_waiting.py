"""What tests of other processes stand on: Ctrl-C arrives, and no process and no pipe stays behind."""

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import stopped_by_ctrl_c

SLEEPER = """
import signal, sys, time
from pathlib import Path
if sys.argv[2] == "deaf":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
Path(sys.argv[1]).touch()
time.sleep(60)
"""


@pytest.fixture
def ignored() -> Iterator[None]:
    """As in a test run that `nohup pytest &` has started."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignored")
def test_ctrl_c_arrives_where_it_is_ignored_here(tmp_path: Path) -> None:
    began = tmp_path / "began"
    stopped = stopped_by_ctrl_c([sys.executable, "-c", SLEEPER, str(began), "awake"], began.exists)
    assert stopped.returncode == -signal.SIGINT
    assert stopped.stderr.endswith("KeyboardInterrupt\n")
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_a_process_that_is_not_stopped_is_ended_and_its_pipes_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, communicate = tmp_path / "began", subprocess.Popen.communicate
    monkeypatch.setattr(
        subprocess.Popen, "communicate", lambda process, timeout: communicate(process, timeout=0.2)
    )
    begin = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        stopped_by_ctrl_c([sys.executable, "-c", SLEEPER, str(began), "deaf"], began.exists)
    assert time.monotonic() - begin < 50
    gc.collect()  # what is left open warns here, and warnings are errors
