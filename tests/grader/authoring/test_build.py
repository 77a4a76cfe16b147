import ast
import json
import os
import stat
import time
from pathlib import Path

import nbformat
import pytest

from rl_landscapes.course.running import notebook
from rl_landscapes.grader.authoring.build import build, strays
from rl_landscapes.grader.authoring.source import BadSource, source_notebook
from rl_landscapes.grader.folders import SECRET, Course
from tests.grader.sources import NAME, SOURCE, TOY, built, toy_course

ROOT = Course(Path(__file__).parents[3])


def cells(course):
    return nbformat.read(course.release(NAME), as_version=4).cells


def test_the_release_has_the_cells_that_grading_looks_for(tmp_path):
    release = notebook.read(built(tmp_path).release(NAME).read_bytes())
    assert release.assignment == NAME
    assert [cell.grade_id for cell in release.where(lambda c: c.is_given)] == ["given-setup"]
    assert [cell.grade_id for cell in release.where(lambda c: c.is_answer)] == ["mean", "spread"]
    assert [cell.grade_id for cell in release.where(lambda c: c.is_test)] == ["check-mean", "check-spread"]
    assert [cell.nbgrader["points"] for cell in release.where(lambda c: c.is_test)] == [5, 1.5]
    tasks = release.where(lambda c: c.nbgrader.get("task") is True)
    assert [(cell.grade_id, cell.nbgrader["points"]) for cell in tasks] == [("task-why", 4)]
    after = release.cells[release.cells.index(tasks[0]) + 1]
    assert (after.kind, after.source, after.id) == ("markdown", "", f"{notebook.WRITTEN}why")
    assert notebook.program(release, release)[0].name == "given-setup"


def test_the_release_hides_solutions_and_what_only_teachers_read(tmp_path):
    course = built(tmp_path)
    text = course.release(NAME).read_text()
    for hidden in ("np.sum", "np.max", "grading=True", "every number lies", "BEGIN", "END"):
        assert hidden not in text
    assert text.count("raise NotImplementedError()") == 2
    assert strays(course) == []


