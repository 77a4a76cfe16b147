"""Putting what counts of a student in its place; all else that can be read is kept among the attempts."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from rl_landscapes.grader.collecting.beside import as_markdown
from rl_landscapes.grader.collecting.report import Attempt, Student
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.roster import folder_of
from rl_landscapes.records.writing import write_file


def place(course: Course, name: str, after: Student, texts: Mapping[str, bytes] = {}) -> None:
    """Keep the other attempts, then put in place what counts: in this order nothing is lost midway.

    `texts` are new notebooks by their digests; the others are where they were put before. What was withdrawn
    and has nothing in its place goes, once it is kept.
    """
    current = course.submission(folder_of(after.id), name)
    newest = after.newest
    for attempt in after.attempts:
        kept = _kept(course, name, after, attempt)
        if attempt != newest and not kept.is_file():
            data = texts.get(attempt.digest) or _if_of(current, attempt.digest)
            if data:
                write_file(kept, data)
    stamp = current.with_name("timestamp.txt")
    if newest is None:
        if any(_if_of(current, attempt.digest) for attempt in after.attempts):
            stamp.unlink(missing_ok=True)
            current.unlink()
        return
    if not _if_of(current, newest.digest):
        data = texts.get(newest.digest) or _if_of(_kept(course, name, after, newest), newest.digest)
        if data:
            stamp.unlink(missing_ok=True)  # it was that of another notebook
            write_file(current, data)
    if newest.submitted_at:
        write_file(stamp, f"{newest.submitted_at}\n".encode())
    else:
        stamp.unlink(missing_ok=True)
    if after.beside:
        write_file(course.beside(folder_of(after.id), name), as_markdown(after.beside).encode())


def _kept(course: Course, name: str, student: Student, attempt: Attempt) -> Path:
    return course.attempts / folder_of(student.id) / name / attempt.folder / f"{name}.ipynb"


def _if_of(path: Path, digest: str) -> bytes:
    """Return the bytes of a file that has a digest, none if it has another."""
    data = path.read_bytes() if path.is_file() else b""
    return data if sha256(data).hexdigest() == digest else b""
