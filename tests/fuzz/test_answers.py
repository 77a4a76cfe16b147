"""Whatever a function returns: its tests say what is wrong with it, none of them fails on its own account."""

import copy
import warnings
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rl_landscapes.course import seeds
from rl_landscapes.course.assignment import assignment, assignments
from rl_landscapes.course.running.scoring import Outcome, score
from rl_landscapes.course.running.student import InProcess
from tests.course.solved import functions
from tests.fuzz.values import DTYPES, PLAIN, SCALARS

SECRET = b"a secret of sixteen bytes or more"
QUESTIONS = [(name, question) for name in assignments() for question in assignment(name).questions]
solved = cache(functions)
few = settings(max_examples=max(4, settings.default.max_examples // 20))  # there are many questions


def results(name, question, answer):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # as where answers are graded
        return score(
            assignment(name),
            InProcess({**solved(name), question: answer}),
            seeds.of_student(SECRET, "student"),
            grading=True,
            questions=[question],
        )


def no_fault(found):
    faults = [f"{one.title}: {one.failed}" for one in found if one.outcome is Outcome.FAULT]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
@few
@given(value=PLAIN)
def test_a_value_of_any_kind_is_an_answer_and_never_all_points(name, question, value):
    found = results(name, question, lambda *_, **__: copy.deepcopy(value))
    no_fault(found)
    assert not all(one.points for one in found)


@st.composite
def changes(draw):
    """Draw a change of a right answer: of its type, its shape, an entry, or a part of it."""
    kind = draw(st.sampled_from(["type", "shape", "entry", "part", "wrapped", "text", "scaled", "same"]))
    return kind, draw(st.integers(0, 10**6)), draw(st.sampled_from(DTYPES)), draw(SCALARS)


def changed(value, change, depth=0):
    kind, place, _, scalar = change
    if callable(value) or isinstance(value, np.random.Generator):
        return scalar if kind == "part" else value
    if isinstance(value, dict) and value and kind not in ("wrapped", "text"):
        key = sorted(value, key=str)[place % len(value)]
        if kind == "part":
            return {k: v for k, v in value.items() if k != key} if place % 2 else {**value, key: scalar}
        return {**value, key: changed(value[key], change, depth + 1)}
    if isinstance(value, tuple) and value and kind not in ("wrapped", "text"):
        at = place % len(value)
        if kind == "part":
            return value[:at] + ((scalar,) if place % 2 else ()) + value[at + 1 :]
        new = (*value[:at], changed(value[at], change, depth + 1), *value[at + 1 :])
        return type(value)(*new) if hasattr(value, "_fields") else new
    if kind == "wrapped":
        return [value] if place % 2 else (value, scalar)
    if kind == "text":
        return str(value)[:50]
    return changed_numbers(value, change)


def changed_numbers(value, change):
    kind, place, dtype, scalar = change
    try:
        array = np.array(value)
        with np.errstate(all="ignore"):
            match kind:
                case "type":
                    return array.astype(dtype)
                case "shape":
                    return [array.T, array[None], array.ravel(), array[..., :-1], array.reshape(-1, 1)][
                        place % 5
                    ]
                case "entry":
                    array = array.astype(complex if isinstance(scalar, complex) else float)
                    array.flat[place % array.size] = scalar
                    return array
                case "scaled":
                    return array * scalar
    except Exception:
        return scalar
    return value


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
@few
@given(drawn=st.lists(changes(), min_size=1, max_size=2), spared=st.integers(0, 2))
def test_a_right_answer_that_is_changed_is_an_answer(name, question, drawn, spared):
    calls = []

    def answer(*arguments, **keywords):
        value = solved(name)[question](*arguments, **keywords)
        calls.append(1)
        for change in drawn if len(calls) > spared else ():
            value = changed(value, change)
        return value

    no_fault(results(name, question, answer))
