"""What a record file holds, whatever kind of record it is."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_landscapes.records import archive
from rl_landscapes.records.record import FORMAT

LONGEST = 60  # characters of a text


@dataclass(frozen=True)
class Outline:
    """The kind of a record, who wrote it, and its fields: for an array its type and shape, else the value."""

    kind: str
    versions: dict[str, str]
    fields: dict[str, str]


def outline(path: Path) -> Outline:
    """Read what a record file holds; every byte is checked on the way.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged, no record file, or of a newer format.
    """
    header, arrays = archive.read(path)
    if header.get("format") != FORMAT:
        raise ValueError(f"{path} has record format {header.get('format')!r}; this version reads {FORMAT}")
    kind, content = header["content"]["record"]
    return Outline(kind, header["versions"], dict(_fields({"dict": content}, "", arrays)))


def _fields(tree: Any, name: str, arrays: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    match tree:
        case {"dict": inner} | {"record": [_, inner]} if inner:
            for key, item in inner.items():
                yield from _fields(item, f"{name}.{key}" if name else key, arrays)
        case [*items] | {"tuple": [*items]} if any(_is_deep(item) for item in items):
            for i, item in enumerate(items):
                yield from _fields(item, f"{name}[{i}]", arrays)
        case _:
            yield name, _shown(tree, arrays)


def _is_deep(tree: Any) -> bool:
    return isinstance(tree, dict) and bool(tree.keys() & {"array", "dict", "record"})


def _shown(tree: Any, arrays: Mapping[str, Any]) -> str:
    match tree:
        case {"array": key}:
            return f"{arrays[key].dtype} {arrays[key].shape}"
        case {"scalar": key}:
            return str(arrays[key][()])
        case {"float": bits}:
            return str(struct.unpack(">d", bytes.fromhex(bits))[0])
        case [*items] | {"tuple": [*items]}:
            return _short(f"({', '.join(_shown(item, arrays) for item in items)})")
        case {"dict": _} | {"record": _}:
            return "{}"
    return _short(str(tree))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
