"""The book as one file: HTML as what it means, and formulas as MathML."""

import re
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from docutils import nodes

from tests.book.sources import extension, pages

pytestmark = pytest.mark.book
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\`\w$])\$([^$`]+?)\$(?!\$)", re.DOTALL)
CODE = re.compile(r"^(`{3,}).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def bound() -> Any:
    return extension("local_bound")


def reader(bound: Any, address: str = "") -> Any:
    """Return a reader on the page chapters/here of a book of two pages."""
    builder = SimpleNamespace(get_relative_uri=lambda page, other: f"%{other}")
    env = SimpleNamespace(found_docs={"chapters/here", "chapters/there"})
    app = SimpleNamespace(config=SimpleNamespace(html_baseurl=address), builder=builder, env=env)
    return bound.Reader(app, "chapters/here")


def test_every_formula_of_the_book_becomes_mathml_that_keeps_its_tex(bound: Any) -> None:
    found = [(page.path.stem, *pair) for page in pages() for pair in FORMULA.findall(CODE.sub("", page.text))]
    assert len(found) > 2000
    for name, displayed, within in found:
        made = ElementTree.fromstring(bound.mathml(displayed or within, block=bool(displayed)))
        assert made.get("alttext") == " ".join((displayed or within).split()), name
        assert len(list(made.iter())) > 1, name


@pytest.mark.parametrize(
    ("tex", "same"),
    [(r"a\dots b", r"a\ldots b"), (r"x>\tfrac12", r"x>\frac{1}{2}"), (r"\big(a\Big)", "(a)")],
)
def test_what_the_converter_does_not_know_is_said_otherwise(bound: Any, tex: str, same: str) -> None:
    one, other = (ElementTree.fromstring(bound.mathml(each, block=False)) for each in (tex, same))
    for each in (one, other):
        del each.attrib["alttext"]
    assert ElementTree.tostring(one) == ElementTree.tostring(other)


def test_a_formula_with_an_unknown_command_is_refused(bound: Any) -> None:
    with pytest.raises(ValueError, match=r"\\nonsense"):
        bound.mathml(r"x = \nonsense y", block=False)


def test_a_table_keeps_its_head_and_has_wide_columns_for_long_texts(bound: Any) -> None:
    html = "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>{}</td></tr></table>"
    (table,) = reader(bound).read(html.format("long " * 20))
    assert [row.astext() for row in table.findall(nodes.thead)] == ["a\n\nb"]
    bound.fit(nodes.section("", table)[0])
    assert [column["colwidth"] for column in table.findall(nodes.colspec)] == [3, bound.WIDEST]
    assert set(table["classes"]) == {"colwidths-given", "longtable"}


def test_no_word_is_wider_than_its_column_and_a_table_in_a_box_stays_whole(bound: Any) -> None:
    (table,) = reader(bound).read(f"<table><tr><td>{'x' * 70}</td><td>short</td></tr></table>")
    bound.fit(nodes.note("", table)[0])
    assert next(iter(table.findall(nodes.colspec)))["colwidth"] > 70
    assert table["classes"] == ["colwidths-given"]


@pytest.mark.parametrize(
    ("href", "place"),
    [
        ("there.html#x", "%chapters/there#x"),
        ("#x", "%chapters/here#x"),
        ("https://example.org/", "https://example.org/"),
    ],
)
def test_links_lead_to_the_same_place(bound: Any, href: str, place: str) -> None:
    (line,) = reader(bound).read(f'<p>see <a href="{href}">there</a></p>')
    assert [link["refuri"] for link in line.findall(nodes.reference)] == [place]


def test_a_link_to_no_page_is_text(bound: Any) -> None:
    (line,) = reader(bound).read('<p>see <a href="../nowhere.html">there</a></p>')
    assert not list(line.findall(nodes.reference))
    assert line.astext() == "see there"


EXPLORER = """<section class="explorer" data-explorer="line" aria-label="Explorer: Walk"><p>Explore Walk</p>
<noscript><p>This part moves only with JavaScript. The figure above shows the same.</p></noscript>
<script type="application/json">{"a": 1}</script></section>"""


@pytest.mark.parametrize("address", ["", "https://host/book/"])
def test_an_explorer_says_where_it_moves(bound: Any, address: str) -> None:
    (line,) = reader(bound, address).read(EXPLORER)
    page = "chapters/here.html"
    said = f"Explorer: Walk. It moves in a browser, on the page {page}. The figure above shows the same."
    assert line.astext() == said
    links = [link["refuri"] for link in line.findall(nodes.reference)]
    assert links == ([f"{address}{page}"] if address else [])


def test_lists_definitions_and_what_was_folded_stand_in_full(bound: Any) -> None:
    html = (
        '<details><summary>More</summary><ul><li>one</li><li id="two">two <b>bold</b></li></ul>'
        "<dl><dt><code>f</code></dt><dd>a function</dd></dl><pre>x = 1</pre></details><style>p{}</style>"
    )
    read = nodes.section("", *reader(bound).read(html))
    assert [type(each).__name__ for each in read.children] == [
        "paragraph",
        "bullet_list",
        "definition_list",
        "literal_block",
    ]
    assert read.astext().split("\n\n")[0] == "More"
    assert [each.astext() for each in read.findall(nodes.list_item)] == ["one", "two bold"]
    assert "p{}" not in read.astext()


def test_many_short_lines_are_one_paragraph_on_paper(bound: Any) -> None:
    def read(lines: list[str]) -> Any:
        html = "".join(f"<li>{line}</li>" for line in lines)
        return next(iter(reader(bound).read(f"<ul>{html}</ul>")))

    many = [f"<b>at {k}</b>: .{k}" for k in range(bound.MANY)]
    assert bound.is_long_list(read(many))
    told = bound.run_on(read(many))
    assert told.astext() == "; ".join(f"at {k}: .{k}" for k in range(bound.MANY)) + "."
    assert len(list(told.findall(nodes.strong))) == bound.MANY
    assert not bound.is_long_list(read(many[1:]))
    assert not bound.is_long_list(read([*many, "x" * (bound.SHORT + 1)]))
    assert not bound.is_long_list(read([*many, "in two<p>parts</p>"]))


@pytest.mark.parametrize(
    ("tag", "shown"),
    [("tag_hide-input", "made"), ("tag_hide-cell", "made"), ("tag_hide-output", "code\n\nmade")],
)
def test_of_a_folded_cell_the_result_is_shown(bound: Any, tag: str, shown: str) -> None:
    parts = [("cell_input", "code"), ("cell_output", "made")]
    inside = [nodes.container("", nodes.paragraph("", text), classes=[name]) for name, text in parts]
    cell = nodes.container("", *inside, classes=["cell", tag], hide_mode="all")
    assert bound.is_folded(cell)
    bound.show_result(cell)
    assert cell.astext() == shown
    assert not bound.is_folded(cell)
    assert not cell["hide_mode"]
