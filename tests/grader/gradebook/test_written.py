"""No word of a student's is lost: wherever it stands, a person sees it before there are points for it."""

import base64
import copy
import json

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from rl_landscapes.course.running import notebook
from rl_landscapes.grader.gradebook import entries
from rl_landscapes.grader.gradebook.autograded import NO_ANSWER
from rl_landscapes.grader.gradebook.entries import open_gradebook, register
from rl_landscapes.grader.gradebook.prose import has_words
from rl_landscapes.grader.gradebook.written import ELSEWHERE, written_answers
from tests.grader.sources import ANSWERS, NAME, SOURCE, TOY, built, result

TASK = "task-why"
WORDS = "Every number lies between the extremes, so their mean does."
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(100)).decode()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    made = built(tmp_path_factory.mktemp("course"))
    register(made, NAME, table=lambda _: TOY)
    return made


@pytest.fixture(scope="module")
def solved(course):
    """The toy with right answers to all but the words, as JSON."""
    tree = json.loads(course.release(NAME).read_bytes())
    for cell in tree["cells"]:
        cell["source"] = ANSWERS.get(cell["id"], "".join(cell["source"]))
    return tree


def own(kind, source, **more):
    extra = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "source": source, "metadata": {}, **extra, **more}


def words(course, tree):
    """Return the written answer in a notebook, given as JSON or as bytes."""
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    release = notebook.read(course.release(NAME).read_bytes())
    return written_answers(release, notebook.read(data))["why"]


def grade(course, tree):
    """Record a notebook; return its words as a person sees them, and its automatic points for them."""
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    path = course.submission("ada", NAME)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    entries.record(course, NAME, [result("ada")], table=lambda _: TOY)
    with open_gradebook(course) as book:
        found = book.find_grade(TASK, NAME, NAME, "ada")
        points = found.auto_score
        assert found.needs_manual_grade is (points is None)
    cells = nbformat.read(course.shown("ada", NAME), as_version=4).cells
    return next(cell for cell in cells if cell.id == "written-why"), points


def at(cells, name):
    return next(number for number, cell in enumerate(cells) if cell.get("id") == name)


def in_cell(name, edit):
    def way(cells):
        cells[at(cells, name)]["source"] = edit(cells[at(cells, name)]["source"])

    return way


def added(place, *new):
    """Return a way to put cells below the one of a name, or at the end ("")."""

    def way(cells):
        where = at(cells, place) + 1 if place else len(cells)
        cells[where:where] = copy.deepcopy(list(new))

    return way


def both(*ways):
    def way(cells):
        for one in ways:
            one(cells)

    return way


def without_names(cells):
    for cell in cells:
        cell["metadata"] = {}
        cell.pop("id", None)


def of_kind(name, kind):
    def way(cells):
        cell = cells[at(cells, name)]
        cell |= own(kind, WORDS) | {"metadata": cell["metadata"]}

    return way


def without(*names):
    def way(cells):
        cells[:] = [cell for cell in cells if cell["id"] not in names]

    return way


MARKDOWN, RAW = own("markdown", WORDS), own("raw", WORDS)
COMMENT = own("code", "# " + "\n# ".join(WORDS.split(", ")))
WAYS = {
    "in its cell": in_cell("written-why", lambda _: WORDS),
    "below a cell of code": added("", own("code", "print(1)"), MARKDOWN),
    "below several cells of code": added("", *[own("code", f"print({n})") for n in range(5)], MARKDOWN),
    "raw": added("", RAW),
    "raw, no ids": both(added("", RAW), without_names),
    "code that is none": added("", own("code", WORDS)),
    "code that is none, no ids": both(added("", own("code", WORDS)), without_names),
    "comments": added("", COMMENT),
    "a text": added("", own("code", f'"""{WORDS}"""')),
    "printed": added("", own("code", f"print('{WORDS}')")),
    "an f-string": added("", own("code", f"n = 1\nf'{WORDS} {{n}}'")),
    "another kind of cell": added("", own("heading", WORDS)),
    "no kind of cell": added("", {"source": WORDS}),
    "its cell made raw": of_kind("written-why", "raw"),
    "its cell made code": of_kind("written-why", "code"),
    "in the task": in_cell(TASK, lambda text: f"{text}\n\n{WORDS}"),
    "above the task's words": in_cell(TASK, lambda text: f"{WORDS}\n\n{text}"),
    "between the task's words": in_cell(TASK, lambda text: text.replace("One", f"{WORDS}\n\nOne")),
    "in place of the task's words": in_cell(TASK, lambda _: WORDS),
    "in the task, no names": both(in_cell(TASK, lambda text: f"{text}\n\n{WORDS}"), without_names),
    "between task and cell": added(TASK, MARKDOWN),
    "between task and cell, raw": added(TASK, RAW),
    "no cells for it": both(without(TASK, "written-why"), added("", MARKDOWN)),
    "only its cell": both(without(TASK), in_cell("written-why", lambda _: WORDS)),
    "at the top": lambda cells: cells.insert(0, copy.deepcopy(MARKDOWN)),
    "between questions": added("check-mean", MARKDOWN),
    "between questions, raw": added("check-mean", RAW),
    "between questions, comments": added("check-mean", COMMENT),
    "between questions, a text": added("check-mean", own("code", f"'{WORDS}'")),
    "between questions, no code": added("check-mean", own("code", WORDS)),
    "in a check": in_cell("check-mean", lambda text: f"{text}\n# {WORDS}"),
    "in the cell of a function": in_cell("mean", lambda text: f"# {WORDS}\n# {WORDS}\n{text}"),
    "in a function": in_cell("mean", lambda text: f'{text}\n\n"""{WORDS} {WORDS}"""'),
    "instead of a function": in_cell("spread", lambda _: WORDS),
    "in a given cell": in_cell("given-setup", lambda text: f"{text}\n# {WORDS}"),
    "in a cell of the text": lambda cells: cells[0].update(source=cells[0]["source"] + f"\n\n{WORDS}"),
    "no names at all": both(in_cell("written-why", lambda _: WORDS), without_names),
    "in two cells": both(added("", own("markdown", WORDS[:30]), own("markdown", WORDS[30:]))),
    "in Chinese": added("check-mean", own("code", "# 平均值介于最小值和最大值之间因为每个数都在那里")),
    "in a comment of HTML": in_cell("written-why", lambda _: f"<!-- {WORDS} -->"),
    "in a table": in_cell("written-why", lambda _: f"| why |\n|---|\n| {WORDS} |"),
    "a formula": in_cell("written-why", lambda _: r"$\min \le \bar x \le \max$"),
    "a single letter": in_cell("written-why", lambda _: "?"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_words_are_seen_wherever_they_stand(course, solved, way):
    tree = copy.deepcopy(solved)
    way(tree["cells"])
    shown, points = grade(course, tree)
    assert points is None
    assert shown.source != NO_ANSWER
    assert "extremes? One sentence." not in shown.source  # not the task itself


@pytest.mark.parametrize("name", sorted(WAYS.keys() - {"in Chinese", "a formula", "a single letter"}))
def test_all_of_them_are_shown(course, solved, name):
    tree = copy.deepcopy(solved)
    WAYS[name](tree["cells"])
    told = " ".join(words(course, tree).replace("#", " ").split())
    for part in WORDS.split(", "):
        assert " ".join(part.split()) in told or part[:25] in told


def same(tree):
    return tree


def line_ends(end):
    def way(tree):
        tree = copy.deepcopy(tree)
        for cell in tree["cells"]:
            cell["source"] = "".join(cell["source"]).replace("\n", end)
        return tree

    return way


def lists_with(end):
    def way(tree):
        tree = line_ends(end)(tree)
        for cell in tree["cells"]:
            cell["source"] = cell["source"].splitlines(keepends=True)
        return tree

    return way


def file_ends(tree):
    return json.dumps(tree, indent=1).replace("\n", "\r").encode()


def every_line(edit):
    def way(tree):
        tree = copy.deepcopy(tree)
        for cell in tree["cells"]:
            cell["source"] = "\n".join(edit(line) for line in "".join(cell["source"]).split("\n"))
        return tree

    return way


def renamed(tree):
    tree = copy.deepcopy(tree)
    without_names(tree["cells"])
    return tree


def empty_cells(tree):
    blank = {"markdown": " \n\t", "code": "", "raw": "\r\n", "other": "\u200b\ufeff\xa0"}
    return {**tree, "cells": [*tree["cells"], *(own(kind, text) for kind, text in blank.items())]}


def copies(tree):
    return {**tree, "cells": [*tree["cells"], *copy.deepcopy(tree["cells"])]}


def with_hints(tree):
    tree = copy.deepcopy(tree)
    in_cell("check-mean", lambda _: 'check("mean", hint=2)')(tree["cells"])
    added("check-mean", own("code", "check()"), own("code", "mean([1, 2, 3])  # 2.0"))(tree["cells"])
    return tree


def outputs(tree):
    tree = copy.deepcopy(tree)
    said = {"output_type": "stream", "name": "stdout", "text": "passed\n"}
    for cell in tree["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [said]
    return tree


def repeated_task(tree):
    tree = copy.deepcopy(tree)
    asked = "Why does the mean lie between the extremes? One sentence."
    in_cell("written-why", lambda _: asked)(tree["cells"])
    return tree


def reversed_cells(tree):
    return {**tree, "cells": tree["cells"][::-1]}


NO_WORDS = {
    "as it is": same,
    "line ends of Windows": line_ends("\r\n"),
    "line ends of old Macs": line_ends("\r"),
    "line ends of Windows in lists": lists_with("\r\n"),
    "line ends of old Macs in lists": lists_with("\r"),
    "a file with CR alone": file_ends,
    "blanks at the ends of lines": every_line(lambda line: line + "  "),
    "no blanks at the ends of lines": every_line(str.rstrip),
    "tabs": every_line(lambda line: line.replace("    ", "\t")),
    "hard blanks": every_line(lambda line: line.replace(". ", ".\xa0")),
    "letters in parts": every_line(lambda line: line.replace("é", "e\u0301")),
    "no names": renamed,
    "empty cells more": empty_cells,
    "every cell twice": copies,
    "hints asked for": with_hints,
    "outputs": outputs,
    "the task again": repeated_task,
    "cells in another order": reversed_cells,
    "another encoding": lambda tree: json.dumps(tree, ensure_ascii=False).encode("utf-16"),
    "a mark of UTF-8": lambda tree: json.dumps(tree).encode("utf-8-sig"),
}


@pytest.mark.parametrize("way", NO_WORDS.values(), ids=NO_WORDS)
def test_what_has_no_words_of_the_students_has_no_points_for_words(course, solved, way):
    shown, points = grade(course, way(solved))
    assert (shown.source, points) == (NO_ANSWER, 0.0)


@pytest.mark.parametrize("name", ["line ends of Windows", "line ends of old Macs", "a file with CR alone"])
def test_line_ends_are_no_part_of_an_answer(course, solved, name):
    tree = copy.deepcopy(solved)
    in_cell("written-why", lambda _: f"{WORDS}\n\nSo it is.")(tree["cells"])
    assert words(course, NO_WORDS[name](tree)) == f"{WORDS}\n\nSo it is."


def test_words_elsewhere_follow_the_answer(course, solved):
    tree = copy.deepcopy(solved)
    in_cell("written-why", lambda _: "It does.")(tree["cells"])
    added("check-mean", own("markdown", "Sums first."))(tree["cells"])
    place = at(tree["cells"], "check-mean") + 2
    assert words(course, tree) == f"It does.\n\n{ELSEWHERE}\n\nCell {place}:\n\nSums first."


def test_of_two_tasks_none_loses_what_may_be_its_own(tmp_path):
    more = SOURCE[SOURCE.index("+++") :].replace('"why"', '"how"').replace("Why does", "How does")
    course = built(tmp_path, f"{SOURCE}\n{more}")
    release = notebook.read(course.release(NAME).read_bytes())
    tree = json.loads(course.release(NAME).read_bytes())
    in_cell("written-why", lambda _: "Because.")(tree["cells"])
    assert written_answers(release, notebook.read(json.dumps(tree).encode())) == {
        "why": "Because.",
        "how": "",
    }
    added("check-mean", own("raw", "By dividing."))(tree["cells"])
    found = written_answers(release, notebook.read(json.dumps(tree).encode()))
    assert found["why"] == "Because."
    assert "By dividing." in found["how"]


def test_what_came_beside_the_notebook_is_shown(course, solved):
    release = notebook.read(course.release(NAME).read_bytes())
    handed_in = notebook.read(json.dumps(solved).encode())
    assert written_answers(release, handed_in, "words.docx")["why"] == f"{ELSEWHERE}\n\nwords.docx"


def as_html(cell):
    exporter = HTMLExporter(config=Config({"HTMLExporter": {"template_name": "basic"}}))
    return exporter.from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))[0]


IN_LINES = {"image.png": {"image/png": [PNG[:9] + "\n", PNG[9:]]}}
PASTED = {"image.png": {"image/png": PNG}}
PICTURES = {
    "attached": own("markdown", "![image.png](attachment:image.png)", attachments=PASTED),
    "attached in lines": own("markdown", "![i](attachment:image.png)", attachments=IN_LINES),
    "attached and not referred to": own("markdown", "", attachments=PASTED),
    "attached to a raw cell": own("raw", "", attachments=PASTED),
    "written out": own("markdown", f"![x](data:image/png;base64,{PNG})"),
    "written out as HTML": own("markdown", f'<img src="data:image/png;base64,{PNG}">'),
    "in a referenced way": own("markdown", f"![x][1]\n\n[1]: data:image/png;base64,{PNG}"),
}  # fmt: skip


@pytest.mark.parametrize("cell", PICTURES.values(), ids=PICTURES)
def test_a_pasted_picture_is_seen(course, solved, cell):
    tree = {**solved, "cells": [*solved["cells"], cell]}
    shown, points = grade(course, tree)
    assert points is None
    assert "(picture 1: " in shown.source
    assert f"data:image/png;base64,{PNG}" in as_html(shown).replace("\n", "")


def test_words_beside_a_large_picture_are_kept(course, solved):
    large = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(300_000)).decode()
    cell = own("markdown", f"First. ![x](data:image/png;base64,{large}) Last.")
    shown, _ = grade(course, {**solved, "cells": [*solved["cells"], cell]})
    assert shown.source.startswith("First. (picture 1: embedded, 300 kB) Last.")


