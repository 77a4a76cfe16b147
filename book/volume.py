"""The book as one file to print or to take along: `_build/landscapes.pdf`, `_build/landscapes.epub`.

Both are made from what the build of the pages has kept of their execution: no cell runs again. LaTeX warns of
what would be cut off on paper, and here such a warning is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path

from book.build import ROOT, Refusal, run_jupyter_book

CUT = 10.0  # points by which a line may stand out at the margin before it counts as cut off
ENGINE = ("latexmk", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "book.tex")
# For the index, as Sphinx's own Makefile has it, and for lines of the log that are whole.
SETTINGS = {"XINDYOPTS": "-L english -C utf8 -M sphinx.xdy", "max_print_line": "1000"}
PACKAGES = (
    "latexmk xindy texlive-xetex texlive-latex-recommended texlive-latex-extra texlive-fonts-recommended "
    "texlive-fonts-extra tex-gyre fonts-freefont-otf"
)
WIDE = re.compile(r"^Overfull \\hbox \((?P<by>[\d.]+)pt too wide\) (?P<where>.*)$", re.MULTILINE)
PAGE = re.compile(r'<item id="[^"]+" href="(?P<name>[^"]+\.xhtml)"')
LOST = re.compile(
    r"^(?:Missing character: .*|.*Reference `.*' on page .* undefined.*|.*File `.*' not found.*)$", re.M
)


def main() -> int:
    """Make the file that is named, pdf or epub, and say where it lies."""
    kinds: Mapping[str, Callable[[Path], Path]] = {"pdf": pdf, "epub": epub}
    try:
        made = kinds[sys.argv[1]](ROOT)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f"The book is {made}, {made.stat().st_size / 1e6:.0f} MB")
    return 0


def epub(root: Path) -> Path:
    """Return where the EPUB lies."""
    shutil.rmtree(root / "_build" / "epub", ignore_errors=True)
    if run_jupyter_book(root, "-W", "-n", "--keep-going", "--builder", "custom", "--custom-builder", "epub"):
        raise Refusal("The EPUB was not made: the warnings and errors above say why.")
    (made,) = (root / "_build" / "epub").glob("*.epub")
    target = root / "_build" / "landscapes.epub"
    with zipfile.ZipFile(made) as bound, zipfile.ZipFile(target, "w") as whole:
        with_formulas = {name for name in bound.namelist() if b"<math " in bound.read(name)}
        for entry in bound.infolist():
            content = bound.read(entry)
            listed = entry.filename == "content.opf"
            whole.writestr(entry, declared(content.decode(), with_formulas) if listed else content)
    return target


def declared(listing: str, with_formulas: Set[str]) -> str:
    """Return an EPUB's list of files, in which pages with formulas are marked as such."""
    return PAGE.sub(lambda item: item[0] + ' properties="mathml"' * (item["name"] in with_formulas), listing)


def pdf(root: Path) -> Path:
    """Return where the PDF lies."""
    if not shutil.which("xelatex") or not shutil.which("latexmk"):
        raise Refusal(f"There is no LaTeX here; on Debian or Ubuntu: apt install {PACKAGES}")
    folder = root / "_build" / "latex"
    shutil.rmtree(folder, ignore_errors=True)  # latexmk would stumble over what a failure left
    if run_jupyter_book(root, "-W", "-n", "--keep-going", "--builder", "latex"):
        raise Refusal("The PDF was not made: the warnings and errors above say why.")
    known = os.environ | SETTINGS
    code = subprocess.run(ENGINE, cwd=folder, env=known, stdout=subprocess.DEVNULL, check=False).returncode
    log = folder / "book.log"
    found = list(complaints(log.read_text(encoding="utf8", errors="replace"))) if log.is_file() else []
    if code or found:
        raise Refusal("\n".join([*found, f"The PDF was not made as it should be: see {log}"]))
    return Path(shutil.copy(folder / "book.pdf", root / "_build" / "landscapes.pdf"))


def complaints(log: str) -> Iterator[str]:
    """Yield what LaTeX says of lines that are cut off, letters that no font has, and what is missing."""
    yield from (found[0] for found in WIDE.finditer(log) if float(found["by"]) > CUT)
    yield from dict.fromkeys(LOST.findall(log))


if __name__ == "__main__":
    sys.exit(main())
