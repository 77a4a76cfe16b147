"""The files in a folder or a zip, read one by one in memory: nothing is ever unpacked onto the disk."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Any

from rl_landscapes.course.running.notebook import SIZE_LIMIT, Unreadable, read_file
from rl_landscapes.grader.collecting.zip_names import name_of

SKIPPED = ("__MACOSX", ".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini")
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, EOFError, UnicodeError)
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # other ways unpack without a bound on what they take
ENTRY = b"PK\1\2"  # begins what a zip says of a file
LONGEST = 1_000  # characters of a path
MENTIONED = 10  # files of one student's zip whose refusal is reported


@dataclass(frozen=True)
class Bounds:
    """What a source may hold: a zip can be small and still fill any disk."""

    files: int = 200_000
    file: int = SIZE_LIMIT  # bytes of one file, of a notebook without its saved outputs
    zip: int = 512 << 20  # bytes of a zip that a student handed in
    notebook: int = 512 << 20  # bytes of a notebook with its outputs, which are passed over
    total: int = 64 << 30  # bytes of all files that are read
    ratio: int = 500  # of unpacked to packed bytes, for other files over a mebibyte


INNER = Bounds(files=1_000, total=1 << 30)  # for a zip that one student handed in


class Refused(ValueError):
    """A file that is not read; the message says why."""


@dataclass(frozen=True)
class File:
    """A file that came: the parts of its path, when it was changed (None if unknown), how to read it."""

    parts: tuple[str, ...]
    changed: datetime | None
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        """Return the whole path within the source."""
        return "/".join(self.parts)

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return self.parts[-1]


Refuse = Callable[[str, str], None]  # takes the path of a file and why it is not read
Unzip = Callable[[], zipfile.ZipFile]


def files(source: Path, refuse: Refuse, bounds: Bounds = Bounds(), *, zone: tzinfo = UTC) -> list[File]:
    """Return the files of a folder or a zip by their paths; a zip in it is opened too, one within that not.

    Links, devices, absolute paths, paths that lead outside and encrypted files are refused, one by one, and
    so is a file that turns out too large when it is read. `zone` is that of the times in a zip, which names
    none.

    Raises
    ------
    FileNotFoundError
        If there is no such folder or file.
    ValueError
        If it is no zip, or holds more than `bounds` allow.
    """
    budget = _Budget(bounds)
    if source.is_dir():
        found = list(_in_folder(source, (), refuse, budget))
    else:
        found = list(_in_zip(lambda: _opened(source), (), refuse, budget, zone))
    unzip = lru_cache(maxsize=1)(_unzipped)  # the files of one zip are read one after the other
    opened: list[File] = []
    for file in found:
        opened += _inner(file, refuse, zone, unzip) if is_zip(file.name) else [file]
    return sorted(opened, key=lambda file: file.parts)


class _TooMuch(ValueError):
    pass


class _Budget:
    """Counts what has been seen and read of a source."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds, self.files, self.bytes = bounds, 0, 0

    def one_more(self) -> None:
        self.files += 1
        if self.files > self.bounds.files:
            raise _TooMuch(f"it holds more than {self.bounds.files:,} files")

    def take(self, name: str, stream: IO[bytes], packed: int | None) -> bytes:
        """Read a whole file, whatever size it said it had; of a large notebook all but its outputs."""
        if is_notebook(name):
            try:
                return read_file(io.BufferedReader(_Counted(self, stream, self.bounds.notebook)))
            except Unreadable as error:
                raise Refused(str(error)) from None
        most = self.bounds.zip if is_zip(name) else self.bounds.file
        if packed is not None:
            most = min(most, max(1 << 20, packed * self.bounds.ratio))
        return _Counted(self, stream, most, " when unpacked" * (packed is not None)).readall()


