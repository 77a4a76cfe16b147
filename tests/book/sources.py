"""The book's pages as text: where they are, and what stands in them."""

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
WIDGETS = ROOT / "src" / "rl_landscapes" / "plots" / "widgets"
CHAPTERS = sorted((BOOK / "chapters").glob("[0-9][0-9]-*.md"))
SECTIONS = sorted((BOOK / "chapters").glob("[0-9][0-9][a-z]-*.md"))  # pages inside of a chapter
FENCE = re.compile(r"^(`{3,}|:{3,})\{([^}]+)\}[ ]*(.*)$")


@dataclass(frozen=True)
class Block:
    """A directive: its name, argument, options, body and the line it begins on."""

    name: str
    argument: str
    options: dict[str, Any]
    body: str
    line: int


@dataclass(frozen=True)
class Page:
    """One page of the book."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf8")

    @property
    def label(self) -> str:
        found = re.search(r"^\(([a-z0-9-]+)\)=\n# ", self.text, re.M)
        return found[1] if found else ""

    @property
    def headings(self) -> list[tuple[int, int, str]]:
        """Line, level and text of each heading outside of code."""
        return list(headings(self.text))

    @property
    def blocks(self) -> list[Block]:
        return list(blocks(self.text))

    @property
    def cells(self) -> list[Block]:
        return [block for block in self.blocks if block.name == "code-cell"]


@cache
def pages() -> tuple[Page, ...]:
    """Every page that the table of contents names."""
    return tuple(Page(BOOK / f"{name}.md") for name in table_of_contents())


@cache
def table_of_contents() -> tuple[str, ...]:
    table = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf8"))
    return (table["root"], *files_in(table))


def files_in(entry: Any) -> Iterator[str]:
    if isinstance(entry, dict):
        if "file" in entry:
            yield entry["file"]
        entry = list(entry.values())
    if isinstance(entry, list):
        for part in entry:
            yield from files_in(part)


def headings(text: str) -> Iterator[tuple[int, int, str]]:
    fenced = ""
    for number, line in enumerate(text.splitlines()):
        mark = re.match(r"^(`{3,})", line)
        if fenced:
            fenced = "" if mark and line.strip() == fenced else fenced
        elif mark:
            fenced = mark[1]
        elif found := re.match(r"^(#+) (.*)$", line):
            yield number, len(found[1]), found[2].strip()


def blocks(text: str, first_line: int = 0) -> Iterator[Block]:
    """Yield every directive, nested ones after the one that holds them."""
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        if opened := FENCE.match(lines[number]):
            end = closing_line(lines, number, opened[1])
            block = make_block(opened, lines[number + 1 : end], first_line + number)
            yield block
            if not block.name.startswith("code"):
                yield from blocks(block.body, first_line + end - block.body.count("\n") - 1)
            number = end
        number += 1


def closing_line(lines: list[str], start: int, fence: str) -> int:
    rest = range(start + 1, len(lines))
    return next((i for i in rest if lines[i].rstrip() == fence), len(lines))


def make_block(opened: re.Match[str], lines: list[str], line: int) -> Block:
    options, body = split_options(lines)
    return Block(opened[2], opened[3].strip(), options, "\n".join(body), line)


def split_options(lines: list[str]) -> tuple[dict[str, Any], list[str]]:
    if lines and lines[0].strip() == "---":
        end = lines.index("---", 1)
        return yaml.safe_load("\n".join(lines[1:end])) or {}, lines[end + 1 :]
    given = 0
    while given < len(lines) and re.match(r"^:[\w-]+:", lines[given]):
        given += 1
    pairs = [re.match(r"^:([\w-]+):\s*(.*)$", line) for line in lines[:given]]
    return {pair[1]: yaml.safe_load(pair[2] or "''") for pair in pairs if pair}, lines[given:]


def extension(name: str) -> Any:
    """Load one of the book's own extensions of Sphinx."""
    spec = importlib.util.spec_from_file_location(name, BOOK / "_extension" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded
