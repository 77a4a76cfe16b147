"""What students hand in, and how it is laid out in a folder or a zip."""

import json
import zipfile
from datetime import UTC, datetime

from rl_landscapes.grader.folders import Course

NAME = "01-returns-and-entropy"
DUE = datetime(2026, 10, 1, 22, 0, tzinfo=UTC)
ROSTER = """id,first_name,last_name,email,canvas_id
s1,Ann,Lee,ann@x.edu,501
s2,Bo,Müller-Weiß,bo@x.edu,502
s3,Wei,Wang,wei.w@x.edu,503
s4,Wei,Wang,wei.wang@x.edu,504
"""


def notebook(text="def entropy(p):\n    return 0.0", name=NAME, **extra):
    cell = {
        "cell_type": "code",
        "id": "entropy",
        "source": text,
        "outputs": [],
        "execution_count": None,
        "metadata": {"nbgrader": {"grade_id": "entropy", "solution": True}},
    }
    metadata = {"rl_landscapes": {"assignment": name}} if name else {}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5} | extra)


def packed(path, entries, when=(2026, 10, 1, 20, 0, 0)):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(zipfile.ZipInfo(name, when), text, zipfile.ZIP_DEFLATED)
    return path


def laid(root, entries):
    for name, text in entries.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def new_course(folder):
    """A course in which nothing but the roster is yet."""
    course = Course(folder)
    course.grading.mkdir(parents=True)
    course.roster.write_text(ROSTER, encoding="utf-8")
    return course


def state(course):
    """Every file of a course and what is in it, except the roster."""
    return {
        str(path.relative_to(course.grading)): path.read_bytes()
        for path in sorted(course.grading.rglob("*"))
        if path.is_file() and path != course.roster
    }


def submitted(course, student):
    return course.submission(student, NAME).read_text(encoding="utf-8")


def unreadable(report, student):
    return [attempt.reason for attempt in report.students[student].unreadable]


def attempt(number, text, late=False):
    """What Canvas calls the file of one attempt of s1."""
    return {f"leeann_{'LATE_' * late}501_{number}_{NAME}.ipynb": text}
