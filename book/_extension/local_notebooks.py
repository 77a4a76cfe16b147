"""Every page with code as a notebook: to download, and to open in Colab and on Binder.

The notebooks are written beside the pages, in `_notebooks`. A hosted service opens what lies in a repository,
so links to Colab appear with its address, `repository: {url: ...}` of `_config.yml`, and lead to the branch
from which the site is served, `site_branch`. On Binder, `.binder/postBuild` runs this file.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from myst_nb.core.config import NbParserConfig
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from sphinx.application import Sphinx

FOLDER = "_notebooks"
GITHUB = "https://github.com/"
ABOUT = """\
*Landscapes of policy optimisation*, one page as a notebook. Formulas, links and figures look as they should \
on the page itself; the code runs here. {where}"""
AT_HOME = "Run it in the folder `{folder}` of a clone of the book, with its packages installed (`make book`)."
HOSTED = "Elsewhere than in a clone of the book, the next cell fetches it with its data, and installs it."
FETCH = """\
from pathlib import Path

if not Path("{data}").is_dir():
    !git clone -q --depth 1 {repository} landscapes
    %pip install -q "./landscapes[control]" myst-nb
    %cd landscapes/{folder}"""


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handlers below."""
    app.add_config_value("site_branch", "gh-pages", "html")
    app.connect("html-page-context", offer, priority=502)  # after the theme's own buttons
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def notebook(source: Path, name: str, repository: str = "") -> NotebookNode | None:
    """Return the page `name` below `source` as a notebook without outputs, or nothing if it is text alone."""
    path = source / f"{name}.md"
    text = path.read_text(encoding="utf8")
    reader = create_nb_reader(str(path), MdParserConfig(), NbParserConfig(), text)
    read = reader and reader.read(text)
    if not read or not any(cell.cell_type == "code" for cell in read.cells):
        return None
    begun, cells = list(opening(name, repository)), list(map(bare, read.cells))
    made = nbformat.v4.new_notebook(cells=[*begun, *cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for kind, part in (("opening", begun), ("cell", cells)):
        for place, cell in enumerate(part):
            cell["id"] = f"{kind}-{place}"  # the same at every build, and in the page
    return made


def opening(name: str, repository: str) -> Iterator[NotebookNode]:
    """Yield the cells that say what this is and, on a machine without the book, fetch it."""
    depth = name.count("/")
    folder = "/".join(["book", *name.split("/")[:-1]])
    yield new_markdown_cell(ABOUT.format(where=(HOSTED if repository else AT_HOME).format(folder=folder)))
    if repository:
        yield new_code_cell(FETCH.format(data="../" * depth + "data", repository=repository, folder=folder))


def bare(cell: NotebookNode) -> NotebookNode:
    """Return a cell with its source and its tags alone."""
    make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
    tags = cell.metadata.get("tags", [])
    return make(cell.source, metadata={"tags": list(tags)} if tags else {})


def write(source: Path, names: Iterator[str] | list[str], folder: Path, repository: str = "") -> list[str]:
    """Write the pages that have code, each into its place below `folder`; return their names."""
    written = []
    for name in names:
        if (made := notebook(source, name, repository)) is not None:
            path = folder / f"{name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(made, path)
            written.append(name)
    return written


def offer(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Put the notebook first among what can be downloaded, and beside it the services that open it."""
    path = Path(app.srcdir, f"{page}.md")
    if doctree is None or not path.is_file() or "{code-cell}" not in path.read_text(encoding="utf8"):
        return
    place = f"{FOLDER}/{page}.ipynb"
    links = [
        button(context["pathto"](place, 1), ".ipynb", "Download this page as a notebook", "download-notebook")
    ]
    repository = repository_of(app)
    for service, address in services(repository, app.config.site_branch, page):
        links.append(button(address, service, f"Open this page in {service}", f"open-in-{service.lower()}"))
    for group in context.get("header_buttons", []):
        if group.get("label") == "download-buttons":
            group["buttons"][:0] = links


def button(address: str, text: str, tooltip: str, label: str) -> dict[str, str]:
    """Return a link as the theme's menus have them."""
    return {
        "type": "link",
        "url": address,
        "text": text,
        "tooltip": tooltip,
        "icon": "fas fa-code",
        "label": f"{label}-button",
    }


def services(repository: str, branch: str, page: str) -> Iterator[tuple[str, str]]:
    """Yield name and address of the services that open the page's notebook, if they know the repository."""
    if repository.startswith(GITHUB):
        project = repository.removeprefix(GITHUB)
        yield (
            "Colab",
            f"https://colab.research.google.com/github/{project}/blob/{branch}/{FOLDER}/{page}.ipynb",
        )
        yield "Binder", f"https://mybinder.org/v2/gh/{project}/HEAD?labpath=book/{page}.ipynb"


def repository_of(app: Sphinx) -> str:
    """Return the address of the repository without a slash at its end, or nothing."""
    return str(app.config.html_theme_options.get("repository_url") or "").rstrip("/")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write all notebooks once the pages stand, and none of a page that has lost its code."""
    if exception is None and app.builder.name == "html":
        shutil.rmtree(Path(app.outdir, FOLDER), ignore_errors=True)
        names = sorted(name for name in app.env.found_docs if Path(app.srcdir, f"{name}.md").is_file())
        write(Path(app.srcdir), names, Path(app.outdir, FOLDER), repository_of(app))


if __name__ == "__main__":  # on Binder: each notebook beside its page, where its data are
    book = Path(__file__).resolve().parent.parent
    found = [path.relative_to(book).with_suffix("").as_posix() for path in sorted(book.rglob("*.md"))]
    print(*write(book, found, book), sep="\n", file=sys.stderr)
