"""What decides how an object behaves, in words: to be read in a record, and compared before a run goes on."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import partial
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any

import numpy as np

from rl_landscapes.records.encoding import Arrays, encode
from rl_landscapes.records.parts import SCALARS, enclosed, parts, says_how_it_is_made

UNKNOWN = "unknown: "  # begins the words for what cannot be compared
LONGEST, DEEPEST = 200, 20  # characters of a number, text or tuple as it is written; parts within parts
NAMED = (type, BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType, np.ufunc)


def describe(name: str, value: object) -> dict[str, str]:
    """Return an entry for each number, word, array or function that `value` is made of, by its dotted name.

    Objects are taken apart: containers by what they hold, dataclasses by their fields, less those with
    `compare=False`, others by their attributes, the constants of their class and what its methods close over.
    What a `repr` of one's own says of an object is not trusted to be all; that of this library, of Python and
    of NumPy is. Arrays are told by shape and digest, functions of a module by their name. What is left, such
    as a lambda or a lock, is `UNKNOWN`.
    """
    return dict(_entries(name, value, ()))


def differences(there: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Say which settings differ, and how; empty if none does."""
    names = [name for name in {**there, **here} if there.get(name) != here.get(name)]
    return "; ".join(f"{n} was {there.get(n, 'not set')}, is now {here.get(n, 'not set')}" for n in names)


def digest(value: object) -> str:
    """Return a hash of all bits of a record (or of any value one may hold): equal values, equal hashes."""
    arrays: Arrays = {}
    found = hashlib.sha256(json.dumps(encode(value, arrays)).encode())
    for array in arrays.values():
        found.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return found.hexdigest()


def _entries(name: str, value: Any, above: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, np.generic):
        value = value.item()
    if id(value) in above:  # it holds itself
        yield name, type(value).__name__
    elif len(above) == DEEPEST:
        yield name, f"{UNKNOWN}{_kind(value)}"
    elif _is_plain(value):
        yield name, _written(value)
    elif (word := _word(value)) is not None:
        yield name, word
    else:
        found = parts(value)
        yield name, _kind(value) if found is not None else f"{UNKNOWN}{_kind(value)}"
        for key, part in (found or {}).items():
            yield from _entries(f"{name}.{key}", part, (*above, id(value)))


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, list):
        return all(_is_plain(item) for item in value)
    return value is None or type(value) in (bool, *SCALARS)


def _written(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{_kind(value)} {len(text)} {digest(text)[:12]}"


def _word(value: Any) -> str | None:
    """Return the words for what is not taken apart."""
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject or type(value) is not np.ndarray:
            return f"{UNKNOWN}{_kind(value)} of {value.dtype}"
        return f"array {value.shape} {digest(value)[:12]}"
    if type(value).__module__.startswith("scipy.sparse"):
        rows = value.tocsr()
        return f"sparse {value.shape} {digest((rows.indptr, rows.indices, rows.data))[:12]}"
    if isinstance(value, ModuleType):
        return value.__name__
    if isinstance(value, set | frozenset) and all(map(_is_plain, value)):
        return f"{_kind(value)} of {_written(sorted(map(repr, value)))}"
    if type(value) is partial and _is_plain([*value.args, *value.keywords.values()]) and not vars(value):
        called = _word(value.func)
        return called and _known(f"partial({called}, {value.args}, {value.keywords})")
    if isinstance(value, FunctionType):
        told = _known(value.__qualname__)
        return told if told.startswith(UNKNOWN) or not enclosed(value) else None
    if isinstance(value, NAMED) and isinstance(getattr(value, "__self__", None), ModuleType | None):
        return _known(getattr(value, "__qualname__", value.__name__))
    return _known(_written(value)) if says_how_it_is_made(value) else None


def _known(words: str) -> str:
    vague = " at 0x" in words or "<lambda>" in words or "<locals>" in words or UNKNOWN in words
    return UNKNOWN + words.replace(UNKNOWN, "") if vague else words


def _kind(value: Any) -> str:
    named = isinstance(value, MethodType | FunctionType | BuiltinFunctionType)
    return str(value.__qualname__) if named else type(value).__name__
