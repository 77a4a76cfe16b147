"""Plain data between two processes: numbers, text, arrays, lists, and names for functions. Never pickle.

A frame is eight bytes (the lengths of what follows), a tree in JSON, and the raw bytes of its arrays. This
file runs on both sides and imports NumPy alone, so that a jail starts quickly. What arrives is not trusted:
every length, type and depth is checked before it is used.
"""

import json
import os
import re
import select
import struct
import time
from collections.abc import Callable
from typing import Any

import numpy as np

HEAD = struct.Struct(">II")
TREE_LIMIT = 8 << 20  # bytes of JSON
DEPTH_LIMIT, DIMENSIONS = 40, 32
CAN_WAIT = hasattr(select, "poll")  # for a pipe, until a deadline; not on Windows, not always on macOS
INTEGER_LIMIT = 1 << 63
SIZES = {"b": (1,), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "f": (2, 4, 8), "c": (8, 16)}
TYPES = {  # what crosses: truths, integers, floats, complex; a long double is not the same everywhere
    f"{'<' if size > 1 else '|'}{kind}{size}": np.dtype(f"{kind}{size}")
    for kind in SIZES
    for size in SIZES[kind]
}
PLAIN = (type(None), bool, str)
# Control characters but for tabs and ends of lines, halves of surrogate pairs, changes of direction.
ACTING = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class Garbled(Exception):
    """What came is no frame, or one too large."""


class Unsendable(TypeError):
    """A value that cannot cross: its type, or its size."""


Name = Callable[[Any], int]  # a function -> the number under which the other side may call it
Find = Callable[[int], Any]  # such a number -> something to call


def pack(value: Any, name: Name | None = None) -> bytes:
    """Return a frame that holds a value.

    Raises
    ------
    Unsendable
        If part of it is no plain data, lies too deep, or is an integer of more than 64 bits.
    """
    parts: list[bytes] = []
    tree = json.dumps(_tree(value, parts, name, 0)).encode()
    body = b"".join(parts)
    if len(tree) > TREE_LIMIT or len(body) >= 1 << 32:
        raise Unsendable(f"{len(tree) + len(body)} bytes are too many")
    return HEAD.pack(len(tree), len(body)) + tree + body


def unpack(tree: bytes, body: bytes, find: Find | None = None) -> Any:
    """Return the value in a frame; its arrays are copies that nothing else refers to.

    Raises
    ------
    Garbled
        If it is none.
    """
    try:
        parsed = json.loads(tree)
        value, used = _value(parsed, body, 0, find, 0)
    except Garbled:
        raise
    except Exception as error:  # deep JSON, digits without end, wrong types: whatever a liar can think of
        raise Garbled(f"{type(error).__name__} in a frame") from None
    if used != len(body):
        raise Garbled("bytes left over in a frame")
    return value


def copy(value: Any, name: Name | None = None, find: Find | None = None) -> Any:
    """Return what would arrive on the other side.

    Raises
    ------
    Unsendable
        If it cannot cross.
    """
    frame = pack(value, name)
    length = HEAD.unpack_from(frame)[0]
    return unpack(frame[HEAD.size : HEAD.size + length], frame[HEAD.size + length :], find)


def send(descriptor: int, frame: bytes, deadline: float | None = None) -> None:
    """Write a frame whole.

    Raises
    ------
    TimeoutError
        If the other side has not taken it by the deadline (of `time.monotonic`).
    OSError
        If the other side is gone.
    """
    rest = memoryview(frame)
    while rest:
        if deadline is not None:
            _wait(descriptor, select.POLLOUT, deadline)
        rest = rest[os.write(descriptor, rest[: 1 << 16] if deadline is not None else rest) :]


def receive(
    descriptor: int, find: Find | None = None, deadline: float | None = None, limit: int = 1 << 30
) -> Any:
    """Read one frame and return its value.

    Raises
    ------
    EOFError
        If the other side is gone.
    TimeoutError
        If it has not all come by the deadline.
    Garbled
        If it is no frame, or one of more than `limit` bytes.
    """
    return unpack(*read(descriptor, deadline, limit), find)


def read(descriptor: int, deadline: float | None = None, limit: int = 1 << 30) -> tuple[bytes, bytes]:
    """Read one frame as it is: its tree and its body. What it raises is what `receive` does."""
    tree, body = HEAD.unpack(_read(descriptor, HEAD.size, deadline))
    if tree > TREE_LIMIT or body > limit:
        raise Garbled(f"a frame of {tree + body} bytes")
    return _read(descriptor, tree, deadline), _read(descriptor, body, deadline)


def _read(descriptor: int, count: int, deadline: float | None) -> bytes:
    parts = []
    while count:
        if deadline is not None:
            _wait(descriptor, select.POLLIN, deadline)
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _wait(descriptor: int, what: int, deadline: float) -> None:
    ready = select.poll()
    ready.register(descriptor, what)
    left = deadline - time.monotonic()
    if left <= 0 or not ready.poll(1000 * left):
        raise TimeoutError


