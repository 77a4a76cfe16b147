"""Grading a class, from a zip to a CSV: against the limits, and against nbgrader with its own kernel."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any

import psutil

from benchmarks.child import Failed, in_child
from benchmarks.row import Row

ROOT = Path(__file__).parents[1]
NAME = "01-returns-and-entropy"
SLIPS = (
    (),
    (("np.exp(log_pi) * log_pi", "np.exp(log_pi) * log_pi / np.log(2)"),),
    (("keepdims=True)\n    return shifted", "keepdims=False)\n    return shifted"),),
)  # edits of the solution: nothing, logarithms to base 2, an axis lost
CONFIG = """
c = get_config()
c.CourseDirectory.source_directory = "source"
c.ExecutePreprocessor.timeout = 30
"""
STOCK = 20  # submissions that nbgrader grades: its time per submission does not depend on their number
EACH_S, EACH_OF_MANY_S = 0.040, 0.042  # seconds of a submission, from a zip to a CSV, with two processes
LARGEST_PEAK = 2.0  # GiB


def rows(n: int = 1_000, many: int = 10_000, jobs: int = 2, stock: int = STOCK) -> Iterator[Row]:
    """Grade a class and a large class with all our steps; nbgrader grades some of the first."""
    small = _ours(n, jobs)
    what, limit = f"{n:,} submissions, {jobs} processes", EACH_S * n
    yield Row(f"{what}: collect to CSV", "s", small["total"], limit, "the limit", 1.0, small["note"])
    each = in_child("benchmarks.course", stock, "nbgrader")["each"]
    peer = f"nbgrader autograde, {stock} of them, scaled"
    yield Row(f"{what}: grade", "s", small["grade"], n * each, peer, 15.0)
    if many:
        large = _ours(many, jobs)
        what, limit = f"{many:,} submissions, {jobs} processes", EACH_OF_MANY_S * many
        yield Row(f"{what}: collect to CSV", "s", large["total"], limit, "the limit", 1.0, large["note"])
        yield Row(f"{what}: memory", "GiB", large["memory"], LARGEST_PEAK, "the limit", 1.0)


def once(n: int, who: str) -> dict[str, Any]:
    """Measure in this process: nbgrader's own autograder on `n` submissions, one process, seconds each."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _stock_course(root, n)
        _run(root, "generate_assignment", NAME, "--force")
        first = _seconds(root, "autograde", NAME, "--student=s00000")  # what it takes to start, and one
        rest = _seconds(root, "autograde", NAME, "--force")
        if not list(root.glob(f"autograded/*/{NAME}/*.ipynb")):
            raise Failed(f"{who} graded nothing")
        return {"each": (rest - first) / (n - 1)}


def _ours(n: int, jobs: int) -> dict[str, Any]:
    """Run the commands that an instructor runs; seconds of each, and the memory of all their processes."""
    with tempfile.TemporaryDirectory() as folder:
        root, download = Path(folder) / "course", Path(folder) / "submissions.zip"
        root.mkdir()
        for name in ("solutions", "exercises"):
            shutil.copytree(ROOT / name, root / name)
        with zipfile.ZipFile(download, "w") as archive:
            for student, text in submissions(n):
                archive.writestr(f"{student}/{NAME}.ipynb", text)
        steps = {
            "collect": ["collect", NAME, str(download)],
            "grade": ["grade", NAME, "--jobs", str(jobs)],
            "export": ["export", NAME, "--out", str(root / "grades.csv")],
        }
        around = f"load {os.getloadavg()[0]:.1f} before, files on {_file_system(root)}"
        with _Memory() as memory:
            took = {step: _timed(root, words) for step, words in steps.items()}
        _demand(root / "grades.csv", n)
        note = ", ".join([*(f"{step} {seconds:.3g} s" for step, seconds in took.items()), around])
        return {"total": sum(took.values()), "grade": took["grade"], "note": note, "memory": memory.peak}


def submissions(n: int) -> Iterator[tuple[str, str]]:
    """Yield names and notebooks of students: the solution, with slips."""
    from rl_landscapes.course.assignment import assignment
    from rl_landscapes.grader.authoring.source import source_notebook
    from rl_landscapes.grader.folders import Course

    course = Course(ROOT)
    solved = source_notebook(course.source(NAME), assignment(NAME))
    answers = {cell.id: cell.source for cell in solved.cells}
    text = course.release(NAME).read_text()
    for number in range(n):
        book = json.loads(text)
        for cell in book["cells"]:
            ours = cell["metadata"].get("nbgrader", {})
            if ours.get("solution"):
                cell["source"] = _slipped(answers[cell["id"]], SLIPS[number % len(SLIPS)])
        yield f"s{number:05}", json.dumps(book)


def _slipped(source: str, slip: tuple[tuple[str, str], ...]) -> str:
    for old, new in slip:
        source = source.replace(old, new)
    return source


def _demand(path: Path, n: int) -> None:
    lines = path.read_text().splitlines()
    if len(lines) != n + 1 or sum("graded" in line for line in lines) < n:
        raise Failed(f"{path.name} has {len(lines)} lines, not {n + 1}, or not all are graded")


def _stock_course(root: Path, n: int) -> None:
    from rl_landscapes.course.assignment import assignment
    from rl_landscapes.grader.authoring.build import notebook_text
    from rl_landscapes.grader.authoring.source import source_notebook
    from rl_landscapes.grader.folders import Course

    (root / "nbgrader_config.py").write_text(CONFIG)
    solved = source_notebook(Course(ROOT).source(NAME), assignment(NAME))
    (root / "source" / NAME).mkdir(parents=True)
    (root / "source" / NAME / f"{NAME}.ipynb").write_text(notebook_text(solved))
    for student, text in submissions(n):
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(text)


def _seconds(root: Path, *words: str) -> float:
    start = perf_counter()
    _run(root, *words)
    return perf_counter() - start


def _run(root: Path, *words: str) -> None:
    bins = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": bins, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(["nbgrader", *words], cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"nbgrader {words[0]}: {done.stderr.strip().splitlines()[-1:]}")


def _timed(root: Path, words: list[str]) -> float:
    command = [sys.executable, "-m", "rl_landscapes", "course", "--course", str(root), *words]
    start = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{words[0]}: {done.stderr.strip()[-300:]}")
    return perf_counter() - start


def _file_system(folder: Path) -> str:
    """Return the kind of file system; each submission is waited for until it is on the disk, if it is one."""
    mounted = {part.mountpoint: part.fstype for part in psutil.disk_partitions(all=True)}
    return next(mounted[str(place)] for place in (folder, *folder.parents) if str(place) in mounted)


class _Memory:
    """The most memory that our children held together, sampled every second; what they share counts twice."""

    def __init__(self) -> None:
        self.peak, self.stop = 0.0, Event()
        self.thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Memory":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.stop.wait(1.0):
            held = sum(map(_held, psutil.Process().children(recursive=True)))
            self.peak = max(self.peak, held / 2**30)


def _held(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
