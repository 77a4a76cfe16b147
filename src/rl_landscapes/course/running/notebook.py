"""Reading a notebook that somebody handed in: what was written, and nothing else of it."""

import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import IO, Any

from rl_landscapes.course.running.outputs import without_outputs
from rl_landscapes.course.running.transform import as_python

SIZE_LIMIT = 32 << 20  # bytes of a notebook, of a larger one without its saved outputs
CHUNK = 1 << 20
SOURCE_LIMIT, TEXT_LIMIT = 1 << 20, 16 << 20  # characters of a cell, and of all of them
CELL_LIMIT = 20_000
NOT_TEXT = "its text is not {}"
ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
DEFINED = re.compile(r"^def[ \t]+(\w+)[ \t]*\(|^(\w+)[ \t]*=(?!=)", re.MULTILINE)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
UNWRITTEN = ("raise NotImplementedError()", "raise NotImplementedError")
FORM_LIMIT = 5_000  # characters of a function that is still to be written
TASK = "task-"  # begins the name of a cell that asks for a written answer
AsCode = Callable[[Iterable[str]], list[str]]  # cells -> the same in plain Python
WRITTEN = "written-"  # begins the id of a cell for a written answer


class Unreadable(ValueError):
    """A file that is no notebook; the message says why, in words for its author."""