def _tree(value: Any, parts: list[bytes], name: Name | None, depth: int) -> Any:
    """Return JSON for a value, arrays apart: plain things stand for themselves, others are marked lists."""
    if depth > DEPTH_LIMIT:
        raise Unsendable(f"a value more than {DEPTH_LIMIT} levels deep")
    if isinstance(value, PLAIN):
        return value if not isinstance(value, str) else str.__str__(value)
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float) and not isinstance(value, np.generic):
        return ["f", float(value).hex()]
    if isinstance(value, complex) and not isinstance(value, np.generic):
        return ["c", value.real.hex(), value.imag.hex()]
    if isinstance(value, np.ndarray | np.generic):
        return _array(value, parts)
    if isinstance(value, list | tuple):
        kind = "l" if isinstance(value, list) else "t"
        return [kind, [_tree(item, parts, name, depth + 1) for item in value]]
    if isinstance(value, dict):
        return ["d", [[_key(key), _tree(item, parts, name, depth + 1)] for key, item in value.items()]]
    if isinstance(value, np.random.Generator):
        return _generator(value)
    if name is not None and callable(value):
        return ["n", name(value)]
    raise Unsendable(f"a value of type {type(value).__name__}")


def _integer(value: int) -> int:
    if not -INTEGER_LIMIT <= value < INTEGER_LIMIT:
        raise Unsendable("an integer of more than 64 bits")
    return value


def _text(text: str) -> str:
    """Return a text that neither acts on a terminal nor fails to be written to a file."""
    return text if text.isprintable() else ACTING.sub("?", text)


def _key(key: Any) -> str | int:
    if isinstance(key, str):
        return _text(str.__str__(key))
    if isinstance(key, int) and not isinstance(key, bool):
        return _integer(int(key))
    raise Unsendable(f"a dictionary with a key of type {type(key).__name__}")


def _array(value: Any, parts: list[bytes]) -> Any:
    array = np.asarray(value)
    little = array.dtype.newbyteorder("<")
    if little.str not in TYPES:
        raise Unsendable(f"an array of type {array.dtype}")
    parts.append(np.ascontiguousarray(array, dtype=little).tobytes())
    return ["s" if isinstance(value, np.generic) else "a", little.str, list(array.shape)]


def _generator(value: np.random.Generator) -> Any:
    state = value.bit_generator.state
    if state.get("bit_generator") != "PCG64":
        raise Unsendable(f"a generator of type {state.get('bit_generator')}")
    numbers = [
        hex(state["state"]["state"]),
        hex(state["state"]["inc"]),
        state["has_uint32"],
        state["uinteger"],
    ]
    return ["g", numbers]


def _value(tree: Any, body: bytes, used: int, find: Find | None, depth: int) -> tuple[Any, int]:
    if depth > 2 * DEPTH_LIMIT:
        raise Garbled("a frame too deep")
    if isinstance(tree, str):
        return _text(tree), used
    if tree is None or isinstance(tree, bool):
        return tree, used
    if isinstance(tree, int):
        return _integer(tree), used
    match tree:
        case ["f", str(bits)]:
            return float.fromhex(bits), used
        case ["c", str(real), str(imaginary)]:
            return complex(float.fromhex(real), float.fromhex(imaginary)), used
        case ["a" | "s" as kind, str(dtype), list(shape)]:
            array, used = _read_array(dtype, shape, body, used)
            return (array if kind == "a" else array.reshape(-1)[0]), used
        case ["l" | "t" as kind, list(trees)]:
            values = []
            for item in trees:
                one, used = _value(item, body, used, find, depth + 1)
                values.append(one)
            return (values if kind == "l" else tuple(values)), used
        case ["d", list(pairs)]:
            found: dict[Any, Any] = {}
            for key, item in pairs:
                found[_key(key)], used = _value(item, body, used, find, depth + 1)
            return found, used
        case ["g", [str(state), str(increment), int(has), int(rest)]]:
            return _made_generator(state, increment, has, rest), used
        case ["n", int(number)] if find is not None:
            return find(number), used
    raise Garbled("a frame of no known kind")


def _read_array(dtype: str, shape: list[Any], body: bytes, used: int) -> tuple[Any, int]:
    kind = TYPES.get(dtype)
    if kind is None or len(shape) > DIMENSIONS:
        raise Garbled("an array of no type that crosses")
    count = 1
    for length in shape:
        if type(length) is not int or not 0 <= length < INTEGER_LIMIT:
            raise Garbled("an array of no shape")
        count *= length
    end = used + count * kind.itemsize
    if end > len(body):
        raise Garbled("an array without its bytes")
    flat = np.frombuffer(body, kind.newbyteorder("<"), count, used) if count else np.empty(0, kind)
    array = flat.reshape(shape).astype(kind)
    if kind == np.bool_:
        array = np.asarray(array.view(np.uint8) != 0)  # no truth but 0 and 1
    return array, end


def _made_generator(state: str, increment: str, has: int, rest: int) -> np.random.Generator:
    bits = np.random.PCG64(0)
    bits.state = {
        "bit_generator": "PCG64",
        "state": {"state": int(state, 16), "inc": int(increment, 16)},
        "has_uint32": has,
        "uinteger": rest,
    }
    return np.random.Generator(bits)
