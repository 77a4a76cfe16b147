"""Looking through the files of one student, and putting what counts in its place."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256

from rl_landscapes.course.running.belonging import belongs_to
from rl_landscapes.course.running.notebook import ENCODINGS, Notebook, Unreadable, answered, program, read
from rl_landscapes.grader import times
from rl_landscapes.grader.collecting.beside import LONGEST, beside, words_of
from rl_landscapes.grader.collecting.choice import Looked, choose, said_of
from rl_landscapes.grader.collecting.placing import place
from rl_landscapes.grader.collecting.report import Attempt, Beside, Student, on_one_line
from rl_landscapes.grader.collecting.source import KNOWN, UNKNOWN, HandedFile
from rl_landscapes.grader.collecting.unpack import MENTIONED, Refuse, Refused, is_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.gradebook.written import written_answers
from rl_landscapes.grader.roster import Person

KEPT = 20  # files of one student that do not count and are kept


@dataclass(frozen=True)
class Intake:
    """Where the files of one student after the other are looked through."""

    course: Course
    name: str
    release: Notebook | None  # None: it has not been built
    refuse: Refuse
    note: Callable[[str], None]

    @cached_property
    def known(self) -> list[str]:
        """Return the names of all assignments."""
        return self.course.known()

    def take(self, before: Student, handed: Sequence[HandedFile], known: datetime | None) -> Student:
        """Return what there is of a student with new files, and put in place what counts."""
        looked = [self._look(one, known) for one in handed if is_notebook(one.file.name)]
        ours = [one for one in looked if not one.other]
        marked = choose([one for one in ours if not one.attempt.reason])
        for said in said_of(marked):
            self.note(f"{before.name}: {said}")
        passed_over = [one for one in marked if one.attempt.passed_over][KEPT:]
        readable = [one for one in marked if one not in passed_over]
        attempts = _merged([*before.attempts, *(one.attempt for one in readable)])
        unreadable = [one.attempt for one in ours if one.attempt.reason]
        if handed and not looked:
            unreadable.append(self._no_notebook(handed))
        others = [one for one in looked if one.other]
        if others and not ours and not attempts:
            unreadable.append(max((self._of_other(one) for one in others), key=lambda other: other.rank))
        else:
            self._refuse_others(others)
        files = [one.file for one in handed if not is_notebook(one.file.name)]
        words = {*before.beside, *beside(files), *self._words(marked, ours)}
        student = replace(
            before,
            attempts=attempts,
            unreadable=self._few(before.name, _merged([*before.unreadable, *unreadable])),
            beside=tuple(sorted(words, key=lambda one: (one.file, one.text))[:KEPT]),
        )
        place(self.course, self.name, student, {one.attempt.digest: one.data for one in readable})
        return student

    def _look(self, one: HandedFile, known: datetime | None) -> Looked:
        data, reason, notebook = one.file.path.encode(), "", Notebook((), "")
        try:
            data = _in_utf8(one.file.read())
            notebook = read(data)
            reason = self._why_foreign(notebook)
        except (Refused, Unreadable) as error:
            reason = str(error)
        when, source = (known, KNOWN) if known else (one.when, one.time_from)
        stamp = times.format_utc(when) if when else ""
        attempt = Attempt(one.file.path, stamp, source, one.order, one.late, sha256(data).hexdigest(), reason)
        other = belongs_to(notebook, one.file.name, self.known)
        looked = Looked(attempt, data, notebook, other if other != self.name else "")
        if self.release is None or reason:
            return looked
        answers = tuple(answered(self.release, notebook))
        return replace(looked, answers=answers, is_blank=not answers and self._is_blank(notebook))

    def _is_blank(self, notebook: Notebook) -> bool:
        """Say whether a notebook without answers is what was handed out: no word, and no code more."""
        assert self.release is not None
        has_more = any(step.role == "extra" for step in program(self.release, notebook))
        return not has_more and not any(written_answers(self.release, notebook).values())

    def _words(self, marked: Sequence[Looked], ours: Sequence[Looked]) -> Iterator[Beside]:
        """Yield the words in notebooks that do not count."""
        for one in marked:
            if one.attempt.passed_over and not one.is_blank and self.release is not None:
                answers = written_answers(self.release, one.notebook).values()
                if text := "\n\n".join(filter(None, answers)):
                    yield Beside(on_one_line(one.attempt.file), text[:LONGEST])
        for one in ours:
            if one.attempt.reason and (found := words_of(one.attempt.file, one.notebook)):
                yield found

    def _of_other(self, one: Looked) -> Attempt:
        return replace(one.attempt, reason=f"it is of the assignment {one.other}")

    def _refuse_others(self, others: Sequence[Looked]) -> None:
        for one in others[:MENTIONED]:
            self.refuse(one.attempt.file, self._of_other(one).reason)
        if len(others) > MENTIONED:
            self.refuse(others[0].attempt.file, f"and {len(others) - MENTIONED} more of other assignments")

    def _few(self, who: str, unreadable: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
        """Return the newest of what cannot be read; who hands in more is named once."""
        if len(unreadable) > MENTIONED:
            self.note(f"{who}: {len(unreadable) - MENTIONED} more files cannot be read")
        return unreadable[-MENTIONED:]

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
            was = key in found and found[key].withdrawn
            found[key] = replace(attempt, withdrawn=attempt.withdrawn or was)
    seen: list[Attempt] = []
    for attempt in sorted(found.values(), key=lambda attempt: attempt.rank):
        if not seen or seen[-1].digest != attempt.digest or seen[-1].withdrawn != attempt.withdrawn:
            seen.append(attempt)
    return tuple(seen)


def _is_better(new: Attempt, old: Attempt) -> bool:
    if bool(new.passed_over) != bool(old.passed_over):
        return not new.passed_over  # once it came alone
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


def _in_utf8(data: bytes) -> bytes:
    """Return a text in UTF-8 that has a mark of another encoding; what is no text as it is."""
    encoding = next((name for mark, name in ENCODINGS.items() if data.startswith(mark)), None)
    try:
        return data.decode(encoding).encode() if encoding else data
    except UnicodeError:
        return data
