"""The table of the course: every assignment with its reference, its mutants, and answers that are none."""

import doctest
import os
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from rl_landscapes.course import assignment as table
from rl_landscapes.course import checks, expect, seeds
from rl_landscapes.course.assignment import assignments
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.grader.authoring.mutants import earned, mutants
from tests.course.solved import SOLUTIONS, answers, cells, functions

assignment = cache(table.assignment)  # it looks for all there are, thousands of times
SECRET = b"a secret of sixteen bytes or more"
STUDENTS = ("ada", "bertha", "cleo")
NAMES = [name for name in assignments() if (SOLUTIONS / name / "mutants.toml").is_file()]
QUESTIONS = [(name, question) for name in NAMES for question in assignment(name).questions]
MUTANTS = [
    (name, mutant) for name in NAMES for mutant in mutants(SOLUTIONS / name / "mutants.toml", answers(name))
]
SEEDS = int(os.environ.get("SEEDS", "20"))  # `make seeds` asks for more
ALIKE = 50 if "SEEDS" in os.environ else 5  # students who give the same wrong answer
NEEDED = 5  # mutants of every question
JUNK = {
    "None": lambda: None,
    "text": lambda: "0.5",
    "True": lambda: True,
    "one number": lambda: 0.5,
    "NaN": lambda: np.nan,
    "an empty list": list,
    "ragged lists": lambda: [[1.0], [2.0, 3.0]],
    "a pair": lambda: (0.5, None),
    "five of them": lambda: (np.zeros(3), 1.0, None, "a", {}),
    "a dictionary": lambda: {"value": 1.0, 3: np.zeros(2)},
    "a complex array": lambda: np.full((3, 4), 1j),
    "an array of infinities": lambda: np.full((3, 4), np.inf),
    "an array of truths": lambda: np.ones(5, bool),
    "a huge integer": lambda: 2**63 - 1,
    "nine dimensions": lambda: np.zeros((1,) * 9),
    "a function": lambda: lambda *a, **k: None,
}


def graded(name, namespace, *questions, student="ada", grading=True):
    found = assignment(name)
    draws = seeds.of_student(SECRET, student) if grading else seeds.public
    return score(found, InProcess(namespace), draws, grading=grading, questions=questions)


def told(results):
    return "\n".join(f"{r.question}: {r.outcome}: {r.title}: {r.failed}" for r in results if not r.points)


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_full_marks_for_every_student_and_locally(name):
    namespace = functions(name)
    for student in STUDENTS:
        results = graded(name, namespace, student=student)
        assert sum(r.points for r in results) == pytest.approx(assignment(name).points), told(results)
    assert not told(graded(name, namespace, grading=False))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_form_has_no_points(name):
    forms = {
        question: f"def {question}(*a, **k):\n    raise NotImplementedError()" for question in answers(name)
    }
    results = graded(name, functions(name, **forms))
    assert {r.outcome for r in results} == {Outcome.NOT_DONE}
    assert {r.outcome for r in graded(name, {})} == {Outcome.MISSING}


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_every_question_has_tests_of_both_kinds_and_enough_mutants(name, question):
    tests = assignment(name).named(question).tests
    assert {test.at_grading for test in tests} == {False, True}
    assert sum(mutant.question == question for place, mutant in MUTANTS if place == name) >= NEEDED
    assert assignment(name).named(question).points == int(assignment(name).named(question).points)


@pytest.mark.parametrize("name", NAMES)
def test_the_questions_of_the_table_are_the_answers_of_the_solution(name):
    assert list(assignment(name).questions) == list(answers(name))
    assert 4 <= sum(not question.startswith("test_") for question in answers(name)) <= 6


every_mutant = pytest.mark.parametrize(
    ("name", "mutant"), MUTANTS, ids=[f"{n}-{m.question}-{m.mistake}" for n, m in MUTANTS]
)


def loses_points(name, mutant, students):
    namespace = functions(name, **{mutant.question: mutant.source})
    for student in students:
        at_last = graded(name, namespace, mutant.question, student=student)
        assert told(at_last), "no test catches it"
        assert Outcome.FAULT not in {r.outcome for r in at_last}, told(at_last)


@every_mutant
def test_a_typical_mistake_loses_points(name, mutant):
    with np.errstate(all="ignore"):
        namespace = functions(name, **{mutant.question: mutant.source})
        at_once = graded(name, namespace, mutant.question, grading=False)
        assert Outcome.FAULT not in {r.outcome for r in at_once}, told(at_once)
        loses_points(name, mutant, STUDENTS[:1])
    if mutant.only_fresh:
        assert not told(at_once), "`only_fresh` says something else than what happens"
    else:
        assert told(at_once), "no visible test catches it: add one, or say in `only_fresh` why there is none"


