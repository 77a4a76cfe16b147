"""What a test may ask of an answer, whatever the answer is."""

import numpy as np
import pytest

from rl_landscapes.course import expect
from rl_landscapes.course.expect import Failed, StudentError

NOT_NUMBERS = [
    None,
    "0.5",
    b"1",
    True,
    [True],
    [[1.0], [2.0, 3.0]],
    {"a": 1.0},
    1j,
    np.array(["a"]),
    len,
]


@pytest.mark.parametrize("got", NOT_NUMBERS, ids=repr)
def test_what_is_no_number_is_refused_with_what_it_is(got):
    with pytest.raises(Failed, match="must be real numbers") as refused:
        expect.array(got, (), "f(x)")
    assert refused.value.got


def test_numbers_come_back_as_floats_of_the_shape_that_was_asked():
    assert expect.array([[1, 2]], (1, None), "f(x)").dtype == np.float64
    assert expect.number(np.array(2), "f(x)") == 2.0
    with pytest.raises(Failed, match="wrong shape") as refused:
        expect.array([1.0, 2.0], (3,), "f(x)")
    assert refused.value.got == "shape (2,)"
    assert refused.value.expected == "real numbers of shape (3,)"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_unless_allowed(bad):
    with pytest.raises(Failed, match="must be finite"):
        expect.array([0.0, bad], (2,), "f(x)")
    assert not np.isfinite(expect.array([0.0, bad], (2,), "f(x)", finite=False)).all()


def test_close_says_how_far_off_the_worst_entry_is():
    expect.close([1.0, 2.0 + 1e-9], [1.0, 2.0], "f(x)")
    with pytest.raises(Failed) as refused:
        expect.close([1.0, 2.5], [1.0, 2.0], "f(x)")
    assert refused.value.error == "0.5 at [1]: 2.5, not 2"
    with pytest.raises(Failed, match="wrong shape"):
        expect.close(1.0, [1.0, 1.0], "f(x)")  # broadcasting is no answer
    with pytest.raises(Failed):
        expect.close(np.nan, 0.0, "f(x)", atol=np.inf)
    with pytest.raises(ValueError, match="expected must be finite"):
        expect.close(1.0, np.inf, "f(x)")


def test_whole_numbers_truths_and_words():
    assert expect.integer(3.0, "n") == 3
    with pytest.raises(Failed, match="whole number"):
        expect.integer(2.5, "n")
    assert expect.truth(np.True_, "b") is True
    with pytest.raises(Failed, match="True or False"):
        expect.truth(1, "b")
    assert expect.truths([True, False], (2,), "b").tolist() == [True, False]
    with pytest.raises(Failed):
        expect.truths([1, 0], (2,), "b")
    assert expect.word("up", ["up", "down"], "w") == "up"
    for bad in ("sideways", 3, None):
        with pytest.raises(Failed, match="must be a word"):
            expect.word(bad, ["up", "down"], "w")


def test_parts_of_an_answer():
    assert expect.items((1, 2), 2, "f") == (1, 2)
    assert expect.items(np.array([1.0, 2.0]), 2, "f") == [1.0, 2.0]
    assert expect.fields({"a": 1, "b": 2}, ["a"], "f")["b"] == 2
    for bad in (None, (1,), "ab", np.zeros(3), np.zeros((2, 1)), np.array(2.0)):
        with pytest.raises(Failed, match="2 things"):
            expect.items(bad, 2, "f")
    for bad in (None, {}, {"A": 1}, [("a", 1)], {3: 1}):
        with pytest.raises(Failed, match="dictionary"):
            expect.fields(bad, ["a"], "f")


def test_conditions_and_ranges():
    expect.true(True, "it is so")
    with pytest.raises(Failed, match="it is so") as refused:
        expect.true(False, "it is so", got=0.25, expected="at least 0.5")
    assert (refused.value.got, refused.value.expected) == ("0.25", "at least 0.5")
    assert expect.between(0.5, 0, 1, "p") == 0.5
    with pytest.raises(Failed, match="p"):
        expect.between(1.5, 0, 1, "p")


def test_a_refusal_is_demanded_by_its_kind():
    with expect.refusal("ValueError", "f(-1)"):
        raise StudentError("ValueError", "x must be positive")
    with pytest.raises(Failed) as refused, expect.refusal("ValueError", "f(-1)"):
        raise StudentError("TypeError", "no")
    assert refused.value.got == "TypeError: no"
    with pytest.raises(Failed, match=r"f\(-1\)"), expect.refusal("ValueError", "f(-1)"):
        pass
    with pytest.raises(StudentError), expect.refusal("ValueError", "f(-1)"):
        raise StudentError("NotImplementedError", "")  # an empty form refuses nothing


@pytest.mark.parametrize(
    "value", [np.zeros((100, 100)), "a" * 10_000, 10**400, list(range(10_000)), [[1], [2, 3]]]
)
def test_what_is_shown_is_short(value):
    assert len(expect.shown(value)) <= expect.SHOWN


def test_an_integer_without_end_is_no_number():
    with pytest.raises(Failed):
        expect.number(10**400, "n")
