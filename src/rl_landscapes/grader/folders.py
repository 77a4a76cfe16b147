"""Where things of a course lie: sources and releases in the open, all about students under grading/."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

SECRET = "RL_LANDSCAPES_SECRET"  # environment variable that goes before the file


@dataclass(frozen=True)
class Course:
    """A course in a folder, the root of a clone of this repository."""

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

    def names(self) -> list[str]:
        """Return the names of the assignments that have a source, in order."""
        return sorted(path.stem for path in self.solutions.glob("*/*.md") if path.stem == path.parent.name)

    def source(self, name: str) -> Path:
        """Return the text of an assignment, with its solutions."""
        return self.solutions / name / f"{name}.md"

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
