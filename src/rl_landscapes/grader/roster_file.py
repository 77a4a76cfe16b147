"""The file of a roster: a CSV of one's own, or what a learning platform exports."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from rl_landscapes.grader.roster import OPTIONAL, Person, Roster, why_no_id
from rl_landscapes.grader.tables import ROUNDED, Table, read_table
from rl_landscapes.records.writing import write_file

COLUMNS = {  # of a person: what our own file and the exports of platforms call them, the surest first
    "id": ("id", "sis_user_id", "student_id", "sid", "id_number", "identifier", "sis_login_id", "username",
           "user_name", "login_id", "email", "email_address"),
    "first_name": ("first_name", "firstname", "given_name"),
    "last_name": ("last_name", "lastname", "surname", "family_name"),
    "email": ("email", "email_address", "e_mail", "e_mail_address"),
    "canvas_id": ("canvas_id",),
    "login": ("login", "sis_login_id", "login_id", "github_username", "username", "user_name"),
    "section": ("section",),
    "also": ("also",),
}  # fmt: skip
WHOLE = ("student", "full_name", "name")  # columns with first and last name
CANVAS = {"student", "id", "section"}  # columns of Canvas's gradebook, whose `id` is its own
NO_STUDENTS = ("student, test", "test student", "points possible")
KNOWN = ("id", *dict.fromkeys(name for names in COLUMNS.values() for name in names), *WHOLE)


def read(path: Path) -> Roster:
    """Return the people of a CSV file with a column `id`, and any of first_name, last_name, email and others.

    The exports of Canvas's gradebook, of the participants of Moodle and of the rosters of Gradescope,
    Blackboard and GitHub Classroom are read too: the id is the first of theirs that everybody has.

    Raises
    ------
    ValueError
        If the file is no such table, an id is missing, too long or not printable, or two people have one;
        the message names the line.
    """
    table = read_table(path, KNOWN)
    is_canvas = set(table.columns) >= CANVAS
    rows = [(line, row) for line, row in table.rows if not (is_canvas and _is_no_student(row))]
    name = _id_column(table, rows, is_canvas)
    people: dict[str, Person] = {}
    for line, row in rows:
        person = _person(row, name, is_canvas)
        if reason := why_no_id(person.id):
            raise table.wrong(line, reason)
        if ROUNDED.fullmatch(person.id):
            raise table.wrong(
                line, f"a spreadsheet has rounded the id {person.id}: make the column text first"
            )
        if person.folder.casefold() in people:
            raise table.wrong(line, f"the id {person.id!r} is there twice")
        people[person.folder.casefold()] = person
    return Roster(tuple(people.values()))


def write(roster: Roster, path: Path) -> None:
    """Write the people to a CSV file that `read` reads, if there are any."""
    text = io.StringIO(newline="")
    names = ("id", *OPTIONAL)
    csv.writer(text).writerows([names, *([getattr(p, name) for name in names] for p in roster.people)])
    if roster.people:
        write_file(path, text.getvalue().encode())


def _id_column(table: Table, rows: Sequence[tuple[int, Mapping[str, str]]], is_canvas: bool) -> str:
    """Return the column that says who is who: our own, or the first that everybody has an own value in."""
    if "id" in table.columns and not is_canvas:
        return "id"
    names = [name for name in (*COLUMNS["id"][1:], "id") if name in table.columns]
    for name in names:
        values = [row.get(name, "").casefold() for _, row in rows]
        if all(values) and len(set(values)) == len(values):
            return name
    if not names:
        raise ValueError(f"{table.path} must have a column 'id', got {table.has}")
    said = " or ".join(names)
    raise ValueError(f"{table.path} must have a column 'id': not everybody has a {said} of their own")


def _person(row: Mapping[str, str], name: str, is_canvas: bool) -> Person:
    values = {field: _first(row, columns) for field, columns in COLUMNS.items()}
    first, last = _parts(_first(row, WHOLE))
    if not values["first_name"] and not values["last_name"]:
        values |= {"first_name": first, "last_name": last}
    canvas = {"canvas_id": row["id"]} if is_canvas else {}
    return Person(**{**values, **canvas, "id": row.get(name, "")})


def _first(row: Mapping[str, str], columns: Sequence[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")


def _parts(name: str) -> tuple[str, str]:
    """Return first and last name in "Last, First" or "First Last"."""
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def _is_no_student(row: Mapping[str, str]) -> bool:
    return not row.get("id") or row.get("student", "").casefold() in NO_STUDENTS
