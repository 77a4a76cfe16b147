"""Changes of a course's roster: each is in the log with what it has changed, so that it can be undone."""

from collections.abc import Mapping
from dataclasses import asdict

from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.log import ROSTER, Rows, write_entry
from rl_landscapes.grader.roster import Person, Roster
from rl_landscapes.grader.roster_file import read, write


def roster_of(course: Course) -> Roster:
    """Return the people of a course, nobody if it has no roster."""
    return read(course.roster) if course.roster.is_file() else Roster()


def put_roster(course: Course, before: Roster, after: Roster, *, who: str = "", why: str = "") -> bool:
    """Write another roster, and in the log what has changed, both or neither; say whether anything has."""
    changed = {
        folder
        for folder in {**before.by_folder, **after.by_folder}
        if before.by_folder.get(folder) != after.by_folder.get(folder)
    }
    if not changed:
        return False
    old, new = (_rows(people, changed) for people in (before, after))
    course.grading.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(after, course.roster)
    try:
        write_entry(course, ROSTER, who=who, why=why, before=old, after=new)
    except OSError:
        restore(course, before)
        raise
    return True


def restore(course: Course, people: Roster) -> None:
    """Write a roster, or remove the file where nobody is on it."""
    if people.people:
        write(people, course.roster)
    else:
        course.roster.unlink(missing_ok=True)


def with_rows(people: Roster, now: Rows, wanted: Rows) -> Roster:
    """Return a roster in which rows that are as in `now` are as in `wanted`.

    Raises
    ------
    ValueError
        If one of them is not as in `now`: it has been changed since.
    """
    found = dict(people.by_folder)
    for folder, row in wanted.items():
        there = found.get(folder)
        if (asdict(there) if there else None) != (dict(now[folder] or {}) or None):
            raise ValueError(f"{folder} has been changed on the roster since: undo that first")
        if row:
            found[folder] = Person(**row)
        else:
            found.pop(folder, None)
    return Roster(tuple(found.values()))


def _rows(people: Roster, folders: set[str]) -> dict[str, Mapping[str, str] | None]:
    found = people.by_folder
    return {folder: asdict(found[folder]) if folder in found else None for folder in sorted(folders)}
