"""Build the book, and on a terminal serve it.

Pages are executed through a cache that knows a page's cells but not what they import. So the library, the
data, the pinned versions and the interpreter are hashed; when the hash moves, every page is executed again.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import http.server
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
WATCHED = ("src", "book/data", "book/_extension", "constraints.txt")
PYODIDE, OWN = (
    ROOT / ".cache" / "pyodide",
    "_pyodide/",
)  # where a copy lies, and what it is called when served
APPENDICES = ("notation", "glossary", "bibliography")


class Refusal(Exception):
    """A failure whose cause is known: its message is the one line to print."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, then serve or say where the book lies; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        pages = options.root / "_build" / "html"
        if not options.no_build:
            pages = build_one(options.root, options.only) if options.only else build(options.root)
        if options.serve or (options.serve_if_terminal and sys.stdout.isatty()):
            serve(pages, options.port)
        else:
            print(f"The book lies in {pages / 'index.html'}")
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    result = argparse.ArgumentParser(description="Build the book; see also `make help`.")
    add = result.add_argument
    add("--serve", action="store_true", help="serve the book on localhost after building it")
    add("--serve-if-terminal", action="store_true", help="the same, when standard output is a terminal")
    add("--no-build", action="store_true", help="serve what was built before")
    add("--port", type=int, default=8000, help="port to serve on (default: 8000)")
    add("--only", metavar="PAGE", help="build this chapter and the appendices alone, e.g. 05-ascent")
    add("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return result


def build(root: Path) -> Path:
    """Build the whole book with warnings as errors and return the folder of its pages."""
    output, missing = root / "_build", bundles(root)
    forget_if_stale(output, fingerprint(root))
    if run_jupyter_book(root, "-W", "-n", "--keep-going"):
        forget_pages(output)  # or the next build would not read the page with the warning, and pass
        raise Refusal("The book was not built: the warnings and errors above say why.")
    print(missing, end="", file=sys.stderr)
    return output / "html"


def build_one(root: Path, page: str) -> Path:
    """Build one chapter and the appendices into a folder of their own; links to other chapters stay open."""
    if not (root / "book" / "chapters" / f"{page}.md").is_file():
        raise Refusal(f"There is no chapter {page!r} in {root / 'book' / 'chapters'}.")
    output, missing = root / "_build" / "only" / page, bundles(root)
    forget_if_stale(output / "_build", fingerprint(root))
    table = output / "_toc.yml"
    table.write_text(table_of_contents([page, *APPENDICES]), encoding="utf8")
    if run_jupyter_book(root, "-n", "--toc", str(table), "--path-output", str(output)):
        raise Refusal(f"{page} was not built: the errors above say why.")
    print(missing, end="", file=sys.stderr)
    return output / "_build" / "html"


def bundles(root: Path) -> str:
    """Make what pages need from npm; return a line on what is missing and why, or nothing."""
    program = root / "book" / "npm.py"
    if not program.is_file():
        return ""
    return subprocess.run([sys.executable, program], stdout=subprocess.PIPE, text=True, check=False).stdout


def table_of_contents(pages: Sequence[str]) -> str:
    """Return a table of contents with the index and these chapters."""
    entries = "".join(f"- file: chapters/{page}\n" for page in dict.fromkeys(pages))
    return f"format: jb-book\nroot: index\nchapters:\n{entries}"


def fingerprint(root: Path) -> str:
    """Hash all that a page's output depends on beside the page itself."""
    digest = hashlib.sha256(sys.version.encode())
    for path in watched_files(root):
        digest.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size} ".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def watched_files(root: Path) -> Iterator[Path]:
    """Yield the watched files in a fixed order, compiled ones left out."""
    for name in WATCHED:
        place = root / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in found if path.is_file() and "__pycache__" not in path.parts)


def forget_if_stale(output: Path, current: str) -> None:
    """Drop cached outputs and pages unless they were made with the same library, data and versions."""
    record = output / "fingerprint"
    if record.is_file() and record.read_text(encoding="utf8") == current:
        return
    shutil.rmtree(output / ".jupyter_cache", ignore_errors=True)
    forget_pages(output)
    output.mkdir(parents=True, exist_ok=True)
    record.write_text(current, encoding="utf8")


def forget_pages(output: Path) -> None:
    """Make the next build read and write every page."""
    shutil.rmtree(output / ".doctrees", ignore_errors=True)


def run_jupyter_book(root: Path, *options: str) -> int:
    """Run `jupyter-book build book` in the repository root and return its exit code."""
    program = Path(sys.executable).with_name("jupyter-book")
    if not program.exists():
        remedy = "run `make book`, or `pip install -e '.[book]'`"
        raise Refusal(f"jupyter-book is not installed beside {sys.executable}: {remedy}.")
    command = [str(program), "build", "book", *options]
    return subprocess.run(command, cwd=root, env=surroundings(os.environ), check=False).returncode


def surroundings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which pages are executed."""
    bars = {"TQDM_DISABLE": "1"}  # a page is finished, and a bar would be a widget if ipywidgets is there
    quiet = {"JUPYTER_PLATFORM_DIRS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"} | bars
    one_core = {"OPENBLAS_NUM_THREADS": "1"}  # for pages are executed side by side
    return without_backend(environment) | quiet | one_core


def without_backend(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without Matplotlib's backend: with any but Jupyter's, pages have no figures."""
    return {name: value for name, value in environment.items() if name != "MPLBACKEND"}


def serve(pages: Path, port: int) -> None:
    """Serve the built pages on localhost until interrupted."""
    if not (pages / "index.html").is_file():
        raise Refusal(f"There is no book in {pages}: run `make book` first.")
    with open_server(pages, port) as server:
        print(f"The book is at http://localhost:{port} (Ctrl-C stops)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def open_server(pages: Path, port: int, pyodide: Path = PYODIDE) -> http.server.ThreadingHTTPServer:
    """Bind a quiet file server to the port, or say what to do about it."""
    handler = functools.partial(Quiet, directory=str(pages), pyodide=pyodide)
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        other = port + 1 if 1024 <= port < 65535 else 8000
        remedy = f"choose another, e.g. `make serve PORT={other}`"
        raise Refusal(f"Port {port} cannot be used ({error}): {remedy}.") from None


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file handler that logs nothing, lets no browser keep old pages, and offers a copy of Pyodide."""

    def __init__(self, *request: Any, pyodide: Path, **options: Any) -> None:
        self.pyodide = pyodide
        super().__init__(*request, **options)

    def do_GET(self) -> None:
        """Send a file; if there is a local copy, the settings of pages that run code name it."""
        if self.path != "/_run/settings.json" or not (self.pyodide / "pyodide.mjs").is_file():
            return super().do_GET()
        settings = json.loads(Path(self.translate_path(self.path)).read_text("utf8"))
        told = json.dumps(settings | {"pyodide": OWN}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def translate_path(self, path: str) -> str:
        """Return where a file lies: in the built book, or in the local copy."""
        if path.startswith(f"/{OWN}"):  # a folder without folders
            return str(self.pyodide / PurePosixPath(urlsplit(path).path).name)
        return super().translate_path(path)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Ask the browser to check for a newer page each time."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


if __name__ == "__main__":
    sys.exit(main())
