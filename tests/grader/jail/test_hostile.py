"""What students hand in, by mistake or by design: no point is stolen, none is lost, nothing gets out.

Each case replaces the answer `softmax` (5 points) of an otherwise right notebook, unless it says otherwise;
`entropy` (5) and `lowest` (4) must keep their points.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from rl_landscapes.course.running import student
from rl_landscapes.course.running.submission import GRADED, UNREADABLE
from tests.grader import jailed
from tests.grader.jail.attacks import (
    ALSO,
    CASES,
    CRASHED,
    GROUPS,
    HALF_RIGHT,
    OUT_OF_MEMORY,
    QUICK,
    RAISED,
    WRONG,
)
from tests.grader.jailed import (
    FULL,
    LIMITS,
    RIGHT,
    SETUP,
    SOFTMAX,
    assignment,
    code,
    extra,
    filled,
    grade,
    left,
    need_jail,
    outcomes,
    points,
    released,
    said,
    tree,
)  # fmt: skip

pytestmark = pytest.mark.slow  # two hundred submissions, a jail or two for each
SECRET = "the secret of the course"
PATIENT = replace(LIMITS, call_s=8.0, total_s=60.0)  # for what ends by itself, however busy the machine


@pytest.fixture(scope="module", autouse=True)
def _jail():
    need_jail()
    yield
    jailed.end_waiting()


@pytest.fixture(params=jailed.WAYS, autouse=True)
def _way(request, monkeypatch):
    monkeypatch.setattr(jailed, "starter", jailed.WAYS[request.param])


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch, tmp_path):
    """A secret in the environment and one in a file; afterwards the file is as it was, and alone."""
    monkeypatch.setenv("RL_LANDSCAPES_SECRET", SECRET)
    (tmp_path / "gradebook.db").write_text(SECRET)
    monkeypatch.chdir(tmp_path)
    yield
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]
    assert (tmp_path / "gradebook.db").read_text() == SECRET


def none_left(seconds: float | None = None) -> bool:
    """Say whether no process of a jail is left; one that is forked is gone when its session is closed."""
    patience = 0 if jailed.starter is jailed.forked else 20
    deadline = time.monotonic() + (patience if seconds is None else seconds)
    while found := left():
        if time.monotonic() > deadline:
            print(*found.values(), sep="\n")
            return False
        time.sleep(0.02)
    return True


@pytest.mark.parametrize(("word", "name"), CASES, ids=[f"{name}" for _, name in CASES])
def test_answer_ends_as_it_should_and_costs_only_itself(word, name, tmp_path):
    answer = GROUPS[word][name].replace("GRADEBOOK", str(tmp_path / "gradebook.db"))
    graded = grade(filled(softmax=answer), assignment(LIMITS if name in QUICK else PATIENT))
    assert graded.status == GRADED, graded.reason
    assert word in outcomes(graded, "softmax"), said(graded)
    assert outcomes(graded, "softmax") <= {word, "passed"} | ALSO.get(name, set()), said(graded)
    earned = points(graded)
    most = 5.0 if word == "passed" else 2.0 if name in HALF_RIGHT else 0.0
    assert earned == FULL | {"softmax": most}, said(graded)
    assert SECRET not in said(graded)
    assert said(graded).replace("\n", "").isprintable()
    assert none_left()


def edited(cells) -> dict:
    """Return the right notebook with something done to every cell: `cells` of a cell, nothing to drop it."""
    return tree([new for cell in filled()["cells"] if (new := cells(cell)) is not None])


def with_data(change):
    def edit(cell):
        change(cell["metadata"]["nbgrader"])
        return cell

    return edited(edit)


def is_check(cell) -> bool:
    return cell["id"].endswith("-check")


def as_markdown(cell):
    return {"cell_type": "markdown", "id": cell["id"], "source": cell["source"], "metadata": cell["metadata"]}


SAME_MARKS = {
    "saved outputs": lambda: edited(lambda c: c | {"outputs": [{"text": "4.0" * 10**6}]}),
    "test cells deleted": lambda: edited(lambda c: None if is_check(c) else c),
    "test cells edited": lambda: edited(lambda c: c | {"source": "-1.0"} if is_check(c) else c),
    "points of NaN": lambda: edited(lambda c: c | {"source": "float('nan')"} if is_check(c) else c),
    "points changed and locks opened": lambda: with_data(lambda d: d.update(points=500, locked=False)),
    "test cells made text": lambda: edited(lambda c: as_markdown(c) if is_check(c) else c),
    "answers made text": lambda: edited(as_markdown),
    "nothing graded any more": lambda: with_data(lambda d: d.update(grade=False)),
    "everything a solution": lambda: with_data(lambda d: d.update(solution=True)),
    "renamed": lambda: with_data(lambda d: d.update(grade_id="x" + d["grade_id"])),
    "no name": lambda: with_data(lambda d: d.pop("grade_id")),
    "a name that is no text": lambda: with_data(lambda d: d.update(grade_id=[1])),
    "metadata stripped": lambda: edited(lambda c: c | {"metadata": {}}),
    "metadata and ids stripped": lambda: edited(lambda c: extra(c["source"])),
    "metadata of another kind": lambda: edited(lambda c: c | {"metadata": [1, 2]}),
    "schema of the future": lambda: with_data(lambda d: d.update(schema_version=99)),
    "ids of another kind": lambda: edited(lambda c: c | {"id": 7}),
    "every cell twice": lambda: tree(2 * filled()["cells"]),
    "the form pasted again": lambda: tree(filled()["cells"] + released()["cells"]),
    "a scratch copy of an answer": lambda: tree([*filled()["cells"], code("softmax", "print(1)")]),
    "a wrong copy of another name below": lambda: tree([*filled()["cells"], extra(WRONG)]),
    "the name taken by a result": lambda: tree([*filled()["cells"], extra("softmax = softmax(np.ones(2))")]),
    "the setup changed": lambda: edited(lambda c: c | {"source": "np = None"} if c["id"] == "setup" else c),
    "no kernel": lambda: filled() | {"metadata": {}},
    "nbformat 9": lambda: filled() | {"nbformat": 9},
    "other kinds of cells": lambda: tree([None, 7, {"source": [1, None]}, *filled()["cells"]]),
    "UTF-16": lambda: json.dumps(filled()).encode("utf-16"),
    "UTF-8 with a mark": lambda: json.dumps(filled()).encode("utf-8-sig"),
    "half a surrogate pair": lambda: tree([*filled()["cells"], extra("'\ud800'")]),
    "2,000 more cells": lambda: tree([*filled()["cells"], *(extra(f"a{i} = {i}") for i in range(2000))]),
    "cells that end the process": lambda: tree(9 * [extra("import os; os._exit(0)")] + filled()["cells"]),
    "cells whose definitions end the process": lambda: tree(
        50 * [extra("import os\nclass A: os._exit(0)")] + filled()["cells"]
    ),
    "a cell that never ends": lambda: tree([extra("while True: pass"), *filled()["cells"]]),
    "a helper in a cell of its own": lambda: tree(
        [extra("def unused(): return 1\n!ls\nplot(1)\ndef shift(x): return x - x.max(-1, keepdims=True)")]
        + filled(
            softmax="def softmax(x): return np.exp(shift(x)) / np.exp(shift(x)).sum(-1, keepdims=True)"
        )["cells"]
    ),
    "a helper in the setup": lambda: edited(
        lambda c: c | {"source": SETUP + "\ndef helped(): return 1"} if c["id"] == "setup" else c
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_MARKS)
def test_what_is_no_answer_changes_no_marks(name):
    graded = grade(SAME_MARKS[name](), assignment(LIMITS if "never" in name else PATIENT))
    assert (graded.status, points(graded)) == (GRADED, FULL), said(graded)
    assert none_left()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"{", "cut or damaged"),
        (json.dumps(filled()).encode()[:-9], "cut or damaged"),
        (b"[" * 10**6, "cut or damaged"),
        (b"[1, 2]", "no notebook"),
        (b'{"cells": 7}', "no cells"),
        (b"<!DOCTYPE html><html>sign in</html>", "web page"),
        (b"\xff\x00\xfe", "text"),
        (b'{"worksheets": [], "nbformat": 3}', "old format"),
        (b" " * (60 << 20), "too large"),
        (b'{"cells": [' + b"7," * 20_001 + b"7]}", "cells, at most"),
        (b'{"cells": [' + b"9" * 10_000 + b"]}", "cut or damaged"),
    ],
)
def test_what_is_no_notebook_is_unreadable_and_no_zero(data, reason):
    graded = grade(data)
    assert (graded.status, graded.results) == (UNREADABLE, ())
    assert reason in graded.reason


def test_nothing_written_is_not_done_and_nothing_there_is_missing():
    assert outcomes(grade(released()), "softmax") == {"not done"}
    assert outcomes(grade(tree([])), "softmax") == {"missing"}


def test_answers_may_use_each_other_and_a_redefinition_costs_nobody():
    uses = "def entropy(x):\n    p = softmax(x)\n    return -(p * np.log(p)).sum(-1)"
    assert points(grade(filled(entropy=uses), assignment(PATIENT))) == FULL
    own = uses.replace("softmax", "other") + "\n" + SOFTMAX.replace("softmax", "other")
    assert points(grade(filled(entropy=own + "\nsoftmax = None"), assignment(PATIENT))) == FULL


CALLBACKS = {
    "called for ever": ("while True: f(0.0)", "timed out"),
    "called with nothing": ("f()", "raised an error"),
    "called with junk": ("f(object())", "raised an error"),
    "called with text": ("f('x' * 10**6)", "raised an error"),
    "called with an array": ("f(np.zeros(10**5))", "raised an error"),
    "called with more than may cross": ("f(np.zeros(10**6))", "crashed"),
    "called with itself": ("f(f)", "raised an error"),
    "called with a function": ("f(lambda *_: 1)", "raised an error"),
    "called with huge numbers": ("return f(1e150) * 0 + f(10**18)", "wrong"),
    "called by words": ("f(**{'x' * 99: 1})", "raised an error"),
    "errors of it swallowed": ("try: f(None)\n    except Exception: pass", "wrong"),
    "every function": ("import gc\n    return list(filter(callable, gc.get_objects()))", "wrong"),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_function_that_is_handed_over_may_be_misused(name):
    line, word = CALLBACKS[name]
    answer = f"def lowest(f, points):\n    {line}"
    graded = grade(filled(lowest=answer), assignment(LIMITS if word == "timed out" else PATIENT))
    assert (graded.status, points(graded)) == (GRADED, FULL | {"lowest": 0.0}), said(graded)
    assert outcomes(graded, "lowest") == {word}, said(graded)


LOOK = """
def look():
    import sys, os
    seen = [str(dict(os.environ)), str(sys.argv), str(sys.modules.keys())]
    frame = sys._getframe()
    while frame is not None:
        seen += [frame.f_code.co_filename, repr(frame.f_locals)[:10_000]]
        frame = frame.f_back
    for folder, folders, files in os.walk('/'):
        if not folder.startswith(('/usr', '/etc/', sys.base_prefix + '/lib', np.__path__[0])):
            seen += [os.path.join(folder, name) for name in files]
    return ' '.join(seen), ''
