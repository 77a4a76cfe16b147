"""A student's notebook as formgrader shows it: release, answers, outcomes, and nothing that acts."""

import re
from collections.abc import Mapping
from typing import Any

from rl_landscapes.course.running.notebook import TASK, WRITTEN, Notebook, Step, program
from rl_landscapes.course.running.scoring import same_cause
from rl_landscapes.grader.gradebook.pictures import shown_pictures
from rl_landscapes.grader.gradebook.written import written_answers

LENGTH = 100_000  # characters of a cell
EXTRAS = 40  # cells that are no answer
NO_ANSWER = "*No answer.*"
Json = dict[str, Any]

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ACTIVE = r"href|url|require|style|class|cssId|data|bbox|mmlToken|html\w*|include\w*"  # of MathJax
HOSTILE = (  # what is read as a tag, a link or an address, or acts in a formula: all get a space in between
    (re.compile(r"&(?=#?\w+;)"), "& "),  # a letter written as a number could hide any of those below
    (re.compile(r"<(?=[A-Za-z/!?])"), "< "),
    (re.compile(r"\](?=[(\[:])"), "] "),
    (re.compile(r"(?i)\b([a-z]{2,20}):(?=//|[a-z])"), r"\1 : "),
    (re.compile(r"(?i)\bwww\."), "www "),
    (
        re.compile(r"\\(?=(?:href|url|require|style|class|cssId|data|bbox|mmlToken|html\w*|include\w*)\b)"),
        "\\ ",
    ),
    (re.compile(r"(?i)([`~]{3}\s*)(?=mermaid)"), r"\1not-"),  # a diagram is a program in the reader's browser
)


def formgrader_notebook(
    base: Json, release: Notebook, handed_in: Notebook | None, result: Mapping[str, Any], beside: str = ""
) -> Json:
    """Return the notebook for formgrader, as JSON.

    `base` is the release with the mark schemes, `handed_in` None if it could not be read, `result` as stored,
    `beside` what came beside the notebook.
    """
    steps = program(release, handed_in) if handed_in else []
    answers = {step.name: step.source for step in steps if step.role == "answer"}
    texts = written_answers(release, handed_in, beside) if handed_in else {}
    cells = [_filled(cell, answers, texts, result) for cell in base["cells"]]
    if handed_in:
        cells = [_with_pictures(cell, release, handed_in) for cell in cells]
    if result["status"] != "graded":
        cells.insert(
            0, _text("not-graded", f"**Not graded: {result['status']}.** {make_harmless(result['reason'])}")
        )
    return {**base, "cells": [*cells, *_further(steps)]}


def shown_answers(notebook: Json) -> dict[str, str]:
    """Return the written answers in a notebook made by `formgrader_notebook`, by the names of their tasks."""
    cells = [cell for cell in notebook["cells"] if cell["id"].startswith(WRITTEN)]
    return {TASK + cell["id"].removeprefix(WRITTEN): cell["source"] for cell in cells}


def make_harmless(text: str) -> str:
    """Return Markdown that shows as it did, without tags, links, addresses and formulas that act."""
    text = printable(text)
    for pattern, instead in HOSTILE:
        text = pattern.sub(instead, text)
    return text


def printable(text: str) -> str:
    """Return text that any program can show: no control characters, no half characters, not endless."""
    whole = text[:LENGTH].encode("utf-8", "replace").decode()
    return CONTROL.sub("", whole.replace("\r\n", "\n")) + (" [cut]" if len(text) > LENGTH else "")


def _filled(
    cell: Json, answers: Mapping[str, str], texts: Mapping[str, str], result: Mapping[str, Any]
) -> Json:
    """Return a cell of the release with what the student and the tests have made of it."""
    name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
    question = name.removeprefix("check-")
    if cell["id"].startswith(WRITTEN):
        answer = texts.get(cell["id"].removeprefix(WRITTEN), "")
        return {**cell, "source": make_harmless(answer) or NO_ANSWER}
    if name.startswith(TASK):
        return {**cell, "source": _in_lines("".join(cell["source"]))}
    if name in answers:
        trouble = result["troubles"].get(name)
        return {**cell, "source": printable(answers[name]), "outputs": [_said(trouble)] if trouble else []}
    if name != question and question in result["questions"]:
        return {**cell, "outputs": [_said(_outcome(question, result["questions"][question]))]}
    return cell


def _with_pictures(cell: Json, release: Notebook, handed_in: Notebook) -> Json:
    """Return the cell of a written answer with the pictures that its text notes."""
    if not cell["id"].startswith(WRITTEN):
        return cell
    shown = shown_pictures(release, handed_in, cell["source"])
    if not shown:
        return cell
    attached = {name: {picture.kind: picture.data} for name, picture in shown.items()}
    links = [f"![{name}](attachment:{name})" for name in shown]
    return {**cell, "source": "\n\n".join([cell["source"], *links]), "attachments": attached}


def _in_lines(task: str) -> str:
    """Return a task whose mark scheme keeps its lines where Markdown would run them together."""
    text, begin, scheme = task.partition("=== BEGIN MARK SCHEME")
    return text + begin + scheme.replace("\n", "  \n")


def _outcome(name: str, question: Mapping[str, Any]) -> str:
    """Return what the tests of a question said; of those kept for grading only which failed."""
    lines = [f"{name}: {question['points']:g} of {question['of']:g} points"]
    first = same_cause([test.get("cause", "") for test in question["tests"]])
    for place, test in enumerate(question["tests"]):
        lines.append(f"  {test['outcome']}: {test['title']}")
        if not test["at_grading"] and first[place] != place:
            lines.append(f"    for the same reason as: {question['tests'][first[place]]['title']}")
        elif not test["at_grading"]:
            rows = {"tested": "what", "got": "got", "expected": "expected", "error": "error", "in": "line"}
            lines += [f"    {label}: {test[key]}" for label, key in rows.items() if test.get(key)]
    return "\n".join(lines)


def _further(steps: list[Step]) -> list[Json]:
    """Return the cells that are no answer, under a heading."""
    extras = [step for step in steps if step.role == "extra"]
    if not extras:
        return []
    more = f" (the first {EXTRAS} of {len(extras)})" if len(extras) > EXTRAS else ""
    cells = [_text("further-cells", f"## Further cells of this notebook{more}")]
    for number, step in enumerate(extras[:EXTRAS]):
        cells.append(
            {"cell_type": "code", "execution_count": None, "id": f"further-{number}", "metadata": {},
             "outputs": [], "source": printable(step.source)}
        )  # fmt: skip
    return cells


def _text(name: str, source: str) -> Json:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def _said(text: str) -> Json:
    return {"name": "stdout", "output_type": "stream", "text": printable(text) + "\n"}
