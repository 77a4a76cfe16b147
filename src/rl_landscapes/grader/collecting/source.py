"""What was downloaded, before it is known whose it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import takewhile

from rl_landscapes.course.assignment import assignments
from rl_landscapes.grader.collecting.unpack import File, Refuse
from rl_landscapes.grader.roster import Roster, Sender

KNOWN, CHANGED, UNKNOWN = "the platform", "the file's own time", "unknown"
METADATA = "submission_metadata.yml"
STAMP = "timestamp.txt"


@dataclass(frozen=True)
class HandedFile:
    """A file, who handed it in, and when.

    `time_from` says where the time is from; a file's own time is no more than a sign. `order` is what a
    platform numbers files by where it tells no time. `late` is its own mark, None if it makes none.
    """

    file: File
    sender: Sender
    when: datetime | None
    time_from: str
    order: int = 0
    late: bool | None = None


@dataclass(frozen=True)
class Source:
    """Files of an assignment, and what helps to tell whose they are: `zone` is that of times without one."""

    files: Sequence[File]
    assignment: str
    roster: Roster
    zone: tzinfo | None
    refuse: Refuse
    known: Sequence[str] = field(default_factory=assignments)  # the names of all assignments

    @property
    def work(self) -> list[File]:
        """Return the files that are not there to say something of others."""
        return [file for file in self.files if file.name not in (METADATA, STAMP)]

    def mostly(self, holds: Callable[[File], bool]) -> bool:
        """Say whether something holds of most of what lies side by side, in which a student has one vote.

        So nobody decides by many files, or by what is in a zip.
        """
        votes: dict[str, bool] = {}
        for file, entry in entries(self.work):
            votes[entry] = votes.get(entry, False) or holds(file)
        return 2 * sum(votes.values()) > len(votes)


def entries(files: Sequence[File]) -> list[tuple[File, str]]:
    """Return files with the name, below the folders that all share, under which each lies."""
    units = [outside(file.parts) for file in files]
    common = shared(units)
    return [(file, unit[min(common, len(unit) - 1)]) for file, unit in zip(files, units, strict=True)]


def outside(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without what is inside of a zip."""
    zipped = next((place for place, part in enumerate(parts) if part.lower().endswith(".zip")), len(parts))
    return (*parts[: zipped + 1], "") if zipped < len(parts) - 1 else parts


def shared(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many outer folders all paths share."""
    pairs = zip(min(paths), max(paths), strict=False) if len(set(paths)) > 1 else ()
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
