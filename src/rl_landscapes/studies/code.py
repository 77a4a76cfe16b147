"""A fingerprint of the code, so that a stored piece is never taken for one that new code would give."""

import hashlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from rl_landscapes import version

PACKAGE = Path(version.__file__).parent
WITHOUT_NUMBERS = (  # nothing that `compute` rests on
    "plots/",
    "course/",
    "grader/",
    "cli/",
    "parallel/cluster.py",
    "__main__.py",
    "studies/__main__.py",
    "studies/ledger/",
)


def fingerprint(function: Callable[..., Any], *, without: Callable[..., Any]) -> str:
    """Return a hash of the library and of the study that `function` is of, less the source of `without`.

    A study is the file of `function`, or the folder of that file if its `__init__.py` defines `STUDY`.
    """
    own = _source(function).replace(inspect.getsource(without), "")
    return hashlib.sha256(own.encode() + library_digest()).hexdigest()


def _source(function: Callable[..., Any]) -> str:
    folder = Path(inspect.getfile(function)).parent
    if not _defines_study(folder / "__init__.py"):
        return "".join(inspect.findsource(function)[0])
    paths = sorted(folder.glob("*.py"))
    return "".join(f"{path.name}\0{path.read_text('utf8')}\0" for path in paths)


@cache
def library_digest() -> bytes:
    """Return a hash of the library's files, read once per process; studies do not rest on one another."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith(WITHOUT_NUMBERS) and not _belongs_to_a_study(path):
            digest.update(place.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


def _belongs_to_a_study(path: Path) -> bool:
    inside = path.is_relative_to(PACKAGE / "studies")
    return inside and (_defines_study(path) or _defines_study(path.parent / "__init__.py"))


def _defines_study(path: Path) -> bool:
    return path.is_file() and re.search(rb"^STUDY\b", path.read_bytes(), re.MULTILINE) is not None
