"""What decides how an object behaves, in words: to be read in a record, and compared before a run goes on."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property, partial
from types import MethodType, ModuleType
from typing import Any

import numpy as np

from rl_landscapes.records.encoding import Arrays, encode

UNKNOWN = "unknown: "  # begins the words for what cannot be compared
LONGEST, DEEPEST = 200, 20  # characters of a number, text or tuple as it is written; parts within parts


def describe(name: str, value: object) -> dict[str, str]:
    """Return an entry for each number, word, array or function that `value` is made of, by its dotted name.

    Dataclasses are taken apart by their fields, less those with `compare=False`; objects that say by
    `__reduce__` how they are made anew are told by their `repr`; others are taken apart by their attributes
    and the constants of their class. Arrays are told by shape and digest, functions of a module by their
    name. What is left, such as a lambda or a lock, is `UNKNOWN`.
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
        parts = _parts(value)
        yield name, _kind(value) if parts is not None else f"{UNKNOWN}{_kind(value)}"
        for key, part in (parts or {}).items():
            yield from _entries(f"{name}.{key}", part, (*above, id(value)))


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(_is_plain(item) for item in value)
    return value is None or type(value) in (bool, int, float, complex, str, bytes)


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
    if isinstance(value, partial):
        return _known(f"partial({_word(value.func) or _kind(value.func)}, {value.args}, {value.keywords})")
    if isinstance(value, MethodType):
        return None
    if hasattr(value, "__qualname__"):
        return _known(value.__qualname__)
    told = all(_static(type(value), name) is not vars(object)[name] for name in ("__repr__", "__reduce__"))
    return repr(value) if told and not is_dataclass(value) and _known(repr(value)) == repr(value) else None


def _known(words: str) -> str:
    vague = " at 0x" in words or "<lambda>" in words or "<locals>" in words or UNKNOWN in words
    return UNKNOWN + words.replace(UNKNOWN, "") if vague else words


def _kind(value: Any) -> str:
    return str(value.__qualname__) if isinstance(value, MethodType) else type(value).__name__


def _parts(value: Any) -> dict[str, Any] | None:
    """Return what an object is made of by name; None if that cannot be seen."""
    if isinstance(value, MethodType):
        return {"self": value.__self__}
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, tuple | list):
        return {str(i): item for i, item in enumerate(value)}
    kind = type(value)
    slots = [name for base in kind.__mro__ for name in _slots(base)]
    if not hasattr(value, "__dict__") and not any("__slots__" in vars(base) for base in kind.__mro__):
        return None
    given = fields(value) if is_dataclass(value) else ()
    derived = {f.name for f in given} | {
        n for n in dir(kind) if isinstance(_static(kind, n), cached_property)
    }
    found = {f.name: getattr(value, f.name) for f in given if f.init and f.compare}
    own = dict(getattr(value, "__dict__", {})) | {n: getattr(value, n) for n in slots if hasattr(value, n)}
    constants = {n: getattr(value, n) for n in dir(kind) if _is_constant(n, _static(kind, n))}
    return found | {n: part for n, part in (constants | own).items() if n not in derived}


def _slots(base: type) -> tuple[str, ...]:
    slots = vars(base).get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(name for name in names if not name.startswith("__"))


def _static(kind: type, name: str) -> Any:
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


def _is_constant(name: str, value: Any) -> bool:
    return not (name.startswith("_") or callable(value) or hasattr(type(value), "__get__"))
