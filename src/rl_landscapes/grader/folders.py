"""Where things of a course lie: sources and releases in the open, all about students under grading/."""

import os
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rl_landscapes.course.assignment import Assignment, assignment, assignments
from rl_landscapes.course.lookup import NAME, full_name, load

SECRET = "RL_LANDSCAPES_SECRET"  # environment variable that goes before the file


@dataclass(frozen=True)
class Course:
    """A course in a folder: the root of a clone of this repository, or one with a folder solutions/."""

    root: Path

    @property
    def solutions(self) -> Path:
        """Return the folder of the texts that authors write: NN-topic/NN-topic.md."""
        return self.root / "solutions"

    @property
    def exercises(self) -> Path:
        """Return the folder of the notebooks that students get: NN-topic/NN-topic.ipynb."""
        return self.root / "exercises"

    @property
    def grading(self) -> Path:
        """Return the folder of everything about students; git ignores it."""
        return self.root / "grading"

    @property
    def submitted(self) -> Path:
        """Return the folder of what is graded: <student>/<assignment>/<assignment>.ipynb."""
        return self.grading / "submitted"

    @property
    def attempts(self) -> Path:
        """Return the folder of everything that was handed in: <student>/<assignment>/<time>/."""
        return self.grading / "attempts"

    @property
    def collected(self) -> Path:
        """Return the folder of the reports of collecting: <assignment>.json."""
        return self.grading / "collected"

    @property
    def results(self) -> Path:
        """Return the folder of the automatic results: <assignment>/<student>.json."""
        return self.grading / "results"

    @property
    def autograded(self) -> Path:
        """Return the folder of the notebooks that formgrader shows: <student>/<assignment>/."""
        return self.grading / "autograded"

    @property
    def feedback(self) -> Path:
        """Return the folder of what students get back: <student>/<assignment>/."""
        return self.grading / "feedback"

    @property
    def gradebook(self) -> Path:
        """Return the file of nbgrader's gradebook."""
        return self.grading / "gradebook.db"

    @property
    def roster(self) -> Path:
        """Return the list of the students: a CSV with id, first_name, last_name, email."""
        return self.grading / "roster.csv"

    @property
    def log(self) -> Path:
        """Return the log of what people have decided: one entry a line."""
        return self.grading / "log.jsonl"

    @property
    def settings(self) -> Path:
        """Return the file that says where assignments lie that are not in solutions/."""
        return self.root / "course.toml"

    @property
    def own(self) -> dict[str, Path]:
        """Return the folders of the assignments that this library does not have, by name.

        Raises
        ------
        ValueError
            If the settings cannot be understood, name no folder of an assignment, or one that there is twice.
        """
        folders = [path for path in sorted(self.solutions.glob("*")) if (path / f"{path.name}.py").is_file()]
        found = {path.name: path for path in folders}
        for path in _folders(self.settings):
            if path.name in found:
                raise ValueError(f"{path.name} is there twice: {found[path.name]} and {path}")
            found[path.name] = path
        for name, path in found.items():
            if not NAME.fullmatch(name) or name in assignments():
                why = "is one of this library's" if name in assignments() else "is not like 09-my-topic"
                raise ValueError(f"{path}: its name {why}: an assignment of your own needs another")
        return found

    def names(self) -> list[str]:
        """Return the names of the assignments that have a source, in order."""
        there = {path.stem for path in self.solutions.glob("*/*.md") if path.stem == path.parent.name}
        return sorted(there | set(self.own))

    def known(self) -> list[str]:
        """Return the names of all assignments there are, this library's and one's own, in order."""
        return sorted({*assignments(), *self.own})

    def assignment(self, word: str) -> Assignment:
        """Return an assignment by its name or number.

        Raises
        ------
        ValueError
            If there is none, or several have the number; the message lists those there are.
        """
        known = self.known()
        name = full_name(word, known)
        if not name:
            raise ValueError(f"no assignment {word!r}: choose from {', '.join(known)}")
        text = self.own_text(name)
        return load(name, text) if text else assignment(name)

    def own_text(self, name: str) -> str:
        """Return the tests of an assignment of one's own, "" if it is of this library."""
        folder = self.own.get(name)
        return (folder / f"{name}.py").read_text(encoding="utf-8") if folder else ""

    def folder(self, name: str) -> Path:
        """Return the folder of an assignment, with its solutions."""
        return self.own.get(name, self.solutions / name)

    def source(self, name: str) -> Path:
        """Return the text of an assignment, with its solutions."""
        return self.folder(name) / f"{name}.md"

    def release(self, name: str) -> Path:
        """Return the notebook of an assignment that students get."""
        return self.exercises / name / f"{name}.ipynb"

    def submission(self, student: str, name: str) -> Path:
        """Return the notebook of a student that is graded."""
        return self.submitted / student / name / f"{name}.ipynb"

    def beside(self, student: str, name: str) -> Path:
        """Return the file of what came beside that notebook, in words."""
        return self.submission(student, name).with_name("beside.md")

    def submitters(self, name: str) -> list[str]:
        """Return who has handed in an assignment, in order."""
        return sorted(path.parent.parent.name for path in self.submitted.glob(f"*/{name}/{name}.ipynb"))

    def result(self, student: str, name: str) -> Path:
        """Return the stored automatic result of a student."""
        return self.results / name / f"{student}.json"

    def shown(self, student: str, name: str) -> Path:
        """Return the notebook of a student that formgrader shows."""
        return self.autograded / student / name / f"{name}.ipynb"

    def secret(self) -> bytes:
        """Return what the random numbers of this course's grading are drawn from; made on first use.

        The environment variable RL_LANDSCAPES_SECRET goes before the file grading/secret.
        """
        given = os.environ.get(SECRET)
        if given:
            return given.encode()
        path = self.grading / "secret"
        if not path.exists():
            self._make(path)
        return path.read_bytes().strip()

    def _make(self, path: Path) -> None:
        """Write 32 random bytes, readable for their owner only; who comes second keeps what is there."""
        self.grading.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f".secret-{secrets.token_hex(8)}")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32) + "\n")
            os.link(new, path)
        except FileExistsError:
            pass
        finally:
            new.unlink()


def _folders(settings: Path) -> list[Path]:
    """Return the folders that a file of settings names."""
    if not settings.is_file():
        return []
    try:
        found = tomllib.loads(settings.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{settings} is no TOML: {error}") from None
    named = found.get("assignments", [])
    right = isinstance(named, list) and all(isinstance(name, str) for name in named)
    if set(found) - {"assignments"} or not right:
        raise ValueError(
            f'{settings} must have one line, such as assignments = ["../topics/09-my-topic"], got {found}'
        )
    folders = [settings.parent / Path(name).expanduser() for name in named]
    for path in folders:
        if not (path / f"{path.name}.py").is_file():
            raise ValueError(f"{settings} names {path}, which has no file {path.name}.py")
    return folders


def read_beside(course: Course, student: str, name: str) -> str:
    """Return what came beside a notebook, in words, "" if nothing did."""
    path = course.beside(student, name)
    return path.read_text(encoding="utf-8") if path.is_file() and not path.is_symlink() else ""


def read_submission(path: Path) -> bytes:
    """Return what a file <student>/<assignment>/<assignment>.ipynb holds; nothing if it is no plain file.

    A pipe would never end, and a link may lead to what somebody else has written.
    """
    is_link = any(part.is_symlink() for part in (path, *path.parents[:2]))
    return path.read_bytes() if path.is_file() and not is_link else b""
