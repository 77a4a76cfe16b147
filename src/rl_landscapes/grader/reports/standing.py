"""Where every student stands in an assignment: points where there are any, a word where there are none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from rl_landscapes.course.running.notebook import Notebook, read
from rl_landscapes.grader.collecting.report import Student, read_report
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.log import people as active
from rl_landscapes.grader.roster import Person, student_of
from rl_landscapes.grader.roster_change import roster_of

CHECK = "check-"  # begins the name of the cell with a question's automatic points
Json = dict[str, Any]
Score = tuple[float | None, float, str]  # points (None: not graded yet), at most, comment
Scores = Mapping[str, Mapping[str, Score]]  # by student and cell


class State(StrEnum):
    """What has become of a student's work; only the first comes with a total."""

    GRADED = "graded"
    WAITING = "written answers to be graded"
    UNGRADED = "to be graded"
    STALE = "to be graded again"
    UNREADABLE = "unreadable"
    FAULT = "grader fault"
    ABSENT = "not submitted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Standing:
    """A student in an assignment; `questions` are points and most, after what a person has changed.

    `result` is the stored one ({} without), `manual` what people have said by cell, `handed_in` what came.
    """

    person: Person
    state: State
    reason: str
    result: Json
    questions: Mapping[str, tuple[float, float]]
    tasks: Mapping[str, Score]
    comments: Mapping[str, str]
    handed_in: Student
    late_s: int | None
    is_late: bool | None

    @property
    def has_points(self) -> bool:
        """Say whether the automatic points are those of the work that counts."""
        return self.state in (State.GRADED, State.WAITING)

    @property
    def automatic(self) -> float | None:
        """Return the points of the graded functions, None if there are none to speak of."""
        return _sum(points for points, _ in self.questions.values()) if self.has_points else None

    @property
    def written(self) -> float | None:
        """Return the points of the written answers, None until all have some."""
        scores = [points for points, _, _ in self.tasks.values()]
        return None if not self.has_points or None in scores else _sum(p for p in scores if p is not None)

    @property
    def total(self) -> float | None:
        """Return all points, None until all are known."""
        if self.automatic is None or self.written is None:
            return None
        return _sum([self.automatic, self.written])

    @property
    def of(self) -> float:
        """Return the most that can be had."""
        return _sum([*(of for _, of in self.questions.values()), *(of for _, of, _ in self.tasks.values())])


def standings(course: Course, name: str, *, manual: Scores | None = None) -> dict[str, Standing]:
    """Return where everybody stands who is on the roster or has handed in, and was not dropped, by folder.

    `manual` is what people have said, by default that of the gradebook.
    """
    people, report = roster_of(course), read_report(course, name)
    came = report.students
    there = set(course.submitters(name))
    scores = _of_gradebook(course, name) if manual is None else manual
    tasks = tasks_of(course, name)
    found = {}
    for folder in active(course, people.by_folder.keys() | came.keys() | there):
        due = report.due_of(folder)
        handed_in = came.get(folder, Student(student_of(folder), student_of(folder)))
        person = people.by_folder.get(folder) or Person(handed_in.id, last_name=_other(handed_in))
        result = _result(course, name, folder)
        state, reason = _state(course.submission(folder, name), handed_in, result)
        said = scores.get(folder, {})
        written = {task: said.get(task, (None, most, "")) for task, most in tasks.items()}
        if state is State.GRADED and any(points is None for points, _, _ in written.values()):
            state = State.WAITING
        found[folder] = Standing(
            person, state, reason, result, _questions(course, name, result, said), written,
            {cell: comment for cell, (_, _, comment) in said.items() if comment},
            handed_in, handed_in.late_s(due), handed_in.is_late(due),
        )  # fmt: skip
    return found


def tasks_of(course: Course, name: str) -> dict[str, float]:
    """Return the cells that ask for written answers, and their points, from the release."""
    path = course.release(name)
    if not path.is_file():
        return {}
    cells = read_release(course, name).where(lambda cell: cell.nbgrader.get("task") is True)
    return {cell.grade_id: float(cell.nbgrader.get("points", 0)) for cell in cells}


def read_release(course: Course, name: str) -> Notebook:
    """Return the notebook that students got."""
    return read(course.release(name).read_bytes())


def _state(path: Path, handed_in: Student, result: Json) -> tuple[State, str]:
    if not path.is_file():
        if handed_in.attempts and not handed_in.newest:
            return State.WITHDRAWN, ""
        last = handed_in.unreadable[-1:]
        return (State.UNREADABLE, last[0].reason) if last else (State.ABSENT, "")
    if not result:
        return State.UNGRADED, ""
    if result.get("submission") != sha256(path.read_bytes()).hexdigest():
        return State.STALE, "another notebook has come since"
    return State(result["status"]), result["reason"]


def _questions(
    course: Course, name: str, result: Json, said: Mapping[str, Score]
) -> dict[str, tuple[float, float]]:
    if not result.get("questions"):
        asked = course.assignment(name).questions.values()
        return {question.name: (0.0, question.points) for question in asked}
    found = {}
    for question, scored in result["questions"].items():
        points, _, _ = said.get(CHECK + question, (None, 0.0, ""))
        found[question] = (scored["points"] if points is None else points, scored["of"])
    return found


def _result(course: Course, name: str, folder: str) -> Json:
    try:
        found: Json = json.loads(course.result(folder, name).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _of_gradebook(course: Course, name: str) -> Scores:
    if not course.gradebook.is_file():
        return {}
    from rl_landscapes.grader.gradebook.entries import manual_scores  # imports nbgrader: slow

    return manual_scores(course, name)


def _other(student: Student) -> str:
    return student.name if student.name != student.id else ""


def _sum(points: Any) -> float:
    return round(float(sum(points)), 6)
