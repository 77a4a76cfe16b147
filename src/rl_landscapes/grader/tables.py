"""Tables that people, spreadsheets and platforms write as CSV."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rl_landscapes.course.running.notebook import ENCODINGS

SEPARATORS = ",;\t|"
ROUNDED = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)  # what a spreadsheet makes of a long number
SAVE = "save it again as 'CSV UTF-8'"
STARTS = {  # of files that are no text, whatever they are called
    b"PK\x03\x04": f"is a spreadsheet, no CSV: {SAVE}",
    b"\xd0\xcf\x11\xe0": f"is a spreadsheet, no CSV: {SAVE}",
    b"%PDF": "is a PDF, no CSV",
}


@dataclass(frozen=True)
class Table:
    """A table: the names of its columns as `column` writes them, and the rows by the number of their line."""

    path: Path
    columns: Sequence[str]
    rows: Sequence[tuple[int, Mapping[str, str]]]

    @property
    def has(self) -> str:
        """Return the columns in words."""
        return ", ".join(self.columns) or "nothing"

    def wrong(self, line: int, why: str) -> ValueError:
        """Return an error that names a line."""
        return ValueError(f"{self.path}, line {line}: {why}")


def read_table(path: Path, wanted: Sequence[str]) -> Table:
    """Return the table in a file of text, whatever separates its cells and ends its lines.

    Blanks around cells do not count, nor do empty rows. Of the columns the case does not count either.

    Raises
    ------
    ValueError
        If it is no such table, has one of the `wanted` columns twice, or a row does not fit its head; the
        message names the line and what to do.
    """
    lines = _text(path).replace("\r\n", "\n").replace("\r", "\n")
    told = re.match(r"sep=(.)\n", lines)  # how spreadsheets are told
    lines = lines[told.end() :] if told else lines
    before = 1 if told else 0
    separator = told[1] if told else _separator(lines, wanted)
    head: list[str] = []
    rows = []
    for number, cells in _cells(path, lines, separator, before):
        if not head:
            head = [column(cell) for cell in cells]
            twice = [name for name in wanted if head.count(name) > 1]
            if twice:
                raise ValueError(f"{path} has the column {twice[0]!r} twice")
        elif any(cells):
            rows.append((number, _row(path, number, head, cells, separator)))
    return Table(path, head, rows)


def column(name: str) -> str:
    """Return the name of a column without what people and platforms write in different ways."""
    return re.sub(r"[\W_]+", "_", name.strip("\ufeff\u200b \t").casefold()).strip("_")


def _cells(path: Path, text: str, separator: str, before: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            yield reader.line_num + before, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise ValueError(
            f"{path}, line {reader.line_num + before}: {error}; a quote may be missing"
        ) from None


def _row(path: Path, number: int, head: list[str], cells: list[str], separator: str) -> dict[str, str]:
    if any(cells[len(head) :]):
        raise ValueError(
            f"{path}, line {number}: it has {len(cells)} cells and the first line {len(head)}; put quotes "
            f"around a cell with {separator!r} in it"
        )
    others = [sign for sign in SEPARATORS.replace(separator, "") if sign in cells[0]]
    if others and len(cells) == 1 < len(head):
        raise ValueError(
            f"{path}, line {number}: its cells seem to be separated by {others[0]!r}, "
            f"those of the first line by {separator!r}"
        )
    return dict(zip(head, cells, strict=False))


def _separator(text: str, wanted: Sequence[str]) -> str:
    """Return what separates cells in the first line that has any: what makes most wanted columns of it."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    heads = {sign: [column(cell) for cell in first.replace('"', "").split(sign)] for sign in SEPARATORS}
    return max(heads, key=lambda sign: (len(set(wanted) & set(heads[sign])), len(heads[sign])))


def _text(path: Path) -> str:
    data = path.read_bytes()
    for start, why in STARTS.items():
        if data.startswith(start):
            raise ValueError(f"{path} {why}")
    encoding = next((name for mark, name in ENCODINGS.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError(f"{path} must be UTF-8: {SAVE}") from None
    if "\0" in text:
        raise ValueError(f"{path} must be UTF-8, and is UTF-16 or no text: {SAVE}")
    if text.lstrip()[:9].lower().startswith(("<!doctype", "<html", "<table")):
        raise ValueError(f"{path} is a web page, no CSV: {SAVE}")
    return text
