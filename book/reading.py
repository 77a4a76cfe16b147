"""How long a page takes: 200 words a minute, 3 minutes for each proved statement, 5 for each exercise.

Words are those on the way through: text, captions and code that is shown, not what is folded or hidden; a
formula is one word. Minutes are rounded up to the next five.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

CHAPTERS = Path(__file__).resolve().parent / "chapters"
WORDS_A_MINUTE, STATEMENT, EXERCISE, ROUND_TO = 200, 3, 5, 5
PROVED = ("prf:theorem", "prf:proposition", "prf:lemma", "prf:corollary")

FENCE = re.compile(r"^(`{3,}|:{3,})\{([^}]+)\}")
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.DOTALL)
ROLE = re.compile(r"\{[\w:]+\}`([^`<]*)(?:<[^`]*>)?`")
NOT_READ = re.compile(r"^(:\w[\w-]*:.*|\([\w-]+\)=)$|\]\([^)]*\)", re.MULTILINE)
HIDDEN = re.compile(r"\b(hide|remove)-(input|cell)\b")
FOLDED_WHOLE = re.compile(r"\b(hide|remove)-cell\b")
CAPTION = re.compile(r"caption: \|\n((?: {6}.*\n?|\n)+)")


@dataclass
class Reading:
    """What stands on a page: words on the way and folded, proved statements, exercises, cells."""

    on_the_way: int = 0
    folded: int = 0
    statements: int = 0
    exercises: int = 0
    shown_cells: int = 0
    hidden_cells: int = 0

    @property
    def minutes(self) -> int:
        """How long it takes, by the rule above."""
        time = self.on_the_way / WORDS_A_MINUTE + STATEMENT * self.statements + EXERCISE * self.exercises
        return ROUND_TO * ceil(time / ROUND_TO)


def read(text: str) -> Reading:
    """Measure the source of a page."""
    page = Reading()
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    for name, lines, folded in parts(body.splitlines()):
        page.statements += name in PROVED
        page.exercises += name == "exercise"
        if name == "code-cell":
            count_cell(page, lines, folded)
        elif folded:
            page.folded += words("\n".join(lines))
        else:
            page.on_the_way += words("\n".join(lines))
    return page


def parts(lines: list[str], folded: bool = False) -> Iterator[tuple[str, list[str], bool]]:
    """Yield (directive, lines of a cell, folded), and without a name the text between and inside of them."""
    number = begin = 0
    while number < len(lines):
        if opened := FENCE.match(lines[number]):
            yield "", lines[begin:number], folded
            rest = range(number + 1, len(lines))
            end = next((i for i in rest if lines[i].rstrip() == opened[1]), len(lines))
            name, inside = opened[2], lines[number + 1 : end]
            if name == "code-cell":
                yield name, inside, folded
            else:
                yield name, [], folded
                yield from parts(inside, folded or name == "dropdown" or ":class: dropdown" in inside)
            number, begin = end, end + 1
        number += 1
    yield "", lines[begin:], folded


def count_cell(page: Reading, lines: list[str], folded: bool) -> None:
    """Count a cell, its caption, and its code where that is shown."""
    begin = next((i for i, line in enumerate(lines) if not line.startswith(":")), len(lines))
    if lines[:1] == ["---"]:
        begin = lines.index("---", 1) + 1
    head, code = "\n".join(lines[:begin]), "\n".join(lines[begin:])
    hidden = folded or bool(HIDDEN.search(head))
    page.shown_cells += not hidden
    page.hidden_cells += hidden
    caption = CAPTION.search(head)
    away = folded or bool(FOLDED_WHOLE.search(head))
    read_here = words(caption[1]) if caption else 0
    page.folded += read_here if away else 0
    page.on_the_way += (0 if away else read_here) + (0 if hidden else len(code.split()))


def words(text: str) -> int:
    """Count words; a formula is one, options of directives and labels are none."""
    return len(re.findall(r"[^\W_][^\s—/]*", NOT_READ.sub(" ", ROLE.sub(r"\1", FORMULA.sub(" x ", text)))))


def main() -> None:
    """Print a line for each chapter, with the minutes that its card states."""
    form = "{:30} {:>6} {:>7} {:>8} {:>7} {:>6} {:>7}"
    print(form.format("page", "words", "folded", "minutes", "stated", "shown", "hidden"))
    for path in sorted(CHAPTERS.glob("[0-9][0-9]*-*.md")):
        text = path.read_text(encoding="utf8")
        page, stated = read(text), re.search(r"^: \[?(\d+) minutes", text, re.MULTILINE)
        row = page.on_the_way, page.folded, page.minutes, stated[1] if stated else "-"
        print(form.format(path.stem, *row, page.shown_cells, page.hidden_cells))


if __name__ == "__main__":
    main()
