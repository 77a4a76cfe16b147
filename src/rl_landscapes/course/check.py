"""`check("entropy")`: what a student asks in a notebook, and the report that comes back at once."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from inspect import signature
from pathlib import Path
from textwrap import fill
from typing import Any

from rl_landscapes.course.assignment import Assignment, Question
from rl_landscapes.course.case import Case, case_of
from rl_landscapes.course.lookup import find
from rl_landscapes.course.running.notebook import bare, defined, is_unwritten
from rl_landscapes.course.running.scoring import Outcome, Result, same_cause, score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import public

WIDTH = 100  # characters of a line of text
CELLS = 10  # that went wrong are listed
HINTS = (0, 1, 2, 3)
SAME = "{title}: for the same reason as above"


@dataclass(frozen=True)
class Report:
    """Results of some questions, as text or, in a notebook, as HTML."""

    assignment: Assignment
    results: Sequence[Result]
    hint: int = 0  # how many hints to give for what failed
    troubles: Mapping[str, str] = field(default_factory=dict)  # cell -> what went wrong in it
    elsewhere: Mapping[str, str] = field(default_factory=dict)  # question -> where else its function stands
    warnings: Sequence[str] = ()  # what would be otherwise when it is graded
    more: str = 'check("{name}", hint={hint})'  # how to ask for the next hint
    inputs: str = 'check.case("{name}")'  # how to ask what a test tried

    @property
    def points(self) -> float:
        """Return the points earned by these tests."""
        return sum(result.points for result in self.results)

    @property
    def passed(self) -> bool:
        """Say whether every test passed."""
        return all(result.outcome is Outcome.PASSED for result in self.results)

    def of(self, question: str) -> list[Result]:
        """Return the results of one question."""
        return [result for result in self.results if result.question == question]

    @property
    def questions(self) -> list[str]:
        """Return the questions in the report, in their order."""
        return list(dict.fromkeys(result.question for result in self.results))

    def __repr__(self) -> str:
        """Return the report as text."""
        parts = [_text(self, name) for name in self.questions]
        if self.troubles:
            parts.append(_wrong_cells(self.troubles))
        if self.warnings:
            parts.append("\n".join(f"warning: {line}" for line in self.warnings[:CELLS]))
        if len(self.questions) > 1:
            parts.append(_total(self))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        """Return the report for a notebook: the same text, with colours that do not matter alone."""
        colour = "#1a7f37" if self.passed else "#b35900"
        style = f"border-left:4px solid {colour};padding-left:.8em;white-space:pre-wrap;font-size:90%"
        return f'<pre style="{style}">{escape(repr(self))}</pre>'

    def _ipython_display_(self) -> None:
        """Show the report in a notebook, as no result of the cell: nbgrader takes a result for points."""
        from IPython.display import display

        display({"text/plain": repr(self), "text/html": self._repr_html_()}, raw=True)


class Check:
    """Checks the functions of the notebook (or script, or session) that calls it.

    `check("entropy")` runs the tests of one question, `check()` those of all; `hint=1`, `hint=2` or `hint=3`
    adds as many hints for what failed, the last of them a line of the solution. `check.case("entropy")` has
    what a test tried. The tests that are kept for grading run with `grading=True`.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment

    def __call__(
        self,
        *questions: str,
        hint: int = 0,
        grading: bool = False,
        namespace: Mapping[str, Any] | None = None,
    ) -> Report:
        """Run tests on the functions in `namespace`, by default the globals of the caller.

        Raises
        ------
        ValueError
            If there is no such question, or `hint` is not 0, 1, 2 or 3.
        AssertionError
            If a test fails and it is `nbgrader validate` that asks: it knows no other sign of a failure.
        """
        if hint not in HINTS:
            raise ValueError(f"hint must be 0, 1, 2 or 3, got {hint!r}")
        for name in questions:
            self.assignment.named(name)
        functions = sys._getframe(1).f_globals if namespace is None else namespace
        results = score(self.assignment, InProcess(functions), public, grading=grading, questions=questions)
        report = Report(self.assignment, results, hint, elsewhere=_elsewhere(functions, self.assignment))
        if os.environ.get("NBGRADER_EXECUTION") == "validate" and not report.passed:
            raise AssertionError(f"\n{report}")
        return report

    def case(self, question: str, title: str = "", *, namespace: Mapping[str, Any] | None = None) -> Case:
        """Return what a test handed to a function: the first that does not pass, or the one with this title.

        Its arguments come out in their order: `gradient(*check.case("gradient"))`. Tests that are kept for
        grading have no case.

        Raises
        ------
        ValueError
            If there is no such question, or no such test that runs in the notebook.
        """
        functions = sys._getframe(1).f_globals if namespace is None else namespace
        names = _arguments(functions.get(question))
        return case_of(self.assignment, InProcess(functions), question, title, names)

    def __repr__(self) -> str:
        """Say what can be asked."""
        names = ", ".join(self.assignment.questions)
        return f'check of {self.assignment.name}: check("NAME") with NAME one of {names}; check() for all'


