"""One process that runs student code, seen from the trusted side. No jail here: the protocol itself."""

import sys
import time

import numpy as np
import pytest

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running import session as sessions
from rl_landscapes.course.running import wire
from rl_landscapes.course.running.session import Crashed, NotStarted, Session, TimedOut, process_starter
from rl_landscapes.course.running.submission import unjailed_starter

LIMITS = Limits(call_s=10.0)


@pytest.fixture
def session():
    opened = Session(unjailed_starter(), LIMITS, closed=("rl_landscapes.policies",))
    yield opened
    opened.close()


def defined(session, source, **how):
    session.cell("cell", source, 10.0, **how)
    return lambda name, *arguments, **keywords: session.call(name, arguments, keywords, 10.0)


def test_values_go_in_and_come_out(session):
    call = defined(session, "def f(x, *, by=1): return {'x': x, 'by': by}")
    found = call("f", np.arange(3), by=(1, [2.5, None]))
    assert found["x"].tolist() == [0, 1, 2]
    assert found["by"] == (1, [2.5, None])


def test_arguments_are_copies(session):
    call = defined(session, "def f(x): x[:] = 0; return x")
    given = np.ones(3)
    assert call("f", given).tolist() == [0, 0, 0]
    assert given.tolist() == [1, 1, 1]


def test_functions_can_be_handed_over_and_come_back(session):
    call = defined(session, "def twice(f): return lambda x: f(f(x))")
    assert call("twice", lambda x: x + 1) is not None
    both = "def both(f, g): return f(g(2.0))"
    assert defined(session, both)("both", lambda x: x + 1, lambda x: x**2) == 5.0


def test_returned_functions_can_be_called(session):
    adder = defined(session, "def adder(n): return lambda x: x + n")("adder", 3)
    assert adder(4) == 7


def test_a_function_called_back_may_call_the_student_again(session):
    call = defined(session, "def outer(f): return f(1) + 1\ndef inner(x): return 10 * x")
    assert call("outer", lambda x: call("inner", x)) == 11


def test_errors_come_with_kind_message_and_line(session):
    call = defined(session, "def f():\n    x = 1\n    raise KeyError('spam')")
    with pytest.raises(StudentError) as error:
        call("f")
    assert (error.value.kind, error.value.message) == ("KeyError", "'spam'")
    assert error.value.line == "line 3: raise KeyError('spam')"


def test_error_in_what_was_handed_over_is_a_ValueError_there(session):
    source = "def f(g):\n    try: g(1)\n    except ValueError as e: return str(e)"
    call = defined(session, source)
    assert call("f", lambda: None).startswith("TypeError")
    assert call("f", lambda x: {x}) == "Unsendable: a value of type set"


def test_what_may_not_cross_is_an_error_of_the_student(session):
    with pytest.raises(StudentError, match="the function returned a value of type set"):
        defined(session, "def f(): return {1}")("f")


def test_a_closed_module_says_so(session):
    with pytest.raises(StudentError, match=r"rl_landscapes.policies is closed in this assignment"):
        defined(session, "import rl_landscapes.policies.softmax")


def test_the_courses_check_is_there_and_does_nothing(session):
    source = "from rl_landscapes.course import exercise\ncheck = exercise('x')\n"
    call = defined(session, source + "def f(): return check('a', hint=2)")
    assert call("f") is None


def test_statements_after_an_error_still_define(session):
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        defined(session, "import math\n1 / 0\nx = float(3)\nprint(y)\ndef f(): return x")
    assert session.call("f", (), {}, 10.0) == 3.0


def test_only_definitions(session):
    defined(session, "n = 2\nm = int(5)\nwhile True: pass\ndef f(): return n", definitions=True)
    assert session.names() >= {"f"}
    assert "m" not in session.names()
    assert session.call("f", (), {}, 10.0) == 2


def test_no_cell_replaces_an_answer(session):
    call = defined(session, "def f(): return 1\nscale = 2", functions=["f"])
    defined(session, "def g(): return f() * scale", functions=["g"])
    defined(session, "f = None\nscale = 0\ng = len\nother = 5\ndef h(): return other")
    session.settle()
    assert [call(name) for name in "fgh"] == [1, 2, 5]


