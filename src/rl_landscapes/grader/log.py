"""What people have decided about a course: a log that is only added to, and what holds because of it.

Every entry has a number. An entry is undone by another one, which may be undone as well, so that nothing is
ever taken out of the file: what holds are the entries that none of those after them undoes.
"""

import errno
import getpass
import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from rl_landscapes.grader import times
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.roster import folder_of

DROP, EXTEND, WITHDRAW, ROSTER, UNDO = KINDS = ("drop", "extend", "withdraw", "roster", "undo")
Rows = Mapping[str, Mapping[str, str] | None]  # folder -> a row of the roster, None where there is none


@dataclass(frozen=True)
class Entry:
    """A decision: its number in the log, when (UTC) and by whom, what it is, about whom, and why.

    `to` is the new time of an extension, or the digest of a withdrawn attempt. `undoes` is the number of
    another entry. `before` and `after` are the rows of the roster that have changed.
    """

    number: int
    when: str
    who: str
    what: str
    student: str = ""
    assignment: str = ""
    to: str = ""
    undoes: int = 0
    why: str = ""
    before: Rows = field(default_factory=dict)
    after: Rows = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """Return the name of the student's folders."""
        return folder_of(self.student)

    def __str__(self) -> str:
        """Return it as a line of the log."""
        said = {
            DROP: f"drop {self.student}",
            EXTEND: f"extend {self.assignment} {self.student} to {self.to}",
            WITHDRAW: f"withdraw {self.assignment} {self.student} (attempt {self.to[:8]})",
            ROSTER: f"roster: {_changes(self.before, self.after)}",
            UNDO: f"undo {self.undoes}",
        }[self.what]
        return f"{self.number}  {self.when}  {self.who}  {said}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class Decisions:
    """What holds: by folder who was dropped, by assignment and folder extensions and withdrawn attempts."""

    dropped: Mapping[str, Entry]
    extended: Mapping[tuple[str, str], Entry]
    withdrawn: Mapping[tuple[str, str], Sequence[Entry]]

    def lines(self, names: Collection[str] | None = None) -> Iterator[str]:
        """Yield what holds in words, for all assignments or some, with the number of its entry."""
        for folder, entry in sorted(self.dropped.items()):
            yield f"dropped: {folder} ({entry.number})"
        for (name, folder), entry in sorted(self.extended.items()):
            if names is None or name in names:
                yield f"extended: {name}, {folder} until {entry.to} ({entry.number})"
        for (name, folder), entries in sorted(self.withdrawn.items()):
            numbers = ", ".join(str(entry.number) for entry in entries)
            if names is None or name in names:
                yield f"withdrawn: {name}, {folder}, attempts: {len(entries)} ({numbers})"


def read_log(course: Course) -> list[Entry]:
    """Return all entries, in order.

    Raises
    ------
    ValueError
        If a line of the file is no entry; the message names it.
    """
    if not course.log.is_file():
        return []
    lines = course.log.read_bytes().splitlines()
    return [_entry(course, number, line) for number, line in enumerate(lines, 1)]


def write_entry(course: Course, what: str, *, who: str = "", **about: Any) -> Entry:
    """Add an entry to the log, whole or not at all; without `who` it is by the account that runs this.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    course.grading.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with course.log.open("ab", buffering=0) as file:
            _lock(file.fileno())
            entry = new_entry(read_log(course), what, who=who, **about)
            kept = {key: value for key, value in asdict(entry).items() if value not in ("", 0, {})}
            _write_whole(file.fileno(), json.dumps(kept, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(course.log)) from error
    return entry


def new_entry(log: Sequence[Entry], what: str, *, who: str = "", **about: Any) -> Entry:
    """Return the entry that would come next in a log."""
    return Entry(len(log) + 1, times.format_utc(datetime.now(UTC)), who or account(), what, **about)


def holding(log: Sequence[Entry]) -> list[Entry]:
    """Return the entries that none of those after them undoes, in order."""
    undone: set[int] = set()
    found = []
    for entry in reversed(log):
        if entry.number in undone:
            continue
        found.append(entry)
        if entry.what == UNDO:
            undone.add(entry.undoes)
    return found[::-1]


def decided(log: Sequence[Entry]) -> Decisions:
    """Return what holds because of a log."""
    dropped, extended = dict[str, Entry](), dict[tuple[str, str], Entry]()
    withdrawn: dict[tuple[str, str], list[Entry]] = {}
    for entry in holding(log):
        if entry.what == DROP:
            dropped[entry.folder] = entry
        elif entry.what == EXTEND:
            extended[entry.assignment, entry.folder] = entry
        elif entry.what == WITHDRAW:
            withdrawn.setdefault((entry.assignment, entry.folder), []).append(entry)
    return Decisions(dropped, extended, withdrawn)


def account() -> str:
    """Return the name of the account that runs this, its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"account {os.getuid()}"


def people(course: Course, folders: Iterable[str]) -> list[str]:
    """Return the folders of those who have not been dropped, in order."""
    dropped = decided(read_log(course)).dropped
    return sorted(folder for folder in folders if folder not in dropped)


def _entry(course: Course, number: int, line: bytes) -> Entry:
    try:
        found = json.loads(line)
        entry = Entry(**found)
        right = all(isinstance(getattr(entry, f.name), type(f.default)) for f in fields(Entry)[4:9])
        if not (right and entry.number == number and entry.what in KINDS and entry.undoes < number):
            raise ValueError
    except (ValueError, TypeError):
        raise ValueError(
            f"{course.log}, line {number} is no entry of the log: {line[:60].decode(errors='replace')!r}; "
            "put back the file as it was, for nothing here changes a line"
        ) from None
    return entry


def _lock(descriptor: int) -> None:
    """Let nobody else add an entry until the file is closed."""
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _write_whole(descriptor: int, data: bytes) -> None:
    size = os.fstat(descriptor).st_size
    try:
        if os.write(descriptor, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def _changes(before: Rows, after: Rows) -> str:
    parts = {
        "new": [folder for folder in after if not before.get(folder)],
        "gone": [folder for folder in before if not after.get(folder)],
        "changed": [folder for folder in after if after.get(folder) and before.get(folder)],
    }
    said = [
        f"{len(who)} {word} ({', '.join(sorted(who)[:3])}{', ...' * (len(who) > 3)})"
        for word, who in parts.items()
        if who
    ]
    return ", ".join(said)
