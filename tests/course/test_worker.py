"""What runs in a jail, tried in this process: cells, definitions, errors."""

import ast
import builtins
import resource
import sys

import pytest

from rl_landscapes.course.running import wire, worker
from rl_landscapes.course.running.worker import COURSE, Closed, Worker, defines, describe


@pytest.fixture
def ours():
    """A worker that is asked by `ask`, its answers in `sent`."""
    sent = []
    made = Worker(lambda find: None, sent.append)
    made.sent = sent
    return made


def ask(ours, action, *arguments):
    """Return the last answer to an action."""
    ours.answer(5, action, arguments)
    frame = ours.sent.pop()
    tree = wire.HEAD.unpack_from(frame)[0]
    start = wire.HEAD.size
    return wire.unpack(
        frame[start : start + tree], frame[start + tree :], lambda number: ("function", number)
    )


def test_cells_define_and_calls_call(ours):
    assert ask(ours, ours.cell, "a", "def f(x): return x + 1\nn = 3", False, None) == ("value", 5, None)
    assert ask(ours, ours.call, "f", (1,), {}) == ("value", 5, 2)
    assert "f" in ours.known()
    assert "n" not in ours.known()


def test_answers_survive_later_cells(ours):
    ask(ours, ours.cell, "f", "def f(): return 1\nk = 1", False, ["f"])
    ask(ours, ours.cell, "x", "f = k = 5\nother = 6", False, None)
    ours.settle()
    assert ask(ours, ours.call, "f", (), {}) == ("value", 5, 1)
    assert (ours.names["k"], ours.names["other"]) == (1, 6)


def test_errors_are_told_in_words(ours):
    kind, request, name, message, line = ask(
        ours, ours.cell, "a", "x = 1\nraise KeyError('spam')", False, None
    )
    assert (kind, request, name, message, line) == (
        "error",
        5,
        "KeyError",
        "'spam'",
        "line 2: raise KeyError('spam')",
    )


def test_syntax_errors_have_their_line(ours):
    *_, name, _, line = ask(ours, ours.cell, "a", "x = 1\ndef f(:", False, None)
    assert (name, line) == ("SyntaxError", "line 2: def f(:")


def test_returned_functions_have_numbers(ours):
    ask(ours, ours.cell, "a", "def f(): return lambda x: 2 * x", False, None)
    assert ask(ours, ours.call, "f", (), {}) == ("value", 5, ("function", 0))
    assert ask(ours, ours.call, 0, (4,), {}) == ("value", 5, 8)


def test_answers_that_cannot_be_sent_say_why(ours):
    ask(ours, ours.cell, "a", "def f(): return {1}\ndef g(): return 'x' * 10**4", False, None)
    assert ask(ours, ours.call, "f", (), {})[2:4] == (
        "TypeError",
        "the function returned a value of type set",
    )
    ours.most = 100
    assert "at most 0 are taken" in ask(ours, ours.call, "g", (), {})[3]


def test_calls_go_out_and_answers_come_back():
    sent, coming = [], [("value", 3.0), ("error", "spam")]
    ours = Worker(lambda find: coming.pop(0), sent.append)
    assert ours.find(0)(1, by=2) == 3.0
    with pytest.raises(ValueError, match="spam"):
        ours.find(0)()
    assert len(sent) == 2


def test_while_it_waits_it_may_be_asked():
    sent, coming = [], [(7, "call", "f", (1,), {}), ("value", 4)]
    ours = Worker(lambda find: coming.pop(0), sent.append)
    ours.cell("a", "def f(x): return x", False, None)
    assert ours.find(0)() == 4
    assert b'"value", 7, 1' in sent[1]


def test_serving_ends_with_the_pipe():
    coming = [(1, "cell", "a", "def f(): return 1", False, None), (2, "call", "f", (), {})]

    def receive(find):
        if not coming:
            raise EOFError
        return coming.pop(0)

    sent = []
    with pytest.raises(EOFError):
        Worker(receive, sent.append).serve()
    assert len(sent) == 2