def _arguments(function: Any) -> tuple[str, ...]:
    try:
        return tuple(signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def _elsewhere(namespace: Mapping[str, Any], assignment: Assignment) -> dict[str, str]:
    """Return of which questions a cell that was run earlier has the function."""
    ran = namespace.get("In")  # IPython's
    cells = [text for text in ran if isinstance(text, str)] if isinstance(ran, list) else []
    said = ": another cell defines it too, and the empty form was run after it"
    return {
        name: said
        for name in assignment.questions
        if any(name in defined(text) and not is_unwritten(bare(text), name) for text in cells)
    }


def exercise(name: str) -> Check:
    """Return `check` for an assignment, by its name ("03-ascent") or number.

    The tests of one that this library does not have lie beside its notebook, in the folder we are in.

    Raises
    ------
    ValueError
        If there is no such assignment.

    Examples
    --------
    >>> from rl_landscapes.course import exercise
    >>> check = exercise("01-returns-and-entropy")
    >>> report = check("entropy", namespace={"entropy": lambda probs: 0.0})
    >>> report.passed
    False
    """
    return Check(find(name, Path.cwd()))


def _text(report: Report, name: str) -> str:
    results, question = report.of(name), report.assignment.named(name)
    earned, of = (sum(getattr(result, field) for result in results) for field in ("points", "of"))
    lines = [f"{name}: {earned:g} of {of:g} points", *_lines(results, report.elsewhere.get(name, ""))]
    later = sum(test.at_grading for test in question.tests) - sum(result.at_grading for result in results)
    if later:
        worth = question.points - of
        tests = "1 further test runs" if later == 1 else f"{later} further tests run"
        lines.append(f"  {tests} when it is graded, for {worth:g} more points")
    if earned < of:
        lines += _hints(question)[: report.hint]
        if report.hint < len(_hints(question)):
            lines.append("  For a hint: " + report.more.format(name=name, hint=report.hint + 1))
        if any(result.outcome in (Outcome.WRONG, Outcome.RAISED) for result in results):
            lines.append("  For what a test tries: " + report.inputs.format(name=name))
    return "\n".join(lines)


def _hints(question: Question) -> list[str]:
    """Return the hints as they are shown, a line of the solution last, if the table has one."""
    words = [_wrapped(f"Hint {n}: {text}") for n, text in enumerate(question.hints, 1)]
    code = question.line.replace("\n", "\n" + " " * 10)
    return [*words, f"  Hint 3: the line on which it turns:\n{' ' * 10}{code}"] if code else words


def _lines(results: Sequence[Result], where: str) -> list[str]:
    if all(result.outcome is Outcome.NOT_DONE for result in results):
        return [f"  {Outcome.NOT_DONE}  {len(results)} tests wait for an answer{where}"]
    alike: dict[tuple[str, str, str], list[Result]] = {}  # what ended in the same words is said once
    for result in results:
        own = result.title if result.outcome in (Outcome.PASSED, Outcome.WRONG) else ""
        words = str(result.failed.got) if result.failed else ""
        alike.setdefault((own or str(result.outcome), words, result.line), []).append(result)
    shown = [line(those[0], more=len(those) - 1) for those in alike.values()]
    failures = [those[0].failed for those in alike.values()]
    first = same_cause([failed.cause if failed else "" for failed in failures])
    return [
        text if first[place] == place else _briefly(those[0])
        for place, (text, those) in enumerate(zip(shown, alike.values(), strict=True))
    ]


def _briefly(result: Result) -> str:
    return f"  {result.outcome}  {SAME.format(title=result.title)}"


def _wrong_cells(troubles: Mapping[str, str]) -> str:
    shown = [f"  {cell}: {text}" for cell, text in list(troubles.items())[:CELLS]]
    more = [f"  and {len(troubles) - CELLS} more"] if len(troubles) > CELLS else []
    return "\n".join(["cells that went wrong:", *shown, *more])


def _wrapped(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  ", subsequent_indent=" " * 10)


def line(result: Result, *, more: int = 0) -> str:
    """Return a result in words: how the test ended, and if it failed what came and what was expected.

    `more` tests have ended in the same words.
    """
    if result.outcome is Outcome.PASSED:
        return f"  passed  {result.title}"
    others = f" (and so {more} more {'test' if more == 1 else 'tests'})" if more else ""
    lines = [f"  {result.outcome}  {result.title}{others}"]
    failed = result.failed
    if failed is not None:
        what = "" if failed.what == result.title else failed.what
        rows = {"tested": what, "got": failed.got, "expected": failed.expected, "error": failed.error}
        lines += [_row(label, text) for label, text in rows.items() if text]
    if result.line:
        lines.append(_row("in", result.line))
    return "\n".join(lines)


def _row(label: str, text: str) -> str:
    indented = text.replace("\n", "\n" + " " * 20)
    return f"          {label + ':':<10}{indented}"


def _total(report: Report) -> str:
    of = sum(result.of for result in report.results)
    later = report.assignment.points - of
    return f"together: {report.points:g} of {of:g} points" + (
        f"; tests worth {later:g} more run when it is graded" if later else ""
    )
