"""What a test tries, handed to the student; causes said once; the third hint; inputs of work by hand."""

import numpy as np
import pytest

from rl_landscapes.cli import main
from rl_landscapes.course import exercise, expect
from rl_landscapes.course.assignment import Assignment, assignment, assignments
from rl_landscapes.course.case import parameters
from rl_landscapes.course.check import Check
from rl_landscapes.course.check_file import case_in_file
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.student import InProcess
from rl_landscapes.course.seeds import public
from tests.course.solved import answers, functions, solved_release

NAME = "02-exact-gradients"
HEAD = "def gradient(P, r, gamma, rho, theta, tau):\n    return "
HALF = f"{HEAD}(1 - gamma) * right(P, r, gamma, rho, theta, tau)\n"
NAMES = ("P", "r", "gamma", "rho", "theta", "tau")


def space():
    names = functions(NAME)
    return {**names, "right": names["gradient"]}


def test_a_case_has_the_arguments_with_which_a_test_fails():
    names = space()
    exec(HALF, names)
    case = exercise(NAME).case("gradient", namespace=names)
    assert case.title == assignment(NAME).named("gradient").tests[0].title
    assert case.names == NAMES
    P, r, gamma, rho, theta, tau = case
    assert P.shape == (5, 3, 5)
    assert (r.shape, gamma, rho.shape, theta.shape) == ((5, 3), 0.9, (5,), (5, 3))
    assert not tau.any()
    assert names["gradient"](*case) == pytest.approx((1 - gamma) * names["right"](*case.arguments))
    assert repr(case).splitlines()[:2] == [
        f"gradient in the test: {case.title}",
        "P = array([[[" + repr(P)[9:].splitlines()[0],
    ]


def test_a_case_is_of_the_first_test_that_fails_or_of_the_one_that_is_named():
    names = space()
    exec(f"{HEAD}right(P, r, gamma, rho, theta, 0 * tau)\n", names)
    tests = assignment(NAME).named("gradient").tests
    assert exercise(NAME).case("gradient", namespace=names).title == tests[1].title
    assert exercise(NAME).case("gradient", tests[3].title, namespace=names).title == tests[3].title
    assert exercise(NAME).case("gradient", namespace=space()).title == tests[0].title


def test_the_functions_of_a_case_are_those_of_who_asks():
    names = space() | {"check": exercise(NAME)}
    exec(HALF + "case = check.case('gradient')", names)
    assert names["case"].names == NAMES


def test_what_a_test_changes_later_is_in_the_case_as_it_came():
    course = Assignment("00-later", "Later")
    question = course.question("total", hints=("a", "b"), difficulty=1, minutes=1)

    @question.test("twice", points=1)
    def _(student, rng):
        given = np.zeros(2)
        student.total(given, 1.0)
        expect.close(student.total(given), 1.0, "the total")
        given += 1

    case = Check(course).case("total", namespace={"total": lambda x, more=0: x.sum()})
    assert [len(given) for given, _ in case.calls] == [2, 1]
    assert "the last of 2 calls" in repr(case)
    assert not case.arguments[0].any()
    question.tests.clear()
    with pytest.raises(ValueError, match="no test of total that runs in the notebook came to call it"):
        Check(course).case("total", namespace={})


def test_tests_that_are_kept_for_grading_have_no_case():
    kept = [
        (name, question.name, test.title)
        for name in assignments()
        for question in assignment(name).questions.values()
        for test in question.tests
        if test.at_grading
    ]
    assert len(kept) > 40
    for name, question, title in kept:
        with pytest.raises(ValueError, match="has a case: choose from") as refused:
            exercise(name).case(question, title, namespace={})
        assert title not in str(refused.value).partition("choose from")[2].split("; ")


def test_the_shell_prints_the_same(tmp_path, capsys):
    path = solved_release(
        tmp_path / f"{NAME}.ipynb",
        NAME,
        gradient=f"{HEAD}0 * theta\n",
    )
    assert main(["check", str(path), "--case", "gradient"]) == 0
    said = capsys.readouterr().out.rstrip("\n")
    names = functions(NAME, gradient=f"{HEAD}0 * theta\n")
    assert said == repr(exercise(NAME).case("gradient", namespace=names))
    with pytest.raises(ValueError, match="choose from gradient"):
        case_in_file(path, "gradiant")


