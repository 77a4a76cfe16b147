"""What a check says that wrong numbers have in common with the right ones, and when it is silent."""

import re
import warnings

import numpy as np
import pytest

from rl_landscapes.course import expect, seeds
from rl_landscapes.course.assignment import Assignment, assignment
from rl_landscapes.course.diagnosis import diagnosis
from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.grader.authoring.mutants import mutants
from tests.course.solved import SOLUTIONS, answers, functions

RIGHT = np.array([0.5, -1.0, 2.5, 4.0])
TABLE = np.random.default_rng(0).normal(size=(4, 4))
SEEN = {
    "sign": (-RIGHT, RIGHT, "every number has the other sign"),
    "sign of one number": (-2.5, 2.5, "every number has the other sign"),
    "ratio": (0.1967 * RIGHT, RIGHT, "every number is 0.1967 times what is expected"),
    "half of one number": (1.25, 2.5, "every number is 0.5 times what is expected"),
    "bits": (RIGHT / np.log(2), RIGHT, "is the logarithm to base 2?"),
    "bits of one number": (1.0, np.log(2), "is the logarithm to base 2?"),
    "nats for bits": (RIGHT * np.log(2), RIGHT, "is the logarithm natural?"),
    "base 10": (RIGHT / np.log(10), RIGHT, "is the logarithm to base 10?"),
    "sizes": (np.abs(RIGHT), RIGHT, "the signs are lost"),
    "one sign": (RIGHT * [1, 1, -1, 1], RIGHT, "1 of 4 signs are wrong"),
    "reversed": (RIGHT[::-1], RIGHT, "the order is reversed"),
    "columns": (TABLE[:, ::-1], TABLE, "the order is reversed along axis 1"),
    "transpose": (TABLE.T, TABLE, "it is the transpose"),
    "another order": (RIGHT[[1, 0, 3, 2]], RIGHT, "in another order"),
    "late": (np.concatenate([[9.0], RIGHT[:-1]]), RIGHT, "one place late: what is expected at [0]"),
    "early": (np.concatenate([RIGHT[1:], [9.0]]), RIGHT, "one place early: what is expected at [1]"),
    "late in rows": (np.roll(TABLE, 1, axis=1) * [9, 1, 1, 1], TABLE, "one place late along axis 1"),
    "shift": (RIGHT + 0.25, RIGHT, "every number is 0.25 too large"),
    "square": (RIGHT**2, RIGHT, "the square of what is expected"),
    "root": (np.sqrt(np.abs(RIGHT)), np.abs(RIGHT), "the root of what is expected"),
    "powers": (RIGHT * 0.9 ** np.arange(1, 5), RIGHT, "changes by 0.9 from each place to the next"),
    "one place": (RIGHT + np.array([0, 0, 1, 0]), RIGHT, "all is right but at [2]"),
    "one row": (TABLE + np.array([[0], [1], [0], [0]]), TABLE, "all is right along axis 0 but at [1]"),
}
SILENT = {
    "right": (RIGHT, RIGHT),
    "one number": (1.3, 2.5),
    "nearly": (1.0001 * RIGHT, RIGHT),
    "nothing expected": (RIGHT, np.zeros(4)),
    "nothing came": (np.zeros(4), RIGHT),
    "other numbers": (np.sin(RIGHT), RIGHT),
    "two numbers": ([0.7, -1.1], [0.5, 2.0]),
    "no numbers": (np.zeros(0), np.zeros(0)),
}


@pytest.mark.parametrize("case", SEEN)
def test_a_relation_is_seen(case):
    got, expected, words = SEEN[case]
    assert words in diagnosis(np.asarray(got, dtype=float), np.asarray(expected, dtype=float))


@pytest.mark.parametrize("case", SILENT)
def test_where_there_is_none_nothing_is_said(case):
    got, expected = SILENT[case]
    assert diagnosis(np.asarray(got, dtype=float), np.asarray(expected, dtype=float)) == ""


def test_chance_makes_no_relation():
    rng = np.random.default_rng(1)
    for shape in ((), (1,), (2,), (3,), (5,), (3, 3), (2, 4)):
        for _ in range(100):
            known = {"gamma": rng.uniform(0.5, 1)}
            assert diagnosis(rng.normal(size=shape), rng.normal(size=shape), known) == ""


@pytest.mark.parametrize(
    ("factor", "words"),
    [(0.9, "gamma is"), (1 / 0.9, "1 / gamma is"), (0.1, "1 - gamma is"), (10.0, "1 / (1 - gamma) is")],
)
def test_a_number_that_the_question_was_asked_with_is_named(factor, words):
    course = Assignment("00-later", "Later")
    question = course.question("later", hints=("a", "b"), difficulty=1, minutes=1)
    question.agrees_with(lambda x, gamma: 3 * x, "three times", lambda rng: (2.0, 0.9), points=1)
    (result,) = score(course, InProcess({"later": lambda x, g: factor * 3 * x}), seeds.public, grading=False)
    assert words in result.failed.error


def test_no_number_but_the_factor_is_given_away():
    right = np.random.default_rng(2).normal(size=5)
    with pytest.raises(expect.Failed) as failed:
        expect.close(0.123456789 * right, right, "f(x)")
    assert failed.value.error.splitlines()[1] == "every number is 0.1235 times what is expected"


def said(name):
    """What is said of each typical mistake of an assignment: mistake -> lines."""
    found = {}
    for mutant in mutants(SOLUTIONS / name / "mutants.toml", answers(name)):
        with np.errstate(all="ignore"):
            names = InProcess(functions(name, **{mutant.question: mutant.source}))
            results = score(assignment(name), names, seeds.public, grading=False, questions=[mutant.question])
        lines = [r.failed.error.partition("\n")[2] for r in results if r.failed]
        found[f"{mutant.question}: {mutant.mistake}"] = list(filter(None, lines))
    return found


@pytest.mark.parametrize(("name", "least"), [("01-returns-and-entropy", 10), ("02-exact-gradients", 3)])
def test_a_typical_mistake_is_told_no_cause_that_is_not_its_own(name, least):
    told = said(name)
    for mistake, lines in told.items():
        text = " ".join(lines)
        assert ("logarithm to base" in text) <= bool(re.search("base|bits", mistake)), mistake
        assert ("other sign" in text) <= bool(re.search("sign|subtracted|cost|loss|negative", mistake)), (
            mistake
        )
    assert sum(map(bool, told.values())) >= least


@pytest.mark.parametrize("size", [1e308, -1e308, 1e200, 1e160, 5e-324, 1e-310])
@pytest.mark.parametrize("expected", [[1.0, 2.0, 3.0], [1e-300, 0.3, 1e300], [5e-324, 1e-310, 2.0]])
def test_numbers_that_overflow_are_like_nothing(size, expected):
    right = np.array(expected)
    for got in (np.full(3, size), size * np.array([1.0, 0.5, -0.25]), np.array([size, 2.0, 3.0])):
        with warnings.catch_warnings(), np.errstate(all="raise"):
            warnings.simplefilter("error")
            said = diagnosis(got, right, {"gamma": 0.9, "steps": 1e200, "width": 1e-320})
        assert not any(word in said for word in ("inf", "nan"))
