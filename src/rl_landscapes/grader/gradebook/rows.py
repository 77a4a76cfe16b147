"""Rows of nbgrader's gradebook, many at a time; whoever calls these commits, once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.utils import parse_utc
from sqlalchemy import bindparam, select

from rl_landscapes.grader.roster import Person


@dataclass(frozen=True)
class Cells:
    """An assignment: its row, its notebook's, and those of its cells by name."""

    assignment: str
    notebook: str
    checks: Mapping[str, str]
    tasks: Mapping[str, str]
    answers: Mapping[str, str]


class CellScore(NamedTuple):
    """The scores of one cell of one student, the most it can have, and whether a person must look at it."""

    student: str
    cell: str
    auto: float | None
    manual: float | None
    extra: float | None
    most: float
    is_open: bool


def cells_of(book: Any, name: str) -> Cells:
    """Return the rows of an assignment.

    Raises
    ------
    MissingEntry
        If the gradebook does not have it.
    """
    notebook = book.find_notebook(name, name)
    checks, tasks, answers = (
        {cell.name: cell.id for cell in cells}
        for cells in (notebook.grade_cells, notebook.task_cells, notebook.solution_cells)
    )
    return Cells(notebook.assignment_id, notebook.id, checks, tasks, answers)


def enroll(book: Any, people: Iterable[Person], more: Iterable[str] = ()) -> None:
    """Enter people with their names, and others by their id alone."""
    known = {student.id: student for student in book.db.query(Student)}
    for person in people:
        row = known.setdefault(person.folder, Student(id=person.folder))
        row.first_name, row.last_name, row.email = person.first_name, person.last_name, person.email
        book.db.add(row)
    book.db.flush()
    insert(book, Student, [{"id": student} for student in sorted(set(more) - set(known))])


def notebook_rows(book: Any, cells: Cells, times: Mapping[str, str | None]) -> dict[str, str]:
    """Return the notebook's row of each student, made where there is none; set when they handed in."""
    there = book.db.execute(
        select(SubmittedAssignment.student_id, SubmittedAssignment.id, SubmittedNotebook.id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .where(SubmittedAssignment.assignment_id == cells.assignment)
    )
    rows = {student: (handed_in, notebook) for student, handed_in, notebook in there}
    new = {student: (new_uuid(), new_uuid()) for student in times if student not in rows}
    rows |= new
    handed_in = [
        {"id": row, "assignment_id": cells.assignment, "student_id": who} for who, (row, _) in new.items()
    ]
    insert(book, SubmittedAssignment, handed_in)
    notebooks = [{"id": n, "assignment_id": row, "notebook_id": cells.notebook} for row, n in new.values()]
    insert(book, SubmittedNotebook, notebooks)
    graded = [*cells.checks.values(), *cells.tasks.values()]
    commented = [*cells.answers.values(), *cells.tasks.values()]
    for model, wanted in ((Grade, graded), (Comment, commented)):
        insert(
            book, model, [{"notebook_id": row, "cell_id": cell} for _, row in new.values() for cell in wanted]
        )
    stamps = [{"row": rows[who][0], "timestamp": _time(time)} for who, time in times.items()]
    update(book, SubmittedAssignment, stamps)
    return {who: rows[who][1] for who in times}


def grades(book: Any, cells: Cells) -> dict[tuple[str, str], Any]:
    """Return the grades of an assignment by the rows of notebook and cell."""
    asked = (
        select(Grade.notebook_id, Grade.cell_id, Grade.id, Grade.auto_score, Grade.manual_score,
               Grade.needs_manual_grade)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .where(SubmittedNotebook.notebook_id == cells.notebook)
    )  # fmt: skip
    return {(row.notebook_id, row.cell_id): row for row in book.db.execute(asked)}


def read_scores(book: Any, name: str) -> Iterator[CellScore]:
    """Yield all scores of an assignment, by student and cell."""
    notebook = book.find_notebook(name, name)
    most = {cell.id: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    asked = (
        select(SubmittedAssignment.student_id, BaseCell.name, BaseCell.id, Grade.auto_score,
               Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(SubmittedNotebook.notebook_id == notebook.id)
        .order_by(SubmittedAssignment.student_id, BaseCell.name)
    )  # fmt: skip
    for student, cell, row, auto, manual, extra, is_open in book.db.execute(asked):
        yield CellScore(student, cell, auto, manual, extra, most[row], bool(is_open))


def read_comments(book: Any, name: str) -> dict[tuple[str, str], str]:
    """Return what people wrote about an assignment, by student and cell."""
    asked = (
        select(SubmittedAssignment.student_id, BaseCell.name, Comment.manual_comment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Comment.cell_id)
        .where(Assignment.name == name, Comment.manual_comment.is_not(None))
    )
    return {(student, cell): comment for student, cell, comment in book.db.execute(asked)}


def write_comments(book: Any, texts: Sequence[Mapping[str, str | None]]) -> None:
    """Set automatic comments: `notebook` and `cell` are rows, `text` may be None."""
    table = Comment.__table__
    where = (table.c.notebook_id == bindparam("notebook")) & (table.c.cell_id == bindparam("cell"))
    if texts:
        book.db.execute(table.update().where(where).values(auto_comment=bindparam("text")), texts)


def insert(book: Any, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows; what they do not name gets its default."""
    if rows:
        book.db.execute(model.__table__.insert(), rows)


def update(book: Any, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows: each names its `row`, and all the same columns."""
    if rows:
        table = model.__table__
        values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in rows[0] if column != "row"}
        named = [{k if k == "row" else f"new_{k}": v for k, v in row.items()} for row in rows]
        book.db.execute(table.update().where(table.c.id == bindparam("row")).values(**values), named)


def _time(text: str | None) -> datetime | None:
    try:
        when: datetime | None = parse_utc(text)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None
    return when
