"""Feedback as a page of HTML that stands alone and as Markdown; what a student wrote is only text in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from rl_landscapes.grader.gradebook.autograded import printable

KEPT = "kept for grading: what it tries is not shown"


@dataclass(frozen=True)
class Test:
    """A test and how it ended; `rows` are what was tested, got and expected: none of one kept for grading."""

    title: str
    outcome: str
    points: float
    of: float
    at_grading: bool
    rows: Mapping[str, str]


@dataclass(frozen=True)
class Part:
    """A question or a written answer: points (None: to come), tests, hints, comment, the student's words."""

    title: str
    points: float | None
    of: float
    tests: Sequence[Test] = ()
    hints: Sequence[str] = ()
    comment: str = ""
    answer: str | None = None


@dataclass(frozen=True)
class Page:
    """All that one student is told about one assignment."""

    title: str
    student: str
    state: str
    explanation: str
    submitted_at: str
    late: str
    points: float | None
    of: float
    parts: Sequence[Part]
    troubles: Mapping[str, str]


def html(page: Page) -> str:
    """Return a page that needs nothing else and runs nothing: page.html, with every text in it escaped."""
    return str(_template().render(page=page, facts=_facts(page), kept=KEPT)) + "\n"


@cache
def _template() -> Any:
    import jinja2  # which nbconvert brings

    environment = jinja2.Environment(
        autoescape=True,
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": _points, "code": _code}
    return environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def _finalize(value: Any) -> Any:
    """Return what a template shows of a value: text that any program can show, to be escaped after this."""
    return printable(value) if type(value) is str else value


def _code(text: str) -> Any:
    """Return text that an author wrote as HTML, with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(printable(text)))))


def markdown(page: Page) -> str:
    """Return the same as text that shows well as it is."""
    lines = [f"# {_inline(page.title)}", ""]
    lines += [f"- {name}: {_inline(text)}" for name, text in _facts(page).items()]
    lines += ["", _inline(page.explanation)] if page.explanation else []
    for part in page.parts:
        lines += [
            "",
            f"## {_inline(part.title)}: {_points(part.points, part.of)} points",
            "",
            *_part_lines(part),
        ]
    if page.troubles:
        lines += ["", "## Cells that went wrong"]
        lines += [
            line for cell, text in page.troubles.items() for line in ["", _inline(cell), *_fenced(text)]
        ]
    return "\n".join(lines) + "\n"


def _part_lines(part: Part) -> Iterator[str]:
    if part.tests:
        yield from ("| test | outcome | points |", "| --- | --- | ---: |")
    for test in part.tests:
        kept = f" ({KEPT})" if test.at_grading and test.outcome != "passed" else ""
        yield f"| {_inline(test.title)}{kept} | {_inline(test.outcome)} | {_points(test.points, test.of)} |"
    for test in part.tests:
        if test.rows:
            yield from ("", f"### {_inline(test.title)}")
            for name, said in test.rows.items():
                yield from ("", f"{name}:", *_fenced(said))
    if part.hints:
        yield from (
            "",
            "### Hints",
            "",
            *(f"{n}. {' '.join(hint.split())}" for n, hint in enumerate(part.hints, 1)),
        )
    if part.answer is not None:
        yield from ("", "### Your answer", *(_fenced(part.answer) if part.answer else ["", "There is none."]))
    if part.comment:
        yield from ("", "### Comment", *_fenced(part.comment))


def _facts(page: Page) -> dict[str, str]:
    facts = {"For": page.student, "Status": page.state, "Handed in": page.submitted_at, "Late by": page.late}
    if page.parts:
        facts["Points"] = _points(page.points, page.of)
    return {name: text for name, text in facts.items() if text}


def _points(points: float | None, of: float) -> str:
    return f"{'to come' if points is None else f'{round(points, 2):.10g}'} of {round(of, 2):.10g}"


def _inline(text: str) -> str:
    """Return text on one line in which no sign means anything to Markdown."""
    line = escape(" ".join(printable(text).split()), quote=False)
    line = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", line)
    return re.sub(r"^(\d+(?=[.)] )|(?=[-+#=]))", r"\1\\", line)


def _fenced(text: str) -> list[str]:
    """Return text in a fence that it cannot close."""
    shown = printable(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return ["", f"{fence}text", *shown.splitlines(), fence]
