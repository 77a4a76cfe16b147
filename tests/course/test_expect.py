"""What a test may ask of an answer, whatever the answer is."""

import math
from typing import NamedTuple

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


@pytest.mark.parametrize("large", [1e10, -1e10])
def test_what_is_too_large_to_compute_with_is_refused_where_a_test_says_so(large):
    assert expect.array([0.0, large], (2,), "f(x)").tolist() == [0.0, large]
    assert expect.array([0.0, 1e9], (2,), "f(x)", most=1e9).tolist() == [0.0, 1e9]
    with pytest.raises(Failed, match=r"f\(x\) must be at most 1e\+09 in size"):
        expect.array([0.0, large], (2,), "f(x)", most=1e9)


def test_a_dictionary_of_arrays_is_one_of_these_shapes():
    shapes = {"mean": (), "slopes": (None, 2)}
    found = expect.arrays({"slopes": [[1, 2]], "mean": 3, "more": None}, shapes, "f(x)")
    assert {key: value.tolist() for key, value in found.items()} == {"mean": 3.0, "slopes": [[1.0, 2.0]]}
    with pytest.raises(Failed, match=r"f\(x\): slopes has the wrong shape"):
        expect.arrays({"slopes": [1, 2], "mean": 3}, shapes, "f(x)")
    with pytest.raises(Failed, match="must be a dictionary"):
        expect.arrays({"slopes": [[1, 2]]}, shapes, "f(x)")
    with pytest.raises(Failed, match=r"f\(x\): mean must be at most 2 in size"):
        expect.arrays({"slopes": [[1, 2]], "mean": 3}, shapes, "f(x)", most=2.0)


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
        with pytest.raises(Failed, match="dictionary") as failed:
            expect.fields(bad, ["a"], "f")
        assert failed.value.cause == failed.value.got  # so that it is said once, whatever was tested


class Two(NamedTuple):
    low: float
    high: float


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        (1.5, 1.5 + 1e-12, 1.6),
        (np.inf, math.inf, 1e300),
        (-np.inf, -np.inf, np.inf),
        (1.0, 1, np.nan),
        (np.array([1.0, np.nan]), [1.0, np.nan], [1.0, 2.0]),
        (np.array([1.0, np.nan]), [1.0, np.nan], [1.1, np.nan]),
        (np.array([1.0, np.inf]), [1.0, np.inf], [np.inf, np.inf]),
        (True, np.True_, False),
        (True, True, 1),
        (np.array([True, False]), [True, False], [True, True]),
        ("up", "up", "down"),
        ("up", "up", None),
        (None, None, 0.0),
        (None, None, (1.0, 2.0)),
        (Two(0.0, np.inf), (0.0, np.inf), (0.0, 1.0)),
        (Two(0.0, 1.0), np.array([0.0, 1.0]), None),
        ((1.0, np.zeros(2)), [1.0, [0.0, 0.0]], (1.0, [0.0])),
        ({"a": 1.0, "b": True}, {"a": 1.0, "b": True, "c": 0}, {"a": 1.0, "b": False}),
        ({"a": 1.0}, {"a": 1.0}, {"A": 1.0}),
    ],
)
def test_agreement_is_asked_for_by_the_kind_of_what_is_expected(expected, right, wrong):
    expect.agrees(right, expected, "f(x)")
    with pytest.raises(Failed, match=r"f\(x\)"):
        expect.agrees(wrong, expected, "f(x)")


def test_agreement_has_the_tolerances_that_it_is_given():
    expect.agrees({"a": (1.01,)}, {"a": (1.0,)}, "f(x)", rtol=0.1)
    expect.agrees({"a": (1.01,)}, {"a": (1.0,)}, "f(x)", atol=0.1)
    with pytest.raises(Failed, match="a: part 1 of 1"):
        expect.agrees({"a": (1.01,)}, {"a": (1.0,)}, "f(x)")


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
