"""Code as a sequence of kinds, in which other names, comments and spacing make no difference."""

import keyword
import re
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import IntArray

Words = npt.NDArray[np.uint64]
GRAM, WINDOW = 12, 6  # tokens in a piece; pieces of which one at least is kept
LENGTH = 60_000  # characters of a cell that are looked at
TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<space>[ \t\f\r]+ | \\\n)
  | (?P<line>\n)
  | (?P<string>(?:\b[rbfuRBFU]{1,2})?(?:\"{3}(?:[^\\]|\\.)*?(?:\"{3}|\\?\Z)
      | '{3}(?:[^\\]|\\.)*?(?:'{3}|\\?\Z)
      | "(?:[^"\\\n]|\\.)*(?:"|\n|\\?\Z) | '(?:[^'\\\n]|\\.)*(?:'|\n|\\?\Z)))
  | (?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)? | \.\d\w*)
  | (?P<attribute>\.\s*[^\W\d]\w*)
  | (?P<name>[^\W\d]\w*)
  | (?P<sign>\*\*|//|[-+*/%@&|^=!<>]=|->|:=|<<|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Prints(NamedTuple):
    """The pieces of a program that are kept: their hashes, and the first and last line of each."""

    hashes: IntArray  # (n,)
    first: IntArray  # (n,)
    last: IntArray  # (n,)


def kinds(source: str) -> Iterator[tuple[str, int]]:
    """Yield the tokens of a cell with their lines; names become "n", numbers "0", strings "s".

    Keywords and what follows a dot stay as they are. A string that is a statement of its own, such as a
    docstring, is left out, and so are lines that only IPython understands.
    """
    tokens = list(_lexed(source[:LENGTH]))
    for place, (kind, line) in enumerate(tokens):
        ends = place + 1 == len(tokens) or tokens[place + 1][0] == "\n"
        begins = place == 0 or tokens[place - 1][0] == "\n"
        if kind != "\n" and not (kind == "s" and begins and ends):
            yield kind, line


def prints(source: str) -> Prints:
    """Return the pieces by which a program is known: of every few, that with the smallest hash.

    Every run of GRAM + WINDOW - 1 tokens that two programs share shows in what is kept of both. Schleimer,
    Wilkerson and Aiken (2003), "Winnowing: local algorithms for document fingerprinting".
    """
    tokens = list(kinds(source))
    if len(tokens) < GRAM:
        nothing = np.zeros(0, dtype=np.int64)
        return Prints(nothing, nothing, nothing)
    words = np.array([crc32(kind.encode()) for kind, _ in tokens], dtype=np.uint64)
    lines = np.array([line for _, line in tokens])
    hashes = _hashed(words)
    kept = _winnowed(hashes)
    return Prints(hashes[kept].astype(np.int64), lines[kept], lines[kept + GRAM - 1])


def _hashed(words: Words) -> Words:
    """Return a hash of every run of GRAM words."""
    count = len(words) - GRAM + 1
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(GRAM):
        total = (total ^ words[offset : offset + count]) * np.uint64(0x9E3779B97F4A7C15)
        total ^= total >> np.uint64(29)
    return total >> np.uint64(1)


def _winnowed(hashes: Words) -> IntArray:
    """Return the places of the last smallest hash of every WINDOW in a row."""
    width = min(WINDOW, len(hashes))
    windows = np.lib.stride_tricks.sliding_window_view(hashes, width)
    last = width - 1 - windows[:, ::-1].argmin(axis=1)
    return np.unique(np.arange(len(windows)) + last)


def _lexed(source: str) -> Iterator[tuple[str, int]]:
    line = 1
    for found in TOKEN.finditer(source):
        kind, text = found.lastgroup, found.group()
        if kind == "line":
            yield "\n", line
        elif kind == "name":
            yield (text if keyword.iskeyword(text) else "n"), line
        elif kind == "attribute":
            yield "".join(text.split()), line
        elif kind in ("string", "number"):
            yield ("s" if kind == "string" else "0"), line
        elif kind == "sign":
            yield text, line
        line += text.count("\n")
