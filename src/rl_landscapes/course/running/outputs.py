"""Leaving out what a notebook has saved of its outputs: they may be of any size, and nobody grades them."""

import codecs
import re
from collections.abc import Iterable, Iterator

import numpy as np

ESCAPED = re.compile(rb"\\.", re.DOTALL)
LEFT_OUT = re.compile(rb'"(?:(outputs)"\s{0,99}:\s{0,99}\[|widgets"\s{0,99}:\s{0,99}\{)')
BEGUN = re.compile(rb'"[a-z]{0,7}"?\s{0,99}:?\s{0,99}\Z')  # perhaps the first part of such a beginning
LONGEST = 250  # bytes that it has at most
OUTPUTS, WIDGETS = 3, 2  # how deep they stand: in a cell, and in the metadata of all
DEEPER = np.zeros(256, np.int8)
DEEPER[list(b"[{")], DEEPER[list(b"]}")] = 1, -1
QUOTE = ord('"')


def without_outputs(chunks: Iterable[bytes], encoding: str = "utf-8") -> Iterator[bytes]:
    """Yield the JSON of a notebook, in UTF-8, with empty outputs, in memory that does not grow with them.

    Raises
    ------
    UnicodeDecodeError
        If the bytes are not in the `encoding`; UTF-8 is not looked at.
    """
    if encoding != "utf-8":
        chunks = (text.encode() for text in codecs.iterdecode(chunks, encoding))
    depth, in_text, left_out, rest = 0, 0, 0, b""
    for chunk in chunks:
        data = rest + chunk
        begun = BEGUN.search(data, max(0, len(data) - LONGEST))
        plain = ESCAPED.sub(b"__", data[: begun.start()] if begun else data)
        plain = plain[:-1] if plain.endswith(b"\\") else plain
        data, rest = data[: len(plain)], data[len(plain) :]
        signs = np.frombuffer(plain, np.uint8)
        texts = (in_text + np.cumsum(signs == QUOTE)) % 2  # 1 from the quote on that begins a text
        depths = depth + np.cumsum(np.where(texts, 0, DEEPER[signs]))
        kept = _end(depths, 0, left_out) if left_out else 0
        for begins in LEFT_OUT.finditer(plain):
            place, level = begins.start(), OUTPUTS if begins[1] else WIDGETS
            if place >= kept and texts[place] and depths[place] == level:
                yield data[kept : begins.end()]
                kept, left_out = _end(depths, begins.end(), level), level
        left_out = left_out if kept == len(data) else 0
        yield data[kept:]
        if len(data):
            depth, in_text = int(depths[-1]), int(texts[-1])
    yield b"" if left_out else rest


def _end(depths: "np.ndarray[tuple[int], np.dtype[np.int64]]", begin: int, level: int) -> int:
    """Return where it is as deep as `level` again, the length if nowhere."""
    step = 1_000
    while begin < len(depths):
        ends = np.flatnonzero(depths[begin : begin + step] == level)
        if len(ends):
            return begin + int(ends[0])
        begin, step = begin + step, 2 * step
    return len(depths)
