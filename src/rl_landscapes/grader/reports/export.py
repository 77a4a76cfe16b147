"""Points as files that other programs read: a table, or what Canvas, Moodle and Gradescope take."""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.reports import FORMATS
from rl_landscapes.grader.reports.pages import Part
from rl_landscapes.grader.reports.standing import Scores, Standing, standings
from rl_landscapes.grader.roster import Person
from rl_landscapes.records.writing import write_file

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
SPLIT = re.compile(r"(?!\A)([;\t|] *)(?=[-=+@])")  # where some programs begin another cell, with a formula
DAY_S = 86_400
Cell = str | float | int


@dataclass(frozen=True)
class Penalty:
    """What being late costs: for every day begun after `grace_s` seconds, a share of the points earned."""

    per_day: float
    grace_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no share and no time."""
        if not (0 <= self.per_day <= 1 and self.grace_s >= 0):
            got = f"{self.per_day!r} after {self.grace_s!r} s"
            raise ValueError(f"a day costs a share from 0 to 1 after 0 s or more, got {got}")

    def points(self, total: float, late_s: int | None) -> float | None:
        """Return the points taken off, None if it is not known how late the work was."""
        if late_s is None:
            return None
        days = math.ceil(max(0.0, late_s - self.grace_s) / DAY_S)
        return round(total * min(1.0, days * self.per_day), 6)


@dataclass(frozen=True)
class Exported:
    """What was written, and who is in it with a word instead of points: student, assignment, word."""

    paths: Sequence[Path]
    rows: int
    without: Sequence[tuple[str, str, str]]

    def __str__(self) -> str:
        """Return how many have each word, and who, by line."""
        found: dict[str, list[str]] = {}
        for student, name, word in self.without:
            found.setdefault(f"{name}, {word}", []).append(student)
        words = [f"  {what}: {len(who)} ({', '.join(who)})" for what, who in sorted(found.items())]
        without = len({student for student, _, _ in self.without})
        return "\n".join([f"{self.rows} students, {without} without points somewhere", *words])


@dataclass(frozen=True)
class Mark:
    """A student's points in an assignment after what being late costs; None is not 0: `state` says why."""

    standing: Standing
    penalty: float | None  # points taken off
    total: float | None
    state: str


Marks = Mapping[str, Mapping[str, Mark]]  # by student and assignment


def export(
    course: Course,
    names: Sequence[str],
    format: str,
    path: Path,
    *,
    late: Penalty | None = None,
    manual: Mapping[str, Scores] | None = None,
) -> Exported:
    """Write the points of some assignments: "plain", "canvas" or "moodle" (CSV), or "gradescope" (a folder).

    Who has no points has a word in the plain table and an empty cell for Canvas and Moodle, which keep what
    they had; nobody gets a 0 for work that was not graded. Cells that a spreadsheet would take for a formula
    begin with an apostrophe.

    Raises
    ------
    ValueError
        If there is no such format.
    """
    if format not in FORMATS:
        raise ValueError(f"format must be {', '.join(FORMATS)}, got {format!r}")
    found = {
        name: standings(course, name, manual=None if manual is None else manual.get(name, {}))
        for name in names
    }
    students = sorted({student for those in found.values() for student in those})
    marks = {
        student: {name: mark(those[student], late) for name, those in found.items() if student in those}
        for student in students
    }
    paths = WRITERS[format](course, marks, list(names), path)
    without = [
        (student, name, mark.state)
        for student, theirs in marks.items()
        for name, mark in theirs.items()
        if mark.total is None
    ]
    return Exported(paths, len(marks), without)


def mark(standing: Standing, late: Penalty | None) -> Mark:
    """Return the points that count."""
    if standing.total is None:
        return Mark(standing, None, None, str(standing.state))
    if late is not None and standing.is_late is None:
        return Mark(standing, None, None, "whether it was late is not known")
    if late is None or not standing.is_late:
        return Mark(standing, 0.0, standing.total, str(standing.state))
    penalty = late.points(standing.total, standing.late_s)
    if penalty is None:
        return Mark(standing, None, None, "late by a time that is not known")
    return Mark(standing, penalty, round(standing.total - penalty, 6), str(standing.state))


