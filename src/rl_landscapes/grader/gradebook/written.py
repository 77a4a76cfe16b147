"""The words a student wrote: in the cell for them, around it, or anywhere else; none are lost."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rl_landscapes.course.running.notebook import TASK, WRITTEN, Cell, Notebook, answer_places, normal
from rl_landscapes.grader.gradebook.pictures import noted
from rl_landscapes.grader.gradebook.prose import bare, has_words

ELSEWHERE = "**Elsewhere in what was handed in**"
LONG = 80  # letters of a comment or text in an answer from which on it may be meant for a reader


def written_answers(release: Notebook, handed_in: Notebook, beside: str = "") -> dict[str, str]:
    """Return the written answers by name, as Markdown, "" where there is none.

    A task is known by its name, its id or its text, so that answers survive programs that drop the names. To
    an answer belongs what stands in its cell, in the task's, and in a student's own cells below, of any kind.
    Words elsewhere, and the text of files `beside` the notebook, follow where an answer is missing, else
    after the last one. So none is empty if there is any word that the release does not have. A pasted
    picture is a note in the text, see `pictures`.
    """
    words = _Words(_Release(release))
    answers, below = answer_places(release, handed_in), ""
    for place, (cell, text, _) in enumerate(noted(release, handed_in)):
        below = words.take(place, cell, text, below, is_answer=place in answers)
    own = {task: "\n\n".join(parts) for task, parts in words.own.items()}
    further = "\n\n".join(filter(None, [*words.further, beside.strip()]))
    if further:
        for task in [task for task, text in own.items() if not text] or list(own)[-1:]:
            own[task] = "\n\n".join(filter(None, [own[task], ELSEWHERE, further]))
    return own


@dataclass(frozen=True)
class _Release:
    """What is known of the notebook that students got."""

    notebook: Notebook

    @cached_property
    def tasks(self) -> Mapping[str, Cell]:
        """Return the cells that ask for words, by name."""
        found = self.notebook.where(lambda cell: cell.grade_id.startswith(TASK))
        return {cell.grade_id.removeprefix(TASK): cell for cell in found}

    @cached_property
    def names(self) -> set[str]:
        """Return the names and ids of all cells."""
        return {word for cell in self.notebook.cells for word in (cell.id, cell.grade_id) if word}

    @cached_property
    def texts(self) -> set[str]:
        """Return the texts of all cells, and the empty one."""
        return {normal(cell.source) for cell in self.notebook.cells} | {""}

    @cached_property
    def lines(self) -> set[str]:
        """Return all lines, and the empty one."""
        return {normal(line) for cell in self.notebook.cells for line in cell.source.splitlines()} | {""}

    @cached_property
    def bare_lines(self) -> set[str]:
        """Return what all lines say."""
        return {bare(line) for line in self.lines}

    def task(self, cell: Cell) -> str:
        """Return the task that a cell asks for, "" if it asks for none."""
        for name, task in self.tasks.items():
            holds = normal(task.source) in normal(cell.source)
            if cell.kind == "markdown" and (holds or cell.grade_id == task.grade_id or cell.id == task.id):
                return name
        return ""

    def new_lines(self, text: str) -> str:
        """Return the lines that the release does not have, "" if they say nothing."""
        kept = (line for line in text.splitlines() if not normal(line) or normal(line) not in self.lines)
        new = "\n".join(kept).strip()
        return new if normal(new) else ""


@dataclass
class _Words:
    """The words so far, by task, and those that are of none."""

    release: _Release
    own: dict[str, list[str]] = field(init=False)
    further: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own = {name: [] for name in self.release.tasks}

    def take(self, place: int, cell: Cell, text: str, below: str, *, is_answer: bool) -> str:
        """Take the words of a cell below a task; return the task that cells below this one belong to."""
        release, form = self.release, cell.id.removeprefix(WRITTEN)
        if task := release.task(cell):
            self.own[task] += filter(None, [release.new_lines(text)])
            return task
        is_form = cell.id == WRITTEN + form and form in self.own
        below = form if is_form else below
        if normal(text) in release.texts or (cell.is_untouched and text == cell.source):
            return below if is_form or not normal(text) else ""
        is_ours = not is_form and bool({cell.id, cell.grade_id} & release.names)
        if below and not is_answer and not is_ours:
            self.own[below] += [_shown(cell, text)] if release.new_lines(text) else []
            return below
        least = LONG if is_answer else 0
        new = release.new_lines(text)
        if new and (cell.kind != "code" or has_words(text, release.bare_lines, least)):
            self.further.append(f"Cell {place + 1}:\n\n{_shown(cell, new)}")
        return "" if is_answer or is_ours else below


def _shown(cell: Cell, text: str) -> str:
    """Return Markdown as it is, and code in a fence that it cannot close."""
    if cell.kind != "code":
        return text.strip()
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}\n{text.strip(chr(10))}\n{fence}"