SVG = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
NOT_SHOWN = {
    "a drawing that could act": {"x.svg": {"image/svg+xml": SVG}},
    "another thing under the name of a picture": {"x.png": {"image/png": SVG}},
    "no base 64": {"x.png": {"image/png": "<script>alert(1)</script>"}},
    "too large": {"x.png": {"image/png": base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(5 << 20)).decode()}},
    "a page": {"x.html": {"text/html": "<script>alert(1)</script>"}},
    "a name that acts": {'x"><script>alert(1)</script>': {"image/svg+xml": SVG}},
}


@pytest.mark.parametrize("attachments", NOT_SHOWN.values(), ids=NOT_SHOWN)
def test_a_picture_that_could_do_harm_is_noted(course, solved, attachments):
    cell = own("markdown", "", attachments=attachments)
    shown, points = grade(course, {**solved, "cells": [*solved["cells"], cell]})
    assert points is None
    assert "to be seen in the notebook itself" in shown.source
    assert "attachments" not in shown
    assert "<script" not in as_html(shown).lower()


@pytest.mark.parametrize(
    "attachments", [[], {}, {"a": 3}, {"a": {}}, {"a": {"image/png": 3}}, {"a": [1]}, None]
)
def test_attachments_that_are_none_change_nothing(course, solved, attachments):
    cell = own("markdown", "", attachments=attachments)
    assert words(course, {**solved, "cells": [*solved["cells"], cell]}) == ""


@pytest.mark.parametrize(
    ("code", "holds"),
    [
        ("print(1)", False), ("x = 1  # one", False), ("# TODO", False), ("plt.title('Entropy')", False),
        ('check("mean_of_all_numbers", hint=2)', False), ("%time f()", False), ("!ls", False),
        ("x['a b']", False),
        ("# it is the mean", True), ("'it is the mean'", True), ("it is the mean", True), ("x =", True),
        ("# one\n# two\n# three", True), ("# one\nx = 1\n# two", False), ("f'{x} is the mean of {y}'", True),
        ("# 因为平均值在最大值之间", True), ("x = 1\n" * 9_000, True), ("(" * 300, True), ("\0", True),
    ],
)  # fmt: skip
def test_code_that_says_something(code, holds):
    assert has_words(code, {""}) is holds