def guard_formula(cell: Cell | None) -> Cell:
    """Return a cell that no spreadsheet takes for a formula, "" for None."""
    if not isinstance(cell, str):
        return "" if cell is None else cell
    cell = SPLIT.sub(r"\1'", cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def _plain(course: Course, marks: Marks, names: Sequence[str], path: Path) -> list[Path]:
    columns = ("status", "automatic", "written", "penalty", "total", "of", "late seconds")
    head = ["id", "first_name", "last_name", "email"]
    head += [f"{name} {column}" for name in names for column in columns]
    rows: list[list[Cell | None]] = []
    for theirs in marks.values():
        cells = [cell for name in names for cell in _cells(theirs.get(name), len(columns))]
        rows.append([*_who(_person(theirs)), *cells])
    return [_table(path, [head, *rows])]


def _cells(found: Mark | None, count: int) -> list[Cell | None]:
    if found is None:
        return [None] * count
    one = found.standing
    late: Cell | None = "unknown" if one.is_late and one.late_s is None else one.late_s
    return [found.state, one.automatic, one.written, found.penalty, found.total, one.of, late]


def _canvas(course: Course, marks: Marks, names: Sequence[str], path: Path) -> list[Path]:
    """Write what Canvas's gradebook imports; columns must be called as the assignments are there."""
    titles = [course.assignment(name).title for name in names]
    rows: list[list[Cell | None]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]]
    rows.append(["    Points Possible", "", "", "", "", *(_of(marks, name) for name in names)])
    for theirs in marks.values():
        who = _person(theirs)
        name = f"{who.last_name}, {who.first_name}".strip(", ")
        totals = [theirs[n].total if n in theirs else None for n in names]
        rows.append([name, who.canvas_id, who.id, who.login, who.section, *totals])
    return [_table(path, rows)]


def _moodle(course: Course, marks: Marks, names: Sequence[str], path: Path) -> list[Path]:
    """Write what Moodle's import of grades maps to its columns; the words are for its feedback."""
    titles = [course.assignment(name).title for name in names]
    columns = [column for title in titles for column in (title, f"{title} (feedback)")]
    rows: list[list[Cell | None]] = [["First name", "Last name", "ID number", "Email address", *columns]]
    for theirs in marks.values():
        who = _person(theirs)
        cells: list[Cell | None] = []
        for name in names:
            found = theirs.get(name)
            cells += [found.total, found.state] if found else [None, None]
        rows.append([who.first_name, who.last_name, who.id, who.email, *cells])
    return [_table(path, rows)]


def _gradescope(course: Course, marks: Marks, names: Sequence[str], path: Path) -> list[Path]:
    """Write <assignment>/<student>/results.json, as an autograder of Gradescope does, for who has points."""
    paths = []
    for student, theirs in marks.items():
        for name, found in theirs.items():
            if found.total is not None:
                place = path / name / student / "results.json"
                text = json.dumps(_results(course, found), indent=1, ensure_ascii=False)
                paths.append(write_file(place, text.encode("utf-8", "replace"), durable=False))
    return paths


def _results(course: Course, found: Mark) -> dict[str, Any]:
    from rl_landscapes.grader.reports.feedback import question_parts

    questions = question_parts(course.assignment(found.standing.result["assignment"]), found.standing)
    tests = [entry for part in questions for entry in _tests(part)]
    for task, (points, of, comment) in found.standing.tasks.items():
        words = {"output": comment, "output_format": "text", "visibility": "visible"}
        tests.append({"name": task, "score": points, "max_score": of, **words})
    said = f"{found.penalty:g} points are taken off for being late." if found.penalty else ""
    return {"score": found.total, "output": said, "visibility": "after_published", "tests": tests}


def _tests(part: Part) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{part.title}: {test.title}",
            "score": test.points,
            "max_score": test.of,
            "status": "passed" if test.outcome == "passed" else "failed",
            "output": "\n".join([test.outcome, *(f"{name}: {said}" for name, said in test.rows.items())]),
            "output_format": "text",
            "visibility": "after_published" if test.at_grading else "visible",
        }
        for test in part.tests
    ]


WRITERS: Mapping[str, Callable[[Course, Marks, Sequence[str], Path], list[Path]]] = dict(
    zip(FORMATS, (_plain, _canvas, _moodle, _gradescope), strict=True)
)


def _person(theirs: Mapping[str, Mark]) -> Person:
    return next(iter(theirs.values())).standing.person


def _who(person: Person) -> list[Cell | None]:
    return [person.id, person.first_name, person.last_name, person.email]


def _of(marks: Marks, name: str) -> float | None:
    return next((theirs[name].standing.of for theirs in marks.values() if name in theirs), None)


def _table(path: Path, rows: Sequence[Sequence[Cell | None]]) -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guard_formula(cell) for cell in row] for row in rows)
    return write_file(path, text.getvalue().encode("utf-8", "replace"))