def test_an_answer_keeps_its_function_where_another_answer_uses_the_name(session):
    call = defined(session, "def f(): return 1", functions=["f"])
    defined(session, "def f(): return 2\ndef g(): return f()", functions=["g"])
    session.settle()
    assert [call("f"), call("g")] == [1, 2]


def test_who_takes_too_long_is_ended(session):
    defined(session, "def f():\n    while True: pass")
    with pytest.raises(TimedOut, match=r"0\.2 s"):
        session.call("f", (), {}, 0.2)
    assert not session.is_open
    assert session.process.returncode is not None
    with pytest.raises(Crashed):
        session.call("f", (), {}, 0.2)


def test_all_requests_share_the_time_there_is(session):
    call = defined(session, "import time\ndef f(): time.sleep(0.2)")
    session.left_s = 0.3
    call("f")
    with pytest.raises(TimedOut):
        call("f")
    assert session.left_s == 0


def test_returned_function_that_does_not_come_back_ends_the_process(session):
    opened = Session(unjailed_starter(), Limits(call_s=0.3))
    try:
        opened.cell("cell", "def f():\n    def g():\n        while True: pass\n    return g", 10.0)
        with pytest.raises(TimedOut):
            opened.call("f", (), {}, 10.0)()
        assert not opened.is_open
    finally:
        opened.close()


def test_a_process_that_ends_has_crashed(session):
    with pytest.raises(Crashed, match="ended"):
        defined(session, "import os\nos._exit(0)")


def test_an_answer_too_large_is_said_to_be_so(session):
    with pytest.raises(StudentError, match="MiB, at most 50 are taken"):
        defined(session, "import numpy as np\ndef f(): return np.zeros(10**7)")("f")


def saying(*frames: bytes, then: str = "os.read(0, 10**6)") -> list[str]:
    """Return a command that writes frames and answers nothing it is asked."""
    return [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import os\nfor f in {frames!r}: os.write(1, f)\n{then}\n{then}",
    ]


READY = wire.pack("ready"), wire.pack(("value", 0, None))


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", ""],
        saying(b"no frame at all, and long enough to be read as one"),
        saying(wire.pack("steady")),
        saying(READY[0], wire.pack(("error", 0, "KeyError", "", ""))),
        ["/no/such/program"],
    ],
)
def test_what_does_not_greet_is_not_started(command):
    with pytest.raises(NotStarted):
        Session(process_starter(command), LIMITS)


def test_a_start_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(sessions, "START_S", 0.3)
    began = time.monotonic()
    with pytest.raises(NotStarted):
        Session(process_starter([sys.executable, "-c", "import time; time.sleep(60)"]), LIMITS)
    assert time.monotonic() - began < 5


FORGED = [
    wire.pack("spam"),
    wire.pack(("value",)),
    wire.pack(("call", "0", (), {})),
    wire.pack(("call", 0, [], {})),
    b"\0\0\0\4\0\0\0\0null",
    b"\xff" * 8,
    b"\0\0\0\1\0\0\0\0{",
]


@pytest.mark.parametrize("frame", FORGED)
def test_forged_frames_are_a_crash(frame):
    opened = Session(process_starter(saying(*READY, frame)), LIMITS)
    with pytest.raises(Crashed, match="garbled"):
        opened.call("f", (), {}, 5.0)
    assert not opened.is_open


def test_answers_nobody_has_asked_for_are_passed_over():
    early = [wire.pack(("value", number, 5.0)) for number in range(50)]
    errors = [wire.pack(("error", 7, "A", "b", "c"))]
    opened = Session(
        process_starter(saying(*READY, *early, *errors, then="import time; time.sleep(9)")), LIMITS
    )
    with pytest.raises(TimedOut):
        opened.call("f", (), {}, 0.5)


def test_calls_back_to_what_was_not_given_are_errors_there():
    calls = [wire.pack(("call", number, (), {})) for number in (-(2**63), -1, 0, 5, 2**62)]
    opened = Session(process_starter(saying(*READY, *calls, then="import time; time.sleep(9)")), LIMITS)
    with pytest.raises(TimedOut):
        opened.call("f", (), {}, 0.5)
