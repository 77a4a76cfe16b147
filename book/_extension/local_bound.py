"""The book as one file, PDF or EPUB: what a page does in a browser is said at rest.

There a figure has its light picture alone, what was folded stands in full, HTML becomes what it means (a
list, a table, a paragraph), and an explorer becomes a sentence that says where it moves. In an EPUB formulas
are MathML, which needs no script, with their TeX for readers that know none.
"""

import posixpath
import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, NavigableString, Tag
from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from rl_landscapes import __version__

BOUND = ("latex", "epub")
MOVES = "This part moves only with JavaScript."
FOLDED = {"tag_hide-input", "tag_hide-cell", "tag_hide-output"}
INLINE = {"b": nodes.strong, "strong": nodes.strong, "i": nodes.emphasis, "em": nodes.emphasis}
INLINE |= {"code": nodes.literal, "sup": nodes.superscript, "sub": nodes.subscript}
PLAIN = {"span", "small", "time", "abbr", "label", "a", "br"}
DROPPED = {"script", "style", "svg", "noscript", "button", "template"}
SHEETS = ("pygments.css", "epub.css")  # Sphinx's own
STYLE = """\
img { max-width: 100%; height: auto; }
table { border-collapse: collapse; }
td, th { border: 1px solid #888; padding: 0.2em 0.4em; text-align: left; }
div.admonition, aside.topic { border-left: 3px solid #888; margin: 1em 0; padding: 0.1em 0.8em; }
p.admonition-title, p.rubric { font-weight: bold; } pre { white-space: pre-wrap; font-size: 80%; }
div.highlight pre { background: #f4f4f1 !important; }
div.math { margin: 1em 0; text-align: center; } span.eqno { float: right; }
"""
KNOWN = (  # what the converter does not know, as something that it does
    (re.compile(r"\\dots(?![a-zA-Z])"), r"\\ldots"),
    (re.compile(r"\\[bB]ig(?![a-zA-Z])"), ""),
    (re.compile(r"\\[td]?frac(?![a-zA-Z])"), r"\\frac"),  # the size of a fraction is no part of EPUB's MathML
    (re.compile(r"\\frac(\d)(\d)"), r"\\frac{\1}{\2}"),
)
ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|#)\w+;")
BREAKS = re.compile(r"[-_.,/(]")  # after these a line of code may end; settings of LaTeX know the sign
MANY, SHORT = (
    12,
    120,
)  # items of a list, and letters of each, from which and up to which it is set as a paragraph
WIDEST = 40  # letters that a column of a table is given, unless it has a longer word


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handlers below."""
    app.add_post_transform(AtRest)
    app.add_html_math_renderer("mathml", (inline_formula, None), (displayed_formula, None))
    app.connect("config-inited", choose_pages)
    app.connect("builder-inited", fit_epub, priority=400)  # before Sphinx looks what was chosen
    app.connect("html-page-context", bind, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def choose_pages(app: Sphinx, config: Any) -> None:
    """Let pages go on using MathJax."""
    if config.html_math_renderer is None:
        config.html_math_renderer = "mathjax"


def fit_epub(app: Sphinx) -> None:
    """Let an EPUB use MathML, and hold none of the files that move the pages."""
    if app.builder.name == "epub":
        app.config.html_math_renderer = "mathml"
        app.config.version = __version__
        app.config.html_static_path = []


def bind(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Give the pages of an EPUB a style of their own, and no scripts."""
    if app.builder.name == "epub":
        context["metatags"] = f"<style>{STYLE}</style>"
        context["css_files"] = [css for css in context["css_files"] if str(css.filename).endswith(SHEETS)]
        context["script_files"] = []


class AtRest(SphinxPostTransform):
    """Bring a page to rest, once it is known which of its outputs are shown."""

    default_priority = 6

    def run(self, **options: Any) -> None:
        """Replace what only a browser knows."""
        if self.app.builder.name not in BOUND:
            return
        for figure in list(self.document.findall(is_pair)):
            figure.replace_self(figure.children[0])
        for folded in self.document.findall(nodes.container):
            if folded.get("design_component") == "dropdown":
                del folded["design_component"]  # its title is a line above its text
        for cell in list(self.document.findall(is_folded)):
            show_result(cell)
        for raw in list(self.document.findall(nodes.raw)):
            if "html" in raw.get("format", "").split():
                raw.replace_self(list(Reader(self.app, page_of(raw) or self.env.docname).read(raw.astext())))
        if self.app.builder.name == "latex":
            for items in list(self.document.findall(is_long_list)):
                items.replace_self(run_on(items))
            for table in self.document.findall(nodes.table):
                fit(table)


def is_folded(node: nodes.Node) -> bool:
    """Whether this is a cell of which something is folded."""
    return isinstance(node, nodes.container) and not FOLDED.isdisjoint(node["classes"])


def show_result(cell: nodes.container) -> None:
    """Show what a cell made, and leave out the code if it was folded: it draws a figure."""
    drawn = {"tag_hide-input", "tag_hide-cell"}.intersection(cell["classes"])
    cell["classes"] = [name for name in cell["classes"] if name not in FOLDED]
    cell["hide_mode"] = ""  # by which MyST-NB would fold it
    for part in list(cell.children):
        if drawn and isinstance(part, nodes.container) and "cell_input" in part["classes"]:
            cell.remove(part)


def is_pair(node: nodes.Node) -> bool:
    """Whether these are a light picture and a dark one."""
    return type(node).__name__ == "Figure" and type(node).__module__ == "local_figures"


def is_long_list(node: nodes.Node) -> bool:
    """Whether this is a list of many short lines, which would fill pages of paper."""
    if not isinstance(node, nodes.bullet_list) or len(node.children) < MANY:
        return False
    return all(len(item.children) == 1 and len(item.astext()) <= SHORT for item in node.children)


def run_on(items: nodes.bullet_list) -> nodes.paragraph:
    """Return the lines of a list as one paragraph."""
    lines = [item.children[0].children for item in items.children]
    parts = [node for line in lines for node in (nodes.Text("; "), *line)][1:]
    return nodes.paragraph("", "", *parts, nodes.Text("."))


def page_of(node: nodes.Node) -> str:
    """Return the page that a part of the book comes from, if several are put together."""
    parent: Any = node.parent
    while parent is not None and not parent.get("docname"):
        parent = parent.parent
    return str(parent["docname"]) if parent is not None else ""


class Reader:
    """Reads the HTML on a page as what it means."""

    def __init__(self, app: Sphinx, page: str) -> None:
        self.app, self.page = app, page

    def read(self, text: str) -> Iterator[nodes.Element]:
        """Yield the blocks of a piece of HTML."""
        yield from self.blocks(BeautifulSoup(text, "html.parser"))

    def blocks(self, parent: Tag) -> Iterator[nodes.Element]:
        """Yield the blocks in a tag; what stands between them become paragraphs."""
        line: list[nodes.Node] = []
        for child in parent.children:
            if isinstance(child, NavigableString) or (isinstance(child, Tag) and self.is_inline(child)):
                line += self.inline(child)
                continue
            yield from self.paragraph(line)
            line = []
            if isinstance(child, Tag) and child.name not in DROPPED:
                yield from self.named(child)
                yield from self.block(child)
        yield from self.paragraph(line)

    def is_inline(self, tag: Tag) -> bool:
        """Whether a tag is part of a line."""
        return tag.name in INLINE or tag.name in PLAIN

    def named(self, tag: Tag) -> Iterator[nodes.Element]:
        """Yield the place that a link to a tag leads to, if it has a name."""
        if tag.get("id"):
            yield nodes.target("", "", ids=[str(tag["id"])])

    def paragraph(self, line: list[nodes.Node]) -> Iterator[nodes.Element]:
        """Yield a line as a paragraph unless it is empty."""
        if "".join(node.astext() for node in line).strip():
            yield nodes.paragraph("", "", *line)

    def block(self, tag: Tag) -> Iterator[nodes.Element]:
        """Yield what a tag stands for."""
        match tag.name:
            case "section" if "explorer" in tag.get_attribute_list("class"):
                yield self.explorer(tag)
            case "p" | "summary":
                line = list(self.lines(tag))
                yield from self.paragraph([nodes.strong("", "", *line)] if tag.name == "summary" else line)
            case "ul" | "ol":
                items = [
                    nodes.list_item("", *self.blocks(item)) for item in tag.find_all("li", recursive=False)
                ]
                yield nodes.bullet_list("", *items)
            case "dl":
                yield nodes.definition_list("", *self.definitions(tag))
            case "table":
                yield self.table(tag)
            case "pre":
                yield nodes.literal_block(tag.get_text(), tag.get_text(), language="text")
            case _:
                yield from self.blocks(tag)

    def explorer(self, tag: Tag) -> nodes.Element:
        """Return what an explorer is called, and where it moves."""
        title = tag.get("aria-label", "Explorer")
        note = tag.find("noscript")
        told = note.get_text().replace(MOVES, "").strip() if note else ""
        address = self.app.config.html_baseurl
        place = nodes.Text(f"{self.page}.html")
        link = urljoin(address, f"{self.page}.html") if address else ""
        where = nodes.reference("", "", place, refuri=link) if link else nodes.literal("", "", place)
        line = [
            nodes.strong("", title if title.endswith(("?", "!")) else f"{title}."),
            nodes.Text(" It moves in a browser, on the page "),
            where,
        ]
        return nodes.paragraph("", "", *line, nodes.Text(f". {told}"), classes=["explorer"])

    def definitions(self, tag: Tag) -> Iterator[nodes.Element]:
        """Yield the entries of a list of definitions."""
        terms: list[nodes.Node] = []
        for child in tag.find_all(["dt", "dd"]):
            if child.name == "dt":
                terms.append(nodes.term("", "", *self.lines(child)))
            else:
                yield nodes.definition_list_item("", *terms, nodes.definition("", *self.blocks(child)))
                terms = []

    def table(self, tag: Tag) -> nodes.Element:
        """Return a table whose columns are as wide as they have to say much."""
        rows = [row.find_all(["td", "th"], recursive=False) for row in tag.find_all("tr")]
        width = max(map(len, rows), default=0)
        group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in range(width)), cols=width)
        head = [row for row in rows[:1] if all(cell.name == "th" for cell in row)]
        for made, part in ((nodes.thead, head), (nodes.tbody, rows[len(head) :])):
            if part:
                group += made("", *(self.row(cells, width) for cells in part))
        return nodes.table("", group)

    def row(self, cells: list[Tag], width: int) -> nodes.Element:
        """Return one line of a table; cells that it lacks are empty."""
        made = [nodes.entry("", *self.named(cell), *self.blocks(cell)) for cell in cells]
        return nodes.row("", *made, *(nodes.entry() for _ in range(width - len(cells))))

    def lines(self, tag: Tag) -> Iterator[nodes.Node]:
        """Yield what stands in a tag that holds a line."""
        for child in tag.children:
            yield from self.inline(child)

    def inline(self, part: Any) -> Iterator[nodes.Node]:
        """Yield a part of a line: its text, marked as it is there."""
        if isinstance(part, NavigableString):
            text = " ".join(f".{part}.".split())[1:-1]
            yield nodes.Text(text)
        elif part.name in INLINE:
            yield INLINE[part.name]("", "", *self.lines(part))
        elif part.name == "br":
            yield nodes.Text(" ")
        elif part.name not in DROPPED:
            yield from self.named(part)
            inside, place = list(self.lines(part)), self.address(str(part.get("href", "")))
            if place and inside:
                yield nodes.reference("", "", *inside, refuri=place, internal=not urlsplit(place).scheme)
            else:
                yield from inside

    def address(self, href: str) -> str:
        """Return where a link of the page leads in the one file, or nothing if it leads to no page."""
        parts = urlsplit(href)
        if parts.scheme in ("http", "https"):
            return href
        if not parts.path:
            return self.at(self.page, parts.fragment) if parts.fragment else ""
        page = posixpath.normpath(posixpath.join(posixpath.dirname(self.page), parts.path))
        name = page.removesuffix(".html")
        return self.at(name, parts.fragment) if name in self.app.env.found_docs else ""

    def at(self, page: str, place: str) -> str:
        """Return the address of a place on a page, as the builder writes it."""
        found = self.app.builder.get_relative_uri(self.page, page)
        return f"{found}#{place}" if place else found