"""


def test_nothing_to_be_seen_tells_of_tests_or_secrets(tmp_path):
    from rl_landscapes.course import expect

    table, seen = assignment(PATIENT), []
    question = table.question("look", hints=("", ""), difficulty=1, minutes=1)

    @question.test("what there is to see", points=1, at_grading=True)
    def _(student, rng):
        seen.extend(map(str, expect.items(student.look(), 2, "look()")))

    graded = grade(tree([*filled()["cells"], extra(LOOK)]), table)
    assert graded.results[-1].points == 1, said(graded)
    for word in [SECRET, str(tmp_path), "gradebook", "what there is to see", "checks", "solutions", ".ssh"]:
        assert word not in seen[0], word
    assert "/jail/worker.pyc" in seen[0]


def test_one_submission_does_not_disturb_another():
    bad = ["fork bomb", "threads without end", "all the memory", "kill everything", "/tmp filled"]
    sources = {**RAISED, **OUT_OF_MEMORY, **CRASHED}
    notebooks = [filled(), *(filled(softmax=sources[name]) for name in bad)]
    jailed.starter(assignment(PATIENT))  # this thread's, if it is one that waits; the others have their own
    interleaved = [notebook for other in notebooks[1:] for notebook in (notebooks[0], other)]
    with ThreadPoolExecutor(3) as pool:
        graded = list(pool.map(lambda notebook: grade(notebook, assignment(PATIENT)), interleaved))
    assert [points(one) for one in graded[::2]] == len(bad) * [FULL]
    assert [points(one) for one in graded[1::2]] == len(bad) * [FULL | {"softmax": 0.0}]
    assert none_left(20)  # with the threads go those that waited for them


def test_grading_again_gives_the_same():
    draws = "import random\ndef softmax(x): return [hash('a'), random.random(), np.random.random()]"
    first, second = (grade(filled(softmax=draws), assignment(PATIENT)) for _ in range(2))
    assert said(first) == said(second)
    assert "got" in said(first)


def test_a_submission_has_only_so_much_time():
    limits = replace(PATIENT, total_s=2.5)
    answers = {name: f"import time\ndef {name}(*_):\n    time.sleep(0.9)" for name in RIGHT}
    graded = grade(filled(**answers), assignment(limits))
    assert "the submission took longer than 2.5 s in all" in str(graded.results[-1].failed)
    assert outcomes(graded, "lowest") == {"timed out"}
    assert points(graded) == dict.fromkeys(FULL, 0.0)


def test_slow_extra_cells_give_way_to_answers(monkeypatch):
    monkeypatch.setattr(student, "EXTRAS_S", 2.0)
    slow = [extra("import time; time.sleep(0.7)") for _ in range(40)]
    graded = grade(tree([*slow, *filled()["cells"]]), assignment(PATIENT))
    assert points(graded) == FULL, said(graded)
    assert graded.seconds < 20