def test_what_is_no_program_stays_an_error(ours):
    with pytest.raises(SyntaxError):
        ours.parse("def f(:\n%time", "<cell>")


def test_what_a_cell_imports_from_the_future_holds_in_all_later_ones(ours):
    cells = ["from __future__ import annotations\ndef f(x: no) -> such: return x", "def g(x: name): return x"]
    for number, source in enumerate(cells):
        assert ask(ours, ours.cell, str(number), source, False, None)[0] == "value"
    assert ours.names["g"].__annotations__ == {"x": "name"}


def test_without_such_an_import_annotations_are_looked_up(ours):
    assert ask(ours, ours.cell, "a", "def f(x: no): return x", False, None)[2:4] == (
        "NameError",
        "name 'no' is not defined",
    )


def test_a_cell_may_wait_at_its_outermost_level(ours):
    ask(ours, ours.cell, "a", "async def f(): return 3\nx = await f()", False, None)
    assert ours.names["x"] == 3


def test_what_is_asked_of_IPython_is_not_done():
    assert worker.Shell().run_line_magic("matplotlib", "inline") is None
    assert worker.Shell().getoutput("ls") == []


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("import a", True), ("from a import b", True), ("def f(): g()", True), ("class A: pass", True),
        ("async def f(): pass", True), ("x = 1", True), ("x: int = 1", True), ("x = f()", False),
        ("try:\n import a\nexcept ImportError:\n a = None", True), ("if x:\n f()", False), ("f()", False),
        ("while x: pass", False), ("for i in x: pass", False), ("x += 1", False), ("del x", False),
        ("assert x", False),
    ],
)  # fmt: skip
def test_what_defines_without_calling(source, holds):
    assert defines(ast.parse(source).body[0]) is holds


class Silent(Exception):
    def __str__(self):
        raise RuntimeError


class Text(str):
    def __getitem__(self, place):
        return 10**100


class Odd(Exception):
    def __str__(self):
        return Text("spam")


@pytest.mark.parametrize(
    ("error", "told"), [(Silent(), ""), (Odd(), "spam"), (ValueError("x" * 9999), "x" * 500)]
)
def test_messages_are_texts_of_some_length_whatever_the_error(error, told):
    assert describe(error, {}) == (type(error).__name__, told, "")


def test_closed_modules_are_refused_with_all_that_is_in_them():
    finder = Closed(["a.b"])
    for name in ("a.b", "a.b.c"):
        with pytest.raises(ImportError, match="is closed"):
            finder.find_spec(name)
    assert finder.find_spec("a.bc") is None


def test_setting_up_closes_modules_and_fixes_random_numbers(ours, monkeypatch):
    np = worker.np
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    ours.set_up(["no.such.module"], 100)
    first = np.random.random()
    ours.set_up([], 100)
    assert np.random.random() == first
    assert (ours.most, sys.modules["__main__"]) == (100, ours.module)
    with pytest.raises(ImportError, match="closed"):
        sys.meta_path[1].find_spec("no.such.module.at.all")


def test_the_course_is_stood_in_for(monkeypatch):
    monkeypatch.setitem(sys.modules, COURSE, sys.modules[COURSE])
    worker.stand_in()
    assert sys.modules[COURSE].exercise("x")("softmax", hint=1) is None


def test_limits_are_set_by_name(monkeypatch):
    done = []
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: done.append(limit))
    worker.limit([("CORE", 0)])
    assert done == [(resource.RLIMIT_CORE, (0, 0))]


def test_exit_ends_the_cell_only(ours):
    ours.names["exit"] = worker.leave
    assert ask(ours, ours.cell, "a", "exit()\nx = 1\nprint(y)", False, None)[2] == "SystemExit"
    assert ours.names["x"] == 1
    assert not hasattr(builtins, "x")
