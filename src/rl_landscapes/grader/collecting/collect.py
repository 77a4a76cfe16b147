"""Collecting what a class handed in: one readable notebook per student, and a report of all that came."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from rl_landscapes.course.running.notebook import read
from rl_landscapes.grader import times
from rl_landscapes.grader.collecting.intake import Intake, already_there
from rl_landscapes.grader.collecting.platforms import HandedFile, layout
from rl_landscapes.grader.collecting.report import (
    CollectionReport,
    Said,
    on_one_line,
    read_report,
    write_report,
)
from rl_landscapes.grader.collecting.unpack import files
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.roster import Person, Roster, Unknown
from rl_landscapes.grader.roster_file import read as read_roster
from rl_landscapes.grader.roster_file import write as write_roster


def collect(
    course: Course,
    name: str,
    source: Path,
    *,
    due: datetime | None = None,
    roster: Roster | None = None,
    known_times: Mapping[str, datetime] = {},  # never changed
) -> CollectionReport:
    """Take what a class handed in out of a folder or a zip from a learning platform.

    The newest notebook of a student that can be read becomes the submission, older ones are kept among the
    attempts, and what cannot be read counts as no attempt. Doing it again changes nothing, with a later
    download it adds what is new. Without `due` that of the last time holds, or else of the release. A
    `roster` becomes the course's; without one that of the course is asked, if there is one. `known_times`
    says when a student's work came, by id, where the source cannot.

    Raises
    ------
    FileNotFoundError
        If there is no such source.
    ValueError
        If `due` has no time zone, the source is no folder and no zip, or holds too much, or a time is given
        for an id that nobody has.
    """
    if due is not None and due.tzinfo is None:
        raise ValueError(f"due must have a time zone, got {due.isoformat()}")
    before = read_report(course, name)
    due = due or before.due_at or _due_of_release(course, name)
    people = roster or (read_roster(course.roster) if course.roster.is_file() else Roster())
    refused: list[Said] = []

    def refuse(path: str, reason: str) -> None:
        refused.append({"file": on_one_line(path), "reason": on_one_line(reason)})

    found = files(source, refuse, zone=(due.tzinfo if due else None) or UTC)
    platform = layout(found, name)
    by_person, unknown = _by_person(platform.handed(found, name, refuse), people)
    if strangers := set(known_times) - {person.id for person in (*people.people, *by_person)}:
        raise ValueError(f"a time is given for {', '.join(sorted(strangers))}, who is nobody in this course")
    release = read(course.release(name).read_bytes()) if course.release(name).is_file() else None
    course.grading.mkdir(mode=0o700, parents=True, exist_ok=True)  # nobody else's to read
    students, intake = dict(before.students), Intake(course, name, release, refuse)
    for person, handed in by_person.items():
        so_far = students.get(person.folder) or already_there(course, name, person)
        students[person.folder] = intake.take(so_far, handed, known_times.get(person.id))
    report = CollectionReport(
        name,
        times.format_with_zone(due) if due else "",
        platform.name,
        {folder: students[folder] for folder in sorted(students)},
        sorted(refused, key=lambda said: said["file"]),
        unknown,
        sorted(person.id for person in people.people if person.folder not in students),
    )
    if roster is not None:
        write_roster(roster, course.roster)
    write_report(course, report)
    return report


def _by_person(
    handed: Iterable[HandedFile], roster: Roster
) -> tuple[dict[Person, list[HandedFile]], list[Said]]:
    """Give every file to the one it is of; what may be of several, or of nobody, goes to the second list."""
    found: dict[Person, list[HandedFile]] = {}
    unknown: list[Said] = []

    def whose(one: HandedFile, reason: str) -> None:
        unknown.append(
            {"file": one.file.path, "who": on_one_line(str(one.sender)), "reason": on_one_line(reason)}
        )

    for one in handed:
        try:
            found.setdefault(roster.person(one.sender), []).append(one)
        except Unknown as error:
            whose(one, str(error))
    for person, theirs in list(found.items()):
        if len({one.sender.number for one in theirs} - {""}) > 1:
            for one in found.pop(person):
                whose(one, f"several people are called {person.name}")
    return found, sorted(unknown, key=lambda said: said["file"])


def _due_of_release(course: Course, name: str) -> datetime | None:
    from rl_landscapes.grader.gradebook.entries import due_of  # imports nbgrader: slow

    return due_of(course, name) if course.gradebook.is_file() else None
