"""The record format: a value as JSON, its arrays beside it, and back; what JSON lacks is {tag: content}."""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from typing import Any, cast, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
ACCEPTED = "a record takes arrays, numbers, strings, None, tuples, lists, dicts of strings, dataclasses"


@dataclass(frozen=True, eq=False)
class Fields:
    """A dataclass in a file, read without its class: the name of it, and what its fields hold."""

    kind: str
    content: dict[str, Any]


def encode(value: object, arrays: Arrays, name: str = "") -> Any:
    """Return the JSON of a value, and put its arrays into `arrays`.

    Raises
    ------
    TypeError
        If it holds what a record cannot; the message names the field.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if np.isfinite(value) else {"float": struct.pack(">d", value).hex()}
    if isinstance(value, np.generic):
        return {"scalar": _put(np.asarray(value), name, arrays)}
    if type(value) is np.ndarray:
        return {"array": _put(value, name, arrays)}
    if type(value) in (tuple, list):
        items = [encode(item, arrays, f"{name}.{i}") for i, item in enumerate(cast(list[object], value))]
        return {"tuple": items} if type(value) is tuple else items
    if type(value) is dict and all(type(key) is str for key in value):
        return {"dict": {key: encode(item, arrays, f"{name}.{key}") for key, item in value.items()}}
    if is_dataclass(value) and not isinstance(value, type):
        content = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        encoded = {key: encode(item, arrays, f"{name}.{key}") for key, item in content.items()}
        return {"record": [type(value).__name__, encoded]}
    raise TypeError(f"field {name.lstrip('.') or 'record'} holds a {type(value).__name__}: {ACCEPTED}")


def decode(tree: Any, arrays: Arrays, kinds: Mapping[str, type] | None = None) -> Any:
    """Return the value again; a dataclass is built from `kinds`, by its name, or without them is `Fields`.

    Raises
    ------
    ValueError
        If a dataclass is none of `kinds`, or has other fields than the file.
    """

    def inner(item: Any) -> Any:
        return decode(item, arrays, kinds)

    match tree:
        case list():
            return [inner(item) for item in tree]
        case {"float": bits}:
            return struct.unpack(">d", bytes.fromhex(bits))[0]
        case {"scalar": key}:
            return arrays[key][()]
        case {"array": key}:
            return arrays[key]
        case {"tuple": items}:
            return tuple(inner(item) for item in items)
        case {"dict": items}:
            return {key: inner(item) for key, item in items.items()}
        case {"record": [kind, content]} if kinds is None:
            return Fields(kind, {key: inner(item) for key, item in content.items()})
        case {"record": [kind, content]} if kinds is not None:
            return _rebuilt(kind, content, arrays, kinds)
    return tree


def _rebuilt(name: str, content: dict[str, Any], arrays: Arrays, kinds: Mapping[str, type]) -> object:
    if name not in kinds:
        raise ValueError(f"it holds a {name}")
    kind: Any = kinds[name]
    wanted = {f.name: f for f in fields(kind) if f.init}
    lacks = sorted(name for name in wanted.keys() - content.keys() if not _came_later(wanted[name]))
    extra = sorted(content.keys() - wanted.keys())
    if lacks or extra:
        raise ValueError(f"missing fields {lacks}, unknown fields {extra}")
    inner = {k.__name__: k for hint in get_type_hints(kind).values() for k in _dataclasses_in(hint)}
    return kind(**{key: decode(item, arrays, inner) for key, item in content.items()})


def _came_later(field: Field[Any]) -> bool:
    """Tell whether files written before a field was there may lack it: then it is None."""
    return field.default is None


def _dataclasses_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for argument in get_args(hint):
        yield from _dataclasses_in(argument)


def _put(array: npt.NDArray[Any], name: str, arrays: Arrays) -> str:
    if array.dtype.hasobject:
        raise TypeError(f"field {name.lstrip('.')} is an array of Python objects: {ACCEPTED}")
    plain = re.sub(r"[^\w.=+-]", "_", name.lstrip("."), flags=re.ASCII) or "value"
    key, twin = plain, 1
    while key in arrays:
        key, twin = f"{plain}~{twin}", twin + 1
    arrays[key] = array
    return key
