"""What came of an assignment: of every student the attempts, and all that came to nothing and why."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from rl_landscapes.grader import times
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.log import Entry, decided, read_log
from rl_landscapes.records.writing import write_file

Said = dict[str, str]
SHOWN = 300  # characters of what somebody else has written
LINES = 200  # of a kind in a report


@dataclass(frozen=True)
class Attempt:
    """A notebook that was handed in: where it lay, when it came (UTC, "" if unknown), a digest of it.

    `time_from` says how far the time is to be trusted, `order` numbers the files of a platform that tells no
    time, `marked_late` is such a platform's own mark; `reason` says why it could not be read, and
    `passed_over` why another counts although this can be read. What is `withdrawn` never counts.
    """

    file: str
    submitted_at: str
    time_from: str
    order: int
    marked_late: bool | None
    digest: str
    reason: str = ""
    passed_over: str = ""
    withdrawn: bool = False

    @property
    def rank(self) -> tuple[str, int, bool, str]:
        """Return what attempts are sorted by: time, then the platform's number, then the name of the file."""
        return (self.submitted_at, self.order, "(" not in self.file, self.file)

    @property
    def when(self) -> datetime | None:
        """Return when it came."""
        return times.parse_time(self.submitted_at) if self.submitted_at else None

    @property
    def folder(self) -> str:
        """Return the name of the folder that an older attempt is kept in."""
        stamp = self.submitted_at.removesuffix(" UTC").replace(":", "").replace(" ", "T")
        return f"{stamp or self.order or 'unknown'}-{self.digest[:8]}"


@dataclass(frozen=True)
class Beside:
    """A file beside a notebook that may hold words of a student's: where it lay, its text if it has one."""

    file: str
    text: str


