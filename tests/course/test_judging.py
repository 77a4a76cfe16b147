"""Questions whose answer is a test: what it accepts and refuses counts, wherever it runs."""

import numpy as np
import pytest

from rl_landscapes.course import seeds
from rl_landscapes.course.assignment import Assignment, Limits
from rl_landscapes.course.judging import SIZE
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.session import Session
from rl_landscapes.course.running.student import InProcess, Step, Subprocess
from rl_landscapes.course.running.submission import unjailed_starter

COURSE = Assignment("00-means", "Means", limits=Limits(call_s=5.0))
QUESTION = COURSE.question("test_mean", hints=("a", "b"), difficulty=1, minutes=1)
QUESTION.tells_apart("a sum", [np.mean, lambda x: np.sum(x) / len(x)], {"not divided": np.sum}, points=2)
QUESTION.tells_apart(
    "a middle", [np.mean], {"the median": np.median, "the first": lambda x: x[0]}, points=1, at_grading=True
)

WRONG, RAISED = ["wrong", "wrong"], ["raised an error", "raised an error"]
HEAD = "def test_mean(mean):\n    "
BY_NUMPY = "np.testing.assert_allclose(mean(np.array([1.0, 2.0, 6.0])), 3.0)"
LARGE = f"at most {SIZE:,} numbers, got {SIZE + 1:,}"
ANSWERS = {  # the body, how the two tests end, words about the first
    "good": ("assert abs(mean([1.0, 2.0, 6.0]) - 3.0) < 1e-9", ["passed", "passed"], ""),
    "by numpy": (f"import numpy as np\n    {BY_NUMPY}", ["passed", "passed"], ""),
    "an example that hides": ("assert mean([1.0, 2.0, 3.0]) == 2.0", ["passed", "wrong"], ""),
    "one number": ("assert mean([4.0]) == 4.0", WRONG, "a mistake: not divided"),
    "refuses": ("assert False, 'no'", WRONG, "AssertionError: no"),
    "returns": ("return mean([1.0, 2.0, 6.0]) == 3.0", WRONG, "no return"),
    "breaks": ("mean[0]", RAISED, "TypeError"),
    "another error": ("if mean([1.0, 2.0, 6.0]) != 3.0:\n        raise ValueError('no')", RAISED, "no"),
    "too large": (f"assert mean([0.0] * {SIZE + 1}) == 0.0", RAISED, LARGE),
    "not a number": ("mean('abc')", RAISED, ""),
    "not written": ("raise NotImplementedError()", ["not done", "not done"], ""),
    "remembers": ("MET.append(1)\n    assert len(MET) % 2", WRONG, ""),
}


def in_process(source):
    space = {}
    exec(source, space)
    return InProcess(space)


def beside(source):
    step = Step("test_mean", source, "answer", source, ("test_mean",))
    return Subprocess([step], lambda: Session(unjailed_starter(), COURSE.limits), COURSE.limits)


@pytest.mark.parametrize("place", [in_process, beside])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_test_is_judged_by_what_it_accepts_and_refuses(answer, place):
    body, outcomes, words = ANSWERS[answer]
    caller = place(f"MET = []\n{HEAD}{body}")
    try:
        results = score(COURSE, caller, seeds.public, grading=True)
    finally:
        if place is beside:
            caller.close()
    assert [str(result.outcome) for result in results] == outcomes
    assert words in str(results[0].failed)


@pytest.mark.parametrize("verdict", ["assert False", "pass"])
def test_one_answer_to_all_earns_nothing_from_anybody(verdict):
    for student in map(str, range(20)):
        drawn = seeds.of_student(b"a secret of sixteen bytes or more", student)
        results = score(COURSE, in_process(f"def test_mean(mean):\n    {verdict}"), drawn, grading=True)
        assert {result.outcome for result in results} == {Outcome.WRONG}


def test_they_come_in_an_order_that_is_drawn():
    orders = set()
    for student in map(str, range(30)):
        met = []

        def watching(mean, met=met):
            met.append(mean([1.0, 2.0, 6.0]))
            if met[-1] != 3.0:
                raise AssertionError

        drawn = seeds.of_student(b"a secret of sixteen bytes or more", student)
        score(COURSE, InProcess({"test_mean": watching}), drawn, grading=False)
        orders.add(tuple(met))
    assert orders == {(9.0, 3.0, 3.0), (3.0, 9.0, 3.0), (3.0, 3.0, 9.0)}


def test_the_mistakes_of_a_policy_gradient_are_mistakes_and_the_right_ones_agree():
    from rl_landscapes.course.checks import mistaken, worlds

    rng = np.random.default_rng(0)
    P, r, gamma, rho, _ = worlds.random_world(rng, 0.9, (4, 3))
    given = P, r, gamma, rho, rng.normal(size=(4, 3)) + 800.0, rng.uniform(0.2, 1.0, size=4)
    exact = worlds.gradient(*given)
    for right in mistaken.RIGHT:
        assert right(*given) == pytest.approx(exact, rel=1e-9)
    wrong = mistaken.SCALE | mistaken.ENTROPY | mistaken.EDGES | mistaken.FURTHER
    assert len(wrong) == 10
    for mistake, function in wrong.items():
        assert not np.allclose(function(*given), exact, rtol=1e-2), mistake
