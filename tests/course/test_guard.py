"""Whatever an answer hands to a function of a test: refused or used, never a fault, never a full memory."""

import time
import tracemalloc
from contextlib import suppress
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from rl_landscapes.course import seeds
from rl_landscapes.course.assignment import Limits, assignment, assignments
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running import guard
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.session import Session
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.running.submission import unjailed_starter
from tests.course.solved import functions

CALLED = {  # the questions whose tests hand functions over
    "01-returns-and-entropy": {"test_occupancy"},
    "02-exact-gradients": {"is_gradient", "test_gradient"},
    "03-ascent": {"ascend", "count_failures", "anneal", "test_update"},
    "04-lines-and-perturbations": {"interpolate", "probe", "test_discoveries"},
    "05-entropy-and-landscape": {
        "through_weights",
        "sampled_spectrum",
        "test_rising_weights",
    },
    "06-gaussian-policies": {"one_action", "test_score"},
    "07-bodies": {"rollouts", "evaluate", "train", "test_paired"},
    "08-one-claim-judged": {"travel_curvature", "top_curvatures", "test_claim_verdict"},
}
MANY = 200
WORD = "x" * 4 * 10**5  # an array of MANY texts, one of them this, would take 320 MB


def nested(depth, end):
    for _ in range(depth):
        end = [end]
    return end


JUNK = {
    "a long text": lambda: WORD,
    "a list of text": lambda: [WORD, *[""] * MANY],
    "text in nested lists": lambda: [[WORD, *[""] * (MANY // 2)], [""] * (MANY // 2 + 1)],
    "text among numbers": lambda: [1.0, WORD, *[0.0] * MANY],
    "text in a tuple": lambda: (("x",) * MANY, (WORD,) + ("",) * (MANY - 1)),
    "text in a list of arrays": lambda: [np.zeros(3), WORD],
    "ragged lists": lambda: [[1.0], [2.0, 3.0]],
    "ragged lists of arrays": lambda: [np.zeros(3), np.zeros(10**4), 1.0],
    "lists that are ragged deep inside": lambda: [[[0.0] * 3] * 100, [[0.0] * 3] * 99 + [[0.0] * 2]],
    "deep lists": lambda: nested(34, 1.0),
    "deep lists of arrays": lambda: nested(30, np.zeros((1,) * 20)),
    "deeper lists than may cross": lambda: nested(60, 1.0),
    "a list of empty lists": lambda: [[] for _ in range(1000)],
    "None": lambda: None,
    "a list of None": lambda: [None] * 1000,
    "a dictionary": lambda: {"x": WORD, 3: [1, 2]},
    "a list of dictionaries": lambda: [{}] * 1000,
    "a function": lambda: len,
    "a list of functions": lambda: [len, print],
    "a generator of random numbers": lambda: np.random.default_rng(0),
    "a list of generators": lambda: [np.random.default_rng(0)] * 9,
    "a huge number": lambda: 2**63 - 1,
    "a complex number": lambda: 1j,
    "NaN": lambda: np.nan,
    "infinities": lambda: np.full((2, 3), np.inf),
    "an array of truths": lambda: np.ones((3, 4), bool),
    "a complex array": lambda: np.full((3, 4), 1j),
    "no rows": lambda: np.empty((0, 2**40)),
    "no columns": lambda: np.empty((2**20, 0)),
    "many small numbers": lambda: np.zeros(6 * 10**6, np.int8),
    "many truths in a list": lambda: [True] * 10**4,
    "many rows": lambda: np.zeros((2 * 10**5, 12), np.int8),
    "an array of texts": lambda: np.array(["a", "b"]),
    "an array of objects": lambda: np.array([None, 1.0], dtype=object),
    "dates": lambda: np.zeros(3, "M8[s]"),
    "a set": lambda: {1.0},
    "itself": lambda: ...,
}
made = cache(lambda name: JUNK[name]())


def misusing(answer, met):
    """Return an answer that first hands junk of every kind to every function it is given, but only once.

    `met` gets the most memory that text took meanwhile, once for each function.
    """

    def misused(*arguments, **keywords):
        given = [function for function in (*arguments, *keywords.values()) if callable(function)]
        if not met:
            met.extend(max(handed(function, name) for name in JUNK) for function in given)
        return answer(*arguments, **keywords)

    return misused


def handed(function, name):
    """Hand over one kind of junk in several ways; return how much memory that took, if it is text."""
    junk = function if name == "itself" else made(name)
    if "text" in name:  # all else would take too long
        tracemalloc.start()
    for call in ((junk,), (junk, junk, junk), (np.zeros((1, 2)), junk)):
        with suppress(Exception):
            function(*call)
    with suppress(Exception):
        function(**{"points": junk, WORD[:99]: junk})
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


@pytest.mark.slow  # every test of every assignment meets every kind of junk
@pytest.mark.no_cover
@pytest.mark.parametrize("name", assignments())
def test_every_function_of_every_test_may_be_handed_anything(name):
    draws = seeds.of_student(b"a secret of sixteen bytes or more", "ada")
    space, table, found = functions(name), assignment(name), set()
    for kind in JUNK:
        made(kind)
    for question in table.questions.values():
        for test in question.tests:
            met, began = [], time.process_time()
            alone = replace(table, _questions={question.name: replace(question, tests=[test])})
            answer = {question.name: misusing(space[question.name], met)}
            with np.errstate(all="ignore"):
                (result,) = score(alone, InProcess(space | answer), draws, grading=True)
            assert result.outcome in (Outcome.PASSED, Outcome.WRONG, Outcome.RAISED), result
            assert max(met, default=0) < 200 << 20, f"{question.name}, {test.title}: {met} bytes"
            assert time.process_time() - began < 60, f"{question.name}, {test.title}"
            found |= {question.name} if met else set()
    assert found == CALLED.get(name, set())


def plain(*given, **named):
    return guard.arguments(given, named)


def test_numbers_pass_and_lists_of_them_become_arrays():
    array, rng = np.ones((2, 3)), np.random.default_rng(0)
    given, named = plain(
        1, 2.5, True, array, None, rng, np.float64(3), [1, 2], ((1.0, 2), [3, 4]), by=[array]
    )
    assert given[3] is array
    assert given[:3] == [1, 2.5, True]
    assert given[4:7] == [None, rng, 3.0]
    assert [x.tolist() for x in given[7:]] == [[1, 2], [[1.0, 2.0], [3.0, 4.0]]]
    assert given[7].dtype.kind == "i"
    assert named["by"].shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("x", "got a str"),
        ([1.0, [2.0, "x"]], "got a str"),
        ({"a": 1}, "got a dict"),
        ([{}], "got a dict"),
        (len, "got a builtin_function"),
        ([None], "got a NoneType"),
        ([np.random.default_rng(0)], "got a Generator"),
        (np.array(["a"]), "got a ndarray"),
        ([[1.0], [2.0, 3.0]], "lists of different lengths"),
        (np.zeros(5_000_001, bool), "at most 5,000,000 numbers, got 5,000,001"),
    ],
)
def test_what_is_no_number_is_refused_with_what_it_is(bad, why):
    with pytest.raises(ValueError, match=why):
        plain(bad)
    with pytest.raises(ValueError, match=why):
        plain(x=bad)


def test_all_arguments_together_are_bounded():
    with pytest.raises(ValueError, match="got 6,000,000"):
        plain(*[np.zeros(10**6, np.int8)] * 6)


def test_what_is_refused_is_an_error_of_the_student_in_a_process_too():
    answer = """
def ask(f):
    said = []
    for given in ["text", ["x" * 10**6] + [""] * 1500, [[1.0], [2.0, 3.0]], {"a": 1}, f, [None]]:
        try: said.append(f(given))
        except ValueError as error: said.append(str(error))
    return said + [f([[1, 2], [3, 4]])]
"""
    session = Session(unjailed_starter(), Limits(call_s=20.0))
    try:
        session.cell("ask", answer, 20.0)
        seen = []
        *refused, last = session.call("ask", [lambda x: seen.append(x) or x.sum()], {}, 20.0)
    finally:
        session.close()
    assert len(refused) == 6
    assert all("an argument must be" in text for text in refused)
    assert last == 10
    assert [x.tolist() for x in seen] == [[[1, 2], [3, 4]]]


def test_what_is_refused_is_an_error_of_the_student_here_too():
    def ask(f):
        return f([""])

    with pytest.raises(StudentError, match="an argument must be a number"):
        InProcess({"ask": ask}).call("ask", (np.shape,), {})
