"""How learning platforms lay out what a class handed in: who handed in which file, and when."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from itertools import takewhile
from typing import Any

from rl_landscapes.course.assignment import assignments
from rl_landscapes.grader.collecting.unpack import File, Refuse, Refused
from rl_landscapes.grader.roster import Sender
from rl_landscapes.grader.times import parse_time

CANVAS = re.compile(
    r"(?P<name>[^_/]+)_(?:(?P<late>late)_)?(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.IGNORECASE
)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_file(?:_.*)?")
GRADESCOPE = re.compile(r"submission_\d+")
METADATA = "submission_metadata.yml"
METADATA_LIMIT = 64 << 20
STAMP = "timestamp.txt"
COPY = re.compile(r" ?\(\d{1,3}\)$")  # what browsers add to the name of a second download
ENDING = re.compile(r"\.(ipynb|zip)$", re.IGNORECASE)
KNOWN, CHANGED, UNKNOWN = "the platform", "the file's own time", "unknown"


@dataclass(frozen=True)
class HandedFile:
    """A file, who handed it in, and when.

    `source` says where the time is from; a file's own time is no more than a sign. `order` is what a platform
    numbers files by where it tells no time. `late` is its own mark, None if it makes none.
    """

    file: File
    sender: Sender
    when: datetime | None
    source: str
    order: int = 0
    late: bool | None = None


@dataclass(frozen=True)
class Layout:
    """A platform: whether some files are laid out its way, and who handed them in."""

    name: str
    fits: Callable[[Sequence[File], str], bool]
    handed: Callable[[Sequence[File], str, Refuse], Iterator[HandedFile]]


def layout(files: Sequence[File], assignment: str) -> Layout:
    """Return the first layout that fits; the plain one, a file or folder per student, always does."""
    return next(one for one in LAYOUTS if one.fits(files, assignment))


def _place(file: File, form: re.Pattern[str]) -> int:
    """Return which part of a path has a form, -1 if none."""
    return next((place for place, part in enumerate(file.parts) if form.fullmatch(part)), -1)


def _mostly(files: Sequence[File], holds: Callable[[File], bool]) -> bool:
    """Say whether something holds of most of what lies side by side, in which a student has one vote.

    So nobody decides by many files, or by what is in a zip.
    """
    work = {file: _unit(file.parts) for file in files if _is_work(file)}
    common = _common(list(work.values()))
    votes: dict[str, bool] = {}
    for file, parts in work.items():
        entry = parts[min(common, len(parts) - 1)]
        votes[entry] = votes.get(entry, False) or holds(file)
    return 2 * sum(votes.values()) > len(votes)


def _unit(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without what is inside of a zip."""
    zipped = next((place for place, part in enumerate(parts) if part.lower().endswith(".zip")), len(parts))
    return (*parts[: zipped + 1], "") if zipped < len(parts) - 1 else parts


