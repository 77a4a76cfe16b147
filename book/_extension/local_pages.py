"""What the pages need that no published Sphinx extension gives: nothing here changes what a page says.

MathJax and the explorers are laid beside the pages, so that reading needs no other host, and the library's
docstrings, which are plain text with `code` between single backticks, are made safe for reStructuredText.
"""

import ast
import inspect
import re
import shutil
import textwrap
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sphinxcontrib.bibtex.plugin
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

MATHJAX_PACKAGE = "sphinx-mathjax-offline"  # a parcel of MathJax 3.2.2; not used as an extension
MATHJAX_PARTS = (
    "tex-mml-chtml.js",
    "output/chtml",
    "input/tex/extensions",
    "a11y",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)
SCRIPTS = {"motion.js": ("motion", "body"), "body.js": ("body",), "climb.js": ("climb",)}  # after explorer.js
MARKUP = re.compile(r"([*|]|_(?=\W|$))")
BROKEN = re.compile(
    r' (?:id="(?:proof|exercise|solution)(?:-content)?"|role="list"|role="doc-biblioentry")(?=[ >])'
)
INITIAL = re.compile(r"^(\s*)([A-Za-z]\.)$")  # a letter and a full stop, which would begin a list
CODE = re.compile(r"(?<![`:\w])`([^`\n]+)`(?!`)")


def round_brackets() -> BracketStyle:
    """Return the brackets of an author-year citation: Ahmed et al. (2019)."""
    return BracketStyle(left="(", right=")")


@dataclass
class RoundAuthorYear(AuthorYearReferenceStyle):
    """The bibliography's author-year style with round brackets."""

    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_textual: BracketStyle = field(default_factory=round_brackets)
    bracket_author: BracketStyle = field(default_factory=round_brackets)
    bracket_label: BracketStyle = field(default_factory=round_brackets)
    bracket_year: BracketStyle = field(default_factory=round_brackets)


STYLES = "sphinxcontrib.bibtex.style.referencing"
sphinxcontrib.bibtex.plugin.register_plugin(STYLES, "author_year_round", RoundAuthorYear)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handlers below."""
    app.connect("config-inited", offer_widgets)
    app.connect("builder-inited", lay_out_mathjax)
    app.connect("html-page-context", load_explorers)
    app.connect("html-page-context", mend_html)
    if "sphinx.ext.autodoc" in app.extensions:
        app.connect("autodoc-process-docstring", quieten_docstring, priority=100)
        app.connect("autodoc-process-signature", written_signature)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def offer_widgets(app: Sphinx, config: Config) -> None:
    """Add the explorers' files to the static ones, late enough not to be loaded on every page."""
    config.html_static_path = [*config.html_static_path, str(files("rl_landscapes") / "plots" / "widgets")]


def lay_out_mathjax(app: Sphinx) -> None:
    """Copy the parts of MathJax that the pages use into the built book."""
    if app.builder.name != "html":
        return
    with as_file(files(MATHJAX_PACKAGE) / "static" / "mathjax") as source:
        for part in MATHJAX_PARTS:
            copy_newer(source / part, Path(app.outdir, "_static", "mathjax", part))


def copy_newer(source: Path, target: Path) -> None:
    """Copy a file or a folder unless it is there."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)


def load_explorers(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Load the explorers' style and script on pages that have one, and on no other; likewise a kind's own."""
    body = context.get("body", "")
    if 'class="explorer"' in body:
        app.add_css_file("explorer.css")
        app.add_js_file("explorer.js", loading_method="defer")
    for place, (script, kinds) in enumerate(SCRIPTS.items()):
        if any(f'data-explorer="{kind}"' in body for kind in kinds):
            app.add_js_file(script, priority=510 + place, loading_method="defer")  # after the explorers


def mend_html(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Drop ids that every proof and exercise is given, and the roles of lists that have no items."""
    context["body"] = BROKEN.sub("", context.get("body", ""))


def quieten_docstring(
    app: Sphinx, what: str, name: str, target: object, options: object, lines: list[str]
) -> None:
    """Turn `code` into literals, indented formulas into literal blocks, and escape all other markup.

    Napoleon takes what stands before a colon on the first line of a property for its type, so that line is an
    empty comment.
    """
    lines[:] = ["..", "", *plain_text(lines)] if what in ("property", "attribute") else plain_text(lines)


def plain_text(lines: list[str]) -> list[str]:
    """Return a docstring whose reStructuredText says what the plain text said."""
    result: list[str] = []
    opened: int | None = None  # indentation of the line that announced a formula
    example = False
    for i, line in enumerate(lines):
        example = bool(line.strip()) and (example or line.lstrip().startswith(">>>"))
        if example:  # what it prints, too, stands as it is
            result.append(line)
            continue
        if opened is not None and line.strip() and indentation(line) <= opened:
            opened = None
        announces = opened is None and announces_formula(lines[i : i + 3])
        result.append(line if opened is not None else as_literal_text(line) + ":" * announces)
        opened = indentation(line) if announces else opened
    return result


def announces_formula(lines: list[str]) -> bool:
    """Whether the first line ends in a colon and, after a blank one, an indented line follows."""
    return (
        len(lines) == 3
        and lines[0].endswith(":")
        and not lines[1].strip()
        and indentation(lines[2]) > indentation(lines[0])
    )


def indentation(line: str) -> int:
    """Return how many blanks a line begins with."""
    return len(line) - len(line.lstrip(" "))


def as_literal_text(line: str) -> str:
    """Return one docstring line with single-backtick code as literals and everything else as plain text."""
    pieces = CODE.split(INITIAL.sub(r"\1\\\2", line))
    return "".join(f"``{piece}``" if i % 2 else escaped(piece) for i, piece in enumerate(pieces))


def escaped(text: str) -> str:
    """Escape stars, bars and trailing underscores outside of existing literals and roles."""
    kept = re.split(r"(``[^`]*``|:\w+:`[^`]*`)", text)
    return "".join(piece if i % 2 else MARKUP.sub(r"\\\1", piece) for i, piece in enumerate(kept))


def written_signature(
    app: Sphinx,
    what: str,
    name: str,
    target: object,
    options: object,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    """Show annotations as the source has them: Array, not what NumPy makes of it."""
    if signature is None or not (inspect.isfunction(target) or inspect.isclass(target)):
        return signature, returns
    if target.__module__.partition(".")[0] != name.partition(".")[0]:
        return signature, returns  # imported, which Sphinx from 9 on asks about before it leaves it out
    node = ast.parse(textwrap.dedent(inspect.getsource(target))).body[0]
    if isinstance(node, ast.ClassDef):
        return class_signature(node), None
    if isinstance(node, ast.FunctionDef):
        return function_signature(node), written(node.returns)
    return signature, returns


def class_signature(node: ast.ClassDef) -> str:
    """Return the arguments of __init__, or the fields of a dataclass, or nothing."""
    made_by = [part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__"]
    if made_by:
        return function_signature(made_by[0])
    if not any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return ""
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    return f"({', '.join(ast.unparse(field) for field in fields)})"


def function_signature(node: ast.FunctionDef) -> str:
    """Return the arguments as written, without self or cls."""
    node.args.args = [argument for argument in node.args.args if argument.arg not in ("self", "cls")]
    return f"({ast.unparse(node.args)})"


def written(annotation: ast.expr | None) -> str | None:
    """Return an annotation as written; a quoted one without its quotes."""
    return None if annotation is None else ast.unparse(annotation).strip("'\"")
