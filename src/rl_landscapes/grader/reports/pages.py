"""Feedback as a page of HTML that stands alone and as Markdown; what a student wrote is only text in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rl_landscapes.grader.gradebook.autograded import printable

KEPT = "kept for grading: what it tries is not shown"
STYLE = """
:root{color-scheme:light dark;--ink:#1c1e21;--soft:#565c64;--paper:#fff;--line:#c9ced6;--box:#f3f5f8;
--good:#116329;--bad:#a40e26}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a7b0bb;--paper:#15181c;--line:#3c434d;--box:#20252b;
--good:#5fd17f;--bad:#ff8a8a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:46rem;padding:1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.2rem;margin-top:2rem;border-top:1px solid var(--line);
padding-top:1rem}h3{font-size:1rem}
table{width:100%;border-collapse:collapse;margin:.75rem 0}
caption{text-align:left;color:var(--soft);padding-bottom:.25rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid var(--line);
font-weight:400}
thead th{font-weight:600}.n{text-align:right;white-space:nowrap}
.passed{color:var(--good)}.failed{color:var(--bad)}
thead th,.passed,.failed{overflow-wrap:normal}
dl{margin:.25rem 0 1rem}dt{color:var(--soft)}dd{margin:0 0 .4rem}
pre{margin:0;padding:.5rem;background:var(--box);white-space:pre-wrap;
font:.875rem/1.45 ui-monospace,monospace}
.note{background:var(--box);border-left:4px solid var(--soft);padding:.6rem .8rem}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


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
    """Return a page that needs nothing else and runs nothing."""
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_text(page.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
            f"<h1>{_text(page.title)}</h1>",
            *_head(page),
            *(line for part in page.parts for line in _part(part)),
            *_troubles(page),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _head(page: Page) -> Iterator[str]:
    facts = {"For": page.student, "Status": page.state, "Handed in": page.submitted_at, "Late by": page.late}
    if page.parts:
        facts["Points"] = _points(page.points, page.of)
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd>{_text(text)}</dd>" for name, text in facts.items() if text)
    yield "</dl>"
    if page.explanation:
        yield f'<p class="note">{_text(page.explanation)}</p>'
    if page.parts:
        yield "<table><caption>Points per question</caption>"
        yield _columns("Question", "Points")
        for part in page.parts:
            points = _text(_points(part.points, part.of))
            yield f'<tr><th scope="row">{_text(part.title)}</th><td class="n">{points}</td></tr>'
        yield "</tbody></table>"


def _part(part: Part) -> Iterator[str]:
    yield f"<section><h2>{_text(part.title)}: {_text(_points(part.points, part.of))} points</h2>"
    if part.tests:
        yield f"<table><caption>Tests of {_text(part.title)}</caption>"
        yield _columns("Test", "Outcome", "Points")
        yield from map(_row, part.tests)
        yield "</tbody></table>"
    for test in part.tests:
        if test.rows:
            yield f"<h3>{_text(test.title)}</h3><dl>"
            yield from (
                f"<dt>{name}</dt><dd><pre>{_text(said)}</pre></dd>" for name, said in test.rows.items()
            )
            yield "</dl>"
    if part.hints:
        yield "<h3>Hints</h3><ol>"
        yield from (f"<li>{_ours(hint)}</li>" for hint in part.hints)
        yield "</ol>"
    if part.answer is not None:
        yield f"<h3>Your answer</h3><pre>{_text(part.answer) or 'There is none.'}</pre>"
    if part.comment:
        yield f"<h3>Comment</h3><pre>{_text(part.comment)}</pre>"
    yield "</section>"


def _columns(*names: str) -> str:
    """Return the head of a table, numbers in the last column, and begin its body."""
    *first, last = names
    cells = "".join(f'<th scope="col">{name}</th>' for name in first)
    return f'<thead><tr>{cells}<th scope="col" class="n">{last}</th></tr></thead><tbody>'


def _row(test: Test) -> str:
    passed = test.outcome == "passed"
    kept = f" <small>({KEPT})</small>" if test.at_grading and not passed else ""
    return (
        f'<tr><th scope="row">{_text(test.title)}{kept}</th>'
        f'<td class="{"passed" if passed else "failed"}">{_text(test.outcome)}</td>'
        f'<td class="n">{_text(_points(test.points, test.of))}</td></tr>'
    )


def _troubles(page: Page) -> Iterator[str]:
    if page.troubles:
        yield "<section><h2>Cells that went wrong</h2><dl>"
        yield from (
            f"<dt>{_text(cell)}</dt><dd><pre>{_text(t)}</pre></dd>" for cell, t in page.troubles.items()
        )
        yield "</dl></section>"


def markdown(page: Page) -> str:
    """Return the same as text that shows well as it is."""
    lines = [f"# {_inline(page.title)}", ""]
    facts = {"For": page.student, "Status": page.state, "Handed in": page.submitted_at, "Late by": page.late}
    if page.parts:
        facts["Points"] = _points(page.points, page.of)
    lines += [f"- {name}: {_inline(text)}" for name, text in facts.items() if text]
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


def _points(points: float | None, of: float) -> str:
    return f"{'to come' if points is None else f'{round(points, 2):.10g}'} of {round(of, 2):.10g}"


def _text(text: str) -> str:
    return escape(printable(text))


def _inline(text: str) -> str:
    """Return text on one line in which no sign means anything to Markdown."""
    line = escape(" ".join(printable(text).split()), quote=False)
    line = re.sub(r"([\\`*_\[\]|~$])", r"\\\1", line)
    return re.sub(r"^(\d+(?=[.)] )|(?=[-+#=]))", r"\1\\", line)


def _ours(text: str) -> str:
    """Return text that an author wrote, with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _fenced(text: str) -> list[str]:
    """Return text in a fence that it cannot close."""
    shown = printable(text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return ["", f"{fence}text", *shown.splitlines(), fence]
