"""The other end of the pipe: runs a student's cells and calls. Nothing here is trusted once a cell has run.

Started as `python worker.py [RLIMIT_NAME=VALUE...] FOLDER...`, where each FOLDER holds packages; `wire` lies
beside it. It answers on the pipe that was its standard output; what student code prints or reads is nowhere.
"""

import __future__

import ast
import builtins
import gc
import os
import random
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

LIMIT = "RLIMIT_"
if TYPE_CHECKING or __package__:
    from rl_landscapes.course.running import wire
else:  # as a program, which knows nothing of the package that it is part of, and starts for every submission
    gc.disable()  # while modules load nothing is lost yet
    for unused in ("_add_newdocs", "_add_newdocs_scalars"):  # texts for help(), an eighth of NumPy's start
        sys.modules[f"numpy._core.{unused}"] = types.ModuleType(unused)
    FOLDER = os.path.dirname(os.path.abspath(__file__))
    sys.path += [argument for argument in sys.argv[1:] if not argument.startswith(LIMIT)]
    sys.path.insert(0, FOLDER)
    import wire

    sys.path.remove(FOLDER)

import numpy as np  # noqa: E402

gc.enable()

KIND, MESSAGE, LINE = 80, 500, 160  # characters of an error that are passed on
COURSE = "rl_landscapes.course"
AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
FUTURE = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)


class Closed:
    """Refuses the modules that hold the answers, and says so."""

    def __init__(self, closed: Sequence[str]) -> None:
        self.closed = closed

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise for a closed module; leave others to the finders after this one."""
        if any(name == module or name.startswith(module + ".") for module in self.closed):
            raise ImportError(f"{name} is closed in this assignment: it holds what you are asked to write")


class Worker:
    """Student code and the names it has defined."""

    def __init__(self, receive: Callable[[wire.Find], Any], send: Callable[[bytes], None]) -> None:
        self.module = types.ModuleType("__main__")
        self.names: dict[str, Any] = self.module.__dict__
        self.answered: dict[str, Any] = {}  # what the cells of answers have made, whatever a later cell does
        self.own: dict[str, Any] = {}  # the functions asked for, each as its own cell has made it
        self.functions: list[Callable[..., Any]] = []
        self.lines: dict[str, list[str]] = {}
        self.flags = 0  # what `from __future__` has switched on, for all that follows
        self.most = 1 << 30
        self.receive, self.send = receive, send

    def serve(self) -> None:
        """Answer until the other side closes the pipe."""
        actions: dict[str, Callable[..., Any]] = {
            "set": self.set_up,
            "cell": self.cell,
            "settle": self.settle,
            "call": self.call,
            "names": self.known,
        }
        while True:
            request, action, *arguments = self.receive(self.find)
            self.answer(request, actions[action], arguments)

    def answer(self, request: int, action: Callable[..., Any], arguments: Sequence[Any]) -> None:
        """Send what an action gives, or how it failed, or why that cannot be sent."""
        try:
            frame = wire.pack(("value", request, action(*arguments)), self.name)
            if len(frame) > self.most:
                raise wire.Unsendable(f"{len(frame) >> 20} MiB, at most {self.most >> 20} are taken")
        except BaseException as error:  # exit() too
            kind, message, line = describe(error, self.lines)
            if kind == "Unsendable":
                kind, message = "TypeError", f"the function returned {message}"
            frame = wire.pack(("error", request, kind, message, line))
        self.send(frame)

    def set_up(self, closed: Sequence[str], most: int) -> None:
        """Close modules, limit answers, fix the state of the random numbers; done once, before any cell."""
        finder: Any = Closed(closed)
        sys.meta_path.insert(0, finder)
        self.most = most
        sys.modules["__main__"] = self.module
        # Students may draw from the global states: a regrade draws the same, and so does everybody.
        np.random.seed(0)  # noqa: NPY002
        random.seed(0)

    def cell(self, name: str, source: str, definitions: bool, functions: Sequence[str] | None) -> None:
        """Execute one cell, or only what it imports and defines; `functions` are those an answer is for."""
        place = f"<{name}>"
        self.lines[place] = source.splitlines()
        before = dict(self.names)
        try:
            self.execute(self.parse(source, place), place, definitions)
        finally:
            if functions is not None:
                made = {
                    name: value for name, value in self.names.items() if before.get(name, before) is not value
                }
                self.answered.update(made)
                self.own.update({name: made[name] for name in functions if name in made})

    def parse(self, source: str, place: str) -> ast.Module:
        """Return the syntax of a cell."""
        tree = compile(source, place, "exec", ast.PyCF_ONLY_AST | AWAIT | self.flags, True)
        assert isinstance(tree, ast.Module)
        return tree

    def execute(self, tree: ast.Module, place: str, definitions: bool) -> None:
        """Execute statements one by one; after one that fails, those that only define or name something."""
        first: BaseException | None = None
        for statement in tree.body:
            if not (defines if definitions else names_something if first is not None else always)(statement):
                continue
            try:
                self.run(compile(ast.Module([statement], []), place, "exec", self.flags | AWAIT, True))
            except BaseException as error:
                first = first or error
        if first is not None:
            raise first

    def run(self, code: types.CodeType) -> None:
        """Run a statement, and what it awaits."""
        self.flags |= code.co_flags & FUTURE
        waiting = eval(code, self.names)
        try:
            while waiting is not None:
                waiting.send(None)
        except StopIteration:
            pass

    def settle(self) -> None:
        """Give each name the value that the answers gave it: a later cell must not replace an answer."""
        self.names.update(self.answered)

    def call(self, function: str | int, arguments: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Call a function by its name, or one that was returned by its number."""
        if isinstance(function, int):
            return self.functions[function](*arguments, **keywords)
        found = self.own[function] if function in self.own else self.names[function]
        return found(*arguments, **keywords)

    def known(self) -> list[str]:
        """Return the names of what can be called."""
        names = {**self.names, **self.own}
        return [name for name, value in names.items() if type(name) is str and callable(value)]

    def name(self, function: Callable[..., Any]) -> int:
        """Return a number under which the other side may call a function."""
        self.functions.append(function)
        return len(self.functions) - 1

    def find(self, number: int) -> Callable[..., Any]:
        """Return a function that is called on the other side."""

        def call_back(*arguments: Any, **keywords: Any) -> Any:
            self.send(wire.pack(("call", number, arguments, keywords), self.name))
            while True:
                kind, *rest = self.receive(self.find)
                if kind == "value":
                    return rest[0]
                if kind == "error":
                    raise ValueError(rest[0])
                _, *call = rest
                self.answer(kind, self.call, call)  # the other side calls one of ours meanwhile

        return call_back


