"""Looking through the files of one student, and putting what counts in its place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from rl_landscapes.course.assignment import assignments
from rl_landscapes.course.running.belonging import belongs_to
from rl_landscapes.course.running.notebook import ENCODINGS, Notebook, Unreadable, program, read
from rl_landscapes.grader import times
from rl_landscapes.grader.collecting.report import Attempt, Student
from rl_landscapes.grader.collecting.source import KNOWN, UNKNOWN, HandedFile
from rl_landscapes.grader.collecting.unpack import Refuse, Refused, is_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.roster import Person, folder_of
from rl_landscapes.records.writing import write_file


@dataclass(frozen=True)
class Intake:
    """Where the files of one student after the other are looked through."""

    course: Course
    name: str
    release: Notebook | None  # None: it has not been built
    refuse: Refuse

    def take(self, before: Student, handed: Sequence[HandedFile], known: datetime | None) -> Student:
        """Return what there is of a student with new files, and put the newest readable one in place."""
        readable = list(before.attempts)
        unreadable = list(before.unreadable)
        texts: dict[str, bytes] = {}
        notebooks = [one for one in handed if is_notebook(one.file.name)]
        for one in notebooks:
            attempt, data = self._attempt(one, known)
            if attempt is not None:
                (unreadable if attempt.reason else readable).append(attempt)
                texts[attempt.digest] = data
        if handed and not notebooks:
            unreadable.append(self._no_notebook(handed))
        student = replace(before, attempts=_merged(readable), unreadable=_merged(unreadable))
        self._place(before, student, texts)
        return student

    def _attempt(self, one: HandedFile, known: datetime | None) -> tuple[Attempt | None, bytes]:
        """Look at one notebook: an attempt, readable or not, or none if it is of another assignment."""
        data, reason = one.file.path.encode(), ""
        try:
            data = _in_utf8(one.file.read())
            notebook = read(data)
            other, reason = self._other(one, notebook), self._why_foreign(notebook)
        except (Refused, Unreadable) as error:
            other, reason = self._other(one, Notebook((), "")), str(error)
        if other:
            self.refuse(one.file.path, other)
            return None, b""
        when, source = (known, KNOWN) if known else (one.when, one.time_from)
        stamp = times.format_utc(when) if when else ""
        digest = sha256(data).hexdigest()
        return Attempt(one.file.path, stamp, source, one.order, one.late, digest, reason), data

    def _other(self, one: HandedFile, notebook: Notebook) -> str:
        other = belongs_to(notebook, one.file.name, assignments())
        return f"it is of the assignment {other}" if other not in ("", self.name) else ""

    def _why_foreign(self, notebook: Notebook) -> str:
        """Return why a notebook has nothing to do with the assignment, "" if it has."""
        if self.release is None or notebook.assignment == self.name:
            return ""
        ours = {word for cell in self.release.cells for word in (cell.id, cell.grade_id) if word}
        has_cells = any(cell.id in ours or cell.grade_id in ours for cell in notebook.cells)
        has_answers = any(step.role == "answer" for step in program(self.release, notebook))
        return "" if has_cells or has_answers else f"nothing in it is of {self.name}"

    def _no_notebook(self, handed: Sequence[HandedFile]) -> Attempt:
        one = handed[0]
        stamp = times.format_utc(one.when) if one.when else ""
        names = ", ".join(sorted(other.file.name for other in handed)[:5])
        why = f"there is no notebook, only {names}"
        digest = sha256(one.file.path.encode()).hexdigest()
        return Attempt(one.file.path, stamp, one.time_from, one.order, one.late, digest, why)

    def _place(self, before: Student, after: Student, texts: Mapping[str, bytes]) -> None:
        """Keep the older attempts, then put the newest in place: in this order nothing is lost midway."""
        current = self.course.submission(folder_of(after.id), self.name)
        for attempt in after.attempts[:-1]:
            kept = self._kept(after, attempt)
            if not kept.is_file():
                data = texts.get(attempt.digest) or _if_of(current, attempt.digest)
                if data:
                    write_file(kept, data)
        newest = after.newest
        if newest is None:
            return
        stamp = current.with_name("timestamp.txt")
        if not _if_of(current, newest.digest):
            data = texts.get(newest.digest) or _if_of(self._kept(after, newest), newest.digest)
            if data:
                stamp.unlink(missing_ok=True)  # it was that of another notebook
                write_file(current, data)
        if newest.submitted_at:
            write_file(stamp, f"{newest.submitted_at}\n".encode())
        else:
            stamp.unlink(missing_ok=True)

    def _kept(self, student: Student, attempt: Attempt) -> Path:
        folder = self.course.attempts / folder_of(student.id) / self.name / attempt.folder
        return folder / f"{self.name}.ipynb"


def _merged(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Return attempts in the order in which they came, each once.

    The same file twice is the same attempt: by the platform's number or time, or, where there is only the
    time of the file, by what is in it. The same again after nothing else is none either; the first time
    counts.
    """
    found: dict[tuple[str, int | str], Attempt] = {}
    for attempt in attempts:
        key = (attempt.digest, attempt.order or (attempt.submitted_at if attempt.time_from == KNOWN else ""))
        if key not in found or _is_better(attempt, found[key]):
            found[key] = attempt
    seen: list[Attempt] = []
    for attempt in sorted(found.values(), key=lambda attempt: attempt.rank):
        if not seen or seen[-1].digest != attempt.digest:
            seen.append(attempt)
    return tuple(seen)


def _is_better(new: Attempt, old: Attempt) -> bool:
    if (new.time_from == KNOWN) != (old.time_from == KNOWN):
        return new.time_from == KNOWN
    return bool(new.order) or new.rank < old.rank


def already_there(course: Course, name: str, person: Person) -> Student:
    """Return what lies in a student's folder that nobody collected: an attempt like another."""
    student = Student(person.id, person.name)
    path = course.submission(person.folder, name)
    if not path.is_file():
        return student
    stamp = path.with_name("timestamp.txt")
    try:
        when = times.format_utc(times.parse_time(stamp.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        when = ""
    digest = sha256(path.read_bytes()).hexdigest()
    attempt = Attempt("already there", when, KNOWN if when else UNKNOWN, 0, None, digest)
    return replace(student, attempts=(attempt,))


def _if_of(path: Path, digest: str) -> bytes:
    """Return the bytes of a file that has a digest, none if it has another."""
    data = path.read_bytes() if path.is_file() else b""
    return data if sha256(data).hexdigest() == digest else b""


def _in_utf8(data: bytes) -> bytes:
    """Return a text in UTF-8 that has a mark of another encoding; what is no text as it is."""
    encoding = next((name for mark, name in ENCODINGS.items() if data.startswith(mark)), None)
    try:
        return data.decode(encoding).encode() if encoding else data
    except UnicodeError:
        return data
