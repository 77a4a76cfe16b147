"""`{ideas}`: how the pages of the book rest on one another, read from the "You need" of their cards.

Every page is a line of a list, with the numbers of the pages that it needs; beside the list an arc joins it
with each of them. Links and numbers say all that the arcs show.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

TITLE = re.compile(r"^\((?P<label>[\w-]+)\)=\n# (?P<title>.+)$", re.MULTILINE)
CARD = ":class: chapter-card"
NEEDED = re.compile(r"^You need\n: (.*?)\n\s*\n", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?:#(?P<label>[\w-]+)|(?:[\w/]*/)?(?P<file>[\w-]+)\.md)\)")
ACROSS = 10.0  # how far the longest arc reaches, in the units of the drawing: a line of the list is 2 high


@dataclass(frozen=True)
class Page:
    """One page with a card: its number, file, title and part, and the numbers of the pages that it needs."""

    number: str
    name: str
    title: str
    part: str
    needs: tuple[int, ...]


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directive."""
    app.add_directive("ideas", Ideas)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


class Ideas(SphinxDirective):
    """The list with its arcs."""

    def run(self) -> list[nodes.Node]:
        """Read the pages anew; the page with this list is read again whenever one of them has changed."""
        source = Path(self.env.srcdir)
        found = pages(source)
        for page in found:
            self.env.note_dependency(str(source / f"{page.name}.md"))
        here = self.env.docname.count("/")
        return [nodes.raw("", as_html(found, "../" * here), format="html")]


def pages(source: Path) -> list[Page]:
    """Return the pages of the numbered parts in their order."""
    table = yaml.safe_load((source / "_toc.yml").read_text(encoding="utf8"))
    chapters = [
        (part["caption"], chapter)
        for part in table["parts"]
        if part.get("numbered")
        for chapter in part["chapters"]
    ]
    numbered = [
        (part, number, name)
        for place, (part, chapter) in enumerate(chapters, start=1)
        for number, name in files_of(chapter, str(place))
    ]
    read = [(*entry, (source / f"{entry[2]}.md").read_text(encoding="utf8")) for entry in numbered]
    found = [(part, number, name, text) for part, number, name, text in read if CARD in text]
    titles = [TITLE.search(text) for *_, text in found]
    places = {key: i for i, (_, _, name, _) in enumerate(found) for key in keys(name, titles[i])}
    return [
        Page(number, name, title["title"] if title else name, part, needed(text, places, before=i))
        for i, ((part, number, name, text), title) in enumerate(zip(found, titles, strict=True))
    ]


def files_of(chapter: dict[str, Any], number: str) -> Iterator[tuple[str, str]]:
    """Yield number and file of a chapter, and of its sections, as the table of contents numbers them."""
    yield number, chapter["file"]
    for place, section in enumerate(chapter.get("sections", ()), start=1):
        yield from files_of(section, f"{number}.{place}")


def keys(name: str, title: "re.Match[str] | None") -> Iterator[str]:
    """Yield what a link may call a page: its label and the name of its file."""
    yield name.rpartition("/")[2]
    if title:
        yield title["label"]


def needed(text: str, places: dict[str, int], before: int) -> tuple[int, ...]:
    """Return the places of the earlier pages that a card says one needs."""
    card = NEEDED.search(text)
    links = LINK.finditer(card[1]) if card else ()
    named = {places.get(link["label"] or link["file"], before) for link in links}
    return tuple(sorted(place for place in named if place < before))


def as_html(found: Sequence[Page], root: str) -> str:
    """Return the list with its arcs; the name of a part takes a line, too."""
    heights = rows(found)
    arcs = "".join(arc(heights, i, other) for i, page in enumerate(found) for other in page.needs)
    box = f'viewBox="0 0 {ACROSS} {heights[-1] + 1}" preserveAspectRatio="none"'
    listed = "".join(part_list(found, part, root) for part in dict.fromkeys(page.part for page in found))
    drawing = f'<svg aria-hidden="true" {box}>{arcs}</svg>'
    return f'<div class="ideas">{drawing}<div>{listed}</div><style>{lit(len(found))}</style></div>'


def rows(found: Sequence[Page]) -> list[int]:
    """Return how far below the top the middle of each page's line is; a line is 2 high."""
    begins = [i == 0 or found[i - 1].part != page.part for i, page in enumerate(found)]
    return [2 * (i + sum(begins[: i + 1])) + 1 for i in range(len(found))]


def arc(heights: Sequence[int], place: int, other: int) -> str:
    """Return a curve from a page up to one that it needs, the wider the farther."""
    top, bottom = heights[other], heights[place]
    turn = ACROSS - 4 / 3 * ACROSS * (0.12 + 0.85 * ((bottom - top) / heights[-1]) ** 0.7)
    way = f"M{ACROSS} {top}C{turn:.2f} {top} {turn:.2f} {bottom} {ACROSS} {bottom}"
    return f'<path class="of-{place}" d="{way}"/>'


def part_list(found: Sequence[Page], part: str, root: str) -> str:
    """Return the pages of one part below its name."""
    lines = "".join(line(found, place, root) for place, page in enumerate(found) if page.part == part)
    return f"<p>{escape(part)}</p><ol>{lines}</ol>"


def line(found: Sequence[Page], place: int, root: str) -> str:
    """Return one page as a line of the list."""
    page = found[place]
    needs = ", ".join(found[other].number for other in page.needs)
    told = f"needs {needs}" if needs else "needs no other page"
    link = f'<a href="{root}{page.name}.html">{escape(page.title)}</a>'
    return f'<li class="at-{place}"><span><b>{page.number}</b> {link} <small>{told}</small></span></li>'


def lit(n: int) -> str:
    """Return the rules that bring out the arcs of the page that is pointed at."""
    return "".join(
        f".ideas:has(.at-{place}:is(:hover,:focus-within)) .of-{place}"
        "{stroke:var(--book-bad);stroke-width:3px;opacity:1}"
        for place in range(n)
    )
