"""Processes that work side by side end with the command, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import os, sys, time
from pathlib import Path
from rl_landscapes.parallel import map_independent
from rl_landscapes.parallel.processes import processes

def work(name):
    Path(name).write_text(str(os.getpid()))
    time.sleep(60)

with processes(2):
    map_independent(work, ["one", "two"], n_jobs=2)
"""


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_end_when_the_command_is_killed(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
    )
    files, deadline = [tmp_path / "one", tmp_path / "two"], time.monotonic() + 60
    while not all(path.is_file() and path.read_text() for path in files) and time.monotonic() < deadline:
        time.sleep(0.05)
    pids = [int(path.read_text()) for path in files]
    assert all(map(is_alive, pids))
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    deadline = time.monotonic() + 15
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_alive, pids))