class _Counted(io.RawIOBase):
    """A stream of which no more than `most` bytes are read, and what is read is counted."""

    def __init__(self, budget: _Budget, stream: IO[bytes], most: int, when: str = "") -> None:
        self.budget, self.stream, self.most, self.left, self.when = budget, stream, most, most, when

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes; raise if there are too many."""
        data = self.stream.read(len(buffer))
        buffer[: len(data)] = data
        self.left -= len(data)
        self.budget.bytes += len(data)
        if self.left < 0:
            raise Refused(f"it has more than {self.most:,} bytes{self.when}")
        if self.budget.bytes > self.budget.bounds.total:
            raise _TooMuch(f"it holds more than {self.budget.bounds.total:,} bytes")
        return len(data)


def _in_folder(folder: Path, above: tuple[str, ...], refuse: Refuse, budget: _Budget) -> Iterator[File]:
    for entry in sorted(folder.iterdir()):
        parts, mode = (*above, entry.name), entry.lstat().st_mode
        if _is_left_behind(parts):
            continue
        budget.one_more()
        if reason := _why_not(parts, mode):
            refuse("/".join(parts), reason)
        elif stat.S_ISDIR(mode):
            yield from _in_folder(entry, parts, refuse, budget)
        else:
            yield File(parts, _moment(entry.stat().st_mtime), _reader(entry, budget))


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None  # a time that no calendar holds


def _reader(path: Path, budget: _Budget) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as stream:
                return budget.take(path.name, stream, None)
        except OSError as error:
            raise Refused(f"it cannot be opened: {error.strerror}") from None

    return read


def _opened(source: Path | IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except DAMAGED as error:
        raise ValueError(
            f"{source if isinstance(source, Path) else 'it'} is no folder and no zip: {error}"
        ) from None


def _in_zip(
    unzip: Unzip, above: tuple[str, ...], refuse: Refuse, budget: _Budget, zone: tzinfo
) -> Iterator[File]:
    archive, seen = unzip(), set()
    for member in archive.infolist():
        budget.one_more()
        name = name_of(member)
        own = PurePosixPath(name.replace("\\", "/")).parts
        if name.endswith("/") or _is_left_behind(own):
            continue
        reason = _why_not(own, member.external_attr >> 16)
        if member.flag_bits & 1:
            reason = "it is encrypted"
        if member.compress_type not in PACKED:
            reason = "it is packed in an unusual way: zip it again with an ordinary program"
        if reason or own in seen:
            refuse("/".join((*above, name)), reason or "it is there twice")
            continue
        seen.add(own)
        yield File(
            (*above, *own), _changed(member, zone), _unzipper(unzip if above else archive, member, budget)
        )


def _unzipper(
    archive: zipfile.ZipFile | Unzip, member: zipfile.ZipInfo, budget: _Budget
) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            opened = archive if isinstance(archive, zipfile.ZipFile) else archive()
            with opened.open(member) as stream:
                return budget.take(name_of(member), stream, member.compress_size)
        except (Refused, _TooMuch):
            raise
        except (*DAMAGED, ValueError, OSError) as error:
            raise Refused(f"it is damaged in the zip: {error}") from None

    return read


def _unzipped(file: File) -> zipfile.ZipFile:
    data = file.read()
    if data.count(ENTRY) > 2 * INNER.files:
        raise _TooMuch(f"it holds more than {INNER.files:,} files")
    return _opened(io.BytesIO(data))


def _inner(file: File, refuse: Refuse, zone: tzinfo, unzip: Callable[[File], zipfile.ZipFile]) -> list[File]:
    """Return the files of a zip that somebody handed in; only the one that is read is kept in memory.

    What its author says of when a file was changed does not count where it is known when the zip came.
    """
    budget, refused = _Budget(INNER), list[tuple[str, str]]()
    try:
        found = list(
            _in_zip(lambda: unzip(file), file.parts, lambda *said: refused.append(said), budget, zone)
        )
    except ValueError as error:
        refuse(file.path, str(error))
        return []
    refused += [(inner.path, "it is a zip within a zip") for inner in found if is_zip(inner.name)]
    for path, reason in refused[:MENTIONED]:
        refuse(path, reason)
    if len(refused) > MENTIONED:
        refuse(file.path, f"it holds {len(refused) - MENTIONED} more such files")
    return [_bounded(inner, file.changed or inner.changed) for inner in found if not is_zip(inner.name)]


def is_zip(name: str) -> bool:
    """Say whether a file is called a zip."""
    return name.lower().endswith(".zip")


def is_notebook(name: str) -> bool:
    """Say whether a file is called a notebook."""
    return name.lower().endswith(".ipynb")


def _bounded(file: File, changed: datetime | None) -> File:
    def read() -> bytes:
        try:
            return file.read()
        except _TooMuch as error:
            raise Refused(str(error)) from None

    return File(file.parts, changed, read)


def _why_not(parts: tuple[str, ...], mode: int) -> str:
    """Return why a file is not read, "" if it is."""
    if not parts or parts[0].startswith("/") or ":" in parts[0][:2] or ".." in parts:
        return "its path leads outside"
    if len("/".join(parts)) > LONGEST:
        return "its path is too long"
    if not all(part.isprintable() for part in parts):
        return "its name is not printable"
    if stat.S_IFMT(mode) == stat.S_IFLNK:
        return "it is a link"
    return "" if stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR) else "it is no file: a pipe or a device"


def _is_left_behind(parts: tuple[str, ...]) -> bool:
    """Say whether a path is what a system leaves behind, and nobody's work."""
    return any(part in SKIPPED or part.startswith("._") for part in parts)


def _changed(member: zipfile.ZipInfo, zone: tzinfo) -> datetime | None:
    try:
        return datetime(*member.date_time, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
