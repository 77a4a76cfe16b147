"""What grading one submission needs: it travels to other processes and machines."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from rl_landscapes.course.assignment import checks_module
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.grading.private import private_text, with_private
from rl_landscapes.records.description import digest
from rl_landscapes.records.fingerprint import reached

RUNS = (  # what decides a score beside the tests themselves
    "rl_landscapes.course.running.submission",
    "rl_landscapes.course.running.worker",
    "rl_landscapes.grader.grading.private",
    "rl_landscapes.grader.jail.bubblewrap",
    "rl_landscapes.grader.jail.forking",
    "rl_landscapes.grader.jail.nursery",
)


@dataclass(frozen=True)
class GradingSetup:
    """What grading one submission needs besides it."""

    assignment: str
    private: str  # text of further tests
    release: bytes
    secret: bytes
    jailed: bool
    own: str = ""  # text of the tests of an assignment that this library does not have

    @property
    def fingerprint(self) -> str:
        """Return a hash of all that decides a score but the submission."""
        parts = (
            self.private.encode(),
            self.own.encode(),
            self.release,
            self.secret,
            b"jail" if self.jailed else b"none",
            digest(self._code()).encode(),
        )
        return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()

    def _code(self) -> dict[str, str]:
        """Return the modules that tests and machinery reach, such as oracles, with a hash of each."""
        tests = [] if self.own else [checks_module(self.assignment)]
        return reached([*tests, *RUNS], text=f"{self.own}\n{self.private}")


@dataclass(frozen=True)
class Submission:
    """A submission: whose, its bytes, when it came (ISO, None if unknown), what came beside it in words."""

    student: str
    data: bytes
    submitted_at: str | None
    beside: str = ""


def prepare(course: Course, name: str, *, jailed: bool = True, private: Path | None = None) -> GradingSetup:
    """Return what is needed to grade an assignment of a course.

    Raises
    ------
    FileNotFoundError
        If the release has not been built.
    ValueError
        If there is no such assignment, or its private tests cannot be used.
    """
    text = private_text(private, name)
    own = course.own_text(name)
    with_private(name, text, own)
    return GradingSetup(name, text, course.release(name).read_bytes(), course.secret(), jailed, own)