def test_the_notebook_for_nbgrader_runs_the_tests_kept_for_grading_too(tmp_path):
    source = source_notebook(built(tmp_path).source(NAME), TOY)
    checks = [cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert checks[0].splitlines() == [
        'check("mean")',
        "### BEGIN HIDDEN TESTS",
        'check("mean", grading=True).points',
        "### END HIDDEN TESTS",
    ]


def test_cell_ids_come_from_names_and_texts(tmp_path):
    ids = [cell.id for cell in cells(built(tmp_path))]
    assert {"given-setup", "mean", "check-mean", "task-why", "written-why"} <= set(ids)
    assert len(set(ids)) == len(ids)
    assert sum(name.endswith("-2") for name in ids) == 1  # the text that stands there twice


def test_two_builds_are_the_same_bytes_and_the_second_writes_nothing(tmp_path):
    course = built(tmp_path)
    first = course.release(NAME).read_bytes()
    assert build(course, table=lambda _: TOY) == []
    course.release(NAME).unlink()
    assert build(course, table=lambda _: TOY) == [course.release(NAME)]
    assert course.release(NAME).read_bytes() == first


def test_check_names_what_is_stale_and_writes_nothing(tmp_path):
    course = built(tmp_path)
    before = course.release(NAME).read_bytes()
    toy_course(tmp_path, SOURCE.replace("a sentence", "one sentence"))
    assert build(course, check=True, table=lambda _: TOY) == [course.release(NAME)]
    assert course.release(NAME).read_bytes() == before
    with pytest.raises(ValueError, match=r"'91-none'.*90-toy"):
        build(course, ["91-none"], table=lambda _: TOY)


def test_a_hidden_line_or_a_stray_file_in_the_exercises_is_found(tmp_path):
    course = built(tmp_path)
    release = course.release(NAME)
    text = release.read_text()
    release.write_text(
        text.replace("raise NotImplementedError()", "return np.max(numbers) - np.min(numbers)")
    )
    assert strays(course) == [release]
    release.write_text("<<<<<<< HEAD")
    assert strays(course) == [release]
    release.write_text(text)
    beside = release.with_suffix(".md")
    beside.write_text("a source")
    link = release.with_name("link.ipynb")
    link.symlink_to(course.source(NAME))
    assert set(strays(course)) == {beside, link}


MARKED = "    ### BEGIN SOLUTION\n    return np.max(numbers) - np.min(numbers)\n    ### END SOLUTION\n"
BREAKERS = {
    "no check": ('```{code-cell} python\n:check: mean\n\ncheck("mean")\n```\n', "", "question mean needs"),
    "no answer": (":answer: spread", ":tags: [a]", "question spread needs"),
    "an answer too many": (":answer: spread", ":answer: median", "answer: median is no question"),
    "an answer twice": (":answer: spread", ":answer: mean", "2 cells have the option answer: mean"),
    "a misspelt option": (":answer: mean", ":anwser: mean", "unknown option 'anwser'"),
    "another function": ("def mean(", "def average(", "must define the function mean"),
    "another check": ('check("mean")', 'check("mean", hint=1)', "its code must be"),
    "no solution marked": (MARKED, "    return 0\n", "0 lines with BEGIN SOLUTION"),
    "a solution half marked": ("    ### END SOLUTION\n", "", "1 lines with BEGIN SOLUTION and 0"),
    "a solution in an open cell": ("print(mean([1, 2]))", "### BEGIN SOLUTION\n### END SOLUTION", "1 lines"),
    "no mark scheme": ("=== BEGIN MARK SCHEME ===\n", "", "0 lines with BEGIN MARK SCHEME and 1"),
    "no points": (', "points": 4}', "}", "points must be a positive number"),
    "plots given": ("import numpy as np", "import matplotlib.pyplot", "may not import matplotlib.pyplot"),
    "the library given": ("import numpy as np", "from rl_landscapes import policies", "may not import rl"),
    "another assignment": ("assignment: 90-toy", "assignment: 91-toy", "names the assignment '91-toy'"),
    "a percent line": ("The same text twice.", "# %% new", "begins with '# %%'"),
    "a break in a fence": ("The same text twice.", "```text\n+++\n```", "has '\\+\\+\\+' inside a fence"),
    "a cell in a fence": ("The same text twice.", "````md\n```{code-cell} python\n```\n````", "inside an"),
    "an open fence": ("The same text twice.", "````text", "is not closed"),
}  # fmt: skip


@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_source_that_would_be_misread_or_has_a_gap_is_refused(tmp_path, breaker):
    old, new, message = BREAKERS[breaker]
    assert old in SOURCE
    course = toy_course(tmp_path, SOURCE.replace(old, new))
    with pytest.raises(BadSource, match=message):
        build(course, table=lambda _: TOY)
    assert not course.exercises.exists()


def test_the_secret_is_made_once_for_its_owner_only(tmp_path, monkeypatch):
    monkeypatch.delenv(SECRET, raising=False)
    course = Course(tmp_path)
    secret = course.secret()
    assert len(secret) == 64
    assert course.secret() == secret
    assert stat.S_IMODE((course.grading / "secret").stat().st_mode) == 0o600
    assert os.listdir(course.grading) == ["secret"]
    monkeypatch.setenv(SECRET, "another secret of a course")
    assert course.secret() == b"another secret of a course"


# The course of this repository.


def test_the_released_exercises_are_what_the_sources_make():
    assert [str(path) for path in build(ROOT, check=True)] == []


def test_exercises_hold_releases_only_and_none_shows_what_is_hidden():
    assert strays(ROOT) == []


@pytest.mark.parametrize("name", ROOT.names())
def test_the_table_and_the_release_agree(name):
    release = notebook.read(ROOT.release(name).read_bytes())
    points = {cell.grade_id: cell.nbgrader["points"] for cell in release.where(lambda c: c.is_test)}
    assert points == {f"check-{q.name}": q.points for q in ROOT.assignment(name).questions.values()}
    assert release.where(lambda c: c.nbgrader.get("task") is True), "it lacks a written answer"
    json.loads(ROOT.release(name).read_text(encoding="utf-8"))


def test_a_plain_kernel_gives_the_points_of_all_tests_at_the_end_of_a_check():
    name = ROOT.names()[0]
    source, namespace = source_notebook(ROOT.source(name), ROOT.assignment(name)), {"__name__": "kernel"}
    for cell in source.cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("grade"):
            *lines, last = [line for line in cell.source.splitlines() if not line.startswith("###")]
            exec("\n".join(lines), namespace)
            assert eval(last, namespace) == known["points"]
        elif known and cell.cell_type == "code":
            exec(cell.source, namespace)


@pytest.mark.parametrize("name", ROOT.names())
def test_given_code_is_quick_and_the_code_of_every_cell_can_be_read(name, monkeypatch):
    monkeypatch.chdir(ROOT.release(name).parent)
    release = notebook.read(ROOT.release(name).read_bytes())
    for cell in release.where(lambda c: c.kind == "code"):
        ast.parse(cell.source)
    namespace = {"__name__": "given"}
    begin = time.process_time()
    for cell in release.where(lambda c: c.is_given):
        exec(compile(cell.source, cell.grade_id, "exec"), namespace)
    assert time.process_time() - begin < 2.0


def test_every_question_says_what_it_is_worth():
    for name in ROOT.names():
        text = ROOT.release(name).read_text()
        for question in ROOT.assignment(name).questions.values():
            worth = f"*{question.points:g} points, difficulty {question.difficulty} of 5"
            assert f"{worth}, about {question.minutes} minutes.*" in text
        assert text.count("difficulty ") >= len(ROOT.assignment(name).questions)
