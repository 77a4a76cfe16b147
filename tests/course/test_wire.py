"""Plain data between two processes: what is sent arrives, what is forged is refused."""

import json
import os
import struct
import time
from threading import Thread

import numpy as np
import pytest

from rl_landscapes.course.running import wire

PLAIN = [
    None, True, False, 0, -1, 2**63 - 1, -(2**63), 0.1, -0.0, float("inf"), 1e-320, 1j, "", "\N{SNOWMAN}\n",
    [], (), {}, [1, (2.5, [None])], {"a": 1, 2: {"b": []}}, [[[[]]]],
]  # fmt: skip


def same(one, other):
    if isinstance(one, np.ndarray | np.generic):
        return type(one) is type(other) and one.dtype == other.dtype and one.tobytes() == other.tobytes()
    return type(one) is type(other) and repr(one) == repr(other)


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_arrive_as_they_were(value):
    assert same(wire.copy(value), value)


@pytest.mark.parametrize("kind", wire.TYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0), (2, 3), (1,) * 32])
def test_arrays_arrive_as_they_were(kind, shape):
    array = np.random.default_rng(0).integers(0, 2, shape).astype(kind)
    arrived = wire.copy(array)
    assert same(arrived, array)
    assert arrived.shape == shape
    assert arrived.flags.writeable
    assert not np.shares_memory(arrived, array)


def test_other_orders_and_strides_arrive_in_the_order_of_this_machine():
    array = np.arange(12, dtype=">f8").reshape(3, 4)
    for view in (array.T, array[::-1, ::2], np.asfortranarray(array)):
        assert wire.copy(view).dtype == np.float64
        np.testing.assert_array_equal(wire.copy(view), view)


def test_scalars_of_numpy_stay_scalars_of_numpy():
    for value in (np.float64(0.1), np.float32(2), np.int8(-3), np.bool_(True), np.complex64(1j)):
        assert same(wire.copy(value), value)


def test_subclasses_arrive_as_what_they_are_made_of():
    class Text(str):
        def __str__(self):
            return "another"

    class Number(int):
        def __index__(self):
            return 7

    class Row(np.ndarray):
        pass

    text, number, keyed, row = wire.copy((Text("a"), Number(5), {Text("b"): 1}, np.zeros(2).view(Row)))
    assert (type(text), text, type(number)) == (str, "a", int)
    assert [type(key) for key in keyed] == [str]
    assert type(row) is np.ndarray


def test_generator_goes_on_where_it_stood():
    rng = np.random.default_rng(3)
    rng.integers(10, dtype=np.int32)
    assert wire.copy(rng).normal(size=5).tolist() == rng.normal(size=5).tolist()


def test_functions_cross_as_numbers_and_only_where_wanted():
    named = []

    def name(function):
        named.append(function)
        return len(named) - 1

    arrived = wire.copy([abs, {"f": len}], name, lambda number: ("function", number))
    assert arrived == [("function", 0), {"f": ("function", 1)}]
    assert named == [abs, len]
    with pytest.raises(wire.Unsendable, match="builtin_function"):
        wire.pack(abs)
    with pytest.raises(wire.Garbled):
        wire.copy(abs, name)


class Lying:
    __class__ = float

    def __float__(self):
        raise ValueError


@pytest.mark.parametrize(
    "value",
    [
        object(), {1, 2}, b"bytes", 2**63, -(2**63) - 1, {(1,): 2}, {None: 1}, {1.5: 2}, {True: 1}, range(3),
        np.array([None]), np.array(["a"]), np.array(["2020-01-01"], "M8[D]"), np.zeros(2, "i4,i4"),
        np.zeros(2, np.longdouble), np.random.Generator(np.random.MT19937(0)),
    ],
    ids=lambda value: str(type(value).__name__),
)  # fmt: skip
def test_what_is_no_plain_data_is_refused_by_its_type(value):
    with pytest.raises(wire.Unsendable):
        wire.pack([value])


def test_what_lies_about_its_type_is_no_error_of_ours():
    with pytest.raises((wire.Unsendable, TypeError, ValueError)):
        wire.pack(Lying())


def test_a_value_that_contains_itself_is_refused():
    itself = []
    itself.append(itself)
    with pytest.raises(wire.Unsendable, match="levels deep"):
        wire.pack(itself)


def test_a_text_too_long_is_refused():
    with pytest.raises(wire.Unsendable, match="too many"):
        wire.pack("x" * (wire.TREE_LIMIT + 1))


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ("\x1b[2Jx", "?[2Jx"), ("a\0b", "a?b"), ("\ud800", "?"), ("\u202etxt", "?txt"),
        ("tab\t\n\r", "tab\t\n\r"),
        ("na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve \N{GREEK SMALL LETTER PI}",) * 2,
    ],
)  # fmt: skip
def test_text_acts_on_no_terminal_and_can_be_written_to_a_file(sent, arrives):
    assert wire.copy(sent) == arrives
    assert wire.copy({sent: 0}) == {arrives: 0}
    assert wire.copy(sent).encode()


