"""Numbers of each attempt's own: what feedback on one tells is of no use in the next."""

import re

import numpy as np
import pytest

from rl_landscapes.course import expect, seeds
from rl_landscapes.course.assignment import assignment, assignments
from rl_landscapes.course.running import wire
from rl_landscapes.course.running.scoring import score
from rl_landscapes.course.running.student import InProcess
from tests.course.solved import answers, functions

SECRET = b"a secret of sixteen bytes or more"
NAMES = [name for name in assignments() if name != "07-bodies"]  # its bodies take seconds


def first(student, submission):
    return seeds.of_student(SECRET, student, submission)("01", "entropy", 0).integers(2**62)


def test_a_file_meets_the_same_numbers_again_and_others_meet_others():
    assert first("ada", b"one") == first("ada", b"one")
    drawn = {first(who, what) for who in ("ada", "bo") for what in (b"", b"one", b"one ", b"two")}
    assert len(drawn) == 8


def test_a_secret_that_can_be_guessed_is_refused():
    with pytest.raises(ValueError, match="at least 16 bytes, got 3"):
        seeds.of_student(b"abc", "ada")


def key(arguments):
    """What a hostile answer knows its arguments by; functions are all alike to it."""
    return wire.pack(arguments, lambda _: 0)


def learning(function, table):
    def learns(*arguments, **keywords):
        asked = key((arguments, keywords))
        table[asked] = function(*arguments, **keywords)
        return table[asked]

    return learns


def replaying(table):
    return lambda *arguments, **keywords: table.get(key((arguments, keywords)), 0.0)


def points(name, namespace, submission, student="ada"):
    draws = seeds.of_student(SECRET, student, submission)
    with np.errstate(all="ignore"):
        results = score(assignment(name), InProcess(namespace), draws, grading=True)
    return {(result.question, result.title) for result in results if result.points}


@pytest.mark.parametrize("name", NAMES)
def test_all_answers_of_one_attempt_learnt_by_heart_earn_no_more_in_the_next_than_those_of_another(name):
    """What they do earn is on examples that are written out in the tests, and are the same for everybody."""
    space, tables = functions(name), ({}, {})
    for table, (student, submission) in zip(tables, [("ada", b"first"), ("bo", b"any")], strict=True):
        learnt = {question: learning(space[question], table) for question in answers(name)}
        points(name, space | learnt, submission, student)
    own, others = (
        points(name, dict.fromkeys(answers(name), replaying(table)), b"second") for table in tables
    )
    assert own == others


def digits(text):
    """The most significant digits of a number in a text, zeros at either end aside."""
    numbers = re.findall(r"\d+\.?\d*", text.replace(",", ""))
    return max((len(number.replace(".", "").strip("0")) for number in numbers), default=0)


@pytest.mark.parametrize("name", NAMES)
def test_feedback_on_wrong_answers_shows_no_number_of_more_than_six_digits(name):
    space = functions(name)

    def off(function):
        def wrong(*arguments, **keywords):
            return _off(function(*arguments, **keywords))

        return wrong

    wrong = {question: off(space[question]) for question in answers(name)}
    with np.errstate(all="ignore"):
        results = score(
            assignment(name), InProcess(space | wrong), seeds.of_student(SECRET, "ada"), grading=True
        )
    said = [str(result.failed) for result in results if result.failed is not None]
    assert len(said) > len(wrong)
    assert not [text for text in said if digits(text) > 6 or " at 0x" in text]


def _off(answer):
    if isinstance(answer, dict):
        return {name: _off(value) for name, value in answer.items()}
    if isinstance(answer, tuple):
        return tuple(map(_off, answer))
    is_number = isinstance(answer, float | int | np.number | np.ndarray) and not isinstance(answer, bool)
    return answer * 1.000123456789 + 1e-3 if is_number else answer


@pytest.mark.parametrize(
    "value",
    [1 / 3, 1e5 / 3, 2e9 / 3, np.float64(200 / 3), 123456789, np.int64(123456789), 1e-9 / 3, 10**400],
)
def test_no_number_is_shown_to_more_than_six_digits(value):
    for shown in (value, [value, 1.0], (value, [0.5, value]), {"a": value}):
        assert digits(expect.shown(shown)) <= 6, expect.shown(shown)
