"""The other end of the pipe: runs a student's cells and calls. Nothing here is trusted once the first cell has run.

Started as `python -I -S worker.py PATH...`, where each PATH is a folder of packages; beside it lies `wire.py`.
It answers on the pipe that was its standard output; what student code prints or reads goes nowhere.
"""

import ast
import builtins
import importlib.abc
import os
import resource
import sys
import types

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [FOLDER]
sys.path += sys.argv[1:]
sys.argv = [""]
sys.dont_write_bytecode = True

import wire  # noqa: E402

sys.path.remove(FOLDER)
KIND, MESSAGE, LINE = 80, 500, 160  # characters of an error that are passed on
COURSE = "rl_landscapes.course"


class Closed(importlib.abc.MetaPathFinder):
    """Refuses the modules that hold the answers, and says so."""

    def __init__(self, closed):
        self.closed = closed

    def find_spec(self, name, path=None, target=None):
        """Raise for a closed module; leave others to the finders after this one."""
        if any(name == module or name.startswith(module + ".") for module in self.closed):
            raise ImportError(f"{name} is closed in this assignment: it holds what you are asked to write")


class Worker:
    """Student code and the names it has defined."""

    def __init__(self, receive, send):
        self.names = {"__name__": "__main__", "__builtins__": builtins}
        self.functions = []
        self.lines = {}
        self.receive, self.send = receive, send

    def serve(self):
        """Answer until the other side closes the pipe."""
        actions = {"set": self.set_up, "cell": self.cell, "call": self.call, "names": self.known}
        while True:
            action, *arguments = self.receive(self.find)
            self.reply(self.outcome(actions[action], arguments))

    def outcome(self, action, arguments):
        """Return what an action gives, or how it failed."""
        try:
            return ("value", action(*arguments))
        except BaseException as error:  # exit() too
            return ("error", *described(error, self.lines))

    def reply(self, answer):
        """Send an answer, or why it cannot be sent."""
        try:
            frame = wire.pack(answer, self.name)
        except BaseException as error:
            kind, message, line = described(error, self.lines)
            why = f"the function returned {message}" if kind == "Unsendable" else message
            frame = wire.pack(("error", "TypeError" if kind == "Unsendable" else kind, why, line))
        self.send(frame)

    def set_up(self, closed, limits):
        """Close modules and set limits; done once, before any cell."""
        sys.meta_path.insert(0, Closed(closed))
        for name, most in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))

    def cell(self, name, source, definitions):
        """Execute one cell, or only what it imports and defines."""
        place = f"<{name}>"
        self.lines[place] = source.splitlines()
        tree = parsed(source, place)
        if definitions:
            tree.body = [statement for statement in tree.body if defines(statement)]
        exec(compile(tree, place, "exec"), self.names)

    def call(self, function, arguments, keywords):
        """Call a function by its name, or one that was returned by its number."""
        called = self.functions[function] if isinstance(function, int) else self.names[function]
        return called(*arguments, **keywords)

    def known(self):
        """Return the names of what can be called."""
        return [name for name, value in self.names.items() if type(name) is str and callable(value)]

    def name(self, function):
        """Return a number under which the other side may call a function."""
        self.functions.append(function)
        return len(self.functions) - 1

    def find(self, number):
        """Return a function that is called on the other side."""

        def call_back(*arguments, **keywords):
            self.send(wire.pack(("call", number, arguments, keywords), self.name))
            while True:
                kind, *rest = self.receive(self.find)
                if kind == "value":
                    return rest[0]
                if kind == "error":
                    raise ValueError(rest[0])
                self.reply(self.outcome(self.call, rest))  # the other side calls one of ours meanwhile

        return call_back


def parsed(source, place):
    """Return the syntax of a cell; lines that only IPython understands are left empty."""
    try:
        return ast.parse(source, place)
    except SyntaxError:
        lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n")]
        return ast.parse("\n".join(lines), place)


def defines(statement):
    """Say whether a statement imports or defines something, or names a value without calling anything."""
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return not any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(statement))
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)


def described(error, lines):
    """Return an error as its type's name, its message and the line of the answer that raised it."""
    try:
        message = str(error)[:MESSAGE]
    except BaseException:
        message = ""
    return (type(error).__name__[:KIND], message, line_of(error, lines)[:LINE])


def line_of(error, lines):
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


def stand_in():
    """Put modules in the place of the course's, so that a notebook's first cell runs without it."""
    module = types.ModuleType(COURSE)
    module.exercise = lambda *_, **__: lambda *_, **__: None
    sys.modules[COURSE] = module


def leave(*_):
    """Stand for exit() and quit(), which a notebook has and a bare interpreter has not."""
    raise SystemExit


def main():
    """Take the pipe for ourselves, give student code an empty one, and serve."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    stand_in()
    builtins.exit = builtins.quit = leave
    worker = Worker(lambda find: wire.receive(incoming, find), lambda frame: wire.send(outgoing, frame))
    worker.reply("ready")
    try:
        worker.serve()
    except (EOFError, OSError):
        os._exit(0)


if __name__ == "__main__":
    main()
