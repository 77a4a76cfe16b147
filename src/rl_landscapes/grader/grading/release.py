"""Handing an assignment out: it is entered in the gradebook, and its notebook packed with a few words."""

import io
import re
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.running.notebook import read
from rl_landscapes.grader import times
from rl_landscapes.grader.authoring.build import build
from rl_landscapes.grader.collecting.report import read_report, write_report
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.gradebook.entries import due_of, register
from rl_landscapes.records.writing import write_file
from rl_landscapes.version import __version__

WRITTEN_MINUTES = 15  # for an answer in words
PUBLIC = re.compile(r"https://[\w.-]+/[\w./~-]+")  # an address without a name or a password in it
EPOCH = (1980, 1, 1, 0, 0, 0)  # of the files in a zip, so that the same content is the same bytes
README = """{title}

{name}.ipynb is the notebook to work in. Every question has a cell that checks your answer at once.

Time      about {minutes} minutes
Points    {points:g}
Hand in   {name}.ipynb{due}

To begin, with Python 3.11 to 3.13, in a clone of the repository of rl-landscapes {version}{address}:

    pip install "{package}" jupyterlab
    jupyter lab {name}.ipynb

In a terminal, with the points so far:

    rl-landscapes check {name}.ipynb
"""


def release(
    course: Course,
    name: str,
    *,
    due: datetime | None = None,
    to: Path,
    table: Callable[[str], Assignment] | None = None,
) -> Path:
    """Build an assignment, enter it and the roster in the gradebook, and write what students get.

    `to` is a folder, made if need be, or a file whose name ends in .zip. Without `due` a date that the
    gradebook has stays; another one also counts for what has been collected already.

    Raises
    ------
    ValueError
        If there is no such assignment, `due` has no time zone, or the gradebook has submissions of the
        assignment with other questions.
    BadSource
        If the source cannot become an assignment.
    """
    found = (table or course.assignment)(name)
    build(course, [name], table=table)
    register(course, name, due=due, table=table)
    if due:  # the gradebook knows no zones, and in this one the times in a zip are read
        write_report(course, replace(read_report(course, name), due=times.format_with_zone(due)))
    files = {
        f"{name}.ipynb": course.release(name).read_bytes(),
        "README.txt": _words(course, name, found, due or due_of(course, name)).encode(),
    }
    if own := course.own_text(name):
        files[f"{name}.py"] = own.encode()
    if to.suffix.lower() == ".zip":
        write_file(to, _zipped(name, files))
    else:
        for file, data in files.items():
            write_file(to / file, data)
    return to


def _words(course: Course, name: str, found: Assignment, due: datetime | None) -> str:
    cells = read(course.release(name).read_bytes()).cells
    n_written = sum(cell.nbgrader.get("task") is True for cell in cells)
    return README.format(
        title=found.title,
        name=name,
        minutes=sum(question.minutes for question in found.questions.values()) + WRITTEN_MINUTES * n_written,
        points=sum(cell.nbgrader.get("points", 0) for cell in cells),
        due=f", by {due.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if due else "",
        version=__version__,
        address=_address(course),
        package=".[control]" if "mujoco" in found.packages else ".",
    )


def _address(course: Course) -> str:
    """Return where the course can be cloned from, as git knows it, in brackets; "" if nowhere."""
    command = ["git", "-C", str(course.root), "remote", "get-url", "origin"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
    return f" ({said})" if PUBLIC.fullmatch(said) else ""


def _zipped(name: str, files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, data in files.items():
            info = zipfile.ZipInfo(f"{name}/{file}", EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()