def always(statement: ast.stmt) -> bool:
    """Say of every statement that it is executed."""
    return True


def names_something(statement: ast.stmt) -> bool:
    """Say whether a statement imports, defines or names something."""
    return defines(statement) or isinstance(statement, ast.Assign | ast.AnnAssign)


def defines(statement: ast.stmt) -> bool:
    """Say whether a statement imports or defines something, or names a value without calling anything."""
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.If | ast.Try):
        return not any(isinstance(node, ast.Call | ast.Await | ast.While) for node in ast.walk(statement))
    return isinstance(
        statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    )


def describe(error: BaseException, lines: dict[str, list[str]]) -> tuple[str, str, str]:
    """Return an error as its type's name, its message and the line of the answer that raised it."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else error  # its place is said by the line
        message = str.__getitem__(str(text), slice(MESSAGE))  # a real text, whatever __str__ returns
    except BaseException:
        message = ""
    return (type(error).__name__[:KIND], message, line_of(error, lines)[:LINE])


def line_of(error: BaseException, lines: dict[str, list[str]]) -> str:
    """Return the innermost line of the answer on the way to an error."""
    try:
        if isinstance(error, SyntaxError):
            return f"line {error.lineno}: {(error.text or '').strip()}"
        found, trace = "", error.__traceback__
        while trace is not None:
            place = lines.get(trace.tb_frame.f_code.co_filename, [])
            if 0 < trace.tb_lineno <= len(place):
                found = f"line {trace.tb_lineno}: {place[trace.tb_lineno - 1].strip()}"
            trace = trace.tb_next
        return found
    except BaseException:
        return ""


def limit(most: Iterable[tuple[str, int]]) -> None:
    """Set limits of this process, for good."""
    for name, value in most:
        import resource  # not on Windows, where none are asked for

        resource.setrlimit(getattr(resource, LIMIT + name), (value, value))


def stand_in() -> None:
    """Put a module in the place of the course's, so that a notebook's first cell runs without it."""
    module = types.ModuleType(COURSE)
    module.__dict__["exercise"] = lambda *_, **__: lambda *_, **__: None
    sys.modules[COURSE] = module


class Shell:
    """Stands for IPython: what a magic, a command or a question asks for is not done."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function that does nothing; the output of a command is empty."""
        return lambda *_, **__: [] if name == "getoutput" else None


def leave(*_: Any) -> None:
    """Stand for exit() and quit(), which a notebook has and a bare interpreter has not."""
    raise SystemExit


def main() -> None:
    """Take the pipe for ourselves, give student code an empty one, and serve."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    limits = [argument[len(LIMIT) :].split("=") for argument in sys.argv if argument.startswith(LIMIT)]
    limit((name, int(value)) for name, value in limits)
    sys.argv = [""]
    sys.dont_write_bytecode = True
    stand_in()
    builtins.__dict__.update(exit=leave, quit=leave, display=lambda *_, **__: None, get_ipython=Shell)
    worker = Worker(lambda find: wire.receive(incoming, find), lambda frame: wire.send(outgoing, frame))
    worker.send(wire.pack("ready"))
    try:
        worker.serve()
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    main()
