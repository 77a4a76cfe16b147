"""Time the book's build: cold, with nothing kept, and warm."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.row import Row
from benchmarks.timing import timed

ROOT = Path(__file__).parents[1]


def rows() -> Iterator[Row]:
    """Build twice; what was built before is removed first."""
    shutil.rmtree(ROOT / "_build", ignore_errors=True)
    for name, limit in (("cold", 300.0), ("warm", 15.0)):
        yield Row(f"the book, {name} build", "s", timed(_build), limit, "the limit", 1.0)


def _build() -> None:
    subprocess.run([sys.executable, "book/build.py"], cwd=ROOT, check=True, capture_output=True)