def _common(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many outer folders all paths share."""
    pairs = zip(min(paths), max(paths), strict=False) if len(set(paths)) > 1 else ()
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _is_work(file: File) -> bool:
    return file.name not in (METADATA, STAMP)


def _is_canvas(files: Sequence[File], _: str) -> bool:
    return _mostly(files, lambda file: _place(file, CANVAS) >= 0)


def _from_canvas(files: Sequence[File], _: str, refuse: Refuse) -> Iterator[HandedFile]:
    """Canvas names files after the student and marks late ones; when they came it does not say."""
    for file in files:
        found = CANVAS.fullmatch(file.parts[max(_place(file, CANVAS), 0)])
        if not found:
            refuse(file.path, "its name has not the form of Canvas: name_12345_67890_file")
            continue
        sender = Sender(number=found["user"], names=(found["name"],))
        yield HandedFile(file, sender, None, UNKNOWN, int(found["file"][:18]), bool(found["late"]))


def _is_moodle(files: Sequence[File], _: str) -> bool:
    return _mostly(files, lambda file: _place(file, MOODLE) >= 0)


def _from_moodle(files: Sequence[File], _: str, refuse: Refuse) -> Iterator[HandedFile]:
    for file in files:
        found = MOODLE.fullmatch(file.parts[max(_place(file, MOODLE), 0)])
        if not found:
            refuse(file.path, "its folder has not the form of Moodle: Name_123_assignsubmission_file")
            continue
        sender = Sender(number=f"Moodle {found['participant']}", names=(found["name"],))
        yield HandedFile(file, sender, *_either(None, file))


def _is_gradescope(files: Sequence[File], _: str) -> bool:
    has_list = any(file.name == METADATA and _place(file, GRADESCOPE) < 0 for file in files)
    return has_list and _mostly(files, lambda file: _place(file, GRADESCOPE) >= 0)


def _from_gradescope(files: Sequence[File], _: str, refuse: Refuse) -> Iterator[HandedFile]:
    about: dict[str, Any] = {}
    for file in files:
        if file.name == METADATA and _place(file, GRADESCOPE) < 0:  # a student may hand in one too
            about |= _metadata(file, refuse)
    for file in (file for file in files if _is_work(file)):
        place = _place(file, GRADESCOPE)
        found = about.get(file.parts[place]) if place >= 0 else None
        people = found.get(":submitters") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(people, list) or not people:
            refuse(file.path, f"{METADATA} does not say whose it is")
            continue
        for person in people:
            yield HandedFile(file, _submitter(person), _created(found), KNOWN)


def _metadata(file: File, refuse: Refuse) -> dict[str, Any]:
    try:
        yaml: Any = import_module("yaml")
    except ImportError:
        raise ValueError("an export of Gradescope can be read with PyYAML: pip install pyyaml") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(file.read(), Loader=loader)  # a safe loader: plain data only
    except (Refused, yaml.YAMLError, ValueError, RecursionError) as error:
        refuse(file.path, f"it cannot be read: {str(error).splitlines()[0]}")
        return {}
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}


def _submitter(found: Any) -> Sender:
    known = found if isinstance(found, dict) else {}
    about = {str(key).lstrip(":"): str(value or "").strip() for key, value in known.items()}
    ids = tuple(word for word in (about.get("sid", ""), about.get("email", "")) if word)
    return Sender(ids, names=(about["name"],) if about.get("name") else ())


def _created(found: dict[str, Any]) -> datetime | None:
    when = found.get(":created_at")
    if isinstance(when, datetime):  # YAML's moments without a zone are in UTC
        return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)
    try:
        return None if isinstance(when, date) else parse_time(str(when))
    except ValueError:
        return None


def _stamp(file: File, refuse: Refuse) -> datetime | None:
    try:
        data = file.read()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8")
        return parse_time(text, STAMP)
    except (Refused, ValueError) as error:
        refuse(file.path, f"{error}; the time of the notebook itself is taken")
        return None


def _either(stamp: datetime | None, file: File) -> tuple[datetime | None, str]:
    if stamp is not None:
        return stamp, KNOWN
    return file.changed, CHANGED if file.changed else UNKNOWN


def _from_folders(files: Sequence[File], assignment: str, refuse: Refuse) -> Iterator[HandedFile]:
    """Give what lies in a folder to the one it is named after, and a file that lies alone likewise.

    nbgrader's folders are such, with one per assignment in each.
    """
    outer = _outer([file for file in files if _is_work(file)], assignment)
    others = set(assignments()) - {assignment}
    stamps = {
        file.parts[:-1]: _stamp(file, refuse)
        for file in files
        if file.name == STAMP
        and file.parts[outer + 1 : -1] in ((), (assignment,))
        and not _is_zipped(file.parts)  # in a zip a student can write any time
    }
    for file in (file for file in files if _is_work(file) and len(file.parts) > outer):
        if others.isdisjoint(file.parts[outer + 1 : -1]):
            student = COPY.sub("", ENDING.sub("", file.parts[outer]))
            if student in (assignment, *others):
                refuse(file.path, "its name does not say whose it is")
                continue
            sender = Sender((student,), names=(student,))
            yield HandedFile(file, sender, *_either(stamps.get(file.parts[:-1]), file))


def _outer(files: Sequence[File], assignment: str) -> int:
    """Return how many outer folders hold the students' own: the same number for all of them."""
    found = {_unit(file.parts) for file in files}
    depth = min((parts.index(assignment, 1) for parts in found if assignment in parts[1:-1]), default=0)
    if depth and _mostly(files, lambda file: _unit(file.parts)[depth : depth + 1] == (assignment,)):
        return depth - 1
    firsts, seconds = {parts[0] for parts in found}, {parts[1] for parts in found if len(parts) > 2}
    return int(len(firsts) == 1 and len(seconds) > 1 and all(len(parts) > 2 for parts in found))


def _is_zipped(parts: tuple[str, ...]) -> bool:
    return any(part.lower().endswith(".zip") for part in parts[:-1])


LAYOUTS = (
    Layout("Gradescope", _is_gradescope, _from_gradescope),
    Layout("Moodle", _is_moodle, _from_moodle),
    Layout("Canvas", _is_canvas, _from_canvas),
    Layout("a file or folder per student", lambda *_: True, _from_folders),
)
