"""Records: frozen dataclasses that say where they come from, and that files give back bit for bit."""

import hashlib
import json
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, cast, get_args, get_type_hints

import numpy as np
import numpy.typing as npt

from rl_landscapes.arrays import as_generator
from rl_landscapes.records import archive
from rl_landscapes.version import versions

FORMAT = 1
SIMULATORS = ("mujoco", "gymnasium")
T = TypeVar("T")
_Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Provenance:
    """The state the random generator had before it was used (None: no randomness), and the versions."""

    rng_state: dict[str, Any] | None
    versions: dict[str, str]


def provenance(rng: np.random.Generator | None = None) -> Provenance:
    """Note the state of `rng` as it is now, and the versions of Python, NumPy, SciPy and this package.

    MuJoCo's and Gymnasium's versions are noted where they are in use.

    Raises
    ------
    TypeError
        If `rng` is neither a generator nor None.
    """
    return Provenance(None if rng is None else _state(as_generator(rng)), versions() | _simulators())


def _simulators() -> dict[str, str]:
    return {name: sys.modules[name].__version__ for name in SIMULATORS if name in sys.modules}


def generator(origin: Provenance) -> np.random.Generator:
    """Return a new generator in the recorded state: it draws, and spawns, what the first one did.

    Raises
    ------
    ValueError
        If the record holds no state, or one of a bit generator that `numpy.random` does not have.
    """
    if origin.rng_state is None:
        raise ValueError("provenance has rng_state None: this record was made without randomness")
    kind = getattr(np.random, str(origin.rng_state.get("bit_generator")), None)
    if not (isinstance(kind, type) and issubclass(kind, np.random.BitGenerator)):
        raise ValueError(f"no bit generator {origin.rng_state.get('bit_generator')!r} in numpy.random")
    seeds = origin.rng_state.get("seed_sequence")
    source = kind() if seeds is None else kind(np.random.SeedSequence(**seeds))
    source.state = origin.rng_state
    return np.random.Generator(source)


def save(record: object, path: str | PathLike[str], *, compress: bool = False) -> Path:
    """Write a frozen dataclass to one `.npz` file, whole or not at all; return its path.

    Fields may hold arrays of any dtype but object, NumPy scalars, numbers, strings, None, tuples, lists,
    dicts with string keys, and other dataclasses. The folder must exist.

    Raises
    ------
    TypeError
        If `record` is no dataclass instance, or a field holds anything else; the message names the field.
    FileNotFoundError
        If there is no such folder.
    """
    if not is_dataclass(record) or isinstance(record, type):
        raise TypeError(f"record must be an instance of a dataclass, got {record!r}")
    arrays: _Arrays = {}
    header = {"format": FORMAT, "versions": versions(), "content": _encode(record, "", arrays)}
    return archive.write(Path(path), header, arrays, compress=compress)


def load(kind: type[T], path: str | PathLike[str]) -> T:
    """Read a record of type `kind` back, bit for bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is cut or damaged, holds another kind of record, lacks a field or has one too many, or
        was written in a newer format; the message names the file.
    """
    header, arrays = archive.read(Path(path))
    if header.get("format") != FORMAT:
        raise ValueError(f"{path} has record format {header.get('format')!r}; this version reads {FORMAT}")
    try:
        name, content = header["content"]["record"]
        return cast(T, _rebuild(name, content, arrays, {kind.__name__: kind}))
    except (KeyError, TypeError, ValueError, struct.error) as error:
        writer = header.get("versions", {}).get("rl_landscapes")
        reason = f"{error} (written by rl_landscapes {writer})"
        raise ValueError(f"{path} does not hold a {kind.__name__}: {reason}") from error


def equal(a: object, b: object) -> bool:
    """Tell whether two records (or arrays, numbers, dicts of them) have the same type and the same bits."""
    if type(a) is not type(b):
        return False
    of_a: _Arrays = {}
    of_b: _Arrays = {}
    if json.dumps(_encode(a, "", of_a)) != json.dumps(_encode(b, "", of_b)):
        return False
    return all(_same_bits(of_a[name], of_b[name]) for name in of_a)


