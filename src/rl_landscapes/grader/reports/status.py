"""Where a course stands: one row per assignment, from what was collected to what was sent back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from rl_landscapes.grader.folders import Course, read_beside
from rl_landscapes.grader.grading.grade import made_from
from rl_landscapes.grader.grading.setup import prepare
from rl_landscapes.grader.log import decided, read_log
from rl_landscapes.grader.reports.standing import Scores, Standing, State, standings


@dataclass(frozen=True)
class Row:
    """How many students of an assignment are where.

    `unreadable` have handed in nothing that could be read; `outdated` were graded before other work came, or
    with other tests than today's; `waiting` have a written answer that nobody has graded yet.
    """

    assignment: str
    students: int
    collected: int
    late: int
    unreadable: int
    to_grade: int
    graded: int
    outdated: int
    faults: int
    waiting: int
    feedback: int


@dataclass(frozen=True)
class Status:
    """The rows of all assignments, and what has been decided about single people."""

    rows: Sequence[Row]
    decisions: Sequence[str] = ()

    def __str__(self) -> str:
        """Return a table for a terminal, and what was decided by line."""
        head = [field.name.replace("_", " ") for field in fields(Row)]
        lines = [head, *([str(cell) for cell in astuple(row)] for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        table = [
            "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines
        ]
        return "\n".join([*table, *self.decisions])


def status(
    course: Course,
    names: Sequence[str] = (),
    *,
    private: Path | None = None,
    manual: Mapping[str, Scores] | None = None,
) -> Status:
    """Return where some assignments stand (all that have a source without `names`)."""
    return Status(
        [
            _row(
                course,
                name,
                private,
                standings(course, name, manual=None if manual is None else manual.get(name, {})),
            )
            for name in names or course.names()
        ],
        list(decided(read_log(course)).lines()),
    )


def _row(course: Course, name: str, private: Path | None, found: Mapping[str, Standing]) -> Row:
    states = Counter(one.state for one in found.values())
    scored = {student: one for student, one in found.items() if one.has_points}
    digests = _Digests(course, name, private)
    old = sum(not digests.is_true(one) for one in scored.values())
    pages = [course.feedback / student / name / f"{name}.html" for student in found]
    return Row(
        name,
        students=len(found),
        collected=sum(course.submission(student, name).is_file() for student in found),
        late=sum(bool(one.is_late) for one in found.values()),
        unreadable=states[State.UNREADABLE],
        to_grade=states[State.UNGRADED],
        graded=len(scored),
        outdated=states[State.STALE] + old,
        faults=states[State.FAULT],
        waiting=states[State.WAITING],
        feedback=sum(page.is_file() for page in pages),
    )


class _Digests:
    """What results must carry that are still true, worked out once per assignment."""

    def __init__(self, course: Course, name: str, private: Path | None) -> None:
        self.course, self.name, self.private = course, name, private
        self.fingerprints: dict[bool, str] = {}

    def is_true(self, standing: Standing) -> bool:
        """Say whether a result was made with today's tests, release and secret."""
        jailed = bool(standing.result["jail"])
        if jailed not in self.fingerprints:
            found = prepare(self.course, self.name, jailed=jailed, private=self.private)
            self.fingerprints[jailed] = found.fingerprint
        student = standing.person.folder
        data = self.course.submission(student, self.name).read_bytes()
        wanted = made_from(self.fingerprints[jailed], data, read_beside(self.course, student, self.name))
        return bool(wanted == standing.result["digest"])
