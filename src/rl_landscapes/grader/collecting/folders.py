"""A file or folder per student: at which depth, the roster says, or else how the files lie."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import takewhile

from rl_landscapes.grader.collecting.source import (
    CHANGED,
    KNOWN,
    STAMP,
    UNKNOWN,
    HandedFile,
    Source,
    entries,
    outside,
)
from rl_landscapes.grader.collecting.unpack import File, Refused
from rl_landscapes.grader.roster import Sender, Unknown
from rl_landscapes.grader.times import parse_time

COPY = re.compile(r" ?\(\d{1,3}\)$")  # what browsers add to the name of a second download
ENDING = re.compile(r"\.(ipynb|zip)$", re.IGNORECASE)
REPOSITORIES = "-submissions"  # ends the folder that GitHub Classroom clones a class into


def handed(source: Source) -> Iterator[HandedFile]:
    """Give what lies in a folder to the one it is named after, and a file that lies alone likewise.

    nbgrader's folders are such, with one per assignment in each, and so are clones of repositories.
    """
    names = _Names(source)
    depth, others = _depth(source, names), set(source.known) - {source.assignment}
    stamps = {
        file.parts[:-1]: _stamp(source, file)
        for file in source.files
        if file.name == STAMP
        and file.parts[depth + 1 : -1] in ((), (source.assignment,))
        and not _is_zipped(file.parts)  # in a zip a student can write any time
    }
    for file in source.work:
        if len(file.parts) <= depth:
            source.refuse(file.path, "it lies outside of the students' folders")
        elif others.isdisjoint((*file.parts[:depth], *file.parts[depth + 1 : -1])):
            sender = names.sender(file.parts, depth)
            if sender is None:
                source.refuse(file.path, "its name does not say whose it is")
                continue
            folder = file.parts[:-1]
            when = stamps.get(folder, file.changed)
            told = KNOWN if folder in stamps else CHANGED
            yield HandedFile(file, sender, when, told if when else UNKNOWN)


class _Names:
    """Whom the names of files and folders mean, by how deep they lie."""

    def __init__(self, source: Source) -> None:
        self.source, self.known = source, dict[tuple[str, int, bool], bool]()
        self.at: dict[int, set[str]] = {}
        self.shared: dict[int, tuple[str, str]] = {}
        for file in source.work:
            for depth, part in enumerate(outside(file.parts)):
                self.at.setdefault(depth, set()).add(part)

    def sender(self, parts: tuple[str, ...], depth: int) -> Sender | None:
        """Return whom a path means by its part at a depth, None if that is the name of an assignment.

        A number in brackets makes no other name of it if the roster has no such name, or, without a roster,
        if a file without it lies there too.
        """
        name = ENDING.sub("", parts[depth])
        bare = COPY.sub("", name)
        if {name, bare} & set(self.source.known):
            return None
        if self.source.roster.people:
            return self._of_roster(parts[depth], depth, within=True)
        is_file = len(parts) == depth + 1 or ENDING.search(parts[depth]) is not None
        second = is_file and bool({f"{bare}.ipynb", f"{bare}.zip"} & self.at[depth])
        above = parts[depth - 1] if depth else ""
        slugs = (above.removesuffix(REPOSITORIES), self.source.assignment)
        student = bare if second else name
        for slug in filter(None, slugs):
            student = student.removeprefix(f"{slug}-")
        student = student.partition(f"+{self.source.assignment}+")[0]
        return Sender((student,), names=(student,))

    def means_somebody(self, part: str, depth: int, *, within: bool) -> bool:
        """Say whether somebody, or one of several people, is meant by a part of a path."""
        if (part, depth, within) not in self.known:
            try:
                self.source.roster.person(self._of_roster(part, depth, within=within))
                found = COPY.sub("", ENDING.sub("", part)) not in self.source.known
            except Unknown as error:
                found = bool(error.who)
            self.known[part, depth, within] = found
        return self.known[part, depth, within]

    def _of_roster(self, part: str, depth: int, *, within: bool) -> Sender:
        name = ENDING.sub("", part)
        own = name.partition(f"+{self.source.assignment}+")[0]  # of what nbgrader's exchange adds
        if depth not in self.shared:
            self.shared[depth] = self._shared(depth)
        head, tail = self.shared[depth]
        short = own[len(head) : len(own) - len(tail)]
        words = dict.fromkeys([name, COPY.sub("", name), own, short, COPY.sub("", short)])
        names = tuple(word for word in words if word)
        return Sender((name, COPY.sub("", name), own), names=names, within=within)

    def _shared(self, depth: int) -> tuple[str, str]:
        """Return what all names at a depth begin with, and end with, up to a sign."""
        names = [ENDING.sub("", part) for part in self.at[depth]]
        if len(names) < 2:
            slug = f"{self.source.assignment}-"
            return (slug if names[0].startswith(slug) else ""), ""
        head, tail = commonest(names), commonest([name[::-1] for name in names])[::-1]
        return re.sub(r"[^-_ +]*$", "", head), re.sub(r"^[^-_ +]*", "", tail)


def commonest(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    pairs = zip(min(texts), max(texts), strict=False)
    return "".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _depth(source: Source, names: _Names) -> int:
    """Return how many outer folders hold the students' own: the same number for all of them.

    Each name that lies side by side has one vote: the outermost place in its paths that means somebody.
    """
    votes = Counter(_places(source, names).values())
    if votes:
        most = max(votes.values())
        return min(place for place, count in votes.items() if count == most)
    return _outer(source)


def _places(source: Source, names: _Names) -> dict[str, int]:
    """Return where each name that lies side by side has a part that means somebody, if it has."""
    found: dict[str, int] = {}
    for file, entry in entries(source.work) if source.roster.people else []:
        parts = outside(file.parts)
        for within in (False, True):
            means = (names.means_somebody(part, n, within=within) for n, part in enumerate(parts))
            place = next((n for n, is_meant in enumerate(means) if is_meant), None)
            if place is not None:
                found[entry] = min(place, found.get(entry, place))
                break
    return found


def _outer(source: Source) -> int:
    """Return the depth where nobody is known: above a folder of the assignment, or below those of nobody."""
    found = {outside(file.parts) for file in source.work}
    name = source.assignment
    depth = min((parts.index(name, 1) for parts in found if name in parts[1:-1]), default=0)
    if depth and source.mostly(lambda file: outside(file.parts)[depth : depth + 1] == (name,)):
        return depth - 1
    return _below(sorted(found), 0, set(source.known))


def _below(paths: Sequence[tuple[str, ...]], depth: int, known: set[str]) -> int:
    """Return how many folders from a depth on hold all files and are nobody's own."""
    if not paths or any(len(path) < depth + 3 for path in paths):
        return depth
    outer = {path[depth] for path in paths}
    is_ours = outer <= known or all(name.endswith(REPOSITORIES) for name in outer)
    if len(outer) > 1 and not is_ours:
        return depth
    inner = {path[depth + 1] for path in paths}
    deeper = _below(paths, depth + 1, known)
    return deeper if is_ours or len(inner) > 1 or deeper > depth + 1 else depth


def _stamp(source: Source, file: File) -> datetime | None:
    try:
        data = file.read()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        return parse_time(text, STAMP, source.zone)
    except (Refused, ValueError) as error:
        source.refuse(file.path, f"{error}; so it is not known whether this was late")
        return None


def _is_zipped(parts: tuple[str, ...]) -> bool:
    return any(part.lower().endswith(".zip") for part in parts[:-1])
