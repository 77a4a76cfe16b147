"""Build the book with plain Sphinx, in an environment with its newest version: the way out of Jupyter Book 1.

What Jupyter Book adds to Sphinx are a form of the settings and a few defaults. Here they become a `conf.py`,
less the two extensions that only it has; the pages and the book's own extensions stay as they are.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from book.build import ROOT, surroundings

SPHINX = ROOT / ".cache" / "plain" / "bin" / "sphinx-build"
ONLY_THERE = ("jupyter_book", "sphinx_jupyterbook_latex")
# What is sought beside the settings, which lie elsewhere than the pages.
BESIDE_CONF = ("html_logo", "html_favicon", "html_static_path", "bibtex_bibfiles")
NO_OPTIONS = {"latex_individualpages": False}  # of the command line
HEAD = "import sys\n\nsys.path.insert(0, {extensions!r})\n"


def main() -> int:
    """Write the settings, run Sphinx with warnings as errors, and say where the pages lie."""
    target = ROOT / "_build" / "plain"
    target.mkdir(parents=True, exist_ok=True)
    (target / "conf.py").write_text(conf(ROOT / "book", settings(ROOT)), encoding="utf8")
    options = ["-b", "html", "-W", "-n", "--keep-going", "-c", str(target), "-d", str(target / ".doctrees")]
    command = [str(SPHINX), *options, str(ROOT / "book"), str(target / "html")]
    if code := subprocess.run(command, env=surroundings(os.environ), check=False).returncode:
        print("Plain Sphinx does not build the book: the warnings and errors above say why.", file=sys.stderr)
    else:
        print(f"The pages of plain Sphinx lie in {target / 'html'}")
    return code


def settings(root: Path) -> dict[str, Any]:
    """Return the settings of `_config.yml` as Jupyter Book gives them to Sphinx."""
    from jupyter_book.config import get_final_config

    found: dict[str, Any]
    book, given = root / "book", root / "_config.yml"
    found, _ = get_final_config(user_yaml=given, sourcedir=book, cli_config=dict(NO_OPTIONS))
    return found


def conf(book: Path, found: dict[str, Any]) -> str:
    """Return the text of a `conf.py`, which may lie anywhere, of these settings without Jupyter Book."""
    kept = [name for name in dict.fromkeys(found["extensions"]) if name not in ONLY_THERE]
    places = {name: placed(book, found[name]) for name in BESIDE_CONF if name in found}
    told = sorted({**found, "extensions": kept, **places}.items())
    lines = "".join(f"{name} = {value!r}\n" for name, value in told)
    return HEAD.format(extensions=str(book / "_extension")) + lines


def placed(book: Path, name: Any) -> Any:
    """Return the full path of one file of the book, or of each in a list."""
    return str(book / name) if isinstance(name, str) else [str(book / each) for each in name]


if __name__ == "__main__":
    sys.exit(main())
