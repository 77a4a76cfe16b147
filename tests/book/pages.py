"""The built pages as trees, each read once."""

import gc
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup, Tag


@cache
def parsed(path: Path) -> BeautifulSoup:
    tree = BeautifulSoup(path.read_text(encoding="utf8"), "html.parser")
    gc.freeze()  # kept for good: no collection need walk its many tags again
    return tree


def page(built: Path, name: str) -> BeautifulSoup:
    return parsed(built / f"{name}.html")


@cache
def article(built: Path, name: str) -> Tag:
    found = page(built, name).find("article")
    assert isinstance(found, Tag)
    return found


@cache
def boxes(built: Path, name: str) -> list[Tag]:
    """Return the boxes of figures, a light one and a dark one in each."""
    return list(article(built, name).select(".figure-box"))