def test_arguments_are_named_by_the_source():
    assert parameters("def f(x, y=1):\n    pass", "f") == ("x", "y")
    assert parameters("def f(x:\n", "f") == parameters("x = 1", "f") == ()


def told(body, **named):
    """What `check` says of one question with two tests that do `body`."""
    course = Assignment("00-later", "Later")
    question = course.question("f", hints=("a", "b"), difficulty=1, minutes=1, **named)
    for title in ("first", "second", "third"):
        question.test(title, points=1)(body)
    return course, repr(Check(course)("f", namespace={"f": lambda x: np.nan * x if x[0] == 0 else -x}))


def test_a_cause_that_tests_share_is_said_once():
    right = np.array([3.0, 1.0, 2.0])
    for body, cause in (
        (lambda student, rng: expect.close(student.f(right * rng.random()), right, "f"), "every number is"),
        (lambda student, rng: expect.close(student.f(np.zeros(2)), [1, 2], "f"), "no NaN and no infinity"),
        (lambda student, rng: expect.close(student.f(right), np.ones((1, 3)), "f"), "real numbers of shape"),
    ):
        _, said = told(body)
        assert said.count(cause) == 1
        assert said.count("got:") == 1
        for title in ("second", "third"):
            assert f"wrong  {title}: for the same reason as above" in said


def test_other_causes_are_each_told():
    _, said = told(lambda student, rng: expect.close(student.f(np.ones(1)), rng.random(1), "f"))
    assert said.count("got:") == 3


def test_feedback_says_a_shared_cause_once_too():
    from rl_landscapes.grader.gradebook.autograded import _outcome
    from rl_landscapes.grader.grading.grade import _question

    names = space()
    exec(HALF, names)
    results = score(assignment(NAME), InProcess(names), public, grading=True, questions=["gradient"])
    said = _outcome("gradient", _question(20, results))
    assert said.count("times what is expected") == 1
    assert said.count("for the same reason as: without entropy") == 3


@pytest.mark.parametrize("name", assignments())
def test_the_third_hint_is_a_line_of_the_solution_and_the_first_two_are_not(name):
    for question in assignment(name).questions.values():
        assert question.line in answers(name)[question.name]
        assert len(question.line) > 15
        assert not any(question.line in hint for hint in question.hints)
        wrong = {question.name: lambda *a, **k: None}
        first, *_, last = (repr(exercise(name)(question.name, hint=n, namespace=wrong)) for n in range(4))
        assert question.line in last
        assert question.line not in first
        assert f'check.case("{question.name}")' in first
        assert "For a hint" not in last


def by_hand():
    return [
        (name, question.name, test.title)
        for name in assignments()
        for question in assignment(name).questions.values()
        for test in question.tests
        if "by hand" in test.title
    ]


@pytest.mark.parametrize(("name", "question", "title"), by_hand())
def test_what_is_done_by_hand_shows_what_it_is_done_with(name, question, title):
    def off(*arguments, **named):
        answer = right(*arguments, **named)
        if isinstance(answer, dict):
            return {key: value if isinstance(value, str) else value + 1 for key, value in answer.items()}
        if question == "occupancy_path":  # policies, which must stay probabilities
            return answer[..., ::-1]
        return tuple(part + 1 for part in answer) if isinstance(answer, tuple) else answer * 0.9

    right = functions(name)[question]
    results = score(assignment(name), InProcess({question: off}), public, grading=False, questions=[question])
    (failed,) = (
        result.failed for result in results if result.title == title and result.outcome == Outcome.WRONG
    )
    assert sum(mark in failed.what for mark in "=[(") >= 1
    assert sum(character.isdigit() for character in failed.what) >= 3


def test_numbers_of_a_test_by_hand_have_six_digits():
    course = Assignment("00-later", "Later")
    question = course.question("f", hints=("a", "b"), difficulty=1, minutes=1)
    question.agrees_with(
        lambda world, x: x.sum(),
        "by hand",
        lambda rng: ({"k": 1 / 3}, np.array([2 / 3, 1.0])),
        points=1,
        by_hand=True,
    )
    (result,) = score(course, InProcess({"f": lambda *a: 0.0}), public, grading=False)
    assert result.failed.what == "f: world = {k: 0.333333}, x = [0.666667 1]"
