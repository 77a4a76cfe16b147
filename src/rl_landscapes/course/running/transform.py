"""Cells of a notebook as plain Python, as IPython reads them: magics, commands, help, prompts, indents."""

import ast
import re
import warnings
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.inputtransformer2 import TransformerManager

NEEDED = "a cell uses what only notebooks understand; to read it, install IPython: pip install ipython"
SPECIAL = re.compile(  # all that IPython may read in another way than Python, and more
    r"^[ \t]*(?:[%!?,;/]|>>>|In ?\[|\[(?:nav|ins)\]|\.{3,}:)|\?|%time|=[ \t\\\n]*[%!]|\A\s*^[ \t]+\S",
    re.MULTILINE,
)
BODIES = ("time", "capture", "prun", "memit", "pyinstrument", "snakeviz")  # run what stands below them
CELL_MAGIC = re.compile(r"%%(?P<name>\w*)(?P<help>\??)")
TIMED = re.compile(r"get_ipython\(\)\.run_line_magic\('time', (.*)\)$")
WORK = 600_000  # characters read for all cells together: IPython reads a cell once more for every magic


def as_python(sources: Iterable[str]) -> list[str]:
    """Return cells without what only a notebook understands, line by line as they were.

    A magic that times code runs the code. All other magics, commands and help become calls of
    `get_ipython()`, which does nothing in the process of a student. A cell that IPython cannot read stays as
    it is, and so do cells beyond what a person would write by hand.

    Raises
    ------
    ImportError
        If a cell needs IPython and it is not installed.
    """
    left, read = WORK, []
    for source in sources:
        magics = sum(1 for _ in SPECIAL.finditer(source))
        left -= (magics + 1) * len(source) if magics else 0
        read.append(_transformed(source) if magics and left >= 0 else source)
    return read


def _transformed(source: str) -> str:
    before = source[: len(source) - len(source.lstrip())].count("\n")  # empty lines, which IPython drops
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "\n" * before + _manager().transform_cell(source)
    except ImportError:
        raise
    except Exception:  # no more Python for IPython than for the process, which says why
        return source


@cache
def _manager() -> "TransformerManager":
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError as error:
        raise ImportError(NEEDED, name="IPython") from error

    class Manager(TransformerManager):
        """IPython's, but that lines keep their numbers and code that is timed is run."""

        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call]
            self.line_transforms = [self.cell_magic]

        def cell_magic(self, lines: list[str]) -> list[str]:
            """Return the cell below a magic if that runs it, else nothing."""
            found = CELL_MAGIC.match(lines[0]) if lines else None
            if found is None or found["help"]:
                return lines
            body = lines[1:] if found["name"] in BODIES else []
            cleaning: Any = self.cleanup_transforms
            for transform in (*cleaning, self.cell_magic):
                body = transform(body)
            return ["\n"] * (len(lines) - len(body)) + body

        def do_one_token_transform(self, lines: list[str]) -> tuple[bool, list[str]]:
            """Do as IPython does, put timed code in the place of its magic, and keep the number of lines."""
            changed: bool
            after: list[str]
            changed, after = super().do_one_token_transform(lines)  # type: ignore[no-untyped-call]
            if not changed:
                return changed, after
            pairs = zip(lines, after, strict=False)
            place = next((n for n, (old, new) in enumerate(pairs) if old != new), len(after) - 1)
            if found := TIMED.search(after[place].rstrip("\n")):
                after[place] = after[place][: found.start()] + ast.literal_eval(found[1]) + "\n"
            lost = max(0, len(lines) - len(after))
            return changed, [*after[: place + 1], *["\n"] * lost, *after[place + 1 :]]

    return Manager()