@dataclass(frozen=True)
class Student:
    """What came from one student: attempts that can be read, newest last, those that cannot, and texts."""

    id: str
    name: str
    attempts: tuple[Attempt, ...] = ()
    unreadable: tuple[Attempt, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def newest(self) -> Attempt | None:
        """Return the attempt that counts: the newest, but none that was passed over if there is another."""
        there = [attempt for attempt in self.attempts if not attempt.withdrawn]
        counting = [attempt for attempt in there if not attempt.passed_over]
        return next(reversed(counting or there), None)

    def without(self, entries: Sequence[Entry]) -> "Student":
        """Return the same with the attempts withdrawn that some entries name, and no others."""

        def is_named(attempt: Attempt) -> bool:
            return any(entry.to == attempt.digest and attempt.submitted_at <= entry.when for entry in entries)

        return replace(self, attempts=tuple(replace(a, withdrawn=is_named(a)) for a in self.attempts))

    @property
    def newest_is_unreadable(self) -> bool:
        """Say whether something came later than what counts, and could not be read."""
        return bool(self.unreadable) and (not self.newest or self.unreadable[-1].rank > self.newest.rank)

    def late_s(self, due: datetime | None) -> int | None:
        """Return by how many seconds what counts was late: 0 if it was not, None if that is not known."""
        if self.newest is None:
            return None
        if self.newest.when is None and self.newest.marked_late is False:
            return 0
        return times.late_s(self.newest.when, due)

    def is_late(self, due: datetime | None) -> bool | None:
        """Say whether it was late, None if that is not known."""
        seconds = self.late_s(due)
        if seconds is not None:
            return seconds > 0
        return self.newest.marked_late if self.newest else None


@dataclass(frozen=True)
class CollectionReport:
    """The report of an assignment: what is there of every student, by folder, and what came to nothing.

    `refused` and `unknown` are of the last source alone: paths, why, and whose it may be. `absent` are the
    ids on the roster of whom there is nothing at all, `notes` what else one should know of the last source.
    `extended` says until when others may hand in, by folder.
    """

    assignment: str
    due: str
    layout: str
    students: Mapping[str, Student] = field(default_factory=dict)
    refused: Sequence[Said] = ()
    unknown: Sequence[Said] = ()
    absent: Sequence[str] = ()
    notes: Sequence[str] = ()
    extended: Mapping[str, str] = field(default_factory=dict)

    def due_of(self, folder: str) -> datetime | None:
        """Return when the assignment was due for a student."""
        return times.parse_time(self.extended[folder]) if folder in self.extended else self.due_at

    @property
    def due_at(self) -> datetime | None:
        """Return when the assignment was due."""
        return times.parse_time(self.due) if self.due else None

    def __str__(self) -> str:
        """Return the report in words, one line each."""
        return "\n".join(on_one_line(line, len(line)) for line in _lines(self))


def on_one_line(text: str, most: int = SHOWN) -> str:
    """Return text that acts on no terminal and can be written to any file, cut where it is long."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:most])
    return shown if len(text) <= most else f"{shown}..."


def read_report(course: Course, name: str) -> CollectionReport:
    """Return the report of what was collected so far, an empty one before the first time.

    Which attempts are withdrawn, and who has more time, is what the log says now.
    """
    path, now = course.collected / f"{name}.json", decided(read_log(course))
    extended = {folder: entry.to for (which, folder), entry in now.extended.items() if which == name}
    if not path.is_file():
        return CollectionReport(name, "", "", extended=extended)
    tree = json.loads(path.read_text(encoding="utf-8"))
    students = {
        folder: Student(
            about["id"],
            about["name"],
            tuple(Attempt(**attempt) for attempt in about["attempts"]),
            tuple(Attempt(**attempt) for attempt in about["unreadable"]),
            tuple(Beside(**one) for one in about.get("beside", [])),
        ).without(now.withdrawn.get((name, folder), ()))
        for folder, about in tree.pop("students").items()
    }
    return CollectionReport(**{**tree, "students": students, "extended": extended})


def write_report(course: Course, report: CollectionReport) -> None:
    """Write a report, whole or not at all."""
    text = json.dumps(asdict(report), indent=1, ensure_ascii=False)
    write_file(course.collected / f"{report.assignment}.json", text.encode())


def _due(report: CollectionReport) -> str:
    return f" (due {report.due})" if report.due else ", for no due date is known"


def _lines(report: CollectionReport) -> Iterator[str]:
    there = {folder: student for folder, student in report.students.items() if student.newest}
    late = sum(bool(student.is_late(report.due_of(folder))) for folder, student in there.items())
    yield f"{report.assignment} ({report.layout}): {len(there)} students, {late} of them late{_due(report)}"
    yield from _few(report, [line for student in report.students.values() for line in _of_student(student)])
    asked = "  whose is it? {file} ({who}): {reason}; add {type}"
    yield from _few(report, [asked.format(**said) for said in report.unknown])
    yield from _few(report, [f"  refused: {said['file']}: {said['reason']}" for said in report.refused])
    yield from _few(report, [f"  {note}" for note in report.notes])
    if report.absent:
        yield f"  nothing from {len(report.absent)}: {', '.join(report.absent)}"


def _of_student(student: Student) -> Iterator[str]:
    for attempt in student.unreadable:
        is_newest = student.newest_is_unreadable and attempt == student.unreadable[-1]
        what = "what counts is older" if student.newest else "nothing counts"
        yield f"  unreadable: {attempt.file}: {attempt.reason}" + (f"; {what}" if is_newest else "")
    for attempt in student.attempts:
        if attempt.withdrawn:
            yield f"  withdrawn: {attempt.file}"
        elif attempt.passed_over and attempt != student.newest:
            yield f"  passed over: {attempt.file}: {attempt.passed_over}"


def _few(report: CollectionReport, lines: Sequence[str]) -> Iterator[str]:
    """Yield so many lines that a person reads them, and where the others are."""
    yield from lines[:LINES]
    if len(lines) > LINES:
        yield f"  and {len(lines) - LINES} more, in collected/{report.assignment}.json"
