"""Three functions to write, their release and right answers: what the jail and its tests are tried on."""

import json
import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.running.notebook import Notebook, read
from rl_landscapes.course.running.session import Session
from rl_landscapes.course.running.submission import GradedNotebook, grade_one
from rl_landscapes.course.seeds import Seeds, of_student
from rl_landscapes.grader.jail import bubblewrap

CALL_S = 1.0
# The memory limit stands on the command line of a jail, so an odd one tells ours from anybody else's.
MEMORY = (1 << 29) + 4096 * (os.getpid() % 100_000)
LIMITS = Limits(call_s=CALL_S, total_s=12.0, memory=MEMORY, answer=4 << 20)

PATIENT = replace(LIMITS, call_s=20.0)

SOFTMAX = """def softmax(x):
    e = np.exp(x - np.max(x, -1, keepdims=True))
    return e / e.sum(-1, keepdims=True)"""
ENTROPY = """def entropy(x):
    p = np.exp(x - np.max(x, -1, keepdims=True))
    p = p / p.sum(-1, keepdims=True)
    return -np.sum(p * np.log(np.maximum(p, 1e-300)), -1)"""
LOWEST = "def lowest(f, points):\n    return min(points, key=f)"
RIGHT = {"softmax": SOFTMAX, "entropy": ENTROPY, "lowest": LOWEST}
FULL = {"softmax": 5.0, "entropy": 5.0, "lowest": 4.0}
SEEDS = of_student(b"a secret of a course", "student")


def right_softmax(x):
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def right_entropy(x):
    p = right_softmax(x)
    return -(p * np.log(np.maximum(p, 1e-300))).sum(-1)


def assignment(limits=LIMITS, packages=("numpy",), closed=()) -> Assignment:
    made = Assignment("91-jailed", "A jail", closed=closed, packages=packages, limits=limits)
    softmax = made.question("softmax", hints=("", ""), difficulty=1, minutes=1)
    entropy = made.question("entropy", hints=("", ""), difficulty=1, minutes=1)
    lowest = made.question("lowest", hints=("", ""), difficulty=1, minutes=1)

    @softmax.test("two equal logits", points=2)
    def _(student, rng):
        expect.close(student.softmax(np.zeros(2)), [0.5, 0.5], "softmax([0, 0])")

    @softmax.test("fresh logits", points=3, at_grading=True)
    def _(student, rng):
        x = rng.normal(size=(3, 4))
        expect.close(student.softmax(x), right_softmax(x), "softmax(x)")
        expect.close(student.softmax(x), right_softmax(x), "softmax(x) once more")

    @entropy.test("fresh logits", points=5, at_grading=True)
    def _(student, rng):
        x = rng.normal(size=(3, 4))
        expect.close(student.entropy(x), right_entropy(x), "entropy(x)")

    @lowest.test("the lowest of a parabola", points=4)
    def _(student, rng):
        points = rng.normal(size=9)
        answer = student.lowest(lambda x: float(expect.number(x, "x") - 0.3) ** 2, points)
        expect.close(answer, points[np.argmin((points - 0.3) ** 2)], "lowest(f, points)")

    return made


def code(name: str, source: str, **nbgrader) -> dict:
    data = {
        "grade_id": name,
        "schema_version": 3,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
    }
    return {
        "cell_type": "code", "id": name, "source": source, "outputs": [], "execution_count": None,
        "metadata": {"nbgrader": data | nbgrader},
    }  # fmt: skip


def extra(source: str) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}


def tree(cells: list[dict]) -> dict:
    return {
        "cells": cells,
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def stub(name: str) -> str:
    return f"def {name}(*_):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


SETUP = 'import numpy as np\nfrom rl_landscapes.course import exercise\n\ncheck = exercise("91-jailed")'


def released(answers: dict[str, str] | None = None) -> dict:
    cells = [code("setup", SETUP, locked=True)]
    for name in RIGHT:
        cells.append(code(name, (answers or {}).get(name, stub(name)), solution=True))
        cells.append(code(f"{name}-check", f'check("{name}")', grade=True, locked=True, points=FULL[name]))
    return tree(cells)


def release() -> Notebook:
    return read(json.dumps(released()).encode())


def filled(**answers: str) -> dict:
    """Return a notebook with right answers but for those given here."""
    return released(RIGHT | answers)


def grade(
    notebook: dict | bytes,
    table: Assignment | None = None,
    seeds: Seeds = SEEDS,
    start: Callable | None = None,
) -> GradedNotebook:
    """Grade a notebook in a jail."""
    found = table or assignment()
    data = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return grade_one(data, release(), found, seeds, start or bubblewrap.starter(found))


def inside(source, *, packages=("numpy",), closed=()):
    """Return what `look()`, defined by source code, returns in a jail."""
    table = Assignment("x", "", packages=packages, closed=closed, limits=PATIENT)
    session = Session(bubblewrap.starter(table), PATIENT, closed)
    try:
        session.cell("cell", source, 20.0)
        return session.call("look", (), {}, 20.0)
    finally:
        session.close()


def points(graded: GradedNotebook) -> dict[str, float]:
    earned = dict.fromkeys(FULL, 0.0)
    for result in graded.results:
        earned[result.question] += result.points
    return earned


def outcomes(graded: GradedNotebook, question: str) -> set[str]:
    return {str(result.outcome) for result in graded.results if result.question == question}


def said(graded: GradedNotebook) -> str:
    """Return every text that grading has brought out."""
    parts = [graded.reason, *graded.troubles.values()]
    return "\n".join([*parts, *(f"{result.failed} {result.line}" for result in graded.results)])


def need_jail() -> None:
    """Fail, and say what to install: without a jail nothing here has been tested."""
    try:
        bubblewrap.available()
    except bubblewrap.NoJail as error:
        pytest.fail(f"no jail on this machine: {error}", pytrace=False)


def of_ours() -> list[str]:
    """Return the command lines of our jails' processes that are still there."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().decode(errors="replace")
        except OSError:
            continue
        if f"RLIMIT_AS={MEMORY}" in command:
            found.append(command.replace("\0", " ")[-200:])
    return found
