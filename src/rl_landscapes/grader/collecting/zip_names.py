"""The names of files in a zip, which says of few of them how they are written."""

import unicodedata
import zipfile
from collections.abc import Iterator

UTF_8 = 0x800  # flag of a name that says that it is in UTF-8
UNICODE_PATH = 0x7075  # extra field with the name in UTF-8, behind a version and a checksum
GUESSES = ("cp437", "cp1252")  # what the format says, and what Windows has written


def name_of(member: zipfile.ZipInfo) -> str:
    """Return the name of a file in a zip: in UTF-8 if it can be, as macOS writes it without saying so.

    Otherwise it is read in the first of two old encodings in which all its letters are Latin, or else as the
    format has it, in code page 437.
    """
    if member.flag_bits & UTF_8:
        return member.filename
    if path := _unicode_path(member.extra):
        return path
    try:
        raw = member.orig_filename.encode("cp437").partition(b"\0")[0]
    except UnicodeEncodeError:
        return member.filename
    return next(_readings(raw), member.filename)


def _readings(raw: bytes) -> Iterator[str]:
    for encoding in ("utf-8", *GUESSES):
        try:
            name = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(char.isascii() or _is_latin(char) for char in name):
            yield name


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN")


def _unicode_path(extra: bytes) -> str:
    """Return the name in the extra field for it, "" without."""
    while len(extra) >= 4:
        kind, size = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if kind == UNICODE_PATH and size > 5:
            try:
                return extra[9 : 4 + size].decode()
            except UnicodeDecodeError:
                return ""
        extra = extra[4 + size :]
    return ""
