"""Which answers are alike: pairs of students who share more code than the task explains. A hint, no proof.

Our own, though copydetect (0.5, MIT) picks pieces likewise: it compares pair by pair, which took 3.2 s for 60
programs and 8.7 s for 120 where this module takes 0.5 s; it weighs what half of a class shares like what two
share; and it reads files, not the cells of notebooks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from rl_landscapes.arrays import Array
from rl_landscapes.course.running.notebook import Notebook, Unreadable, program, read
from rl_landscapes.grader.folders import Course, read_submission
from rl_landscapes.grader.reports.standing import read_release
from rl_landscapes.grader.reports.tokens import Prints, prints

REFERENCE = "(our solution)"
LEAST = 5  # shared pieces below which a pair is not worth a look
COMMON, SMALL = 0.25, 20  # what this share of a class has in common says nothing; a class that is too small
NEARLY = 0.9  # share of our solution's pieces with which an answer is named, however many have them
BLOCK = 500  # students compared with all others at a time
LENGTH = 400_000  # characters of a program that are looked at, answers first
HINT = """\
This is a hint and no proof. Short functions with one natural solution come out alike, and so does what was
taken from the book or the library, which is allowed. Read both notebooks, and speak to the students, before
you conclude anything."""


@dataclass(frozen=True)
class Passage:
    """Code that two programs share: the cell in each, and its lines."""

    first: str
    first_lines: str
    second: str
    second_lines: str

    def __str__(self) -> str:
        """Return where it stands, in one line."""
        return f"{self.first} {self.first_lines} ~ {self.second} {self.second_lines}"


@dataclass(frozen=True)
class Pair:
    """Two students, the share of the smaller one's pieces that both have, how many, and where they stand."""

    first: str
    second: str
    share: float
    pieces: int
    passages: Sequence[Passage]


@dataclass(frozen=True)
class Report:
    """Pairs of an assignment, those most alike first, and who has nearly all of our solution."""

    assignment: str
    compared: int
    pairs: Sequence[Pair]
    as_ours: Sequence[str] = ()

    def __str__(self) -> str:
        """Return the report in words."""
        lines = [f"{self.assignment}: {self.compared} programs compared", HINT]
        for pair in self.pairs:
            lines.append(f"{pair.share:4.0%}  {pair.pieces:4d} pieces  {pair.first}  {pair.second}")
            lines += [f"      {passage}" for passage in pair.passages]
        if not self.pairs:
            lines.append("No pair shares more than the task, or a quarter of the class, explains.")
        if self.as_ours:
            lines.append(f"Nearly all of our solution is in {len(self.as_ours)}: {', '.join(self.as_ours)}")
        return "\n".join(lines)


def similarity(course: Course, name: str, *, most: int = 50) -> Report:
    """Compare the answers that were handed in, and our own solution, each with each.

    A program is known by the hashes of some of its pieces (`tokens.prints`). Those of the released notebook
    are left out, and in a class of 20 or more those that a quarter of it shares. A piece counts the more the
    fewer have it: log((N + 1) / n) if n of N have it. Pairs are ranked by what they share times its share of
    all that the smaller of the two has; `most` are returned. Who has nearly all of our solution is named in
    any case, also where so many have it that it counts as common.
    """
    form = read_release(course, name)
    given = _given(form)
    programs = {student: _pieces(cells, given) for student, cells in _programs(course, name, form)}
    names = [student for student, pieces in programs.items() if pieces]
    pairs = []
    for first, second, share in _alike([programs[student] for student in names], most):
        one, other = programs[names[first]], programs[names[second]]
        shared = one.keys() & other.keys()
        if len(shared) >= LEAST:
            where = _passages(one, other, shared)
            pairs.append(Pair(names[first], names[second], share, len(shared), where))
    return Report(name, len(names), pairs, _as_ours(programs))


Piece = tuple[str, int, int]  # name of a cell, first and last line
Pieces = Mapping[int, Piece]  # by hash


