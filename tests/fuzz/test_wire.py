"""What the process of a student sends: a value, or no frame; a value arrives as it was sent."""

import json
import os
from contextlib import suppress

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running import wire
from rl_landscapes.course.running.session import Session, Stopped
from tests.fuzz.values import JSON, PLAIN, damaged

READY = wire.pack("ready") + wire.pack(("value", 0, None))
MARKED = st.recursive(  # trees as they are sent, and nearly so
    JSON | st.sampled_from(["0x1p3", "nan", "<f8", "|b1", "<c16", 2**63, -(2**63), 2**62, 40]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(st.sampled_from("fcasltdgn"), inner, inner).map(list)
        | st.tuples(st.sampled_from("ltdgnf"), st.lists(inner, max_size=4)).map(list)
        | st.tuples(
            st.sampled_from("as"), st.sampled_from(sorted(wire.TYPES)), st.lists(inner, max_size=4)
        ).map(list)
    ),
    max_leaves=10,
)


def parts(frame):
    length = wire.HEAD.unpack_from(frame)[0]
    return frame[wire.HEAD.size :][:length], frame[wire.HEAD.size :][length:]


@given(PLAIN)
def test_what_is_sent_arrives_and_is_the_same_when_it_is_sent_again(value):
    first = wire.copy(value)
    assert wire.pack(wire.copy(first)) == wire.pack(first)


@given(st.binary(max_size=60) | MARKED.map(lambda tree: json.dumps(tree).encode()), st.binary(max_size=80))
def test_what_arrives_is_plain_or_garbled(tree, body):
    with suppress(wire.Garbled):
        value = wire.unpack(tree, body, lambda number: len)
        wire.pack(value, lambda function: 0)


@given(PLAIN.flatmap(lambda value: damaged(wire.pack(value))))
def test_a_damaged_frame_is_plain_or_garbled(frame):
    if len(frame) >= wire.HEAD.size:
        with suppress(wire.Garbled):
            wire.pack(wire.unpack(*parts(frame)))


class Liar:
    """Stands for a process that has written something, whatever it is asked."""

    def __init__(self, said):
        self.returncode, self.stderr = None, None
        nowhere, into = os.pipe()
        out, saying = os.pipe()
        os.set_blocking(saying, False)
        os.write(saying, said)
        os.close(saying)
        self.nowhere = nowhere
        self.stdin, self.stdout = os.fdopen(into, "wb", 0), os.fdopen(out, "rb", 0)

    def kill(self):
        if self.returncode is None:
            os.close(self.nowhere)
        self.returncode = -9

    def wait(self):
        return self.returncode


FRAMES = st.one_of(
    st.tuples(st.sampled_from(["value", "error", "call"]), PLAIN, PLAIN, PLAIN, PLAIN).map(wire.pack),
    st.tuples(st.just("call"), st.integers(-3, 3), st.lists(PLAIN, max_size=3).map(tuple), st.just({})).map(
        wire.pack
    ),
    PLAIN.map(wire.pack),
    st.binary(max_size=30),
)


@given(st.lists(FRAMES, max_size=5).map(b"".join).flatmap(damaged))
@example(wire.pack(("call", 0, (np.zeros(3),), {})))
def test_a_session_meets_an_error_of_the_student_or_the_end_of_the_process(said):
    said = said[: (1 << 16) - len(READY)]
    session = Session(lambda: Liar(READY + said), Limits(call_s=1.0))
    called = []
    try:
        session.call("f", (lambda *values, **named: called.append((values, named)),), {}, 1.0)
    except (StudentError, Stopped):
        pass
    finally:
        session.close()
    for values, named in called:
        wire.pack((values, named))
