"""Which cells of what was handed in are run, and as what."""

import json
from time import perf_counter

import pytest

from rl_landscapes.course.running import notebook as notebooks
from rl_landscapes.course.running.notebook import Unreadable, plain_id, program, read
from tests.grader.jailed import RIGHT, SETUP, code, extra, filled, release, released, tree


def steps(cells):
    """Return what is run of a notebook with these cells: role, name and the first line of each step."""
    made = program(release(), read(json.dumps(tree(cells)).encode()))
    return [(step.role, step.name, step.source.splitlines()[0] if step.source else "") for step in made]


SETUP_STEP = ("given", "setup", SETUP.splitlines()[0])


def answer(name, source=None):
    return code(name, source or RIGHT[name], solution=True)


def test_given_cells_come_first_and_answers_in_their_place():
    assert steps(filled()["cells"]) == [
        SETUP_STEP,
        ("answer", "softmax", "def softmax(x):"),
        ("answer", "entropy", "def entropy(x):"),
        ("answer", "lowest", "def lowest(f, points):"),
    ]


def test_release_is_the_form_and_checks_are_not_run():
    assert [step[:2] for step in steps(released()["cells"])] == [
        ("given", "setup"),
        *(("answer", name) for name in RIGHT),
    ]


def test_extra_cells_are_run_where_they_stand():
    cells = [
        extra("a = 1"),
        answer("softmax"),
        extra("b = 2"),
        {"cell_type": "markdown", "source": "c"},
        extra(" "),
    ]
    assert steps(cells) == [
        SETUP_STEP,
        ("extra", "cell 1", "a = 1"),
        ("answer", "softmax", "def softmax(x):"),
        ("extra", "cell 3", "b = 2"),
    ]


def test_last_written_answer_counts_and_the_others_are_extra():
    cells = [
        answer("softmax", "def softmax(x): 1"),
        answer("softmax", "def softmax(x): 2"),
        *released()["cells"],
    ]
    found = steps(cells)
    assert ("answer", "softmax", "def softmax(x): 2") in found
    assert ("extra", "cell 1", "def softmax(x): 1") in found


def test_a_copy_that_does_not_define_the_function_is_no_answer():
    found = steps([answer("softmax"), answer("softmax", "softmax(np.ones(2))")])
    assert ("answer", "softmax", "def softmax(x):") in found
    assert ("extra", "cell 2", "softmax(np.ones(2))") in found


def test_an_answer_split_in_two_is_run_whole():
    found = steps([answer("softmax", "def helper(): 1"), answer("softmax", "def softmax(x): helper()")])
    assert [step[:2] for step in found[1:]] == [("extra", "cell 1"), ("answer", "softmax")]


@pytest.mark.parametrize(
    "source",
    [
        "softmax = lambda x: x",
        "def  softmax (x): x",
        "x = 1\ndef softmax(x):\n  x",
        "%%time\n  def softmax(x): x",
        ">>> def softmax(x):\n...   x",
    ],
)
def test_without_a_name_the_cell_that_defines_the_function_is_the_answer(source):
    assert ("answer", "softmax") in [step[:2] for step in steps([extra(source)])]


@pytest.mark.parametrize(
    "source", ["if x:\n  def softmax(x): x", "# def softmax(x)", "softmax == 1", "def softmax2(x): x"]
)
def test_what_does_not_define_it_outermost_is_not(source):
    assert ("answer", "softmax") not in [step[:2] for step in steps([extra(source)])]


def test_a_form_with_a_comment_more_is_still_empty():
    form = released()["cells"][1]
    form = form | {"source": form["source"] + "\n\n    # to do: think\n"}
    assert ("answer", "softmax", "def softmax(x): 1") in steps([form, extra("def softmax(x): 1")])


def test_cells_added_to_the_given_ones_come_before_them():
    changed = code("setup", SETUP + "\nimport scipy\ngamma = 0.5")
    found = steps([extra("a = 1"), changed, answer("softmax")])
    assert [step[:2] for step in found] == [
        ("extra", "cell 2"), ("given", "setup"), ("extra", "cell 1"), ("answer", "softmax"),
    ]  # fmt: skip


def test_changed_checks_are_run_as_extra_cells():
    assert ("extra", "cell 1", "def helper(): 1") in steps(
        [code("softmax-check", "def helper(): 1", grade=True)]
    )


def test_name_comes_before_id_and_id_before_the_function():
    by_name = {**answer("softmax", "def softmax(x): 1"), "id": "other"}
    by_id = {**extra("def softmax(x): 2"), "id": "softmax"}
    by_function = extra("def softmax(x): 3")
    assert ("answer", "softmax", "def softmax(x): 1") in steps([by_name, by_id, by_function])
    assert ("answer", "softmax", "def softmax(x): 2") in steps([by_id, by_function])


def test_texts_in_lists_and_line_ends_of_other_systems_are_read():
    cell = answer("softmax") | {"source": ["def softmax(x):\r\n", "    return x", 7, None]}
    made = program(release(), read(json.dumps(tree([cell])).encode()))
    assert made[1].source == "def softmax(x):\n    return x"


@pytest.mark.parametrize("end", ["\r\n", "\r", "  \n", "\n\n"])
def test_line_ends_of_other_systems_change_no_cell(end):
    plot = code("plot", "x = 1\nprint(x)")
    given = tree([*released()["cells"], plot])
    theirs = json.loads(json.dumps(given))
    for cell in theirs["cells"]:
        cell["source"] = cell["source"].replace("\n", end)
        cell["id"] = cell["metadata"] = ""
    made = program(read(json.dumps(given).encode()), read(json.dumps(theirs).encode()))
    assert [step.role for step in made if step.role == "extra"] == []


def test_an_example_of_an_earlier_release_is_not_run():
    old = {**extra("print(1)"), "id": plain_id("print(1)")}
    assert "extra" not in [role for role, *_ in steps([*filled()["cells"], old])]


def test_assignment_is_what_the_notebook_says():
    told = tree([]) | {"metadata": {"rl_landscapes": {"assignment": "91-jailed"}}}
    assert read(json.dumps(told).encode()).assignment == "91-jailed"
    for other in ({"rl_landscapes": 7}, {"rl_landscapes": {"assignment": [1]}}, [], None):
        assert read(json.dumps(tree([]) | {"metadata": other}).encode()).assignment == ""


def test_sources_are_cut_at_their_limit_and_cells_counted(monkeypatch):
    monkeypatch.setattr(notebooks, "SOURCE_LIMIT", 10)
    monkeypatch.setattr(notebooks, "CELL_LIMIT", 2)
    assert read(json.dumps(tree([extra("x" * 99)])).encode()).cells[0].source == "x" * 10
    with pytest.raises(Unreadable, match="3 cells, at most 2"):
        read(json.dumps(tree(3 * [extra("")])).encode())


@pytest.mark.parametrize(
    "source", ["def" + " " * 10**6, "x" * 10**6, "x =" * 10**5, "def a(" * 10**5, "#\n" * 10**5]
)
def test_reading_takes_no_longer_than_the_text_is_long(source):
    began = perf_counter()
    steps([extra(source), answer("softmax", source)])
    assert perf_counter() - began < 5
