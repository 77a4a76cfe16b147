"""Where in the book each claim is judged: the first page that asks for its verdict."""

import re
from pathlib import Path

ASKED = re.compile(r"""\bclaim\(["'](C[0-9]+[a-z]?)["']\)""")


def find_pages(data: Path) -> dict[str, str]:
    """Return for every claim the name of its page, among the numbered chapters beside the folder `data`."""
    found: dict[str, str] = {}
    for path in sorted((data.parent / "chapters").glob("[0-9][0-9]*.md")):
        for id in ASKED.findall(path.read_text(encoding="utf8")):
            found.setdefault(id, path.stem)
    return found