def _programs(course: Course, name: str, form: Notebook) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield everybody's cells, as names and texts, and those of our solution."""
    if course.source(name).is_file():
        from rl_landscapes.grader.authoring.source import source_notebook

        cells = source_notebook(course.source(name), course.assignment(name)).cells
        answers = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
        yield REFERENCE, [(cell.metadata.nbgrader.grade_id, cell.source) for cell in answers]
    for student in course.submitters(name):
        try:
            steps = program(form, read(read_submission(course.submission(student, name))))
        except Unreadable:
            continue
        steps.sort(key=lambda step: step.role != "answer")
        cells = [(step.name, step.source) for step in steps if step.role != "given"]
        yield student, cells


def _given(form: Notebook) -> set[int]:
    found = [prints(cell.source).hashes for cell in form.cells if cell.kind == "code"]
    return set(np.concatenate(found).tolist()) if found else set()


def _pieces(cells: Sequence[tuple[str, str]], given: set[int]) -> dict[int, Piece]:
    pieces: dict[int, Piece] = {}
    left = LENGTH
    for name, source in cells:
        found: Prints = prints(source[:left])
        left -= min(left, len(source))
        for piece, first, last in zip(*(column.tolist() for column in found), strict=True):
            if piece not in given:
                pieces.setdefault(piece, (name, first, last))
    return pieces


def _as_ours(programs: Mapping[str, Pieces]) -> list[str]:
    ours = programs.get(REFERENCE, {}).keys()
    least = max(LEAST, NEARLY * len(ours))
    return [
        who for who, theirs in programs.items() if who != REFERENCE and len(ours & theirs.keys()) >= least
    ]


def _alike(programs: Sequence[Pieces], most: int) -> list[tuple[int, int, float]]:
    """Return the pairs that are most alike, as places and the share of the smaller one's pieces."""
    hashes, columns = np.unique([piece for pieces in programs for piece in pieces], return_inverse=True)
    rows = np.repeat(np.arange(len(programs)), [len(pieces) for pieces in programs])
    has = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(programs), len(hashes)))
    count = np.asarray(has.sum(axis=0)).ravel()
    if len(programs) >= SMALL:
        has, count = has[:, count <= COMMON * len(programs)], count[count <= COMMON * len(programs)]
    weights: Array = np.log((len(programs) + 1) / np.maximum(count, 1))
    total = has @ weights
    found: list[tuple[float, int, int, float]] = []
    for start in range(0, len(programs), BLOCK):
        shared = ((has[start : start + BLOCK] * weights) @ has.T).toarray()
        smaller = np.minimum(total[start : start + BLOCK, None], total)
        share = np.divide(shared, smaller, out=np.zeros_like(shared), where=smaller > 0)
        value = np.triu(shared * share, start + 1)
        best = np.argpartition(-value, min(most, value.size - 1), axis=None)[:most]
        for row, other in zip(*np.unravel_index(best, value.shape), strict=True):
            if value[row, other] > 0:
                found.append(
                    (float(value[row, other]), start + int(row), int(other), float(share[row, other]))
                )
    found.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
    return [(first, second, share) for _, first, second, share in found[:most]]


def _passages(one: Pieces, other: Pieces, shared: set[int]) -> list[Passage]:
    lines: dict[tuple[str, str], tuple[set[int], set[int]]] = {}
    for piece in shared:
        (first, *of_first), (second, *of_second) = one[piece], other[piece]
        mine, theirs = lines.setdefault((first, second), (set(), set()))
        mine.update(range(of_first[0], of_first[1] + 1))
        theirs.update(range(of_second[0], of_second[1] + 1))
    return [
        Passage(first, _ranges(mine), second, _ranges(theirs))
        for (first, second), (mine, theirs) in sorted(lines.items())
    ]


def _ranges(lines: set[int]) -> str:
    """Return lines as text: "lines 2-5, 9"."""
    ordered = sorted(lines)
    starts = [line for line in ordered if line - 1 not in lines]
    ends = [line for line in ordered if line + 1 not in lines]
    parts = [str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True)]
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(parts)}"
