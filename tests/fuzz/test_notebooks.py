"""The file of a notebook: whatever is in it, it is read, or refused in words."""

import json
from contextlib import suppress
from functools import cache
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from rl_landscapes.course.assignment import assignments
from rl_landscapes.course.running.belonging import belongs_to
from rl_landscapes.course.running.notebook import Unreadable, answered, program, read
from rl_landscapes.course.running.outputs import without_outputs
from rl_landscapes.course.running.transform import as_python
from rl_landscapes.grader.gradebook.written import written_answers
from tests.fuzz.values import JSON, TEXT, damaged

RELEASE = Path(__file__).parents[2] / "exercises" / "01-returns-and-entropy" / "01-returns-and-entropy.ipynb"
release = cache(lambda: read(RELEASE.read_bytes()))
PIECES = (
    *("%%time\n", "%matplotlib inline", "!ls", "x = !ls", "f?", "?f", "%time f()", "%%bash\n", "\\\n", "\n"),
    *("def entropy(p):\n", "    return p", "x = (1\n", "% 3)", "!= 2", "'''", '"""\n', "#", ">>> ", "...: "),
    *(
        "In [1]: ",
        "\t",
        " ",
        ";",
        ",f a b",
        "/f a",
        "await f()",
        "class A:",
        "\u00e9",
        "\x00",
        "\x0c",
        "\r\n",
        "\r",
    ),
)
CODE = st.lists(st.sampled_from(PIECES) | TEXT, max_size=12).map("".join)
IDS = st.sampled_from(
    ["entropy", "log_softmax", "given-setup", "written-absorbing", "task-absorbing", "", "x"]
)


@st.composite
def cells(draw):
    source = draw(CODE)
    cell = {
        "cell_type": draw(st.sampled_from(["code", "markdown", "raw", "heading"])),
        "source": draw(st.sampled_from([source, source.splitlines(keepends=True)])),
        "id": draw(IDS),
        "metadata": {"nbgrader": {"grade_id": draw(IDS), "solution": draw(st.booleans())}},
        "outputs": draw(st.lists(JSON, max_size=2)),
        "attachments": draw(JSON),
    }
    for key in draw(st.lists(st.sampled_from(sorted(cell)), max_size=2)):
        cell[key] = draw(JSON)
    return cell


NOTEBOOKS = st.fixed_dictionaries(
    {"cells": st.lists(cells() | JSON, max_size=6), "metadata": JSON, "nbformat": st.just(4)},
)
FILES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda tree: json.dumps(tree).encode()),
    NOTEBOOKS.map(lambda tree: json.dumps(tree).encode()),
    NOTEBOOKS.map(lambda tree: json.dumps(tree, ensure_ascii=False).encode("utf-16", "replace")),
    st.builds(lambda: RELEASE.read_bytes()).flatmap(damaged),
)


@given(FILES)
def test_a_file_is_read_or_refused_in_words(data):
    try:
        notebook = read(data)
    except Unreadable:
        return
    steps = program(release(), notebook)
    given_cells = [step.source for step in steps if step.role == "given"]
    assert given_cells == [cell.source for cell in release().where(lambda cell: cell.is_given)]
    assert set(answered(release(), notebook)) <= {step.name for step in steps if step.role == "answer"}
    belongs_to(notebook, "x.ipynb", assignments())
    for text in (*(step.code for step in steps), *written_answers(release(), notebook).values()):
        text.encode()


@given(NOTEBOOKS, st.lists(st.integers(1, 40), min_size=1, max_size=5), st.booleans())
def test_of_a_large_file_nothing_is_left_out_but_saved_outputs(tree, steps, ascii):
    data = json.dumps(tree, ensure_ascii=ascii).encode("utf-8", "replace")
    chunks, place, turn = [], 0, 0
    while place < len(data):
        chunks.append(data[place : place + steps[turn % len(steps)]])
        place, turn = place + len(chunks[-1]), turn + 1
    left = json.loads(b"".join(without_outputs(chunks)))
    whole = json.loads(data)
    for cell in whole["cells"]:
        if isinstance(cell, dict) and isinstance(cell.get("outputs"), list):
            cell["outputs"] = []
    if isinstance(whole["metadata"], dict) and isinstance(whole["metadata"].get("widgets"), dict):
        whole["metadata"]["widgets"] = {}
    assert json.dumps(left) == json.dumps(whole)


@given(st.lists(CODE, max_size=4))
@example(["x = (1\n% 3)"])
def test_a_cell_keeps_its_lines_and_plain_python_stays_as_it_is(sources):
    for source, code in zip(sources, as_python(sources), strict=True):
        with suppress(SyntaxError, ValueError):
            compile(source, "cell", "exec")
            if not source.startswith((" ", "\t", "\n")):
                assert code.rstrip("\n") == source.rstrip("\n")
