"""How learning platforms lay out what a class handed in: who handed in which file, and when."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from rl_landscapes.grader.collecting import folders, gradescope
from rl_landscapes.grader.collecting.source import CHANGED, KNOWN, UNKNOWN, HandedFile, Source
from rl_landscapes.grader.collecting.unpack import File
from rl_landscapes.grader.roster import Sender

LATE = r"(?:(?P<late>late)_)?"
CANVAS = re.compile(
    rf"(?:{LATE}(?P<secret>anon_[a-z0-9]+)|(?P<name>[^/]+?)_(?:(?P<late2>late)_)?(?P<user>\d+))"
    r"_(?:(?P<file>\d+)_(?P<rest>.+)|(?:text|link)\.html)",
    re.IGNORECASE,
)
MOODLE = re.compile(r"(?P<name>.+?)_(?P<participant>\d+)_assignsubmission_[a-z]+(?:_.*)?")
BLACKBOARD = re.compile(r"(?P<head>.+)_attempt_(?P<when>\d{4}(?:-\d{2}){5})(?:_.+|\.txt)")


@dataclass(frozen=True)
class Layout:
    """A platform: whether some files are laid out its way, and who handed them in."""

    name: str
    fits: Callable[[Source], bool]
    handed: Callable[[Source], Iterator[HandedFile]]


def layout(source: Source) -> Layout:
    """Return the first layout that fits; the plain one, a file or folder per student, always does."""
    return next(one for one in LAYOUTS if one.fits(source))


def _by_form(form: re.Pattern[str]) -> Callable[[Source], bool]:
    return lambda source: source.mostly(lambda file: _part(file, form) is not None)


def _part(file: File, form: re.Pattern[str]) -> re.Match[str] | None:
    """Return the first part of a path that has a form, None if none has."""
    return next((found for part in file.parts if (found := form.fullmatch(part))), None)


def _of_form(source: Source, form: re.Pattern[str], words: str) -> Iterator[tuple[File, re.Match[str]]]:
    for file in source.files:
        if found := _part(file, form):
            yield file, found
        else:
            source.refuse(file.path, f"its name has not the form of {words}")


def _from_canvas(source: Source) -> Iterator[HandedFile]:
    """Canvas names files after the student and marks late ones; when they came it does not say."""
    for file, found in _of_form(source, CANVAS, "Canvas: name_12345_67890_file"):
        number, late = found["user"] or found["secret"], bool(found["late"] or found["late2"])
        sender = Sender(number=number, names=(found["name"],) if found["name"] else ())
        yield HandedFile(file, sender, None, UNKNOWN, int((found["file"] or "0")[:18]), late)


def _from_moodle(source: Source) -> Iterator[HandedFile]:
    """Moodle names a folder, or a file, after the student, perhaps with the name of a group before it."""
    form = "Moodle: Name_123_assignsubmission_file"
    for file, found in _of_form(source, MOODLE, form):
        words = found["name"].split("-")
        names = tuple("-".join(words[start:]).strip() for start in range(len(words)))
        sender = Sender(number=f"Moodle {found['participant']}", names=names)
        yield HandedFile(file, sender, file.changed, CHANGED if file.changed else UNKNOWN)


def _from_blackboard(source: Source) -> Iterator[HandedFile]:
    """Blackboard names a file after its column, the student's account and the time, whose zone it omits.

    That of the due date is taken. Where the account begins is seen from what all files have in common.
    """
    found = list(_of_form(source, BLACKBOARD, "Blackboard: Column_account_attempt_2026-10-01-23-59-00_file"))
    heads = [match["head"] for _, match in found]
    column = folders.commonest(heads).rpartition("_")[0] if len(set(heads)) > 1 else ""
    for file, match in found:
        words = match["head"].split("_")
        account = match["head"][len(column) :].strip("_") if column else words[-1]
        others = ("_".join(words[start:]) for start in range(1, len(words)))
        sender = Sender(names=(account, *others))
        when = _local(match["when"], source.zone)
        order = int(match["when"].replace("-", ""))
        yield HandedFile(file, sender, when, KNOWN if when else UNKNOWN, order)


def _local(text: str, zone: tzinfo | None) -> datetime | None:
    try:
        when = datetime(*map(int, text.split("-")), tzinfo=zone)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return when if zone else None


LAYOUTS: Sequence[Layout] = (
    Layout("Gradescope", gradescope.fits, gradescope.handed),
    Layout("Moodle", _by_form(MOODLE), _from_moodle),
    Layout("Blackboard", _by_form(BLACKBOARD), _from_blackboard),
    Layout("Canvas", _by_form(CANVAS), _from_canvas),
    Layout("a file or folder per student", lambda _: True, folders.handed),
)
