"""One process that runs student code, seen from the trusted side: cells in, calls in, plain data out."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running import wire

START_S = 20.0  # seconds until a process must have said that it is ready
CALLBACKS = 200_000  # calls back from one call of a function

Starter = Callable[[], "subprocess.Popen[bytes]"]


class Stopped(Exception):  # an outcome of student code, no error of the program
    """Student code that did not come back: it took too long, ended its process, or sent no answer."""


class TimedOut(Stopped):
    """It took longer than it may."""


class Crashed(Stopped):
    """Its process ended."""


class NotStarted(RuntimeError):
    """A process did not start: a fault of the grader, never of the student."""


class Session:
    """A process with a student's names in it. `start` makes it; `set_up` closes modules and sets limits."""

    def __init__(
        self, start: Starter, limits: Limits, closed: Sequence[str] = (), resources: Mapping[str, int] = {}
    ) -> None:
        self.limits = limits
        self.given: list[Callable[..., Any]] = []
        self.process = start()
        assert self.process.stdin is not None
        os.set_blocking(self.process.stdin.fileno(), False)  # who does not read must not stop us
        try:
            self._greet(list(closed), dict(resources))
        except BaseException:
            self.close()
            raise

    def cell(self, name: str, source: str, seconds: float, *, definitions: bool = False) -> None:
        """Execute a cell, or only what it imports, defines and names without calling anything.

        Raises
        ------
        StudentError
            If it raises.
        Stopped
            If it does not come back.
        """
        self._ask(seconds, "cell", name, source, definitions)

    def names(self) -> set[str]:
        """Return the names of all functions there are.

        Raises
        ------
        Stopped
            If no answer comes.
        """
        names = self._ask(self.limits.call_s, "names")
        return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()

    def call(
        self, function: str | int, arguments: Sequence[Any], keywords: Mapping[str, Any], seconds: float
    ) -> Any:
        """Call a student's function on copies of the arguments; return a copy of what it returns.

        Raises
        ------
        StudentError
            If it raises, or returns what is no plain data.
        Stopped
            If it does not come back.
        """
        before = len(self.given)  # more than 0 in a call from a callback
        try:
            return self._ask(seconds, "call", function, tuple(arguments), dict(keywords))
        finally:
            del self.given[before:]

    def close(self) -> None:
        """End the process, and all that it has started if it is a jail."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _greet(self, closed: list[str], resources: dict[str, int]) -> None:
        deadline = time.monotonic() + START_S
        try:
            if self._receive(deadline) != "ready":
                raise NotStarted("the process said something else than that it is ready")
            self._send(("set", closed, resources), deadline)
            if self._receive(deadline) != ("value", None):
                raise NotStarted("the process refused its limits")
        except (EOFError, OSError, TimeoutError, wire.Garbled) as error:
            raise NotStarted(f"the process did not start ({type(error).__name__}){self._said()}") from None

    def _said(self) -> str:
        """Return what a process that ended has written on its standard error, if that is kept."""
        if self.process.stderr is None:
            return ""
        self.process.kill()
        text = self.process.stderr.read(2000).decode(errors="replace").strip()
        self.process.stderr.close()
        return f": {text}" if text else ""

    def _ask(self, seconds: float, *message: Any) -> Any:
        """Send a request; serve what it calls back; return the answer."""
        deadline = time.monotonic() + seconds
        try:
            self._send(message, deadline)
            for _ in range(CALLBACKS):
                answer = self._receive(deadline)
                match answer:
                    case ("value", value):
                        return value
                    case ("error", str(kind), str(text), str(line)):
                        raise StudentError(kind, text, line)
                    case ("call", int(number), tuple(arguments), dict(keywords)):
                        self._send(self._called_back(number, arguments, keywords), deadline)
                    case _:
                        raise wire.Garbled("an answer of no known kind")
            raise TimeoutError
        except TimeoutError:
            raise TimedOut(f"it took longer than {seconds:.3g} s") from None
        except (EOFError, OSError):
            raise Crashed("its process ended") from None
        except wire.Garbled as error:
            raise Crashed(f"its answer was garbled: {error}") from None

    def _called_back(self, number: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        try:
            return ("value", self.given[number](*arguments, **keywords))
        except Stopped:
            raise
        except Exception as error:  # the student has called it with something it does not take
            return ("error", f"{type(error).__name__}: {error}"[:500])

    def _send(self, message: Any, deadline: float) -> None:
        assert self.process.stdin is not None
        wire.send(self.process.stdin.fileno(), wire.pack(message, self._give), deadline)

    def _receive(self, deadline: float) -> Any:
        assert self.process.stdout is not None
        return wire.receive(self.process.stdout.fileno(), self._take, deadline, self.limits.answer)

    def _give(self, function: Callable[..., Any]) -> int:
        self.given.append(function)
        return len(self.given) - 1

    def _take(self, number: int) -> Callable[..., Any]:
        def call_student(*arguments: Any, **keywords: Any) -> Any:
            return self.call(number, arguments, keywords, self.limits.call_s)

        return call_student


def plain(command: Sequence[str]) -> Starter:
    """Return a starter of an ordinary process, with no jail around it."""

    def start() -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            bufsize=0, start_new_session=True,
        )  # fmt: skip

    return start