@dataclass(frozen=True)
class Cell:
    """A cell: kind ("code", "markdown", "raw"), text, id, nbgrader's data, what is attached ({} without)."""

    kind: str
    source: str
    id: str
    nbgrader: dict[str, Any]
    attachments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def grade_id(self) -> str:
        """Return the name that the author gave the cell, "" without."""
        name = self.nbgrader.get("grade_id", "")
        return name if isinstance(name, str) else ""

    @property
    def is_answer(self) -> bool:
        """Say whether a released cell is for a student's code."""
        return self.kind == "code" and self.nbgrader.get("solution") is True

    @property
    def is_test(self) -> bool:
        """Say whether a released cell grades code."""
        return self.kind == "code" and self.nbgrader.get("grade") is True and not self.is_answer

    @property
    def is_given(self) -> bool:
        """Say whether a released cell is code that every answer builds on."""
        return self.kind == "code" and bool(self.nbgrader) and not (self.is_answer or self.is_test)

    @property
    def is_untouched(self) -> bool:
        """Say whether a cell is as it was handed out, in this release or an earlier one."""
        return self.id.startswith(plain_id(self.source))

    @cached_property
    def bare(self) -> str:
        """Return the text without what changes nothing, see `bare`."""
        return bare(self.source)


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook, and which assignment it says it belongs to ("" if it does not)."""

    cells: tuple[Cell, ...]
    assignment: str

    def where(self, holds: Callable[[Cell], bool]) -> list[Cell]:
        """Return the cells that have a property."""
        return [cell for cell in self.cells if holds(cell)]


def read(data: bytes) -> Notebook:
    """Return the notebook in the bytes of a file.

    Raises
    ------
    Unreadable
        If they are none; UTF-8 and UTF-16 are understood, and formats from 4 on.
    """
    tree = _tree(_text(read_file(io.BytesIO(data))))
    cells = tree.get("cells")
    if not isinstance(cells, list):
        old = "worksheets" in tree or tree.get("nbformat") in (1, 2, 3)
        reason = "it was saved in an old format: open it in Jupyter and save it again"
        raise Unreadable(reason if old else "it is no notebook: it has no cells")
    if len(cells) > CELL_LIMIT:
        raise Unreadable(f"it has {len(cells)} cells, at most {CELL_LIMIT}")
    found = tuple(map(_cell, cells))
    if sum(len(cell.source) for cell in found) > TEXT_LIMIT:
        raise Unreadable(f"its cells hold more than {TEXT_LIMIT:,} characters, figures aside")
    metadata = tree.get("metadata")
    ours = metadata.get("rl_landscapes", {}) if isinstance(metadata, dict) else {}
    name = ours.get("assignment", "") if isinstance(ours, dict) else ""
    return Notebook(found, name if isinstance(name, str) else "")


def read_file(stream: IO[bytes]) -> bytes:
    """Return what the file of a notebook holds, without saved outputs if it is larger than `SIZE_LIMIT`.

    Raises
    ------
    Unreadable
        If the rest is too large as well.
    """
    head = stream.read(SIZE_LIMIT + 1)
    if len(head) <= SIZE_LIMIT:
        return head
    chunks = chain(
        (head[place : place + CHUNK] for place in range(0, len(head), CHUNK)),
        iter(lambda: stream.read(CHUNK), b""),
    )
    kept, size = [], 0
    try:
        for part in without_outputs(chunks, _encoding(head)):
            kept.append(part)
            size += len(part)
            if size > SIZE_LIMIT:
                raise Unreadable(
                    f"it is too large: it has more than {SIZE_LIMIT >> 20} MiB without its saved outputs"
                )
    except UnicodeDecodeError:
        raise Unreadable(NOT_TEXT.format(_encoding(head).upper())) from None
    return b"".join(kept)


def _encoding(data: bytes) -> str:
    return next((name for mark, name in ENCODINGS.items() if data.startswith(mark)), "utf-8")


def _text(data: bytes) -> str:
    if not data.strip():
        raise Unreadable("the file is empty")
    encoding = _encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(NOT_TEXT.format(encoding.upper().removesuffix("-SIG"))) from None


def _tree(text: str) -> dict[str, Any]:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        is_page = text.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))
        raise Unreadable(
            "it is a web page, as one gets without logging in"
            if is_page
            else "it is cut or damaged (no JSON)"
        ) from None
    if not isinstance(tree, dict):
        raise Unreadable("it is no notebook")
    return tree


def _cell(found: Any) -> Cell:
    cell = found if isinstance(found, dict) else {}
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source[:SOURCE_LIMIT] if isinstance(source, str) else ""
    text = text.encode(errors="replace").decode()  # half of a surrogate pair could not be written to a file
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    metadata = cell.get("metadata")
    ours = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    kind, name, attached = cell.get("cell_type"), cell.get("id"), cell.get("attachments")
    return Cell(
        kind if isinstance(kind, str) else "raw",
        text,
        name if isinstance(name, str) else "",
        ours if isinstance(ours, dict) else {},
        attached if isinstance(attached, dict) else {},
    )


def bare(source: str) -> str:
    """Return code without comments that have a line to themselves, empty lines and outer spaces."""
    lines = (line.rstrip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def plain_id(source: str) -> str:
    """Return the id of a released cell that asks for nothing: it tells later whether its text was changed."""
    return f"plain-{sha256(source.strip().encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Step:
    """Code to run: `role` is "given", "answer" or "extra"; an answer is for one or more `functions`."""

    name: str
    source: str  # as it was written
    role: str
    code: str  # the same in plain Python
    functions: tuple[str, ...] = ()


def defined(code: str) -> set[str]:
    """Return the names that code defines as functions, or assigns, at its outermost level."""
    return {name for pair in DEFINED.findall(code) for name in pair if name}


def normal(text: str) -> str:
    """Return text as it is compared: what an editor, a system or a download changes does not count."""
    return " ".join(INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


def program(release: Notebook, handed_in: Notebook, *, as_code: AsCode = as_python) -> list[Step]:
    """Return what is run of a notebook that was handed in, as plain Python.

    The given cells come first and are those of the release; what a student has added to them is run before
    them. An answer is the last cell with its name or id that defines its function, else another that does,
    which may be the answer to something else as well.
    All other code that is not of the release is run too, where it stands: it may define what an answer uses.
    """
    codes = as_code(cell.source if cell.kind == "code" else "" for cell in handed_in.cells)
    answers = _answers(release, handed_in, codes)
    unchanged = {normal(cell.source) for cell in release.cells} | {""}
    extras = {
        place: Step(f"cell {place + 1}", cell.source, "extra", codes[place])
        for place, cell in enumerate(handed_in.cells)
        if cell.kind == "code"
        and place not in answers
        and not (cell.is_untouched or normal(cell.source) in unchanged)
    }
    steps = []
    for given in release.where(lambda c: c.is_given):
        copies = [place for place in extras if _is_copy(handed_in.cells[place], given)]
        steps += [extras.pop(place) for place in copies]
        steps.append(Step(given.grade_id, given.source, "given", as_code([given.source])[0]))
    for place, cell in enumerate(handed_in.cells):
        if place in answers:
            code, functions = codes[place] or cell.source, answers[place]
            steps.append(Step(functions[0], cell.source, "answer", code, functions))
        elif place in extras:
            steps.append(extras[place])
    return steps


def answer_places(release: Notebook, handed_in: Notebook) -> dict[int, tuple[str, ...]]:
    """Return which cells of a notebook that was handed in are answers, and to what."""
    return _answers(
        release,
        handed_in,
        as_python(cell.source if cell.kind == "code" else "" for cell in handed_in.cells),
    )


def answered(release: Notebook, handed_in: Notebook) -> list[str]:
    """Return the questions to which a notebook has an answer that is not the empty form."""
    forms = {cell.grade_id: cell.bare for cell in release.where(lambda c: c.is_answer)}
    found = answer_places(release, handed_in).items()
    return [
        name
        for place, names in found
        for name in names
        if handed_in.cells[place].bare not in ("", forms[name])
    ]


def _answers(release: Notebook, handed_in: Notebook, codes: Sequence[str]) -> dict[int, tuple[str, ...]]:
    """Return which cells are answers, and to what: first what a cell is for, then what else it defines."""
    cells = handed_in.cells
    named = {cell.grade_id for cell in release.cells if cell.grade_id}
    made = [defined(code or cell.source) for code, cell in zip(codes, cells, strict=True)]
    forms = {form.grade_id: form for form in release.where(lambda c: c.is_answer)}
    places = {name: _answer(form, cells, made, named) for name, form in forms.items()}
    own = {name: place for name, place in places.items() if place is not None}
    found: dict[int, tuple[str, ...]] = {place: (name,) for name, place in own.items()}
    for name, form in forms.items():
        wanted = defined(form.source)
        if name in own and not _is_empty(cells[own[name]], form):
            continue
        guests = [
            n for n in own if n != name and wanted & made[own[n]] and not _is_empty(cells[own[n]], forms[n])
        ]
        if guests:  # it stands in the cell of another answer
            if name in own:
                del found[own[name]]
            found[own[guests[-1]]] += (name,)
    return found


def _is_empty(cell: Cell, form: Cell) -> bool:
    """Say whether a cell is as it was handed out, or holds a function that is still to be written."""
    return cell.bare in ("", form.bare) or is_unwritten(cell.bare, form.grade_id)


def is_unwritten(code: str, name: str) -> bool:
    """Say whether code is nothing but a function that says that it is not written yet."""
    if len(code) > FORM_LIMIT or not code.endswith(UNWRITTEN):
        return False
    head, _, body = code.partition(":\n")
    text = re.sub(r'^\s*(?:"""[^"]*"""|\'\'\'[^\']*\'\'\')', "", body)
    return head.startswith(f"def {name}(") and text.strip() in UNWRITTEN


def _is_copy(cell: Cell, of: Cell) -> bool:
    return cell.grade_id == of.grade_id or (bool(cell.id) and cell.id == of.id)


def _answer(form: Cell, cells: Sequence[Cell], made: Sequence[set[str]], named: set[str]) -> int | None:
    """Return the place of the answer that goes into a form, None if there is none; an empty one last."""
    best, empty = (False, False, 0, -1), ("", form.bare)
    wanted = defined(form.source)
    for place, cell in enumerate(cells):
        defines = bool(wanted & made[place])
        is_code = cell.kind == "code"
        if cell.grade_id == form.grade_id:
            nearness = 3
        elif cell.id and cell.id == form.id:
            nearness = 2
        else:
            nearness = int(is_code and defines and cell.grade_id not in named)
        if nearness and (is_code or defines):
            best = max(best, (cell.bare not in empty, defines, nearness, place))
    return best[-1] if best[-2] else None
