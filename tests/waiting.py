"""Waiting for what another process does, and stopping one in the middle."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence


def wait_for(happened: Callable[[], object], seconds: float = 60) -> None:
    """Return when it has happened; fail if it has not in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"nothing happened within {seconds} seconds"
        time.sleep(0.02)


def stopped_by_ctrl_c(
    command: Sequence[str], when: Callable[[], object], env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Start a command and press Ctrl-C `when` it is time, as a terminal does: for all its processes.

    It heeds Ctrl-C also if this process ignores it (`nohup pytest &`): a signal that is handled here is back
    at its default there. Nothing of it is left behind, however this ends.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            command,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        try:
            wait_for(lambda: when() or process.poll() is not None)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode, out, err)
