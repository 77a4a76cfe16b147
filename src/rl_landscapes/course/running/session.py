"""One process that runs student code, seen from the trusted side: cells in, calls in, plain data out."""

import math
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, Protocol

from rl_landscapes.course.assignment import Limits
from rl_landscapes.course.expect import StudentError
from rl_landscapes.course.running import guard, wire

START_S = 20.0  # seconds until a process must have said that it is ready
CALLBACKS = 200_000  # calls back from one call of a function
BROUGHT = 4  # times what an answer may hold: what all of them may bring, as a test may keep what it was asked


class Process(Protocol):
    """What a session needs of a process, such as `subprocess.Popen`."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def kill(self) -> None:
        """End it."""

    def wait(self) -> Any:
        """Wait until it has ended."""


Starter = Callable[[], Process]


class Stopped(Exception):  # an outcome of student code, no error of the program
    """Student code that did not come back: it took too long, ended its process, or sent no answer."""


class TimedOut(Stopped):
    """It took longer than it may."""


class Crashed(Stopped):
    """Its process ended."""


class NotStarted(RuntimeError):
    """A process did not start: a fault of the grader, never of the student."""


class Session:
    """A process with a student's names in it, made by `start`; it refuses to import `closed` modules."""

    def __init__(self, start: Starter, limits: Limits, closed: Sequence[str] = ()) -> None:
        self.limits = limits
        self.left_s = math.inf  # seconds that requests may take from now on, all together
        self.given: list[Callable[..., Any]] = []
        self.depth = 0  # requests that wait for an answer: more than one when we are called back
        self.is_open, self.is_late = True, False
        try:
            self.process = start()
        except OSError as error:
            raise NotStarted(f"the process did not start ({error})") from None
        try:
            assert self.process.stdin is not None
            if wire.CAN_WAIT:
                os.set_blocking(self.process.stdin.fileno(), False)  # who does not read must not stop us
            self._greet(list(closed))
        except BaseException:
            self.close()
            raise

    def cell(
        self,
        name: str,
        source: str,
        seconds: float,
        *,
        definitions: bool = False,
        functions: Sequence[str] | None = None,
    ) -> None:
        """Execute a cell, or only what it imports, defines and names without calling anything.

        After a statement that fails, those that import, define or name something are still executed. A cell
        that is an answer has the `functions` it is for.

        Raises
        ------
        StudentError
            If it raises.
        Stopped
            If it does not come back.
        """
        self._ask(seconds, "cell", name, source, definitions, functions and list(functions))

    def settle(self) -> None:
        """Give every name back the value that the answers gave it, after the last cell.

        Raises
        ------
        Stopped
            If no answer comes.
        """
        self._ask(self.limits.call_s, "settle")

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
        """End the process, and all that it has started if it is a jail; it answers nothing from now on."""
        self.is_open = False
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    @contextmanager
    def _until(self, deadline: float) -> Iterator[float | None]:
        """Give reading and writing a deadline; where they can have none, end the process when it is over."""
        if wire.CAN_WAIT:
            yield deadline
            return
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._end_late)
        timer.daemon = True
        timer.start()
        try:
            yield None
        finally:
            timer.cancel()

    def _end_late(self) -> None:
        self.is_late = True
        self.process.kill()  # whoever reads from it, or writes to it, comes back

    def _greet(self, closed: list[str]) -> None:
        try:
            with self._until(time.monotonic() + START_S) as deadline:
                if self._receive(deadline) != "ready":
                    raise NotStarted("the process said something else than that it is ready")
                self._send((0, "set", closed, self.limits.answer), deadline)
                if self._receive(deadline) != ("value", 0, None):
                    raise NotStarted("the process refused what it was told")
        except (EOFError, OSError, TimeoutError, wire.Garbled) as error:
            raise NotStarted(f"the process did not start ({type(error).__name__}){self._said()}") from None

    def _said(self) -> str:
        """Return what a process that ended has written on its standard error, if that is kept."""
        if self.process.stderr is None:
            return ""
        self.process.kill()
        text = _plain(self.process.stderr.read(2000).decode(errors="replace")).strip()
        return f": {text}" if text else ""

    def _ask(self, seconds: float, *message: Any) -> Any:
        """Send a request; serve what it calls back; return the answer. Who does not come back is ended."""
        if not self.is_open:
            raise Crashed("its process had ended")
        began, seconds = time.monotonic(), min(seconds, self.left_s)
        self.depth += 1
        try:
            with self._until(began + seconds) as deadline:
                return self._answered(message, deadline)
        except (EOFError, OSError) as error:
            self.close()
            if self.is_late or isinstance(error, TimeoutError):
                raise TimedOut(f"it took longer than {seconds:.3g} s") from None
            raise Crashed("its process ended") from None
        except wire.Garbled as error:
            self.close()
            raise Crashed(f"its answer was garbled: {error}") from None
        except MemoryError:  # ours: of what came, part was read
            self.close()
            raise
        finally:
            self.depth -= 1
            if not self.depth:
                self.left_s = max(0.0, self.left_s - (time.monotonic() - began))

    def _answered(self, message: tuple[Any, ...], deadline: float | None) -> Any:
        request = secrets.randbits(62)  # its answer carries it: one sent in advance costs no later question
        self._send((request, *message), deadline)
        left = BROUGHT * self.limits.answer
        for _ in range(CALLBACKS):
            tree, body = self._read(deadline)
            left -= len(tree) + len(body)
            if left < 0:
                raise wire.Garbled(f"more than {BROUGHT * self.limits.answer >> 20} MiB in one call")
            match wire.unpack(tree, body, self._take):
                case ("value" | "error", int(other), *_) if other != request:
                    continue
                case ("value", _, value):
                    return value
                case ("error", _, str(kind), str(text), str(line)):
                    raise StudentError(_plain(kind), _plain(text), _plain(line))
                case ("call", int(number), tuple(arguments), dict(keywords)):
                    self._write(self._called_back(number, arguments, keywords), deadline)
                case _:
                    raise wire.Garbled("an answer of no known kind")
        raise TimeoutError

    def _called_back(self, number: int, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bytes:
        try:
            plain, named = guard.arguments(arguments, keywords)
            return wire.pack(("value", self.given[number](*plain, **named)), self._give)
        except Stopped:
            raise
        except Exception as error:  # the student has called it with something it does not take
            text = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
            return wire.pack(("error", text[:500]))  # raised there as a ValueError

    def _send(self, message: Any, deadline: float | None) -> None:
        self._write(wire.pack(message, self._give), deadline)

    def _write(self, frame: bytes, deadline: float | None) -> None:
        assert self.process.stdin is not None
        wire.send(self.process.stdin.fileno(), frame, deadline)

    def _receive(self, deadline: float | None) -> Any:
        return wire.unpack(*self._read(deadline), self._take)

    def _read(self, deadline: float | None) -> tuple[bytes, bytes]:
        assert self.process.stdout is not None
        return wire.read(self.process.stdout.fileno(), deadline, self.limits.answer)

    def _give(self, function: Callable[..., Any]) -> int:
        self.given.append(function)
        return len(self.given) - 1

    def _take(self, number: int) -> Callable[..., Any]:
        def call_student(*arguments: Any, **keywords: Any) -> Any:
            return self.call(number, arguments, keywords, self.limits.call_s)

        return call_student


def _plain(text: str) -> str:
    """Return a text in which nothing but lines and spaces acts on a terminal or a page."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def process_starter(command: Sequence[str]) -> Starter:
    """Return a starter of an ordinary process, with no jail around it."""

    def start() -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            env=environment, start_new_session=True,
        )  # fmt: skip

    return start