def digest(value: object) -> str:
    """Return a hash of all bits of a record (or of any value one may hold): equal values, equal hashes."""
    arrays: _Arrays = {}
    found = hashlib.sha256(json.dumps(_encode(value, "", arrays)).encode())
    for array in arrays.values():
        found.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return found.hexdigest()


def _same_bits(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _state(rng: np.random.Generator) -> dict[str, Any]:
    state = dict(rng.bit_generator.state)
    seeds = rng.bit_generator.seed_seq
    if isinstance(seeds, np.random.SeedSequence):
        state["seed_sequence"] = dict(seeds.state)
    return state


def _encode(value: object, name: str, arrays: _Arrays) -> Any:
    """Turn a value into JSON; arrays go to `arrays`, what JSON lacks becomes {tag: content}."""
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if np.isfinite(value) else {"float": struct.pack(">d", value).hex()}
    if isinstance(value, np.generic):
        return {"scalar": _put(np.asarray(value), name, arrays)}
    if type(value) is np.ndarray:
        return {"array": _put(value, name, arrays)}
    if type(value) in (tuple, list):
        items = [_encode(item, f"{name}.{i}", arrays) for i, item in enumerate(cast(list[object], value))]
        return {"tuple": items} if type(value) is tuple else items
    if type(value) is dict and all(type(key) is str for key in value):
        return {"dict": {key: _encode(item, f"{name}.{key}", arrays) for key, item in value.items()}}
    if is_dataclass(value) and not isinstance(value, type):
        content = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        encoded = {key: _encode(item, f"{name}.{key}", arrays) for key, item in content.items()}
        return {"record": [type(value).__name__, encoded]}
    raise TypeError(f"field {name.lstrip('.') or 'record'} holds a {type(value).__name__}: {_ACCEPTED}")


_ACCEPTED = "a record takes arrays, numbers, strings, None, tuples, lists, dicts of strings, dataclasses"


def _put(array: npt.NDArray[Any], name: str, arrays: _Arrays) -> str:
    if array.dtype.hasobject:
        raise TypeError(f"field {name.lstrip('.')} is an array of Python objects: {_ACCEPTED}")
    plain = re.sub(r"[^\w.=+-]", "_", name.lstrip("."), flags=re.ASCII) or "value"
    key, twin = plain, 1
    while key in arrays:
        key, twin = f"{plain}~{twin}", twin + 1
    arrays[key] = array
    return key


def _decode(tree: Any, arrays: _Arrays, kinds: dict[str, type]) -> Any:
    match tree:
        case list():
            return [_decode(item, arrays, kinds) for item in tree]
        case {"float": bits}:
            return struct.unpack(">d", bytes.fromhex(bits))[0]
        case {"scalar": key}:
            return arrays[key][()]
        case {"array": key}:
            return arrays[key]
        case {"tuple": items}:
            return tuple(_decode(item, arrays, kinds) for item in items)
        case {"dict": items}:
            return {key: _decode(item, arrays, kinds) for key, item in items.items()}
        case {"record": [kind, content]}:
            return _rebuild(kind, content, arrays, kinds)
    return tree


def _rebuild(name: str, content: dict[str, Any], arrays: _Arrays, kinds: dict[str, type]) -> object:
    if name not in kinds:
        raise ValueError(f"it holds a {name}")
    kind: Any = kinds[name]
    wanted = {f.name for f in fields(kind) if f.init}
    if wanted != content.keys():
        lacks, extra = sorted(wanted - content.keys()), sorted(content.keys() - wanted)
        raise ValueError(f"missing fields {lacks}, unknown fields {extra}")
    inner = {k.__name__: k for hint in get_type_hints(kind).values() for k in _dataclasses_in(hint)}
    return kind(**{key: _decode(item, arrays, inner) for key, item in content.items()})


def _dataclasses_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for argument in get_args(hint):
        yield from _dataclasses_in(argument)
