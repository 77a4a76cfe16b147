"""A full disk and a folder that may not be written: one line with the file and the remedy, nothing half made.

Each command runs in a course on a small file system of its own.
"""

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from rl_landscapes import cli
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.gradebook.entries import open_gradebook
from tests.grader.classes import NAME, course_in, filled
from tests.grader.handing_in import laid
from tests.grader.jailed import need_jail

PAGE = 4096


@pytest.fixture
def course(tmp_path):
    return course_in(tmp_path / "course", "id\nada\nbo\n")


def on_full_disk(course, free, *arguments):
    """Run an action where so many bytes are free; return its exit code, error, and files."""
    need_jail()
    files = [path for path in course.root.rglob("*") if path.is_file()]
    folders = sum(path.is_dir() for path in course.root.rglob("*")) + 1
    used = sum(PAGE * -(-path.stat().st_size // PAGE) for path in files) + PAGE * folders
    script = (
        'cp -r "$0/." /mnt && cd /mnt && python="$1" && shift && '
        '"$python" -m rl_landscapes course "$@" >/dev/null; code=$?; '
        "find . -type f | sort; exit $code"
    )
    command = ["bwrap", "--dev-bind", "/", "/", "--size", str(used + free), "--tmpfs", "/mnt"]
    inner = ["bash", "-c", script, str(course.root), sys.executable, *arguments]
    done = subprocess.run([*command, *inner], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, done.stdout.splitlines()


def in_read_only_folder(course, *arguments):
    need_jail()
    command = ["bwrap", "--dev-bind", "/", "/", "--ro-bind", str(course.root), "/mnt", "--chdir", "/mnt"]
    inner = [sys.executable, "-m", "rl_landscapes", "course", *arguments]
    return subprocess.run([*command, *inner], capture_output=True, text=True, check=False)


def inbox(course):
    notebooks = {f"{who}/x.ipynb": filled({}, f"Words of {who}.") for who in ("ada", "bo")}
    return laid(course.root / "inbox", notebooks)


@pytest.mark.slow
def test_a_gradebook_that_cannot_be_made_is_not_left_half_made(course):
    code, said, files = on_full_disk(course, 10 * PAGE, "release", "1", "--to", "out.zip")
    assert code == cli.FAILED
    assert said == (
        "rl-landscapes course: No space left on device: grading/gradebook.db (make room, then run the same "
        "command again: what was there before is whole)\n"
    )
    assert not [file for file in files if "gradebook" in file or ".tmp" in file or "out.zip" in file]


@pytest.mark.slow
@pytest.mark.parametrize("pages", [1, 3, 5])
def test_what_could_not_be_collected_whole_is_not_there_at_all(course, pages):
    inbox(course)
    code, said, files = on_full_disk(course, pages * PAGE, "collect", "1", "inbox")
    assert code == cli.FAILED
    assert said.startswith("rl-landscapes course: No space left on device: grading/")
    assert said.count("\n") == 1
    assert not [file for file in files if ".tmp" in file]


@pytest.mark.slow
@pytest.mark.parametrize(
    "action", [["release", "1", "--to", "out.zip"], ["collect", "1", "inbox"], ["drop", "ada"], ["build"]]
)
def test_a_folder_that_may_not_be_written_is_one_line(course, action):
    inbox(course)
    done = in_read_only_folder(course, *action)
    assert done.returncode == cli.FAILED
    assert done.stderr.startswith("rl-landscapes course: Read-only file system: ")
    assert done.stderr.endswith("(give this account the right to do so, or work in another folder)\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("database or disk is full", errno.ENOSPC),
        ("attempt to write a readonly database", errno.EROFS),
        ("unable to open database file", errno.EACCES),
        ("database is locked", errno.EAGAIN),
        ("disk I/O error", errno.EIO),
    ],
)
def test_what_the_database_says_is_an_error_of_the_system_that_names_the_file(tmp_path, words, number):
    course = Course(tmp_path)
    with open_gradebook(course):
        pass
    with pytest.raises(OSError, match=r"gradebook\.db") as error, open_gradebook(course):
        raise DatabaseError("INSERT INTO many", {}, Exception(words))
    assert (error.value.errno, Path(error.value.filename)) == (number, course.gradebook)
    assert course.gradebook.is_file()
    with open_gradebook(course) as book:
        assert book.db.execute(text("SELECT count(*) FROM student")).scalar() == 0


def test_grades_are_kept_where_the_gradebook_is_full_and_the_line_names_it(monkeypatch, capsys, tmp_path):
    course = course_in(tmp_path, "id\nada\n")
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", "a secret for tests, long enough")
    path = course.submission("ada", NAME)
    path.parent.mkdir(parents=True)
    path.write_bytes(filled({}))

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", str(course.gradebook))

    from rl_landscapes.grader.gradebook import entries
    from rl_landscapes.grader.grading import preflight

    monkeypatch.setattr(preflight, "preflight", lambda *_, **__: iter(()))
    monkeypatch.setattr(entries, "record", full)
    assert cli.main(["course", "--course", str(tmp_path), "grade", "1", "--no-jail"]) == cli.FAILED
    said = capsys.readouterr().err.splitlines()[-1]
    assert "the same command goes on from there (No space left on device): " in said
    assert said.endswith("what was there before is whole)")
    assert "gradebook.db" in said
    assert json.loads(path.read_bytes())
