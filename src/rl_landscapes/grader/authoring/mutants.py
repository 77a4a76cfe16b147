"""Typical wrong answers, kept beside each solution: every one must lose points, and as many for everybody."""

import tomllib
from collections.abc import Iterable, Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rl_landscapes.course.assignment import Assignment
from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import Seeds

KEYS = {"mistake", "replace", "by", "code", "only_fresh"}


@dataclass(frozen=True)
class Mutant:
    """A wrong answer: the text of its cell, the mistake in words, and why only fresh numbers catch it.

    No reason means that a visible test catches it.
    """

    question: str
    mistake: str
    source: str
    only_fresh: str = ""


def earned(
    assignment: Assignment,
    cells: Mapping[str, str],
    mutant: Mutant,
    students: Iterable[Seeds],
    folder: Path = Path(),
) -> list[float]:
    """Return the points that a wrong answer gets in its question, from each of some students.

    `cells` are those that grading runs, in their order: name -> text, the right answers among them. They are
    run in a `folder`, where the tests of an assignment of one's own are looked for.
    """
    names: dict[str, Any] = {"__name__": "solution"}
    with chdir(folder):
        for name, text in cells.items():
            exec(compile(mutant.source if name == mutant.question else text, f"<{name}>", "exec"), names)
    with np.errstate(all="ignore"):
        return [
            sum(
                result.points
                for result in score(
                    assignment, InProcess(names), seeds, grading=True, questions=[mutant.question]
                )
            )
            for seeds in students
        ]


def mutants(path: Path, answers: Mapping[str, str]) -> list[Mutant]:
    """Read the mutants of a solution, as edits of its answers (question -> text of the cell).

    Raises
    ------
    ValueError
        If an entry is incomplete, or the text it replaces does not occur exactly once; the message names it.
    """
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        _mutant(path, question, entry, answers) for question, entries in found.items() for entry in entries
    ]


def _mutant(path: Path, question: str, entry: Mapping[str, str], answers: Mapping[str, str]) -> Mutant:
    place = f"{path}, {question}: {entry.get('mistake', 'an entry without a mistake')!r}"
    if question not in answers:
        raise ValueError(f"{place}: no such question; choose from {', '.join(answers)}")
    if set(entry) - KEYS or "mistake" not in entry or ("code" in entry) == ("replace" in entry):
        raise ValueError(
            f"{place} needs a mistake and either code, or replace and by; got {', '.join(entry)}"
        )
    if "code" in entry:
        source = entry["code"]
    else:
        count = answers[question].count(entry["replace"])
        if count != 1:
            raise ValueError(
                f"{place}: {entry['replace']!r} must occur once in the answer, not {count} times"
            )
        source = answers[question].replace(entry["replace"], entry["by"])
    return Mutant(question, entry["mistake"], source, str(entry.get("only_fresh", "")))
