"""Runs the cells of a page in the reader's browser, as a notebook would: in one namespace, from the top down.

Pyodide loads this file in a worker (runner.mjs) and calls `begin` once and `run` for each cell; the page of
an assignment also `check`. What a cell prints and shows is told as it comes: `tell(kind, content)` with kind
"text", "html", "figure", "error" or "report".
"""

import ast
import builtins
import linecache
import re
import sys
import time
import traceback
import types
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from pprint import pformat
from typing import Any

LONGEST = 200_000  # letters that one cell may print
PAUSE = 0.05  # seconds between two messages of a cell that prints much
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
Tell = Callable[[str, Any], None]


class Printer:
    """A standard output that tells what is written, now and then, and not without end."""

    def __init__(self, tell: Tell) -> None:
        self.tell, self.left, self.waiting, self.told = tell, LONGEST, "", time.monotonic()

    def write(self, text: str) -> int:
        """Keep a text, and tell it if nothing was told for a while."""
        if self.left > 0:
            self.waiting += text[: self.left]
            self.left -= len(text)
            self.waiting += f"\n(cut after {LONGEST:,} letters)\n" if self.left < 0 else ""
        if time.monotonic() - self.told > PAUSE:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Tell what waits."""
        if self.waiting:
            self.tell("text", self.waiting)
        self.waiting, self.told = "", time.monotonic()

    def isatty(self) -> bool:
        """Say that nobody types here."""
        return False


class Page:
    """The namespace that the cells of a page share."""

    def __init__(self, tell: Tell) -> None:
        self.main = types.ModuleType("__main__")
        self.main.__dict__["display"] = self.display
        self.tell = tell
        self.printer = Printer(tell)
        sys.modules["__main__"] = self.main
        sys.modules["myst_nb"] = glue_module(self.display)

    def run(self, name: str, source: str) -> bool:
        """Run a cell and return whether it ended without an error."""
        self.print_anew()
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            self.execute(name, source)
            self.show_figures()
        except BaseException as error:
            self.printer.flush()
            close_figures()
            self.tell("error", told(error, name))
            return False
        self.printer.flush()
        return True

    def print_anew(self) -> None:
        """Begin an output of its own."""
        self.printer = sys.stdout = sys.stderr = Printer(self.tell)  # type: ignore[assignment]

    def check(self, notebook: str, question: str, hint: int) -> dict[str, float]:
        """Tell what a check says of one question; return the points, and of how many."""
        from rl_landscapes.course.check_here import check_here

        self.print_anew()
        report = check_here(notebook.encode(), question, hint=hint)
        self.printer.flush()
        self.tell("report", {"text": repr(report), "passed": report.passed})
        return {"points": report.points, "of": sum(result.of for result in report.results)}

    def case(self, notebook: str, question: str) -> None:
        """Tell what the first test that does not pass hands to the function of a question."""
        from rl_landscapes.course.check_here import case_here

        self.print_anew()
        try:
            told = repr(case_here(notebook.encode(), question))
        except ValueError as error:  # no test came to call it
            told = str(error)
        self.printer.flush()
        self.tell("text", told + "\n")

    def execute(self, name: str, source: str) -> None:
        """Execute the statements; show the last one's value if it is an expression without a semicolon."""
        tree = ast.parse(source, name)
        shown = None
        if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
            shown = ast.Expression(tree.body.pop().value)
        exec(compile(tree, name, "exec"), self.main.__dict__)
        if shown is not None:
            self.display(eval(compile(shown, name, "eval"), self.main.__dict__))

    def display(self, *values: Any) -> None:
        """Show values as a notebook does: a figure, HTML, or text."""
        for value in values:
            if value is None:
                continue
            builtins._ = value  # type: ignore[attr-defined]
            self.printer.flush()
            if is_figure(value):
                self.tell("figure", pictures(value))
            elif callable(getattr(value, "_repr_html_", None)):
                self.tell("html", value._repr_html_())
            else:
                self.tell("text", written(value) + "\n")

    def show_figures(self) -> None:
        """Show the figures that the cell has left open, and close them."""
        if "matplotlib.pyplot" in sys.modules:
            plt = sys.modules["matplotlib.pyplot"]
            for number in plt.get_fignums():
                self.display(plt.figure(number))
            close_figures()


def close_figures() -> None:
    """Close every figure."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def glue_module(display: Callable[..., None]) -> types.ModuleType:
    """Return a stand-in for MyST-NB's module, which puts values into the text when the book is built."""
    module = types.ModuleType("myst_nb")

    def glue(name: str, value: Any, display: bool = True) -> None:
        if display:
            shown(value)

    shown = display
    module.__dict__["glue"] = glue
    return module


def is_figure(value: Any) -> bool:
    """Whether a value is a figure of Matplotlib."""
    figure = sys.modules.get("matplotlib.figure")
    return figure is not None and isinstance(value, figure.Figure)


def pictures(figure: Any) -> dict[str, str]:
    """Return a figure for a light page and for a dark one, as PNG in base 64, drawn as for the built page."""
    from rl_landscapes.plots.dark import draw_picture

    light, dark = (draw_picture(figure, dark=dark).png for dark in (False, True))
    return {"light": b64encode(light).decode(), "dark": b64encode(dark).decode()}


def written(value: Any) -> str:
    """Return a value as a notebook writes it."""
    return (
        pformat(value, width=79, sort_dicts=False) if isinstance(value, dict | list | tuple) else repr(value)
    )


def told(error: BaseException, name: str) -> str:
    """Return the traceback from the reader's cell on."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename != name:
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace)
    return COLOURS.sub("", "".join(lines))


def no_processes() -> types.ModuleType:
    """Return a stand-in for what a browser lacks and Gymnasium imports, and seldom uses."""
    module = types.ModuleType("_multiprocessing")
    lock = type("SemLock", (), {"SEM_VALUE_MAX": 1})
    module.__dict__.update(SemLock=lock, sem_unlink=None)
    return module


page: Page | None = None


def begin(folder: str, tell: Tell) -> None:
    """Begin a page that lies in `folder`, where its cells look for data."""
    global page
    import os

    os.environ["MPLBACKEND"] = "agg"
    sys.modules.setdefault("_multiprocessing", no_processes())
    Path(folder).mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    page = Page(tell)


def run(name: str, source: str) -> bool:
    """Run a cell of the page."""
    assert page is not None
    return page.run(name, source)


def check(notebook: str, question: str, hint: int) -> dict[str, float]:
    """Check one question of the notebook of an assignment."""
    assert page is not None
    return page.check(notebook, question, hint)


def case(notebook: str, question: str) -> None:
    """Tell what a test of a question tries."""
    assert page is not None
    page.case(notebook, question)
