"""An assignment as a page: its tasks to read, its answers to write, and its notebook to hand in.

On a page in `chapters/assignments` a line `{assignment}` stands for the notebook that students get: its texts
become the page's, each of its cells a box that `assignment.mjs` makes an editor of. Cells that check have
none, for the page has a button. Without the script the boxes show what the notebook has.
"""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy
from docutils import nodes
from local_run import load
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

MEMBERS = "_static/numpy.json"
MODULES = {"np": numpy, "np.linalg": numpy.linalg}
CONSTANTS = ("float64", "inf", "linalg", "nan", "newaxis", "pi", "random")
EXERCISES = "../exercises"  # from the folder of the book
ASKED = re.compile(r"^```\{assignment\} ([\w-]+)\n```$", re.MULTILINE)
TITLE = re.compile(r"\A# .*\n+")
FENCE = "``````"
OPENING = """\
:::{{container}} assignment-opening
{{download}}`The notebook <{path}>` of this assignment is what you hand in. You can fill it in on this page, \
where nothing has to be installed, or download it and work [as you like](#exercises).
:::"""


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directive of a cell, and connect the handlers below."""
    app.add_directive("assignment-cell", Cell)
    app.connect("source-read", unfold)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def unfold(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the notebook where the page asks for it."""
    if asked := ASKED.search(source[0]):
        path = Path(app.srcdir, EXERCISES, asked[1], f"{asked[1]}.ipynb")
        app.env.note_dependency(str(path))
        upwards = "../" * page.count("/")
        opening = OPENING.format(path=f"{upwards}{EXERCISES}/{asked[1]}/{path.name}")
        cells = json.loads(path.read_text(encoding="utf8"))["cells"]
        source[0] = ASKED.sub(lambda _: "\n\n".join([opening, *blocks(cells)]), source[0])


def blocks(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the cells of a notebook as the text of a page; the title is the page's own."""
    for cell in cells:
        kind, text = kind_of(cell), "".join(cell["source"])
        if kind == "text":
            yield TITLE.sub("", text)
        elif kind != "check":
            yield f"{FENCE}{{assignment-cell}} {kind} {cell['id']}\n{text}\n{FENCE}"


def kind_of(cell: dict[str, Any]) -> str:
    """Return what a cell is: "text", "given", "answer", "check", "written" or "example"."""
    marks = cell["metadata"].get("nbgrader", {})
    if cell["cell_type"] != "code":
        return "written" if cell["id"].startswith("written-") else "text"
    if not marks:
        return "example"
    return "answer" if marks["solution"] else "check" if marks["grade"] else "given"


class Cell(SphinxDirective):
    """The box of a cell: its kind, its id in the notebook, and the text it has there."""

    required_arguments = 2
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Show code as code, and of a written answer where it belongs."""
        kind, id = self.arguments
        classes = ["assignment-cell", f"assignment-{kind}"]
        if kind == "written":
            words = "Your answer belongs in the cell below this task."
            shown: nodes.Element = nodes.paragraph("", words)
        else:
            code = "\n".join(self.content)
            shown = nodes.literal_block(code, code, language="python")
        return [nodes.container("", shown, classes=classes, ids=[f"cell-{id}"])]


def load_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Load the script on the pages of assignments."""
    asked = doctree is not None and ASKED.search(Path(app.srcdir, f"{page}.md").read_text(encoding="utf8"))
    if asked:
        load(context, "assignment.mjs", "assignment", asked[1])


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Lay beside the pages what an editor offers after `np.`."""
    if exception is None and app.builder.format == "html":
        offered = {name: list(members(module)) for name, module in MODULES.items()}
        Path(app.outdir, MEMBERS).write_text(json.dumps(offered) + "\n", encoding="utf8")


def members(module: ModuleType) -> Iterator[dict[str, str]]:
    """Yield the functions of a module, with the first line of what it says of each, and some constants."""
    for name in sorted(module.__all__):
        value = getattr(module, name)
        if name in CONSTANTS:
            yield {"label": name, "info": ""}
        elif callable(value) and not isinstance(value, type):
            lines = (inspect.getdoc(value) or "").splitlines()
            yield {"label": name, "info": next((line for line in lines if line[:1].isupper()), "")}
