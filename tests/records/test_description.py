"""Objects of a user's own, of every kind of make: another g is told, or what hides it cannot be compared."""

import functools
import itertools
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType, MethodType, SimpleNamespace

import numpy as np
import pytest

from rl_landscapes.records.description import UNKNOWN, describe, differences
from rl_landscapes.worlds import random_mdp


class Plain:
    def __init__(self, g):
        self.g = g

    def push(self, x):
        return self.g * x


class Slots:
    __slots__ = ("g",)

    def __init__(self, g):
        self.g = g


class Mangled:
    __slots__ = ("__g",)

    def __init__(self, g):
        self.__g = g


class Silent(Plain):
    """What it says of itself leaves g out."""

    def __repr__(self):
        return "Silent()"

    def __reduce__(self):
        return Silent, (1,)


class Called(Plain):
    def __call__(self, x):
        return self.g * x


class Given(Plain):
    def __get__(self, obj, kind=None):
        return self.g


class Looked:
    def __init__(self, g):
        self.__dict__["table"] = {"g": g}

    def __getattr__(self, name):
        return self.__dict__["table"][name]


@dataclass
class Late:
    g: float = field(init=False)


@dataclass
class Left:
    g: float = field(compare=False)


class Number(float):
    pass


class Text(str):
    pass


class Items(list):
    pass


class Table(dict):
    pass


class Choice(Enum):
    FAST, SLOW = 9.8, 1.0


class Error(ValueError):
    def __init__(self, g):
        self.g = g


def late(g):
    made = Late()
    made.g = g
    return made


def with_g(made, g):
    made.g = g
    return made


def closing(g):
    class World:
        def push(self, x):
            return g * x

    return World()


def by_default(g):
    class World:
        def push(self, x, *, g=g):
            return g * x

    return World()


def by_property(g):
    class World:
        @property
        def pull(self):
            return g

    return World()


def by_static_method(g):
    class World:
        @staticmethod
        def pull():
            return g

    return World()


def world_with(**members):
    return type("World", (), members)()


def decorated(g):
    @functools.wraps(closing)
    def push(x):
        return g * x

    return push


TOLD = {
    "plain": Plain,
    "slots": Slots,
    "private slots": Mangled,
    "own repr and reduce": Silent,
    "nested": lambda g: Plain([{"a": Silent(g)}]),
    "closure of a method": closing,
    "default of a method": by_default,
    "closure of a property": by_property,
    "closure of a static method": by_static_method,
    "constant of a class": lambda g: world_with(g=g),
    "private constant of a class": lambda g: world_with(_g=g),
    "object in a class": lambda g: world_with(inner=Silent(g)),
    "callable in a class": lambda g: world_with(inner=Called(g)),
    "descriptor in a class": lambda g: world_with(inner=Given(g)),
    "found by getattr": Looked,
    "field that is set late": late,
    "number of one's own": Number,
    "text of one's own": lambda g: Text(g),
    "attribute of a number": lambda g: with_g(Number(2), g),
    "attribute of a list": lambda g: with_g(Items([1]), g),
    "attribute of a mapping": lambda g: with_g(Table(g=1), g),
    "deque": lambda g: deque([Silent(g)]),
    "set": lambda g: {g},
    "namespace": lambda g: SimpleNamespace(inner=Silent(g)),
    "mapping proxy": lambda g: MappingProxyType({1: Silent(g)}),
    "decorated function": decorated,
    "attribute of a function": lambda g: with_g(decorated(1), g),
    "vectorised function": lambda g: np.vectorize(decorated(g)),
    "partial of a long array": lambda g: functools.partial(closing, np.r_[np.zeros(2000), g, np.zeros(2000)]),
    "partial of an object": lambda g: functools.partial(closing, Silent(g)),
    "partial of a closure": lambda g: functools.partial(decorated(g)),
    "method": lambda g: Silent(g).push,
    "function bound by hand": lambda g: MethodType(decorated(g), 1),
    "method in C": lambda g: [g].append,
    "enum": Choice,
    "slice": slice,
    "polynomial": lambda g: np.poly1d([g, 1]),
}
REFUSED = {
    "set of objects": lambda g: {Silent(g)},
    "keys that are objects": lambda g: {(Silent(g),): 1},
    "lambda": lambda g: lambda x: g * x,
    "iterator": lambda g: itertools.repeat(Silent(g)),
    "array of one's own": lambda g: with_g(np.zeros(2).view(type("Own", (np.ndarray,), {})), g),
    "layout in C": Error,
}


@pytest.mark.parametrize("kind", TOLD)
def test_another_g_is_told(kind):
    one, same, other = (describe("w", TOLD[kind](g)) for g in (9.8, 9.8, 1.0))
    assert not any(text.startswith(UNKNOWN) for text in one.values())
    assert differences(one, same) == ""
    assert differences(one, other)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_hides_it_is_unknown(kind):
    assert any(text.startswith(UNKNOWN) for text in describe("w", REFUSED[kind](9.8)).values())


def test_what_decides_nothing_is_left_out():
    assert describe("w", Left(1.0)) == describe("w", Left(2.0)) == {"w": "Left"}


def test_what_is_computed_on_use_is_left_out():
    mdp = random_mdp(5, 2, discount=0.9, rng=np.random.default_rng(0))
    before = describe("w", mdp)
    for name in dir(type(mdp)):
        getattr(mdp, name)
    assert describe("w", mdp) == before
