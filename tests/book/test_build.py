"""Building and serving: nothing stale, and a known failure is one line that says what to do."""

import re
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from book import build as book_build
from book.build import Refusal, build, fingerprint, forget_if_stale, main, open_server
from tests.book.sources import ROOT

PAGE = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---

# A page

```{code-cell} python
import sys
sys.path.insert(0, "../src")
from tiny import VALUE
print(f"it holds {VALUE + 40}")
```
"""
CONFIG = """\
title: Tiny
author: Nobody
only_build_toc_files: true
execute: {execute_notebooks: cache}
sphinx:
  config:
    extensions: [myst_nb, jupyter_book, sphinx_comments, sphinx_external_toc, sphinx_book_theme]
    nb_execution_raise_on_error: true
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A repository with one module and a book of one page that prints what the module holds."""
    for folder in ("src", "book"):
        (tmp_path / folder).mkdir()
    (tmp_path / "src" / "tiny.py").write_text("VALUE = 1\n")
    (tmp_path / "constraints.txt").write_text("")
    (tmp_path / "_config.yml").write_text(CONFIG)
    (tmp_path / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    (tmp_path / "book" / "index.md").write_text(PAGE)
    return tmp_path


def shown(pages: Path) -> str:
    found = re.search(r"it holds (\d+)", (pages / "index.html").read_text(encoding="utf8"))
    return found[1] if found else "nothing"


@pytest.mark.book
@pytest.mark.slow
def test_no_page_is_stale_after_an_edit_of_the_library(tiny: Path) -> None:
    assert shown(build(tiny)) == "41"
    (tiny / "src" / "tiny.py").write_text("VALUE = 2\n")
    assert shown(build(tiny)) == "42"
    assert shown(build(tiny)) == "42"


@pytest.mark.book
@pytest.mark.slow
def test_a_warning_fails_every_time(tiny: Path) -> None:
    (tiny / "book" / "index.md").write_text("# A page\n\n[nowhere](#no-such-label)\n")
    for _ in range(2):
        with pytest.raises(Refusal, match="above say why"):
            build(tiny)


@pytest.mark.book
@pytest.mark.slow
def test_figures_whatever_the_backend_outside(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "Agg")
    drawn = "import matplotlib.pyplot as plt\nplt.plot([0, 1]);\n```\n"
    (tiny / "book" / "index.md").write_text(PAGE.removesuffix("```\n") + drawn)
    assert 'src="_images/' in (build(tiny) / "index.html").read_text(encoding="utf8")


def test_fingerprint_follows_library_data_and_versions(tiny: Path) -> None:
    seen = {fingerprint(tiny)}
    (tiny / "src" / "tiny.py").write_text("VALUE = 3\n")
    seen.add(fingerprint(tiny))
    (tiny / "book" / "data").mkdir()
    (tiny / "book" / "data" / "study.npz").write_bytes(b"numbers")
    seen.add(fingerprint(tiny))
    (tiny / "constraints.txt").write_text("numpy==2.0\n")
    seen.add(fingerprint(tiny))
    assert len(seen) == 4


def test_fingerprint_ignores_text_and_compiled_files(tiny: Path) -> None:
    before = fingerprint(tiny)
    (tiny / "book" / "index.md").write_text("# Another page\n")
    (tiny / "src" / "__pycache__").mkdir()
    (tiny / "src" / "__pycache__" / "tiny.pyc").write_bytes(b"compiled")
    assert fingerprint(tiny) == before


def test_outputs_are_forgotten_only_when_stale(tmp_path: Path) -> None:
    forget_if_stale(tmp_path, "first")
    kept = [tmp_path / ".jupyter_cache" / "output", tmp_path / ".doctrees" / "page"]
    for path in kept:
        path.parent.mkdir()
        path.write_text("")
    forget_if_stale(tmp_path, "first")
    assert all(path.exists() for path in kept)
    forget_if_stale(tmp_path, "second")
    assert not any(path.exists() for path in kept)


def only_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A repository whose book, one page, has been built."""
    folder = tmp_path / "_build" / "html"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<p>hello</p>")
    return folder


def test_busy_port_is_one_line(tmp_path: Path, pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--root", str(tmp_path), "--no-build", "--serve", "--port", str(port)]) == 1
    line = only_line(capsys)
    assert f"Port {port} cannot" in line
    assert f"PORT={port + 1}" in line
    assert "make serve PORT=" in line


def test_impossible_port_is_one_line(tmp_path: Path, pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--no-build", "--serve", "--port", "99999"]) == 1
    assert "99999" in only_line(capsys)


def test_serving_without_a_book_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--no-build", "--serve"]) == 1
    assert "make book" in only_line(capsys)


def test_unknown_chapter_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--only", "99-nowhere"]) == 1
    assert "99-nowhere" in only_line(capsys)


def test_missing_program_is_one_line(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(tiny / "bin" / "python"))
    assert main(["--root", str(tiny)]) == 1
    assert "pip install" in only_line(capsys)


def test_without_a_terminal_it_says_where_the_book_lies(
    tmp_path: Path, pages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--root", str(tmp_path), "--no-build", "--serve-if-terminal"]) == 0
    assert str(pages / "index.html") in capsys.readouterr().out


def test_pages_are_served_on_this_machine_only(pages: Path) -> None:
    with open_server(pages, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address[:2]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/index.html") as answer:
            assert answer.read() == b"<p>hello</p>"
            assert answer.headers["Cache-Control"] == "no-cache"
        server.shutdown()
    assert host == "127.0.0.1"


def test_interrupted_server_ends_quietly(
    pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(server: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("http.server.ThreadingHTTPServer.serve_forever", interrupt)
    book_build.serve(pages, 0)
    assert "http://localhost:" in capsys.readouterr().out


def test_runs_as_a_program() -> None:
    command = [sys.executable, str(ROOT / "book" / "build.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "--serve-if-terminal" in done.stdout
