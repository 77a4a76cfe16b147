"""A fingerprint of the code, so that a stored piece is never taken for one that new code would give."""

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import rl_landscapes

PACKAGE = Path(rl_landscapes.__file__).parent
WITHOUT_NUMBERS = (  # nothing that `compute` rests on
    "plots/",
    "course/",
    "cli/",
    "cluster.py",
    "__main__.py",
    "studies/__main__.py",
    "studies/ledger/",
)


def fingerprint(function: Callable[..., Any], *, without: Callable[..., Any]) -> str:
    """Return a hash of the library and of the file of `function`, less the source of `without`."""
    own = "".join(inspect.findsource(function)[0]).replace(inspect.getsource(without), "")
    return hashlib.sha256(own.encode() + library_digest()).hexdigest()


@cache
def library_digest() -> bytes:
    """Return a hash of the library's files, read once per process; studies do not rest on one another."""
    digest = hashlib.sha256()
    for name, content in _files():
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.digest()


def _files() -> Iterator[tuple[str, bytes]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        place, content = path.relative_to(PACKAGE), path.read_bytes()
        is_study = place.parts[0] == "studies" and re.search(rb"^STUDY\b", content, re.MULTILINE)
        if not place.as_posix().startswith(WITHOUT_NUMBERS) and not is_study:
            yield place.as_posix(), content