FORGED = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b"\xff\xfe",
    "deep JSON": b"[" * 100_000,
    "deep lists": b'["l",[' * 200 + b"]]" * 200,
    "a bare float": b"1.5",
    "NaN": b"NaN",
    "an object": b'{"a": 1}',
    "a large integer": b"9223372036854775808",
    "digits without end": b"9" * 10_000,
    "an unknown mark": b'["z", 1]',
    "an empty list": b"[]",
    "a float that is none": b'["f", "spam"]',
    "a float that is a number": b'["f", 1.0]',
    "half a complex number": b'["c", "0x1p0"]',
    "a list of no list": b'["l", "abc"]',
    "a dictionary of no pairs": b'["d", [[1, 2, 3]]]',
    "a dictionary with a list as key": b'["d", [[["l", []], 1]]]',
    "object array": b'["a", "|O", [1]]',
    "text array": b'["a", "<U4", [1]]',
    "structured array": b'["a", "i4,i4", [1]]',
    "void array": b'["a", "|V8", [1]]',
    "long double": b'["a", "<f16", [1]]',
    "type that is code": b'["a", "__import__", [1]]',
    "array without bytes": b'["a", "<f8", [2]]',
    "huge shape": b'["a", "<f8", [4611686018427387904, 4611686018427387904]]',
    "huge shape of nothing": b'["a", "<f8", [0, 4611686018427387904, 4611686018427387904]]',
    "negative shape": b'["a", "<f8", [-1]]',
    "shape of truths": b'["a", "<f8", [true]]',
    "shape of fractions": b'["a", "<f8", [1.0]]',
    "too many axes": b'["a", "|b1", [' + b"1," * 64 + b"1]]",
    "scalar of nothing": b'["s", "<f8", [0]]',
    "generator of another kind": b'["g", ["0x1", "0x1", 0]]',
    "generator with a state too large": b'["g", ["0x' + b"f" * 100 + b'", "0x1", 0, 0]]',
    "generator that is no number": b'["g", ["spam", "0x1", 0, 0]]',
    "function where there are none": b'["n", 0]',
    "function that is no number": b'["n", "0"]',
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_frames_are_garbled_and_nothing_else(name):
    with pytest.raises(wire.Garbled):
        wire.unpack(FORGED[name], b"")


def test_bytes_left_over_are_garbled():
    with pytest.raises(wire.Garbled, match="left over"):
        wire.unpack(b"null", b"x")


def test_truths_are_only_0_and_1():
    array = wire.unpack(b'["a", "|b1", [3]]', b"\0\7\xff")
    assert array.tolist() == [False, True, True]
    assert array.sum() == 2


def test_frames_changed_at_random_are_values_or_garbled():
    rng = np.random.default_rng(1)
    value = [1, 2.5, "text", (np.arange(6.0).reshape(2, 3), {"k": np.bool_(True)}), np.random.default_rng(0)]
    frame = wire.pack(value)
    length = wire.HEAD.unpack_from(frame)[0]
    tree, body = frame[wire.HEAD.size : wire.HEAD.size + length], frame[wire.HEAD.size + length :]
    garbled = 0
    for _ in range(3000):
        changed = bytearray(tree)
        for place in rng.integers(len(tree), size=rng.integers(1, 4)):
            changed[place] = (
                rng.choice(list(b'[]",:0123456789abcdefnlt<|-ie{}'))
                if rng.random() < 0.7
                else rng.integers(256)
            )
        try:
            wire.pack(wire.unpack(bytes(changed), body))
        except wire.Garbled:
            garbled += 1
    assert 500 < garbled < 3000


def test_trees_made_at_random_are_values_or_garbled():
    rng = np.random.default_rng(2)
    leaves = [None, True, 7, 1.5, "f", "0x1p0", "<f8", "a", 10**30, -1, "|b1", {}]

    def tree(depth):
        if depth == 0 or rng.random() < 0.3:
            return leaves[rng.integers(len(leaves))]
        mark = ["f", "c", "a", "s", "l", "t", "d", "g", "n"][rng.integers(9)]
        return [
            mark,
            *(tree(depth - 1) if rng.random() < 0.5 else [tree(depth - 1)] for _ in range(rng.integers(4))),
        ]

    for _ in range(3000):
        try:
            wire.unpack(json.dumps(tree(4)).encode(), bytes(16), lambda number: number)
        except wire.Garbled:
            continue


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    ends = [reading, writing]
    yield ends
    for descriptor in ends:
        if descriptor is not None:
            os.close(descriptor)


def soon(seconds=5.0):
    return time.monotonic() + seconds


def test_a_large_value_goes_through_a_pipe(pipe):
    value = np.arange(500_000.0)
    os.set_blocking(pipe[1], False)
    sender = Thread(target=wire.send, args=(pipe[1], wire.pack(value), soon()))
    sender.start()
    assert same(wire.receive(pipe[0], None, soon()), value)
    sender.join()


def test_who_does_not_read_is_not_waited_for(pipe):
    os.set_blocking(pipe[1], False)
    with pytest.raises(TimeoutError):
        wire.send(pipe[1], wire.pack(np.zeros(10**6)), soon(0.1))


def test_who_does_not_write_is_not_waited_for(pipe):
    os.write(pipe[1], wire.pack(np.zeros(9))[:-1])
    with pytest.raises(TimeoutError):
        wire.receive(pipe[0], None, soon(0.1))


def test_an_end_in_the_middle_is_an_end(pipe):
    os.write(pipe[1], wire.pack(np.zeros(9))[:-1])
    os.close(pipe[1])
    pipe[1] = None
    with pytest.raises(EOFError):
        wire.receive(pipe[0], None, soon())


@pytest.mark.parametrize(
    ("tree", "body"), [(2**32 - 1, 0), (wire.TREE_LIMIT + 1, 0), (1, 101), (1, 2**32 - 1)]
)
def test_a_frame_that_is_too_large_is_refused_before_it_comes(tree, body, pipe):
    os.write(pipe[1], struct.pack(">II", tree, body))
    with pytest.raises(wire.Garbled, match="bytes"):
        wire.receive(pipe[0], None, soon(), limit=100)
