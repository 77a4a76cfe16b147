"""`{entries} rl_landscapes.probes`: a table of what a package exports, or of its modules, each in one line.

The reference is long; the table stands before it and links to the entries.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ASSIGNMENT = re.compile(r"^\.checks\.a\d\d", re.ASCII)  # holds tests and no functions


class Entries(SphinxDirective):
    """The table of one package or, of several, one below the other."""

    required_arguments = 1
    optional_arguments = 9
    option_spec: ClassVar[dict[str, Any]] = {"modules": lambda argument: True}

    def run(self) -> list[nodes.Node]:
        """Parse the table as Markdown, so that its links are found as those of a page are."""
        rows = modules if "modules" in self.options else names
        lines = ["| | |", "|---|---|"]
        for package in self.arguments:
            found = importlib.import_module(package)
            lines += [f"| {{{role}}}`{short} <{full}>` | {said} |" for role, short, full, said in rows(found)]
        holder = nodes.container(classes=["entries"])
        self.state.nested_parse(
            StringList(lines, source=self.get_source_info()[0]), self.content_offset, holder
        )
        return [holder]


def names(package: ModuleType) -> Iterator[tuple[str, str, str, str]]:
    """Yield role, name, full name and first line of what a package exports: functions, then classes."""
    for kind in (inspect.isfunction, inspect.isclass):
        for name in filter(lambda name: kind(getattr(package, name)), package.__all__):
            thing = getattr(package, name)
            yield "py:obj", name, f"{thing.__module__}.{thing.__qualname__}", first_line(thing)


def modules(package: ModuleType) -> Iterator[tuple[str, str, str, str]]:
    """Yield the same of the modules of a package."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        short = module.name.removeprefix(package.__name__)
        if not module.ispkg and not ASSIGNMENT.search(short):
            yield "py:mod", short[1:], module.name, first_line(importlib.import_module(module.name))


def first_line(thing: object) -> str:
    """Return the first line of a docstring, safe between the bars of a table."""
    return (inspect.getdoc(thing) or "").partition("\n")[0].replace("|", "\\|").replace("*", "\\*")


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer the directive."""
    app.add_directive("entries", Entries)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