def fit(table: nodes.table) -> None:
    """Give a table columns as wide as their longest words and the length of their texts need.

    Between two pages it can break unless it stands in a box.
    """
    for code in table.findall(nodes.literal):
        written = BREAKS.sub("\\g<0>\u200b", code.astext())
        code.clear()
        code += nodes.Text(written)
    columns = list(table.findall(nodes.colspec))
    rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
    for place, column in enumerate(columns):
        column["colwidth"] = width_of([row[place].astext() for row in rows if place < len(row)])
    boxed = isinstance(table.parent, nodes.Admonition | nodes.entry | nodes.list_item | nodes.definition)
    table["classes"] += ["colwidths-given", *(["longtable"] if not boxed else [])]


def width_of(texts: list[str]) -> int:
    """Return how wide a column of these texts should be, as letters."""
    word = max((len(word) for text in texts for word in re.split(r"[\s\u200b]+", text)), default=1)
    text = max(map(len, texts), default=1)
    return max(word + 2, min(round(2 * text**0.7), WIDEST))


def inline_formula(translator: Any, node: nodes.math) -> None:
    """Write a formula of a line."""
    translator.body.append(mathml(node.astext(), block=False))
    raise nodes.SkipNode


def displayed_formula(translator: Any, node: nodes.math_block) -> None:
    """Write a formula of its own with its number."""
    number = f'<span class="eqno">({node["number"]})</span>' if node["number"] else ""
    name = f' id="{node["ids"][0]}"' if node["ids"] else ""
    translator.body.append(f'<div class="math"{name}>{number}{mathml(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def mathml(tex: str, *, block: bool) -> str:
    r"""Return a formula as MathML with its TeX beside it.

    Raises
    ------
    ValueError
        If the formula has a command that is not known.
    """
    written = tex.strip()
    for unknown, known in KNOWN:
        written = unknown.sub(known, written)
    try:
        made = latex2mathml.tex2mathml(written, as_block=block)
    except SyntaxError as error:
        raise ValueError(f"formula is none that becomes MathML: {error}: {tex!r}") from error
    named = ENTITY.sub(lambda found: unescape(found[0]), made)  # which XML does not know
    return named.replace("<math ", f'<math alttext="{escape(" ".join(tex.split()))}" ', 1)
