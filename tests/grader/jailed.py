"""Three functions to write, their release and right answers: what the jail and its tests are tried on."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from joblib.externals.loky import get_reusable_executor

from rl_landscapes.course import expect
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.running.notebook import Notebook, read
from rl_landscapes.course.running.session import Session
from rl_landscapes.course.running.submission import GradedNotebook, grade_one
from rl_landscapes.course.seeds import Seeds, of_student
from rl_landscapes.grader.grading import examiner
from rl_landscapes.grader.jail import bubblewrap, nursery

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
WAITING: dict[tuple, tuple[nursery.Quick, set[int]]] = {}  # nurseries, with the processes each began with


def forked(table: Assignment) -> nursery.Quick:
    """Return what forks jails for an assignment, the same for all tests, as an examiner has one for all."""
    key = (table.limits, table.packages, table.closed)
    if key not in WAITING:
        quick = nursery.Quick(table)
        WAITING[key] = (quick, below(quick.nursery().process.pid))
    return WAITING[key][0]


def end_waiting() -> None:
    """End the nurseries; what they have made must end with them, at once."""
    while WAITING:
        _, (quick, _) = WAITING.popitem()
        quick.close()
    assert of_ours() == {}


WAYS = {"started": bubblewrap.starter, "forked": forked}  # in which a jail may come to be
starter: Callable[[Assignment], Callable] = WAYS["started"]  # a test that holds for both puts the other here


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
    return grade_one(data, release(), found, seeds, start or starter(found))


def inside(source, *, packages=("numpy",), closed=()):
    """Return what `look()`, defined by source code, returns in a jail."""
    table = Assignment("x", "", packages=packages, closed=closed, limits=PATIENT)
    session = Session(starter(table), PATIENT, closed)
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
    """Fail, and say what to install: without a jail nothing here has been tested.

    What other tests have graded with is ended: its jails wait, and would count as ours.
    """
    examiner.rest()
    get_reusable_executor().shutdown(wait=True, kill_workers=True)  # of `grade` with several processes
    for _ in range(100):
        if not of_ours():
            break
        time.sleep(0.1)
    try:
        bubblewrap.available()
    except bubblewrap.NoJail as error:
        pytest.fail(f"no jail on this machine: {error}", pytrace=False)


def of_ours() -> dict[int, str]:
    """Return the processes of our jails that are still there, with their command lines.

    Ours are those that say so, and, as code may overwrite its command line, all in a namespace below this
    process.
    """
    seen = {pid: found for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if (found := _seen(pid))}
    _, _, own_depth = seen[os.getpid()]
    mine = below(os.getpid(), {pid: parent for pid, (_, parent, _) in seen.items()})
    return {
        pid: command[-200:]
        for pid, (command, _, depth) in seen.items()
        if f"RLIMIT_AS={MEMORY}" in command or (pid in mine and depth > own_depth)
    }


def left() -> dict[int, str]:
    """Return the processes of our jails that are there and belong to no nursery that waits, as it began."""
    known = {pid for _, began in WAITING.values() for pid in began}
    return {pid: command for pid, command in of_ours().items() if pid not in known}


def below(pid: int, parents: dict[int, int] | None = None) -> set[int]:
    """Return a process and all that come from it."""
    if parents is None:
        every = map(int, filter(str.isdigit, os.listdir("/proc")))
        parents = {pid: found[1] for pid in every if (found := _seen(pid))}
    found = {pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _seen(pid: int) -> tuple[str, int, int] | None:
    """Return the command line of a process, its parent, and in how many namespaces of processes it is."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    told = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if told["State"].startswith(("Z", "X")):
        return None
    return command, int(told["PPid"]), told["NSpid"].count("\t")
