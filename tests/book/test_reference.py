"""The library's reference opens each page with an example that is right, and with a table of what follows."""

import contextlib
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from rl_landscapes.cli import main
from tests.book.sources import BOOK, extension

LONGEST = 10  # lines of an example
LIBRARY = BOOK / "chapters" / "library"
STATIONS = [path.stem for path in sorted(LIBRARY.glob("*.md")) if "automodule::" in path.read_text("utf8")]
OPENING = re.compile(
    r"\A\(library-[\w-]+\)=\n# [^\n]+\n\n[^\n]+\n\n```python\n(.*?)```\n(?:\n```text\n(.*?)```\n)?", re.DOTALL
)


def text_of(page: str) -> str:
    return (LIBRARY / f"{page}.md").read_text(encoding="utf8")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to write into, from which the book's data are found."""
    (tmp_path / "book").symlink_to(BOOK)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    plt.close("all")


@pytest.mark.parametrize("page", STATIONS)
def test_the_first_example_prints_what_the_page_says(page: str, elsewhere: Path) -> None:
    opening = OPENING.match(text_of(page))
    assert opening, "no example after the first paragraph"
    code, said = opening.groups(default="")
    assert len(code.splitlines()) <= LONGEST
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, f"{page}.md", "exec"), {})
    assert printed.getvalue() == said
    assert said or list(elsewhere.glob("*.png"))


@pytest.mark.parametrize("page", STATIONS)
def test_a_table_stands_before_the_entries(page: str) -> None:
    text = text_of(page)
    assert 0 < text.index("```{entries}") < text.index(".. automodule::")


def test_the_first_commands_run(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = re.search(r"```bash\n(.*?)```", text_of("command"), re.DOTALL)
    assert commands
    lines = commands[1].replace("\\\n", " ").splitlines()
    assert len(lines) <= LONGEST
    for line in lines:
        assert main(shlex.split(line)[1:]) == 0, line
    assert "objective" in capsys.readouterr().out


@pytest.mark.parametrize("room", ["worlds", "policies", "objectives", "probes", "ascent", "plots", "studies"])
def test_the_table_names_every_function_and_class(room: str) -> None:
    entries = pytest.importorskip("sphinx", reason="the book's tools are not installed") and extension(
        "local_entries"
    )
    package = importlib.import_module(f"rl_landscapes.{room}")
    rows = list(entries.names(package))
    left_out = {name for name in package.__all__} - {name for _, name, *_ in rows}
    assert left_out <= {"AUTHORS", "DOWN", "LEFT", "LOOKS", "PALETTE", "RIGHT", "Rule", "UP", "baselines"}
    assert all(said.endswith((".", ":")) for *_, said in rows), [
        name for _, name, _, said in rows if not said.endswith(".")
    ]
