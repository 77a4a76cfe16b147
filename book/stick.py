"""Pack the built book into `_build/landscapes.zip`, which opens from a folder or a USB stick.

Pages, explorers, formulas and search are the same, but for one thing that a browser does not allow a page
without a server: the lines of text below what the search found. Fonts are not fetched ahead, which a browser
refuses such a page, but when they are needed, which it allows.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "landscapes"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date of a zip: the same book gives the same bytes
LEFT_OUT = {".buildinfo", "objects.inv", "sitemap.xml"}
OPTIONS, WITH_LINES, WITHOUT = (
    "_static/documentation_options.js",
    "SHOW_SEARCH_SUMMARY: true",
    "SHOW_SEARCH_SUMMARY: false",
)
PRELOADED = re.compile(rb'<link rel="preload" as="font"[^>]*>\n?')
NOTE = """\
Landscapes of policy optimisation

Open index.html in a browser; nothing has to be installed and no network is needed.
"""


def main() -> int:
    """Pack what was built and say where it lies."""
    pages, target = ROOT / "_build" / "html", ROOT / "_build" / f"{FOLDER}.zip"
    if not (pages / "index.html").is_file():
        print(f"There is no book in {pages}: run `make book` first.", file=sys.stderr)
        return 1
    pack(pages, target)
    print(f"The book to take away is {target}, {target.stat().st_size / 1e6:.0f} MB")
    return 0


def pack(pages: Path, target: Path) -> None:
    """Write the files below `pages` into the zip `target`, in one folder, with a note on how to begin."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        add(packed, "READ ME.txt", NOTE.encode())
        for path in files(pages):
            name = path.relative_to(pages).as_posix()
            add(packed, name, fit(name, path))


def files(pages: Path) -> Iterator[Path]:
    """Yield the files that readers need, in a fixed order."""
    yield from (path for path in sorted(pages.rglob("*")) if path.is_file() and path.name not in LEFT_OUT)


def fit(name: str, path: Path) -> bytes:
    """Return what a file holds, without what needs a server."""
    if name == OPTIONS:
        return without_lines(path.read_text("utf8"))
    return PRELOADED.sub(b"", path.read_bytes()) if name.endswith(".html") else path.read_bytes()


def without_lines(options: str) -> bytes:
    """Return the options of the search without the lines of text, for which it would have to ask a server."""
    if WITH_LINES not in options:
        raise ValueError(f"{OPTIONS} does not say {WITH_LINES!r}")
    return options.replace(WITH_LINES, WITHOUT).encode()


def add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Write one file, the same bytes each time."""
    entry = zipfile.ZipInfo(f"{FOLDER}/{name}", LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)


if __name__ == "__main__":
    sys.exit(main())
