"""nbgrader's gradebook: automatic results go in, the scores and comments of people come out."""

import errno
import json
import os
import sysconfig
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.preprocessors import ClearHiddenTests, SaveCells
from sqlalchemy import URL
from sqlalchemy.exc import DatabaseError

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.running.notebook import TASK, Notebook, Unreadable, read
from rl_landscapes.course.running.submission import GRADED
from rl_landscapes.grader.authoring.build import AFTER, BEFORE, notebook_text
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.folders import Course, read_beside, read_submission
from rl_landscapes.grader.gradebook import rows
from rl_landscapes.grader.gradebook.autograded import NO_ANSWER, formgrader_notebook, shown_answers
from rl_landscapes.grader.roster_file import read as read_roster
from rl_landscapes.records.writing import replacing

COURSE_ID = "rl-landscapes"
CHECK = "check-"
Table = Callable[[str], Assignment]
Json = Mapping[str, Any]
SAID = {  # what SQLite says, and the system's number for it
    "is full": errno.ENOSPC,
    "readonly": errno.EROFS,
    "unable to open": errno.EACCES,
    "is locked": errno.EAGAIN,
}
Score = tuple[float | None, float, str]  # points (None: not graded yet), at most, comment


@contextmanager
def open_gradebook(course: Course) -> Iterator[Any]:
    """Open the gradebook, made on first use: for that nbgrader looks for the program alembic on the PATH.

    Raises
    ------
    OSError
        If it cannot be opened or written; one that could not be made is not left half made.
    """
    course.grading.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, is_new = os.environ.get("PATH", ""), not course.gradebook.exists()
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), path])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy's about nbgrader's models: many, and of no use
            with Gradebook(url(course), COURSE_ID) as book:
                is_new = False
                yield book
    except DatabaseError as error:
        if is_new:
            course.gradebook.unlink(missing_ok=True)
        raise _as_os_error(error, course.gradebook) from error
    finally:
        os.environ["PATH"] = path


def _as_os_error(error: DatabaseError, path: Path) -> OSError:
    """Return an error of the database in the words that the system has for it."""
    said = str(error.orig)
    number = next((number for words, number in SAID.items() if words in said), errno.EIO)
    return OSError(number, os.strerror(number) if number != errno.EIO else said, str(path))


def url(course: Course) -> str:
    """Return the address of the gradebook, as nbgrader's `db_url`."""
    return URL.create("sqlite", database=str(course.gradebook.resolve())).render_as_string()


def register(course: Course, name: str, *, due: datetime | None = None, table: Table | None = None) -> None:
    """Enter an assignment with its cells, as `nbgrader generate_assignment` does, when it is due, the roster.

    Raises
    ------
    ValueError
        If its questions are others than those of submissions in the gradebook, or `due` has no time zone.
    """
    if due is not None and due.tzinfo is None:
        raise ValueError(f"due must have a time zone, got {due.isoformat()}")
    with open_gradebook(course) as book:
        when = {"duedate": due.astimezone(UTC).replace(tzinfo=None)} if due else {}
        book.update_or_create_assignment(name, **when)
        _enroll(course, book)
        book.db.commit()
        _save_cells(course, name, table or course.assignment)


def due_of(course: Course, name: str) -> datetime | None:
    """Return when the gradebook says that an assignment is due."""
    if not course.gradebook.is_file():
        return None
    with open_gradebook(course) as book:
        try:
            when: datetime | None = book.find_assignment(name).duedate
        except MissingEntry:
            return None
    return when.replace(tzinfo=UTC) if when else None


def record(course: Course, name: str, results: Iterable[Json], *, table: Table | None = None) -> None:
    """Enter automatic results, as stored, and write the notebooks that formgrader shows.

    Scores that people gave stay; a result that is not "graded" takes the automatic score of an earlier one
    away. A score is marked for a person's eyes if there is none, or if what it was given for has changed.

    Raises
    ------
    ValueError
        If a result belongs to another assignment, or the questions are others than those in the gradebook.
    """
    latest = {result["student"]: result for result in results}
    if other := {result["assignment"] for result in latest.values()} - {name}:
        raise ValueError(f"results must be of {name}, got some of {', '.join(sorted(other))}")
    if latest:
        with open_gradebook(course) as book:
            _up_to_date(course, book, name, table or course.assignment)
            pages = _pages(course, name, latest, table or course.assignment)
            _enroll(course, book, latest)
            _enter(book, name, latest, pages)
            book.db.commit()
            for page in pages.values():  # last, for their time says that all was entered
                page.write()


def manual_scores(course: Course, name: str) -> dict[str, dict[str, Score]]:
    """Return what people have to say: student -> name of a cell -> points, at most, comment.

    Every written answer is there (`task-...`; points None until somebody grades it as it stands, 0 where it
    is empty), and a graded function (`check-...`) if somebody has changed its score or commented on it.
    """
    found: dict[str, dict[str, Score]] = {}
    if not course.gradebook.exists():
        return found
    with open_gradebook(course) as book:
        try:
            given, comments = list(rows.read_scores(book, name)), rows.read_comments(book, name)
        except MissingEntry:
            return found
    for row in given:
        comment = comments.get((row.student, row.cell.removeprefix(CHECK)), "")
        points = row.auto if row.manual is None else row.manual
        if row.cell.startswith(TASK) and row.is_open:
            points = None  # it was given for another answer
        if row.cell.startswith(TASK) or row.manual is not None or row.extra or comment:
            total = None if points is None else points + (row.extra or 0.0)
            found.setdefault(row.student, {})[row.cell] = (total, row.most, comment)
    return found


