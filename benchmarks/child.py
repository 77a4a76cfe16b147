"""Run a measurement in a process of its own: its peak memory is its own, so is its end if memory is short.

`python -m benchmarks.child benchmarks.scale 1000 ours` calls `once` of that module and prints its answer.
"""

import importlib
import json
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

PATIENCE = 1200  # seconds
UNIT = 2**30 if sys.platform == "darwin" else 2**20  # of ru_maxrss in a GiB


class Failed(Exception):
    """The child process gave no answer."""


def in_child(
    module: str, *arguments: int | str, patience: float = PATIENCE, attempts: int = 1
) -> dict[str, Any]:
    """Return what `once(*arguments)` of `module` returns in a fresh process, and its `peak` memory in GiB.

    A process that has no answer after `patience` seconds is stopped, and another tries, `attempts` in all.

    Raises
    ------
    Failed
        If the process was killed, took too long or ended with an error.
    """
    command = [sys.executable, "-m", "benchmarks.child", module, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        if attempts > 1:
            return in_child(module, *arguments, patience=patience, attempts=attempts - 1)
        raise Failed(f"stopped after {patience:g} s") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"ended with code {done.returncode}"]
        raise Failed(last[0])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak() -> float:
    """Return the most memory this process has held since `forget_peak`, in GiB.

    Linux counts what the parent held towards a child's ru_maxrss, but not towards its VmHWM.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    marks = [int(line.split()[1]) / 2**20 for line in lines if line.startswith("VmHWM:")]
    return marks[0] if marks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNIT


def forget_peak() -> None:
    """Start anew at what is held now, where the system allows it: loading packages has peaks of its own."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    """Call `once` as the command line says; whole numbers are numbers."""
    module, *words = sys.argv[1:]
    once = importlib.import_module(module).once
    forget_peak()
    answer = once(*(int(word) if word.isdigit() else word for word in words))
    print(json.dumps({**answer, "peak": peak()}))


if __name__ == "__main__":
    from benchmarks.threads import use_one_thread

    use_one_thread()
    main()
