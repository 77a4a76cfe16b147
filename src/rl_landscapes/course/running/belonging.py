"""Which assignment a notebook belongs to."""

import re
from collections.abc import Iterable, Sequence

from rl_landscapes.course.running.notebook import Notebook

ASKS_FOR = re.compile(r"^[^#\n]*\bexercise\(\s*[\"']([^\"'\n]+)[\"']", re.MULTILINE)


def belongs_to(notebook: Notebook, file: str, known: Sequence[str]) -> str:
    """Return the assignment of a notebook, "" if nothing or more than one is said.

    Its own word counts first, then which exercise its code asks for, then the name of the `file`.
    """
    if notebook.assignment:
        return notebook.assignment
    asked = [word for cell in notebook.cells if cell.kind == "code" for word in ASKS_FOR.findall(cell.source)]
    return _only(named(word, known) for word in asked) or _only(n for n in known if n in file)


def named(word: str, known: Sequence[str]) -> str:
    """Return the assignment of a name, such as "03-ascent", or of a number, "" if there is none."""
    return next((name for name in known if word in (name, name[:2], name[:2].lstrip("0"))), "")


def _only(found: Iterable[str]) -> str:
    names = {name for name in found if name}
    return names.pop() if len(names) == 1 else ""
