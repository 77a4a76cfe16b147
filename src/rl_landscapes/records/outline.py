"""What a record holds, in a few lines: an array by its type and shape, all else by its value."""

import textwrap
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from rl_landscapes.records.encoding import Fields

LONGEST = 60  # characters of a text
WIDTH = 90  # characters of a line beside the names


def summary(record: object) -> str:
    """Return the kind of a record and its `rows`, a line or a short paragraph each.

    Examples
    --------
    >>> from rl_landscapes import records, statistics
    >>> print(records.summary(statistics.binomial_interval(0, 4, level=0.5)))
    Interval
      estimate  0.0
      low       0.0
      high      0.2928932188134525
      level     0.5
      n         4
    """
    return "\n".join([_apart(record).kind, *table(rows(record))])


def rows(record: object) -> dict[str, str]:
    """Return the fields of a record by their dotted names; of several records in a field the first one's."""
    content = _apart(record).content
    told = any(map(_is_origin, content.values()))  # then those of records inside say nothing
    parts = [_rows(key, _apart(item), told=told and not _is_origin(item)) for key, item in content.items()]
    return {name: text for part in parts for name, text in part}


def table(lines: dict[str, str]) -> list[str]:
    """Return the lines of a table of two columns, long texts wrapped."""
    width = max(map(len, lines), default=0)
    made = []
    for name, value in lines.items():
        first, *more = textwrap.wrap(value, WIDTH) or [""]
        made += [f"  {name:<{width}}  {first}", *(f"  {'':<{width}}  {line}" for line in more)]
    return made


def _rows(name: str, value: Any, *, told: bool) -> Iterator[tuple[str, str]]:
    match value:
        case np.ndarray():  # which from NumPy 2.5 on is a sequence too
            yield name, _shown(value)
        case Fields("Provenance", content):
            yield from () if told else _origin(content)
        case Fields(_, content) | dict(content) if content and not _is_settings(value):
            for key, item in content.items():
                yield from _rows(f"{name}.{key}", _apart(item), told=told)
        case [first, *rest] if _is_deep(first):
            if rest:
                yield name, f"{len(value)} of them, the first:"
            yield from _rows(f"{name}[0]", _apart(first), told=told)
        case _:
            yield name, _shown(value)


def _origin(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    state = content["rng_state"]
    if content.get("objective"):
        plain = {key.removeprefix("objective."): text for key, text in content["objective"].items()}
        yield "objective", "; ".join([plain.pop("objective"), *(f"{key} {plain[key]}" for key in plain)])
    if state is not None:
        seeds = state.get("seed_sequence") or {"entropy": "unknown"}
        child = f", child {seeds['spawn_key']}" if seeds.get("spawn_key") else ""
        yield "seed", f"{seeds['entropy']}{child} ({state['bit_generator']})"
    if content.get("command"):
        yield "command", content["command"]
    yield "versions", ", ".join(f"{name} {number}" for name, number in content["versions"].items())


def _apart(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type | Fields):
        content = {f.name: _apart(getattr(value, f.name)) for f in fields(value) if f.init}
        return Fields(type(value).__name__, content)
    return value


def _is_origin(value: Any) -> bool:
    return isinstance(value, Fields) and value.kind == "Provenance"


def _is_deep(value: Any) -> bool:
    return isinstance(value, np.ndarray | dict | Fields) or (
        is_dataclass(value) and not isinstance(value, type)
    )


def _is_settings(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _shown(value: Any) -> str:
    match value:
        case np.ndarray():
            return f"{value.dtype} {value.shape}"
        case dict() if value and _is_settings(value):
            return "; ".join(f"{key} {text}" for key, text in value.items())
        case dict() | Fields():
            return "{}"
        case tuple() | list():
            return _short(f"({', '.join(map(_shown, value))})")
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