def changed_since(course: Course, name: str) -> list[tuple[str, str]]:
    """Return the students and cells with points that a person gave for what has changed since."""
    if not course.gradebook.exists():
        return []
    with open_gradebook(course) as book:
        try:
            return [
                (row.student, row.cell)
                for row in rows.read_scores(book, name)
                if row.is_open and row.manual is not None
            ]
        except MissingEntry:
            return []


def _enroll(course: Course, book: Any, more: Iterable[str] = ()) -> None:
    people = read_roster(course.roster).people if course.roster.is_file() else ()
    rows.enroll(book, people, more)


def _up_to_date(course: Course, book: Any, name: str, table: Table) -> None:
    """Enter the assignment if it is not there, or there with other points."""
    source = source_notebook(course.source(name), table(name))
    data = [cell.metadata.nbgrader for cell in source.cells if "nbgrader" in cell.metadata]
    wanted = {entry["grade_id"]: float(entry["points"]) for entry in data if "points" in entry}
    try:
        notebook = book.find_notebook(name, name)
        there = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    except MissingEntry:
        there = {}
    if there != wanted:
        book.update_or_create_assignment(name)
        _save_cells(course, name, table)
        book.db.expire_all()


def _save_cells(course: Course, name: str, table: Table) -> None:
    source = source_notebook(course.source(name), table(name))
    try:
        context = {"assignment": name, "notebook": name, "db_url": url(course)}
        notebook_text(source, (*BEFORE, SaveCells), context)
    except RuntimeError as error:
        raise ValueError(
            f"{error}: the questions of {name} have changed since submissions were graded; to begin anew, "
            f"run: nbgrader db assignment remove {name} --force"
        ) from None


def _enter(book: Any, name: str, results: Mapping[str, Json], pages: Mapping[str, "_Page"]) -> None:
    """Set automatic scores and comments, and what somebody has to look at."""
    cells = rows.cells_of(book, name)
    places = rows.notebook_rows(book, cells, {who: result["submitted_at"] for who, result in results.items()})
    there = rows.grades(book, cells)
    scores: list[dict[str, Any]] = []
    comments: list[dict[str, str | None]] = []
    for student, notebook in places.items():
        result, page = results[student], pages[student]
        for check, cell in cells.checks.items():
            row, auto = there[notebook, cell], _points(result, check)
            changed = row.manual_score is not None and (row.needs_manual_grade or auto != row.auto_score)
            scores.append(_score(row, auto, auto is None or changed))
        for task, cell in cells.tasks.items():
            row, auto = there[notebook, cell], 0.0 if task in page.empty else None
            seen = row.manual_score is not None and not row.needs_manual_grade and task not in page.changed
            scores.append(_score(row, auto, not seen and (auto is None or row.manual_score is not None)))
            said = "No response." if task in page.empty else None
            comments.append({"notebook": notebook, "cell": cell, "text": said})
    rows.update(book, Grade, scores)
    rows.write_comments(book, comments)


def _score(row: Any, auto: float | None, is_open: bool) -> dict[str, Any]:
    return {"row": row.id, "auto_score": auto, "needs_manual_grade": is_open}


def _points(result: Json, check: str) -> float | None:
    question = result["questions"].get(check.removeprefix(CHECK))
    return float(question["points"]) if result["status"] == GRADED and question else None


@dataclass(frozen=True)
class _Page:
    """A notebook for formgrader; which tasks have no answer, and which another than was shown before."""

    path: Path
    text: str
    empty: frozenset[str]
    changed: frozenset[str]

    def write(self) -> None:
        """Write it, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self.path, durable=False) as file:
            file.write(self.text.encode())


def _pages(course: Course, name: str, results: Mapping[str, Json], table: Table) -> dict[str, _Page]:
    source = source_notebook(course.source(name), table(name))
    base = json.loads(notebook_text(source, (*BEFORE, ClearHiddenTests)))
    release = read(notebook_text(source, (*BEFORE, *AFTER)).encode())
    return {student: _page(course, name, base, release, result) for student, result in results.items()}


def _page(course: Course, name: str, base: dict[str, Any], release: Notebook, result: Json) -> _Page:
    path = course.shown(result["student"], name)
    handed_in = _handed_in(course.submission(result["student"], name))
    beside = read_beside(course, result["student"], name)
    notebook = formgrader_notebook(base, release, handed_in, result, beside)
    before, now = _shown_before(path), shown_answers(notebook)
    empty = frozenset(task for task, text in now.items() if text == NO_ANSWER and handed_in)
    changed = frozenset(task for task in now if before.get(task) != now[task])
    return _Page(path, json.dumps(notebook, sort_keys=True, ensure_ascii=False) + "\n", empty, changed)


def _shown_before(path: Path) -> dict[str, str]:
    try:
        return shown_answers(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError):
        return {}


def _handed_in(path: Path) -> Notebook | None:
    try:
        return read(read_submission(path))
    except (OSError, Unreadable):
        return None
