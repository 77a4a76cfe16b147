"""`{proofs}`: every statement that the book proves, with its proof in full, in the order of the pages.

A proof is written once, in a chapter, folded under its statement. This makes the appendix from the chapters
each time one of them has changed: nothing is folded there, and every statement has an anchor of its own.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

BLOCK = re.compile(
    r"^(?P<fence>:{3,})\{prf:(?P<kind>theorem|proposition|lemma|corollary|proof)\}[ ]*(?P<title>[^\n]*)\n"
    r"(?::label: (?P<label>\S+)\n)?(?P<text>.*?)^(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
TITLE = re.compile(r"^\((?P<label>[\w-]+)\)=\n# (?P<title>.+)$", re.MULTILINE)
EQUATION = re.compile(r"^\$\$ \(([\w-]+)\)", re.MULTILINE)
HERE = "proof-of-"  # before each label, which the chapter has taken


@dataclass(frozen=True)
class Proved:
    """One statement: theorem or lemma, its title, label and text, and the text of its proof."""

    kind: str
    title: str
    label: str
    text: str
    proof: str


class Proofs(SphinxDirective):
    """Statements and proofs of the pages beside the one with this directive."""

    def run(self) -> list[nodes.Node]:
        """Parse what the chapters say as if it stood here; each is a dependency of this page."""
        pages = chapters(Path(self.env.doc2path(self.env.docname)).parent)
        for page in pages:
            self.env.note_dependency(str(page))
        holder = nodes.container()
        lines = StringList(appendix(pages).splitlines(), source=self.get_source_info()[0])
        self.state.nested_parse(lines, self.content_offset, holder, match_titles=True)
        return holder.children


def chapters(folder: Path) -> list[Path]:
    """Return the numbered pages in their order."""
    return sorted(folder.glob("[0-9][0-9]*.md"))


def appendix(pages: Sequence[Path]) -> str:
    """Return all that is proved on these pages, as Markdown."""
    return numbered_here("\n\n".join(filter(None, (section(page.read_text("utf8")) for page in pages))))


def section(text: str) -> str:
    """Return a heading that names the page, and all that it proves; nothing if it proves nothing."""
    title, found = TITLE.search(text), [as_markdown(each) for each in proved(text)]
    return "\n\n".join([f"## {title['title']}", *found]) if title and found else ""


def proved(text: str) -> Iterator[Proved]:
    """Yield the statements of a page, each with the proof that follows it."""
    found = [(block["kind"], block) for block in BLOCK.finditer(text)]
    for (kind, stated), (following, proof) in itertools.pairwise(found):
        if kind != "proof" and following == "proof":
            yield Proved(
                kind, stated["title"], stated["label"], stated["text"].strip(), proof["text"].strip()
            )


def as_markdown(one: Proved) -> str:
    """Return a statement, in a box whose title is its number and leads to its page, and its proof."""
    fence = ":" * 9  # longer than any inside
    return (
        f"({HERE}{one.label})=\n### {one.title}\n\n"
        f"{fence}{{admonition}} {{prf:ref}}`{one.label}`\n:class: proof {one.kind}\n\n{one.text}\n{fence}\n\n"
        f"{fence}{{prf:proof}}\n{one.proof}\n{fence}"
    )


def numbered_here(text: str) -> str:
    """Give the equations labels of this page, and let what refers to them on this page lead to them."""
    labels = EQUATION.findall(text)
    text = EQUATION.sub(rf"$$ ({HERE}\1)", text)
    return re.sub(rf"\{{eq\}}`({'|'.join(labels) or '(?!)'})`", rf"{{eq}}`{HERE}\1`", text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directive."""
    app.add_directive("proofs", Proofs)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