@pytest.mark.slow
@pytest.mark.no_cover
@every_mutant
def test_a_typical_mistake_of_others_loses_points_too(name, mutant):
    with np.errstate(all="ignore"):
        loses_points(name, mutant, STUDENTS[1:])


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_an_answer_of_any_kind_is_an_answer_and_no_fault(name, question):
    for kind, junk in JUNK.items():
        with np.errstate(all="ignore"):
            results = graded(name, {question: lambda *a, junk=junk, **k: junk()}, question)
        what = f"{kind}: {told(results)}"
        assert {r.outcome for r in results} <= {Outcome.WRONG, Outcome.RAISED, Outcome.PASSED}, what
        assert sum(r.points for r in results) <= assignment(name).named(question).points / 3, what
        assert all(isinstance(r.failed, expect.Failed) for r in results if not r.points), what


@pytest.mark.parametrize("name", NAMES)
def test_the_same_student_meets_the_same_numbers_and_another_meets_others(name):
    def seen(student):
        got = []

        def recording(function):
            def recorded(*a, **k):
                got.append(repr((a, k)))
                return function(*a, **k)

            return recorded

        namespace = functions(name)
        recorded = {**namespace, **{question: recording(namespace[question]) for question in answers(name)}}
        graded(name, recorded, student=student)
        return [text.split(" at 0x")[0] for text in got]

    assert seen("ada") == seen("ada")
    assert seen("ada") != seen("bertha")


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_passes_with_many_seeds(name):
    """A sanity check of the bounds that the tests derive; `make seeds` runs many more."""
    namespace = functions(name)
    for number in range(SEEDS if name != "07-bodies" else max(1, SEEDS // 20)):  # its bodies take seconds
        results = graded(name, namespace, student=f"student {number}")
        assert not told(results), f"student {number}: {told(results)}"


def hash_of_the_sources(name):
    """A secret that changes with every edit of what an assignment is made of."""
    sources = [*Path(checks.__file__).parent.glob("*.py"), *(SOLUTIONS / name).iterdir()]
    return sha256(b"".join(path.read_bytes() for path in sorted(sources) if path.is_file())).digest()


@pytest.mark.slow
@pytest.mark.no_cover
@pytest.mark.parametrize("name", NAMES)
def test_equal_wrong_answers_have_equal_points_whoever_gives_them(name):
    """Few students, others after every edit; `make seeds` takes many."""
    secret, texts = hash_of_the_sources(name), {cell: text for _, cell, text in cells(name)}
    students = [seeds.of_student(secret, f"student {number}") for number in range(ALIKE)]
    vary = []
    for mutant in (mutant for place, mutant in MUTANTS if place == name):
        points = earned(assignment(name), texts, mutant, students)
        if len(set(points)) > 1:
            vary.append(f"{mutant.question}: {mutant.mistake}: {points}")
    assert not vary, "\n".join(vary)


def test_a_name_of_an_assignment_is_its_folder():
    folders = [path for path in sorted(SOLUTIONS.iterdir()) if path.is_dir()]
    ours = [path.name for path in folders if not (path / f"{path.name}.py").is_file()]  # not an instructor's
    assert ours == NAMES == assignments()


def test_the_examples_of_the_table_run():
    assert doctest.testmod(table).attempted >= 5
    assert not doctest.testmod(table).failed


def test_a_test_against_an_oracle_meets_every_case_and_says_which_one_failed():
    course = table.Assignment("00-sums", "Sums")
    question = course.question("mean", hints=("a", "b"), difficulty=1, minutes=1)
    question.agrees_with(
        np.mean, "of some", lambda rng, n: (rng.normal(size=n),), [{"n": 1}, {"n": 9}], points=2
    )
    question.gives("of two", (([1.0, 3.0],), 2.0), points=1, at_grading=True)
    right, first, halved = (
        score(
            course,
            InProcess({"mean": mean}),
            seeds.of_student(SECRET, "ada"),
            grading=True,
            questions=["mean"],
        )
        for mean in (np.mean, lambda x: x[0], lambda x: 0.5 * x.sum())
    )
    assert [r.points for r in right] == [2, 1]
    assert [r.points for r in first] == [0, 0]
    assert first[0].failed.what == "mean, n = 9"
    assert [r.points for r in halved] == [0, 1]
    assert halved[0].failed.what == "mean, n = 1"
