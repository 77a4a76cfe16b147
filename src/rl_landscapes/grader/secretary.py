"""What changes for single people in a term: each is one entry in the log, and is undone by another."""

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from rl_landscapes.grader import times
from rl_landscapes.grader.collecting.placing import place
from rl_landscapes.grader.collecting.report import Student, read_report
from rl_landscapes.grader.collecting.whose import roster_notes
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.log import (
    DROP,
    EXTEND,
    ROSTER,
    UNDO,
    WITHDRAW,
    Entry,
    decided,
    holding,
    new_entry,
    read_log,
    write_entry,
)
from rl_landscapes.grader.roster import Person, Roster, folder_of, student_of
from rl_landscapes.grader.roster_change import put_roster, restore, roster_of, with_rows


def drop(course: Course, student: str, *, who: str = "", why: str = "") -> str:
    """Take a student out of all counts, grading, feedback and tables; nothing of theirs is deleted.

    Raises
    ------
    ValueError
        If there is no such student, or they have been dropped.
    """
    person = person_of(course, student)
    if before := decided(read_log(course)).dropped.get(person.folder):
        raise ValueError(f"{person.id} has been dropped already, by entry {before.number}")
    return _told(write_entry(course, DROP, student=person.id, who=who, why=why))


def extend(course: Course, name: str, student: str, due: datetime, *, who: str = "", why: str = "") -> str:
    """Give one student more time for an assignment.

    Raises
    ------
    ValueError
        If there is no such student, it is not known when the assignment is due, or it is due later than that.
    """
    person = person_of(course, student)
    general = read_report(course, name).due_at or _due_of_release(course, name)
    if general is None:
        raise ValueError(
            f"it is not known when {name} is due: say so first, with release --due or collect --due"
        )
    if due <= general:
        said = times.format_with_zone(general)
        raise ValueError(
            f"{name} is due {said} for everybody: an extension must be later, got {due.isoformat()}"
        )
    to = times.format_with_zone(due)
    return _told(write_entry(course, EXTEND, student=person.id, assignment=name, to=to, who=who, why=why))


def withdraw(course: Course, name: str, student: str, *, who: str = "", why: str = "") -> str:
    """Withdraw the attempt of a student that counts: the one before it counts, or none.

    Raises
    ------
    ValueError
        If there is no such student, or nothing of theirs counts.
    """
    person = person_of(course, student)
    handed_in = _handed_in(course, name, person.folder)
    if handed_in is None or handed_in.newest is None:
        raise ValueError(f"nothing of {person.id} counts for {name}, so nothing can be withdrawn")
    about = {"student": person.id, "assignment": name, "to": handed_in.newest.digest, "who": who, "why": why}
    after = _told(_with_places(course, name, person.folder, WITHDRAW, about))
    now = _handed_in(course, name, person.folder)
    counts = now.newest.file if now and now.newest else "nothing"
    return f"{after}; what counts now is {counts}"


def correct(course: Course, given: Roster, *, who: str = "", why: str = "") -> str:
    """Add people to the roster, and correct those with the same id; nobody goes."""
    there = roster_of(course)
    people = there.merged(given)
    if not put_roster(course, there, people, who=who, why=why):
        return "the roster is as it was"
    return "\n".join([_told(read_log(course)[-1]), *roster_notes(there, people, given)])


def undo(course: Course, number: int, *, who: str = "", why: str = "") -> str:
    """Undo an entry of the log, also one that has undone another.

    Raises
    ------
    ValueError
        If there is no such entry, it does not hold any more, or what it changed has been changed since.
    """
    log = read_log(course)
    entry = next((entry for entry in log if entry.number == number), None)
    if entry is None:
        raise ValueError(f"there is no entry {number} in the log, which has {len(log)}: see status --log")
    if entry not in holding(log):
        raise ValueError(f"entry {number} has been undone already: see status --log")
    root = entry
    while root.what == UNDO:
        root = log[root.undoes - 1]
    about: dict[str, Any] = {
        "undoes": number,
        "student": root.student,
        "assignment": root.assignment,
        "who": who,
        "why": why,
    }
    if root.what == WITHDRAW:
        return _told(_with_places(course, root.assignment, root.folder, UNDO, about))
    if root.what == ROSTER:
        return _told(_with_roster(course, root, UNDO, about, back=root in holding(log)))
    return _told(write_entry(course, UNDO, **about))


def person_of(course: Course, student: str) -> Person:
    """Return a student by id: of the roster, or who has handed in.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest id.
    """
    known = {person.id: person for person in roster_of(course).people}
    handed = (
        {student_of(path.name) for path in course.submitted.glob("*")} if course.submitted.is_dir() else set()
    )
    known = {**{name: Person(name) for name in handed}, **known}
    found = next((known[name] for name in known if folder_of(name) == folder_of(student.strip())), None)
    if found is None:
        near = get_close_matches(student, known, n=1)
        raise ValueError(
            f"nobody in this course has the id {student!r}" + (f", the nearest is {near[0]}" if near else "")
        )
    return found


def _told(entry: Entry) -> str:
    return f"{entry} (to undo it: undo {entry.number})"


def _handed_in(course: Course, name: str, folder: str, log: Sequence[Entry] | None = None) -> Student | None:
    handed_in = read_report(course, name).students.get(folder)
    if handed_in is None or log is None:
        return handed_in
    return handed_in.without(decided(log).withdrawn.get((name, folder), ()))


def _with_places(course: Course, name: str, folder: str, what: str, about: dict[str, Any]) -> Entry:
    """Put in place what counts after an entry, and write it; if that fails all is as it was."""
    log = read_log(course)
    before = _handed_in(course, name, folder, log)
    after = _handed_in(course, name, folder, [*log, new_entry(log, what, **about)])
    assert before is not None
    assert after is not None
    try:
        place(course, name, after)
        return write_entry(course, what, **about)
    except OSError:
        place(course, name, before)
        raise


def _with_roster(course: Course, root: Entry, what: str, about: dict[str, Any], *, back: bool) -> Entry:
    now, wanted = (root.after, root.before) if back else (root.before, root.after)
    there = roster_of(course)
    restore(course, with_rows(there, now, wanted))
    try:
        return write_entry(course, what, **about)
    except OSError:
        restore(course, there)
        raise


def _due_of_release(course: Course, name: str) -> datetime | None:
    from rl_landscapes.grader.gradebook.entries import due_of  # imports nbgrader: slow

    return due_of(course, name) if course.gradebook.is_file() else None
