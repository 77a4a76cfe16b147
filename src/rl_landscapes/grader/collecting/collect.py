"""Collecting what a class handed in: one readable notebook per student, and a report of all that came."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from rl_landscapes.course.running.notebook import read
from rl_landscapes.grader import times
from rl_landscapes.grader.collecting.intake import Intake, already_there
from rl_landscapes.grader.collecting.platforms import layout
from rl_landscapes.grader.collecting.report import (
    CollectionReport,
    Said,
    on_one_line,
    read_report,
    write_report,
)
from rl_landscapes.grader.collecting.source import Source
from rl_landscapes.grader.collecting.unpack import files
from rl_landscapes.grader.collecting.whose import by_person, merged_notes, roster_notes
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.log import decided, read_log
from rl_landscapes.grader.roster import Roster
from rl_landscapes.grader.roster_change import put_roster, roster_of


def collect(
    course: Course,
    name: str,
    source: Path,
    *,
    due: datetime | None = None,
    roster: Roster | None = None,
    known_times: Mapping[str, datetime] = {},  # never changed
    whose: Mapping[str, str] = {},  # never changed
) -> CollectionReport:
    """Take what a class handed in out of a folder or a zip from a learning platform.

    The newest notebook of a student that can be read becomes the submission, older ones are kept among the
    attempts, and what cannot be read counts as no attempt. Doing it again changes nothing, with a later
    download it adds what is new. Without `due` that of the last time holds, or else of the release. The
    course's roster is asked who is meant, if there is one: people of `roster` are added to it or put in the
    place of those with their id, and nobody goes. `known_times` says when a student's work came, by id,
    where the source cannot, `whose` who is meant by a name that the report has listed: name -> id.

    Raises
    ------
    FileNotFoundError
        If there is no such source.
    ValueError
        If `due` has no time zone, the source is no folder and no zip, or holds too much, or a time or a name
        is given for an id that nobody has.
    """
    if due is not None and due.tzinfo is None:
        raise ValueError(f"due must have a time zone, got {due.isoformat()}")
    before = read_report(course, name)
    due = due or before.due_at or _due_of_release(course, name)
    there = roster_of(course)
    people = there.merged(roster or Roster()).called(whose)
    refused: list[Said] = []

    def refuse(path: str, reason: str) -> None:
        refused.append({"file": on_one_line(path), "reason": on_one_line(reason)})

    zone = due.tzinfo if due else None
    found = Source(files(source, refuse, zone=zone or UTC), name, people, zone, refuse, course.known())
    platform = layout(found)
    people_of, unknown = by_person(platform.handed(found), people)
    if strangers := set(known_times) - {person.id for person in (*people.people, *people_of)}:
        raise ValueError(f"a time is given for {', '.join(sorted(strangers))}, who is nobody in this course")
    release = read(course.release(name).read_bytes()) if course.release(name).is_file() else None
    course.grading.mkdir(mode=0o700, parents=True, exist_ok=True)  # nobody else's to read
    dropped = decided(read_log(course)).dropped
    notes = [f"{p.name} ({p.id}) has been dropped, and handed in" for p in people_of if p.folder in dropped]
    students, intake = dict(before.students), Intake(course, name, release, refuse, notes.append)
    for person, handed in people_of.items():
        so_far = students.get(person.folder) or already_there(course, name, person)
        students[person.folder] = intake.take(so_far, handed, known_times.get(person.id))
    report = CollectionReport(
        name,
        times.format_with_zone(due) if due else "",
        platform.name,
        {folder: students[folder] for folder in sorted(students)},
        sorted(refused, key=lambda said: said["file"]),
        unknown,
        sorted(p.id for p in people.people if p.folder not in students and p.folder not in dropped),
        [*roster_notes(there, people, roster), *merged_notes(people_of, platform), *notes],
        before.extended,
    )
    put_roster(course, there, people, why=f"collect {name}")
    write_report(course, report)
    return report


def _due_of_release(course: Course, name: str) -> datetime | None:
    from rl_landscapes.grader.gradebook.entries import due_of  # imports nbgrader: slow

    return due_of(course, name) if course.gradebook.is_file() else None
