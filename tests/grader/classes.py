"""A course folder with the first assignment, notebooks that students might hand in, and results of them."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

from rl_landscapes.course.assignment import assignment
from rl_landscapes.grader.collecting.report import Attempt, CollectionReport, Student, write_report
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.roster import folder_of

NAME = "01-returns-and-entropy"
TASK = "task-absorbing"
ROOT = Course(Path(__file__).parents[2])
RELEASE = ROOT.release(NAME).read_bytes()
FOUND = assignment(NAME)
HOSTILE = (
    "</pre><script>alert(1)</script><img src=x onerror=alert(2)>[a](javascript:alert(3))\n"
    '```\n# "x" & \u202ey'
)


def course_in(folder, roster=""):
    """A course with nothing in it but the assignment and its roster."""
    course = Course(folder)
    for path in (course.solutions / NAME, course.exercises / NAME):
        shutil.copytree(
            ROOT.root / path.relative_to(folder), path, ignore=shutil.ignore_patterns("*.ipynb_*")
        )
    if roster:
        course.grading.mkdir()
        course.roster.write_text(roster, encoding="utf-8")
    return course


def filled(answers, written="", extra=()):
    """The released notebook with some answers, a written one, and further cells of code, as bytes."""
    notebook = json.loads(RELEASE)
    for cell in notebook["cells"]:
        if cell["id"] in answers:
            cell["source"] = answers[cell["id"]]
        if cell["id"] == "written-absorbing":
            cell["source"] = written
    for number, source in enumerate(extra):
        cell = {
            "cell_type": "code",
            "id": f"x{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        notebook["cells"].append(cell | {"source": source})
    return json.dumps(notebook, indent=1).encode()


def scored(student, data, failed=(), status="graded", reason="", troubles=(), **said):
    """A stored result: every test passed but those whose titles are `failed`, of which `said` is told."""
    questions = {
        name: {
            "points": sum(test.points for test in question.tests if test.title not in failed),
            "of": question.points,
            "tests": [
                {
                    "title": test.title,
                    "points": 0.0 if test.title in failed else test.points,
                    "of": test.points,
                    "at_grading": test.at_grading,
                    "outcome": "wrong" if test.title in failed else "passed",
                    **{key: "" for key in ("what", "got", "expected", "error", "line")},
                    **(said if test.title in failed else {}),
                }
                for test in question.tests
            ],
        }
        for name, question in FOUND.questions.items()
    }
    return {
        "student": student,
        "assignment": NAME,
        "status": status,
        "reason": reason,
        "submitted_at": None,
        "points": sum(question["points"] for question in questions.values()),
        "of": FOUND.points,
        "questions": questions,
        "troubles": dict(troubles),
        "seconds": 0.1,
        "digest": "",
        "submission": sha256(data).hexdigest(),
        "jail": True,
    }


def put(course, student, data=None, result=None):
    """Lay a notebook and its result where collecting and grading would; return the student's folder."""
    folder = folder_of(student)
    if data is not None:
        path = course.submission(folder, NAME)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if result is not None:
        path = course.results / NAME / f"{folder}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result), encoding="utf-8")
    return folder


def came(course, due="", **students):
    """Store a report of collecting: id -> when it came ("" if unknown), (when, marked late), or a reason."""
    found = {}
    for student, when in students.items():
        at, late = when if isinstance(when, tuple) else (when, None)
        is_time = not at or at.endswith("UTC")
        attempt = Attempt(
            f"{student}.ipynb", at if is_time else "", "the platform", 0, late, "d", "" if is_time else at
        )
        attempts = ((attempt,), ()) if is_time else ((), (attempt,))
        found[folder_of(student)] = Student(student, student, *attempts)
    write_report(course, CollectionReport(NAME, due, "Canvas", found))
