"""nbgrader's own commands on the folders of a course: they build, grade and show as the course's commands do.

`configure` is what nbgrader_config.py calls. generate_assignment starts from the text of an author, autograde
runs a student's code in the jail and tests it outside, generate_feedback shows no mark scheme; all else is
nbgrader's own.
"""

import os
import sysconfig
import warnings
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    ClearHiddenTests,
    ClearMarkScheme,
    GetGrades,
    NbGraderPreprocessor,
    SaveCells,
)
from sqlalchemy.exc import SAWarning
from traitlets import Unicode

from rl_landscapes.course.running.submission import GRADED
from rl_landscapes.grader.authoring.build import AFTER, BEFORE
from rl_landscapes.grader.authoring.source import source_notebook
from rl_landscapes.grader.folders import Course
from rl_landscapes.grader.gradebook.entries import COURSE_ID, record, url
from rl_landscapes.grader.grading.grade import grade
from rl_landscapes.grader.grading.setup import GradingSetup, prepare

KEPT = ("*.ipynb", "timestamp.txt")
LEFT = [".ipynb_checkpoints", "__pycache__", "feedback", "*.pyc", "*.md", "*.toml", "*.py", "*.html", "*.zip"]
Resources = dict[str, Any]


class NotGraded(RuntimeError):
    """A submission that could not be graded; nbgrader names its student and goes on with the next."""


class OfCourse(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """A step of nbgrader that knows the folder of the course."""

    root = Unicode(".", help="The folder of the course").tag(config=True)

    @cached_property
    def course(self) -> Course:
        """Return the course."""
        return Course(Path(self.root))


class FromText(OfCourse):
    """The first step of generate_assignment: whatever the notebook in solutions/ holds, the text counts."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook of the text."""
        name = resources["nbgrader"]["assignment"]
        return source_notebook(self.course.source(name), self.course.assignment(name)), resources


class GradeInJail(OfCourse):
    """The step of autograde: as with `course grade`, the result is stored and entered."""

    @cached_property
    def _setups(self) -> dict[str, GradingSetup]:
        return {}

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the notebook for formgrader.

        Raises
        ------
        NotGraded
            If the notebook could not be read, or the grader is at fault.
        """
        name, student = resources["nbgrader"]["assignment"], resources["nbgrader"]["student"]
        if name not in self._setups:
            self._setups[name] = prepare(self.course, name)
        for result in grade(self.course, self._setups[name], students=[student], fresh=True):
            record(self.course, name, [result])
            if result["status"] != GRADED:
                raise NotGraded(f"{student}, {name}: {result['status']}: {result['reason']}")
        shown = self.course.shown(student, name)
        return nbformat.read(shown, as_version=4), resources


class AnyNotebook(NotebookExporter):
    """Reads no submission: `GradeInJail` does, and what is no notebook must not stop it."""

    def from_filename(self, filename: str, resources: Resources | None = None, **options: Any) -> Any:
        """Convert an empty notebook instead."""
        convert: Any = self.from_notebook_node
        return convert(new_notebook(), resources, **options)


def configure(c: Any, root: Path) -> None:
    """Set up nbgrader for the course in a folder; `c` is what its configuration files call so."""
    course = Course(root.resolve())
    course.grading.mkdir(mode=0o700, exist_ok=True)  # or the gradebook could not be made
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    warnings.filterwarnings("ignore", category=SAWarning)  # many, about nbgrader's models
    c.OfCourse.root = str(course.root)
    _set_folders(c, course)
    c.GenerateAssignment.preprocessors = [FromText, *BEFORE, SaveCells, *AFTER]
    c.GenerateAssignment.post_convert_hook = partial(_only_notebooks, course.exercises)
    c.Autograde.exporter_class = AnyNotebook
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = [GradeInJail, AssignLatePenalties]
    c.Autograde.pre_convert_hook = _only_files
    c.Autograde.post_convert_hook = partial(_only_notebooks_of_student, course)
    c.GenerateFeedback.preprocessors = [
        GetGrades,
        ClearHiddenTests,
        ClearMarkScheme,
        CSSHTMLHeaderPreprocessor,
    ]


def _set_folders(c: Any, course: Course) -> None:
    steps = {
        "source": course.solutions,
        "release": course.exercises,
        "submitted": course.submitted,
        "autograded": course.autograded,
        "feedback": course.feedback,
        "solution": course.grading / "solution",
        "source_with_tests": course.grading / "source_with_tests",
    }
    for step, folder in steps.items():
        c.CourseDirectory[f"{step}_directory"] = str(folder.relative_to(course.root))
    c.CourseDirectory.root = str(course.root)
    c.CourseDirectory.course_id = COURSE_ID
    c.CourseDirectory.db_url = url(course)
    c.CourseDirectory.ignore = LEFT


def _only_files(*, notebooks: Sequence[str], **_: Any) -> None:
    """Remove from a submission what is no plain file or folder: nbgrader would copy what a link leads to."""
    for folder in {Path(notebook).parent for notebook in notebooks}:
        for path in folder.rglob("*"):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                path.unlink()


def _only_notebooks_of_student(course: Course, *, notebooks: Sequence[str], **_: Any) -> None:
    for folder in {Path(notebook).parent for notebook in notebooks}:
        _only_notebooks(course.autograded / folder.parent.name, assignment=folder.name)


def _only_notebooks(root: Path, *, assignment: str, **_: Any) -> None:
    """Remove all files but notebooks and the time they were handed in."""
    for path in (root / assignment).rglob("*"):
        if not path.is_dir() and not any(path.match(pattern) for pattern in KEPT):
            path.unlink()
