"""Code that runs in the reader's browser: what `run.mjs` needs beside the pages.

A page is offered so if its name matches one of `run_pages`. Its cells get ids, by which the script finds
them in the page's notebook. Beside the pages are laid the wheels of this library and of the packages that
Pyodide lacks, and the data of the book. Pyodide itself comes from `run_pyodide`: the address of a folder, or
the name of a folder inside of the site, `folder/`.
"""

import hashlib
import json
import shutil
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from html import escape
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.matching import patmatch

FOLDER = "_run"
BUNDLES = "../.cache/npm/site"  # from the folder of the book: what npm.py has made
PUBLIC = "https://cdn.jsdelivr.net/pyodide/v314.0.3/full/"
PACKAGES = ["numpy", "scipy", "matplotlib"]  # from Pyodide, with what they need
EVERYWHERE = ("rl-landscapes", "autograd")
GYMNASIUM = ("gymnasium", "cloudpickle", "farama-notifications", "typing-extensions")
WHERE_NEEDED = dict.fromkeys(GYMNASIUM, "gymnasium")  # the word in a page's code that asks for them
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest date of a zip: the same files give the same bytes
WHEEL = "Wheel-Version: 1.0\nGenerator: local_run\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the handlers below."""
    app.add_config_value("run_pages", [], "env")
    app.add_config_value("run_pyodide", PUBLIC, "html")
    app.connect("doctree-read", name_cells)
    app.connect("html-page-context", mark_page)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def runs(app: Sphinx, page: str) -> bool:
    """Whether the code of a page can be run in it."""
    return any(patmatch(page, pattern) for pattern in app.config.run_pages)


def name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each cell of a page that runs its place in the notebook as id."""
    if runs(app, app.env.docname):
        for cell in doctree.findall(nodes.container):
            if cell.get("nb_element") == "cell_code":
                cell["ids"].append(f"cell-{cell['cell_index']}")


def mark_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Load the script, and tell it on which page."""
    if doctree is not None and runs(app, page):
        load(context, "run.mjs", "run-in-page", page)


def load(context: dict[str, Any], script: str, mark: str, content: str) -> None:
    """Load a script with its mark; a browser starts no worker for a page in a folder."""
    address = context["pathto"](f"_static/{script}", 1)
    lines = (
        f'<meta name="{mark}" content="{escape(content)}">',
        '<script>if (location.protocol.startsWith("http")) addEventListener("DOMContentLoaded", () =>'
        f' import("{escape(address)}"));</script>',
    )
    context["metatags"] = "\n".join([context.get("metatags", ""), *lines])


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Lay wheels, data and settings beside the pages, if a page runs."""
    if exception is None and app.builder.name == "html" and app.config.run_pages:
        lay_out(Path(app.srcdir), Path(app.outdir, FOLDER), app.config.run_pyodide)


def lay_out(book: Path, folder: Path, pyodide: str) -> None:
    """Write what a page fetches at the first click into `folder`."""
    shutil.rmtree(folder, ignore_errors=True)  # the wheels of other versions
    folder.mkdir(parents=True)
    wheels = [{"file": wheel(distribution(name), folder), "needed": ""} for name in EVERYWHERE]
    for name, needed in WHERE_NEEDED.items():
        try:
            wheels.append({"file": wheel(distribution(name), folder), "needed": needed})
        except PackageNotFoundError:  # the book builds without, and the cells that import it say so
            continue
    data = {f"book/data/{path.name}": path.read_bytes() for path in sorted((book / "data").glob("*.*"))}
    (folder / "data.zip").write_bytes(packed(data))
    settings = {"pyodide": pyodide, "packages": PACKAGES, "wheels": wheels, "data": "data.zip"}
    settings["bundles"] = bundles(book / BUNDLES, folder / "bundles")
    (folder / "settings.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf8")


def bundles(made: Path, folder: Path) -> list[str]:
    """Copy what was made of packages of npm, if it was, and return the names of the scripts."""
    if made.is_dir():
        shutil.copytree(made, folder)
    return sorted(path.stem for path in folder.glob("*.js"))


def wheel(known: Distribution, folder: Path) -> str:
    """Write the wheel of an installed package without compiled parts into `folder` and return its name."""
    name, version = known.metadata["Name"].replace("-", "_"), known.version
    info = f"{name}-{version}.dist-info"
    content = package(known) | metadata(known, info) | {f"{info}/WHEEL": WHEEL.encode()}
    lines = [f"{path},sha256={digest(text)},{len(text)}\n" for path, text in content.items()]
    content[f"{info}/RECORD"] = "".join([*lines, f"{info}/RECORD,,\n"]).encode()
    file = f"{name}-{version}-py3-none-any.whl"
    (folder / file).write_bytes(packed(content))
    return file


def package(known: Distribution) -> dict[str, bytes]:
    """Return the modules of an installed package, and what lies among them."""
    if known.metadata["Name"] == "rl-landscapes":  # installed from a clone, its files are listed nowhere
        source = Path(str(files("rl_landscapes")))
        found = {path.relative_to(source.parent).as_posix(): path for path in sorted(source.rglob("*.*"))}
    else:
        found = {path.as_posix(): Path(str(path.locate())) for path in known.files or []}
    return {name: path.read_bytes() for name, path in found.items() if path.is_file() and belongs(name)}


def belongs(name: str) -> bool:
    """Whether a file is part of a package: neither compiled, nor a program, nor what is said of it."""
    return not name.endswith(".pyc") and not name.startswith("..") and ".dist-info/" not in name


def metadata(known: Distribution, info: str) -> Mapping[str, bytes]:
    """Return what a package says of itself, its licence with it."""
    said = {f"{info}/METADATA": (known.read_text("METADATA") or "").encode()}
    for path in known.files or []:
        if ".dist-info/" in path.as_posix() and "licen" in path.as_posix().lower():
            said[f"{info}/{path.as_posix().split('.dist-info/')[1]}"] = Path(str(path.locate())).read_bytes()
    return said


def digest(content: bytes) -> str:
    """Return the hash of a file as the record of a wheel has it."""
    return urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def packed(content: Mapping[str, bytes]) -> bytes:
    """Return files as the bytes of a zip, the same each time."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return file.getvalue()
