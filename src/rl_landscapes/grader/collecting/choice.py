"""Which of several notebooks of one student counts: of those that are not as handed out the fullest."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rl_landscapes.course.running.notebook import Notebook
from rl_landscapes.grader.collecting.report import Attempt
from rl_landscapes.grader.collecting.source import KNOWN

AS_RELEASED = "it is as it was handed out"
COPIES = re.compile(r"copy|kopie|copie|backup|checkpoint|old|orig|\(\d+\)|~", re.IGNORECASE)


@dataclass(frozen=True)
class Looked:
    """A notebook that has been looked at: its attempt, its bytes, and what is in it if it can be read.

    `other` is the assignment that it is of if that is another, `answers` are the questions it answers, and
    `is_blank` says that it is what was handed out.
    """

    attempt: Attempt
    data: bytes
    notebook: Notebook
    other: str
    answers: tuple[str, ...] = ()
    is_blank: bool = False

    @property
    def came(self) -> int | str:
        """Return by what a platform tells one handing-in from the next, "" if it does not."""
        known = self.attempt.submitted_at if self.attempt.time_from == KNOWN else ""
        return self.attempt.order or known

    @property
    def merit(self) -> tuple[int, str, bool, int, str]:
        """Return what it is chosen by: most answers, changed last, no name of a copy, few folders."""
        path = self.attempt.file
        is_copy = bool(COPIES.search(path.rsplit("/", 1)[-1]))
        return (len(self.answers), self.attempt.submitted_at, not is_copy, -path.count("/"), path)

    @property
    def essence(self) -> str:
        """Return what makes two notebooks the same to a grader."""
        return "\n".join(cell.bare for cell in self.notebook.cells)


def choose(looked: Sequence[Looked]) -> list[Looked]:
    """Return notebooks of one download with a mark on those that must not count while others can.

    Of those that came at once one counts. If no platform says what did, all have come at once.
    """
    best: dict[int | str, Looked] = {}
    for one in looked:
        if not one.is_blank and (one.came not in best or one.merit > best[one.came].merit):
            best[one.came] = one
    marked = []
    for one in looked:
        why = AS_RELEASED if one.is_blank else ""
        if not one.is_blank and one.attempt.digest != best[one.came].attempt.digest:
            why = f"{best[one.came].attempt.file} came with it and counts"
        marked.append(replace(one, attempt=replace(one.attempt, passed_over=why)))
    return marked


def said_of(marked: Sequence[Looked]) -> Iterator[str]:
    """Yield what an instructor should know of a choice between notebooks that differ."""
    filled = [one for one in marked if not one.is_blank]
    winners = {one.came: one for one in filled if not one.attempt.passed_over}
    for came, winner in winners.items():
        kinds = {one.essence for one in filled if one.came == came}
        if len(kinds) > 1:
            answers = f" ({len(winner.answers)} answers)" if winner.answers else ""
            yield f"{len(kinds)} different notebooks came at once: {winner.attempt.file} counts{answers}"
    newest = max(winners.values(), key=lambda one: one.attempt.rank, default=None)
    if newest and not newest.attempt.submitted_at and len({one.essence for one in winners.values()}) > 1:
        yield f"{len(winners)} different notebooks came: {newest.attempt.file} counts, which came last"
