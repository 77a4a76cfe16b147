"""Pages are executed side by side and once each, and one that raises fails the build under its name."""

from pathlib import Path

import pytest

from book.build import Refusal, build
from tests.book.sources import BOOK

pytestmark = [pytest.mark.book, pytest.mark.slow]

PAGE = """\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{name: python3, display_name: Python 3}}
---

# A page

```{{code-cell}} python
import os, time
from pathlib import Path
name, others = "{name}", {others}
with open("executed", "a") as record:
    print(name, os.environ["OPENBLAS_NUM_THREADS"], file=record)
deadline = time.monotonic() + 60
while not all(other in Path("executed").read_text() for other in others):
    assert time.monotonic() < deadline, "the others were not begun"
    time.sleep(0.05)
print(f"it is {{name}}")
```
"""
CONFIG = f"""\
title: Tiny
author: Nobody
only_build_toc_files: true
execute: {{execute_notebooks: cache}}
sphinx:
  local_extensions: {{local_execution: {BOOK / "_extension"}}}
  config:
    extensions:
      [myst_nb, jupyter_book, sphinx_comments, sphinx_external_toc, sphinx_book_theme, local_execution]
    nb_execution_raise_on_error: true
"""


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A book of a page of text and two with code, of which each waits until the other was begun."""
    book = tmp_path / "book"
    book.mkdir()
    (tmp_path / "_config.yml").write_text(CONFIG)
    (book / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: first\n- file: second\n")
    (book / "index.md").write_text("# A book\n")
    (book / "first.md").write_text(PAGE.format(name="first", others=["second"]))
    (book / "second.md").write_text(PAGE.format(name="second", others=["first"]))
    return tmp_path


def test_two_pages_at_a_time_and_each_once(two: Path) -> None:
    pages = build(two)
    for name in ("first", "second"):
        assert f"it is {name}" in (pages / f"{name}.html").read_text(encoding="utf8")
    assert sorted((two / "book" / "executed").read_text().splitlines()) == ["first 1", "second 1"]
    (two / "book" / "first.md").write_text(PAGE.format(name="first", others=["second"]) + "\nOther text.\n")
    build(two)
    assert len((two / "book" / "executed").read_text().splitlines()) == 2


def test_a_page_that_raises_is_named_and_the_others_are_kept(
    two: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (two / "book" / "first.md").write_text(PAGE.format(name="first", others=["second"]) + FAULT)
    with pytest.raises(Refusal, match="above say why"):
        build(two)
    said = capfd.readouterr().err
    assert "Execution error" in said
    assert "first\n" in said
    assert "ZeroDivisionError" in said
    assert "second\n" not in said
    (two / "book" / "first.md").write_text(PAGE.format(name="first", others=["second"]))
    assert "it is first" in (build(two) / "first.html").read_text(encoding="utf8")
    assert sorted((two / "book" / "executed").read_text().split()[::2]) == ["first", "first", "second"]


FAULT = """
```{code-cell} python
1 / 0
```
"""
